"""Reading consolidation: the history of steps, what became of proposals, what will be voted on."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import aliased

from ...db import db
from ...models import Account, Recommendation, Step, Version
from ...terms import Kind, RecommendationState, StepKind
from .. import collect
from .steps import made_by, touched, voted


@dataclass(frozen=True)
class Past:
    """One step as the history shows it; names are empty where the reader sees none."""

    id: int
    number: int
    kind: StepKind
    sources: tuple[tuple[int, str], ...]
    made: tuple[tuple[int, str], ...]
    reason: str
    actor: str
    created_at: datetime
    undone_at: datetime | None
    undone_by: str
    can_undo: bool


@dataclass(frozen=True)
class Fate:
    """What became of one's own proposal: the recommendation it is part of now, if any."""

    card: collect.Card
    into: collect.Card | None


def ballot_items(session_id: int) -> list[tuple[Recommendation, Version]]:
    """What would be voted on: active recommendations E-1 ... and untouched proposals V-1 ..., none hidden."""
    rows = db.session.execute(
        select(Recommendation, Version)
        .join(
            Version,
            (Version.recommendation_id == Recommendation.id) & (Version.number == Recommendation.current),
        )
        .where(
            Recommendation.session_id == session_id,
            Recommendation.state == RecommendationState.ACTIVE,
            Recommendation.hidden_at.is_(None),
        )
        .order_by(Recommendation.number, Recommendation.id)
    ).all()
    rows.sort(key=lambda row: row.Recommendation.kind is Kind.PROPOSAL)  # stable: E before V, by number
    return [(one, version) for one, version in rows]


def history(session, me, recommendation_id: int | None = None) -> list[Past]:
    """The steps, newest first, of the session or of one recommendation; undone ones too."""
    names = collect.sees_names(session, me)
    actor, undoer = aliased(Account), aliased(Account)
    rows = db.session.execute(
        select(Step, actor.name, undoer.name)
        .outerjoin(actor, actor.id == Step.actor_id)
        .outerjoin(undoer, undoer.id == Step.undone_by_id)
        .where(Step.session_id == session.id)
        .order_by(Step.number.desc())
    ).all()
    made = made_by([row.Step.id for row in rows])
    known = {
        one.id: one
        for one in db.session.scalars(
            select(Recommendation)
            .where(Recommendation.session_id == session.id)
            .order_by(Recommendation.kind, Recommendation.number, Recommendation.id)
        )
    }
    frozen = voted(session.id)
    found, later = [], set()
    for step, by, undone_by in rows:
        mine = touched(step, made.get(step.id, set()))
        free = step.undone_at is None and not mine & (later | frozen)
        if step.undone_at is None:
            later |= mine
        if recommendation_id is not None and recommendation_id not in mine:
            continue
        found.append(
            Past(
                id=step.id,
                number=step.number,
                kind=step.kind,
                sources=_named(known, {int(one) for one in step.before}, me),
                made=_named(known, made.get(step.id, set()), me),
                reason=step.reason,
                actor=(by or "") if names else "",
                created_at=step.created_at,
                undone_at=step.undone_at,
                undone_by=(undone_by or "") if names else "",
                can_undo=free,
            )
        )
    return found


def fates(session, me, cards: list[collect.Card] | None = None) -> list[Fate]:
    """What became of this person's own proposals, followed through all steps that hold."""
    cards = collect.cards(session, me) if cards is None else cards
    known = {card.id: card for card in cards}
    found = []
    for card in cards:
        if not card.is_mine or card.kind is not Kind.PROPOSAL:
            continue
        now = card
        while now.into and now.into[-1].id in known:
            now = known[now.into[-1].id]
        found.append(Fate(card, None if now is card else now))
    return found


def versions_at(session_id: int, seen: dict[int, int]) -> dict[int, Version]:
    """The wordings that a form had in view."""
    rows = db.session.scalars(
        select(Version)
        .join(Recommendation, Recommendation.id == Version.recommendation_id)
        .where(Recommendation.session_id == session_id, Version.recommendation_id.in_(seen))
        .order_by(Version.id)
    )
    return {row.recommendation_id: row for row in rows if row.number == seen[row.recommendation_id]}


def _named(known: dict[int, Recommendation], ids: set[int], me) -> tuple[tuple[int, str], ...]:
    return tuple(
        (one.id, one.name)
        for one in known.values()
        if one.id in ids and (one.hidden_at is None or collect.moderates(me))
    )
