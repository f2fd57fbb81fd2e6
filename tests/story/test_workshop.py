"""One whole workshop in a real browser, with the script and without it (A03).

Ines Adler organises and moderates. Seven people take part: three from industry, two from science,
two from administration. Six have a personal link; Wilma arrives with the code from the room.
"""

from __future__ import annotations

import csv
import io
import re

import pytest
from playwright.sync_api import expect

from tests.story.conftest import ANNOUNCED, PATIENCE, reloaded
from werkstatt.acts import join, office
from werkstatt.db import begin_write, db
from werkstatt.terms import Rollup

pytestmark = pytest.mark.browser
expect.set_options(timeout=PATIENCE)

PASSWORD = "im-alten-stellwerk-17"
REGISTERED = (
    ("Petra Vogel", "Industrie"),
    ("Jonas Krause", "Industrie"),
    ("Samuel Roth", "Wissenschaft"),
    ("Dilek Aydin", "Wissenschaft"),
    ("Vera Kunze", "Verwaltung"),
    ("Bernd Lohse", "Verwaltung"),
)
ARRIVING = ("Wilma Seidel", "Industrie")
PROPOSALS = (
    ("Petra Vogel", "Innovationsmanager in jeder Region"),
    ("Jonas Krause", "Beratung für kleine Betriebe vor Ort"),
    ("Samuel Roth", "Plattform Additive Fertigung"),
    ("Dilek Aydin", "Labore für alle öffnen"),
    ("Vera Kunze", "Kompetenzzentrum IT-Sicherheit"),
    ("Wilma Seidel", "Werkzeuge gemeinsam nutzen"),
)
MERGED = "Regionale Innovations-Manager"
REWORDED = "Kompetenzzentrum IT-Sicherheit Sachsen"
# The list after consolidation: E-1, E-2 and what nobody touched, minus what was excluded.
IN_THE_END = (MERGED, REWORDED, "Plattform Additive Fertigung", "Labore für alle öffnen")
ORDERS = {
    "Petra Vogel": (0, 1, 2, 3),
    "Jonas Krause": (0, 2, 1, 3),
    "Samuel Roth": (2, 0, 3, 1),
    "Dilek Aydin": (3, 2, 0),
    "Vera Kunze": (1, 0, 2, 3),
    "Wilma Seidel": (0, 1),
}
ABSTAINS = "Bernd Lohse"
CHANGES = "Dilek Aydin"


@pytest.fixture
def process(app):
    """What the office had before: a process, and Ines with a password."""
    begin_write()
    ines = office.new_account(name="Ines Adler", email="ines@example.org")
    ines.password = join.HASHER.hash(PASSWORD)
    db.session.flush()
    made = office.create_process(ines.id, title="Industrie der Zukunft", question="Wovon leben wir 2030?")
    office.add_theme(made, ines.id, title="Innovation")
    known = {sector.title for sector in join.sectors(made.id)}
    for title, rollup in (
        ("Industrie", Rollup.INDUSTRY),
        ("Wissenschaft", Rollup.SCIENCE),
        ("Verwaltung", Rollup.ADMINISTRATION),
    ):
        if title not in known:
            office.add_sector(made, ines.id, title=title, examples="", rollup=rollup)
    db.session.commit()
    return made


