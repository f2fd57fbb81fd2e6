"""What the moderator does while a round is unfinished, and what the console shows of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta

from sqlalchemy import func, select

from ...db import db, utcnow
from ...models import (
    Account,
    AuditEntry,
    ClerkLease,
    Membership,
    Result,
    RollEntry,
    Round,
    RoundItem,
    Sector,
    Session,
)
from ...permits import Action
from ...secrecy import KeyFolder
from ...similarity import Names
from ...terms import N_, UNFINISHED, MemberState, Role, RoundState
from .. import Missing, NotAllowed, NotNow, Refused, audit, join
from ..hold import hold, touch
from .ending import announced, end_of, grace_of, is_over
from .opening import STAFF
from .roll import entered, marked
from .turnout import turnout
from .voting import PROBLEM_INTERRUPTED, unfinished

EXTENSION = timedelta(minutes=2)
PATIENCE = timedelta(seconds=3)  # a clerk that runs is quicker
PROBLEM_KEY, PROBLEM_ORPHANS, PROBLEM_PAPERS, PROBLEM_FAILED = "key", "orphans", "papers", "failed"


@dataclass(frozen=True)
class RoundDesk:
    """The console's look at rounds: the unfinished one, its turnout, late-comers, problems, earlier rounds."""

    round: Round | None
    cast: int
    roll: int
    late: int
    items: int
    candidates: list[tuple[int, str, str]]  # membership id, name, sector
    orphans: int
    earlier: list[Round]
    alike: dict[int, list[tuple[str, MemberState]]] = field(default_factory=dict)  # see :func:`_alike`
    clerk_missing: bool = False
    without_asked: tuple[int, str] | None = (
        None  # who proposes to count without the orphans, or without paper
    )
    marked: int = 0  # who votes on paper
    entered: tuple[tuple[int, str, int], ...] = ()  # who has entered the sheets: account id, name, sheets


def desk(session_id: int) -> RoundDesk:
    """What the console shows; numbers only, never who."""
    round = unfinished(session_id)
    earlier = list(
        db.session.scalars(
            select(Round)
            .where(Round.session_id == session_id, Round.id != (round.id if round else 0))
            .order_by(Round.number.desc())
        )
    )
    if round is None:
        return RoundDesk(None, 0, 0, 0, 0, [], 0, earlier)
    orphans = int(round.problem.partition(":")[2] or 0) if round.problem.startswith(PROBLEM_ORPHANS) else 0
    goes_on = round.state is RoundState.OPEN and round.problem != PROBLEM_INTERRUPTED
    candidates = _candidates(round) if goes_on else []
    return RoundDesk(
        round,
        _turnout(round),
        _count(RollEntry, RollEntry.round_id == round.id),
        _count(RollEntry, RollEntry.round_id == round.id, RollEntry.late_reason != ""),
        _count(RoundItem, RoundItem.round_id == round.id),
        candidates,
        orphans,
        earlier,
        clerk_missing=_waits_for_clerk(round) and not clerk_works(),
        without_asked=without_asked(round),
        marked=marked(round.id),
        entered=tuple(entered(round.id)),
        alike=_alike(round, candidates),
    )


def _turnout(round: Round) -> int:
    """How many have voted: about, while the round is open (0: fewer than five); afterwards what was counted."""
    stored = db.session.get(Result, round.id) if round.state is RoundState.CLOSED else None
    return stored.figures["cast"] if stored else (turnout(round.id) or (0,))[0]


def keys_readable(keys: KeyFolder) -> bool:
    """Whether this host reads the key of every round that takes ballots; asked of the files, at each look."""
    taking = select(Round.key_id).where(
        Round.state.in_((RoundState.OPEN, RoundState.CLOSING)), Round.problem != PROBLEM_INTERRUPTED
    )
    return all(keys.readable(key_id) for key_id in db.session.scalars(taking))


def clerk_works() -> bool:
    """Whether a clerk holds the lease, as one that runs does."""
    until = db.session.scalar(select(ClerkLease.until).where(ClerkLease.name == "clerk"))
    return until is not None and until > utcnow()


def _waits_for_clerk(round: Round) -> bool:
    """Whether a step is due that only the clerk can do, and has been for some seconds."""
    if round.state is RoundState.CLOSED or round.problem not in ("", PROBLEM_FAILED):
        return False
    due = end_of(round)
    if round.state is RoundState.CLOSING and due is not None:
        due += grace_of(round)
    return round.state is RoundState.CANCELLING or (due is not None and utcnow() > due + PATIENCE)


