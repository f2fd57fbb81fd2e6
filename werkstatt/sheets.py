"""Lists of people as offices keep them, read into entries: CSV in its dialects, and XLSX.

Everything is bounded before it is believed: bytes, lines, columns, the size of a cell, and what an
XLSX unpacks to. Cells are text; a formula counts as the value that the program last showed for it.

>>> entries(table("Name;E-Mail\\nNora Neu;NORA@example.org".encode()))
[Entry(line=2, name='Nora Neu', email='nora@example.org', organisation='', sector='')]
"""

from __future__ import annotations

import csv
import io
import re
import zipfile
from contextlib import suppress
from typing import NamedTuple

from .names import UNSEEN, tidy
from .terms import N_

BIGGEST_FILE = 5_000_000  # bytes
BIGGEST_UNPACKED = 30_000_000  # bytes of all parts of an XLSX together
MOST_PARTS = 1_000
MOST_LINES, MOST_COLUMNS, LONGEST_CELL = 5_000, 40, 1_000
FURTHEST_LINE = 20_000  # of an XLSX, empty ones included

Table = list[tuple[int, list[str]]]


class Unreadable(Exception):
    """The file is no list that can be read; a German message id and its values say what to do."""

    def __init__(self, message: str, **values):
        super().__init__(message)
        self.message, self.values = message, values


class Entry(NamedTuple):
    """One line of a list, as it was written; white space is folded, the address in lower case."""

    line: int
    name: str
    email: str
    organisation: str
    sector: str


COLUMNS = {
    "name": "name fullname vollständigername namevorname vornamename vorundnachname person teilnehmer teilnehmerin participant",
    "first": "vorname firstname givenname",
    "last": "nachname familienname lastname surname familyname",
    "email": "email mail emailadresse mailadresse emailaddress",
    "organisation": "organisation organization firma unternehmen institution einrichtung company affiliation",
    "sector": "akteursgruppe gruppe sektor sector group sprichtfür sprichtfuer speaksfor stakeholdergroup",
}
KNOWN = {word: column for column, words in COLUMNS.items() for word in words.split()}
NO_HEADING = N_(
    "Über der Liste müssen die Spalten heißen: Name, E-Mail, Organisation, Akteursgruppe. Eine Spalte „Name“ haben wir nicht gefunden."
)
LOOKED_AT = 12  # lines in which the heading must stand; above it there may be a title
MERGED = re.compile(rb'<mergeCell ref="([A-Z]{1,3})(\d{1,7}):([A-Z]{1,3})(\d{1,7})"')


