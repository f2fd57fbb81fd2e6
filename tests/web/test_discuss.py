"""The pages of discussing: list, one recommendation, comments, replies, late proposals."""

from __future__ import annotations

import pytest

from werkstatt.acts import collect, discuss
from werkstatt.db import begin_write, db
from werkstatt.models import Comment, Recommendation
from werkstatt.terms import Phase

SAY = {"kind": "question", "text": "Wer bezahlt das?"}


@pytest.fixture
def room(house):
    """The session discusses Petra's V-1 and Vera's V-2; Samuel has commented on V-1."""
    house.in_phase(Phase.COLLECT)
    one = collect.propose(house.session, house.actor("petra"), title="Labore", theme_id=house.themes[0].id)
    two = collect.propose(house.session, house.actor("vera"), title="Netze", theme_id=house.themes[1].id)
    db.session.commit()
    house.in_phase(Phase.DISCUSS)
    said = discuss.comment(house.session, house.actor("samuel"), one.id, kind="for", text="Unbedingt")
    db.session.commit()
    house.base = f"/sessions/{house.session.id}"
    house.list = f"{house.base}/recommendations"
    house.one, house.two = f"{house.list}/{one.id}", f"{house.list}/{two.id}"
    house.said = said.id
    return house


def count() -> int:
    db.session.rollback()
    return db.session.query(Comment).count()


def test_the_list_shows_proposals_with_comments_and_filters_by_theme(room, browse):
    petra = browse("petra")
    page = petra.get(room.base).text
    assert "Labore" in page and "Netze" in page and "Dafür 1" in page and "Unbedingt" in page
    only = petra.get(f"{room.base}?theme={room.themes[1].id}").text
    assert "Netze" in only and "Labore" not in only
    assert petra.get(f"{room.base}?theme=99999999999999999999").status_code == 200


def test_commenting_shows_it_once_however_often_it_is_sent(room, browse):
    vera = browse("vera")
    for _ in range(2):
        answer = vera.send(f"{room.one}/comments", SAY)
        assert answer.status_code == 303
    assert vera.get(answer.location).text.count("Wer bezahlt das?") == 1
    assert count() == 2


@pytest.mark.parametrize(
    ("name", "status"),
    [("franka", 404), ("gregor", 404), ("otto", 403), ("paul", 403), ("heiko", 403), ("mona", 303)],
)
def test_who_may_comment(room, browse, name, status):
    assert browse(name).send(f"{room.one}/comments", SAY).status_code == status


@pytest.mark.parametrize("phase", [phase for phase in Phase if phase is not Phase.DISCUSS])
def test_only_while_discussing(room, browse, phase):
    vera = browse("vera")
    room.in_phase(phase)
    assert vera.send(f"{room.one}/comments", SAY).status_code == 409
    assert count() == 1


@pytest.mark.parametrize("wrong", [{"text": " "}, {"text": "x" * 2001}, {"kind": "rage"}, {"kind": ""}])
def test_bad_input_keeps_the_typed_text(room, browse, wrong):
    answer = browse("vera").send(f"{room.one}/comments", {**SAY, **wrong})
    assert answer.status_code == 422
    assert "Wer bezahlt das?" in answer.text or "text" in wrong
    assert count() == 1


def test_replying_once_and_one_level_deep(room, browse):
    petra = browse("petra")
    assert "Antwort senden" in petra.get(f"{room.one}?reply={room.said}").text
    assert petra.send(f"{room.one}/comments", {"text": "Danke", "parent": room.said}).status_code == 303
    assert "Danke" in petra.get(room.one).text
    empty = petra.send(f"{room.one}/comments", {"text": "", "parent": room.said})
    assert empty.status_code == 422 and "Antwort senden" in empty.text
    reply = db.session.query(Comment).filter_by(text="Danke").one().id
    assert petra.send(f"{room.one}/comments", {"text": "Noch was", "parent": reply}).status_code == 422
    assert petra.send(f"{room.two}/comments", {"text": "Quer", "parent": room.said}).status_code == 404
    assert petra.send(f"{room.one}/comments", {"text": "Quer", "parent": 99999}).status_code == 404
    assert count() == 2


