"""The same person twice: who at the door may be on the register already, and two accounts become one.

No undo: afterwards nobody can say which text came from which account. No ballot is touched and no pair
(person, ballot) comes into being: while a round is unfinished, nobody on its roll is joined into another
account, and whether they have voted is not even asked. Rolls of past rounds stay as they were.
"""

from __future__ import annotations

from collections import Counter
from typing import NamedTuple

from sqlalchemy import PrimaryKeyConstraint, UniqueConstraint, delete, select, update

from ...db import Base, begin_write, db, lock_session, utcnow
from ...models import Account, Login, Membership, RollEntry, Round, Session, Ticket
from ...similarity import Names, alike, words
from ...terms import N_, UNFINISHED, MemberState, Role, TicketKind
from .. import NotAllowed, NotNow, Refused, audit, join, prepare
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
}
LOGGED_IN = N_(
    "In dieses Konto ist gerade jemand angemeldet. Sind Sie das selbst, geben Sie dort zuerst das Gerät weiter;"
    " sonst bringen Sie die Karte bitte an den Einlass."
)
ON_THE_ROLL = N_(
    "Eine Abstimmung ist noch nicht abgeschlossen, und dieses Konto steht in ihrem Stimmverzeichnis."
    " Bitte verbinden Sie die Konten danach."
)
PERHAPS_KNOWN = N_(
    "Diese Person steht vielleicht schon im Register. Bitte sehen Sie beide an, und entscheiden Sie auf der Seite der"
    " Person."
)
HAS_RIGHTS = N_(
    "Dieses Konto hat noch andere Rechte, und Rechte gehen beim Verbinden nicht über. Bitte lassen Sie sie zuerst"
    " von der Geschäftsstelle oder der Verwaltung wegnehmen."
)


class Match(NamedTuple):
    """Somebody on the register who may be the person that waits, and what speaks for it."""

    row: object
    near_name: bool
    same_address: bool
    same_organisation: bool
    gone: bool = False  # moderation ended their place: only moderation lets in who is called like them
    on_roll: bool = False  # and they stand on the roll of an unfinished round


def likely(workshop_id: int, waiting: list) -> dict[int, list[Match]]:
    """membership id of who waits -> people on the register who may be the same; only where there are any.

    A place that somebody has taken counts like its person, and an address typed at the door like one of the register;
    and so does who was sent away, who may have voted already.
    """
    known = [row for row in prepare.register(workshop_id) if row.stands or row.gone]
    on_a_roll = join.on_a_roll([row.member.id for row in known if row.gone])
    by_id, found = {row.member.id: row for row in known}, {}
    names = Names((row.member.id, row.name) for row in known)
    for one in waiting:
        near = list(names.near(one.name))
        near += [row.member.id for row in known if _same_address(one, row) and row.member.id not in near]
        matches = [_match(one, by_id[id], on_a_roll) for id in near if id != one.member.id]
        if matches:
            found[one.member.id] = sorted(matches, key=lambda match: (not match.gone, not match.same_address))
    return found


def _same_address(one, row) -> bool:
    typed = one.member.typed_email
    return bool(typed) and typed in (row.account.email, row.member.typed_email)


def _match(one, row, on_a_roll: set[int]) -> Match:
    organisation = one.account.organisation.strip().casefold()
    return Match(
        row,
        alike(one.name, row.name),
        _same_address(one, row),
        bool(organisation) and organisation == row.account.organisation.strip().casefold(),
        row.gone,
        row.member.id in on_a_roll,
    )


def like_somebody_gone(found: list[Match]) -> bool:
    """Whether somebody who waits may be one whom moderation sent away: then it is moderation who lets them in."""
    return any(match.gone for match in found)


def expected(waiting: list, matches: dict[int, list[Match]]) -> dict[int, int]:
    """Who waits and is surely awaited, as whom of the register; ``matches`` as of :func:`likely`.

    That is somebody who fits one person of the register alone, who takes part and has never come in, and
    whom nobody else who waits fits too. Among several who are only alike it is the one of exactly the same name
    and organisation, where there is one on either side. All others are let in by somebody who has looked at them.
    """
    free = join.free([match.row.member for found in matches.values() for match in found])
    awaited = {}
    for row in waiting:
        one = _surely(row, matches.get(row.member.id, []))
        if one is None or join.by_moderation_alone(row.member) or join.taken(row.member):
            continue
        if like_somebody_gone(matches[row.member.id]):
            continue
        if one.row.member.id in free:
            awaited[row.member.id] = one
    rows = {row.member.id: row for row in waiting}
    every = [(rows.get(id), match) for id, found in matches.items() for match in found]
    claims = Counter(match.row.member.id for _, match in every)
    exact = Counter(match.row.member.id for row, match in every if row and _exact(row, match))
    return {
        id: one.row.member.id
        for id, one in awaited.items()
        if (exact if _exact(rows[id], one) else claims)[one.row.member.id] == 1
    }


