"""The projector and the page that reads along: what the room may see, step by step."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest

from tests.results import TITLES, counted, items
from werkstatt.db import begin_write, db, utcnow
from werkstatt.models import Ballot, Table
from werkstatt.terms import Phase, RoundState
from werkstatt.web import projector


@pytest.fixture
def screen(app, house, browse):
    """Opens the projector as its own device, and the mirror as a participant; both must say the same."""

    def look(*words: str) -> str:
        with app.test_request_context():
            address = projector.screen_url(house.session, house.workshop)
        page = browse(None).get(address)
        assert page.status_code == 200
        mirror = browse("petra").get(f"/sessions/{house.session.id}/mirror")
        assert mirror.status_code == 200
        for text in (page.text, mirror.text):
            assert scene(text) == scene(page.text)
            for word in words:
                assert word in text, word
        return page.text

    return look


def scene(html: str) -> str:
    return re.search(r'<section id="scene".*?</section>', html, re.DOTALL)[0]


def test_wrong_tokens_are_404_and_say_nothing(app, house, browse):
    with app.test_request_context():
        right = projector.screen_url(house.session, house.workshop)
    start, given = right.rsplit(".", 1)
    other = start.replace(f"/{house.session.id}.", f"/{house.other_session.id}.")
    wrong = [
        f"{start}.{given[:-1]}x",
        f"{other}.{given}",
        "/projector/x",
        "/projector/1.1.ä",
        "/projector/9.9." + given,
    ]
    pages = [browse(None).get(address) for address in wrong]
    assert {page.status_code for page in pages} == {404}
    assert all(house.session.question not in page.text for page in pages)


def test_a_risen_epoch_makes_it_dark(app, house, browse):
    with app.test_request_context():
        address = projector.screen_url(house.session, house.workshop)
    begin_write()
    house.workshop.epoch += 1
    db.session.commit()
    assert browse(None).get(address).status_code == 404


def test_the_pulses_token_does_not_open_it(app, house, browse):
    from werkstatt.web import pulse

    token = pulse.address(app.config["SECRET_KEY"], house.session.id, house.workshop.epoch).rpartition("/")[2]
    assert browse(None).get(f"/projector/{token}").status_code == 404


def test_mirror_is_for_members(house, browse):
    assert browse("franka").get(f"/sessions/{house.session.id}/mirror").status_code == 404
    assert browse("otto").get(f"/sessions/{house.session.id}/mirror").status_code == 200


def test_question_clock_code_and_pulse_are_always_there(house, browse, screen):
    code = f"{house.workshop.join_code[:3]}-{house.workshop.join_code[3:]}"
    for phase in Phase:
        house.in_phase(phase)
        page = screen()
        assert house.session.question in page and code in page
        assert 'src="data:image/svg+xml' in page
        assert re.search(r'data-pulse="/pulse/\d+\.\d+\.[0-9a-f]+"', page) and 'data-pace="1000"' in page
    begin_write()
    house.session.clock_ends_at = utcnow() + timedelta(minutes=5)
    db.session.commit()
    house.in_phase(Phase.COLLECT)
    assert "data-until" in screen()


def test_arrival_shows_three_steps(screen):
    assert scene(screen("So kommen Sie hinein")).count("<li>") == 3


def test_collecting_shows_a_count_and_no_text(house, screen):
    made = items(house)
    begin_write()
    for recommendation in db.session.query(type(made[0])).filter_by(kind="proposal").limit(3):
        recommendation.state = "active"
    db.session.commit()
    house.in_phase(Phase.COLLECT)
    page = screen('<b class="big">3</b> <span>Vorschläge</span>')
    assert "Entwurf zu" not in page


def test_no_participants_text_before_the_list_is_frozen(house, screen):
    items(house)
    for phase in (Phase.COLLECT, Phase.DISCUSS, Phase.CONSOLIDATE, Phase.RANK):
        house.in_phase(phase)
        page = screen()
        assert "Entwurf zu" not in page and TITLES[0] not in page


def test_discussing_shows_the_tables(house, screen):
    begin_write()
    db.session.add(Table(workshop_id=house.workshop.id, number=7, theme_id=house.themes[1].id))
    db.session.commit()
    house.in_phase(Phase.DISCUSS)
    screen("Tisch 7", "Transfer")


def test_before_the_opening_the_rules(house, screen):
    house.in_phase(Phase.RANK)
    screen("Gleich stimmen wir ab", "Gleichauf ist erlaubt.")


def cast(round, many: int) -> None:
    begin_write()
    db.session.add_all(
        Ballot(round_id=round.id, handle=bytes([n]) * 32, box=b"sealed", rev=1) for n in range(many)
    )
    db.session.commit()


def test_open_shows_letters_and_turnout_in_fives(house, screen):
    round = counted(house, RoundState.OPEN)
    cast(round, 4)
    page = screen(
        "Jetzt: ordnen und abgeben", TITLES[0], "Die Abstimmung ist offen.", 'data-turnout="etwa {n}"'
    )
    assert "von 3 haben abgestimmt" not in page
    begin_write()
    db.session.add(Ballot(round_id=round.id, handle=b"x" * 32, box=b"sealed", rev=1))
    db.session.commit()
    screen("etwa 5", "von 3 haben abgestimmt")


def test_closing_counts_down(house, screen):
    round = counted(house, RoundState.OPEN)
    begin_write()
    round.deadline_at = utcnow() + timedelta(seconds=60)
    db.session.commit()
    page = screen("Wer sortiert, aber nicht abgegeben hat: bitte jetzt auf „Jetzt so abgeben“.")
    assert str(int(round.deadline_at.timestamp() * 1000)) in page
    begin_write()
    round.deadline_at = utcnow()
    db.session.commit()
    screen("Die Stimmen werden gemischt und ausgezählt.")


def test_taken_back_is_told(house, screen):
    counted(house, RoundState.CANCELLED)
    screen("Die Abstimmung wurde versehentlich geöffnet und ist zurückgenommen.")


UNRELEASED = [state for state in RoundState if state is not RoundState.RELEASED]


@pytest.mark.parametrize("phase", [Phase.CONSOLIDATE, Phase.RANK, Phase.RESULT])
@pytest.mark.parametrize("state", UNRELEASED)
def test_c20_nothing_of_a_result_before_release(house, screen, state, phase):
    counted(house, state)
    house.in_phase(phase)
    page = screen()
    for word in ("Vergleich", "Spanne", "Verwaltung", 'class="place"', "Führend"):
        assert word not in scene(page), word


def test_closed_says_the_turnout(house, screen):
    counted(house)
    screen("Geschlossen. 60 von 66 Stimmberechtigten haben abgestimmt.")


def test_result_shows_the_front_with_one_reason(house, screen):
    counted(house, RoundState.RELEASED)
    page = screen(
        "60 von 66 haben abgestimmt.", "Gewinnt alle 8 Vergleiche.", "Industrie", "Nicht repräsentativ"
    )
    assert page.count('class="place"') == 9


def test_the_anchor_of_the_record_is_on_the_wall_and_in_the_protocol(house, screen, browse):
    round = counted(house, RoundState.RELEASED)
    there = f"/sessions/{house.session.id}/rounds/{round.id}/protocol"
    anchor = re.search(r"Anker ([0-9A-F-]{14})", screen())[1]
    admin, found = browse("admin"), f"/admin/record?anchor={anchor}"
    assert "Steht in der Kette" in admin.get(found).text
    printed = re.search(
        r"Anker des Protokolls beim Drucken</dt><dd>([0-9A-F-]{14})<", browse("mona").get(there).text
    )[1]
    assert "Steht in der Kette" in admin.get(f"/admin/record?anchor={printed}").text


def test_result_never_shows_more_than_ten_places_and_says_so(house, screen):
    titles = tuple(f"Empfehlung {n}" for n in range(14))
    from tests.results import SIZES, ballots

    counted(house, RoundState.RELEASED, titles=titles, votes=ballots(SIZES, 14, noise=1.5))
    page = screen("Gezeigt sind die ersten 10 von 14.")
    assert page.count('class="place"') == 10
