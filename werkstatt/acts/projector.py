"""What stands on the projector in each step, and on "Leinwand mitlesen": one value for both.

Nothing a participant has typed is in it before the list is frozen, and no figure of a result before
its release.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from sqlalchemy import func, select

from ..db import db
from ..exports.report import Report
from ..models import (
    Process,
    Recommendation,
    Result,
    Round,
    RoundItem,
    Session,
    Table,
    Theme,
    Workshop,
)
from ..terms import Kind, Phase, RecommendationState, RoundState
from . import Missing, result
from .rank import PROBLEM_INTERRUPTED, annulled_because, is_over, last_annulled, turnout


@dataclass(frozen=True)
class Board:
    """One look at a session for the whole room.

    ``scene`` names the piece that tells it: prepare, collect, discuss, consolidate, soon (rank before
    the opening), open, closing (announced), counting, closed, cancelled, interrupted,
    annulled, result. ``proposals`` is a
    count; ``tables`` are (number, theme title or ""); ``items`` is the frozen list; ``turnout`` is
    (cast, roll), while a round is open in steps of five; ``report`` is a released one.
    """

    session: Session
    workshop: Workshop
    process: Process
    scene: str
    proposals: int = 0
    tables: list[tuple[int, str]] = field(default_factory=list)
    round: Round | None = None
    items: list[RoundItem] = field(default_factory=list)
    turnout: tuple[int, int] | None = None
    report: Report | None = None
    reason: str = ""  # why a round was annulled


def epoch(session_id: int) -> int:
    """The workshop's epoch, for which a projector's address is signed.

    :raises Missing: no such session.
    """
    found = db.session.scalar(
        select(Workshop.epoch)
        .join(Session, Session.workshop_id == Workshop.id)
        .where(Session.id == session_id)
    )
    if found is None:
        raise Missing()
    return found


def board(session_id: int) -> Board:
    """What the room sees now.

    :raises Missing: no such session.
    """
    row = db.session.execute(
        select(Session, Workshop, Process)
        .join(Workshop, Workshop.id == Session.workshop_id)
        .join(Process, Process.id == Workshop.process_id)
        .where(Session.id == session_id)
    ).one_or_none()
    if row is None:
        raise Missing()
    session, workshop, process = row
    stage = SCENES.get(session.phase)
    more = stage(session) if stage else {"scene": session.phase.value}
    return Board(session, workshop, process, **more)


def _collect(session: Session) -> dict:
    count = (
        select(func.count())
        .select_from(Recommendation)
        .where(
            Recommendation.session_id == session.id,
            Recommendation.kind == Kind.PROPOSAL,
            Recommendation.state == RecommendationState.ACTIVE,
            Recommendation.hidden_at.is_(None),
        )
    )
    return {"scene": "collect", "proposals": db.session.scalar(count)}


def _discuss(session: Session) -> dict:
    tables = (
        select(Table.number, Theme.title)
        .outerjoin(Theme, Theme.id == Table.theme_id)
        .where(Table.workshop_id == session.workshop_id)
        .order_by(Table.number, Table.id)
    )
    return {
        "scene": "discuss",
        "tables": [(number, theme or "") for number, theme in db.session.execute(tables)],
    }


def _rank(session: Session) -> dict:
    newest = select(Round).where(Round.session_id == session.id, Round.state != RoundState.DRAFT)
    round = db.session.scalars(newest.order_by(Round.number.desc()).limit(1)).first()
    if round is None or round.state is RoundState.RELEASED:
        return {"scene": "soon"}
    if round.state is RoundState.ANNULLED:
        return {"scene": "annulled", "round": round, "reason": annulled_because(round.id)}
    if round.state in (RoundState.CANCELLED, RoundState.CANCELLING):
        return {"scene": "cancelled", "round": round}
    if round.problem == PROBLEM_INTERRUPTED:
        return {"scene": "interrupted", "round": round}
    if round.state is RoundState.CLOSED:
        stored = db.session.get(Result, round.id)
        exact = (stored.figures["cast"], stored.figures["roll"]) if stored else None
        return {"scene": "closed", "round": round, "turnout": exact}
    if round.state is not RoundState.OPEN or is_over(round):
        return {"scene": "counting", "round": round}
    scene = "closing" if round.deadline_at else "open"
    return {"scene": scene, "round": round, "items": result.frozen(round), "turnout": turnout(round.id)}


def _result(session: Session) -> dict:
    dead = last_annulled(session.id)
    if dead is not None:
        return {"scene": "annulled", "round": dead, "reason": annulled_because(dead.id)}
    round = result.newest(session.id)
    report = result.of_round(session, round) if round else None
    return {"scene": "result", "round": round, "report": report}


SCENES = {Phase.COLLECT: _collect, Phase.DISCUSS: _discuss, Phase.RANK: _rank, Phase.RESULT: _result}