def _surely(row, found: list[Match]) -> Match | None:
    """The one that this person is, if nothing speaks against it; an address is anybody's word, and is not enough."""
    exact = [match for match in found if _exact(row, match)]
    if (
        len(found) > 1
        and len(exact) == 1
        and not any(match.same_address for match in found if match not in exact)
    ):
        return exact[0]
    return found[0] if len(found) == 1 and _fits(row, found[0]) else None


def _exact(row, match: Match) -> bool:
    return match.same_organisation and words(row.name) == words(match.row.name)


def _fits(row, match: Match) -> bool:
    elsewhere = row.account.organisation and match.row.account.organisation and not match.same_organisation
    return match.near_name and (match.same_address or not elsewhere)


def is_same(workshop, me, membership_id: int, other_id: int) -> Membership:
    """ "Ist dieselbe Person": the first account is joined into the second; both are people of this workshop.

    Whoever was logged in to the first is logged in to the second from now on. So it is like a return code: the
    second's other logins end, it is recorded, and its person is told, on the page and by mail.

    :raises NotAllowed: the first has other rights or is known elsewhere.
    :raises NotNow: it stands on the roll of an unfinished round; or the second's place has ended.
    """
    begin_write()
    retired, kept = own(workshop, membership_id), own(workshop, other_id)
    if kept.state is MemberState.ENDED:
        raise NotNow(N_("Die andere Teilnahme ist beendet. Nehmen Sie sie zuerst wieder auf."))
    within = join.linkable(workshop, me.role, [retired, kept])
    if retired.id not in within:
        raise NotAllowed(
            N_(
                "Dieses Konto hat noch andere Rechte oder ist auch anderswo bekannt. Hier lässt es sich nicht verbinden."
            )
        )
    trusted = kept.id in within and kept.role is Role.PARTICIPANT
    if trusted:
        join.end_logins(kept.account_id)
        _tell_late(me, workshop, kept.account_id)
    _join(me.id, kept.account_id, retired.account_id, hand_over=trusted, workshop_id=workshop.id)
    return kept


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


def is_me(me_id: int, way, login=None) -> Account:
    """The person themselves, logged in to one account and with the card of the other: both become one.

    The card's place decides: they are here, as it would have made them, and speak for whom it says. Whoever had
    only said their name by the room's code is called what the register calls them.

    :param login: of the person; one that does not open their own place here is not let in by the card of another.
    :raises Gone: the card was used meanwhile, or only moderation lets its person in.
    :raises NotAllowed: the card's account has rights; joining moves none.
    :raises NotNow: somebody is logged in to the card's account; whoever found it does not take their place.
    """
    begin_write()
    account = way.account
    if join.elsewhere(account.id):
        raise NotNow(LOGGED_IN)
    me, place = db.session.get(Account, me_id), join.membership_of(way.workshop.id, me_id)
    if login is not None and join.shut(place, login):
        raise NotNow(join.PROVE_FIRST)
    theirs = opened(way)
    join.use(way.ticket)
    said = place is not None and (place.state is MemberState.PENDING or theirs.taken_by_id == place.id)
    only_said = said and not (me.email or me.password)
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
    for member in list(db.session.scalars(select(Membership).where(Membership.account_id == retired_id))):
        _carry_place(member, kept_id, card=card and member.workshop_id == workshop_id)
    join.void(Ticket.account_id == retired_id)
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
    if hand_over and kept.email is None and email:
        kept.email, kept.password = email, kept.password or password
    db.session.execute(
        update(Account).where(Account.joined_into_id == retired_id).values(joined_into_id=kept_id)
    )
    audit.note(actor_id, "join_accounts", workshop=workshop_id, kept=kept_id, retired=retired_id)


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
            there.state = member.state
    db.session.flush()
    others = update(Membership).where(Membership.taken_by_id == member.id)
    db.session.execute(others.values(taken_by_id=there.id))
    if in_the_room and there.state is not MemberState.ENDED:
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
