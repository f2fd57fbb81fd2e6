"""The desk at the door."""

from __future__ import annotations

import pytest

from tests.rounds import opened
from werkstatt.acts import Gone, Missing, NotAllowed, NotNow, Refused, desk, join, office, prepare, privacy
from werkstatt.acts.join import arrival
from werkstatt.db import begin_write, db
from werkstatt.models import Account, AuditEntry, Membership
from werkstatt.terms import MemberState, Role, RoundState, TicketKind


def test_a_walk_in_is_present_at_once(house):
    member = desk.register(
        house.workshop, house.actor("heiko"), name="Nora Neu", organisation="", sector_id=house.sectors[1].id
    )
    assert (member.state, member.role) == (MemberState.CHECKED_IN, Role.PARTICIPANT)


def test_a_sector_is_corrected_within_the_process(house):
    heiko, petra = house.people["heiko"].id, house.member("petra")
    desk.correct(house.workshop, heiko, petra.id, sector_id=house.sectors[2].id)
    assert petra.sector_id == house.sectors[2].id
    foreign = join.sectors(house.other_workshop.process_id)[0].id
    for sector_id in (foreign, 99999, None):
        with pytest.raises(Refused) as no:
            desk.correct(house.workshop, heiko, petra.id, sector_id=sector_id)
        assert no.value.field == "sector"


def test_who_waits_is_refused_once_and_may_come_again(house):
    heiko, paul = house.people["heiko"].id, house.member("paul")
    desk.refuse(house.workshop, heiko, paul.id)
    assert paul.state is MemberState.ENDED
    with pytest.raises(NotNow):
        desk.refuse(house.workshop, heiko, paul.id)
    join.arrive(house.workshop, paul.account_id, name="", organisation="", sector_id=house.sectors[0].id)
    assert paul.state is MemberState.PENDING


def test_who_waits_is_not_checked_in_unconfirmed(house):
    with pytest.raises(NotNow):
        desk.check_in(house.workshop, house.people["heiko"].id, house.member("paul").id)


def test_people_of_other_workshops_are_missing(house):
    franka = db.session.query(Membership).filter_by(account_id=house.people["franka"].id).one()
    with pytest.raises(Missing):
        desk.correct(house.workshop, 1, franka.id, sector_id=house.sectors[0].id)


def ask_again(house, name: str):
    """Somebody whose place moderation has ended comes with the room's code."""
    member = house.member(name)
    prepare.end(house.workshop, house.actor("ines"), member.id)
    facts = {"name": "", "organisation": "", "sector_id": house.sectors[2].id}
    return join.arrive(house.workshop, member.account_id, **facts)


def test_c42_who_was_sent_away_comes_back_as_a_participant_and_by_moderation_alone(house):
    mona = ask_again(house, "mona")
    assert (mona.state, mona.role, mona.ended_role) == (MemberState.PENDING, Role.PARTICIPANT, Role.MODERATOR)
    assert not join.approve(house.workshop, house.actor("ines"), [mona.id], together=True)
    with pytest.raises(NotAllowed):
        join.approve(house.workshop, house.actor("heiko"), [mona.id])
    with pytest.raises(NotNow):  # a card would be a way around it
        desk.make(house.workshop, house.actor("heiko"), members=[mona.id], secret="s", nonce="n")
    assert join.approve(house.workshop, house.actor("ines"), [mona.id]) == [mona]
    assert (mona.state, mona.role, mona.ended_at) == (MemberState.CHECKED_IN, Role.PARTICIPANT, None)
    facts = [(entry.deed, entry.facts) for entry in db.session.query(AuditEntry).order_by(AuditEntry.id)]
    there = {"workshop": house.workshop.id}
    assert facts[-2] == ("ask_again", there | {"member": mona.id, "was": "moderator"})
    assert facts[-1] == ("approve", there | {"members": [mona.id], "again": [mona.id]})


def test_c42_a_card_from_before_lets_nobody_in_who_was_sent_away(house):
    mona, petra = house.actor("mona"), house.member("petra")
    first, _ = desk.make(house.workshop, mona, members=[petra.id], secret="s", nonce="n")
    [card] = desk.printed(house.workshop.id, first, first, secret="s", nonce="n")
    ask_again(house, "petra")
    with pytest.raises(Gone):
        desk.enter(join.look(card.token, TicketKind.CARD), sector_id=None, hours=1)


