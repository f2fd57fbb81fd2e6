"""What the console counts: people present, proposals, comments; and what must answer before it starts."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import func, select, text
from sqlalchemy.exc import SQLAlchemyError

from ...db import db
from ...models import Comment, Recommendation
from ...terms import Kind, RecommendationState


@dataclass(frozen=True)
class Figures:
    """Counts of a session: valid proposals, consolidated recommendations, comments that show."""

    proposals: int
    consolidated: int
    comments: int


def figures(session_id: int) -> Figures:
    """The figures of a session."""
    kinds = dict(
        db.session.execute(
            select(Recommendation.kind, func.count())
            .where(
                Recommendation.session_id == session_id,
                Recommendation.state.in_([RecommendationState.ACTIVE, RecommendationState.MERGED]),
            )
            .group_by(Recommendation.kind)
        ).all()
    )
    comments = db.session.scalar(
        select(func.count())
        .select_from(Comment)
        .join(Recommendation)
        .where(Recommendation.session_id == session_id, Comment.hidden_at.is_(None))
    )
    return Figures(kinds.get(Kind.PROPOSAL, 0), kinds.get(Kind.CONSOLIDATED, 0), comments)


def database_answers() -> bool:
    """Whether the database answers a question of its own."""
    try:
        return db.session.execute(text("SELECT 1")).scalar_one() == 1
    except SQLAlchemyError:
        return False
