"""Arrive: with the room's code or from the register; be let in, be here."""

from __future__ import annotations

import re
import secrets

from sqlalchemy import func, select, update

from ...db import begin_write, db, utcnow
from ...models import Account, Membership, RollEntry, Round, Sector, Session, Workshop
from ...terms import N_, UNFINISHED, MemberState, Phase, Role
from .. import Missing, NotAllowed, NotNow, Refused, audit, checked_name
from .places import membership_of
from .proof import PROVE_FIRST, own_name, shut

# People of one workshop who wait at once: a full hall of walk-ins, or several times the register. A flood
# beyond keeps out whoever has neither card nor invitation, until somebody has refused it at one press.
MOST_WAITING, TIMES_THE_REGISTER, MOST_EVER = 1_000, 4, 5_000
TOO_MANY = N_("Am Einlass warten schon sehr viele. Bitte kommen Sie an den Einlass.")
ONLY_MODERATION = N_(
    "Die Teilnahme dieser Person wurde beendet, oder sie hat hier eine besondere Rolle."
    " Hereinlassen kann sie nur die Moderation. Bitte rufen Sie sie dazu."
)
LIKE_SOMEBODY_GONE = N_(
    "Jemand mit diesem oder einem ähnlichen Namen war schon da, und die Teilnahme wurde beendet. Ob es dieselbe Person"
    " ist, entscheidet die Moderation. Bitte rufen Sie sie dazu."
)
TAKEN = N_(
    "Der Platz dieser Person ist schon vergeben: Jemand wurde unter ihrem Namen hereingelassen. Wem er gehört,"
    " entscheidet die Moderation auf der Seite „Vergleichen“."
)
ON_THE_ROLL = N_(
    "Gerade wird abgestimmt. Ihre Akteursgruppe berichtigt solange nur der Einlass; bitte gehen Sie dorthin."
)
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
    login=None,
) -> Membership:
    """Come in by the room's code: a new person waits for approval, a known one is simply here.

    Not with a login (``login``) that does not open the place: then nothing happens, and the page says what to do.

    An address typed here is anybody's word: it stands beside the place for those who let people in, and
    never leads into an account. Whoever was here until moderation ended it asks anew, as a participant.

    :param language: in which a new person reads, for their mails.
    :raises Refused: at the field that is wrong; or too many wait already.
    """
    begin_write()
    if email and not re.fullmatch(r"[^@\s]+@[^@\s]+", email):
        raise Refused(
            N_("Das ist keine E-Mail-Adresse. Sie können das Feld auch leer lassen."), field="email"
        )
    _check_sector(workshop, sector_id)
    if account_id is None:
        _check_crowd(workshop.id)
        account = Account(name=checked_name(name), organisation=organisation, language=language)
        db.session.add(account)
        db.session.flush()
        account_id = account.id
    member = membership_of(workshop.id, account_id)
    if member is None:
        _check_crowd(workshop.id)
        member = Membership(workshop_id=workshop.id, account_id=account_id, state=MemberState.PENDING)
        db.session.add(member)
    elif login is not None and shut(member, login):
        if member.state is MemberState.ENDED:
            raise NotNow(PROVE_FIRST)
        return member
    elif member.state in (MemberState.INVITED, MemberState.ACTIVE):
        member.state = MemberState.CHECKED_IN
    elif member.state is MemberState.ENDED:
        _check_crowd(workshop.id)
        if member.ended_at is not None:
            was = (member.ended_role or member.role).value
            audit.note(account_id, "ask_again", workshop=workshop.id, member=member.id, was=was)
        member.state, member.role = MemberState.PENDING, Role.PARTICIPANT
    own_name(member)
    _speak_for(workshop, member, sector_id)
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
    if member.taken_by_id is not None:
        raise NotNow(TAKEN)
    if sector_id is not None:
        _speak_for(workshop, member, sector_id)
    if member.sector_id is None and member.role is Role.PARTICIPANT:
        raise Refused(N_("Bitte wählen Sie die Akteursgruppe."), field="sector")
    member.state = MemberState.CHECKED_IN
    db.session.flush()
    tell(workshop.id)
    return member


