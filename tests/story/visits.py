"""Every page of the product as somebody sees it: the demo, filled up with what a good day does not show.

:func:`fill` prepares the database; it returns the list of visits that axe and the camera make. A page
of the application that nobody visits makes :func:`unvisited` say so.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta

from sqlalchemy import select

from tests.story.filling import Filling
from werkstatt.acts import collect, consolidate, discuss, join, office, rank, result
from werkstatt.db import begin_write, db, utcnow
from werkstatt.demo.build import walked
from werkstatt.models import Login, Workshop
from werkstatt.terms import CommentKind, Phase, Role, RoundState
from werkstatt.web import projector

# Answers that are no page.
NO_PAGES = {
    "join.cards_file",
    "static",
    "privacy.data",
    "collect.texts",
    "result.download",
    "office.htmx",
    "prepare.code_picture",
    "prepare.sample_list",
    "prepare.bad_lines",
}


@dataclass(frozen=True)
class Visit:
    """One page: a name for its picture, who looks, where.

    :ivar status: what the server answers.
    :ivar send: the end of the address of a form on that page, sent as it is, empty fields and all.
    :ivar projector: shown on a screen of 1920x1080.
    """

    name: str
    who: str | None
    path: str
    status: int = 200
    send: str = ""
    projector: bool = False


@dataclass
class Filled:
    """The people's logins by name, and the visits."""

    logins: dict[str, str]
    visits: list[Visit] = field(default_factory=list)

    def add(self, name: str, who: str | None, path: str, status: int = 200, **more) -> None:
        self.visits.append(Visit(name, who, path, status, **more))


def unvisited(app, visits: list[Visit]) -> set[str]:
    """Endpoints with a page that no visit reaches."""
    pages = {rule.endpoint for rule in app.url_map.iter_rules() if "GET" in rule.methods} - NO_PAGES
    door = app.url_map.bind("127.0.0.1")
    reached = {door.match(visit.path.partition("?")[0])[0] for visit in visits if visit.name != "fehler-404"}
    return pages - reached


def fill(app) -> Filled:
    """Load the demo, add what is missing, and say who should look where."""
    work = Filling(app)
    work.newcomers()
    logins = {name: work.login(name) for name in work.people if name != "bodo"}
    filled = Filled(logins)
    _doors(work, filled)
    _office(work, filled)
    _workshop(work, filled)
    _texts(work, filled)
    _ranking(work, filled)
    _results(work, filled)
    db.session.commit()
    return filled


