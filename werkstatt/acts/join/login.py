"""Log in and out: passwords, failures, logins of a fixed life."""

from __future__ import annotations

import hashlib
import secrets
from datetime import timedelta

from argon2.exceptions import VerificationError
from sqlalchemy import delete, select, update

from ...db import begin_write, db, utcnow
from ...models import Account, FailureCounter, Login
from ...terms import N_
from .. import Refused
from .hashing import Hasher

HASHER = Hasher()
NOBODY = HASHER.hash(secrets.token_hex(16))  # so that an unknown address takes as long as a known one
SHORTEST_PASSWORD = 10
MOST_FAILURES, FAILURE_WINDOW = 8, timedelta(minutes=10)


def hash_of(token: str) -> str:
    """The form in which tokens are kept: SHA-256, hexadecimal."""
    return hashlib.sha256(token.encode()).hexdigest()


def log_in(email: str, password: str, *, hours: int) -> str:
    """Check address and password, and begin a login.

    :returns: the login's token, for the cookie alone.
    :raises Refused: wrong, whichever of the two it was; or too often wrong.
    """
    key = f"password:{email.lower()}"[:100]
    account = db.session.scalars(select(Account).where(Account.email == email.lower())).one_or_none()
    stored = account.password if account and account.password and not account.blocked_at else None
    tried = db.session.get(FailureCounter, key)
    if tried and tried.failures >= MOST_FAILURES and tried.since > utcnow() - FAILURE_WINDOW:
        raise Refused(N_("Zu viele Versuche. Bitte warten Sie zehn Minuten oder fragen Sie am Einlass."))
    account_id = account.id if account else None
    db.session.rollback()  # nothing is held while hashing
    try:
        HASHER.verify(stored or NOBODY, password)
        right = stored is not None
    except VerificationError:
        right = False
    if not right:
        count_failure(key)
        raise Refused(N_("E-Mail-Adresse oder Passwort stimmt nicht."))
    begin_write()
    db.session.execute(delete(FailureCounter).where(FailureCounter.key == key))
    return begin_login(account_id, hours=hours)


def count_failure(key: str) -> None:
    """Remember a failed attempt, in a short transaction of its own."""
    begin_write()
    counter = db.session.get(FailureCounter, key)
    if counter is None or counter.since < utcnow() - FAILURE_WINDOW:
        db.session.merge(FailureCounter(key=key, failures=1, since=utcnow()))
    else:
        counter.failures += 1
    db.session.commit()


def begin_login(account_id: int, *, hours: int) -> str:
    """A new login of a fixed life; returns its token."""
    begin_write()
    token = secrets.token_urlsafe(32)
    expires = utcnow() + timedelta(hours=hours)
    db.session.add(Login(token_hash=hash_of(token), account_id=account_id, expires_at=expires))
    db.session.flush()
    return token


def log_out(login_id: int) -> None:
    """End one login at once, also for copied cookies."""
    begin_write()
    db.session.execute(delete(Login).where(Login.id == login_id))


def choose_language(account_id: int, language: str) -> None:
    """Remember a person's language."""
    begin_write()
    db.session.execute(update(Account).where(Account.id == account_id).values(language=language))
