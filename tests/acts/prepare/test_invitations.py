"""Invitations by mail: to whom, once, and what became of them."""

from __future__ import annotations

import pytest
from sqlalchemy import event, select

from tests import mailserver
from tests.mailserver import SENDER
from werkstatt import sheets
from werkstatt.acts import Refused, join, office, post, prepare
from werkstatt.db import begin_write, db
from werkstatt.models import Account, Mail, Membership
from werkstatt.terms import MailState, MemberState

SECRET = "test-" * 8


def letter(reader, token, code, expires_at):
    return post.Letter("Einladung", f"{reader.name}\n{token} {code}", "<p></p>")


def invite(house, members=None) -> int:
    many = prepare.invite_by_mail(house.workshop, house.actor("mona"), members, secret=SECRET, write=letter)
    db.session.commit()
    return many


@pytest.fixture
def guests(house) -> list[int]:
    """Four invited people, one of them without an address; their memberships' ids."""
    people = [
        ("Nora Neu", "nora@example.org"),
        ("Milan Vogt", "milan@example.org"),
        ("Karl Karte", None),
        ("Ida Ende", "ida@example.org"),
    ]
    added = [
        office.add_person(
            house.workshop, house.people["mona"].id, name=name, email=email, sector_id=house.sectors[0].id
        )
        for name, email in people
    ]
    prepare.end(house.workshop, house.actor("mona"), added[3].id)
    db.session.commit()
    return [member.id for member in added]


def waiting() -> list[str]:
    return list(db.session.scalars(select(Mail.to).where(Mail.state == MailState.WAITING).order_by(Mail.id)))


def test_all_are_invited_who_can_be_and_have_not_been(house, guests):
    assert invite(house) == 2 and waiting() == ["nora@example.org", "milan@example.org"]
    with pytest.raises(Refused):
        invite(house)
    assert len(waiting()) == 2


def test_the_chosen_ones_are_invited_again_and_the_earlier_link_is_void(house, guests):
    invite(house)
    first = db.session.scalars(select(Mail.text).where(Mail.to == "nora@example.org")).one().split()
    assert invite(house, {guests[0], guests[2], guests[3], house.member("petra").id}) == 1
    second = db.session.scalars(select(Mail.text).order_by(Mail.id.desc())).first().split()
    assert join.link(first[-2]) is None and join.link(second[-2]).account.name == "Nora Neu"
    assert join.by_code_of_invitation("nora@example.org", second[-1], secret=SECRET, hours=1)


def test_people_of_other_workshops_are_not_invited_from_here(house, guests):
    foreign = {
        member.id
        for member in db.session.scalars(select(house.member("petra").__class__))
        if member.workshop_id != house.workshop.id
    }
    with pytest.raises(Refused):
        invite(house, foreign)


def test_the_register_says_what_became_of_each(house, guests):
    with mailserver.running() as server:
        server.answers["milan@example.org"] = "550 5.1.1 unbekannt"
        invite(house)
        post.deliver_due(post.Smtp(server.url, SENDER), sender=SENDER)
        db.session.expire_all()
    nora, milan = (
        db.session.scalars(select(Account.id).where(Account.email == f"{one}@example.org")).one()
        for one in ("nora", "milan")
    )
    found = prepare.invited(house.workshop.id)
    assert found[nora].state is MailState.SENT and found[nora].holds
    assert (
        found[milan].state is MailState.FAILED
        and found[milan].error.startswith("550")
        and not found[milan].holds
    )
    assert [reader.email for reader in prepare.to_invite(house.workshop.id)] == ["milan@example.org"]


def test_who_has_come_is_not_invited_any_more(house, guests):
    invite(house)
    token = db.session.scalars(select(Mail.text).where(Mail.to == "nora@example.org")).one().split()[-2]
    join.by_link(token, "", hours=1)
    db.session.commit()
    begin_write()
    milan = db.session.get(house.member("petra").__class__, guests[1])
    milan.state = MemberState.CHECKED_IN
    db.session.commit()
    assert prepare.to_invite(house.workshop.id) == []


def test_a_whole_register_is_invited_in_one_go_and_beyond_that_the_first(house, guests, monkeypatch):
    assert prepare.MOST_AT_ONCE == sheets.MOST_LINES
    monkeypatch.setitem(prepare.invite_by_mail.__globals__, "MOST_AT_ONCE", 1)
    assert invite(house) == 1 and waiting() == ["nora@example.org"]
    assert invite(house) == 1 and waiting() == ["nora@example.org", "milan@example.org"]


def test_many_letters_are_queued_in_one_statement(house, guests):
    """No ballot waits behind the letters of five thousand people, one by one."""
    begin_write()
    accounts = [Account(name=f"Gast {n}", email=f"gast{n}@example.org") for n in range(60)]
    db.session.add_all(accounts)
    db.session.flush()
    where = {"workshop_id": house.workshop.id, "sector_id": house.sectors[0].id}
    db.session.add_all(
        Membership(account_id=account.id, state=MemberState.INVITED, **where) for account in accounts
    )
    db.session.commit()
    asked = []

    def listen(_connection, _cursor, statement, *_more):
        asked.append(statement)

    event.listen(db.engine, "before_cursor_execute", listen)
    try:
        assert invite(house) == 62
    finally:
        event.remove(db.engine, "before_cursor_execute", listen)
    assert sum("INTO mail" in one for one in asked) == 1