def test_c42_a_role_given_while_somebody_waits_is_not_confirmed_by_a_helper(house):
    begin_write()
    paul = house.member("paul")
    paul.role = Role.MODERATOR
    with pytest.raises(NotAllowed):
        join.approve(house.workshop, house.actor("heiko"), [paul.id])
    assert join.approve(house.workshop, house.actor("mona"), [paul.id])


def test_c42_so_many_wait_and_no_more_but_whoever_is_known_comes_in(house, monkeypatch):
    monkeypatch.setattr(arrival, "MOST_WAITING", 2)
    monkeypatch.setattr(arrival, "TIMES_THE_REGISTER", 0)
    facts = {"organisation": "", "sector_id": house.sectors[0].id}
    join.arrive(house.workshop, None, name="Nora Neu", **facts)
    with pytest.raises(Refused) as no:
        join.arrive(house.workshop, None, name="Olaf Neu", **facts)
    assert "Einlass" in no.value.message
    petra = house.member("petra")
    petra.state = MemberState.INVITED
    assert join.arrive(house.workshop, petra.account_id, name="", **facts).state is MemberState.CHECKED_IN
    assert desk.refuse_all(house.workshop, house.people["heiko"].id, [house.member("paul").id]) == 1
    assert join.arrive(house.workshop, None, name="Olaf Neu", **facts).state is MemberState.PENDING


def test_c51_a_hall_of_walk_ins_and_four_times_a_large_register_may_wait(house, monkeypatch):
    assert join.most_waiting(house.workshop.id) == 1000
    monkeypatch.setattr(arrival, "MOST_WAITING", 10)
    assert join.most_waiting(house.workshop.id) == 4 * 6


@pytest.mark.parametrize("name", ["\u200b\u200b", "\u2800", "\u3164\u3164", "E.", "--", "\u202e"])
def test_c42_a_name_can_be_read_wherever_it_is_entered(house, name):
    facts = {"organisation": "", "sector_id": house.sectors[0].id}
    here, heiko, mona = house.workshop, house.actor("heiko"), house.actor("mona")
    petra = house.member("petra").id
    role = {"role": Role.PARTICIPANT, "sector_id": house.sectors[0].id, "table_id": None}
    for enter in (
        lambda: join.arrive(here, None, name=name, **facts),
        lambda: desk.register(here, heiko, name=name, **facts),
        lambda: office.new_account(name=name),
        lambda: privacy.change(house.actor("petra"), name=name, organisation="", language="de"),
        lambda: prepare.edit_member(here, mona, petra, name=name, **role),
    ):
        with pytest.raises(Refused) as no:
            enter()
        assert no.value.field == "name"


def test_names_are_composed_and_without_signs_of_direction(house):
    facts = {"organisation": "", "sector_id": house.sectors[0].id}
    member = join.arrive(house.workshop, None, name=" Jo\u0308rg\u202e \u200bMu\u0308ller", **facts)
    assert db.session.get(Account, member.account_id).name == "Jörg Müller"


def test_who_stands_on_the_roll_changes_the_sector_at_the_desk_alone(app, house):
    round, petra = opened(app, house), house.member("petra")
    there = {"name": "", "organisation": "", "sector_id": house.sectors[1].id}
    for change in (
        lambda: join.arrive(house.workshop, petra.account_id, **there),
        lambda: join.check_in(house.workshop, petra.id, sector_id=house.sectors[1].id),
    ):
        with pytest.raises(NotNow):
            change()
    assert petra.sector_id == house.sectors[0].id
    desk.correct(house.workshop, house.people["heiko"].id, petra.id, sector_id=house.sectors[2].id)
    round.state = RoundState.CANCELLED
    db.session.flush()
    join.check_in(house.workshop, petra.id, sector_id=house.sectors[1].id)
    last = db.session.query(AuditEntry).order_by(AuditEntry.id.desc()).first()
    assert (petra.sector_id, last.deed, last.actor_id) == (
        house.sectors[1].id,
        "own_sector",
        petra.account_id,
    )
