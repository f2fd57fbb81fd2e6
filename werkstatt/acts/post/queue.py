"""The queue of mail: put in, claimed by one postman at a time, sent, tried again, given up.

A mail is claimed before it is sent: its next try is set ahead in a transaction of its own, so that two
postmen never send it both, and one that dies with it in hand only delays it. Texts may hold a link or a
code; they are emptied as soon as the mail is sent or given up.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterable
from datetime import timedelta
from typing import NamedTuple

from sqlalchemy import func, insert, or_, select, update

from ...db import begin_write, db, utcnow
from ...models import Mail, Ticket
from ...terms import MailState
from ..complaints import Complaints
from .carriers import Carrier, Later, Undeliverable, message_of, one_line

log = logging.getLogger(__name__)
PAUSE, LONGEST_PAUSE = 1.0, 60.0  # seconds between two looks; the second while the server does not answer
CLAIM = timedelta(minutes=3)  # longer than any one try
FIRST_WAIT, LONGEST_WAIT = timedelta(seconds=30), timedelta(hours=1)
KEEPS_TRYING = timedelta(days=3)
AT_ONCE = 50  # mails over one connection


class Letter(NamedTuple):
    """What is said, written already in the reader's language."""

    subject: str
    text: str
    html: str


def put(
    reader,
    kind: str,
    letter: Letter,
    *,
    to: str | None = None,
    ticket: Ticket | None = None,
    send: bool = True,
) -> Mail:
    """Put a letter to somebody into the queue, in the acting transaction.

    :param reader: an account, or whatever has its id, email and language.
    :param to: another address than the account's own, for example the one it had before.
    :param ticket: the ticket inside; where that is used, voided or expired, the mail is not sent any more.
    :param send: ``False`` makes the same row, empty and dropped: where nobody may notice the difference.
    """
    begin_write()
    mail = Mail(**_facts(reader, kind, letter, to=to, ticket=ticket, send=send))
    db.session.add(mail)
    db.session.flush()
    return mail


def put_all(kind: str, letters: Iterable[tuple[object, Letter, Ticket]]) -> None:
    """The same for many (reader, letter, ticket) in one go: no ballot waits for thousands of single rows."""
    begin_write()
    rows = [_facts(reader, kind, letter, ticket=ticket) for reader, letter, ticket in letters]
    db.session.execute(insert(Mail), rows)


def _facts(reader, kind: str, letter: Letter, *, to=None, ticket: Ticket | None = None, send=True) -> dict:
    now = utcnow()
    ends = now + KEEPS_TRYING if ticket is None else min(now + KEEPS_TRYING, ticket.expires_at)
    return dict(
        kind=kind,
        to=(to or reader.email) if send else "",
        language=reader.language,
        subject=one_line(letter.subject)[:200],
        text=letter.text if send else "",
        html=letter.html if send else "",
        state=MailState.WAITING if send else MailState.DROPPED,
        account_id=reader.id,
        ticket_id=ticket and ticket.id,
        due_at=now,
        expires_at=ends,
    )


def counts() -> dict[MailState, int]:
    """How many mails are in which state, every state named."""
    found = dict(db.session.execute(select(Mail.state, func.count()).group_by(Mail.state)).all())
    return {state: found.get(state, 0) for state in MailState}


def last_of(kind: str, account_id: int) -> Mail | None:
    """The newest mail of this kind to this person; what has become of it stands in its columns."""
    query = select(Mail).where(Mail.kind == kind, Mail.account_id == account_id)
    return db.session.scalars(query.order_by(Mail.id.desc()).limit(1)).first()


def stuck() -> Mail | None:
    """A mail whose last try failed while none was sent afterwards: why, and when it is tried again; else ``None``."""
    waiting = select(Mail).where(Mail.state == MailState.WAITING, Mail.error != "", Mail.tries > 0)
    sent_at = db.session.scalar(select(func.max(Mail.sent_at)))
    for mail in db.session.scalars(waiting.order_by(Mail.due_at.desc(), Mail.id).limit(AT_ONCE)):
        if sent_at is None or mail.due_at - _wait(mail.tries) > sent_at:
            return mail
    return None


