"""The result's pages and files: who gets what when, and what stands in it."""

from __future__ import annotations

import csv
import io
import json
import re

import pytest

from tests.results import SIZES, ballots, counted, items
from werkstatt.counting import Ranking
from werkstatt.terms import Phase, RoundState

ROUTES = ("result", "result.csv", "result.json")
EVERYBODY = ("ines", "mona", "heiko", "otto", "petra", "paul")
# By hand: the answers to (ines the organiser, mona the moderator, heiko the helper, otto the observer,
# petra the participant, paul who waits to be let in); the page of a dead round says so to everybody.
VISIBLE = {
    RoundState.DRAFT: (409, 409, 409, 409, 409, 409),
    RoundState.OPEN: (409, 409, 409, 409, 409, 409),
    RoundState.CLOSING: (409, 409, 409, 409, 409, 409),
    RoundState.COUNTED: (409, 409, 409, 409, 409, 409),
    RoundState.CLOSED: (200, 200, 409, 409, 409, 409),
    RoundState.RELEASED: (200, 200, 200, 200, 200, 200),
    RoundState.CANCELLING: (409, 409, 409, 409, 409, 409),
    RoundState.CANCELLED: (409, 409, 409, 409, 409, 409),
    RoundState.ANNULLED: (200, 200, 409, 409, 409, 409),
}
SAYS_SO = {(RoundState.CANCELLED, "result"), (RoundState.ANNULLED, "result")}


def address(house, round, name: str = "result") -> str:
    return f"/sessions/{house.session.id}/rounds/{round.id}/{name}"


@pytest.mark.parametrize("state", RoundState)
def test_c20_visibility(house, browse, state):
    round = counted(house, state)
    for name, status in zip(EVERYBODY, VISIBLE[state], strict=True):
        browser = browse(name)
        for route in ROUTES:
            answer = browser.get(address(house, round, route))
            told = status == 409 and (state, route) in SAYS_SO
            assert answer.status_code == (200 if told else status), (name, state, route)
            assert ("Vergleich" in answer.text or '"wins"' in answer.text) == (status == 200)


@pytest.mark.parametrize("route", (*ROUTES, "protocol"))
def test_strangers_get_the_same_404(house, browse, route):
    round = counted(house, RoundState.RELEASED)
    for name in ("franka", "gregor", "admin"):
        answer = browse(name).get(address(house, round, route))
        missing = browse(name).get(address(house, round, route).replace(f"/{round.id}/", "/4711/"))
        assert answer.status_code == missing.status_code == 404
    assert browse(None).get(address(house, round, route)).status_code == 303
    assert (
        browse("mona").get(f"/sessions/{house.other_session.id}/rounds/{round.id}/{route}").status_code == 404
    )


def test_preview_has_the_one_button_and_release_shows_everybody(house, browse):
    round = counted(house)
    mona, petra = browse("mona"), browse("petra")
    page = mona.get(address(house, round)).text
    assert "Vorschau: nur Moderation und Geschäftsstelle sehen diese Seite" in page
    assert page.count("btn primary") == 1
    assert "Geschlossen. Das Ergebnis sehen wir gemeinsam an." in petra.get(address(house, round)).text
    assert mona.send(address(house, round, "release")).status_code == 303
    assert mona.send(address(house, round, "release")).status_code == 409
    page = petra.get(f"/sessions/{house.session.id}").text
    assert "Ergebnis zeigen" not in page and "Vorschau" not in page
    assert "60 von 66 haben abgestimmt." in page


@pytest.mark.parametrize(("name", "status"), [("petra", 403), ("heiko", 403), ("otto", 403), ("franka", 404)])
def test_release_is_for_moderators(house, browse, name, status):
    round = counted(house)
    assert browse(name).send(address(house, round, "release")).status_code == status
    assert round.state is RoundState.CLOSED


def test_release_not_before_the_close_and_not_in_another_phase(house, browse):
    round = counted(house, RoundState.COUNTED)
    assert browse("mona").send(address(house, round, "release")).status_code == 409
    house.in_phase(Phase.CONSOLIDATE)
    assert browse("mona").send(address(house, round, "release")).status_code == 409


def test_page_says_what_the_workshop_day_asks_for(house, browse):
    counted(house, RoundState.RELEASED)
    page = browse("petra").get(f"/sessions/{house.session.id}").text
    for words in (
        "Nicht repräsentativ; es stimmten die Anwesenden ab.",
        "Führend: je Person.",
        "Gewinnt alle 8 Vergleiche.",
        "Was nicht sicher ist",
        "Wie gezählt wurde",
        "Vom Vorschlag zum Platz",
        "Für Fachleute",
        "Die Abstimmenden haben Empfehlungen nach Wichtigkeit geordnet.",
        "1.000-mal nachgerechnet",
        "V-1, V-2",
    ):
        assert words in page, words
    assert re.search(r"<title id=\"strip-\d+\">[A-I]: Platz je Akteursgruppe: Industrie Platz", page)
    assert "Protokoll</a>" not in page


