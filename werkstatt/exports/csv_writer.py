"""Tables for spreadsheets: semicolon, UTF-8 with BOM, decimal comma, never a formula."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterable
from fractions import Fraction

from .. import phrases
from ..terms import N_, RoundState, Translate, label
from .report import Item, Report

Cell = str | int | float | Fraction | None

BOM = "\ufeff"
DANGEROUS = ("=", "+", "-", "@", "＝", "＋", "－", "＠")


# One column of the item's own: its heading and its cell. A place is two columns, so that it stays a number.
COLUMNS: tuple[tuple[str, Callable[[Item], Cell]], ...] = (
    (N_("Platz von"), lambda item: item.place[0]),
    (N_("Platz bis"), lambda item: item.place[1]),
    (N_("Buchstabe"), lambda item: item.letter),
    (N_("Kennung"), lambda item: item.name),
    (N_("Titel"), lambda item: item.title),
    (N_("Problem"), lambda item: item.problem),
    (N_("Was getan werden soll"), lambda item: item.action),
    (N_("Handlungsfeld"), lambda item: item.theme),
    (N_("Gewonnene Vergleiche"), lambda item: item.wins),
    (N_("Verlorene Vergleiche"), lambda item: item.losses),
    (N_("Unentschiedene Vergleiche"), lambda item: item.ties),
    (N_("Punkte je Stimme"), lambda item: item.points),
    (N_("Spanne von"), lambda item: item.span and item.span[0]),
    (N_("Spanne bis"), lambda item: item.span and item.span[1]),
    (N_("Anteil unter den ersten fünf"), lambda item: item.top),
    (N_("Gruppe"), lambda item: item.firmness),
    (N_("Platz je Person von"), lambda item: item.person[0]),
    (N_("Platz je Person bis"), lambda item: item.person[1]),
    (N_("Platz je Akteursgruppe von"), lambda item: item.balanced and item.balanced[0]),
    (N_("Platz je Akteursgruppe bis"), lambda item: item.balanced and item.balanced[1]),
    (N_("Aus den Vorschlägen"), lambda item: ", ".join(item.origin)),
)
FACTS: tuple[tuple[str, Callable[[Report], Cell]], ...] = (
    (N_("Stimmberechtigt"), lambda report: report.turnout.roll),
    (N_("Abgestimmt"), lambda report: report.turnout.cast),
    (N_("Enthaltungen"), lambda report: report.turnout.abstained),
    (N_("Arbeitsrunde"), lambda report: report.setting.session),
    (N_("Abstimmung"), lambda report: report.round.number),
    (
        N_("Geschlossen (UTC)"),
        lambda report: report.round.closed_at and f"{report.round.closed_at:%Y-%m-%d %H:%M}",
    ),
    (N_("Prüfsumme der Liste"), lambda report: report.round.list_hash),
    (N_("Anker des Protokolls"), lambda report: report.round.anchor),
)


def write(report: Report, translate: Translate) -> bytes:
    """One row an item, in the order of the list; the round's own facts repeat in the last columns."""
    header = [translate(heading) for heading, _ in COLUMNS]
    for group in report.groups:
        name = phrases.group(group.sectors, translate)
        header.append(translate(N_("Platz %(group)s von"), group=name))
        header.append(translate(N_("Platz %(group)s bis"), group=name))
    header += [
        translate(N_("Strittig")),
        translate(N_("Simuliert")),
        translate(N_("Stand")),
        *(translate(heading) for heading, _ in FACTS),
    ]
    yes, no = translate(N_("ja")), translate(N_("nein"))
    stand = label(RoundState(report.round.state), translate)
    facts = [yes if report.round.simulated else no, stand, *(figure(report) for _, figure in FACTS)]
    rows = [
        [
            *(figure(item) for _, figure in COLUMNS),
            *(number for place in item.groups for number in place),
            yes if item.contested else no,
            *facts,
        ]
        for item in report.items
    ]
    return table(header, rows)


def table(header: Iterable[str], rows: Iterable[Iterable[Cell]]) -> bytes:
    """Rows of texts, numbers and ``None`` as the bytes of one CSV file."""
    out = io.StringIO(newline="")
    writer = csv.writer(out, delimiter=";", lineterminator="\r\n")
    writer.writerow([cell(value) for value in header])
    writer.writerows([[cell(value) for value in row] for row in rows])
    return (BOM + out.getvalue()).encode()


def cell(value: Cell) -> str:
    """One cell: numbers as German spreadsheets read them, texts so that none becomes a formula.

    >>> cell(-3), cell(Fraction(-1, 4)), cell("=1+1"), cell(" -2"), cell("A-1")
    ('-3', '-0,25', "'=1+1", "' -2", 'A-1')
    """
    if value is None:
        return ""
    if isinstance(value, int):
        return str(value)
    if isinstance(value, (float, Fraction)):
        return f"{float(value):.4f}".rstrip("0").rstrip(".").replace(".", ",")
    text = value.replace("\x00", "")
    # Spreadsheets skip white space and marks of direction before they look for a formula.
    start = text.lstrip(" \u00a0\u200b\u200e\u200f\ufeff")
    return "'" + text if start.startswith((*DANGEROUS, "\t", "\r", "\n")) else text
