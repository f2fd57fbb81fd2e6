"""Arrive: with the room's code or from the register; be let in, be here."""

from __future__ import annotations

import re
import secrets

from sqlalchemy import func, select, update

from ...db import begin_write, db, utcnow
from ...models import Account, Membership, Sector, Session, Workshop
from ...terms import N_, MemberState, Phase, Role
from .. import Missing, NotNow, Refused, audit
from .places import membership_of

CODE_SIGNS = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"  # 31 signs that are not mistaken for each other


def new_code() -> str:
    """A fresh join code of six signs (29.7 bits)."""
    return "".join(secrets.choice(CODE_SIGNS) for _ in range(6))


def spoken(code: str) -> str:
    """The code as it is shown: ``7K3-QPD``."""
    return f"{code[:3]}-{code[3:]}"


def find_workshop(text: str) -> Workshop | None:
    """The workshop that this join code opens now, in any case and with any spaces or hyphens."""
    code = "".join(sign for sign in text.upper() if sign.isalnum())
    query = select(Workshop).where(
        Workshop.join_code == code,
        Workshop.join_open.is_(True),
        Workshop.join_until.is_(None) | (Workshop.join_until > utcnow()),
    )
    return db.session.scalars(query).one_or_none()


def sectors(process_id: int) -> list[Sector]:
    """A process's sectors, in their order."""
    query = select(Sector).where(Sector.process_id == process_id).order_by(Sector.position, Sector.id)
    return list(db.session.scalars(query))


def arrive(
    workshop,
    account_id: int | None,
    *,
    name: str,
    organisation: str,
    sector_id: int,
    email: str = "",
    language: str = "de",
) -> Membership:
    """Come in by the room's code: a new person waits for approval, a known one is simply here.

    An address typed here is anybody's word: it stands beside the place for those who let people in, and
    never leads into an account.

    :param language: in which a new person reads, for their mails.
    """
    begin_write()
    if email and not re.fullmatch(r"[^@\s]+@[^@\s]+", email):
        raise Refused(
            N_("Das ist keine E-Mail-Adresse. Sie können das Feld auch leer lassen."), field="email"
        )
    _check_sector(workshop, sector_id)
    if account_id is None:
        account = Account(name=name, organisation=organisation, language=language)
        db.session.add(account)
        db.session.flush()
        account_id = account.id
    member = membership_of(workshop.id, account_id)
    if member is None:
        member = Membership(workshop_id=workshop.id, account_id=account_id, state=MemberState.PENDING)
        db.session.add(member)
    elif member.state in (MemberState.INVITED, MemberState.ACTIVE):
        member.state = MemberState.CHECKED_IN
    elif member.state is MemberState.ENDED:
        member.state = MemberState.PENDING
    member.sector_id = sector_id
    member.typed_email = email.lower() or member.typed_email
    db.session.flush()
    tell(workshop.id)
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
    tell(workshop.id)
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
        tell(workshop.id)
    return waiting


def waiting(workshop_id: int) -> int:
    """How many people wait to be let in."""
    return db.session.scalar(
        select(func.count()).where(
            Membership.workshop_id == workshop_id, Membership.state == MemberState.PENDING
        )
    )


def _check_sector(workshop, sector_id: int) -> None:
    known = db.session.scalar(
        select(Sector.id).where(Sector.id == sector_id, Sector.process_id == workshop.process_id)
    )
    if known is None:
        raise Refused(N_("Bitte wählen Sie, für wen Sie heute sprechen."), field="sector")


def tell(workshop_id: int) -> None:
    """Consoles and waiting pages of this workshop learn that somebody has come."""
    db.session.execute(
        update(Session)
        .where(Session.workshop_id == workshop_id, Session.phase != Phase.RESULT)
        .values(step=Session.step + 1)
        .execution_options(synchronize_session=False)
    )