def _doors(work: Filling, to: Filled) -> None:
    code = join.spoken(work.workshop.join_code)
    to.add("willkommen", None, "/")
    to.add("anmelden", None, "/login?next=/processes")
    to.add("anmelden-falsch", None, "/login", 422, send="/login")
    to.add("anmelden-code", None, "/login/code")
    to.add("anmelden-code-falsch", None, "/login/code", 422, send="/login/code")
    to.add("anmelden-link", None, f"/login/{work.mailed}")
    to.add("anmelden-link-verbraucht", None, "/login/nie-gesehen", 410)
    to.add("passwort", "petra", "/password")
    to.add("passwort-falsch", "petra", "/password", 422, send="/password")
    to.add("passwort-neu", "petra", "/password?done=set")
    to.add("code", None, "/j/")
    to.add("code-falsch", None, "/j/", 422, send="/j/")
    card, blank = work.cards()
    to.add("karte", None, f"/c/{card.token}")
    to.add("karte-getippt-vorbei", None, "/c/", 410)
    to.add("karte-leer", None, f"/c/{blank.token}", 409)
    to.add("karte-angemeldet", "nele", f"/c/{card.token}")
    to.add("ankunft", None, f"/j/{code}")
    to.add("ankunft-leer", None, f"/j/{code}", 422, send=f"/j/{code}")
    to.add("ankunft-mit-konto", "nele", f"/j/{code}")
    to.add("einladung", None, f"/invitation/{work.token}")
    to.add("einladung-verbraucht", None, "/invitation/nie-gesehen", 410)
    to.add("weitergeben", None, "/bye")
    to.add("fehler-404", None, "/gibt-es-nicht", 404)
    to.add("fehler-403", "petra", f"/sessions/{work.demo[Phase.COLLECT].id}/console", 403)
    to.add("fehler-409", "mona", f"/sessions/{work.demo[Phase.COLLECT].id}/opening", 409)
    to.add("start-ohne-workshop", "nele", "/")
    to.add("start-darf-anlegen", "frank", "/?all=1")
    to.add("start", "petra", "/?all=1")
    to.add("start-moderation", "mona", "/?all=1")
    to.add("workshop-warten", "paul", f"/workshops/{work.workshop.id}")
    to.add("workshop-eingeladen", "ida", f"/workshops/{work.workshop.id}")
    to.add("workshop-da", "petra", f"/workshops/{work.workshop.id}?all=1")
    desk = f"/workshops/{work.workshop.id}/desk"
    to.add("einlass", "heiko", desk)
    to.add("einlass-suche-leer", "heiko", f"{desk}?q=niemand")
    to.add("einlass-unvollstaendig", "heiko", desk, 422, send="/desk")
    to.add("einlass-person", "heiko", f"{desk}/{work.invited.id}")
    to.add("einlass-person-neue-karte", "heiko", f"{desk}/{work.invited.id}", send="/card")
    to.add("einlass-person-rueckkehrcode", "heiko", f"{desk}/{work.invited.id}", send="/return-code")
    to.add("einlass-leere-karte", "heiko", f"{desk}?card={blank.number}")
    to.add("einlass-dieselbe-person", "mona", f"{desk}/{work.double.id}/same")
    to.add("bestaetigen", "heiko", "/confirm")
    to.add("im-namen-von", "heiko", f"/sessions/{work.demo[Phase.DISCUSS].id}/behalf")
    to.add("karten", "heiko", f"{desk}/cards")
    to.add("karten-drucken", "mona", f"/workshops/{work.workshop.id}/cards")
    to.add("karten-drucken-fertig", "ines", f"/workshops/{work.workshop.id}/cards", send="/cards")
    to.add("meine-daten", "petra", "/me")
    to.add("meine-daten-moderation", "mona", "/me")
    to.add("meine-daten-unvollstaendig", "ida", "/me", 422, send="/me#nameless")
    to.add("adresse", "petra", "/me/address")
    to.add("adresse-falsch", "petra", "/me/address", 422, send="/me/address")
    to.add("adresse-wartet", "paul", "/me/address")
    to.add("adresse-unterwegs", "nele", "/me/address")
    to.add("adresse-code-falsch", "nele", "/me/address", 422, send="/me/address/code")
    to.add("adresse-link", None, f"/address/{work.moving}")
    to.add("adresse-link-verbraucht", None, "/address/nie-gesehen", 410)
    to.add("adresse-geaendert", "petra", "/address")
    to.add("konto-loeschen", "petra", "/me/delete")
    to.add("konto-loeschen-ohne-haken", "petra", "/me/delete", 422, send="/me/delete")
    to.add("konto-loeschen-letzte", "ines", "/me/delete")
    to.add("fristen", "admin", "/admin/periods")
    to.add("mail", "admin", "/admin/mail")
    to.add(
        "protokoll-gefiltert",
        "admin",
        "/admin/record?deed=add_theme&q=b&since=2020-01-01&anchor=AAAA-BBBB-CCCC",
    )
    to.add("konto-geloescht", None, "/deleted")
    shown = f"/sessions/{work.demo[Phase.DISCUSS].id}"
    to.add("schwaerzen", "mona", f"{shown}/redact")
    to.add("schwaerzen-stellen", "mona", f"{shown}/redact", 422, send="/redact#passage")
    to.add("schwaerzungen", "mona", f"{shown}/redactions")
    for slug in ("hilfe", "impressum", "datenschutz", "barrierefreiheit"):
        to.add(f"seite-{slug}", None, f"/pages/{slug}")
    to.add("vertraulich", None, "/vertraulich")


def _office(work: Filling, to: Filled) -> None:
    process, empty = work.workshop.process_id, work.empty_process.id
    to.add("prozesse", "ines", "/processes")
    to.add("prozesse-keine", "nele", "/processes")
    to.add("prozesse-unvollstaendig", "ines", "/processes", 422, send="/processes")
    to.add("prozess", "ines", f"/processes/{process}")
    to.add("prozess-leer", "frank", f"/processes/{empty}")
    to.add("prozess-unvollstaendig", "frank", f"/processes/{empty}", 422, send="/workshops")
    to.add("plan", "ines", f"/processes/{process}/plan")
    to.add("plan-leer", "frank", f"/processes/{empty}/plan")
    to.add("workshop-kopieren", "ines", f"/workshops/{work.workshop.id}/copy")
    to.add("verwaltung", "admin", "/admin")
    to.add("verwaltung-suche-leer", "admin", "/admin?q=niemand")
    to.add("konto", "admin", f"/admin/accounts/{work.people['nele'].id}")
    to.add("konto-link-gesendet", "admin", f"/admin/accounts/{work.people['nele'].id}?sent=1")
    to.add("konto-gesperrt", "admin", f"/admin/accounts/{work.people['bodo'].id}")
    to.add("seite-bearbeiten", "admin", "/admin/pages/impressum")
    to.add("protokoll-installation", "admin", "/admin/record")


