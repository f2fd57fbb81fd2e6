"""Come in: log in, arrive with a code or an invitation, be let in, leave the device to the next."""

from __future__ import annotations

import hashlib
import secrets
from datetime import timedelta

from argon2 import PasswordHasher
from argon2.exceptions import VerificationError
from sqlalchemy import delete, func, select, update

from ..db import begin_write, db, utcnow
from ..models import (
    Account,
    FailureCounter,
    Invitation,
    Login,
    Membership,
    Organiser,
    Process,
    Sector,
    Session,
    Workshop,
)
from ..terms import N_, MemberState, Phase, Role
from . import Actor, Missing, NotNow, Refused, audit

HASHER = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)  # OWASP's Argon2id figures
NOBODY = HASHER.hash(secrets.token_hex(16))  # so that an unknown address takes as long as a known one
SHORTEST_PASSWORD = 10
MOST_FAILURES, FAILURE_WINDOW = 8, timedelta(minutes=10)
INVITATION_LIVES = timedelta(days=60)
CODE_SIGNS = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"  # 31 signs that are not mistaken for each other


def hash_of(token: str) -> str:
    """The form in which tokens are kept: SHA-256, hexadecimal."""
    return hashlib.sha256(token.encode()).hexdigest()


def new_code() -> str:
    """A fresh join code of six signs (29.7 bits)."""
    return "".join(secrets.choice(CODE_SIGNS) for _ in range(6))


def spoken(code: str) -> str:
    """The code as it is shown: ``7K3-QPD``."""
    return f"{code[:3]}-{code[3:]}"


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


def workshop_by_code(text: str):
    """The open workshop with this join code, in any case and with any spaces or hyphens.

    :raises Refused: no such code.
    """
    code = "".join(sign for sign in text.upper() if sign.isalnum())[:6]
    found = db.session.scalars(
        select(Workshop).where(Workshop.join_code == code, Workshop.join_open.is_(True))
    ).one_or_none()
    if found is None:
        raise Refused(N_("Diesen Code kennen wir nicht. Er steht vorn auf der Leinwand."), field="code")
    return found


def sectors(process_id: int) -> list[Sector]:
    """A process's sectors, in their order."""
    query = select(Sector).where(Sector.process_id == process_id).order_by(Sector.position, Sector.id)
    return list(db.session.scalars(query))


def arrive(workshop, account_id: int | None, *, name: str, organisation: str, sector_id: int) -> Membership:
    """Come in by the room's code: a new person waits for approval, a known one is simply here.

    An address is not asked for, so that nobody can walk into somebody else's account.
    """
    begin_write()
    _check_sector(workshop, sector_id)
    if account_id is None:
        account = Account(name=name, organisation=organisation)
        db.session.add(account)
        db.session.flush()
        account_id = account.id
    member = _membership(workshop.id, account_id)
    if member is None:
        member = Membership(workshop_id=workshop.id, account_id=account_id, state=MemberState.PENDING)
        db.session.add(member)
    elif member.state in (MemberState.INVITED, MemberState.ACTIVE):
        member.state = MemberState.CHECKED_IN
    elif member.state is MemberState.ENDED:
        member.state = MemberState.PENDING
    member.sector_id = sector_id
    db.session.flush()
    _tell(workshop.id)
    return member


def check_in(workshop, membership_id: int, *, sector_id: int | None = None) -> Membership:
    """Be here: an invited or confirmed person is present from now on, speaking for this sector."""
    begin_write()
    if sector_id is not None:
        _check_sector(workshop, sector_id)
    member = db.session.get(Membership, membership_id)
    if member is None or member.workshop_id != workshop.id or member.state is MemberState.ENDED:
        raise Missing()
    if member.state is MemberState.PENDING:
        raise NotNow(N_("Die Teilnahme muss erst bestätigt werden."))
    member.sector_id = sector_id or member.sector_id
    if member.sector_id is None and member.role is Role.PARTICIPANT:
        raise Refused(N_("Bitte wählen Sie die Akteursgruppe."), field="sector")
    member.state = MemberState.CHECKED_IN
    db.session.flush()
    _tell(workshop.id)
    return member


def approve(workshop, actor_id: int, membership_ids: list[int] | None = None) -> list[Membership]:
    """Let waiting people in, the named ones or all; whoever arrived by the room's code is present."""
    begin_write()
    query = select(Membership).where(
        Membership.workshop_id == workshop.id, Membership.state == MemberState.PENDING
    )
    if membership_ids is not None:
        query = query.where(Membership.id.in_(membership_ids))
    waiting = list(db.session.scalars(query.order_by(Membership.id)))
    for member in waiting:
        member.state = MemberState.CHECKED_IN
    if waiting:
        audit.note(actor_id, "approve", workshop=workshop.id, members=[member.id for member in waiting])
        _tell(workshop.id)
    return waiting


def invite(account_id: int, workshop_id: int | None = None) -> str:
    """A fresh single-use link's token; earlier unused ones of this person stop working."""
    begin_write()
    db.session.execute(
        delete(Invitation).where(Invitation.account_id == account_id, Invitation.used_at.is_(None))
    )
    token = secrets.token_urlsafe(24)
    db.session.add(
        Invitation(
            token_hash=hash_of(token),
            account_id=account_id,
            workshop_id=workshop_id,
            expires_at=utcnow() + INVITATION_LIVES,
        )
    )
    db.session.flush()
    return token