class Room:
    """The room while the story is told: Ines, the participants, and how each follows."""

    def __init__(self, guest, script: bool):
        self.guest, self.script = guest, script
        self.ines = guest("Ines Adler", script=script)
        self.people: dict[str, object] = {}

    def follow(self, one, heading: str) -> None:
        """With the script a page goes on by itself; without it somebody reloads."""
        if not self.script:
            one.go(self.step)
        expect(one.heading()).to_have_text(heading)

    def all_follow(self, heading: str) -> None:
        for one in self.people.values():
            self.follow(one, heading)

    # ---- before

    def prepare(self, process_id: int) -> None:
        ines = self.ines
        ines.go("/")
        ines.fill("E-Mail-Adresse", "ines@example.org")
        ines.fill("Passwort", PASSWORD)
        ines.press("Anmelden")
        expect(ines.heading()).to_have_text("Meine Workshops")
        page = ines.go(f"/processes/{process_id}")
        new = page.locator("form", has=page.get_by_role("button", name="Workshop anlegen", exact=True))
        ines.fill("Titel", "Workshop Dresden", new)
        ines.press("Workshop anlegen")
        expect(ines.heading()).to_have_text("Workshop Dresden")
        self.setup = page.url
        ines.fill("Titel der Arbeitsrunde", "Regionen")
        ines.fill("Leitfrage", "Was stärkt die Regionen?")
        ines.press("Arbeitsrunde anlegen")
        page.get_by_role("link", name="Regionen Was stärkt die Regionen?").click()
        expect(ines.heading()).to_have_text("Jetzt: Vorbereiten")
        self.console = page.url.removesuffix("#")
        self.step = self.console.removesuffix("/console")

    def register(self, name: str, sector: str) -> str:
        """Put somebody on the register; returns the personal link."""
        page = self.ines.go(self.setup)
        self.ines.press("Register bearbeiten")
        form = page.locator("#add")
        self.ines.fill("Name", name, form)
        form.get_by_label("Spricht für", exact=True).select_option(label=sector)
        self.ines.press("Eintragen", form)
        return page.get_by_label("Adresse zum Weitergeben").input_value()

    def enter(self, name: str, link: str) -> None:
        one = self.people[name] = self.guest(name, script=self.script)
        one.go(link)
        expect(one.heading()).to_have_text(f"Guten Tag, {name}")
        one.press("Ja, das bin ich")
        expect(one.heading()).to_have_text(f"Willkommen, {name}")
        one.press("Ich bin da")
        expect(one.page.get_by_role("button", name="Ich bin da")).to_have_count(0)

    def arrive(self, name: str, sector: str) -> None:
        """With the code of the room, in small letters and with a space; then somebody lets her in."""
        page = self.ines.go(self.setup)
        code = page.locator("#code .code").inner_text()
        one = self.people[name] = self.guest(name, script=self.script)
        one.go("/")
        one.fill("Code von der Leinwand oder von Ihrer Karte", code.lower().replace("-", " "))
        one.press("Weiter")
        expect(one.heading()).to_have_text("Willkommen im Workshop")
        one.fill("Ihr Name", name)
        one.page.get_by_label(sector).check()
        one.press("Eintreten")
        expect(one.page.get_by_text("Gleich geht es los.")).to_be_visible()
        self.ines.go(self.console)
        self.ines.page.get_by_role("button", name=f"Bestätigen: {name}").click()
        expect(self.ines.page.get_by_text("Niemand wartet.")).to_be_visible()
        if not self.script:
            reloaded(one.page)
        expect(one.page.get_by_text("Gleich geht es los.")).to_have_count(0)

    def advance(self, button: str, now: str) -> None:
        self.ines.go(self.console)
        self.ines.press(button)
        expect(self.ines.heading()).to_have_text(now)

    # ---- collect, discuss, consolidate

    def propose(self, name: str, title: str) -> None:
        one = self.people[name]
        one.fill("Titel", title)
        one.fill("Welches Problem wird damit gelöst?", "Es fehlt an Übersicht.")
        one.fill("Was soll getan werden?", "Eine Stelle einrichten.")
        one.press("Einreichen")
        mine = one.page.get_by_role("region", name="Meine Vorschläge")
        expect(mine.get_by_role("link", name=title)).to_be_visible()

    def comment(self, name: str, title: str, kind: str, text: str) -> None:
        one = self.people[name]
        one.go(self.step)
        one.page.get_by_role("link", name=title, exact=True).click()
        one.page.get_by_label(kind, exact=True).check()
        one.fill("Kommentar", text)
        one.press("Kommentar senden")
        expect(one.page.locator("#news").get_by_text(text)).to_be_visible()
        one.go(self.step)

    def card(self, title: str):
        page = self.ines.page
        return page.locator("li.card", has=page.get_by_role("link", name=title, exact=True))

    def consolidate(self) -> None:
        ines, page = self.ines, self.ines.page
        self.board = self.step + "/board"
        ines.go(self.board)
        for title in (PROPOSALS[0][1], PROPOSALS[1][1]):
            self.card(title).get_by_role("checkbox").check()
        ines.press("Auswahl zusammenführen")
        ines.fill("Titel", MERGED)
        page.get_by_role("button", name="V-1, V-2 zusammenführen").click()
        expect(self.card(MERGED)).to_contain_text("entstanden aus V-1, V-2")
        self.card(PROPOSALS[4][1]).get_by_role("link", name="V-5 umformulieren").click()
        ines.fill("Titel", REWORDED)
        ines.press("Neue Fassung speichern")
        expect(self.card(REWORDED).first).to_be_visible()
        self.exclude(PROPOSALS[3][1], "V-4")
        page.get_by_role("button", name="Rückgängig: Ausgeschlossen").click()
        expect(page.locator("#steps")).to_contain_text("rückgängig gemacht")
        self.exclude(PROPOSALS[5][1], "V-6")

    def exclude(self, title: str, name: str) -> None:
        ines = self.ines
        self.card(title).get_by_role("link", name=f"{name} ausschließen").click()
        ines.fill("Grund", "gehört zu einem anderen Programm")
        ines.press("Ausschließen")
        expect(ines.page.get_by_role("region", name="Ausgeschlossen")).to_contain_text(title)

    # ---- rank

    def open_ballot(self) -> None:
        ines, page = self.ines, self.ines.page
        ines.go(self.console)
        ines.press("Eröffnungsbogen ansehen …")
        expect(ines.heading()).to_have_text("Eröffnungsbogen")
        expect(page.locator(".card .letter")).to_have_text(["A", "B", "C", "D"])
        titles = page.locator("ol .title").evaluate_all("all => all.map((one) => one.firstChild.textContent)")
        self.letters = dict(zip(titles, "ABCD", strict=True))
        assert set(self.letters) == set(IN_THE_END)
        expect(page.get_by_text("7 Personen")).to_be_visible()
        ines.press("Abstimmung öffnen")
        expect(page.get_by_text("Schließen ankündigen")).to_be_visible()

    def rank(self, name: str, order: tuple[int, ...]) -> None:
        one = self.people[name]
        letters = [self.letters[IN_THE_END[item]] for item in order]
        if self.script:
            for letter in letters:
                one.press(f"{letter} hinzufügen")
        else:
            for place, letter in enumerate(letters, start=1):
                one.page.locator(f"#place-{letter}").fill(str(place))
            one.press("Anordnen")
        expect(one.page.locator("#ranked .letter")).to_have_text(letters)
        one.press("Weiter")
        expect(one.heading()).to_have_text("Jetzt: Ihre Reihenfolge prüfen und abgeben")
        expect(one.page.locator("ol .letter")).to_have_text(letters)
        one.press("Stimme abgeben")
        self.saved(one)

    def saved(self, one) -> None:
        expect(one.heading()).to_have_text("Jetzt: Ihre Stimme ist gespeichert")
        expect(one.page.get_by_text("Gespeichert um")).to_be_visible()

    def abstain(self, name: str) -> None:
        one = self.people[name]
        one.press("Weiter")
        one.press("Ich enthalte mich")
        self.saved(one)
        expect(one.page.get_by_text("Sie haben sich enthalten.")).to_be_visible()

    def change(self, name: str) -> None:
        """Take the last one up to the top, and cast again."""
        one = self.people[name]
        one.press("Ändern")
        before = one.page.locator("#ranked .letter").all_inner_texts()
        last = before[-1]
        if self.script:
            more = one.page.locator(f'[data-letter="{last}"] details.more')
            more.locator("summary").click()
            one.press("ganz nach oben", more)
        else:
            places = [last, *before[:-1]]
            for place, letter in enumerate(places, start=1):
                one.page.locator(f"#place-{letter}").fill(str(place))
            one.press("Anordnen")
        expect(one.page.locator("#ranked .letter")).to_have_text([last, *before[:-1]])
        one.press("Jetzt so abgeben")
        self.saved(one)
        one.page.get_by_text("Meine Reihenfolge:").click()
        expect(one.page.locator("details ol .letter")).to_have_text([last, *before[:-1]])

    def close(self) -> None:
        ines, page = self.ines, self.ines.page
        ines.go(self.console)
        expect(page.locator("#round-desk")).to_contain_text("etwa 5 von 7")
        announce = f"Schließen ankündigen ({ANNOUNCED} s)"
        ines.press(announce)
        expect(page.get_by_role("button", name=announce)).to_have_count(0)
        preview = page.get_by_role("link", name="Vorschau ansehen …")
        if self.script:
            expect(self.people[ABSTAINS].page.locator("#deadline.warn")).to_be_visible()
        else:
            for _ in range(40):
                page.wait_for_timeout(250)
                reloaded(page)
                if preview.count():
                    break
        expect(preview).to_be_visible()

    def show(self) -> None:
        ines = self.ines
        ines.press("Vorschau ansehen …")
        expect(ines.page.get_by_text("Vorschau: nur Moderation und Geschäftsstelle")).to_be_visible()
        self.follow(self.people["Vera Kunze"], "Geschlossen. Das Ergebnis sehen wir gemeinsam an.")
        ines.press("Ergebnis zeigen")
        expect(ines.page.get_by_text("Vorschau: nur Moderation")).to_have_count(0)

    def look_at_screens(self, projector, words: str) -> None:
        """The projector and the same as text say what happens."""
        if not self.script:
            reloaded(projector.page)
        expect(projector.page.locator("#scene")).to_contain_text(words)

    def read_result(self, name: str) -> None:
        one = self.people[name]
        self.follow(one, "Ergebnis: Regionen")
        expect(one.page.get_by_text("7 von 7 haben abgestimmt.")).to_be_visible()
        shown = one.page.locator("ol > li > .letter").all_inner_texts()
        places = one.page.locator("ol > li > .place").all_inner_texts()
        with one.page.expect_download() as coming:
            one.page.get_by_role("link", name="Tabelle (CSV)").click()
        text = coming.value.path().read_text("utf-8-sig")
        lines = list(csv.reader(io.StringIO(text), delimiter=";"))
        at = next(n for n, line in enumerate(lines) if "Buchstabe" in line)
        place, letter = lines[at].index("Platz von"), lines[at].index("Buchstabe")
        rows = [(line[place], line[letter]) for line in lines[at + 1 : at + 1 + len(shown)]]
        assert [row[1] for row in rows] == shown, "the file has another order than the page"
        assert [row[0] for row in rows] == [re.match(r"\d+", text).group() for text in places]
        assert shown[0] == self.letters[MERGED], "four of six put it first or second"


