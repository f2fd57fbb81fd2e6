"""Let in who waits: as themselves, or as the person of the register that they are (:mod:`..join.single`).

And who stands at the desk and reads no mail, while the desk may hand out no way into their account, because it
opens more than this workshop: **apart**. A login opens an account everywhere, so there is none that could be
meant for one workshop alone. Instead the person sits down with an account of its own, without address or password,
and the register's entry is taken by it (:mod:`..join.single`): its account, and whatever that opens elsewhere, stays
as it was, and so does its right to the place. Its address is told; whoever comes in by it waits, and moderation
settles whose place it is, or makes the two accounts one.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable

from ...db import begin_write, db, utcnow
from ...models import Account, Membership, Workshop
from ...terms import N_, MemberState, Role
from .. import Missing, NotAllowed, NotNow, audit, join, prepare
from ..office.process import darken
from .door import own
from .same import PERHAPS_KNOWN, Match, like_somebody_gone, likely

NOT_FREE = N_(
    "Diesen Platz im Register kann niemand mehr einnehmen: Jemand ist damit schon hereingekommen, oder er wurde"
    " inzwischen vergeben. Bitte sehen Sie beide an."
)
NO_PLACE_APART = N_(
    "Ein eigenes Konto für hier gibt es nur für Personen aus dem Register, die noch nicht da sind und für die es weder Karte"
    " noch Code gibt. Bitte sehen Sie die Seite der Person neu an."
)
HOLDER_VOTES = N_(
    "Eine Abstimmung ist noch nicht abgeschlossen, und wer den Platz hat, steht in ihrem Stimmverzeichnis."
    " Bitte entscheiden Sie danach."
)


def let_in(workshop, me, membership_id: int, *, seen: Collection[int] = ()) -> None:
    """As themselves: somebody else than all those of the register who were shown beside them.

    :param seen: their membership ids.
    :raises NotNow: somebody of the register may be this person, and was not shown.
    :raises NotAllowed: a helper, for whoever may be somebody whose place was ended.
    """
    begin_write()
    matches = _who_is_alike(workshop, me, membership_id)
    if any(match.row.member.id not in seen for match in matches):
        raise NotNow(PERHAPS_KNOWN)
    join.approve(workshop, me, [membership_id])


def let_in_all(workshop, me, membership_ids: Collection[int], pairs: Iterable[tuple[int, int]]) -> list[int]:
    """Many at one press: the ticked ones as themselves, as far as nobody of the register may be one of them.

    :param pairs: who is let in as whom of the register; where that does not go any more, they wait on.
    :returns: the membership ids whose places were taken.
    """
    begin_write()
    ticked = [row for row in prepare.waiting(workshop.id) if row.member.id in membership_ids]
    known = likely(workshop.id, ticked) if ticked else {}
    strangers = [row.member.id for row in ticked if row.member.id not in known]
    join.approve(workshop, me, strangers, together=True)
    taken, pairs = [], list(pairs)
    named = {waiting_id for waiting_id, _ in pairs}
    alike = likely(workshop.id, [row for row in prepare.waiting(workshop.id) if row.member.id in named])
    for waiting_id, known_id in pairs:
        if like_somebody_gone(alike.get(waiting_id, [])):
            continue
        try:
            take_place(workshop, me, waiting_id, known_id)
        except (Missing, NotNow):
            continue
        taken.append(known_id)
    return taken


def take_place(workshop, me, waiting_id: int, known_id: int) -> Membership:
    """Whoever waits is this person of the register, and has their place from now on; see the rule there.

    :raises NotNow: not waiting any more; or the place is not free any more, or stands on an open roll.
    :raises NotAllowed: a helper, for whoever may be somebody whose place was ended.
    """
    begin_write()
    waiting, known = own(workshop, waiting_id), own(workshop, known_id)
    prepare.row(workshop.id, known_id)  # not of a deleted account
    if waiting.state is not MemberState.PENDING or join.by_moderation_alone(waiting) or join.taken(waiting):
        raise NotNow(PERHAPS_KNOWN)
    if known.id not in join.free([known]) or join.on_a_roll([known.id]):
        raise NotNow(NOT_FREE)
    _who_is_alike(workshop, me, waiting.id)
    waiting.sector_id = known.sector_id or waiting.sector_id
    waiting.table_id = known.table_id or waiting.table_id
    known.state, known.taken_by_id = MemberState.ENDED, waiting.id
    db.session.flush()
    audit.note(me.id, "take_place", workshop=workshop.id, member=waiting.id, place=known.id)
    join.approve(workshop, me, [waiting.id])
    return known


def _who_is_alike(workshop, me, membership_id: int) -> list[Match]:
    """Whom of the register somebody who waits may be.

    :raises NotAllowed: a helper, for whoever may be somebody whose place was ended.
    """
    waiting = [row for row in prepare.waiting(workshop.id) if row.member.id == membership_id]
    matches = likely(workshop.id, waiting).get(membership_id, [])
    if like_somebody_gone(matches) and me.role not in (Role.MODERATOR, Role.ORGANISER):
        raise NotAllowed(join.LIKE_SOMEBODY_GONE)
    return matches


def may_apart(workshop, role: Role, member: Membership) -> bool:
    """Whether a participant who is expected here can sit down apart: no card, code or link may be handed to them."""
    account = db.session.get(Account, member.account_id)
    return (
        member.role is Role.PARTICIPANT
        and member.state in (MemberState.INVITED, MemberState.ACTIVE)
        and member.taken_by_id is None
        and account.blocked_at is None
        and member.id not in join.reachable(workshop, role, [member])
        and not join.on_a_roll([member.id])
    )


def apart(workshop, me, membership_id: int) -> Membership:
    """Somebody of the register sits down with an account of its own; see above. Present, if it is known for whom they speak.

    :raises NotNow: their own account's card or code will do; or their place is not free, or stands on an open roll.
    """
    begin_write()
    known = own(workshop, membership_id)
    if not may_apart(workshop, me.role, known):
        raise NotNow(NO_PLACE_APART)
    called = prepare.row(workshop.id, known.id).account
    account = Account(name=called.name, organisation=called.organisation)
    db.session.add(account)
    db.session.flush()
    made = Membership(workshop_id=workshop.id, account_id=account.id)
    made.sector_id, made.table_id = known.sector_id, known.table_id
    made.state = MemberState.ACTIVE if known.sector_id is None else MemberState.CHECKED_IN
    db.session.add(made)
    db.session.flush()
    known.state, known.taken_by_id = MemberState.ENDED, made.id
    db.session.flush()
    darken(Workshop.id == workshop.id)
    audit.note(me.id, "sit_apart", workshop=workshop.id, member=made.id, place=known.id)
    join.tell(workshop.id)
    return made


def holder(membership: Membership):
    """The row of whoever has the place of this member, if somebody else has."""
    return prepare.row(membership.workshop_id, membership.taken_by_id) if join.taken(membership) else None


def held(membership: Membership):
    """The row of whose place of the register this member has, if it is somebody else's."""
    rows = prepare.register(membership.workshop_id)
    return next((row for row in rows if row.taken and row.member.taken_by_id == membership.id), None)