def announce(session, me, round_id: int, *, seconds: int) -> Round:
    """Announce the close: from now on everybody sees one countdown, at its end the clerk closes."""
    round = _held(session, me, round_id, RoundState.OPEN)
    _goes_on(round)
    if round.deadline_at is None:
        round.deadline_at = utcnow() + timedelta(seconds=seconds)
        round.options = {**round.options, **announced()}
        db.session.get(
            Session, round.session_id
        ).clock_ends_at = None  # two clocks would contradict each other
        _record(me, round, "announce_close", seconds=seconds)
    return round


def withdraw_announcement(session, me, round_id: int) -> Round:
    """Go on voting without a deadline, as long as it has not passed."""
    round = _held(session, me, round_id, RoundState.OPEN)
    _goes_on(round)
    _before_deadline(round)
    round.deadline_at = None
    _record(me, round, "withdraw_close")
    return round


def extend(session, me, round_id: int) -> Round:
    """Two minutes more, on the deadline if there is one, else on the clock."""
    round = _held(session, me, round_id, RoundState.OPEN)
    _goes_on(round)
    _before_deadline(round)
    if round.deadline_at is not None:
        round.deadline_at += EXTENSION
    else:
        held = hold(session.id, me.role, Action.OPEN)
        held.clock_ends_at = max(held.clock_ends_at or utcnow(), utcnow()) + EXTENSION
    _record(me, round, "extend_round", minutes=2)
    return round


def cancel(session, me, round_id: int, *, reason: str) -> Round:
    """Take a round back before it is counted: its ballots are destroyed, everybody is told why."""
    if not reason.strip():
        raise Refused(N_("Bitte nennen Sie den Grund; er steht im Protokoll."), field="reason")
    round = _held(session, me, round_id, RoundState.OPEN, RoundState.CLOSING)
    round.state, round.problem, round.deadline_at = RoundState.CANCELLING, "", None
    round.options = {**round.options, "cancel_reason": reason.strip()}
    _record(me, round, "cancel_round")
    return round


def retry_close(session, me, round_id: int) -> Round:
    """Let the clerk try its step again at once, after what stood in the way is mended."""
    round = _held(session, me, round_id, *UNFINISHED)
    if round.problem in ("", PROBLEM_INTERRUPTED):
        raise NotNow(N_("Hier ist nichts zu entscheiden."))
    round.problem = ""
    _record(me, round, "retry_close")
    return round


def count_without(session, me, round_id: int) -> Round:
    """Decide by two that ballots without an entry on the roll are not counted.

    The first call proposes it, on the record; another account's call decides.

    :raises NotAllowed: it is one's own proposal.
    """
    round = _held(session, me, round_id, RoundState.CLOSING)
    if not round.problem.startswith(PROBLEM_ORPHANS):
        raise NotNow(N_("Hier ist nichts zu entscheiden."))
    asked = asked_for(round, "ask_without", "ballots_without_roll")
    if asked is None:
        _record(me, round, "ask_without")
        return round
    if asked[0] == me.id:
        raise NotAllowed(
            N_("Dazu braucht es zwei Personen: Sie haben es vorgeschlagen, zustimmen muss jemand anderes.")
        )
    round.options = {**round.options, "without": int(round.problem.partition(":")[2])}
    round.problem = ""
    _record(me, round, "count_without", ballots=round.options["without"])
    return round


def without_asked(round: Round) -> tuple[int, str] | None:
    """Who has proposed to count without what the count waits for, ballots off the roll or paper."""
    if round.problem.startswith(PROBLEM_ORPHANS):
        return asked_for(round, "ask_without", "ballots_without_roll")
    return (
        asked_for(round, "ask_without_papers", "papers_awaited") if round.problem == PROBLEM_PAPERS else None
    )


def asked_for(round: Round, deed: str, since: str) -> tuple[int, str] | None:
    """Who has proposed it since the question came up: account id and name. The record is the memory."""
    query = (
        select(AuditEntry, Account.name)
        .outerjoin(Account, Account.id == AuditEntry.actor_id)
        .where(AuditEntry.session_id == round.session_id)
        .where(AuditEntry.deed.in_((deed, since)))
        .order_by(AuditEntry.id.desc())
    )
    newest = next((row for row in db.session.execute(query) if row[0].facts.get("round") == round.id), None)
    if newest is None or newest[0].deed != deed:
        return None
    return newest[0].actor_id, newest[1]


