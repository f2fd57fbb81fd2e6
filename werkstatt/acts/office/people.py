"""People of a workshop: add somebody, and hand over a personal link (to whom: :mod:`..join.reach`)."""

from __future__ import annotations

from sqlalchemy import select

from ...db import begin_write, db
from ...models import Account, Membership, Sector, Table
from ...terms import MEMBER_ROLES, N_, MemberState, Role
from .. import Missing, NotAllowed, Refused, audit, checked_name, join

NO_LINK = N_(
    "Für dieses Konto gibt es hier weder Link noch Code: Die Person hat noch andere Rechte, gehört auch zu einem"
    " anderen Prozess oder ist gerade in einem anderen Workshop. Sie meldet sich selbst an: mit ihrem Passwort oder"
    " mit dem Link, den ihr die Anmeldeseite per E-Mail schickt. Sonst gibt ihr der Einlass ein eigenes Konto für hier."
)


def new_account(*, name: str, email: str | None = None, organisation: str = "", **rights: bool) -> Account:
    """An account that nobody can log in to yet.

    :raises Refused: the address is taken.
    """
    begin_write()
    email = email.lower() if email else None
    if email and db.session.scalar(select(Account.id).where(Account.email == email)):
        raise Refused(N_("Zu dieser Adresse gibt es schon ein Konto."), field="email")
    account = Account(name=checked_name(name), email=email, organisation=organisation, **rights)
    db.session.add(account)
    db.session.flush()
    return account


def add_person(
    workshop,
    actor_id: int,
    *,
    name: str,
    email: str | None = None,
    organisation: str = "",
    role: Role = Role.PARTICIPANT,
    sector_id: int | None = None,
    table_id: int | None = None,
    mail: bool = True,
) -> Membership:
    """Put somebody on the register, invited. A known address is that person; their name stays
    theirs, and is not told here: the register shows what was typed.

    :param mail: mail goes out, so that the place can wait for who reads the address (:mod:`..join.proof`).
    :raises Refused: already on the register; or a sector, table or role that is none here.
    """
    begin_write()
    check_places(workshop, role, sector_id, table_id)
    account = (
        db.session.scalars(select(Account).where(Account.email == email.lower())).one_or_none()
        if email
        else None
    )
    was_known = account is not None
    if account is None:
        account = new_account(name=name, email=email, organisation=organisation)
    known = db.session.scalars(
        select(Membership).where(Membership.workshop_id == workshop.id, Membership.account_id == account.id)
    ).one_or_none()
    if known is not None and (known.state is not MemberState.ENDED or join.taken(known)):
        raise Refused(N_("Diese Person steht schon im Register."), field="email")
    if role is not Role.PARTICIPANT:
        join.void_for_rights(account.id)
    member = known or Membership(workshop_id=workshop.id, account_id=account.id)
    member.role, member.sector_id, member.table_id = role, sector_id, table_id
    db.session.add(member)
    join.take_up(member, MemberState.INVITED)
    if was_known and mail:
        join.reserve(member)
    db.session.flush()
    if was_known and known is None and not may_link(workshop, Role.MODERATOR, member):
        join.type_name(member, name=name, organisation=organisation)
    audit.note(actor_id, "add_person", workshop=workshop.id, member=member.id, role=Role(role).value)
    return member


def check_places(workshop, role: Role, sector_id: int | None, table_id: int | None) -> None:
    """Role, sector and table are of this workshop; a participant speaks for somebody.

    :raises Refused: at the field that is wrong.
    """
    if role not in MEMBER_ROLES:
        raise Refused(N_("Bitte wählen Sie eine Rolle."), field="role")
    if sector_id is None:
        if role is Role.PARTICIPANT:
            raise Refused(N_("Bitte wählen Sie, für wen diese Person spricht."), field="sector")
    else:
        sector = db.session.get(Sector, sector_id)
        if sector is None or sector.process_id != workshop.process_id:
            raise Refused(N_("Diese Akteursgruppe gibt es hier nicht."), field="sector")
    if table_id is not None:
        table = db.session.get(Table, table_id)
        if table is None or table.workshop_id != workshop.id:
            raise Refused(N_("Diesen Tisch gibt es hier nicht."), field="table")


def may_link(workshop, role: Role, member: Membership) -> bool:
    """Whether somebody of this role may hand this member a personal link (:mod:`..join.reach`)."""
    return member.id in join.linkable(workshop, role, [member])


def fresh_link(workshop, me, membership_id: int) -> str:
    """A new personal link's token; the earlier one stops working.

    :raises NotAllowed: the account can do more than this person manages.
    """
    begin_write()
    member = db.session.get(Membership, membership_id)
    if member is None or member.workshop_id != workshop.id:
        raise Missing()
    if not may_link(workshop, me.role, member):
        raise NotAllowed(NO_LINK)
    audit.note(me.id, "issue_link", workshop=workshop.id, member=member.id)
    return join.invite(member.account_id, workshop.id, issued_by_id=me.id)
