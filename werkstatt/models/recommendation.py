"""Recommendations with all their versions, comments, and the lineage between them."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import JSON, ForeignKey, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from ..db import Base, Term, UtcDateTime, utcnow
from ..terms import CommentKind, Kind, LineageKind, RecommendationState, StepKind


class Recommendation(Base):
    """A proposal (V-1) or a consolidated recommendation (E-1); its words stand in its versions.

    ``author_id`` is the account that proposed it, or nobody for a consolidated one.
    ``current`` is the number of the version that holds now.
    """

    __tablename__ = "recommendation"
    __table_args__ = (UniqueConstraint("session_id", "kind", "number"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    session_id: Mapped[int] = mapped_column(ForeignKey("session.id", ondelete="CASCADE"))
    kind: Mapped[Kind] = mapped_column(Term(Kind))
    number: Mapped[int]
    state: Mapped[RecommendationState] = mapped_column(
        Term(RecommendationState), default=RecommendationState.ACTIVE
    )
    current: Mapped[int] = mapped_column(default=1)
    author_id: Mapped[int | None] = mapped_column(ForeignKey("account.id"), index=True)
    sector_id: Mapped[int | None] = mapped_column(ForeignKey("sector.id"))  # whom the author spoke for
    table_id: Mapped[int | None] = mapped_column(ForeignKey("table.id"))
    is_late: Mapped[bool] = mapped_column(default=False)  # "Nachtrag"
    source: Mapped[str] = mapped_column(Text, default="")  # a source line, shown as it is
    hidden_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    hidden_reason: Mapped[str] = mapped_column(Text, default="")
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utcnow)

    @property
    def name(self) -> str:
        """The name that can be spoken: V-12 or E-3."""
        return f"{'V' if self.kind == Kind.PROPOSAL else 'E'}-{self.number}"


class Version(Base):
    """One wording of a recommendation; never changed, only followed by the next."""

    __tablename__ = "version"
    __table_args__ = (UniqueConstraint("recommendation_id", "number"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    recommendation_id: Mapped[int] = mapped_column(ForeignKey("recommendation.id", ondelete="CASCADE"))
    number: Mapped[int]
    title: Mapped[str] = mapped_column(String(200))
    problem: Mapped[str] = mapped_column(Text, default="")
    action: Mapped[str] = mapped_column(Text, default="")
    theme_id: Mapped[int | None] = mapped_column(ForeignKey("theme.id"))
    actor_id: Mapped[int | None] = mapped_column(ForeignKey("account.id"))
    reason: Mapped[str] = mapped_column(Text, default="")
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utcnow)


class Comment(Base):
    """A comment of one of four kinds, or one reply to it (``parent_id``)."""

    __tablename__ = "comment"
    id: Mapped[int] = mapped_column(primary_key=True)
    recommendation_id: Mapped[int] = mapped_column(
        ForeignKey("recommendation.id", ondelete="CASCADE"), index=True
    )
    parent_id: Mapped[int | None] = mapped_column(ForeignKey("comment.id", ondelete="CASCADE"))
    kind: Mapped[CommentKind] = mapped_column(Term(CommentKind))
    text: Mapped[str] = mapped_column(Text)
    author_id: Mapped[int | None] = mapped_column(ForeignKey("account.id"), index=True)
    sector_id: Mapped[int | None] = mapped_column(ForeignKey("sector.id"))
    table_id: Mapped[int | None] = mapped_column(ForeignKey("table.id"))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utcnow)
    edited_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    hidden_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    hidden_reason: Mapped[str] = mapped_column(Text, default="")


class Step(Base):
    """One step of consolidation by one person, with what its inverse needs.

    ``before`` maps recommendation ids to the state and version number they had; an undone step
    stays, and names who undid it when.
    """

    __tablename__ = "step"
    __table_args__ = (UniqueConstraint("session_id", "number"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    session_id: Mapped[int] = mapped_column(ForeignKey("session.id", ondelete="CASCADE"))
    number: Mapped[int]
    kind: Mapped[StepKind] = mapped_column(Term(StepKind))
    actor_id: Mapped[int | None] = mapped_column(ForeignKey("account.id"))
    reason: Mapped[str] = mapped_column(Text, default="")
    before: Mapped[dict] = mapped_column(JSON, default=dict)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utcnow)
    undone_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    undone_by_id: Mapped[int | None] = mapped_column(ForeignKey("account.id"))


class Lineage(Base):
    """Where a recommendation comes from; rows of an undone step are kept, marked by that step."""

    __tablename__ = "lineage"
    __table_args__ = (UniqueConstraint("from_id", "to_id", "step_id"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    from_id: Mapped[int] = mapped_column(ForeignKey("recommendation.id", ondelete="CASCADE"))
    to_id: Mapped[int] = mapped_column(ForeignKey("recommendation.id", ondelete="CASCADE"), index=True)
    kind: Mapped[LineageKind] = mapped_column(Term(LineageKind))
    step_id: Mapped[int] = mapped_column(ForeignKey("step.id", ondelete="CASCADE"))
    version: Mapped[int] = mapped_column(default=1)  # the source's version at that moment
