"""Cards as verbs: made, printed, bound, used, voided; and the code for who forgot everything."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from tests.house import asking
from werkstatt.acts import Gone, NotAllowed, NotNow, Refused, desk, join
from werkstatt.db import begin_write, db
from werkstatt.models import Account, AuditEntry, Login, Membership, Ticket
from werkstatt.terms import MemberState, TicketKind

SECRET, NONCE = "test-" * 8, "ab" * 16


def make(house, *names, who="mona", blank=0, nonce=NONCE):
    """Cards for these people, as they are printed."""
    members = [house.member(name).id for name in names]
    first, last = desk.make(
        house.workshop, house.actor(who), members=members, blank=blank, secret=SECRET, nonce=nonce
    )
    db.session.commit()
    return desk.printed(house.workshop.id, first, last, secret=SECRET, nonce=nonce)


def put(house, name: str, **facts) -> None:
    """Change a membership directly."""
    begin_write()
    member = house.member(name)
    for key, value in facts.items():
        setattr(member, key, value)
    db.session.commit()


def way(card):
    return join.look(card.token, TicketKind.CARD)


def test_what_stands_on_a_card_is_in_no_table_and_needs_secret_and_nonce(house):
    petra, blank = make(house, "petra", blank=1)
    assert (petra.number, petra.name, petra.sector) == (1, "Petra Vogel", "Industrie")
    assert (blank.number, blank.name) == (2, "") and len(petra.code) == 10
    everything = repr(asking.tables())
    assert petra.token not in everything and petra.code not in everything and NONCE not in everything
    where = house.workshop.id, 1, 2
    assert not desk.printed(*where, secret=SECRET, nonce="cd" * 16)
    assert not desk.printed(*where, secret="other" * 8, nonce=NONCE)


def test_c41_a_card_is_looked_at_often_and_used_once(house):
    [card] = make(house, "petra")
    put(house, "petra", state=MemberState.INVITED)
    before = asking.fingerprint()
    assert desk.account_of_card(way(card)).name == "Petra Vogel"
    assert join.open_with(f" {card.code[:5].lower()}-{card.code[5:]} ", who="x", secret=SECRET).account
    assert asking.fingerprint() == before
    found = way(card)
    assert desk.enter(found, sector_id=None, hours=1)
    assert house.member("petra").state is MemberState.CHECKED_IN
    assert way(card) is None
    with pytest.raises(Gone):
        desk.enter(found, sector_id=None, hours=1)


def test_printing_again_voids_earlier_unused_cards_of_the_same_people_alone(house):
    first, samuel = make(house, "petra", "samuel")
    assert [one.number for one in make(house, "petra", nonce="cd" * 16)] == [3]
    assert way(first) is None and way(samuel) is not None
    states = [(one.ticket.number, one.state) for one in desk.listed(house.workshop.id)]
    assert states == [(3, "unused"), (2, "unused"), (1, "voided")]


def test_nobody_prints_a_card_for_more_rights_than_they_manage(house):
    with pytest.raises(NotAllowed):
        make(house, "petra", "mona", who="heiko")
    holders, others = desk.cards(house.workshop, house.actor("heiko"))
    assert "Petra Vogel" in [one.row.name for one in holders]
    assert {"Mona Richter", "Otto Beyer"} <= {row.name for row in others}
    assert "Paul Sommer" not in [one.row.name for one in holders]  # waits


@pytest.mark.parametrize("how", ["number", "spoken", "code", "address"])
def test_a_blank_card_is_bound_to_a_walk_in_by_whatever_is_at_hand(house, how):
    [card] = make(house, blank=1)
    text = {
        "number": "1",
        "spoken": " k-001",
        "code": card.code.lower(),
        "address": f"https://werkstatt.example.org/c/{card.token}",
    }[how]
    facts = {"name": "Nora Neu", "organisation": "Werk", "sector_id": house.sectors[0].id}
    with pytest.raises(NotNow):
        desk.account_of_card(way(card))
    member = desk.bind(house.workshop, house.actor("heiko"), text, secret=SECRET, **facts)
    assert member.state is MemberState.CHECKED_IN
    assert desk.account_of_card(way(card)).name == "Nora Neu"
    db.session.commit()
    with pytest.raises(Refused) as no:
        desk.bind(house.workshop, house.actor("heiko"), text, secret=SECRET, **facts, seen=[member.id])
    assert no.value.field == "card"
    db.session.rollback()
    assert db.session.query(Account).filter_by(name="Nora Neu").count() == 1


def test_a_blank_card_replaces_a_lost_one(house):
    lost, blank = make(house, "petra", blank=1)
    desk.give_blank(house.workshop, house.actor("heiko"), house.member("petra").id, "K-002", secret=SECRET)
    assert way(lost) is None and desk.account_of_card(way(blank)).name == "Petra Vogel"


def test_cards_of_another_workshop_are_unknown_here(house):
    gregor = join.actor(house.other_workshop.id, house.people["gregor"].id)
    first, _ = desk.make(house.other_workshop, gregor, members=[], blank=1, secret=SECRET, nonce=NONCE)
    [foreign] = desk.printed(house.other_workshop.id, first, first, secret=SECRET, nonce=NONCE)
    for text in ("K-001", foreign.code, f"/c/{foreign.token}"):
        with pytest.raises(Refused):
            desk.give_blank(
                house.workshop, house.actor("mona"), house.member("petra").id, text, secret=SECRET
            )
    desk.void_card(house.workshop, house.actor("mona"), way(foreign).ticket.id)
    assert way(foreign) is not None


def test_a_card_asks_whom_its_bearer_speaks_for_and_never_changes_it(house):
    petra, samuel = make(house, "petra", "samuel")
    put(house, "petra", sector_id=None)
    with pytest.raises(Refused) as no:
        desk.enter(way(petra), sector_id=None, hours=1)
    assert no.value.field == "sector"
    db.session.rollback()
    desk.enter(way(petra), sector_id=house.sectors[2].id, hours=1)
    desk.enter(way(samuel), sector_id=house.sectors[2].id, hours=1)
    assert house.member("petra").sector_id == house.sectors[2].id
    assert house.member("samuel").sector_id == house.sectors[1].id


def test_a_card_of_somebody_whose_place_ended_opens_nothing(house):
    [card] = make(house, "petra")
    put(house, "petra", state=MemberState.ENDED)
    with pytest.raises(Gone):
        desk.enter(way(card), sector_id=None, hours=1)


def test_a_return_code_works_once_ends_other_logins_and_is_recorded_and_told(house):
    petra, heiko = house.member("petra"), house.actor("heiko")
    join.begin_login(petra.account_id, hours=1)
    old = desk.give_return_code(house.workshop, heiko, petra.id, secret=SECRET)
    code = desk.give_return_code(house.workshop, heiko, petra.id, secret=SECRET)
    db.session.commit()
    with pytest.raises(Refused):
        join.open_with(old, who="x", secret=SECRET)
    found = join.open_with(code, who="x", secret=SECRET)
    token = desk.enter(found, sector_id=None, hours=1)
    logins = list(db.session.scalars(select(Login.token_hash).where(Login.account_id == petra.account_id)))
    assert logins == [join.hash_of(token)]
    db.session.commit()
    with pytest.raises(Refused):
        join.open_with(code, who="x", secret=SECRET)
    deeds = list(db.session.scalars(select(AuditEntry.deed).order_by(AuditEntry.id)))
    assert deeds[-3:] == ["return_code", "return_code", "use_return_code"]
    assert join.way_of_late(token)[1:] == ("Heiko Lang", TicketKind.RETURN_CODE)
    samuel = join.begin_login(house.people["samuel"].id, hours=1)
    assert join.way_of_late(samuel) is None


def test_a_return_code_is_for_who_is_in_and_lives_ten_minutes(house):
    with pytest.raises(NotNow):
        desk.give_return_code(house.workshop, house.actor("mona"), house.member("paul").id, secret=SECRET)
    desk.give_return_code(house.workshop, house.actor("mona"), house.member("petra").id, secret=SECRET)
    ticket = db.session.scalars(select(Ticket).where(Ticket.kind == TicketKind.RETURN_CODE)).one()
    assert 590 <= (ticket.expires_at - ticket.created_at).total_seconds() <= 610


def test_three_hundred_cards_are_made_in_one_go(house):
    house.crowd(299)
    holders, _ = desk.cards(house.workshop, house.actor("ines"))
    first, last = desk.make(
        house.workshop,
        house.actor("ines"),
        members=[one.row.member.id for one in holders],
        secret=SECRET,
        nonce=NONCE,
    )
    found = desk.printed(house.workshop.id, first, last, secret=SECRET, nonce=NONCE)
    assert len(found) == len(holders) >= 299
    assert len({one.code for one in found}) == len(found)
    assert db.session.query(Membership).count() >= 299