def _workshop(work: Filling, to: Filled) -> None:
    there = f"/workshops/{work.workshop.id}"
    to.add("einrichten", "mona", f"{there}/setup")
    to.add("einrichten-leer", "frank", f"/workshops/{work.empty_workshop.id}/setup")
    to.add("einrichten-unvollstaendig", "mona", f"{there}/setup", 422, send="/sessions")
    to.add("register", "mona", f"{there}/register")
    to.add("register-leer", "frank", f"/workshops/{work.empty_workshop.id}/register")
    to.add("register-unvollstaendig", "mona", f"{there}/register?q=niemand", 422, send="/register")
    to.add("liste-einlesen", "mona", f"{there}/register/import")
    to.add("liste-unlesbar", "mona", f"{there}/register/import", 422, send="/register/import")
    to.add("liste-ansehen", "mona", f"{there}/register/import/{work.listed()}")
    to.add("liste-uebernommen", "mona", f"{there}/register?new=3&changed=1&left=4")
    to.add("person", "ines", f"{there}/register/{work.invited.id}")
    to.add("person-neuer-link", "ines", f"{there}/register/{work.invited.id}", send="/link")
    to.add("person-beendet", "mona", f"{there}/register/{work.gone}")
    for phase, session in work.demo.items():
        to.add(f"konsole-{phase}", "mona", f"/sessions/{session.id}/console")
        to.add(f"leinwand-mitlesen-{phase}", "vera", f"/sessions/{session.id}/mirror")
        with work.app.test_request_context():
            url = projector.screen_url(session, db.session.get(Workshop, session.workshop_id))
        to.add(f"leinwand-{phase}", None, url, projector=True)
    to.add("leinwand-dunkel", None, "/projector/1.1.falsch", 404, projector=True)
    collecting = f"/sessions/{work.demo[Phase.COLLECT].id}"
    to.add("konsole-uhr-falsch", "mona", f"{collecting}/console", 422, send="/back")
    to.add("einstellungen", "mona", f"{collecting}/settings")
    to.add("schritt-vorbereiten", "petra", f"/sessions/{work.demo[Phase.PREPARE].id}")


