"""What a person may read: recommendations as cards, under the rules of visibility and names.

Others' proposals show as the session says; a hidden text shows to moderators and its author
only; a name shows to moderators, or to all where the session says so; otherwise the sector
shows, and only where at least five people of it are present.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import func, select
from sqlalchemy.orm import aliased

from ...db import db
from ...models import (
    Account,
    Comment,
    Lineage,
    Membership,
    Recommendation,
    Sector,
    Step,
    Table,
    Theme,
    Version,
)
from ...terms import (
    CommentKind,
    Kind,
    LineageKind,
    MemberState,
    Phase,
    RecommendationState,
    RedactionReason,
    Role,
    StepKind,
    Visibility,
)
from .. import Missing
from .marks import marks

FEWEST_OF_A_GROUP = 5  # a sector with fewer people present would point at somebody


class Line(NamedTuple):
    """One end of a lineage row: the other recommendation and how it hangs together."""

    id: int
    name: str
    kind: LineageKind
    title: str


@dataclass(frozen=True)
class Card:
    """A recommendation as one person may see it; ``author`` and ``group`` are empty where they must be."""

    id: int
    name: str
    kind: Kind
    state: RecommendationState
    version: int
    title: str
    problem: str
    action: str
    theme_id: int | None
    theme: str
    source: str
    author: str
    organisation: str
    group: str
    table: int | None
    is_mine: bool
    is_late: bool
    hidden: str | None  # the reason, or None for a text that everybody may read
    excluded: str  # the reason, while excluded
    created_at: datetime
    edited_at: datetime | None
    redacted: tuple[RedactionReason, ...] = ()  # why passages of it were blacked out
    counts: dict[CommentKind, int] = field(default_factory=dict)
    into: tuple[Line, ...] = ()
    origin: tuple[Line, ...] = ()

    @property
    def is_active(self) -> bool:
        return self.state is RecommendationState.ACTIVE

    @property
    def comments(self) -> int:
        return sum(self.counts.values())


def moderates(me) -> bool:
    """Whether this person moderates here (organisers do)."""
    return me.role in (Role.MODERATOR, Role.ORGANISER)


def sees_names(session, me) -> bool:
    """Whether this person sees who wrote a text."""
    return moderates(me) or session.names_visible


def sees_others(session, me) -> bool:
    """Whether others' proposals show to this person now."""
    if moderates(me):
        return True
    if session.phase is Phase.PREPARE:
        return False
    if session.phase is not Phase.COLLECT or session.visibility is Visibility.AT_ONCE:
        return True
    if session.visibility is Visibility.AFTER_PHASE:
        return False
    own = select(func.count()).where(
        Recommendation.session_id == session.id,
        Recommendation.author_id == me.id,
        Recommendation.kind == Kind.PROPOSAL,
        Recommendation.state != RecommendationState.WITHDRAWN,
    )
    return db.session.scalar(own) > 0


def group_titles(workshop_id: int) -> dict[int, str]:
    """The sectors that may be named beside a text: those with at least five people present."""
    rows = db.session.execute(
        select(Sector.id, Sector.title)
        .join(Membership, Membership.sector_id == Sector.id)
        .where(Membership.workshop_id == workshop_id, Membership.state == MemberState.CHECKED_IN)
        .group_by(Sector.id, Sector.title)
        .having(func.count() >= FEWEST_OF_A_GROUP)
        .order_by(Sector.id)
    )
    return {sector_id: title for sector_id, title in rows}


def cards(session, me) -> list[Card]:
    """All recommendations of a session that this person may read, E-1 ... before V-1 ..."""
    return _cards(session, me, Recommendation.session_id == session.id)


def one_card(session, me, recommendation_id: int) -> Card:
    """One recommendation.

    :raises Missing: there is none here, or this person may not read it.
    """
    found = _cards(
        session, me, Recommendation.session_id == session.id, Recommendation.id == recommendation_id
    )
    if not found:
        raise Missing()
    return found[0]


