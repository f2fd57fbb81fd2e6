"""All proposals and comments of a session as CSV: semicolon, UTF-8 with BOM, no formulas.

Recipe for another column: a field of :class:`TextRow`, and a line in :data:`COLUMNS`.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from ..terms import N_, CommentKind, Kind, RecommendationState, Translate, label

BOM = "\ufeff"
DANGEROUS = ("=", "+", "-", "@", "\t", "\r")


@dataclass(frozen=True)
class TextRow:
    """One proposal, one recommendation, or one comment (then ``comment_text`` is filled).

    ``hidden`` is the reason for which moderators hid the text, or ``None``; a hidden text never
    leaves in a file.
    """

    number: str
    kind: Kind
    state: RecommendationState
    title: str
    problem: str
    action: str
    theme: str
    name: str
    organisation: str
    sector: str
    table: int | None
    is_late: bool
    part_of: str
    excluded: str
    time: datetime
    hidden: str | None = None
    comment_kind: CommentKind | None = None
    is_reply: bool = False
    comment_text: str = ""


COLUMNS = (
    N_("Nummer"),
    N_("Art"),
    N_("Stand"),
    N_("Titel"),
    N_("Problem"),
    N_("Was getan werden soll"),
    N_("Handlungsfeld"),
    N_("Name"),
    N_("Organisation"),
    N_("Akteursgruppe"),
    N_("Tisch"),
    N_("Nachtrag"),
    N_("Teil von"),
    N_("Ausgeschlossen, weil"),
    N_("Art des Kommentars"),
    N_("Kommentar"),
    N_("Zeit"),
)


def texts_csv(rows: Iterable[TextRow], translate: Translate, zone: ZoneInfo) -> bytes:
    """The file, its words in the reader's language, its times in ``zone``; equal input, equal bytes."""
    out = io.StringIO()
    writer = csv.writer(out, delimiter=";", lineterminator="\r\n")
    writer.writerow(translate(column) for column in COLUMNS)
    for row in rows:
        writer.writerow(harmless(cell) for cell in _cells(row, translate, zone))
    return (BOM + out.getvalue()).encode()


def harmless(cell: str) -> str:
    """A cell that no spreadsheet takes for a formula.

    >>> harmless("=1+1"), harmless("Mehr Netz")
    ("'=1+1", 'Mehr Netz')
    """
    return f"'{cell}" if cell.startswith(DANGEROUS) else cell


def _cells(row: TextRow, translate: Translate, zone: ZoneInfo) -> tuple[str, ...]:
    comment = row.comment_kind is not None
    title, problem, action, text = row.title, row.problem, row.action, row.comment_text
    if row.hidden is not None:
        gone = translate(N_("(von der Moderation ausgeblendet: %(reason)s)"), reason=row.hidden)
        title, problem, action, text = (title, "", "", gone) if comment else (gone, "", "", "")
    kind = ""
    if comment:
        kind = translate(N_("Antwort")) if row.is_reply else label(row.comment_kind, translate)
    return (
        row.number,
        label(row.kind, translate),
        label(row.state, translate),
        title,
        problem,
        action,
        row.theme,
        row.name,
        row.organisation,
        row.sector,
        "" if row.table is None else str(row.table),
        translate(N_("ja")) if row.is_late else "",
        row.part_of,
        row.excluded,
        kind,
        text,
        row.time.astimezone(zone).strftime("%d.%m.%Y %H:%M"),
    )
