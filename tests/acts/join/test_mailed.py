"""Logging in without a password, and what guessing costs whom."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from sqlalchemy import event, func, select, update

from werkstatt.acts import Gone, Refused, join, post
from werkstatt.acts.join.limits import ASKED, BROWSER, CODES, MAILS, PASSWORDS
from werkstatt.acts.join.mailed import WRONG_CODE
from werkstatt.db import begin_write, db, utcnow
from werkstatt.models import Account, FailureCounter, Login, Mail, Ticket
from werkstatt.terms import MailState, MemberState, TicketKind

SECRET = "test-" * 8
RIGHT = "ein langes Passwort"


def letter(reader, token, code, expires_at):
    return post.Letter("Anmeldung", f"{reader.name} {token} {code}", "<p></p>")


def ask(email: str, **here):
    """Ask for a mail; the ticket's id, and token and code as they were mailed last."""
    ticket_id = join.ask_for_login(email, secret=SECRET, write=letter, **here)
    db.session.commit()
    mail = db.session.scalars(select(Mail).order_by(Mail.id.desc())).first()
    return (ticket_id, *(mail.text.split()[-2:] if mail and mail.text else ("", "")))


def logins(account_id: int) -> int:
    return db.session.scalar(select(func.count()).where(Login.account_id == account_id))


def failed(whom, *words, **more) -> str:
    with pytest.raises(Refused) as no:
        whom(*words, **more)
    db.session.rollback()
    return no.value.message


@pytest.fixture
def petra(house) -> Account:
    begin_write()
    house.people["petra"].password = join.HASHER.hash(RIGHT)
    db.session.commit()
    return house.people["petra"]


def test_c41_a_mailed_link_logs_in_once(petra):
    _, token, _ = ask("PETRA@example.org")
    assert join.link(token).account.id == petra.id and join.link(token)
    assert join.by_link(token, "", hours=1) and logins(petra.id) == 1
    db.session.commit()
    with pytest.raises(Gone):
        join.by_link(token, "", hours=1)


def test_the_code_works_only_where_one_was_asked_for(petra):
    """Whichever of the mails is opened first; and nowhere else, not even beside its address."""
    first, _, code = ask(petra.email)
    other, _, newer = ask(petra.email)
    elsewhere, _, _ = ask("vera@example.org")
    for ticket_id in (elsewhere, -1, 0):
        assert failed(join.by_code_here, ticket_id, code, secret=SECRET, hours=1)
    assert failed(join.by_code_of_invitation, petra.email, code, secret=SECRET, hours=1)
    assert join.by_code_here(first, f" {newer[:4].lower()}-{newer[4:]}", secret=SECRET, hours=1)
    assert join.by_code_here(other, code, secret=SECRET, hours=1)
    assert failed(join.by_code_here, other, code, secret=SECRET, hours=1)


def test_the_code_of_an_invitation_works_beside_its_address(house):
    vera, member = house.people["vera"], house.member("vera")
    begin_write()
    member.state = MemberState.INVITED
    made = join.issue(TicketKind.INVITATION, account_id=vera.id, workshop_id=house.workshop.id, secret=SECRET)
    db.session.commit()
    assert failed(join.by_code_of_invitation, "petra@example.org", made.code, secret=SECRET, hours=1)
    assert join.by_code_of_invitation("Vera@example.org", made.code, secret=SECRET, hours=1)
    assert member.state is MemberState.ACTIVE and join.link(made.token) is None


def test_c39_wrong_codes_close_the_code_and_never_the_link(petra):
    ticket_id, token, code = ask(petra.email)
    wrong = "000000" if code != "000000" else "111111"
    said = [failed(join.by_code_here, ticket_id, wrong, secret=SECRET, hours=1) for _ in range(6)]
    assert len(set(said[:5])) == 1 and said[5] != said[0]
    assert failed(join.by_code_here, ticket_id, code, secret=SECRET, hours=1) == said[5]
    assert join.by_link(token, "", hours=1)


