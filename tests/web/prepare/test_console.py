"""The console, as Mona uses it."""

from __future__ import annotations

import os

import pytest

from tests.rounds import keys_of, opened
from werkstatt.acts import clerk, collect, prepare, rank
from werkstatt.db import begin_write, db
from werkstatt.terms import Phase


def at(house, *more) -> str:
    return "/".join([f"/sessions/{house.session.id}", *more])


def phase(house) -> Phase:
    db.session.expire_all()
    return house.session.phase


POSTS = (
    ("advance", {"leaving": "prepare"}),
    ("back", {"leaving": "collect", "reason": "mistake"}),
    ("clock", {"minutes": "5"}),
    ("clock/extend", {}),
    ("clock/stop", {}),
)


@pytest.mark.parametrize(
    ("name", "status"),
    [
        ("heiko", 403),
        ("petra", 403),
        ("otto", 403),
        ("paul", 403),
        ("franka", 404),
        ("gregor", 404),
        ("admin", 404),
    ],
)
def test_nobody_else_leads(house, browse, name, status):
    client = browse(name)
    assert client.get(at(house, "console")).status_code == status
    for path, data in POSTS:
        assert client.send(at(house, path), data).status_code == status
    assert phase(house) is Phase.PREPARE


@pytest.mark.parametrize("name", ["mona", "ines"])
def test_moderators_and_organisers_lead(house, browse, name):
    client = browse(name)
    assert client.get(at(house, "console")).status_code == 200
    for path, data in POSTS:
        assert client.send(at(house, path), data).status_code == 303, path
    assert phase(house) is Phase.PREPARE


@pytest.mark.parametrize("step", list(Phase))
def test_the_console_stands_in_every_phase(house, browse, step):
    house.in_phase(step)
    page = browse("mona").get(at(house, "console"))
    assert page.status_code == 200 and "Jetzt:" in page.text and "Vorlesen:" in page.text
    assert "Industrie" in page.text and "Paul Sommer" in page.text
    assert (page.text.count("Eine Phase zurück") == 1) is (step is not Phase.PREPARE)


def test_an_outdated_console_skips_nothing(house, browse):
    assert browse("mona").send(at(house, "advance"), {"leaving": "prepare"}).status_code == 303
    late = browse("ines").send(at(house, "advance"), {"leaving": "prepare"})
    assert late.status_code == 409 and "Inzwischen" in late.text
    for leaving in ("", "nonsense"):
        assert browse("ines").send(at(house, "advance"), {"leaving": leaving}).status_code == 409
    assert browse("ines").send(at(house, "back"), {"leaving": "rank", "reason": "time"}).status_code == 409
    assert phase(house) is Phase.COLLECT


def test_what_blocks_is_said_in_words(house, browse):
    house.in_phase(Phase.CONSOLIDATE)
    mona = browse("mona")
    assert "mindestens 2 Empfehlungen; jetzt sind es 0" in mona.get(at(house, "console")).text
    assert mona.send(at(house, "advance"), {"leaving": "consolidate"}).status_code == 409
    assert phase(house) is Phase.CONSOLIDATE


def test_back_without_a_reason_shows_the_form_again(house, browse):
    house.in_phase(Phase.COLLECT)
    answer = browse("mona").send(at(house, "back"), {"leaving": "collect"})
    assert answer.status_code == 422 and "Bitte wählen Sie einen Grund." in answer.text
    assert phase(house) is Phase.COLLECT


@pytest.mark.parametrize("minutes", ["", "0", "viel", "601"])
def test_a_senseless_clock_is_refused(house, browse, minutes):
    answer = browse("mona").send(at(house, "clock"), {"minutes": minutes})
    assert answer.status_code == 422
    db.session.expire_all()
    assert house.session.clock_ends_at is None


def test_the_figures_count_and_the_clock_shows(house, browse):
    house.in_phase(Phase.COLLECT)
    collect.propose(house.session, house.actor("petra"), title="T", problem="p", action="a", theme_id=None)
    prepare.set_clock(house.session, house.actor("mona"), minutes=5)
    db.session.commit()
    page = browse("mona").get(at(house, "console")).text
    assert "data-until" in page and "Uhr neu stellen" in page


def test_a_locked_key_folder_is_said_before_the_opening(house, browse, app, monkeypatch):
    assert "bereit: Datenbank, Schlüssel" in browse("mona").get(at(house, "console")).text
    monkeypatch.setattr(os, "access", lambda *_: False)
    assert "nicht bereit: Schlüssel" in browse("mona").get(at(house, "console")).text


def test_c48_an_open_round_without_its_key_is_red_before_the_clerk_says_so_and_after(app, house, browse):
    round = opened(app, house)
    keys_of(app).path.joinpath(f"{round.key_id}.key").unlink()
    page = browse("mona").get(at(house, "console")).text
    assert "nicht bereit: Schlüssel einer offenen Abstimmung" in page and "nicht sicher abstimmen" in page
    clerk.work_once(keys_of(app))
    page = browse("mona").get(at(house, "console")).text
    assert "Rufen Sie sofort die Person" in page and "Gerade lässt sich nichts abgeben" in page


def test_c48_an_interrupted_round_is_shown_as_one(app, house, browse):
    round = opened(app, house)
    begin_write()
    round.problem = rank.PROBLEM_INTERRUPTED
    db.session.commit()
    page = browse("mona").get(at(house, "console")).text
    assert (
        "wird wiederholt. Was bisher abgegeben wurde, zählt nicht." in page
        and "<span>unterbrochen</span>" in page
    )
    for wrong in ("geben Sie ab", "Schließen ankündigen", "Nachtragen", "Wer stimmt auf Papier"):
        assert wrong not in page


def test_participants_wait_on_a_page_of_their_own(house, browse):
    assert "Gleich geht es los" in browse("petra").get(at(house)).text
    assert browse("franka").get(at(house)).status_code == 404
