"""The register: found, changed, ended, taken up again."""

from __future__ import annotations

import pytest

from werkstatt.acts import Missing, NotNow, Refused, prepare
from werkstatt.db import db
from werkstatt.models import Membership
from werkstatt.terms import MemberState, Role


def change(house, me: str, whom: str, **facts):
    kept = {"role": Role.PARTICIPANT, "sector_id": house.sectors[0].id, "table_id": None}
    return prepare.edit_member(house.workshop, house.actor(me), house.member(whom).id, **(kept | facts))


def test_every_word_must_occur_somewhere(house):
    assert [row.name for row in prepare.register(house.workshop.id, "VOGEL petra")] == ["Petra Vogel"]
    assert prepare.register(house.workshop.id, "petra weiß") == []
    assert len(prepare.register(house.workshop.id)) == 7


def test_the_balance_counts_participants_who_are_let_in(house):
    figures = [
        (sector.title, known, here)
        for sector, known, here in prepare.balance(house.workshop.id, house.process.id)
    ]
    assert figures == [("Industrie", 1, 1), ("Wissenschaft", 1, 1), ("Verwaltung", 1, 1)]
    assert prepare.team(house.workshop.id) == 3
    assert [row.name for row in prepare.waiting(house.workshop.id)] == ["Paul Sommer"]


def test_role_sector_and_table_change(house):
    (table,) = prepare.add_tables(house.workshop, house.people["mona"].id, many=1)
    member = change(house, "mona", "petra", role=Role.HELPER, sector_id=None, table_id=table.id)
    assert (member.role, member.sector_id, member.table_id) == (Role.HELPER, None, table.id)
    with pytest.raises(Refused):
        change(house, "mona", "petra", sector_id=None)


def test_a_name_is_corrected_only_of_people_who_are_nowhere_else(house):
    change(house, "mona", "petra", name="Petra Vogel-Lang", organisation="Gießerei")
    assert house.people["petra"].name == "Petra Vogel-Lang"
    house.people["samuel"].is_admin = True
    change(house, "mona", "samuel", name="Anders")
    assert house.people["samuel"].name == "Samuel Roth"


def test_the_last_moderator_cannot_lock_themselves_out(house):
    with pytest.raises(NotNow):
        change(house, "mona", "mona")
    with pytest.raises(NotNow):
        prepare.end(house.workshop, house.actor("mona"), house.member("mona").id)
    change(house, "mona", "heiko", role=Role.MODERATOR)
    assert change(house, "mona", "mona").role is Role.PARTICIPANT


def test_an_organiser_may_change_the_last_moderator(house):
    assert change(house, "ines", "mona", role=Role.HELPER).role is Role.HELPER


def test_ending_takes_access_at_once_and_is_reversible(house):
    petra, epoch = house.member("petra"), house.workshop.epoch
    prepare.end(house.workshop, house.actor("mona"), petra.id)
    prepare.end(house.workshop, house.actor("mona"), petra.id)
    db.session.refresh(house.workshop)
    assert house.workshop.epoch == epoch + 1
    with pytest.raises(Missing):
        house.actor("petra")
    assert prepare.register(house.workshop.id)[-1].name == "Petra Vogel"
    assert prepare.restore(house.workshop, house.actor("mona"), petra.id).state is MemberState.ACTIVE
    with pytest.raises(NotNow):
        prepare.restore(house.workshop, house.actor("mona"), petra.id)


def test_somebody_of_another_workshop_is_missing(house):
    franka = db.session.query(Membership).filter_by(account_id=house.people["franka"].id).one()
    with pytest.raises(Missing):
        prepare.end(house.workshop, house.actor("mona"), franka.id)
    with pytest.raises(Missing):
        prepare.row(house.workshop.id, franka.id)