def test_c39_guessing_at_a_mailed_code_is_bounded_and_closes_it_to_nobody(petra, clock):
    """Ten browsers an hour, then one a minute, five tries each; the owner's right code fits all the while."""
    begun, tries, refused = utcnow(), 0, 0
    for n in range(ASKED.most + 20):
        try:
            ticket_id = join.ask_for_login(petra.email, secret=SECRET, write=letter, browser=f"{n}")
        except Refused as no:
            refused += no.message == join.limits.ASK_LATER
            continue
        db.session.commit()
        for _ in range(6):
            said = failed(join.by_code_here, ticket_id, "AAAAAAAA", secret=SECRET, hours=1)
            tries += said == join.mailed.WRONG_CODE
    assert (tries, refused) == (ASKED.most * 5, 20)
    assert failed(ask_only, petra.email, browser="owner") == join.limits.ASK_LATER
    clock(60)
    ticket_id, _, _ = ask(petra.email, browser="owner")
    for n in range(5):  # who throws the cookie away never gets the turn
        assert failed(ask_only, petra.email, browser=f"new {n}") == join.limits.ASK_LATER
    letters = db.session.scalars(select(Mail.text).where(Mail.created_at >= begun)).all()
    assert len(letters) == MAILS.most
    assert join.by_code_here(ticket_id, letters[-1].split()[-1], secret=SECRET, hours=1)


def test_c39_a_known_device_has_mails_of_its_own(petra):
    for n in range(ASKED.most + 5):
        try:
            join.ask_for_login(petra.email, secret=SECRET, write=letter, browser=f"{n}")
        except Refused:
            db.session.rollback()
        db.session.commit()
    ticket_id, token, code = ask(petra.email, browser="hers", device=petra.opaque)
    assert join.link(token).ticket.id == ticket_id
    assert join.by_code_here(ticket_id, code, secret=SECRET, hours=1)


def test_c39_whoever_came_in_by_mail_may_ask_anew(petra):
    for _ in range(MAILS.most):
        _, token, _ = ask(petra.email)
        assert join.by_link(token, "", hours=1)
        db.session.commit()
    ticket_id, token, _ = ask(petra.email)
    assert join.link(token).ticket.id == ticket_id


def test_c39_a_new_invitation_has_a_code_that_nobody_has_guessed_at(petra, house):
    where = {"account_id": petra.id, "workshop_id": house.workshop.id, "secret": SECRET}
    join.issue(TicketKind.INVITATION, **where)
    db.session.commit()
    for n in range(CODES.most):
        failed(join.by_code_of_invitation, petra.email, f"{n:06}", secret=SECRET, hours=1)
    made = join.issue(TicketKind.INVITATION, **where)
    db.session.commit()
    assert failed(join.by_code_of_invitation, petra.email, "999999", secret=SECRET, hours=1) == WRONG_CODE
    assert join.by_code_of_invitation(petra.email, made.code, secret=SECRET, hours=1)


def test_c39_ten_wrong_codes_end_an_invitations_code_for_good_and_never_its_link(petra, house):
    made = join.issue(
        TicketKind.INVITATION, account_id=petra.id, workshop_id=house.workshop.id, secret=SECRET
    )
    db.session.commit()
    for n in range(CODES.most):
        failed(join.by_code_of_invitation, petra.email, f"{n:06}", secret=SECRET, hours=1)
    begin_write()
    db.session.execute(update(FailureCounter).values(since=utcnow() - timedelta(days=1, seconds=1)))
    db.session.commit()
    said = failed(join.by_code_of_invitation, petra.email, made.code, secret=SECRET, hours=1)
    assert said == join.mailed.WRONG_CODE and join.by_link(made.token, "", hours=1)


def test_c39_whoever_asks_too_often_still_has_a_link_and_a_code_that_work(petra):
    """The limit is as long as a link lives, so an attacker who uses it up has only sent good links."""
    links = [ask(petra.email)[1] for _ in range(MAILS.most)]
    over, _, code = ask(petra.email)
    assert db.session.scalar(select(func.count()).select_from(Mail)) == MAILS.most
    assert all(join.link(token) for token in links)
    assert join.by_code_here(over, code, secret=SECRET, hours=1)


