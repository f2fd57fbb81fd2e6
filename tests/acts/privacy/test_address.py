"""A change of address: confirmed at the new one, told to the old one, silent about who else is known."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from sqlalchemy import event, select

from tests.house.asking import tables
from werkstatt.acts import Gone, NotNow, Refused, TooOften, join, post, privacy
from werkstatt.acts.join.limits import MAILS, NEW_ADDRESS
from werkstatt.db import begin_write, db, utcnow
from werkstatt.models import Account, AuditEntry, Login, Mail, Ticket
from werkstatt.secrecy import KeyFolder
from werkstatt.terms import MailState, MemberState, TicketKind

SECRET, NEW = "test-" * 8, "petra.neu@example.org"


def letter(reader, token, code, expires_at):
    return post.Letter("Neue Adresse", f"{reader.name} {token} {code}", "<p></p>")


def taken(owner):
    return post.Letter("Schon Ihre Adresse", f"{owner.name} nichts", "<p></p>")


def notice(account):
    return post.Letter("Geändert", account.name, "<p></p>")


LETTERS = {"secret": SECRET, "write": letter, "write_taken": taken}


def ask(house, email: str = NEW, who: str = "petra") -> tuple[str, str]:
    """Ask for a new address; token and code as they were mailed."""
    privacy.ask_for_address(house.actor(who), email, **LETTERS)
    db.session.commit()
    mail = newest()
    return tuple(mail.text.split()[-2:])


def newest() -> Mail:
    return db.session.scalars(select(Mail).order_by(Mail.id.desc())).first()


def address(house, who: str = "petra") -> str:
    return db.session.get(Account, house.people[who].id, populate_existing=True).email


def refused(error, call, *words, **more) -> str:
    with pytest.raises(error) as no:
        call(*words, **more)
    db.session.rollback()
    return no.value.message


def test_c41_nothing_changes_until_the_new_address_confirms_and_then_once(house):
    token, _ = ask(house, NEW.upper())
    assert newest().to == NEW and address(house) == "petra@example.org"
    assert privacy.new_address(token).account.id == house.people["petra"].id
    privacy.by_link(token, write=notice)
    db.session.commit()
    assert address(house) == NEW
    assert (newest().kind, newest().to) == ("address_changed", "petra@example.org")
    entry = db.session.scalars(select(AuditEntry).order_by(AuditEntry.id.desc())).first()
    assert (entry.deed, entry.actor_id) == ("change_address", house.people["petra"].id)
    assert "example.org" not in repr(entry.facts)
    refused(Gone, privacy.by_link, token, write=notice)
    refused(Gone, privacy.new_address, "nie-gesehen")


def test_what_was_mailed_to_the_old_address_opens_nothing_any_more_and_cards_do(house):
    begin_write()
    petra, workshop = house.people["petra"].id, house.workshop.id
    mailed = [
        join.issue(kind, account_id=petra, workshop_id=place, secret=SECRET).token
        for kind, place in ((TicketKind.LOGIN, None), (TicketKind.INVITATION, workshop))
    ]
    card = join.issue(TicketKind.CARD, account_id=petra, workshop_id=workshop, secret=SECRET).token
    other = join.issue(TicketKind.LOGIN, account_id=house.people["vera"].id).token
    db.session.commit()
    token, _ = ask(house)
    privacy.by_link(token, write=notice)
    db.session.commit()
    assert not any(join.look(one) for one in mailed) and join.look(card) and join.look(other)


def test_by_code_where_it_was_asked_for_and_five_wrong_ones_end_it(house):
    _, code = ask(house)
    petra, vera = house.actor("petra"), house.actor("vera")
    refused(Refused, privacy.by_code, vera, code, secret=SECRET, write=notice)
    for _ in range(5):
        refused(Refused, privacy.by_code, petra, "000000", secret=SECRET, write=notice)
    assert "Zu viele" in refused(Refused, privacy.by_code, petra, code, secret=SECRET, write=notice)
    begin_write()
    db.session.execute(db.text("DELETE FROM failure_counter"))
    db.session.commit()
    _, code = ask(house)
    privacy.by_code(petra, f"{code[:3]} {code[3:]}", secret=SECRET, write=notice)
    db.session.commit()
    assert address(house) == NEW


@pytest.mark.parametrize("how", ["link", "code"])
def test_c40_what_a_login_has_shown_of_the_old_address_opens_no_place_given_to_the_new_one(house, how):
    petra = house.people["petra"].id
    tokens = [join.begin_login(petra, hours=1, proven=True) for _ in range(2)]
    db.session.commit()
    here, other = (
        db.session.scalars(select(Login).where(Login.token_hash == join.hash_of(token))).one()
        for token in tokens
    )
    token, code = ask(house)
    if how == "link":
        privacy.by_link(token, write=notice)
    else:  # whoever types it reads the new address, too
        privacy.by_code(house.actor("petra"), code, secret=SECRET, write=notice, login_id=here.id)
    db.session.commit()
    member = house.member("petra")
    join.reserve(member)
    db.session.commit()
    assert join.shut(member, other) and join.shut(member, here) is (how == "link")


def test_a_later_request_voids_the_earlier_and_an_old_one_is_over(house):
    first, _ = ask(house)
    second, _ = ask(house, "noch.anders@example.org")
    refused(Gone, privacy.new_address, first)
    assert privacy.waiting_address(house.people["petra"].id).email == "noch.anders@example.org"
    begin_write()
    db.session.execute(db.update(Ticket).values(expires_at=utcnow() - timedelta(seconds=1)))
    db.session.commit()
    refused(Gone, privacy.new_address, second)
    assert privacy.waiting_address(house.people["petra"].id) is None


def test_c40_an_address_in_use_is_not_revealed(app, house):
    """The same statements, the same rows but for the words; and nothing that a link could confirm."""

    def stored(email: str) -> tuple:
        statements, petra = [], house.actor("petra")
        db.session.rollback()

        def note(_conn, _cursor, statement, *_more):
            statements.append(re.sub(r"\d+", "N", statement))

        event.listen(db.engine, "before_cursor_execute", note)
        privacy.ask_for_address(petra, email, **LETTERS)
        db.session.commit()
        event.remove(db.engine, "before_cursor_execute", note)
        mail, ticket = newest(), privacy.waiting_address(house.people["petra"].id)
        own = privacy.document(house.people["petra"].id)
        shape = {name: [sorted(row) for row in rows] for name, rows in own.items()}
        own["mail"][-1] |= {"id": 0, "to": "", "created_at": 0}  # what differs by the address and the moment
        return (
            statements,
            (mail.kind, mail.state, mail.account_id, mail.language, mail.to == email, ticket.email == email),
            {name: rows[-1:] for name, rows in shape.items()},
            own["mail"][-1],
        )

    ask(house)  # the same before both: an earlier ticket, a counter
    assert stored("niemand@example.org") == stored("vera@example.org")
    assert newest().text == "Vera Kunze nichts" and newest().state is MailState.WAITING
    assert address(house) == "petra@example.org" and address(house, "vera") == "vera@example.org"


def test_c40_whoever_is_asked_after_hears_of_it_though_another_address_is_asked_for_at_once(house):
    def states() -> dict:
        return {mail.to: mail.state for mail in db.session.scalars(select(Mail))}

    class Carried(list):
        deliver, close = list.append, lambda self: None

    ask(house, "vera@example.org")
    ask(house, "niemand@example.org")
    ask(house)
    before = privacy.document(house.people["petra"].id)["mail"]
    carried = Carried()
    post.deliver_due(carried, sender="werkstatt@example.org")
    assert states() == {
        "vera@example.org": MailState.SENT,
        "niemand@example.org": MailState.DROPPED,
        NEW: MailState.SENT,
    }
    assert "Vera Kunze nichts" in carried[0].as_string()
    assert privacy.document(house.people["petra"].id)["mail"] == before, "the file does not tell them apart"


def test_an_address_taken_meanwhile_stays_where_it_is(house):
    token, _ = ask(house)
    begin_write()
    db.session.add(Account(name="Schneller", email=NEW))
    db.session.commit()
    refused(NotNow, privacy.by_link, token, write=notice)
    assert address(house) == "petra@example.org"
    assert privacy.new_address(token), "the link was not used up"


def test_c39_mails_to_strangers_are_few_and_never_count_as_mails_of_a_login(house):
    for n in range(NEW_ADDRESS.most):
        ask(house, f"fremd{n}@example.org")
    refused(TooOften, ask, house, "noch-einer@example.org")
    for who in ("vera", "samuel"):
        for _ in range(NEW_ADDRESS.most):
            if not NEW_ADDRESS.spent("to mona@example.org"):
                ask(house, "mona@example.org", who)
    refused(TooOften, ask, house, "mona@example.org", "heiko")
    refused(Refused, ask, house, "mona@example.org", "mona")
    assert not MAILS.counted("mona@example.org"), "her login is mailed as before"


def test_c40_only_who_was_let_in_somewhere_has_mail_sent_to_an_address(house):
    """Paul waits at the door, was refused, or is expelled and asks anew; others wait for a place of their own."""

    def paul(state: MemberState, **more):
        begin_write()
        there = house.member("paul")
        there.state, there.taken_by_id = state, None
        for name, value in more.items():
            setattr(there, name, value)
        db.session.commit()

    for state, more in (
        (MemberState.PENDING, {}),
        (MemberState.ENDED, {}),
        (MemberState.PENDING, {"ended_at": utcnow()}),
    ):
        paul(state, **more)
        assert privacy.may_change_address(house.people["paul"].id) is False
        assert "hereingelassen" in refused(
            NotNow, privacy.ask_for_address, house.people["paul"], NEW, **LETTERS
        )
    assert newest() is None
    for state, more in (
        (MemberState.INVITED, {"ended_at": None}),
        (MemberState.ACTIVE, {}),
        (MemberState.CHECKED_IN, {}),
        (MemberState.PENDING, {"taken_by_id": house.member("vera").id}),
        (MemberState.ENDED, {"ended_at": utcnow()}),
    ):
        paul(state, **more)
        assert privacy.may_change_address(house.people["paul"].id), state
    paul(MemberState.PENDING, ended_at=None)
    assert privacy.may_change_address(house.people["admin"].id), "without any place, and with rights"
    begin_write()
    house.people["paul"].may_found = True
    db.session.commit()
    assert privacy.may_change_address(house.people["paul"].id)


def test_c56_c57_the_new_address_is_mine_to_read_and_gone_with_the_account(app, house):
    ask(house)
    found = privacy.document(house.people["petra"].id)
    assert [row["email"] for row in found["ticket"]] == [NEW]
    privacy.delete_account(house.actor("petra"), KeyFolder(app.config["SETTINGS"].keys))
    db.session.commit()
    assert NEW not in repr(tables())
