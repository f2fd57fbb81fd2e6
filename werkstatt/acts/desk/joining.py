"""Two accounts of one person become one: by the desk, or by the person themselves with their card.

No undo: afterwards nobody can say which text came from which account. No ballot is touched and no pair
(person, ballot) comes into being: while a round is unfinished, nobody on its roll is joined into another
account, and whether they have voted is not even asked. Rolls of past rounds stay as they were.
"""

from __future__ import annotations

from typing import NamedTuple

from sqlalchemy import PrimaryKeyConstraint, UniqueConstraint, delete, select, update

from ...db import Base, begin_write, db, lock_session, utcnow
from ...models import Account, Login, Mail, Membership, RollEntry, Round, Session, Ticket
from ...terms import N_, UNFINISHED, MemberState, Role, TicketKind
from .. import NotAllowed, NotNow, Refused, audit, join
from ..join.mailed import Reader
from .door import opened, own

NAMELESS = "–"
# The first four record who did it then; the others are carried over by hand, below.
NOT_CARRIED = {
    ("paper_batch", "account_id"),
    ("audit_entry", "actor_id"),
    ("annulment", "proposed_by_id"),
    ("annulment", "confirmed_by_id"),
    ("membership", "account_id"),
    ("login", "account_id"),
    ("mail", "account_id"),  # whoever is shown the mails of the kept account reads no address of the other
}
LOGGED_IN = N_(
    "In dieses Konto ist gerade jemand angemeldet. Sind Sie das selbst, geben Sie dort zuerst das Gerät weiter;"
    " sonst bringen Sie die Karte bitte an den Einlass."
)
NOT_BY_CARD = N_(
    "Zu diesem Konto gehört eine E-Mail-Adresse oder ein Passwort, oder es war schon jemand damit hier. Ist es auch"
    " Ihres? Dann bringen Sie die Karte bitte an den Einlass: Nur am Einlass lassen sich die beiden Konten verbinden."
)
ON_THE_ROLL = N_(
    "Eine Abstimmung ist noch nicht abgeschlossen, und dieses Konto steht in ihrem Stimmverzeichnis."
    " Bitte verbinden Sie die Konten danach."
)
HAS_RIGHTS = N_(
    "Dieses Konto hat noch andere Rechte, und Rechte gehen beim Verbinden nicht über. Bitte lassen Sie sie zuerst"
    " von der Geschäftsstelle oder der Verwaltung wegnehmen."
)


def is_same(workshop, me, membership_id: int, other_id: int) -> tuple[Membership, Reader | None]:
    """ "Ist dieselbe Person": the first account is joined into the second; both are people of this workshop.

    Whoever was logged in to the first is logged in to the second from now on. So it is like a return code: the
    second's other logins end, it is recorded, its place here is open, and its person is told, on the page and by mail.

    :returns: the place that stays; and the first account as it was, if its address holds no more: to write to.
    :raises NotAllowed: the first has other rights or is known elsewhere.
    :raises NotNow: it stands on the roll of an unfinished round; or the second's place has ended.
    """
    begin_write()
    retired, kept = own(workshop, membership_id), own(workshop, other_id)
    if kept.state is MemberState.ENDED and not (join.taken(kept) and kept.taken_by_id == retired.id):
        sentence = N_("Die andere Teilnahme ist beendet. Nehmen Sie sie zuerst wieder auf.")
        raise NotNow(join.TAKEN if join.taken(kept) else sentence)
    if retired.id not in join.linkable(workshop, me.role, [retired]):
        raise NotAllowed(
            N_(
                "Dieses Konto hat noch andere Rechte oder ist auch anderswo bekannt. Hier lässt es sich nicht verbinden."
            )
        )
    trusted = kept.id in trusting(workshop, me.role, [kept])
    leaving = db.session.get(Account, retired.account_id)
    before = Reader(leaving.id, leaving.name, leaving.email, leaving.language)
    if trusted:
        join.end_logins(kept.account_id)
        join.open_places(db.session.get(Account, kept.account_id), workshop.id)
        _tell_late(me, workshop, kept.account_id)
    _join(me.id, kept.account_id, retired.account_id, hand_over=trusted, workshop_id=workshop.id)
    holds = before.email == db.session.get(Account, kept.account_id).email
    return kept, before if before.email and not holds else None


def trusting(workshop, role: Role, members: list[Membership]) -> set[int]:
    """The ids of those into whose accounts the desk may let another login by joining, as by a return code."""
    within = join.linkable(workshop, role, members)
    return {one.id for one in members if one.id in within and one.role is Role.PARTICIPANT}


class Choice(NamedTuple):
    """Two people as they can be joined: whose account stays, and what becomes of the other's login and address."""

    retired: object
    kept: object
    trusted: bool
    lost: str | None  # the address that holds no more
    moved: str | None  # the address that goes along