def test_c39_200_wrong_passwords_slow_only_the_attacker(petra, clock):
    """They are refused without a hash; on any other device the owner is in at their second try."""
    hashed = []
    fits = join.login.fits
    join.login.fits = lambda *words, **more: hashed.append(1) or fits(*words, **more)
    try:
        for n in range(200):
            failed(join.log_in, petra.email, f"falsch {n}", hours=1, browser="thief")
    finally:
        join.login.fits = fits
    assert len(hashed) == BROWSER.most
    assert failed(join.log_in, petra.email, RIGHT, hours=1, browser="thief") == join.limits.TOO_OFTEN
    assert failed(join.log_in, petra.email, RIGHT, hours=1, browser="owner") == join.limits.NOT_YET
    clock(2)
    for n in range(50):  # who throws the cookie away for each guess never gets the turn
        assert failed(join.log_in, petra.email, RIGHT, hours=1, browser=f"{n}") == join.limits.NOT_YET
    assert join.log_in(petra.email, RIGHT, hours=1, browser="owner")
    db.session.commit()
    assert join.log_in(petra.email, RIGHT, hours=1, device=petra.opaque)
    db.session.commit()
    assert join.by_link(ask(petra.email)[1], "", hours=1)


def test_c39_an_attacked_account_is_tried_once_in_two_seconds(petra, clock):
    """However many browsers wait for their turn, known address or not."""
    tried = []
    for turn in range(6):
        for browser in range(20):
            said = failed(join.log_in, petra.email, "falsch", hours=1, browser=f"{browser}")
            tried.append((turn, said == "E-Mail-Adresse oder Passwort stimmt nicht."))
        clock(2)
    per_turn = [sum(hit for at, hit in tried if at == turn) for turn in range(6)]
    assert per_turn == [PASSWORDS.most, 1, 1, 1, 1, 1]


def test_c39_a_known_device_is_limited_too_and_only_for_its_person(petra, house):
    vera = house.people["vera"]
    for _ in range(20):
        failed(join.log_in, petra.email, "falsch", hours=1, device=petra.opaque)
    assert failed(join.log_in, petra.email, RIGHT, hours=1, device=petra.opaque) == join.limits.TOO_OFTEN
    assert join.log_in(petra.email, RIGHT, hours=1, device=vera.opaque)


def test_c39_in_the_crowd_no_try_is_spent_and_a_known_device_comes_in(petra, monkeypatch):
    monkeypatch.setattr(join.login.HASHER.line, "_strangers", [None] * join.hashing.MOST_STRANGERS)
    for _ in range(2 * BROWSER.most):
        assert "Gerade melden sich sehr viele" in failed(
            join.log_in, petra.email, RIGHT, hours=1, browser="b"
        )
    assert db.session.scalar(select(func.count()).select_from(FailureCounter)) == 0
    monkeypatch.undo()
    assert join.log_in(petra.email, RIGHT, hours=1, browser="b")


def test_c39_without_a_link_or_a_right_password_nothing_is_hashed_beyond_the_limit(petra, monkeypatch):
    """A made-up link hashes nothing, and eight at once are no more than one by one."""
    hashed = []
    monkeypatch.setattr(join.login.HASHER.line, "do", lambda job, *, whose: hashed.append(whose) or job())
    for _ in range(3):
        failed(join.by_link, "erfunden", "ein langes Passwort", hours=1)
    assert hashed == []
    for _ in range(20):
        failed(join.set_password, petra.id, 0, "falsch", "ein langes Passwort")
    assert hashed == [petra.id] * PASSWORDS.most
    assert failed(join.set_password, petra.id, 0, RIGHT, "ein langes Passwort") == join.limits.TOO_OFTEN


def test_c39_a_good_password_ends_the_count(petra):
    for _ in range(3):
        for _ in range(PASSWORDS.most - 1):
            failed(join.log_in, petra.email, "falsch", hours=1)
        assert join.log_in(petra.email, RIGHT, hours=1)
        db.session.commit()


@pytest.fixture
def clock(monkeypatch):
    """Time that passes when the test says so, and not otherwise."""
    late, began = [timedelta()], utcnow()
    monkeypatch.setattr(join.limits, "utcnow", lambda: began + late[0])

    def pass_by(seconds: float) -> None:
        late[0] += timedelta(seconds=seconds)

    return pass_by


# ---- C40

KNOWN, STRANGER, BARE = "petra@example.org", "niemand@example.org", "vera@example.org"  # Vera has no password


def statements(what) -> list[str]:
    """The statements that something makes, without their values."""
    seen: list[str] = []

    def listen(_connection, _cursor, statement, *_rest):
        seen.append(re.sub(r"\s+", " ", statement))

    db.session.rollback()
    event.listen(db.engine, "before_cursor_execute", listen)
    try:
        what()
        db.session.commit()
    except Refused:
        db.session.rollback()
    finally:
        event.remove(db.engine, "before_cursor_execute", listen)
    return seen


