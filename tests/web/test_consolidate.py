"""The moderators' board and desk, and the page on which participants follow it."""

from __future__ import annotations

import pytest

from werkstatt.acts import collect, consolidate
from werkstatt.db import db
from werkstatt.models import Recommendation, Step
from werkstatt.terms import Phase

WORDS = {"title": "Gemeinsam", "problem": "P", "action": "A", "theme": "0", "reason": "fast gleich"}


@pytest.fixture
def room(house):
    """Petra's V-1, Samuel's V-2 and Vera's V-3 are being consolidated."""
    house.in_phase(Phase.COLLECT)
    house.ids = [
        collect.propose(house.session, house.actor(name), title=title, problem=f"{title} fehlen").id
        for name, title in (("petra", "Labore"), ("samuel", "Werkbänke"), ("vera", "Netze"))
    ]
    db.session.commit()
    house.in_phase(Phase.CONSOLIDATE)
    house.base = f"/sessions/{house.session.id}"
    house.board = f"{house.base}/board"
    house.one = f"{house.base}/recommendations/{house.ids[0]}"
    house.seen = [f"{one}:1" for one in house.ids[:2]]
    return house


def merge(room, browser, **more):
    return browser.send(f"{room.board}/merge", {**WORDS, "seen": room.seen, **more})


def steps() -> int:
    db.session.rollback()
    return db.session.query(Step).count()


def test_merging_from_the_board_to_both_sides_of_the_lineage(room, browse):
    mona = browse("mona")
    assert "Werkbänke" in mona.get(room.board).text
    desk = mona.get(f"{room.board}/merge?ids={room.ids[0]}&ids={room.ids[1]}").text
    assert "Labore fehlen" in desk and "Werkbänke fehlen" in desk and room.seen[0] in desk
    answer = merge(room, mona)
    assert answer.status_code == 303
    assert "Gemeinsam" in mona.get(answer.location).text
    petra = browse("petra")
    assert (
        "Ihr Vorschlag V-1 ist Teil von E-1 geworden; Ihr Original bleibt lesbar."
        in petra.get(room.base).text
    )
    original = petra.get(room.one).text
    assert "Labore" in original and "E-1" in original
    merged = db.session.query(Recommendation).filter_by(kind="consolidated").one()
    page = petra.get(f"{room.base}/recommendations/{merged.id}").text
    assert "V-1" in page and "V-2" in page and "Mona Richter" not in page


def test_the_same_merge_twice_is_one_and_the_text_stays(room, browse):
    mona = browse("mona")
    assert merge(room, mona).status_code == 303
    again = merge(room, mona)
    assert again.status_code == 409
    assert (
        "Inzwischen geändert: V-1, V-2" in again.text and "fast gleich" in again.text and "E-1" in again.text
    )
    assert steps() == 1


def test_an_outdated_desk_shows_both_versions_and_keeps_the_text(room, browse):
    mona, ines = browse("mona"), browse("ines")
    merge(room, mona)
    one = db.session.query(Recommendation).filter_by(kind="consolidated").one().id
    path = f"{room.base}/recommendations/{one}/reword"
    assert mona.get(path).status_code == 200
    assert ines.send(path, {**WORDS, "title": "Fassung von Ines", "seen": f"{one}:1"}).status_code == 303
    answer = mona.send(path, {**WORDS, "title": "Fassung von Mona", "seen": f"{one}:1"})
    assert answer.status_code == 409
    for text in ("Fassung von Ines", "Fassung von Mona", "Als Sie anfingen", f"{one}:2"):
        assert text in answer.text
    assert mona.send(path, {**WORDS, "title": "Fassung von Mona", "seen": f"{one}:2"}).status_code == 303
    answer = mona.send(f"{room.board}/merge", {**WORDS, "seen": [f"{one}:1", f"{room.ids[2]}:1"]})
    assert answer.status_code == 409 and f"{one}:3" in answer.text


@pytest.mark.parametrize(
    "wrong",
    [
        {"title": ""},
        {"title": "x" * 201},
        {"theme": "9999"},
        {"seen": []},
        {"seen": ["1:1:1", "x", "9" * 30 + ":1"]},
    ],
)
def test_bad_input_is_422_with_the_text(room, browse, wrong):
    answer = merge(room, browse("mona"), **wrong)
    assert answer.status_code == 422 and "fast gleich" in answer.text
    assert steps() == 0