def _wait(tries: int) -> timedelta:
    """How long after so many tries in vain the next one comes."""
    return min(FIRST_WAIT * 2 ** min(max(tries - 1, 0), 10), LONGEST_WAIT)


def deliver_due(carrier: Carrier, *, sender: str, stop: threading.Event | None = None) -> bool:
    """Send what is due, at most :data:`AT_ONCE`. ``False``: the server cannot be used now; try again later."""
    _give_up()
    try:
        for _ in range(AT_ONCE):
            mail = None if stop and stop.is_set() else _claim()
            if mail is None:
                break
            if not _deliver(carrier, mail, sender):
                return False
    finally:
        carrier.close()
        db.session.rollback()
    return True


def _deliver(carrier: Carrier, mail: Mail, sender: str) -> bool:
    """One claimed mail. No transaction is open while the server is spoken to."""
    mail_id, tries = mail.id, mail.tries
    try:
        message = message_of(mail, sender)
        db.session.rollback()
        carrier.deliver(message)
    except Undeliverable as no:
        log.warning("mail %s cannot be delivered", mail_id)
        _settle(mail_id, state=MailState.FAILED, error=str(no)[:200], text="", html="")
    except Later as no:
        _settle(mail_id, due_at=utcnow() + _wait(tries), error=str(no)[:200])
        if no.whole:
            log.warning("the mail server cannot be used now: %s", no)
            return False
    else:
        _settle(mail_id, state=MailState.SENT, sent_at=utcnow(), error="", text="", html="")
    return True


def _claim() -> Mail | None:
    """The mail that is due longest, in this postman's hand from now on."""
    now = utcnow()
    due = select(Mail.id, Mail.due_at).where(Mail.state == MailState.WAITING, Mail.due_at <= now)
    for mail_id, due_at in db.session.execute(due.order_by(Mail.due_at, Mail.id).limit(1)).all():
        mine = _change(
            Mail.id == mail_id,
            Mail.due_at == due_at,
            Mail.state == MailState.WAITING,
            values={"due_at": now + CLAIM, "tries": Mail.tries + 1},
        )
        return db.session.get(Mail, mail_id) if mine else _claim()
    db.session.rollback()
    return None


def _give_up() -> None:
    """Drop what has come too late: the time is over, or the ticket inside opens nothing any more."""
    now = utcnow()
    over = select(Ticket.id).where(or_(Ticket.used_at.is_not(None), Ticket.voided_at.is_not(None)))
    late = (Mail.state == MailState.WAITING, or_(Mail.expires_at <= now, Mail.ticket_id.in_(over)))
    if db.session.scalar(select(Mail.id).where(*late).limit(1)) is not None:
        _change(*late, values={"state": MailState.DROPPED, "text": "", "html": ""})
    db.session.rollback()


def _settle(mail_id: int, **values) -> None:
    _change(Mail.id == mail_id, Mail.state == MailState.WAITING, values=values)


def _change(*conditions, values: dict) -> bool:
    """One short transaction; whether a row changed."""
    begin_write()
    done = db.session.execute(
        update(Mail).where(*conditions).values(**values).execution_options(synchronize_session=False)
    )
    db.session.commit()
    return done.rowcount > 0


def run(app, carrier: Carrier, sender: str, stop: threading.Event) -> None:
    """Carry mail until told to stop. Any number of such loops may run; a mail is claimed by one."""
    pause, complaints = PAUSE, Complaints(log)
    with app.app_context():
        while not stop.wait(pause):
            try:
                reached = deliver_due(carrier, sender=sender, stop=stop)
                pause = PAUSE if reached else min(pause * 2, LONGEST_PAUSE)
                complaints.works("the postman")
            except Exception as no:
                complaints.fails("the postman", no)
            finally:
                db.session.remove()