def _texts(work: Filling, to: Filled) -> None:
    """The rooms of collecting, discussing, consolidating: as participant, as moderator, empty, refused."""
    mona, petra, vera = work.actor("mona"), work.actor("petra"), work.actor("vera")
    collecting, discussing = work.demo[Phase.COLLECT], work.demo[Phase.DISCUSS]
    consolidating = work.demo[Phase.CONSOLIDATE]
    mine = collect.propose(
        collecting,
        petra,
        title="Delegationsreisen für Betriebe",
        problem="",
        action="Gemeinsam reisen.",
        theme_id=None,
    )
    gone = collect.propose(
        collecting, petra, title="Noch ein Gedanke", problem="", action="Später mehr.", theme_id=None
    )
    collect.withdraw(collecting, petra, gone.id)
    hidden = collect.propose(
        collecting, vera, title="Ein Text mit einem Namen", problem="", action="Mehr davon.", theme_id=None
    )
    collect.hide(collecting, mona, hidden.id, reason="nennt eine Privatperson")
    empty = work.session("Noch nichts", Phase.COLLECT)
    after = work.session("Erst nach dem Sammeln", Phase.COLLECT, visibility="after_phase")
    topic = next(card for card in collect.cards(discussing, petra) if card.comments)
    first = discuss.remarks(discussing, petra, topic.id)[topic.id][0]
    own = discuss.comment(
        discussing, petra, topic.id, kind=CommentKind.QUESTION, text="Gilt das auch für kleine Betriebe?"
    )
    db.session.commit()
    there = f"/sessions/{collecting.id}"
    to.add("sammeln", "petra", there)
    to.add("sammeln-leer", "petra", f"/sessions/{empty.id}")
    to.add("sammeln-unvollstaendig", "petra", there, 422, send="/recommendations")
    to.add("sammeln-erst-danach", "samuel", f"/sessions/{after.id}")
    to.add("sammeln-moderation", "mona", there)
    to.add("sammeln-beobachtung", "otto", there)
    to.add("vorschlag-aendern", "petra", f"{there}/recommendations/{mine.id}/edit")
    to.add("vorschlag-ausblenden", "mona", f"{there}/recommendations/{mine.id}/hide")
    to.add("vorschlag-ausgeblendet", "vera", f"{there}/recommendations/{hidden.id}")
    there = f"/sessions/{discussing.id}"
    one = f"{there}/recommendations/{topic.id}"
    to.add("diskutieren", "petra", there)
    to.add("diskutieren-moderation", "mona", there)
    to.add("liste", "petra", f"{there}/recommendations")
    to.add("empfehlung", "petra", one)
    to.add("empfehlung-antworten", "petra", f"{one}?reply={first.id}")
    to.add("empfehlung-bearbeiten", "petra", f"{one}?edit={own.id}")
    to.add("empfehlung-unvollstaendig", "petra", one, 422, send="/comments")
    to.add("empfehlung-moderation", "mona", one)
    to.add("kommentar-ausblenden", "mona", f"{one}/comments/{own.id}/hide")
    there = f"/sessions/{consolidating.id}"
    cards = [card for card in collect.cards(consolidating, mona) if card.is_active]
    made = next(card for card in cards if card.origin)
    two = "&".join(f"ids={card.id}" for card in cards[:2])
    to.add("zusammenfuehren", "petra", there)
    to.add("tafel", "mona", f"{there}/board")
    to.add("tafel-nichts-gewaehlt", "mona", f"{there}/board/merge", 422)
    to.add("tafel-leer", "mona", f"/sessions/{empty.id}/board")
    to.add("schreibtisch", "mona", f"{there}/board/merge?{two}")
    to.add("umformulieren", "mona", f"{there}/recommendations/{made.id}/reword")
    to.add("ausschliessen", "mona", f"{there}/recommendations/{made.id}/exclude")
    to.add(
        "ausschliessen-ohne-grund", "mona", f"{there}/recommendations/{made.id}/exclude", 422, send="/exclude"
    )
    to.add("herkunft", "petra", f"{there}/recommendations/{made.id}")
    blocked = work.session("Zu wenig", Phase.CONSOLIDATE, texts=1)
    consolidate.exclude(blocked, mona, collect.cards(blocked, mona)[0].id, reason="gehört nicht hierher")
    db.session.commit()
    to.add("konsole-blockiert", "mona", f"/sessions/{blocked.id}/console")


