"""The set-up page of a workshop."""

from __future__ import annotations

import pytest

from werkstatt.acts import prepare
from werkstatt.db import db
from werkstatt.models import Session, Workshop


def at(house, *more) -> str:
    return "/".join([f"/workshops/{house.workshop.id}", *map(str, more)])


@pytest.fixture
def table(house):
    (made,) = prepare.add_tables(house.workshop, house.people["mona"].id, many=1)
    db.session.commit()
    return made


def every_post(house, table) -> list[tuple[str, dict]]:
    session = f"/sessions/{house.session.id}"
    settings = {"title": "R", "question": "?", "proposals_each": "4", "visibility": "after_own"}
    return [
        (at(house, "setup"), {"title": "Dresden"}),
        (at(house, "sessions"), {"title": "Zwei", "question": "?"}),
        (at(house, "tables"), {"many": "2", "theme": ""}),
        (at(house, "tables", table.id), {"number": "9", "theme": house.themes[0].id}),
        (at(house, "tables", table.id, "remove"), {}),
        (at(house, "code"), {}),
        (at(house, "joining"), {"to": "closed"}),
        (session + "/settings", settings),
        (session + "/copy", {}),
        (session + "/move", {"to": "down"}),
    ]


@pytest.mark.parametrize(
    ("name", "status"),
    [
        ("mona", 303),
        ("ines", 303),
        ("heiko", 403),
        ("petra", 403),
        ("otto", 403),
        ("paul", 403),
        ("franka", 404),
        ("gregor", 404),
        ("admin", 404),
    ],
)
def test_who_sets_up_a_workshop(house, browse, table, name, status):
    client = browse(name)
    shown = 200 if status == 303 else status
    assert client.get(at(house, "setup")).status_code == shown
    assert client.get(f"/sessions/{house.session.id}/settings").status_code == shown
    for path, data in every_post(house, table):
        assert client.send(path, data).status_code == status, path


def test_times_are_those_of_the_clock_on_the_wall(house, browse):
    mona = browse("mona")
    times = {"starts_at": "2026-11-23T09:00", "ends_at": "2026-11-23T16:00"}
    assert mona.send(at(house, "setup"), {"title": "Dresden", **times}).status_code == 303
    db.session.expire_all()
    assert house.workshop.starts_at.isoformat() == "2026-11-23T08:00:00+00:00"
    assert 'value="2026-11-23T09:00"' in mona.get(at(house, "setup")).text
    wrong = mona.send(at(house, "setup"), {"title": "Dresden", **times, "ends_at": "2026-11-23T08:00"})
    assert wrong.status_code == 422 and "Das Ende liegt vor dem Beginn." in wrong.text
    assert mona.send(at(house, "setup"), {"title": "Dresden", "starts_at": "bald"}).status_code == 422


def test_settings_are_read_back(house, browse):
    mona, path = browse("mona"), f"/sessions/{house.session.id}/settings"
    facts = {"title": "Neu", "question": "Wozu?", "proposals_each": "7", "visibility": "after_phase"}
    assert mona.send(path, facts | {"late_proposals": "y"}).status_code == 303
    page = mona.get(path).text
    assert 'value="7"' in page and "Wozu?" in page
    for wrong in ({"proposals_each": "0"}, {"proposals_each": "x"}, {"visibility": "never"}, {"title": ""}):
        assert mona.send(path, facts | wrong).status_code == 422


def test_extra_fields_change_nothing(house, browse):
    data = {
        "title": "Zwei",
        "question": "?",
        "phase": "rank",
        "workshop_id": house.other_workshop.id,
        "step": 99,
    }
    assert browse("mona").send(at(house, "sessions"), data).status_code == 303
    made = db.session.query(Session).filter_by(title="Zwei").one()
    assert (made.phase, made.workshop_id, made.step) == ("prepare", house.workshop.id, 1)


@pytest.mark.parametrize("data", [{"title": "", "question": "Wie?"}, {"title": "Zwei", "question": ""}])
def test_a_session_without_a_question_comes_back_with_what_was_typed(house, browse, data):
    answer = browse("mona").send(at(house, "sessions"), data)
    assert answer.status_code == 422 and (data["question"] or data["title"]) in answer.text


def test_tables_of_others_and_wrong_numbers(house, browse, table):
    mona = browse("mona")
    foreign = f"/workshops/{house.other_workshop.id}/tables/{table.id}"
    assert browse("gregor").send(foreign, {"number": "1"}).status_code == 404
    assert mona.send(at(house, "tables", 99999), {"number": "1"}).status_code == 404
    for data in ({"number": "x"}, {"number": "1000"}, {"number": "2", "theme": "99999"}):
        assert mona.send(at(house, "tables", table.id), data).status_code == 422
    assert mona.send(at(house, "tables"), {"many": "61"}).status_code == 422


def test_the_code_as_a_picture(house, browse):
    answer = browse("heiko").get(at(house, "code.svg"))
    assert answer.mimetype == "image/svg+xml" and answer.data.startswith(b"<?xml")
    assert browse("petra").get(at(house, "code.svg")).status_code == 403


def test_a_new_code_and_closed_joining_are_shown(house, browse):
    mona, old = browse("mona"), house.workshop.join_code
    mona.send(at(house, "code"))
    mona.send(at(house, "joining"), {"to": "closed"})
    db.session.expire_all()
    now = db.session.get(Workshop, house.workshop.id)
    assert now.join_code != old and not now.join_open
    assert "kommt gerade niemand Neues herein" in mona.get(at(house, "setup")).text
