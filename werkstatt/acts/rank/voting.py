"""One voter's ballot: read a form's places, cast, and see again what one has cast oneself."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache

from sqlalchemy import bindparam, select, text

from ...counting import BallotError, Ranking, validate
from ...db import Asked, db, lock_session
from ...models import Ballot, CheckCode, Membership, RollEntry, Round, RoundItem, Sector, Session
from ...secrecy import (
    BrokenSeal,
    KeyFolder,
    KeyGone,
    KeyMissing,
    RoundKeys,
    order_of,
    pack,
    unpack,
)
from ...terms import N_, MemberState, Phase, RoundState
from .. import Missing, NotAllowed, NotNow, NotReady, Refused
from .ending import Arrival, too_late

PROBLEM_INTERRUPTED = "interrupted"  # restored from a backup: it lacks ballots, or its key was destroyed
CLOSED = N_("Die Abstimmung ist geschlossen. Diese Fassung wurde nicht mehr gezählt.")
COUNTED = N_(
    "Die Abstimmung ist geschlossen. Was jetzt ankommt, wird nicht mehr gezählt; es gilt, was vorher gespeichert wurde."
)
TAKEN_BACK = N_(
    "Die Abstimmung wurde zurückgenommen. Abgegebene Stimmen sind vernichtet, auch diese Fassung zählt nicht."
    " Grund: „%(reason)s“. Bitte stimmen Sie nach der neuen Öffnung noch einmal ab."
)
INTERRUPTED = N_(
    "Diese Abstimmung wurde unterbrochen und wird wiederholt. Diese Fassung wurde nicht gespeichert."
)
NOT_ON_ROLL = N_("Sie stehen nicht im Stimmverzeichnis dieser Abstimmung.")
ON_PAPER = N_(
    "Sie stimmen auf Papier ab und haben deshalb keinen elektronischen Stimmzettel. Stimmt das nicht: bitte Hand heben."
)
CHANGED = N_(
    "Inzwischen liegt eine neuere Fassung Ihrer Stimme vor, abgegeben in einem anderen Fenster oder auf"
    " einem anderen Gerät. Wenn diese hier gelten soll, geben Sie sie noch einmal ab."
)
GONE = N_(
    "Auf dem Server liegt keine elektronische Stimme von Ihnen; war eine da, ist sie gelöscht, zum Beispiel weil Sie"
    " zwischenzeitlich auf Papier eingetragen waren. Bitte geben Sie noch einmal ab."
)


class TooLate(NotNow):
    """The round takes nothing any more."""


# What a cast asks, built once: a thousand people cast in the same minute.
_round, _session, _member, _entry = (model.__table__ for model in (Round, Session, Membership, RollEntry))
WHETHER_OPEN = (
    *(_round.c[name] for name in ("id", "state", "key_id", "list_hash", "deadline_at", "options", "problem")),
    _session.c.phase,
)
WHETHER_VOTER = (
    _member.c.state.label("member_state"),
    _entry.c.membership_id.label("on_roll"),
    _entry.c.on_paper,
)
ROUND_AND_VOTER = Asked(
    select(*WHETHER_OPEN, *WHETHER_VOTER)
    .join(_session, _session.c.id == _round.c.session_id)
    .join(_member, _member.c.id == bindparam("member"))
    .outerjoin(_entry, (_entry.c.round_id == _round.c.id) & (_entry.c.membership_id == _member.c.id))
    .where(_round.c.id == bindparam("round"), _round.c.session_id == bindparam("session"))
)
ON_ROLL = Asked(
    select(_entry.c.on_paper).where(
        _entry.c.round_id == bindparam("round"), _entry.c.membership_id == bindparam("member")
    )
)
_ballot = Ballot.__table__
OWN_BALLOT = Asked(
    select(_ballot.c.box, _ballot.c.rev).where(
        _ballot.c.round_id == bindparam("round"), _ballot.c.handle == bindparam("handle")
    )
)

# One row changes or none: the old revision must be the one that the voter saw, and no ballot at all is revision 0.
# Otherwise a revision could be made up that no page can ever follow.
FIRST = Asked(
    text(
        "INSERT INTO ballot (round_id, handle, box, rev) VALUES (:round_id, :handle, :box, :rev)"
        " ON CONFLICT (round_id, handle) DO NOTHING"
    )
)
NEXT = Asked(
    text(
        "UPDATE ballot SET box = :box, rev = :rev"
        " WHERE round_id = :round_id AND handle = :handle AND rev = :rev - 1"
    )
)


@dataclass(frozen=True)
class Standing:
    """Where a voter stands in a round: ``rev`` 0 means no ballot yet.

    ``vote`` is there only for the login that cast it; ``order`` is the voter's own order of the
    unsorted items; ``code`` the check code, which stays the same whether and however often one casts;
    ``box`` the sealed ballot as it lies there, different after every cast.
    """

    rev: int
    vote: Ranking | None
    order: list[int]
    code: str
    box: bytes = b""


def unfinished(session_id: int) -> Round | None:
    """The session's one unfinished round, if there is one."""
    states = (
        RoundState.OPEN,
        RoundState.CLOSING,
        RoundState.COUNTED,
        RoundState.CLOSED,
        RoundState.CANCELLING,
    )
    query = select(Round).where(Round.session_id == session_id, Round.state.in_(states))
    return db.session.scalars(query).one_or_none()