def _ranking(work: Filling, to: Filled) -> None:
    running = work.demo[Phase.RANK]
    there = f"/sessions/{running.id}"
    to.add("stimmzettel", "petra", there)
    to.add("stimmzettel-pruefen", "petra", there, send="/ballot#review")
    to.add("stimmzettel-leer-abgeben", "petra", there, 422, send="/ballot")
    open_round = rank.unfinished(running.id)
    to.add("stimmzettel-papier", "mona", f"{there}/rounds/{open_round.id}/sheet")
    to.add("stimmzettel-zuschauen", "otto", there)
    waiting = work.session("Gleich abstimmen", Phase.RANK)
    to.add("abstimmen-warten", "petra", f"/sessions/{waiting.id}")
    to.add("eroeffnungsbogen", "mona", f"/sessions/{waiting.id}/opening")
    to.add(
        "eroeffnungsbogen-unvollstaendig",
        "mona",
        f"/sessions/{waiting.id}/opening",
        409,
        send="/opening#mark",
    )
    to.add("konsole-vor-der-abstimmung", "mona", f"/sessions/{waiting.id}/console")
    voted = work.session("Abgestimmt", Phase.RANK)
    round = work.round(voted)
    tag = db.session.scalar(select(Login.tag).where(Login.token_hash == join.hash_of(to.logins["samuel"])))
    work.cast(voted, round, "samuel", tag, 1, 0, 2)
    work.cast(voted, round, "petra", "cd" * 16, 1, 0, 2)
    rank.announce(voted, work.actor("mona"), round.id, seconds=600)
    late = office.add_person(
        work.workshop,
        work.people["ines"].id,
        name="Lea Später",
        email=None,
        organisation="Amt Probstadt",
        role=Role.PARTICIPANT,
        sector_id=work.member("vera").sector_id,
    )
    join.check_in(work.workshop, late.id)
    db.session.commit()
    to.add("gespeichert", "samuel", f"/sessions/{voted.id}/rounds/{round.id}/saved")
    to.add("stimmzettel-aendern", "samuel", f"/sessions/{voted.id}?change=1")
    to.add("stimmzettel-andere-anmeldung", "petra", f"/sessions/{voted.id}")
    to.add("konsole-schliesst", "mona", f"/sessions/{voted.id}/console")
    with work.app.test_request_context():
        to.add("leinwand-schliesst", None, projector.screen_url(voted, work.workshop), projector=True)
    back = work.session("Zurückgenommen", Phase.RANK)
    round = work.round(back)
    rank.cancel(back, work.actor("mona"), round.id, reason="ein Titel fehlte")
    db.session.commit()
    walked(work.keys, round.id, RoundState.CANCELLED)
    to.add("abstimmung-zurueckgenommen", "petra", f"/sessions/{back.id}")
    to.add("ergebnis-zurueckgenommen", "petra", f"/sessions/{back.id}/rounds/{round.id}/result")
    lost = work.session("Schlüssel fehlt", Phase.RANK)
    round = work.round(lost)
    begin_write()
    round.state, round.problem, round.deadline_at = RoundState.CLOSING, "key", utcnow() - timedelta(minutes=1)
    db.session.commit()
    to.add("konsole-schluessel-fehlt", "mona", f"/sessions/{lost.id}/console")
    to.add("papier-wer", "mona", f"/sessions/{waiting.id}/papers")
    give = f"/sessions/{voted.id}/papers/{work.member('petra').id}"
    to.add("papier-geben", "mona", give)
    to.add("papier-ohne-grund", "mona", give, 422, send=give)
    _papers(work, to)


def _papers(work: Filling, to: Filled) -> None:
    """Petra votes on paper in one round; the two who enter her sheet do not agree yet."""
    paper = work.session("Auf Papier", Phase.RANK)
    round = work.round(paper)
    rank.mark(paper, work.actor("mona"), work.keys, work.member("petra").id, on_paper=True, reason="device")
    begin_write()
    work.member("petra").on_paper = False  # in the other rounds she votes at her laptop
    round.state, round.problem = RoundState.CLOSING, "papers"
    round.deadline_at = utcnow() - timedelta(minutes=1)
    db.session.commit()
    for who, place in (("mona", "1"), ("ines", "2")):
        sheet = rank.read_sheets(round, {"sheets": "1", "1-A": place, "1-B": "1"})
        rank.enter(paper, work.actor(who), work.keys, round.id, sheet)
    db.session.commit()
    to.add("papier-erfassen", "mona", f"/sessions/{paper.id}/rounds/{round.id}/sheets")
    to.add("konsole-papier", "mona", f"/sessions/{paper.id}/console")
    session, round = work.closed("Ungültig")
    rank.propose_annulment(session, work.actor("ines"), round.id, reason="Auf der Liste fehlte E-9.")
    db.session.commit()
    to.add("konsole-ungueltig", "mona", f"/sessions/{session.id}/console")


def _results(work: Filling, to: Filled) -> None:
    session, round = work.closed("Geschlossen")
    there = f"/sessions/{session.id}"
    to.add("geschlossen", "petra", there)
    to.add("konsole-geschlossen", "mona", f"{there}/console")
    to.add("vorschau", "mona", f"{there}/rounds/{round.id}/result")
    to.add("ergebnis-noch-nicht", "petra", f"{there}/rounds/{round.id}/result", 409)
    small, round = work.closed("Kleine Runde")
    result.release(small, work.actor("mona"), round.id)
    db.session.commit()
    to.add("ergebnis-klein", "petra", f"/sessions/{small.id}")
    to.add("pruefcodes", "petra", f"/sessions/{small.id}/rounds/{round.id}/codes")
    none = work.session("Ohne Ergebnis", Phase.RESULT)
    to.add("ergebnis-keins", "petra", f"/sessions/{none.id}")
    shown = work.demo[Phase.RESULT]
    round = result.newest(shown.id)
    to.add("ergebnis", "petra", f"/sessions/{shown.id}")
    to.add("ergebnis-moderation", "mona", f"/sessions/{shown.id}/rounds/{round.id}/result")
    to.add("protokoll", "mona", f"/sessions/{shown.id}/rounds/{round.id}/protocol")
