"""A report of figures to bytes. One writer a format; a writer knows the report and nothing else.

How to add a format
-------------------
1. Copy ``csv_writer.py``: a function ``write(report, translate) -> bytes``. The same report gives
   the same bytes, whatever process, locale or time zone it is written in.
2. Add one line to :data:`FORMATS`.
3. Add one row to FORMAT_ROWS in ``tests/exports/test_formats.py``.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable
from typing import NamedTuple

from ..terms import N_, Translate
from . import csv_writer, json
from .report import Report


class Format(NamedTuple):
    """A kind of file: what it is called, its type, its writer."""

    label: str  # a message id
    mimetype: str
    write: Callable[[Report, Translate], bytes]


FORMATS: dict[str, Format] = {
    "csv": Format(N_("Tabelle (CSV)"), "text/csv", csv_writer.write),
    "json": Format(N_("Daten (JSON)"), "application/json", json.write),
}

LETTERS = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss", "Ä": "Ae", "Ö": "Oe", "Ü": "Ue"})


def file_name(*parts: str, suffix: str) -> str:
    """A name that every file system, header and mail takes: lower case ASCII, digits and hyphens.

    >>> file_name("Ergebnis", "Regionen: was stärkt?", suffix="csv")
    'ergebnis-regionen-was-staerkt.csv'
    """
    text = (
        unicodedata.normalize("NFKD", "-".join(parts).translate(LETTERS)).encode("ascii", "ignore").decode()
    )
    words = "".join(sign if sign.isalnum() else " " for sign in text.lower()).split()
    return f"{'-'.join(words)[:80].strip('-') or 'werkstatt'}.{suffix}"