def choice(workshop, role: Role, row, other) -> Choice:
    """``row`` joined into ``other``; the other way round where only that can be done here, or ``row`` has its place."""
    within = join.linkable(workshop, role, [row.member, other.member])
    turned = (
        join.taken(row.member) and row.member.taken_by_id == other.member.id and other.member.id in within
    )
    if turned and row.member.id not in within:
        row, other = other, row
    trusted = other.member.id in trusting(workshop, role, [other.member])
    stays = trusted and not other.account.email
    email = row.account.email
    return Choice(row, other, trusted, None if stays else email, email if stays else None)


def _tell_late(me, workshop, account_id: int) -> None:
    """Whoever logs in as this person in the next day reads who has let another login into their account."""
    made = join.issue(
        TicketKind.JOINED, account_id=account_id, workshop_id=workshop.id, issued_by_id=me.id
    ).ticket
    made.used_at, made.ended_logins = utcnow(), True


def has_place_of(me_id: int, way) -> bool:
    """Whether this person was let in as the one whose card this is: with it they are the same, and that is all."""
    theirs = join.membership_of(way.workshop.id, way.account.id)
    mine = db.session.get(Membership, theirs.taken_by_id) if join.taken(theirs) else None
    return mine is not None and mine.account_id == me_id


def may_be_me(me_id: int, way) -> bool:
    """Whether the card of an account is enough for whoever is logged in to another one to join the two.

    Joined, the card's account is no more: neither its name on the register nor its address brings its person back.
    So not where somebody has come in as that person. And what has an address goes only to whom nothing but a
    name said at the door is known of, so that the address stays: this does no more than the card alone would.
    Whoever sat down apart joins what the desk made for them.
    """
    me, account = db.session.get(Account, me_id), way.account
    place = join.membership_of(way.workshop.id, me_id)
    theirs = join.membership_of(way.workshop.id, account.id)
    if join.taken(place) and theirs is not None and place.taken_by_id == theirs.id:
        return not (account.email or account.password)
    if account.id in join.came([account.id]):
        return False
    return account.email is None or _only_said(me, place, theirs)


def _only_said(me: Account, place: Membership | None, theirs: Membership | None) -> bool:
    """Whether all that is known of somebody is a name: they wait here, or were let in as whom the card says."""
    let_in_so = theirs is not None and place is not None and theirs.taken_by_id == place.id
    said = let_in_so or (place is not None and place.state is MemberState.PENDING)
    return said and not (me.email or me.password)


def is_me(me_id: int, way, login=None) -> Account:
    """The person themselves, logged in to one account and with the card of the other: both become one.

    The card's place decides: they are here, as it would have made them, and speak for whom it says. Whoever had
    only said their name by the room's code is called what the register calls them.

    :param login: of the person; one that does not open their own place here is not let in by the card of another.
    :raises Gone: the card was used meanwhile, or only moderation lets its person in.
    :raises NotAllowed: the card's account has rights; joining moves none.
    :raises NotNow: somebody is logged in to the card's account, or it is somebody's already (:func:`may_be_me`):
        whoever found it does not take their place.
    """
    begin_write()
    account = way.account
    if join.elsewhere(account.id):
        raise NotNow(LOGGED_IN)
    me, place = db.session.get(Account, me_id), join.membership_of(way.workshop.id, me_id)
    if login is not None and join.shut(place, login):
        raise NotNow(join.PROVE_FIRST)
    theirs = opened(way)
    if join.has_rights(account.id):
        raise NotAllowed(HAS_RIGHTS)
    if not may_be_me(me_id, way):
        raise NotNow(NOT_BY_CARD)
    join.use(way.ticket)
    only_said = _only_said(me, place, theirs)
    called = account.name, account.organisation
    _join(me_id, me_id, account.id, hand_over=True, workshop_id=way.workshop.id, card=True)
    if only_said:
        me.name, me.organisation = called
    return me


def _join(
    actor_id: int, kept_id: int, retired_id: int, *, hand_over: bool, workshop_id: int, card: bool = False
) -> None:
    """
    :param hand_over: logins and address go along; else the retired account's logins end.
    :param card: by the retired one's card in this workshop, so that its place there decides.
    """
    if kept_id == retired_id:
        raise Refused(N_("Das ist schon ein und dasselbe Konto."))
    if join.has_rights(retired_id):
        raise NotAllowed(HAS_RIGHTS)
    _check_rolls(retired_id)
    kept, retired = db.session.get(Account, kept_id), db.session.get(Account, retired_id)
    goes_along = hand_over and kept.email is None and bool(retired.email)
    for member in list(db.session.scalars(select(Membership).where(Membership.account_id == retired_id))):
        _carry_place(member, kept_id, card=card and member.workshop_id == workshop_id)
    _end_ways(retired_id, but_mailed=goes_along)
    _carry_rows(kept_id, retired_id)
    if hand_over:
        db.session.execute(
            update(Login)
            .where(Login.account_id == retired_id)
            .values(account_id=kept_id, confirmed_at=None, proven=False)
        )
    else:
        db.session.execute(delete(Login).where(Login.account_id == retired_id))
    email, password = retired.email, retired.password
    retired.email = retired.password = None
    retired.name, retired.organisation = NAMELESS, ""
    retired.joined_into_id, retired.blocked_at = kept_id, utcnow()
    db.session.flush()
    if goes_along:
        kept.email, kept.password = email, kept.password or password
    db.session.execute(
        update(Account).where(Account.joined_into_id == retired_id).values(joined_into_id=kept_id)
    )
    audit.note(actor_id, "join_accounts", workshop=workshop_id, kept=kept_id, retired=retired_id)


