"""Black out a passage: an insult or a private name goes from every wording it stands in, for good.

Looked through are all texts of the session and of what its recommendations came from or became:
every version, comments, reasons, and the frozen lists of rounds. Each sign becomes a block, so that
places stay where they were; files and pages are written from these texts and need nothing more. The
hash of a frozen list stays that of the wording that was voted on, and the protocol says so.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import select

from ... import passages
from ...db import db
from ...models import (
    Annulment,
    Comment,
    Lineage,
    Recommendation,
    Redaction,
    RollEntry,
    Round,
    RoundItem,
    Step,
    Version,
)
from ...permits import Action
from ...terms import N_, RedactionReason
from .. import NotNow, Refused, audit
from ..collect.write import hold_texts
from ..hold import touch

BLOCK = "█"
SHORTEST, MOST_PLACES, AROUND = 2, 500, 40
COLUMNS = {
    Version: ("title", "problem", "action", "reason"),
    Comment: ("text", "hidden_reason"),
    Recommendation: ("source", "hidden_reason"),
    Step: ("reason",),
    RoundItem: ("title", "problem", "action"),
    RollEntry: ("late_reason",),
    Annulment: ("reason",),
}
TABLES = {model.__tablename__: model for model in (*COLUMNS, Round)}
# Texts that may be written anew: the moment that tells whether a restored one is still the same.
STAMPS = {
    ("comment", "text"): "edited_at",
    ("comment", "hidden_reason"): "hidden_at",
    ("recommendation", "hidden_reason"): "hidden_at",
}


@dataclass(frozen=True)
class Place:
    """One passage: where it stands, and what stands around it. ``name``: as a form sends it."""

    table: str
    key: tuple[int, ...]
    column: str
    start: int
    length: int
    before: str
    words: str
    after: str
    label: str
    recommendation: int | None
    stamp: str | None

    @property
    def name(self) -> str:
        return ":".join(map(str, (self.table, *self.key, self.column, self.start, self.length)))

    @property
    def facts(self) -> dict:
        """What is kept of it: no word of the text."""
        return {
            "table": self.table,
            "key": list(self.key),
            "column": self.column,
            "start": self.start,
            "length": self.length,
            "stamp": self.stamp,
            "recommendation": self.recommendation,
        }


def find(session, passage: str) -> list[Place]:
    """Every place where these words stand, however they were typed (:mod:`werkstatt.passages`).

    :raises Refused: too short, nowhere, or nearly everywhere.
    """
    if passages.signs(passage) < SHORTEST:
        raise Refused(N_("Bitte geben Sie mindestens zwei Zeichen an."), field="passage")
    found = []
    for row, column, text, label, recommendation in _texts(session.id):
        for start, end in passages.spans(passage, text):
            found.append(_place(row, column, text, start, end, label, recommendation))
    if not found:
        raise Refused(
            N_(
                "Diese Stelle kommt in keinem Text der Arbeitsrunde vor. Bitte genau so eingeben, wie sie dasteht."
            ),
            field="passage",
        )
    if len(found) > MOST_PLACES:
        raise Refused(N_("Das steht fast überall. Bitte geben Sie eine längere Stelle an."), field="passage")
    return found


def redact(session, me, *, passage: str, reason: RedactionReason, chosen: Iterable[str]) -> Redaction:
    """Black out the chosen places. This cannot be undone.

    :param chosen: names of places that :func:`find` gave.
    :raises NotNow: a text has changed meanwhile.
    """
    session = hold_texts(session.id, me.role, Action.HIDE)
    places = {place.name: place for place in find(session, passage)}
    wanted = list(dict.fromkeys(chosen))
    if not wanted:
        raise Refused(N_("Bitte wählen Sie mindestens eine Stelle."), field="place")
    if not places.keys() >= set(wanted):
        raise NotNow(N_("Ein Text hat sich inzwischen geändert. Bitte suchen Sie die Stelle noch einmal."))
    facts = [places[name].facts for name in wanted]
    for fact in facts:
        black_out(fact)
    made = Redaction(
        mark=secrets.token_hex(12),
        session_id=session.id,
        actor_id=me.id,
        reason=RedactionReason(reason),
        signs=sum(fact["length"] for fact in facts),
        places=facts,
    )
    db.session.add(made)
    db.session.flush()
    audit.note(
        me.id,
        "redact",
        session.id,
        redaction=made.id,
        reason=made.reason.value,
        places=len(facts),
        signs=made.signs,
    )
    touch(session.id, step=True, news=True)
    return made


def black_out(fact: dict) -> bool:
    """Put blocks into one place; whether its row was there.

    A text that may be written anew, and was another one then, is blacked out as a whole.
    """
    model = TABLES[fact["table"]]
    row = db.session.get(model, tuple(fact["key"]), populate_existing=True)
    if row is None:
        return False
    column, start, end = fact["column"], fact["start"], fact["start"] + fact["length"]
    text = _read(row, column)
    if _stamp(row, column) != fact["stamp"] or end > len(text):
        start, end = 0, len(text)
    _write(row, column, text[:start] + BLOCK * (end - start) + text[end:])
    db.session.flush()
    return True


def black_out_again(mark: str, line: dict) -> None:
    """Do a redaction again in a database that does not know it."""
    for fact in line["places"]:
        black_out(fact)
    about = [fact["recommendation"] for fact in line["places"] if fact["recommendation"]]
    session_id = db.session.scalar(
        select(Recommendation.session_id).where(Recommendation.id.in_(about)).limit(1)
    )
    db.session.add(
        Redaction(
            mark=mark,
            session_id=session_id,
            reason=RedactionReason(line["reason"]),
            signs=line["signs"],
            places=line["places"],
        )
    )
    db.session.flush()


def _texts(session_id: int):
    """(row, column, text, label, recommendation id) of everything that could hold the passage."""
    related = _related(session_id)
    known = {
        one.id: one
        for one in db.session.scalars(
            select(Recommendation).where(Recommendation.id.in_(related)).order_by(Recommendation.id)
        )
    }
    rounds = list(
        db.session.scalars(select(Round).where(Round.session_id == session_id).order_by(Round.number))
    )
    numbers = {one.id: one.number for one in rounds}
    for model, about in (
        (Version, Version.recommendation_id),
        (Comment, Comment.recommendation_id),
        (Recommendation, Recommendation.id),
        (RoundItem, RoundItem.recommendation_id),
    ):
        rows = select(model).where(about.in_(related)).order_by(about, *model.__table__.primary_key.columns)
        for row in db.session.scalars(rows.execution_options(populate_existing=True)):
            one = known[row.id if model is Recommendation else row.recommendation_id]
            yield from _columns(row, one.name, one.id)
    for row in db.session.scalars(select(Step).where(Step.session_id == session_id).order_by(Step.number)):
        yield from _columns(row, f"#{row.number}", None)
    late = select(RollEntry).where(RollEntry.round_id.in_(numbers), RollEntry.late_reason != "")
    for row in db.session.scalars(late.order_by(RollEntry.round_id, RollEntry.membership_id)):
        yield from _columns(row, f"#{numbers[row.round_id]}", None)
    annulled = select(Annulment).where(Annulment.round_id.in_(numbers)).order_by(Annulment.round_id)
    for row in db.session.scalars(annulled):
        yield from _columns(row, f"#{numbers[row.round_id]}", None)
    for row in rounds:
        yield row, "options", _read(row, "options"), f"#{row.number}", None


def _columns(row, label: str, recommendation: int | None):
    for column in COLUMNS[type(row)]:
        text = _read(row, column)
        if text:
            yield row, column, text, label, recommendation


def _related(session_id: int) -> set[int]:
    """The session's recommendations and all that these came from or became, in whatever session."""
    own = select(Recommendation.id).where(Recommendation.session_id == session_id)
    found: set[int] = set()
    ahead = set(db.session.scalars(own))
    while ahead:
        found |= ahead
        rows = db.session.execute(
            select(Lineage.from_id, Lineage.to_id).where(
                Lineage.from_id.in_(ahead) | Lineage.to_id.in_(ahead)
            )
        )
        ahead = {one for pair in rows for one in pair} - found
    return found


def _place(row, column, text, start, end, label, recommendation) -> Place:
    return Place(
        table=row.__tablename__,
        key=tuple(getattr(row, one.key) for one in row.__table__.primary_key.columns),
        column=column,
        start=start,
        length=end - start,
        before=text[max(0, start - AROUND) : start],
        words=text[start:end],
        after=text[end : end + AROUND],
        label=label,
        recommendation=recommendation,
        stamp=_stamp(row, column),
    )


def _stamp(row, column: str) -> str | None:
    moment = STAMPS.get((row.__tablename__, column))
    value = getattr(row, moment) if moment else None
    return value.isoformat() if value else None


def _read(row, column: str) -> str:
    value = getattr(row, column)
    return value.get("cancel_reason", "") if column == "options" else value or ""


def _write(row, column: str, text: str) -> None:
    setattr(row, column, {**row.options, "cancel_reason": text} if column == "options" else text)