def test_c40_asking_for_a_mail_makes_the_same_statements_for_known_and_unknown(petra):
    for turn in range(MAILS.most + 1):  # the first, the next, and those over the limit
        one, other = (statements(lambda e=email: ask_only(e)) for email in (KNOWN, STRANGER))
        assert one == other and one, turn
    begin_write()
    petra.blocked_at = utcnow()
    db.session.commit()
    assert db.session.scalar(select(func.count()).where(Mail.state == MailState.WAITING)) == MAILS.most


def ask_only(email: str, **here) -> None:
    join.ask_for_login(email, secret=SECRET, write=letter, **here)


def test_c40_a_wrong_password_hashes_once_and_asks_the_same_for_everybody(petra, house):
    for turn in range(PASSWORDS.most + 3):  # free ones, then those who have to wait
        found = [
            statements(lambda e=email, t=turn: join.log_in(e, "falsch", hours=1, browser=f"{t // 2}"))
            for email in (KNOWN, STRANGER, BARE)
        ]
        assert found[0] == found[1] == found[2]
    said = {
        failed(join.log_in, "neu@example.org", "falsch", hours=1),
        failed(join.log_in, "ines@example.org", "falsch", hours=1),
    }
    assert len(said) == 1


def test_c40_a_wrong_code_asks_the_same_for_known_and_unknown(petra):
    failed(guess, "irgendwer@example.org", 0)  # the alarm of all together has begun to count
    for turn in range(CODES.most + 2):
        one, other = (statements(lambda e=email, t=turn: guess(e, t)) for email in (KNOWN, STRANGER))
        assert one == other and one, turn


def guess(email: str, turn: int) -> None:
    join.by_code_of_invitation(email, "000000", secret=SECRET, hours=1, who=f"{email} {turn}")


def test_c40_nothing_of_a_stranger_is_kept_and_the_clerk_sweeps(petra):
    for email in (STRANGER, KNOWN):
        ask_only(email)
        db.session.commit()
    rows = db.session.scalars(select(Mail).order_by(Mail.id)).all()
    assert (rows[0].to, rows[0].text, rows[0].state) == ("", "", MailState.DROPPED)
    keys = " ".join(db.session.scalars(select(FailureCounter.key)))
    assert "niemand" not in keys and "petra" not in keys
    begin_write()
    db.session.execute(update(Ticket).values(expires_at=utcnow() - timedelta(days=2)))
    db.session.commit()
    join.sweep_requests()
    assert db.session.scalars(select(Mail.to)).all() == [KNOWN]
    assert db.session.scalar(select(func.count()).select_from(Ticket)) == 0


# ---- passwords


def login_of(account: Account) -> Login:
    begin_write()
    token = join.begin_login(account.id, hours=1)
    db.session.commit()
    return db.session.scalars(select(Login).where(Login.token_hash == join.hash_of(token))).one()


def test_c35_a_new_password_ends_the_other_logins_and_mailed_links(petra):
    own, other = login_of(petra), login_of(petra)
    other_id, token = other.id, ask(petra.email)[1]
    assert failed(join.set_password, petra.id, own.id, "falsch", "ganz neues Passwort")
    assert db.session.get(Login, other_id)
    assert failed(join.set_password, petra.id, own.id, RIGHT, "kurz")
    join.set_password(petra.id, own.id, RIGHT, "ganz neues Passwort")
    db.session.commit()
    assert db.session.scalars(select(Login.id)).all() == [own.id] and join.link(token) is None
    assert failed(join.log_in, petra.email, RIGHT, hours=1)
    assert join.log_in(petra.email, "ganz neues Passwort", hours=1)


def test_c35_a_password_can_be_set_and_removed(house):
    vera = house.people["vera"]
    own, _ = login_of(vera), login_of(vera)
    join.set_password(vera.id, own.id, "", RIGHT)
    db.session.commit()
    assert vera.password and logins(vera.id) == 1
    join.set_password(vera.id, own.id, RIGHT, None)
    db.session.commit()
    assert vera.password is None
    assert failed(join.log_in, vera.email, RIGHT, hours=1)


def test_c35_a_password_chosen_through_a_link_ends_the_other_logins(petra):
    login_of(petra)
    _, token, _ = ask(petra.email)
    with pytest.raises(Refused):
        join.by_link(token, "kurz", hours=1)
    assert join.by_link(token, "ganz neues Passwort", hours=1) and logins(petra.id) == 1