def lines(session_id: int) -> tuple[dict[int, list[Line]], dict[int, list[Line]]]:
    """The lineage of all steps that hold: what each became part of, and what each is made from."""
    source, target = aliased(Recommendation), aliased(Recommendation)
    wording, words = aliased(Version), aliased(Version)
    rows = db.session.execute(
        select(Lineage.kind, source, wording.title, target, words.title)
        .join(Step, Step.id == Lineage.step_id)
        .join(source, source.id == Lineage.from_id)
        .join(target, target.id == Lineage.to_id)
        .join(wording, (wording.recommendation_id == source.id) & (wording.number == source.current))
        .join(words, (words.recommendation_id == target.id) & (words.number == target.current))
        .where(Step.session_id == session_id, Step.undone_at.is_(None))
        .order_by(target.kind, target.number, source.kind, source.number, Lineage.id)
    )
    into, origin = defaultdict(list), defaultdict(list)
    for kind, before, title_before, after, title_after in rows:
        if after.hidden_at is None:
            into[before.id].append(Line(after.id, after.name, kind, title_after))
        if before.hidden_at is None:
            origin[after.id].append(Line(before.id, before.name, kind, title_before))
    return into, origin


def _cards(session, me, *where) -> list[Card]:
    others, names = sees_others(session, me), sees_names(session, me)
    groups = {} if names else group_titles(session.workshop_id)
    into, origin = lines(session.id)
    excluded, counts = _exclusions(session.id), _counts(session.id)
    blackened = marks(session.id).recommendations
    rows = db.session.execute(
        select(
            Recommendation,
            Version,
            Theme.title,
            Account.name,
            Account.organisation,
            Sector.title,
            Table.number,
        )
        .join(
            Version,
            (Version.recommendation_id == Recommendation.id) & (Version.number == Recommendation.current),
        )
        .outerjoin(Theme, Theme.id == Version.theme_id)
        .outerjoin(Account, Account.id == Recommendation.author_id)
        .outerjoin(Sector, Sector.id == Recommendation.sector_id)
        .outerjoin(Table, Table.id == Recommendation.table_id)
        .where(*where)
        .order_by(Recommendation.kind, Recommendation.number, Recommendation.id)
    )
    found = []
    for one, words, theme, author, organisation, sector, table in rows:
        if not _readable(one, me, others):
            continue
        found.append(
            Card(
                id=one.id,
                name=one.name,
                kind=one.kind,
                state=one.state,
                version=one.current,
                title=words.title,
                problem=words.problem,
                action=words.action,
                theme_id=words.theme_id,
                theme=theme or "",
                source=one.source,
                author=(author or "") if names else "",
                organisation=(organisation or "") if names else "",
                group=(sector or "") if names else groups.get(one.sector_id, ""),
                table=table if names else None,
                is_mine=one.author_id == me.id,
                is_late=one.is_late,
                hidden=one.hidden_reason if one.hidden_at else None,
                excluded=excluded.get(one.id, "") if one.state is RecommendationState.EXCLUDED else "",
                created_at=one.created_at,
                edited_at=words.created_at if one.current > 1 else None,
                redacted=tuple(blackened.get(one.id, ())),
                counts=counts.get(one.id, {}),
                into=tuple(into.get(one.id, ())),
                origin=tuple(origin.get(one.id, ())),
            )
        )
    return found


def _readable(one: Recommendation, me, others: bool) -> bool:
    if moderates(me) or one.author_id == me.id:
        return True
    return others and one.hidden_at is None and one.state is not RecommendationState.WITHDRAWN


def _exclusions(session_id: int) -> dict[int, str]:
    """Why each excluded recommendation was excluded."""
    steps = db.session.execute(
        select(Step.before, Step.reason)
        .where(Step.session_id == session_id, Step.kind == StepKind.EXCLUDE, Step.undone_at.is_(None))
        .order_by(Step.number)
    )
    return {int(key): reason for before, reason in steps for key in before}


def _counts(session_id: int) -> dict[int, dict[CommentKind, int]]:
    """Comments by kind, without hidden ones and replies."""
    rows = db.session.execute(
        select(Comment.recommendation_id, Comment.kind, func.count())
        .join(Recommendation, Recommendation.id == Comment.recommendation_id)
        .where(
            Recommendation.session_id == session_id, Comment.hidden_at.is_(None), Comment.parent_id.is_(None)
        )
        .group_by(Comment.recommendation_id, Comment.kind)
    )
    found: dict[int, dict[CommentKind, int]] = defaultdict(dict)
    for recommendation_id, kind, many in rows:
        found[recommendation_id][kind] = many
    return {key: {kind: by[kind] for kind in CommentKind if kind in by} for key, by in found.items()}