def standing(round, member_id: int, login_tag: str, keys: KeyFolder, n_items: int) -> Standing:
    """What this login may see of its own ballot; another login of the same person sees that there is one.

    :raises NotReady: the round's key cannot be read at the moment.
    """
    key = _key(keys, round)
    parts = RoundKeys(key, round.id)
    handle = parts.handle(member_id)
    row = _row(round.id, handle)
    order = order_of(key, member_id, n_items)
    if row is None:
        return Standing(0, None, order, parts.code(handle))
    try:
        tag, packed = parts.unseal(handle, row.rev, row.box)
    except BrokenSeal:
        tag, packed = "", b""  # it can be replaced; the close asks the moderator about it
    vote = unpack(packed) if tag == login_tag else None
    return Standing(row.rev, vote, order, parts.code(handle), bytes(row.box))


class Before(int):
    """A revision that was stored before, with just what is sent now."""


def cast(
    session,
    me,
    keys: KeyFolder,
    round_id: int,
    *,
    login_tag: str,
    list_hash: str,
    rev: int,
    vote: Ranking,
    arrived: datetime | Arrival,
) -> int:
    """Seal and store a ballot: one row, no trace of who or when.

    :param login_tag: names the login inside the box, the only one that is shown the ranking again.
    :param rev: the revision that the voter saw (0: none).
    :param arrived: when the request reached the application; this moment decides about the deadline.
    :returns: the revision that holds now; what this login has stored already is saved, whatever its revision
        (:class:`Before`), and before the count also when it is sent again too late. Content of another login is never told
        from a different one: whoever may replace a ballot could read it by guessing.
    :raises NotNow: closed; another list; a newer revision with other content.
    :raises NotAllowed: not on the roll.
    :raises NotReady: the round's key cannot be read at the moment.
    """
    lock_session(session.id, alone=False)
    round = _round_and_voter(session.id, me, round_id)
    packed = packed_for(vote, len(letters(round)))
    try:
        check_open(round, list_hash, arrived)
    except TooLate:
        return _saved_before(round, me, keys, login_tag, packed, list_hash)
    if round.member_state is MemberState.ENDED:
        raise not_on_roll()
    check_voter(round)
    parts = RoundKeys(_key(keys, round), round.id)
    handle, stored = parts.handle(me.membership.id), rev + 1
    box = parts.seal(handle, stored, login_tag, packed)
    if not written(round_id=round.id, handle=handle, box=box, rev=stored):
        return _held(parts, handle, login_tag, packed, otherwise=NotNow(CHANGED), if_none=NotNow(GONE))
    return stored


def written(connection=None, *, rev: int, **ballot) -> bool:
    """Store a ballot that is the first one, or that replaces the revision before; whether it is stored."""
    return (FIRST if rev == 1 else NEXT).change(connection, rev=rev, **ballot) == 1


def _saved_before(round, me, keys: KeyFolder, login_tag: str, packed: bytes, list_hash: str) -> int:
    """The revision of what is sent again too late; :raises TooLate: when it is not stored, or nobody can tell."""
    if round.state in (RoundState.CANCELLING, RoundState.CANCELLED):
        raise TooLate(TAKEN_BACK, reason=round.options.get("cancel_reason", ""))
    if round.state not in (RoundState.OPEN, RoundState.CLOSING) or round.list_hash != list_hash:
        raise TooLate(COUNTED)
    try:
        parts = RoundKeys(keys.read(round.key_id), round.id)
    except (KeyGone, KeyMissing) as no:
        raise TooLate(COUNTED) from no
    return _held(parts, parts.handle(me.membership.id), login_tag, packed, otherwise=TooLate(CLOSED))


def packed_for(vote: Ranking, n_items: int) -> bytes:
    """The ranking as it is sealed.

    :raises Refused: it does not fit a list of so many items.
    """
    try:
        validate(vote, n_items)
    except BallotError as no:
        raise Refused(N_("Diese Reihenfolge passt nicht zur Liste.")) from no
    return pack(vote, n_items)


def _held(
    parts: RoundKeys,
    handle: bytes,
    login_tag: str,
    packed: bytes,
    *,
    otherwise: Refused,
    if_none: Refused | None = None,
) -> int:
    """The stored revision, if this login has stored just this content; else a refusal is raised."""
    row = _row(parts.round_id, handle)
    if row is None and if_none is not None:
        raise if_none
    with contextlib.suppress(BrokenSeal):
        if row is not None and parts.unseal(handle, row.rev, row.box) == (login_tag, packed):
            return Before(row.rev)
    raise otherwise


