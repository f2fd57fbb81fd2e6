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


class Table(list[tuple[int, list[str]]]):
    """The lines that hold anything: (line number, cells); of an XLSX also which sheet it is, and how many others there are."""

    sheet, others = "", 0


class Entries(list["Entry"]):
    """The people, and what was not read: the names of columns that are none of ours, other sheets."""

    sheet, others = "", 0
    unused: tuple[str, ...] = ()


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
    "name": "name fullname vollständigername namevorname vornamename vornamenachname nachnamevorname vorundnachname person teilnehmer teilnehmerin participant",
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
LOST = "\ufffd"  # a byte that no letter is known for
# Bytes that are umlauts in the old encoding of the Macintosh, and something else in Windows-1252.
OF_MAC = frozenset(b"\x80\x85\x86\x8a\x8e\x9a\x9f\xa7")
BESIDE_LETTER = re.compile(rb"(?<=[A-Za-z])[\x80-\xff]|[\x80-\xff](?=[A-Za-z])")
WITHIN_UTF8 = re.compile(rb"[\xc2-\xdf][\x80-\xbf]|[\xe1-\xef][\x80-\xbf]{2}")
PARTS = re.compile(r"[/|,;()&+]|\bund\b|\boder\b|\band\b|\bor\b")
LOOKED_AT = 12  # lines in which the heading must stand; above it there may be a title
MERGED = re.compile(rb'<mergeCell ref="([A-Z]{1,3})(\d{1,7}):([A-Z]{1,3})(\d{1,7})"')


def table(data: bytes) -> Table:
    """The lines that hold anything: (line number, cells).

    :raises Unreadable: too large, no table, or a format of another program.
    """
    if len(data) > BIGGEST_FILE:
        raise Unreadable(N_("Die Datei ist zu groß: höchstens %(most)s MB."), most=BIGGEST_FILE // 1_000_000)
    found = Table()
    if data.startswith(b"PK\x03\x04"):
        rows = _xlsx(data, found)
    elif data.startswith((b"\xd0\xcf\x11\xe0", b"%PDF", b"PK")):
        raise Unreadable(
            N_("Dieses Format lesen wir nicht. Bitte speichern Sie die Liste als .xlsx oder als CSV.")
        )
    else:
        rows = _csv(_decoded(data))
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


def entries(rows: Table) -> Entries:
    """The people of a table with a line that names its columns, in German or English; a title may stand above.

    Beside a first name the column "Name" is the family name, as German offices write it, unless it holds both.

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

    def name(cells: list[str]) -> str:
        before, whole = cell(cells, "first"), cell(cells, "last" if "last" in heading else "name")
        has_both = "last" not in heading and before.casefold() in re.split(r"[\s,;]+", whole.casefold())
        return tidy(whole if has_both else f"{before} {whole}")

    read = Entries(
        Entry(
            line,
            name(cells),
            _address(cell(cells, "email")),
            cell(cells, "organisation"),
            cell(cells, "sector"),
        )
        for line, cells in people
    )
    read.sheet, read.others = rows.sheet, rows.others
    read.unused = tuple(
        title for at, title in enumerate(rows[first][1]) if title and at not in heading.values()
    )
    return read


def _heading(cells: list[str]) -> dict[str, int]:
    """Which columns a line names, and where."""
    found: dict[str, int] = {}
    several = sum(map(bool, cells)) > 1  # a title above may begin with "Teilnehmer, ..."
    for at, cell in enumerate(cells):
        column = KNOWN.get(_letters(cell)) or (_combined(cell) if several else None)
        if column:
            found.setdefault(column, at)
    return found


def _combined(cell: str) -> str | None:
    """What a heading of several words for one thing names.

    >>> _combined("Organisation/Firma"), _combined("E-Mail (dienstlich)"), _combined("Name (Firma)")
    ('organisation', 'email', None)
    """
    named = {KNOWN[word] for part in PARTS.split(cell.casefold()) if (word := _letters(part)) in KNOWN}
    return named.pop() if len(named) == 1 else None


def _letters(text: str) -> str:
    return "".join(sign for sign in text.casefold() if sign.isalpha())


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
    """UTF-8 with or without a mark, UTF-16 with one or without, else Windows-1252 as older spreadsheets write it.

    A byte that fits nowhere in a text of UTF-8 stays visible as :data:`LOST`, in its line.

    :raises Unreadable: umlauts that are none in Windows-1252; the line of the first.
    """
    wide = _wide(data)
    if wide:
        return data.decode(wide, errors="replace")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        if WITHIN_UTF8.search(data):
            return data.decode("utf-8-sig", errors="replace")
    beside = list(BESIDE_LETTER.finditer(data))
    strange = next((one for one in beside if one[0][0] in OF_MAC), None)
    if strange and not any(one[0][0] >= 0xC0 for one in beside):
        before = data[: strange.start()]
        raise Unreadable(
            N_(
                "Die Umlaute lassen sich nicht sicher lesen, zuerst in Zeile %(line)s: Die Datei hat eine alte Kodierung (Macintosh?). Bitte speichern Sie die Liste als „CSV UTF-8“ oder als .xlsx."
            ),
            line=len(before.replace(b"\r\n", b"\n").replace(b"\r", b"\n").split(b"\n")),
        )
    return data.decode("cp1252", errors="replace")


def _wide(data: bytes) -> str | None:
    """Which UTF-16 this is, if any: by its mark, or because every other byte of its beginning is nothing."""
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return "utf-16"
    begin = data[:400]
    for first, name in ((1, "utf-16-le"), (0, "utf-16-be")):
        if begin[first::2].count(0) * 4 > len(begin) and not begin[1 - first :: 2].count(0):
            return name
    return None


def _csv(text: str):
    lines = list(io.StringIO(text, newline=""))
    if lines and lines[0].lower().startswith("sep=") and len(lines[0].rstrip("\r\n")) == 5:
        del lines[0]  # what Excel may write there, and shows as no line
    begin = "".join(lines)[:20_000].lstrip().split("\n", LOOKED_AT)[:LOOKED_AT]
    separator = max(";\t,", key="\n".join(begin).count)
    reader = csv.reader(lines, delimiter=separator)
    line = 0  # of the table, as a program shows it: a cell may hold line breaks
    while True:
        line, before = line + 1, reader.line_num
        try:
            cells = next(reader)
            _check_quotes(lines[before : reader.line_num], cells, separator)
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


def _check_quotes(lines: list[str], cells: list[str], separator: str) -> None:
    """A quotation mark that nobody closed would swallow the lines that follow.

    :raises csv.Error: it did, or would at the end of the file.
    """
    try:
        list(csv.reader(lines, delimiter=separator, strict=True))
    except csv.Error as no:
        if len(lines) > 1 or "unexpected end" in str(no):
            raise
    if any(separator in rest for cell in cells for rest in cell.splitlines()[1:] if "@" in cell):
        raise csv.Error("a cell that holds another line")


def _xlsx(data: bytes, found: Table):
    from openpyxl import load_workbook

    broken = Unreadable(
        N_("Die Datei ist beschädigt oder keine Excel-Datei. Bitte speichern Sie sie noch einmal als .xlsx.")
    )
    try:
        formulas, merged = _check_parts(data)
        values = load_workbook(io.BytesIO(data), read_only=True, data_only=True)
        sheets = [one for one in values.worksheets if one.sheet_state == "visible"]
        sheet, found.sheet, found.others = sheets[0], sheets[0].title, len(sheets) - 1
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
