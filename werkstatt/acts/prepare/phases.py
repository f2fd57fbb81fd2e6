"""Phases and clock of a session: one forward, one back with a reason, no clock ends anything by itself."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta

from sqlalchemy import func, select

from ...db import db, utcnow
from ...models import Recommendation, Round, Session
from ...permits import Action
from ...terms import N_, UNFINISHED, Kind, Phase, RecommendationState, RoundState
from .. import NotNow, Refused, audit, consolidate
from ..hold import hold, touch

FEWEST_ITEMS = 2
LONGEST_CLOCK = 600  # minutes

# Kept in the record as the key alone: the chain holds no free text that could name anybody.
BACK_REASONS = {
    "mistake": N_("versehentlich weitergeschaltet"),
    "time": N_("es braucht mehr Zeit"),
    "missing": N_("etwas fehlt noch oder soll geändert werden"),
    "again": N_("noch eine Abstimmung"),
    "other": N_("anderer Grund"),
}

CHANGED = N_("Inzwischen wurde die Phase schon gewechselt. Es wurde nichts geändert; bitte sehen Sie nach.")
BY_RELEASE = N_(
    "Zum Ergebnis geht es mit „Ergebnis zeigen“, sobald die Abstimmung geschlossen und ausgezählt ist."
)
UNFINISHED_ROUND = N_("Solange eine Abstimmung läuft oder nicht veröffentlicht ist, geht es nicht zurück.")


@dataclass(frozen=True)
class Next:
    """The next step of a session: where it leads, what stands in the way, what to know before."""

    to: Phase | None
    blocked: list[tuple[str, dict]] = field(default_factory=list)
    hints: list[tuple[str, dict]] = field(default_factory=list)


def next_step(session) -> Next:
    """What :func:`advance` would do now, for the console; sentences with their values."""
    blocked, hints = [], []
    if session.phase is Phase.COLLECT and not _proposals(session.id):
        hints.append((N_("Es liegt noch kein Vorschlag vor."), {}))
    if session.phase is Phase.CONSOLIDATE:
        found = len(consolidate.ballot_items(session.id))
        if found < FEWEST_ITEMS:
            blocked.append(
                (
                    N_(
                        "Zum Abstimmen braucht es mindestens %(least)s Empfehlungen; jetzt sind es %(found)s."
                    ),
                    {"least": FEWEST_ITEMS, "found": found},
                )
            )
        else:
            hints.append((N_("Zur Abstimmung stehen %(found)s Empfehlungen."), {"found": found}))
    if session.phase is Phase.RANK and not _only_stepped_back(session.id):
        blocked.append((BY_RELEASE, {}))
    return Next(session.phase.next, blocked, hints)


def advance(session, me, *, leaving: Phase) -> Session:
    """One phase forward. ``leaving`` is the phase that the person saw when they pressed.

    :raises NotNow: another console was quicker; or something blocks, in one sentence.
    """
    held = _hold_in(session, me, leaving)
    step = next_step(held)
    if step.to is None:
        raise NotNow(N_("Die Arbeitsrunde ist in der letzten Phase."))
    for message, values in step.blocked:
        raise NotNow(message, **values)
    return _enter(held, me, step.to, "advance")


def back(session, me, *, reason: str, leaving: Phase | None = None) -> Session:
    """One phase back, for one of :data:`BACK_REASONS`; nothing that was written is lost by it.

    :raises Refused: no such reason.
    :raises NotNow: a round of the session is unfinished, or it is the first phase.
    """
    held = _hold_in(session, me, leaving)
    if reason not in BACK_REASONS:
        raise Refused(N_("Bitte wählen Sie einen Grund."), field="reason")
    if held.phase.previous is None:
        raise NotNow(N_("Die Arbeitsrunde ist in der ersten Phase."))
    running = [state for state in UNFINISHED if state is not RoundState.DRAFT]
    if db.session.scalar(select(Round.id).where(Round.session_id == held.id, Round.state.in_(running))):
        raise NotNow(UNFINISHED_ROUND)
    return _enter(held, me, held.phase.previous, "back", reason=reason)


def set_clock(session, me, *, minutes: int) -> Session:
    """Start the phase's clock anew; it shows the time and ends nothing.

    :raises Refused: less than one minute, or more than :data:`LONGEST_CLOCK`.
    """
    held = hold(session.id, me.role, Action.STEER)
    if not 1 <= minutes <= LONGEST_CLOCK:
        raise Refused(N_("Bitte eine Dauer von 1 bis %(most)s Minuten."), field="minutes", most=LONGEST_CLOCK)
    return _clock(held, me, utcnow() + timedelta(minutes=minutes))


def extend(session, me, *, minutes: int = 2) -> Session:
    """Add minutes to the clock; a clock that has run out starts with them now."""
    held = hold(session.id, me.role, Action.STEER)
    ends = max(held.clock_ends_at or utcnow(), utcnow()) + timedelta(minutes=minutes)
    if ends > utcnow() + timedelta(minutes=LONGEST_CLOCK):
        raise Refused(N_("Bitte eine Dauer von 1 bis %(most)s Minuten."), field="minutes", most=LONGEST_CLOCK)
    return _clock(held, me, ends)


def stop_clock(session, me) -> Session:
    """Take the clock off all screens."""
    return _clock(hold(session.id, me.role, Action.STEER), me, None)


def _hold_in(session, me, leaving: Phase | None) -> Session:
    held = hold(session.id, me.role, Action.STEER)
    if leaving is not None and held.phase is not leaving:
        raise NotNow(CHANGED)
    return held


def _enter(held: Session, me, phase: Phase, deed: str, **facts) -> Session:
    left = held.phase
    held.phase, held.phase_since, held.clock_ends_at = phase, utcnow(), None
    audit.note(me.id, deed, held.id, left=left.value, to=phase.value, **facts)
    touch(held.id, step=True)
    db.session.flush()
    return held


def _clock(held: Session, me, ends) -> Session:
    held.clock_ends_at = ends
    audit.note(me.id, "clock", held.id, until=None if ends is None else ends.isoformat(timespec="seconds"))
    touch(held.id, step=True)
    db.session.flush()
    return held


def _only_stepped_back(session_id: int) -> bool:
    """Whether the newest round that was not taken back is released already: then the result is one step ahead."""
    gone = (RoundState.CANCELLED, RoundState.CANCELLING)
    query = select(Round.state).where(Round.session_id == session_id, Round.state.not_in(gone))
    return db.session.scalar(query.order_by(Round.number.desc()).limit(1)) is RoundState.RELEASED


def _proposals(session_id: int) -> int:
    return db.session.scalar(
        select(func.count()).where(
            Recommendation.session_id == session_id,
            Recommendation.kind == Kind.PROPOSAL,
            Recommendation.state == RecommendationState.ACTIVE,
        )
    )