def invitation(token: str) -> tuple[Invitation, Account, Workshop | None] | None:
    """Who is invited where by this token; looking consumes nothing. ``None``: used, expired, unknown."""
    row = db.session.execute(
        select(Invitation, Account, Workshop)
        .join(Account, Account.id == Invitation.account_id)
        .outerjoin(Workshop, Workshop.id == Invitation.workshop_id)
        .where(
            Invitation.token_hash == hash_of(token),
            Invitation.used_at.is_(None),
            Invitation.expires_at > utcnow(),
            Account.blocked_at.is_(None),
        )
    ).one_or_none()
    return None if row is None else tuple(row)


def accept(token: str, password: str, *, hours: int) -> str:
    """Use an invitation: set a password if one was given, and begin a login; returns its token."""
    if password and len(password) < SHORTEST_PASSWORD:
        raise Refused(
            N_("Das Passwort braucht mindestens %(least)s Zeichen."),
            field="password",
            least=SHORTEST_PASSWORD,
        )
    hashed = HASHER.hash(password) if password else None
    begin_write()
    found = invitation(token)
    if found is None:
        raise Missing()
    used, account, workshop = found
    used.used_at = utcnow()
    if hashed:
        account.password = hashed
    if workshop is not None:
        member = _membership(workshop.id, account.id)
        if member is not None and member.state is MemberState.INVITED:
            member.state = MemberState.ACTIVE
    db.session.flush()
    return begin_login(account.id, hours=hours)


def choose_language(account_id: int, language: str) -> None:
    """Remember a person's language."""
    begin_write()
    db.session.execute(update(Account).where(Account.id == account_id).values(language=language))


def places(account_id: int) -> list[tuple[Workshop, Process, Role, list[Session]]]:
    """The workshops of a person with their sessions, newest first."""
    member = (
        select(Workshop, Process, Membership.role, Membership.state, Organiser.account_id)
        .join(Process, Process.id == Workshop.process_id)
        .outerjoin(
            Membership, (Membership.workshop_id == Workshop.id) & (Membership.account_id == account_id)
        )
        .outerjoin(Organiser, (Organiser.process_id == Process.id) & (Organiser.account_id == account_id))
        .where(
            Organiser.account_id.is_not(None)
            | (Membership.id.is_not(None) & (Membership.state != MemberState.ENDED))
        )
        .order_by(Workshop.starts_at.desc().nulls_last(), Workshop.id.desc())
    )
    rows = db.session.execute(member).all()
    sessions: dict[int, list[Session]] = {}
    for session in db.session.scalars(
        select(Session)
        .where(Session.workshop_id.in_([row.Workshop.id for row in rows]))
        .order_by(Session.position, Session.id)
    ):
        sessions.setdefault(session.workshop_id, []).append(session)
    return [
        (
            row.Workshop,
            row.Process,
            Role.ORGANISER if row.account_id else row.role,
            sessions.get(row.Workshop.id, []),
        )
        for row in rows
    ]


def running(sessions: list[Session]) -> Session | None:
    """The one session that is being worked on, if there is exactly one."""
    busy = [session for session in sessions if session.phase not in (Phase.PREPARE, Phase.RESULT)]
    return busy[0] if len(busy) == 1 else None


def waiting(workshop_id: int) -> int:
    """How many people wait to be let in."""
    return db.session.scalar(
        select(func.count()).where(
            Membership.workshop_id == workshop_id, Membership.state == MemberState.PENDING
        )
    )


def _membership(workshop_id: int, account_id: int) -> Membership | None:
    return db.session.scalars(
        select(Membership).where(Membership.workshop_id == workshop_id, Membership.account_id == account_id)
    ).one_or_none()


def _check_sector(workshop, sector_id: int) -> None:
    known = db.session.scalar(
        select(Sector.id).where(Sector.id == sector_id, Sector.process_id == workshop.process_id)
    )
    if known is None:
        raise Refused(N_("Bitte wählen Sie, für wen Sie heute sprechen."), field="sector")


def _tell(workshop_id: int) -> None:
    """Consoles and waiting pages of this workshop learn that somebody has come."""
    db.session.execute(
        update(Session)
        .where(Session.workshop_id == workshop_id, Session.phase != Phase.RESULT)
        .values(step=Session.step + 1)
        .execution_options(synchronize_session=False)
    )


def waits(state: MemberState, role: Role) -> bool:
    """Whether somebody may only look on until they are let in or say that they are there.

    Staff that was entered in the register works before the day; being present is another matter.
    """
    return state is MemberState.PENDING or (state is MemberState.INVITED and role is Role.PARTICIPANT)


def actor(workshop_id: int, account_id: int) -> Actor:
    """What an account is in a workshop, for verbs called by commands and tests.

    :raises Missing: nothing at all.
    """
    organises = db.session.scalar(
        select(Organiser.account_id)
        .join(Workshop, Workshop.process_id == Organiser.process_id)
        .where(Workshop.id == workshop_id, Organiser.account_id == account_id)
    )
    member = _membership(workshop_id, account_id)
    if organises:
        return Actor(account_id, Role.ORGANISER, member)
    if member is None or member.state is MemberState.ENDED:
        raise Missing()
    return Actor(account_id, Role.PENDING if waits(member.state, member.role) else member.role, member)