def add_late(session, me, round_id: int, membership_id: int, *, reason: str) -> RollEntry:
    """Put a late-comer on the roll, with a reason that stands in the protocol."""
    round = _held(session, me, round_id, RoundState.OPEN)
    _goes_on(round)
    if not reason.strip():
        raise Refused(N_("Bitte nennen Sie den Grund; er steht im Protokoll."), field="reason")
    if membership_id not in [id for id, _, _ in _candidates(round)]:
        raise Missing()
    entry = RollEntry(round_id=round.id, membership_id=membership_id, late_reason=reason.strip()[:200])
    entry.on_paper = db.session.get(Membership, membership_id).on_paper
    db.session.add(entry)
    _record(me, round, "add_late", member=membership_id)
    return entry


def _candidates(round: Round) -> list[tuple[int, str, str]]:
    """Who is present and could be added: participants, and staff where this round lets them vote."""
    roles = (Role.PARTICIPANT, *STAFF) if round.options.get("staff_votes") else (Role.PARTICIPANT,)
    workshop_id = select(Session.workshop_id).where(Session.id == round.session_id).scalar_subquery()
    rows = db.session.execute(
        select(Membership.id, join.NAME.label("name"), Sector.title)
        .join(Account, Account.id == Membership.account_id)
        .outerjoin(Sector, Sector.id == Membership.sector_id)
        .outerjoin(RollEntry, (RollEntry.round_id == round.id) & (RollEntry.membership_id == Membership.id))
        .where(
            Membership.workshop_id == workshop_id,
            Membership.state == MemberState.CHECKED_IN,
            Membership.role.in_(roles),
            RollEntry.round_id.is_(None),
        )
        .order_by(join.NAME, Membership.id)
    )
    return [(id, name, sector or "") for id, name, sector in rows]


def _alike(round: Round, candidates: list[tuple[int, str, str]]) -> dict[int, list[tuple[str, MemberState]]]:
    """Candidate's membership id -> name and state of those on the roll who are called like them, and may be them.

    Somebody whose place was ended after they had voted comes back under a new one; they would vote twice.
    """
    if not candidates:
        return {}
    on_roll = {
        id: (name, state)
        for id, name, state in db.session.execute(
            select(Membership.id, join.NAME, Membership.state)
            .join(Account, Account.id == Membership.account_id)
            .join(RollEntry, RollEntry.membership_id == Membership.id)
            .where(
                RollEntry.round_id == round.id, Account.deleted_at.is_(None), Account.joined_into_id.is_(None)
            )
        )
    }
    names = Names((id, name) for id, (name, _) in on_roll.items())
    found = {id: [on_roll[other] for other in names.near(name)] for id, name, _ in candidates}
    return {id: others for id, others in found.items() if others}


def _held(session, me, round_id: int, *states: RoundState) -> Round:
    hold(session.id, me.role, Action.OPEN)
    round = db.session.scalars(
        select(Round)
        .where(Round.id == round_id, Round.session_id == session.id)
        .execution_options(populate_existing=True)
    ).one_or_none()
    if round is None:
        raise Missing()
    if round.state not in states:
        raise NotNow(N_("Diese Abstimmung ist schon einen Schritt weiter. Bitte sehen Sie auf die Konsole."))
    return round


def _goes_on(round: Round) -> None:
    if round.problem == PROBLEM_INTERRUPTED:
        raise NotNow(
            N_("Diese Abstimmung wurde unterbrochen. Nehmen Sie sie zurück und öffnen Sie eine neue.")
        )


def _before_deadline(round: Round) -> None:
    if is_over(round):
        raise NotNow(N_("Die Abstimmung wird schon geschlossen; das lässt sich nicht zurücknehmen."))


def _record(me, round: Round, deed: str, **facts) -> None:
    db.session.flush()
    audit.note(me.id, deed, round.session_id, round=round.id, **facts)
    touch(round.session_id, step=True)


def _count(model, *conditions) -> int:
    return db.session.scalar(select(func.count()).select_from(model).where(*conditions))