@pytest.mark.parametrize("script", [True, False], ids=["script", "no-script"])
def test_a03_a_whole_workshop(guest, process, script):
    room = Room(guest, script)
    room.prepare(process.id)
    for name, sector in REGISTERED:
        room.enter(name, room.register(name, sector))
    room.arrive(*ARRIVING)
    room.ines.go(room.console)
    screen = guest("projector", script=script)
    screen.go(room.ines.page.get_by_role("link", name="Leinwand öffnen").get_attribute("href"))
    room.look_at_screens(screen, "So kommen Sie hinein")

    room.advance("Sammeln beginnen", "Jetzt: Vorschläge sammeln")
    room.all_follow("Jetzt: Reichen Sie Ihre Vorschläge ein")
    for name, title in PROPOSALS:
        room.propose(name, title)
    room.look_at_screens(screen, "6 Vorschläge")

    room.advance("Weiter zum Diskutieren", "Jetzt: Vorschläge diskutieren")
    room.all_follow("Jetzt: Diskutieren Sie die Vorschläge")
    room.comment("Vera Kunze", PROPOSALS[0][1], "Dafür", "Das hilft auch dem Landkreis.")
    room.comment("Samuel Roth", PROPOSALS[0][1], "Frage", "Wer bezahlt das?")

    room.advance("Weiter zum Zusammenführen", "Jetzt: Zusammenführen")
    room.all_follow("Jetzt: Die Moderation führt Vorschläge zusammen")
    room.consolidate()

    room.advance("Weiter zum Abstimmen", "Jetzt: Abstimmen")
    room.all_follow("Jetzt: Gleich stimmen wir ab")
    room.open_ballot()
    room.all_follow("Jetzt: Ordnen Sie die für Sie wichtigsten Empfehlungen, das Wichtigste zuerst")
    for name, order in ORDERS.items():
        room.rank(name, order)
    room.change(CHANGES)
    room.abstain(ABSTAINS)
    mirror = guest("mirror", script=script)
    mirror.context.add_cookies(room.people["Vera Kunze"].context.cookies())
    mirror.go(room.step + "/mirror")
    for screens in (screen, mirror):
        room.look_at_screens(screens, "etwa 5 von 7 haben abgestimmt")

    room.close()
    room.show()
    for name in room.people:
        room.read_result(name)
    for screens in (screen, mirror):
        room.look_at_screens(screens, MERGED)