def _end_ways(retired_id: int, *, but_mailed: bool) -> None:
    """What opens the retired account is over; but what was mailed to an address that goes along is still its reader's."""
    mailed = Ticket.id.in_(select(Mail.ticket_id).where(Mail.ticket_id.is_not(None)))
    ways = mailed & Ticket.kind.in_([TicketKind.LOGIN, TicketKind.INVITATION])
    join.void(Ticket.account_id == retired_id, *([~ways] if but_mailed else []))


def _unprove(account_id: int) -> None:
    """A place comes along that waits for the reader of another address than this account's people have shown."""
    db.session.execute(update(Login).where(Login.account_id == account_id).values(proven=False))
    db.session.get(Account, account_id).password_proven = False


def _check_rolls(retired_id: int) -> None:
    """
    :raises NotNow: the account stands on the roll of a round that is not finished.
    """
    places = select(Membership.workshop_id).where(Membership.account_id == retired_id)
    sessions = select(Session.id).where(Session.workshop_id.in_(places)).order_by(Session.id)
    for session_id in list(db.session.scalars(sessions)):
        lock_session(session_id, alone=False)  # so that no round opens meanwhile
    entry = (
        select(RollEntry.round_id)
        .join(Round, Round.id == RollEntry.round_id)
        .join(Membership, Membership.id == RollEntry.membership_id)
        .where(Membership.account_id == retired_id, Round.state.in_(UNFINISHED))
    )
    if db.session.scalar(entry.limit(1)) is not None:
        raise NotNow(ON_THE_ROLL)


def _carry_place(member: Membership, kept_id: int, *, card: bool) -> None:
    """A place goes to the kept account, or ends where that has one; its roll entries stay with it."""
    there = join.membership_of(member.workshop_id, kept_id)
    if there is None:
        member.account_id = kept_id
        if card:
            join.open_place(member)
        if member.reserved:
            _unprove(kept_id)
        if card and member.sector_id is not None:
            member.state = MemberState.CHECKED_IN
            join.tell(member.workshop_id)
        return
    in_the_room = member.state in (MemberState.PENDING, MemberState.CHECKED_IN)
    if card and there.state is MemberState.PENDING and not join.by_moderation_alone(there):
        in_the_room, there.sector_id = True, member.sector_id or there.sector_id
    elif card and there.state is not MemberState.PENDING:
        in_the_room = True
    there.sector_id = there.sector_id or member.sector_id
    there.table_id = there.table_id or member.table_id
    if there.taken_by_id == member.id:
        there.taken_by_id = None
        there.sector_id, there.table_id = (
            member.sector_id or there.sector_id,
            member.table_id or there.table_id,
        )
        if there.state is MemberState.ENDED and there.ended_at is None:  # only for that somebody else had it
            there.state = MemberState.ACTIVE if in_the_room else member.state
    db.session.flush()
    others = update(Membership).where(Membership.taken_by_id == member.id)
    db.session.execute(others.values(taken_by_id=there.id))
    if card:
        join.open_place(there)
    if (
        in_the_room and there.state is not MemberState.ENDED and not there.reserved
    ):  # else they could not vote
        there.state = MemberState.CHECKED_IN
    member.state = MemberState.ENDED
    db.session.flush()
    join.tell(member.workshop_id)


def _carry_rows(kept_id: int, retired_id: int) -> None:
    """Whatever names the retired account names the kept one from now on; where both were named, one stays."""
    for table in Base.metadata.sorted_tables:
        for column in table.columns:
            names_account = any(key.column is Account.__table__.c.id for key in column.foreign_keys)
            if not names_account or (table.name, column.name) in NOT_CARRIED or table.name == "account":
                continue
            for others in _unique_with(table, column):
                twin = table.alias()
                same = [twin.c[other.name] == other for other in others]
                taken = select(1).where(twin.c[column.name] == kept_id, *same).exists()
                db.session.execute(delete(table).where(column == retired_id, taken))
            db.session.execute(update(table).where(column == retired_id).values({column.name: kept_id}))


def _unique_with(table, column):
    """For each promise of uniqueness that holds this column: the other columns in it."""
    for promise in table.constraints:
        if isinstance(promise, (UniqueConstraint, PrimaryKeyConstraint)) and column in list(promise.columns):
            yield [other for other in promise.columns if other is not column]
