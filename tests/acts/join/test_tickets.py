"""Tickets: single-use ways in."""

from __future__ import annotations

import hashlib
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from tests.house import asking
from werkstatt.acts import Gone, join
from werkstatt.db import begin_write, db
from werkstatt.models import Membership, Ticket, Workshop
from werkstatt.terms import MemberState, TicketKind

SECRET = "test-" * 8


def test_c41_looking_consumes_nothing_and_using_does_once(house):
    petra = house.people["petra"]
    made = join.issue(TicketKind.LOGIN, account_id=petra.id, secret=SECRET)
    db.session.commit()
    before = asking.fingerprint()
    for _ in range(3):
        assert join.look(made.token).account.id == petra.id
    assert asking.fingerprint() == before
    assert join.use(made.ticket).used_at
    assert join.look(made.token) is None
    with pytest.raises(Gone):
        join.use(made.ticket)


def test_c41_of_two_who_looked_at_once_one_comes_in(app, house):
    made = join.issue(TicketKind.INVITATION, account_id=house.people["petra"].id)
    db.session.commit()
    first, second = join.look(made.token).ticket, join.look(made.token).ticket
    join.use(first)
    db.session.commit()
    with pytest.raises(Gone):
        join.use(second)


@pytest.mark.parametrize("how", ["expired", "voided", "blocked"])
def test_c41_what_is_over_opens_nothing(house, how):
    petra = house.people["petra"]
    lives = timedelta(seconds=-1) if how == "expired" else None
    made = join.issue(TicketKind.LOGIN, account_id=petra.id, secret=SECRET, lives=lives)
    if how == "voided":
        assert join.void(Ticket.account_id == petra.id) == 1
    if how == "blocked":
        petra.blocked_at = func.now()
        db.session.flush()
    assert join.look(made.token) is None
    assert join.look_by_code(made.code, TicketKind.LOGIN, secret=SECRET, account_id=petra.id) is None
    if how != "blocked":
        with pytest.raises(Gone):
            join.use(made.ticket)


def test_c41_a_ticket_opens_only_what_it_was_made_for(house):
    """A confirmed address is no login, and a code beside one address is none beside another."""
    petra, vera = house.people["petra"], house.people["vera"]
    made = join.issue(TicketKind.ADDRESS, account_id=petra.id, secret=SECRET)
    assert join.look(made.token, TicketKind.LOGIN, TicketKind.INVITATION) is None
    ask = lambda kind, who: join.look_by_code(made.code, kind, secret=SECRET, account_id=who.id)  # noqa: E731
    assert ask(TicketKind.ADDRESS, petra).ticket is made.ticket
    assert ask(TicketKind.ADDRESS, vera) is None and ask(TicketKind.LOGIN, petra) is None


def test_neither_token_nor_code_is_stored(house):
    """SHA-256 is enough for 192 random bits; of a code it would be found by trying them all."""
    made = join.issue(TicketKind.CARD, workshop_id=house.workshop.id, number=17, secret=SECRET)
    row = made.ticket
    assert made.token not in str(vars(row)) and made.code not in str(vars(row))
    assert row.token_hash == hashlib.sha256(made.token.encode()).hexdigest()
    assert row.code_mac == join.mac_of(SECRET, TicketKind.CARD, made.code.lower())
    assert row.code_mac != join.mac_of("another secret", TicketKind.CARD, made.code)
    assert len(made.token) >= 32 and len(made.code) == 10


def test_a_blank_card_belongs_to_nobody_yet(house):
    made = join.issue(
        TicketKind.CARD,
        workshop_id=house.workshop.id,
        number=1,
        issued_by_id=house.people["heiko"].id,
        secret=SECRET,
    )
    way = join.look_by_code(f" {made.code[:5]}-{made.code[5:]} ".lower(), TicketKind.CARD, secret=SECRET)
    assert way.account is None and way.workshop.id == house.workshop.id


def test_a_fresh_invitation_voids_the_one_before_it_for_the_same_place(house):
    petra = house.people["petra"].id
    ines = house.people["ines"].id
    begin_write()
    other = Workshop(process_id=house.process.id, title="Workshop Leipzig", join_code=join.new_code())
    db.session.add(other)
    db.session.flush()
    db.session.add(Membership(workshop_id=other.id, account_id=petra, state=MemberState.ACTIVE))
    elsewhere = join.invite(petra, other.id, issued_by_id=ines)
    first, second = (join.invite(petra, house.workshop.id, issued_by_id=ines) for _ in range(2))
    assert join.invitation(first) is None and join.invitation(second) and join.invitation(elsewhere)
    begin_write()
    everywhere = join.invite(petra)
    assert join.invitation(second) is None and join.invitation(elsewhere) is None
    assert join.invitation(everywhere).workshop is None
    assert db.session.scalar(select(func.count()).select_from(Ticket)) == 4


def test_a_number_is_given_once_in_a_workshop(house):
    """Cards are spoken K-017: two of them would be one too many."""
    from sqlalchemy.exc import IntegrityError

    join.issue(TicketKind.CARD, workshop_id=house.workshop.id, number=17)
    join.issue(TicketKind.CARD, workshop_id=house.other_workshop.id, number=17)
    with pytest.raises(IntegrityError):
        join.issue(TicketKind.CARD, workshop_id=house.workshop.id, number=17)
    db.session.rollback()
