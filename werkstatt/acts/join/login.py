"""Log in and out: passwords, failures, logins of a fixed life."""

from __future__ import annotations

import hashlib
import secrets
from datetime import timedelta

from argon2 import PasswordHasher
from argon2.exceptions import VerificationError
from sqlalchemy import and_, bindparam, delete, select, update

from ...db import begin_write, db, utcnow
from ...models import Account, Login
from ...terms import N_
from .. import Missing, NotNow, Refused
from .hashing import CROWDED, Hasher
from .limits import BROWSER, DEVICE, PASSWORDS, TOO_OFTEN, admit
from .single import claim_all

HASHER = Hasher()
# So that an unknown address takes as long as a known one; made past the hasher's thread, because a server
# forks its workers after this was loaded, and a fork takes no thread along.
NOBODY = PasswordHasher.hash(HASHER, secrets.token_hex(16))
SHORTEST_PASSWORD, LONGEST_PASSWORD = 10, 1000
CONFIRMED_FOR = timedelta(minutes=10)


def live_login(token):
    """Which login and account count, in a SELECT that binds ``now``; ``token`` as :func:`hash_of` makes it."""
    login, account = Login.__table__.c, Account.__table__.c
    return and_(login.token_hash == token, login.expires_at > bindparam("now"), account.blocked_at.is_(None))


LIVE_LOGIN = live_login(bindparam("token"))
MOST_LIVES = 3  # a login that is kept up all the time ends after so many lives


def hash_of(token: str) -> str:
    """The form in which tokens are kept: SHA-256, hexadecimal."""
    return hashlib.sha256(token.encode()).hexdigest()


def log_in(email: str, password: str, *, hours: int, device: str = "", browser: str = "") -> str:
    """Check address and password, and begin a login.

    A stranger who guesses keeps nobody out but himself: a device on which this person was logged in
    before has tries of its own, and all others wait for a turn of two seconds (:func:`.limits.admit`).

    :param device: what :func:`device_of` said on that device; checked by the caller to be ours.
    :param browser: something that tells this browser from others, and nothing about its owner.
    :returns: the login's token, for the cookie alone.
    :raises Refused: wrong, whichever of the two it was; or too often wrong; or not its turn.
    """
    email = email.lower()
    account = db.session.scalars(select(Account).where(Account.email == email)).one_or_none()
    stored = account.password if account and account.password and not account.blocked_at else None
    account_id = account.id if account else None
    known = bool(account and device == account.opaque)
    proven = bool(account and account.password_proven)
    db.session.rollback()  # nothing is held while hashing
    _try(email, device if known else "", browser)
    if not fits(stored, password, whose=account_id if known else None):
        raise Refused(N_("E-Mail-Adresse oder Passwort stimmt nicht."))
    begin_write()
    for limit, whose in (
        [(DEVICE, device)] if known else [(PASSWORDS, email), (BROWSER, f"{email} {browser}")]
    ):
        limit.forget(whose)
    claim_all(account_id, proven=proven)
    return begin_login(account_id, hours=hours, confirmed=True, proven=proven)


def _try(email: str, device: str, browser: str) -> None:
    """Count a try before it is made, on a known device or on any other.

    :raises Refused: there were too many here, or it is not this browser's turn.
    """
    if not device:
        if HASHER.line.crowded:  # said before the try is spent
            raise Refused(CROWDED)
        admit(email, browser)
        return
    begin_write()
    admitted = DEVICE.take(device)
    db.session.commit()
    if not admitted:
        raise Refused(TOO_OFTEN)


def fits(stored: str | None, password: str, *, whose: int | None = None) -> bool:
    """Whether this is the password; an account without one takes as long, and has none that fits.

    :param whose: the account, if this is no stranger, who would wait behind all others.
    """
    try:
        HASHER.verify(stored or NOBODY, password, whose=whose)
    except VerificationError:
        return False
    return stored is not None