def check_codes(round_id: int) -> list[str]:
    """All check codes of a counted round, sorted; twice where two ballots share one."""
    rows = db.session.execute(
        select(CheckCode.code, CheckCode.times).where(CheckCode.round_id == round_id).order_by(CheckCode.code)
    )
    return [code for code, times in rows for _ in range(times)]


def last_cancelled(session_id: int) -> Round | None:
    """The newest round, if it was taken back: everybody is told."""
    query = select(Round).where(Round.session_id == session_id).order_by(Round.number.desc()).limit(1)
    newest = db.session.scalars(query).first()
    gone = (RoundState.CANCELLED, RoundState.CANCELLING)
    return newest if newest is not None and newest.state in gone else None


def taken_back_before(round) -> int | None:
    """The round just before this one, if it was taken back: orders of it go on as drafts."""
    query = (
        select(Round.id, Round.state)
        .where(Round.session_id == round.session_id, Round.number < round.number)
        .order_by(Round.number.desc())
        .limit(1)
    )
    before = db.session.execute(query).first()
    return before.id if before is not None and before.state is RoundState.CANCELLED else None


def takes_ballots(round) -> bool:
    """Whether the round is in a state in which a ballot can still be cast or read back."""
    return round.state in (RoundState.OPEN, RoundState.CLOSING) and round.problem != PROBLEM_INTERRUPTED


def letters(round) -> tuple[str, ...]:
    """The letters of the frozen list, in item order."""
    return _letters(round.id, round.list_hash)


@lru_cache(maxsize=100)
def _letters(round_id: int, _list_hash: str) -> tuple[str, ...]:
    """Asked of the database once a process: the list under a hash never changes."""
    query = select(RoundItem.letter).where(RoundItem.round_id == round_id).order_by(RoundItem.position)
    return tuple(db.session.scalars(query))


def sector_title(membership) -> str:
    """Whom a member speaks for, in the process's words."""
    if membership is None or membership.sector_id is None:
        return ""
    return db.session.scalar(select(Sector.title).where(Sector.id == membership.sector_id)) or ""


def not_on_roll() -> NotAllowed:
    return NotAllowed(NOT_ON_ROLL)


def not_yet(round) -> NotNow:
    """Why there are no check codes to see: not counted yet, or not to be counted any more."""
    if round.state is RoundState.ANNULLED:
        return NotNow(N_("Diese Abstimmung wurde für ungültig erklärt; ihre Prüfcodes gelten nicht mehr."))
    return NotNow(N_("Die Prüfcodes stehen hier, sobald die Abstimmung geschlossen ist."))


def on_roll(round_id: int, membership) -> bool:
    """Whether this member may vote in this round."""
    return votes_by(round_id, membership) is not None


def votes_by(round_id: int, membership) -> str | None:
    """How this member votes in this round: ``"device"`` or ``"paper"``; ``None`` off the roll."""
    row = ON_ROLL.first(round=round_id, member=membership.id) if membership else None
    return None if row is None else "paper" if row.on_paper else "device"


def _round_and_voter(session_id: int, me, round_id: int):
    """The round as a Core row, and whether this person votes in it."""
    if me.membership is None:
        raise not_on_roll()
    asked = {"session": session_id, "round": round_id, "member": me.membership.id}
    row = ROUND_AND_VOTER.first(**asked)
    if row is None:
        raise Missing()
    return row


def check_open(round, list_hash: str, arrived: datetime | Arrival) -> None:
    """Whether a round takes what came then for this list.

    :param round: its columns, and the session's ``phase``.
    :raises TooLate: it takes nothing any more. :raises NotNow: another list; interrupted.
    """
    open_still = round.state in (RoundState.OPEN, RoundState.CLOSING) and round.phase is Phase.RANK
    if not open_still or too_late(round, arrived):
        raise TooLate(CLOSED)
    if round.problem == PROBLEM_INTERRUPTED:
        raise NotNow(INTERRUPTED)
    if round.list_hash != list_hash:
        raise NotNow(
            N_(
                "Diese Seite zeigt eine andere Liste als die offene Abstimmung. Bitte laden Sie die Seite neu."
            )
        )


def check_voter(voter) -> None:
    """Whether somebody is on the roll (``on_roll``) and votes on a device (not ``on_paper``)."""
    if voter.on_roll is None:
        raise not_on_roll()
    if voter.on_paper:
        raise NotNow(ON_PAPER)


def _row(round_id: int, handle: bytes):
    return OWN_BALLOT.first(round=round_id, handle=handle)


def _key(keys: KeyFolder, round) -> bytes:
    try:
        return keys.read(round.key_id)
    except KeyGone as no:
        raise NotNow(CLOSED) from no
    except KeyMissing as no:
        raise NotReady(
            N_(
                "Ihre Stimme kann gerade nicht gespeichert werden: Dem Server fehlt der Schlüssel. Bitte Hand heben."
            )
        ) from no
