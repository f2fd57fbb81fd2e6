"""Every proposal and comment of a session as plain rows, for the file that moderators take home."""

from __future__ import annotations

from sqlalchemy import select

from ...db import db
from ...exports.texts import TextRow
from ...models import Account, Comment, Recommendation, Sector, Table
from ...terms import Role
from .. import Actor
from .look import cards

NOBODY = Actor(0, Role.MODERATOR)  # reads like a moderator, is nobody's author


def text_rows(session) -> list[TextRow]:
    """Recommendations in their order, each followed by its comments; names included, so for moderators only."""
    comments = _comments(session.id)
    rows = []
    for card in cards(session, NOBODY):
        rows.append(
            TextRow(
                number=card.name,
                kind=card.kind,
                state=card.state,
                title=card.title,
                problem=card.problem,
                action=card.action,
                theme=card.theme,
                name=card.author,
                organisation=card.organisation,
                sector=card.group,
                table=card.table,
                is_late=card.is_late,
                part_of=", ".join(line.name for line in card.into),
                excluded=card.excluded,
                time=card.created_at,
                hidden=card.hidden,
            )
        )
        rows += [_comment_row(card, *found) for found in comments.get(card.id, [])]
    return rows


def _comment_row(card, comment: Comment, name, organisation, sector, table, parent_hidden) -> TextRow:
    hidden = comment.hidden_reason if comment.hidden_at else None
    return TextRow(
        number=card.name,
        kind=card.kind,
        state=card.state,
        title=card.title if card.hidden is None else "",
        problem="",
        action="",
        theme=card.theme,
        name=name or "",
        organisation=organisation or "",
        sector=sector or "",
        table=table,
        is_late=False,
        part_of="",
        excluded="",
        time=comment.created_at,
        hidden=hidden if hidden is not None else parent_hidden,
        comment_kind=comment.kind,
        is_reply=comment.parent_id is not None,
        comment_text=comment.text,
    )


def _comments(session_id: int) -> dict[int, list[tuple]]:
    """By recommendation: each thread's comment, then its replies; a reply to a hidden comment is hidden too."""
    rows = db.session.execute(
        select(Comment, Account.name, Account.organisation, Sector.title, Table.number)
        .join(Recommendation, Recommendation.id == Comment.recommendation_id)
        .outerjoin(Account, Account.id == Comment.author_id)
        .outerjoin(Sector, Sector.id == Comment.sector_id)
        .outerjoin(Table, Table.id == Comment.table_id)
        .where(Recommendation.session_id == session_id)
        .order_by(Comment.id)
    ).all()
    reasons = {row.Comment.id: row.Comment.hidden_reason for row in rows if row.Comment.hidden_at}
    found: dict[int, list[tuple]] = {}
    for row in sorted(rows, key=lambda row: (row.Comment.parent_id or row.Comment.id, row.Comment.id)):
        found.setdefault(row.Comment.recommendation_id, []).append((*row, reasons.get(row.Comment.parent_id)))
    return found
