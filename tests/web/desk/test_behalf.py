"""Heiko enters what people without a device say."""

from __future__ import annotations

from werkstatt.acts import collect
from werkstatt.db import db
from werkstatt.models import Recommendation
from werkstatt.terms import Phase


def test_a_proposal_and_a_comment_in_somebodys_name(house, browse):
    house.in_phase(Phase.COLLECT)
    heiko, there = browse("heiko"), f"/sessions/{house.session.id}/behalf"
    page = heiko.get(there).text
    assert "Petra Vogel" in page and "Paul Sommer" not in page and "Kommentar eintragen" not in page
    wording = {"title": "Labore öffnen", "problem": "", "action": "Montags.", "theme": "0"}
    petra = house.member("petra").id
    assert heiko.send(f"{there}/proposal", wording | {"person": "0"}).status_code == 422
    bad = heiko.send(f"{there}/proposal", wording | {"person": petra, "title": ""})
    assert bad.status_code == 422 and "Montags." in bad.text
    assert heiko.send(f"{there}/proposal", wording | {"person": petra}).status_code == 303
    assert "im Namen von Petra Vogel" in heiko.get(there).text
    assert "im Namen von" not in browse("mona").get(there).text
    assert "V-1" in browse("petra").get(f"/sessions/{house.session.id}").text
    comment = {"person": petra, "name": "V-1", "kind": "question", "text": "Wer bezahlt das?"}
    assert heiko.send(f"{there}/comment", comment).status_code == 409
    house.in_phase(Phase.DISCUSS)
    assert heiko.send(f"{there}/comment", comment | {"name": "V-9"}).status_code == 422
    assert heiko.send(f"{there}/comment", comment).status_code == 303
    for name, status in (("petra", 403), ("otto", 403), ("franka", 404)):
        assert browse(name).get(there).status_code == status


def test_a_helper_still_writes_nothing_in_their_own_name(house, browse):
    house.in_phase(Phase.COLLECT)
    wording = {"title": "Meins", "problem": "", "action": "Jetzt.", "theme": "0"}
    path = f"/sessions/{house.session.id}/recommendations"
    assert browse("heiko").send(path, wording).status_code == 403
    assert not db.session.query(Recommendation).count()
    assert not collect.cards(house.session, house.actor("heiko"))
