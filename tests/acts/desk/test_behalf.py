"""Entered for somebody else: their text, their limits, and the record of who typed it."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from werkstatt.acts import NotAllowed, NotNow, Refused, desk, join
from werkstatt.db import db
from werkstatt.models import AuditEntry
from werkstatt.terms import Phase


def test_a_helper_enters_a_proposal_in_somebodys_name_and_it_is_recorded(house):
    house.in_phase(Phase.COLLECT)
    petra, heiko = house.member("petra"), house.actor("heiko")
    made = desk.propose_for(house.session, heiko, petra.id, title="Labore öffnen", action="Montags.")
    assert (made.author_id, made.sector_id) == (petra.account_id, petra.sector_id)
    note = db.session.scalars(select(AuditEntry).order_by(AuditEntry.id.desc())).first()
    assert (note.deed, note.actor_id) == ("on_behalf", heiko.id)
    assert note.facts == {"member": petra.id, "recommendation": made.id}
    assert desk.entered(house.session, heiko) == [(made.name, "Petra Vogel")]
    house.in_phase(Phase.DISCUSS)
    samuel = house.member("samuel")
    facts = {"kind": "question", "text": "Wer bezahlt das?"}
    said = desk.comment_for(house.session, heiko, samuel.id, " v 1 ", **facts)
    assert (said.author_id, said.recommendation_id) == (samuel.account_id, made.id)
    assert [whom for _, whom in desk.entered(house.session, heiko)] == ["Samuel Roth", "Petra Vogel"]
    for name in ("V-99", "x", "E-1", ""):
        with pytest.raises(Refused) as no:
            desk.comment_for(house.session, heiko, samuel.id, name, **facts)
        assert no.value.field == "name"


def test_the_persons_limit_holds_and_only_who_is_here_has_a_voice(house):
    house.in_phase(Phase.COLLECT)
    heiko, petra = house.actor("heiko"), house.member("petra").id
    for n in range(house.session.proposals_each):
        desk.propose_for(house.session, heiko, petra, title=f"Nummer {n}", action="So.")
    with pytest.raises(Refused):
        desk.propose_for(house.session, heiko, petra, title="Einer zu viel", action="So.")
    other = join.membership_of(house.other_workshop.id, house.people["franka"].id)
    for nobody in (house.member("paul").id, house.member("mona").id, other.id, 99999):
        with pytest.raises(Refused) as no:
            desk.propose_for(house.session, heiko, nobody, title="Titel", action="So.")
        assert no.value.field == "person"


def test_nobody_else_enters_for_others_and_not_in_every_phase(house):
    house.in_phase(Phase.COLLECT)
    for name in ("petra", "otto"):
        with pytest.raises(NotAllowed):
            desk.propose_for(house.session, house.actor(name), house.member("samuel").id, title="Titel")
    house.in_phase(Phase.RANK)
    with pytest.raises(NotNow):
        desk.propose_for(house.session, house.actor("heiko"), house.member("petra").id, title="Titel")