def test_anybody_may_ask_why_one_stands_before_the_other(house, browse):
    round, petra = counted(house, RoundState.RELEASED), browse("petra")

    def why(query=""):
        page = petra.get(address(house, round) + query)
        assert page.status_code == 200
        return re.search(r'<p class="body" role="status">(.*?)</p>', page.text)[1], page.text

    said, page = why("?one=C&other=A")
    assert re.match(r"A steht vor C \(A: Platz 1, C: Plätze 3 und 4\)\. Im direkten Vergleich \d+ für", said)
    assert page.count(" selected>") == 2 and '<option value="C" selected>' in page
    assert why("?one=A&other=C")[0] == said
    assert "zwei verschiedene Empfehlungen" in why("?one=A&other=A")[0]
    assert why()[0] == why("?one=Q&other=&x=1")[0]
    assert "Platz 1 vor Platz 2" in why()[0]


def test_a_tie_is_told_and_not_drawn(house, browse):
    circle = [(Ranking(((a,), (b,))), None) for a, b in ((0, 1), (1, 2), (2, 0)) for _ in range(3)]
    counted(house, RoundState.RELEASED, votes=circle)
    page = browse("petra").get(f"/sessions/{house.session.id}").text
    assert "1.–3." in page
    assert "Die Vergleiche dieser drei untereinander gehen im Kreis und gleichen sich aus" in page
    assert "Es wurde nicht gelost." in page


def test_a_small_room_has_its_own_words(house, browse):
    round = counted(house, RoundState.RELEASED, votes=ballots({"industry": 4}, 9))
    petra = browse("petra")
    page = petra.get(address(house, round)).text
    assert "Weniger als fünf haben etwas eingeordnet." in page
    assert "Vergleichen." not in page and "Für Fachleute" not in page and "<svg class" not in page
    rows = table(petra.get(address(house, round, "result.csv")))
    assert {row["Gewonnene Vergleiche"] for row in rows} == {""}
    outcome = json.loads(petra.get(address(house, round, "result.json")).data)["outcome"]
    assert set(outcome["person"]) == {"places"}


def test_one_single_ballot_with_shared_places_has_a_page(house, browse):
    counted(house, RoundState.RELEASED, votes=[(Ranking(((0,),), rest_below=True), None)])
    page = browse("petra").get(f"/sessions/{house.session.id}")
    assert page.status_code == 200
    assert "Plätze 2 bis 9 sind geteilt: Diese 8 liegen gleichauf." in page.text


def test_nobody_ranked_anything(house, browse):
    round = counted(house, RoundState.RELEASED, votes=[(Ranking(), None)] * 6)
    page = browse("petra").get(address(house, round)).text
    assert "Niemand hat etwas eingeordnet." in page and "1.–9." in page


def test_joined_groups_are_explained(house, browse):
    votes = ballots({"industry": 12, "science": 4, "administration": 3}, 9)
    round = counted(house, RoundState.RELEASED, votes=votes, leading="sector")
    page = browse("petra").get(address(house, round)).text
    assert "Wissenschaft + Verwaltung" in page
    assert "Keine eigenen Zahlen: Es wären weniger als fünf Stimmen" in page
    assert "Führend: je Akteursgruppe." in page


def test_simulated_ballots_are_labelled_everywhere(house, browse):
    round = counted(house, RoundState.RELEASED, simulated=True)
    petra = browse("petra")
    assert "Simulierte Stimmen." in petra.get(address(house, round)).text
    assert table(petra.get(address(house, round, "result.csv")))[0]["Simuliert"] == "ja"
    assert json.loads(petra.get(address(house, round, "result.json")).data)["round"]["simulated"] is True


def test_newest_round_with_links_to_the_others(house, browse):
    made = items(house)
    first = counted(house, RoundState.RELEASED, made=made)
    dead = counted(house, RoundState.CANCELLED, made=made, number=2)
    annulled = counted(house, RoundState.ANNULLED, made=made, number=3)
    newest = counted(house, RoundState.RELEASED, made=made, number=4)
    petra = browse("petra")
    page = petra.get(f"/sessions/{house.session.id}").text
    assert address(house, newest, "result.csv") in page
    for other in (first, dead, annulled):
        assert f'href="{address(house, other)}"' in page
    assert "für ungültig erklärt" in petra.get(address(house, annulled)).text
    assert "zurückgenommen" in petra.get(address(house, dead)).text
    assert "Für ungültig erklärt." in browse("mona").get(address(house, annulled)).text