def checked_password(password: str, account_id: int, *, field: str = "password") -> str:
    """The hash of a password that somebody chose for their account. Slow; before the transaction begins.

    :raises Refused: too short or too long, at its field.
    """
    if len(password) < SHORTEST_PASSWORD:
        sentence = N_("Das Passwort braucht mindestens %(least)s Zeichen.")
        raise Refused(sentence, field=field, least=SHORTEST_PASSWORD)
    if len(password) > LONGEST_PASSWORD:
        raise Refused(N_("Bitte höchstens %(most)s Zeichen."), field=field, most=LONGEST_PASSWORD)
    return HASHER.hash(password, whose=account_id)


def check_current(account_id: int, password: str) -> None:
    """Ask for the password that an account has; one without any is not asked.

    :raises Refused: wrong, or too often wrong, at the field ``current``.
    """
    stored = db.session.scalar(select(Account.password).where(Account.id == account_id))
    db.session.rollback()
    if stored is None:
        return
    begin_write()
    admitted = PASSWORDS.take(f"current {account_id}")
    db.session.commit()
    if not admitted:
        raise Refused(TOO_OFTEN, field="current")
    if not fits(stored, password, whose=account_id):
        raise Refused(N_("Das jetzige Passwort stimmt nicht."), field="current")
    begin_write()
    PASSWORDS.forget(f"current {account_id}")
    db.session.commit()


def confirm(login_id: int, account, password: str) -> None:
    """The password once more, for what must not be done on a laptop left open: it holds for ten minutes.

    :raises Refused: wrong; or too often wrong; or there is none.
    """
    if account.password is None:
        raise Refused(N_("Ihr Konto hat kein Passwort. Bitte melden Sie sich neu an."), field="password")
    try:
        check_current(account.id, password)
    except Refused as no:
        raise Refused(no.message, field="password") from None
    begin_write()
    db.session.execute(update(Login).where(Login.id == login_id).values(confirmed_at=utcnow()))


def confirmed(login, account) -> bool:
    """Whether this login has shown lately that its person sits there.

    With a password: it was given in the last ten minutes, at the login or once more. Without one, only a
    login of the last ten minutes counts: by card, by mailed link or code.
    """
    moments = [login.confirmed_at, None if account.password else login.created_at]
    return any(moment and moment > utcnow() - CONFIRMED_FOR for moment in moments)


def elsewhere(account_id: int) -> bool:
    """Whether somebody is logged in as this person now, on whatever device."""
    valid = select(Login.id).where(Login.account_id == account_id, Login.expires_at > utcnow())
    return db.session.scalar(valid.limit(1)) is not None


def device_of(token: str) -> str | None:
    """The opaque name of the person behind a fresh login, for the cookie by which their device is known."""
    query = select(Account.opaque).join(Login).where(Login.token_hash == hash_of(token))
    return db.session.scalar(query)


def begin_login(account_id: int, *, hours: int, confirmed: bool = False, proven: bool = False) -> str:
    """A new login of a fixed life; returns its token. ``confirmed``: by password, just now.

    :param proven: by what only the reader of the account's address has.
    """
    begin_write()
    token = secrets.token_urlsafe(32)
    expires = utcnow() + timedelta(hours=hours)
    login = Login(token_hash=hash_of(token), account_id=account_id, expires_at=expires, proven=proven)
    login.confirmed_at = utcnow() if confirmed else None
    db.session.add(login)
    db.session.flush()
    return token


def stay(login_id: int, *, hours: int) -> Login:
    """Begin a login's life anew, because its person said so; nothing else ever lengthens it.

    :raises NotNow: it has been kept up for as long as a login may be.
    """
    begin_write()
    login = db.session.get(Login, login_id)
    if login is None:
        raise Missing()
    life = timedelta(hours=hours)
    expires = min(utcnow() + life, login.created_at + MOST_LIVES * life)
    if expires <= login.expires_at:
        raise NotNow(
            N_("Diese Anmeldung lässt sich nicht weiter verlängern. Bitte melden Sie sich danach neu an.")
        )
    login.expires_at = expires
    db.session.flush()
    return login


def log_out(login_id: int) -> None:
    """End one login at once, also for copied cookies."""
    begin_write()
    db.session.execute(delete(Login).where(Login.id == login_id))


def choose_language(account_id: int, language: str) -> None:
    """Remember a person's language."""
    begin_write()
    db.session.execute(update(Account).where(Account.id == account_id).values(language=language))
