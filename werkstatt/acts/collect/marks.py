"""What moderation has blacked out in a session, for the marks that readers see; the verb is in acts/privacy."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

from sqlalchemy import select

from ...db import db
from ...models import Account, Redaction
from ...terms import RedactionReason


@dataclass(frozen=True)
class Marks:
    """What bears a mark: recommendations and comments with their reasons, and items of frozen lists."""

    recommendations: dict[int, list[RedactionReason]]
    comments: dict[int, list[RedactionReason]]
    items: set[tuple[int, int]]


def marks(session_id: int) -> Marks:
    """The marks that readers of a session see."""
    found = Marks(defaultdict(list), defaultdict(list), set())
    query = select(Redaction).where(Redaction.session_id == session_id).order_by(Redaction.id)
    for one in db.session.scalars(query):
        for fact in one.places:
            if fact["table"] == "round_item":
                found.items.add(tuple(fact["key"]))
            elif fact["table"] == "comment":
                _once(found.comments[fact["key"][0]], one.reason)
            elif fact["table"] in ("version", "recommendation"):
                _once(found.recommendations[fact["recommendation"]], one.reason)
    return found


def _once(reasons: list, reason) -> None:
    if reason not in reasons:
        reasons.append(reason)


def redactions(session_id: int) -> list[tuple[Redaction, str]]:
    """The redactions of a session with who made them, newest first; where, never what."""
    query = (
        select(Redaction, Account.name)
        .outerjoin(Account, Account.id == Redaction.actor_id)
        .where(Redaction.session_id == session_id)
        .order_by(Redaction.id.desc())
    )
    return [(one, name or "") for one, name in db.session.execute(query)]