def test_two_annul_on_the_console_and_everybody_reads_why(house, browse):
    round = counted(house, RoundState.RELEASED)
    mona, ines, petra = browse("mona"), browse("ines"), browse("petra")
    console = f"/sessions/{house.session.id}/console"
    assert mona.send(address(house, round, "annulment"), {"reason": "falsche Liste"}).status_code == 303
    assert "Bestätigen muss jemand anderes" in mona.get(console).text
    assert mona.send(address(house, round, "annulment/confirm")).status_code == 403
    assert "Mona Richter beantragt" in ines.get(console).text
    assert "Vergleich" in petra.get(f"/sessions/{house.session.id}").text, "until then it counts"
    assert ines.send(address(house, round, "annulment/confirm")).status_code == 303
    for page in (
        petra.get(f"/sessions/{house.session.id}"),
        petra.get(f"/sessions/{house.session.id}/mirror"),
        petra.get(address(house, round)),
        mona.get(console),
        mona.get(address(house, round)),
        mona.get(address(house, round, "protocol")),
    ):
        assert "für ungültig erklärt" in page.text.replace("Für ungültig", "für ungültig"), page.request.path
        assert "falsche Liste" in page.text, page.request.path
    assert petra.get(address(house, round, "result.csv")).status_code == 409
    assert table(mona.get(address(house, round, "result.csv")))[0]["Stand"] == "für ungültig erklärt"
    assert json.loads(mona.get(address(house, round, "result.json")).data)["round"]["state"] == "annulled"


def test_after_going_back_the_released_result_is_one_link_away(house, browse):
    round = counted(house, RoundState.RELEASED)
    house.in_phase(Phase.RANK)
    assert address(house, round) in browse("petra").get(f"/sessions/{house.session.id}").text
    assert "Zurück zum Ergebnis" in browse("mona").get(f"/sessions/{house.session.id}/console").text


def test_result_phase_without_a_result(house, browse):
    house.in_phase(Phase.RESULT)
    assert "noch kein Ergebnis veröffentlicht" in browse("petra").get(f"/sessions/{house.session.id}").text


def test_titles_are_shown_literally(house, browse):
    titles = ('<script>alert("x")</script>', "=1+1", "{{ 7 * 7 }}")
    round = counted(house, RoundState.RELEASED, titles=titles, votes=ballots(SIZES, 3))
    petra = browse("petra")
    assert "<script>alert" not in petra.get(address(house, round)).text
    assert "'=1+1" in {row["Titel"] for row in table(petra.get(address(house, round, "result.csv")))}


def table(answer) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(answer.data.decode("utf-8-sig")), delimiter=";"))


def test_csv_has_the_order_of_the_page(house, browse):
    round = counted(house, RoundState.RELEASED)
    petra = browse("petra")
    answer = petra.get(address(house, round, "result.csv"))
    assert answer.data.startswith(b"\xef\xbb\xbf")
    assert (
        answer.headers["Content-Disposition"] == 'attachment; filename="ergebnis-regionen-abstimmung-1.csv"'
    )
    page = petra.get(address(house, round)).text
    shown = re.findall(r'<span class="place">[^<]*</span><span class="letter">(\w+)</span>', page)
    assert [row["Buchstabe"] for row in table(answer)] == shown
    best = table(answer)[0]
    assert (best["Platz von"], best["Stimmberechtigt"], best["Abgestimmt"]) == ("1", "66", "60")
    assert re.fullmatch(r"\d,\d+|\d", best["Punkte je Stimme"])


def test_c47_files_are_the_same_twice(house, browse):
    round = counted(house, RoundState.RELEASED)
    for name in ("result.csv", "result.json"):
        assert (
            browse("petra").get(address(house, round, name)).data
            == browse("mona").get(address(house, round, name)).data
        )


def test_c23_no_file_holds_single_rankings(house, browse):
    round = counted(house, RoundState.RELEASED)
    data = json.loads(browse("mona").get(address(house, round, "result.json")).data)
    assert not {"ballots_list", "rankings", "levels", "urn"} & set(data["outcome"])
    assert all("matrix" not in group for group in data["outcome"]["groups"])
    assert "matrix" not in data["outcome"]["balanced"]


def test_unknown_format(house, browse):
    round = counted(house, RoundState.RELEASED)
    assert browse("petra").get(address(house, round, "result.exe")).status_code == 404


def test_protocol_is_for_moderators(house, browse):
    round = counted(house)
    page = browse("mona").get(address(house, round, "protocol")).text
    for words in ("= 2 + 1 Nachtrag", "kam nach der Pause", "Abstimmung eröffnet", "ab" * 32, "Mona Richter"):
        assert words in page, words
    assert browse("petra").get(address(house, round, "protocol")).status_code == 403


def test_no_protocol_of_a_draft(house, browse):
    round = counted(house, RoundState.DRAFT)
    assert browse("mona").get(address(house, round, "protocol")).status_code == 409
