"""Discuss: comments of four kinds with one level of replies, and what a recommendation has gone through."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from ..db import db, utcnow
from ..models import Account, Comment, Lineage, Recommendation, Sector, Step, Table, Theme, Version
from ..permits import Action
from ..terms import N_, CommentKind, RecommendationState, RedactionReason
from . import Missing, NotAllowed, NotNow, Refused, collect
from .collect.write import hold_texts
from .hold import touch

LONGEST_COMMENT = 2000


@dataclass(frozen=True)
class Remark:
    """A comment as one person may see it, with its replies. ``of`` names a dissolved text it was made on."""

    id: int
    recommendation_id: int
    kind: CommentKind
    text: str
    author: str
    group: str
    table: int | None
    is_mine: bool
    hidden: str | None
    created_at: datetime
    edited_at: datetime | None
    redacted: tuple[RedactionReason, ...] = ()
    of: str = ""
    replies: tuple[Remark, ...] = ()


@dataclass(frozen=True)
class Wording:
    """One version of a recommendation; ``author`` is empty where names are not visible."""

    number: int
    title: str
    problem: str
    action: str
    theme: str
    author: str
    reason: str
    created_at: datetime
    holds: bool


def comment(
    session, me, recommendation_id: int, *, kind: CommentKind | str, text: str, parent_id: int | None = None
) -> Comment:
    """Say something about a recommendation, or answer a comment.

    :returns: the comment, or the equal one that this person has already made here.
    :raises Missing: no such recommendation or comment for this person.
    :raises Refused: no text, or an answer to an answer.
    :raises NotNow: the recommendation is no longer on the list.
    """
    session = hold_texts(session.id, me.role, Action.COMMENT)
    card = collect.one_card(session, me, recommendation_id)
    if not card.is_active or card.hidden is not None:
        raise NotNow(N_("%(name)s steht nicht mehr zur Diskussion."), name=card.name)
    kind, text = _kind(kind), _checked(text)
    if parent_id is not None:
        _check_parent(session, me, card.id, parent_id)
    same = db.session.scalars(
        select(Comment)
        .where(
            Comment.recommendation_id == card.id,
            Comment.author_id == me.id,
            Comment.kind == kind,
            Comment.text == text,
            Comment.parent_id.is_(None) if parent_id is None else Comment.parent_id == parent_id,
        )
        .order_by(Comment.id)
        .limit(1)
    ).first()
    if same is not None:
        return same
    made = Comment(
        recommendation_id=card.id,
        parent_id=parent_id,
        kind=kind,
        text=text,
        author_id=me.id,
        sector_id=me.membership.sector_id if me.membership else None,
        table_id=me.membership.table_id if me.membership else None,
    )
    db.session.add(made)
    db.session.flush()
    touch(session.id, news=True)
    return made


def edit(
    session, me, recommendation_id: int, comment_id: int, *, text: str, kind: CommentKind | str | None = None
) -> Comment:
    """Change one's own comment; it says from then on that it was edited, and when.

    :raises NotAllowed: somebody else's.
    """
    session = hold_texts(session.id, me.role, Action.COMMENT)
    card = collect.one_card(session, me, recommendation_id)
    one = db.session.scalars(
        select(Comment)
        .where(Comment.id == comment_id, Comment.recommendation_id == card.id)
        .execution_options(populate_existing=True)
    ).one_or_none()
    if one is None or (one.author_id != me.id and one.hidden_at and not collect.moderates(me)):
        raise Missing()
    if one.author_id != me.id:
        raise NotAllowed(N_("Das ist nicht Ihr Kommentar. Ändern kann ihn nur, wer ihn geschrieben hat."))
    kind, text = _kind(kind or one.kind), _checked(text)
    if (one.kind, one.text) != (kind, text):
        one.kind, one.text, one.edited_at = kind, text, utcnow()
        db.session.flush()
        touch(session.id, news=True)
    return one


def hide(session, me, recommendation_id: int, comment_id: int, *, reason: str) -> Comment:
    """Hide a comment with a reason; its replies are hidden with it."""
    return collect.hide(session, me, recommendation_id, reason=reason, comment_id=comment_id)


def unhide(session, me, recommendation_id: int, comment_id: int) -> Comment:
    """Show a hidden comment again."""
    return collect.unhide(session, me, recommendation_id, comment_id=comment_id)


def remarks(session, me, recommendation_id: int | None = None) -> dict[int, list[Remark]]:
    """Comments by recommendation, oldest first, each with its replies; of one or of the whole session.

    Comments made on a merged text that was dissolved again show at its originals as well.
    """
    names, moderates = collect.sees_names(session, me), collect.moderates(me)
    groups = {} if names else collect.group_titles(session.workshop_id)
    replies: dict[int, list[Remark]] = defaultdict(list)
    threads: dict[int, list[Remark]] = defaultdict(list)
    places = _places(session.id)
    blackened = collect.marks(session.id).comments
    for row in _rows(session.id):
        one, recommendation = row.Comment, row.Recommendation
        mine = one.author_id == me.id
        if one.hidden_at and not (moderates or mine):
            continue
        here = recommendation.hidden_at is None or moderates or recommendation.author_id == me.id
        if not here:
            continue
        dissolved = recommendation.state is RecommendationState.RETIRED
        remark = Remark(
            id=one.id,
            recommendation_id=one.recommendation_id,
            kind=one.kind,
            text=one.text,
            author=(row.name or "") if names else "",
            group=(row.sector or "") if names else groups.get(one.sector_id, ""),
            table=row.number if names else None,
            is_mine=mine,
            hidden=one.hidden_reason if one.hidden_at else None,
            created_at=one.created_at,
            edited_at=one.edited_at,
            redacted=tuple(blackened.get(one.id, ())),
            of=recommendation.name if dissolved else "",
            replies=tuple(replies[one.id]) if one.parent_id is None else (),
        )
        if one.parent_id is not None:
            replies[one.parent_id].append(remark)
            continue
        for place in (one.recommendation_id, *places.get(one.recommendation_id, ())):
            threads[place].append(remark)
    if recommendation_id is not None:
        return {recommendation_id: sorted(threads[recommendation_id], key=lambda remark: remark.id)}
    return {place: sorted(found, key=lambda remark: remark.id) for place, found in threads.items()}


def wordings(session, me, recommendation_id: int) -> list[Wording]:
    """All versions of a recommendation, newest first. The caller has asked whether it may be read."""
    names = collect.sees_names(session, me)
    rows = db.session.execute(
        select(Version, Account.name, Theme.title, Recommendation.current)
        .join(Recommendation, Recommendation.id == Version.recommendation_id)
        .outerjoin(Account, Account.id == Version.actor_id)
        .outerjoin(Theme, Theme.id == Version.theme_id)
        .where(Version.recommendation_id == recommendation_id, Recommendation.session_id == session.id)
        .order_by(Version.number.desc())
    )
    return [
        Wording(
            number=version.number,
            title=version.title,
            problem=version.problem,
            action=version.action,
            theme=theme or "",
            author=(author or "") if names else "",
            reason=version.reason,
            created_at=version.created_at,
            holds=version.number == current,
        )
        for version, author, theme, current in rows
    ]


def _kind(kind: CommentKind | str) -> CommentKind:
    try:
        return CommentKind(kind)
    except ValueError:
        raise Refused(N_("Bitte wählen Sie, was für ein Kommentar das ist."), field="kind") from None


def _checked(text: str) -> str:
    text = text.strip()
    if not text:
        raise Refused(N_("Bitte schreiben Sie etwas."), field="text")
    if len(text) > LONGEST_COMMENT:
        raise Refused(N_("Bitte höchstens %(max)d Zeichen."), field="text", max=LONGEST_COMMENT)
    return text


def _check_parent(session, me, recommendation_id: int, parent_id: int) -> None:
    parent = db.session.get(Comment, parent_id, populate_existing=True)
    if parent is None or parent.recommendation_id != recommendation_id:
        raise Missing()
    if parent.hidden_at and not (collect.moderates(me) or parent.author_id == me.id):
        raise Missing()
    if parent.parent_id is not None:
        raise Refused(
            N_("Auf eine Antwort lässt sich nicht antworten. Antworten Sie auf den Kommentar darüber.")
        )


def _rows(session_id: int):
    """Comments with their places; replies before all others, so that each comment finds its own."""
    return db.session.execute(
        select(Comment, Recommendation, Account.name, Sector.title.label("sector"), Table.number)
        .join(Recommendation, Recommendation.id == Comment.recommendation_id)
        .outerjoin(Account, Account.id == Comment.author_id)
        .outerjoin(Sector, Sector.id == Comment.sector_id)
        .outerjoin(Table, Table.id == Comment.table_id)
        .where(Recommendation.session_id == session_id)
        .order_by(Comment.parent_id.is_(None), Comment.id)
    )


def _places(session_id: int) -> dict[int, set[int]]:
    """For each dissolved text the originals that it was made from, through all steps."""
    rows = db.session.execute(
        select(Lineage.from_id, Lineage.to_id, Recommendation.state)
        .join(Step, Step.id == Lineage.step_id)
        .join(Recommendation, Recommendation.id == Lineage.to_id)
        .where(Step.session_id == session_id)
        .order_by(Lineage.id)
    ).all()
    sources: dict[int, set[int]] = defaultdict(set)
    for from_id, to_id, _ in rows:
        sources[to_id].add(from_id)
    found = {}
    for retired in {row.to_id for row in rows if row.state is RecommendationState.RETIRED}:
        seen, ahead = set(), set(sources[retired])
        while ahead:
            one = ahead.pop()
            seen.add(one)
            ahead |= sources[one] - seen
        found[retired] = seen
    return found