def table(data: bytes) -> Table:
    """The lines that hold anything: (line number, cells).

    :raises Unreadable: too large, no table, or a format of another program.
    """
    if len(data) > BIGGEST_FILE:
        raise Unreadable(N_("Die Datei ist zu groß: höchstens %(most)s MB."), most=BIGGEST_FILE // 1_000_000)
    if data.startswith(b"PK\x03\x04"):
        rows = _xlsx(data)
    elif data.startswith((b"\xd0\xcf\x11\xe0", b"%PDF", b"PK")):
        raise Unreadable(
            N_("Dieses Format lesen wir nicht. Bitte speichern Sie die Liste als .xlsx oder als CSV.")
        )
    else:
        rows = _csv(_decoded(data))
    found: Table = []
    for line, cells in rows:
        plain = [_folded(cell) for cell in cells[:MOST_COLUMNS]]
        if any(plain):
            found.append((line, plain))
        if len(found) > MOST_LINES + 1:
            raise Unreadable(
                N_("Das sind mehr als %(most)s Zeilen. Bitte teilen Sie die Liste auf."), most=MOST_LINES
            )
    if not found:
        raise Unreadable(N_("Die Liste ist leer."))
    return found


def entries(rows: Table) -> list[Entry]:
    """The people of a table with a line that names its columns, in German or English; a title may stand above.

    :raises Unreadable: no column is called a name, or nobody follows.
    """
    headings = [_heading(cells) for _, cells in rows[:LOOKED_AT]]
    first = next((at for at, found in enumerate(headings) if found.keys() & {"name", "last"}), None)
    if first is None:
        raise Unreadable(NO_HEADING)
    heading, people = headings[first], rows[first + 1 :]
    if not people:
        raise Unreadable(N_("Unter den Überschriften steht niemand."))

    def cell(cells: list[str], column: str) -> str:
        at = heading.get(column)
        return cells[at] if at is not None and at < len(cells) else ""

    return [
        Entry(
            line,
            tidy(
                f"{cell(cells, 'first')} {cell(cells, 'last')}" if "last" in heading else cell(cells, "name")
            ),
            _address(cell(cells, "email")),
            cell(cells, "organisation"),
            cell(cells, "sector"),
        )
        for line, cells in people
    ]


def _heading(cells: list[str]) -> dict[str, int]:
    """Which columns a line names, and where."""
    found: dict[str, int] = {}
    for at, cell in enumerate(cells):
        column = KNOWN.get("".join(sign for sign in cell.casefold() if sign.isalpha()))
        if column:
            found.setdefault(column, at)
    return found


def _address(text: str) -> str:
    """An address as people copy them, as it is kept: in lower case, the host in its letters A to Z.

    >>> _address("Nora Neu <Nora.Neu@Bücher.example>"), _address(" mailto:n@example.org"), _address("n@ oder m@")
    ('nora.neu@xn--bcher-kva.example', 'n@example.org', 'n@ oder m@')
    """
    framed = re.fullmatch(r"[^<>]*<([^<>]+)>\s*", text)
    text = (framed[1] if framed else text).strip().lower().removeprefix("mailto:")
    if text.count("@") != 1:
        return text
    before, _, host = text.partition("@")
    with suppress(UnicodeError):  # no such host can be: it is shown as it was written
        host = host.strip().encode("idna").decode()
    return f"{before.strip()}@{host}" if host and before.strip() else text


def _folded(cell) -> str:
    """A cell as one line of text, cut where no field would take it any more."""
    if cell is None:
        return ""
    if isinstance(cell, float) and cell.is_integer():
        cell = int(cell)
    text = str(cell)[: LONGEST_CELL + 1]
    seen = (sign for sign in text if sign not in UNSEEN)
    return " ".join("".join(sign if sign.isprintable() else " " for sign in seen).split())


def _decoded(data: bytes) -> str:
    """UTF-8 with or without a mark, UTF-16 with one, else Windows-1252 as older spreadsheets write it."""
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return data.decode("utf-16", errors="replace")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("cp1252", errors="replace")


def _csv(text: str):
    lines = text.splitlines()
    if lines and lines[0].lower().startswith("sep=") and len(lines[0]) == 5:  # what Excel may write there
        text, skipped = text[text.index(lines[0]) + 5 :].lstrip("\r\n"), 1
    else:
        skipped = 0
    begin = text[:20_000].lstrip().split("\n", LOOKED_AT)[:LOOKED_AT]
    separator = max(";\t,", key="\n".join(begin).count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator)
    line = skipped  # of the table, as a program shows it: a cell may hold line breaks
    while True:
        line += 1
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as no:
            raise Unreadable(
                N_(
                    "Zeile %(line)s lässt sich nicht lesen: Dort ist ein Feld viel zu lang, oder ein Anführungszeichen fehlt."
                ),
                line=line,
            ) from no
        yield line, cells


def _xlsx(data: bytes):
    from openpyxl import load_workbook

    broken = Unreadable(
        N_("Die Datei ist beschädigt oder keine Excel-Datei. Bitte speichern Sie sie noch einmal als .xlsx.")
    )
    try:
        formulas, merged = _check_parts(data)
        values = load_workbook(io.BytesIO(data), read_only=True, data_only=True)
        sheet = next(one for one in values.worksheets if one.sheet_state == "visible")
        shown = sheet.iter_rows(max_row=FURTHEST_LINE, max_col=MOST_COLUMNS, values_only=True)
        shown = _unmerged(shown, merged.get(sheet._worksheet_path, {}))
        if not formulas:
            yield from enumerate(shown, 1)
            return
        # A formula that no program has computed yet has no value; its text is better than nothing.
        written = load_workbook(io.BytesIO(data), read_only=True)[sheet.title].iter_rows(
            max_row=FURTHEST_LINE, max_col=MOST_COLUMNS, values_only=True
        )
        for line, (value, text) in enumerate(zip(shown, written, strict=False), 1):
            yield line, [one if one is not None else two for one, two in zip(value, text, strict=False)]
    except Unreadable:
        raise
    except Exception as no:  # whatever the library makes of a damaged file
        raise broken from no


def _unmerged(rows, merged: dict[tuple[int, int], int]):
    """Rows in which what stands once for several lines, in cells made one, stands in each of them."""
    down: dict[int, tuple[int, object]] = {}  # column -> (the last line, what stands there)
    for line, cells in enumerate(rows, 1):
        if merged:
            down |= {
                at: (merged[line, at], cell)
                for at, cell in enumerate(cells)
                if merged.get((line, at), 0) > line
            }
            cells = [
                down[at][1] if cell is None and at in down and down[at][0] >= line else cell
                for at, cell in enumerate(cells)
            ]
        yield cells


def _merged(content: bytes) -> dict[tuple[int, int], int]:
    """Of a sheet: (line, column) -> the last line, of cells made one over lines of the same column."""
    return {
        (int(top), _column(left)): int(bottom)
        for left, top, right, bottom in MERGED.findall(content)
        if left == right and int(top) <= FURTHEST_LINE
    }


def _column(letters: bytes) -> int:
    """A column's number, from 0."""
    number = 0
    for letter in letters:
        number = number * 26 + letter - ord("A") + 1
    return number - 1


def _check_parts(data: bytes) -> tuple[bool, dict[str, dict]]:
    """Refuse what unpacks to too much, or defines entities; whether there are formulas, and merged cells by part."""
    formulas, merged = False, {}
    with zipfile.ZipFile(io.BytesIO(data)) as parts:
        names = parts.infolist()
        if len(names) > MOST_PARTS or sum(one.file_size for one in names) > BIGGEST_UNPACKED:
            raise Unreadable(N_("Die Datei ist zu groß: Sie entpackt sich auf mehr, als eine Liste braucht."))
        for one in names:
            if one.filename.endswith((".xml", ".rels")):
                content = parts.read(one)  # never more than it says it is
                if b"<!DOCTYPE" in content or b"<!ENTITY" in content:
                    raise Unreadable(N_("Die Datei enthält etwas, das in keine Liste gehört (DOCTYPE)."))
                formulas = formulas or (b"<f>" in content or b"<f " in content)
                merged[one.filename] = _merged(content)
    return formulas, merged