def at_hand(matches: list[Match], who: int | None = None) -> list[Match]:
    """The same with whoever has a place instead of an entry that is taken: with them somebody can be joined.

    :param who: the membership id of whom they are matches of: nobody is their own double.
    """
    found: dict[int, Match] = {}
    for match in matches:
        here = match._replace(row=holder(match.row.member)) if match.row.taken else match
        if here.row.member.id == who:
            continue
        if here.row.member.id not in found or not match.row.taken:
            found[here.row.member.id] = here
    return list(found.values())


def owner_of(membership_id: int) -> Account:
    """The account that the register names for a place, to write to."""
    return db.session.get(Account, db.session.get(Membership, membership_id).account_id)


def settle(workshop, me, membership_id: int, *, both: bool) -> Membership:
    """Somebody came whose place was taken: it is theirs, and the other one's time here ends; or they are two people.

    :raises NotNow: the place is nobody else's; or who has it stands on the roll of an unfinished round.
    """
    begin_write()
    member = own(workshop, membership_id)
    if not join.taken(member):
        raise NotNow(N_("Darüber wurde inzwischen schon entschieden."))
    other = own(workshop, member.taken_by_id)
    if not both:
        if join.on_a_roll([other.id]):
            raise NotNow(HOLDER_VOTES)
        _end(workshop, other)
    here = member.state is MemberState.PENDING and (
        member.sector_id is not None or member.role is not Role.PARTICIPANT
    )
    member.state = MemberState.CHECKED_IN if here else MemberState.ACTIVE
    member.taken_by_id = None
    db.session.flush()
    audit.note(me.id, "settle_place", workshop=workshop.id, member=member.id, other=other.id, both=both)
    join.tell(workshop.id)
    return member


def _end(workshop, member: Membership) -> None:
    if member.state is MemberState.ENDED:
        return
    member.state = MemberState.ENDED
    member.ended_at, member.ended_role = utcnow(), member.role
    darken(Workshop.id == workshop.id)