def test_one_choice_is_too_few(room, browse):
    answer = browse("mona").get(f"{room.board}/merge?ids={room.ids[0]}&ids=abc")
    assert answer.status_code == 422 and "mindestens zwei" in answer.text


def test_foreign_ids_are_missing(room, browse):
    foreign = Recommendation(session_id=room.other_session.id, kind="proposal", number=1)
    from werkstatt.db import begin_write

    begin_write()
    db.session.add(foreign)
    db.session.commit()
    mona = browse("mona")
    wanted = [f"{room.ids[0]}:1", f"{foreign.id}:1"], [f"{room.ids[0]}:1", "999999:1"]
    assert [merge(room, mona, seen=seen).status_code for seen in wanted] == [404, 404]
    assert mona.get(f"{room.base}/recommendations/{foreign.id}/reword").status_code == 404


def deeds(room):
    seen = f"{room.ids[0]}:1"
    return {
        f"{room.board}/merge": {**WORDS, "seen": room.seen},
        f"{room.one}/reword": {**WORDS, "seen": seen},
        f"{room.one}/exclude": {"reason": "x", "seen": seen},
    }


@pytest.mark.parametrize(
    ("name", "status"), [("petra", 403), ("heiko", 403), ("otto", 403), ("gregor", 404), ("admin", 404)]
)
def test_only_moderators(room, browse, name, status):
    browser = browse(name)
    for path, data in deeds(room).items():
        assert browser.send(path, data).status_code == status
        assert browser.get(path).status_code == status
    assert browser.get(room.board).status_code == status
    assert steps() == 0


@pytest.mark.parametrize("phase", [phase for phase in Phase if phase is not Phase.CONSOLIDATE])
def test_the_board_is_readable_in_every_phase_and_changes_only_in_its_own(room, browse, phase):
    mona = browse("mona")
    room.in_phase(phase)
    page = mona.get(room.board)
    assert page.status_code == 200 and "Labore" in page.text and "Ausschließen" not in page.text
    for path, data in deeds(room).items():
        assert mona.send(path, data).status_code == 409
    assert steps() == 0


def test_excluding_is_read_by_all_and_can_be_undone_once(room, browse):
    mona, petra = browse("mona"), browse("petra")
    assert mona.get(f"{room.one}/exclude").status_code == 200
    assert mona.send(f"{room.one}/exclude", {"reason": " "}).status_code == 422
    assert (
        mona.send(
            f"{room.one}/exclude", {"reason": "nicht zuständig", "seen": f"{room.ids[0]}:1"}
        ).status_code
        == 303
    )
    again = mona.send(f"{room.one}/exclude", {"reason": "nicht zuständig", "seen": f"{room.ids[0]}:1"})
    assert again.status_code == 409
    assert "nicht zuständig" in petra.get(room.base).text
    step = db.session.query(Step).one().id
    path = f"{room.base}/steps/{step}/undo"
    assert petra.send(path).status_code == 403
    assert browse("gregor").send(path).status_code == 404
    assert mona.send(f"{room.base}/steps/99999/undo").status_code == 404
    assert mona.send(path).status_code == 303
    assert "rückgängig gemacht um" in mona.get(room.board).text
    twice = mona.send(path)
    assert twice.status_code == 409 and "schon rückgängig" in twice.text
    assert "nicht zuständig" not in petra.get(room.base).text
    room.in_phase(Phase.RANK)
    assert mona.send(path).status_code == 409


def test_rewording_a_proposal_keeps_the_original_readable(room, browse):
    mona = browse("mona")
    unchanged = {
        "title": "Labore",
        "problem": "Labore fehlen",
        "action": "",
        "theme": "0",
        "seen": f"{room.ids[0]}:1",
    }
    assert mona.send(f"{room.one}/reword", unchanged).status_code == 422
    assert mona.send(f"{room.one}/reword", {**unchanged, "title": "Offene Labore"}).status_code == 303
    page = browse("samuel").get(room.one).text
    assert "Labore fehlen" in page and "E-1" in page
    assert [one.name for one, _ in consolidate.ballot_items(room.session.id)] == ["E-1", "V-2", "V-3"]


def test_a_hidden_original_leaves_no_trace_for_others(room, browse):
    mona = browse("mona")
    merge(room, mona)
    mona.send(f"{room.one}/hide", {"reason": "nennt eine Person"})
    merged = db.session.query(Recommendation).filter_by(kind="consolidated").one().id
    page = browse("samuel").get(f"{room.base}/recommendations/{merged}").text
    assert "V-2" in page and "V-1" not in page and "Labore" not in page
