"""The pages of collecting: who may, when, with what, and twice."""

from __future__ import annotations

import pytest

from werkstatt.acts import collect, discuss
from werkstatt.db import begin_write, db
from werkstatt.models import Recommendation
from werkstatt.terms import Phase, Visibility

FORM = {"title": "Mehr Netz", "problem": "Funklöcher", "action": "Masten bauen", "theme": "0"}


@pytest.fixture
def room(house):
    """The session collects; Petra has proposed V-1."""
    house.in_phase(Phase.COLLECT)
    one = collect.propose(house.session, house.actor("petra"), title="Labore")
    db.session.commit()
    house.base = f"/sessions/{house.session.id}"
    house.list = f"{house.base}/recommendations"
    house.one = f"{house.list}/{one.id}"
    return house


def count() -> int:
    db.session.rollback()
    return db.session.query(Recommendation).count()


def test_proposing_leads_back_to_the_page_that_shows_it(room, browse):
    samuel = browse("samuel")
    answer = samuel.send(room.list, {**FORM, "theme": str(room.themes[1].id)})
    assert answer.status_code == 303
    page = samuel.get(answer.location).text
    assert "Mehr Netz" in page and "1 von 3" in page and "Transfer" in page
    assert "Ihren Vorschlag lesen alle, Ihren Namen sehen nur Moderation und Geschäftsstelle." in page


def test_the_form_sent_twice_is_one_proposal(room, browse):
    samuel = browse("samuel")
    assert [samuel.send(room.list, FORM).status_code for _ in range(2)] == [303, 303]
    assert count() == 2


@pytest.mark.parametrize(
    ("name", "status"),
    [
        ("franka", 404),
        ("gregor", 404),
        ("otto", 403),
        ("paul", 403),
        ("admin", 404),
        ("heiko", 403),
        ("mona", 303),
    ],
)
def test_who_may_propose(room, browse, name, status):
    assert browse(name).send(room.list, FORM).status_code == status
    assert count() == (2 if status == 303 else 1)


@pytest.mark.parametrize("phase", [Phase.PREPARE, Phase.CONSOLIDATE, Phase.RANK, Phase.RESULT])
def test_too_late_or_too_early_is_409(room, browse, phase):
    samuel = browse("samuel")
    room.in_phase(phase)
    assert samuel.send(room.list, FORM).status_code == 409
    assert count() == 1


@pytest.mark.parametrize(
    "wrong",
    [
        {"title": "  "},
        {"title": "x" * 201},
        {"action": ""},
        {"problem": "x" * 4001},
        {"theme": "9999"},
        {"theme": "abc"},
    ],
)
def test_bad_input_keeps_the_typed_text(room, browse, wrong):
    answer = browse("samuel").send(room.list, {**FORM, **wrong})
    assert answer.status_code == 422
    assert "Funklöcher" in answer.text or "problem" in wrong
    assert count() == 1


def test_the_fourth_proposal_is_refused_in_words(room, browse):
    samuel = browse("samuel")
    for n in range(3):
        samuel.send(room.list, {**FORM, "title": f"Idee {n}"})
    assert "Sie haben alle 3 Vorschläge eingereicht." in samuel.get(room.base).text
    answer = samuel.send(room.list, {**FORM, "title": "Idee 4"})
    assert answer.status_code == 422 and "Mehr als 3 Vorschläge" in answer.text and "Idee 4" in answer.text


def test_extra_fields_change_nothing(room, browse):
    browse("samuel").send(
        room.list, {**FORM, "number": "77", "author_id": "1", "is_late": "1", "state": "excluded"}
    )
    db.session.rollback()
    one = db.session.query(Recommendation).order_by(Recommendation.id.desc()).first()
    assert (one.number, one.author_id, one.is_late, one.state) == (
        2,
        room.people["samuel"].id,
        False,
        "active",
    )


def test_others_show_when_the_session_says_so_and_their_addresses_are_404_until_then(room, browse):
    samuel = browse("samuel")
    assert "Labore" in samuel.get(room.base).text
    begin_write()
    room.session.visibility = Visibility.AFTER_PHASE
    db.session.commit()
    assert "Labore" not in samuel.get(room.base).text
    assert samuel.get(room.one).status_code == samuel.get(f"{room.list}/99999").status_code == 404
    assert samuel.send(f"{room.one}/withdraw").status_code == 404
    assert "Labore" in browse("mona").get(room.base).text
    room.in_phase(Phase.DISCUSS)
    assert samuel.get(room.one).status_code == 200