def by_moderation_alone(member) -> bool:
    """Whether only moderation lets this waiting person in: they were sent away, or have a role."""
    return member.ended_at is not None or member.role is not Role.PARTICIPANT


def still_waiting(workshop, membership_ids: list[int]) -> list[Membership]:
    """Those of them about whom nobody has decided yet, in the order in which they came."""
    query = select(Membership).where(
        Membership.workshop_id == workshop.id,
        Membership.state == MemberState.PENDING,
        Membership.id.in_(membership_ids),
    )
    return list(db.session.scalars(query.order_by(Membership.id)))


def approve(workshop, me, membership_ids: list[int], *, together: bool = False) -> list[Membership]:
    """Let waiting people in; whoever arrived by the room's code is present.

    :param together: many at one press; whom only moderation lets in is not among them.
    :raises NotAllowed: a helper, for somebody whom only moderation lets in.
    """
    begin_write()
    waiting = still_waiting(workshop, membership_ids)
    if together:
        waiting = [one for one in waiting if not by_moderation_alone(one) and one.taken_by_id is None]
    elif me.role not in (Role.MODERATOR, Role.ORGANISER) and any(map(by_moderation_alone, waiting)):
        raise NotAllowed(ONLY_MODERATION)
    elif any(member.taken_by_id for member in waiting):
        raise NotNow(TAKEN)
    again = [member.id for member in waiting if member.ended_at is not None]
    for member in waiting:
        member.state = MemberState.CHECKED_IN
        member.ended_at = member.ended_role = None
    if waiting:
        facts = {"members": [member.id for member in waiting]} | ({"again": again} if again else {})
        audit.note(me.id, "approve", workshop=workshop.id, **facts)
        tell(workshop.id)
    return waiting


def waiting(workshop_id: int) -> int:
    """How many people wait to be let in."""
    return db.session.scalar(
        select(func.count()).where(
            Membership.workshop_id == workshop_id, Membership.state == MemberState.PENDING
        )
    )


def most_waiting(workshop_id: int) -> int:
    """How many people may wait to be let in at once."""
    known = select(func.count()).where(
        Membership.workshop_id == workshop_id,
        Membership.state.not_in([MemberState.PENDING, MemberState.ENDED]),
    )
    return min(max(MOST_WAITING, TIMES_THE_REGISTER * db.session.scalar(known)), MOST_EVER)


def _check_crowd(workshop_id: int) -> None:
    """
    :raises Refused: as many wait as the people at the door can look at.
    """
    held = select(Workshop.id).where(Workshop.id == workshop_id).with_for_update(key_share=True)
    db.session.execute(held)  # so that two who come at once are not both the last
    if waiting(workshop_id) >= most_waiting(workshop_id):
        raise Refused(TOO_MANY)


def _speak_for(workshop, member: Membership, sector_id: int) -> None:
    """Whom somebody speaks for, by their own word. Who stands on the roll of a round says it at the desk.

    :raises NotNow: a round with this person on its roll is not finished.
    """
    before = member.sector_id
    if before == sector_id:
        return
    if member.id is not None and on_a_roll([member.id]):
        raise NotNow(ON_THE_ROLL)
    member.sector_id = sector_id
    if before is not None:
        facts = {"member": member.id, "sector": sector_id}
        audit.note(member.account_id, "own_sector", workshop=workshop.id, **facts)


def on_a_roll(membership_ids: list[int]) -> set[int]:
    """Those of these memberships that stand on the roll of a round that is not finished."""
    found: set[int] = set()
    for at in range(0, len(membership_ids), 500):
        part = RollEntry.membership_id.in_(membership_ids[at : at + 500])
        query = select(RollEntry.membership_id).join(Round, Round.id == RollEntry.round_id)
        found.update(db.session.scalars(query.where(part, Round.state.in_(UNFINISHED))))
    return found


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