def test_editing_ones_own_comment(room, browse):
    samuel, path = browse("samuel"), f"{room.one}/comments/{room.said}/edit"
    assert "Speichern" in samuel.get(f"{room.one}?edit={room.said}").text
    assert samuel.send(path, {"kind": "against", "text": "Doch nicht"}).status_code == 303
    page = samuel.get(room.one).text
    assert "Doch nicht" in page and "bearbeitet" in page and "Unbedingt" not in page
    assert samuel.send(path, {"kind": "against", "text": ""}).status_code == 422
    for name, status in (("petra", 403), ("mona", 403), ("otto", 403), ("franka", 404)):
        assert browse(name).send(path, SAY).status_code == status
    assert samuel.send(f"{room.two}/comments/{room.said}/edit", SAY).status_code == 404
    room.in_phase(Phase.CONSOLIDATE)
    assert samuel.send(path, SAY).status_code == 409


def test_moderators_hide_a_comment_and_show_it_again(room, browse):
    mona, path = browse("mona"), f"{room.one}/comments/{room.said}"
    assert "Unbedingt" in mona.get(f"{path}/hide").text
    assert mona.send(f"{path}/hide", {"reason": ""}).status_code == 422
    for _ in range(2):
        assert mona.send(f"{path}/hide", {"reason": "grob"}).status_code == 303
    assert "Unbedingt" not in browse("vera").get(room.one).text
    assert "Unbedingt" not in browse("vera").get(room.base).text
    assert "von der Moderation ausgeblendet: grob" in browse("samuel").get(room.one).text
    for _ in range(2):
        assert mona.send(f"{path}/unhide").status_code == 303
    assert "Unbedingt" in browse("vera").get(room.one).text
    for name, status in (("samuel", 403), ("gregor", 404)):
        for deed in ("hide", "unhide"):
            assert browse(name).send(f"{path}/{deed}", {"reason": "x"}).status_code == status
        assert browse(name).get(f"{path}/hide").status_code == status


def test_a_late_proposal_is_marked_or_switched_off(room, browse):
    samuel = browse("samuel")
    late = {"title": "Nachzügler", "problem": "", "action": "Tun", "theme": "0"}
    answer = samuel.send(room.list, {**late, "title": ""})
    assert answer.status_code == 422 and "Tun" in answer.text and "Nachtrag einreichen" in answer.text
    assert samuel.send(room.list, late).status_code == 303
    one = db.session.query(Recommendation).order_by(Recommendation.id.desc()).first()
    assert one.is_late
    path = f"{room.list}/{one.id}"
    assert samuel.send(f"{path}/withdraw").status_code == 303
    assert "Zurückholen" in samuel.get(room.base).text
    assert samuel.send(f"{path}/restore").status_code == 303
    begin_write()
    room.session.late_proposals = False
    db.session.commit()
    assert "keine Nachträge vorgesehen" in samuel.get(room.base).text
    assert samuel.send(room.list, {**late, "title": "Zu spät"}).status_code == 409


@pytest.mark.parametrize("phase", [phase for phase in Phase if phase is not Phase.PREPARE])
def test_one_recommendation_and_the_list_are_readable_in_every_phase_from_collect_on(room, browse, phase):
    room.in_phase(phase)
    for name in ("samuel", "otto", "paul", "mona"):
        reader = browse(name)
        assert reader.get(room.one).status_code == 200
        assert "Labore" in reader.get(room.list).text
    for name in ("franka", "gregor", "admin"):
        assert browse(name).get(room.one).status_code == browse(name).get(room.list).status_code == 404


def test_names_stay_with_moderators(room, browse):
    assert "Samuel Roth" not in browse("petra").get(room.one).text
    assert "Samuel Roth" not in browse("heiko").get(room.one).text
    assert "Samuel Roth" in browse("mona").get(room.one).text