def test_editing_withdrawing_and_bringing_back_ones_own(room, browse):
    petra = browse("petra")
    assert "Labore" in petra.get(f"{room.one}/edit").text
    assert petra.send(f"{room.one}/edit", FORM).status_code == 303
    assert "Mehr Netz" in petra.get(room.one).text and "Fassung 2" in petra.get(room.one).text
    answer = petra.send(f"{room.one}/edit", {**FORM, "title": ""})
    assert answer.status_code == 422 and "Masten bauen" in answer.text
    for _ in range(2):
        assert petra.send(f"{room.one}/withdraw").status_code == 303
    assert "Zurückholen" in petra.get(room.base).text
    assert browse("samuel").get(room.one).status_code == 404
    assert petra.get(f"{room.one}/edit").status_code == 200
    assert petra.send(f"{room.one}/edit", {**FORM, "title": "Anders"}).status_code == 409
    for _ in range(2):
        assert petra.send(f"{room.one}/restore").status_code == 303
    assert browse("samuel").get(room.one).status_code == 200


@pytest.mark.parametrize("deed", ["edit", "withdraw", "restore"])
def test_nobody_changes_somebody_elses(room, browse, deed):
    for name, status in (("samuel", 403), ("mona", 403), ("otto", 403), ("franka", 404), ("gregor", 404)):
        assert browse(name).send(f"{room.one}/{deed}", FORM).status_code == status
    petra = browse("petra")
    room.in_phase(Phase.DISCUSS)
    assert petra.send(f"{room.one}/{deed}", FORM).status_code == 409
    db.session.rollback()
    assert db.session.query(Recommendation).one().current == 1


def test_hiding_is_at_once_reasoned_and_reversible_in_any_phase(room, browse):
    mona, samuel, petra = browse("mona"), browse("samuel"), browse("petra")
    for phase in (Phase.COLLECT, Phase.RESULT):
        room.in_phase(phase)
        assert mona.get(f"{room.one}/hide").status_code == 200
        assert mona.send(f"{room.one}/hide", {"reason": " "}).status_code == 422
        for _ in range(2):
            assert mona.send(f"{room.one}/hide", {"reason": "nennt eine Person"}).status_code == 303
        assert samuel.get(room.one).status_code == 404
        assert "von der Moderation ausgeblendet: nennt eine Person" in petra.get(room.one).text
        assert "Wieder zeigen" in mona.get(room.one).text and "Wieder zeigen" not in petra.get(room.one).text
        for _ in range(2):
            assert mona.send(f"{room.one}/unhide").status_code == 303
        assert samuel.get(room.one).status_code == 200
    for name, status in (("petra", 403), ("heiko", 403), ("gregor", 404)):
        assert browse(name).send(f"{room.one}/hide", {"reason": "x"}).status_code == status
        assert browse(name).send(f"{room.one}/unhide").status_code == status
        assert browse(name).get(f"{room.one}/hide").status_code == status


@pytest.mark.parametrize("phase", list(Phase))
def test_the_file_of_texts_in_any_phase_for_moderators_and_office_only(room, browse, phase):
    room.in_phase(phase)
    for name in ("mona", "ines"):
        answer = browse(name).get(f"{room.base}/texts.csv")
        assert answer.status_code == 200 and answer.mimetype == "text/csv"
        assert 'filename="texte-regionen.csv"' in answer.headers["Content-Disposition"]
        assert "Labore" in answer.text and "Petra Vogel" in answer.text
    for name, status in (("petra", 403), ("heiko", 403), ("otto", 403), ("gregor", 404)):
        assert browse(name).get(f"{room.base}/texts.csv").status_code == status


def test_hostile_texts_are_shown_literally(room, browse):
    bad = "<script>alert(1)</script>'\"{{ 7*7 }}"
    samuel = browse("samuel")
    samuel.send(room.list, {"title": bad, "problem": bad, "action": bad, "theme": "0"})
    room.in_phase(Phase.DISCUSS)
    one = db.session.query(Recommendation).order_by(Recommendation.id.desc()).first()
    discuss.comment(room.session, room.actor("vera"), one.id, kind="for", text=bad)
    db.session.commit()
    for path in (room.base, f"{room.list}/{one.id}", room.list):
        page = samuel.get(path).text
        assert "&lt;script&gt;" in page and "<script>alert" not in page and ">49<" not in page
