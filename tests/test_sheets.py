"""Lists of people from files: the dialects of CSV, XLSX, and what is bounded."""

from __future__ import annotations

import io
import zipfile

import pytest
from openpyxl import Workbook

from werkstatt import sheets
from werkstatt.sheets import Entry, Unreadable

PEOPLE = [("Jürgen Groß", "j.gross@example.org", "Groß & Söhne", "Industrie")]
WANTED = [Entry(2, *PEOPLE[0])]
HEADING = ("Name", "E-Mail", "Organisation", "Akteursgruppe")


def written(separator: str = ";", heading=HEADING, encoding: str = "utf-8") -> bytes:
    return "\r\n".join(separator.join(row) for row in (heading, *PEOPLE)).encode(encoding)


def xlsx(*rows, heading=HEADING, prepare=lambda sheet: None) -> bytes:
    book = Workbook()
    for row in (heading, *rows):
        book.active.append(row)
    prepare(book.active)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def read(data: bytes) -> list[Entry]:
    return sheets.entries(sheets.table(data))


@pytest.mark.parametrize("separator", [";", ",", "\t"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16"])
def test_every_dialect_of_csv_is_read(separator, encoding):
    assert read(written(separator, encoding=encoding)) == WANTED


@pytest.mark.parametrize(
    "heading",
    [
        ("name", "e-mail", "organisation", "sector"),
        ("Full name", "Email address", "Company", "Stakeholder group"),
        ("NAME:", "E-Mail-Adresse", "Einrichtung", "Spricht für"),
    ],
)
def test_columns_are_known_in_german_and_english(heading):
    assert read(written(heading=heading)) == WANTED


def test_first_and_last_names_may_stand_apart_and_columns_in_any_order():
    data = "Firma;Nachname;Vorname;Telefon;Mail\nWerk;Groß;Jürgen;0351;mailto:J.Gross@Example.org"
    assert read(data.encode()) == [Entry(2, "Jürgen Groß", "j.gross@example.org", "Werk", "")]


def test_lines_are_numbered_as_the_program_shows_them():
    data = 'sep=;\nName;Organisation\n"Neu,\nNora";Werk\n\n;;\nMilan;"a;b"\n'
    assert [(one.line, one.name, one.organisation) for one in read(data.encode())] == [
        (2, "Neu, Nora", "Werk"),
        (5, "Milan", "a;b"),
    ]


def test_an_xlsx_is_read_with_numbers_formulas_and_links_as_text():
    def prepare(sheet):
        sheet["A3"], sheet["C3"] = '=HYPERLINK("http://x","Nora")', 4711.0
        sheet["B2"].hyperlink = "mailto:somebody@else.example"

    found = read(xlsx(PEOPLE[0], ("", "", "", ""), prepare=prepare))
    assert found[0] == WANTED[0]
    assert found[1].name.startswith("=HYPERLINK") and found[1].organisation == "4711"


def test_a_title_may_stand_above_the_heading():
    title = "Teilnehmer (vorläufig)\n\nStand: 3.11., Frau Muster\n"
    assert read(title.encode() + written()) == [Entry(5, *PEOPLE[0])]
    with pytest.raises(Unreadable, match="Über der Liste"):
        read(b"Titel\n" * 20 + written())


def test_what_stands_once_for_several_lines_counts_for_each():
    def prepare(sheet):
        sheet.append(("Nora Neu", "nora@example.org"))
        sheet.append(("Milan Vogt", "milan@example.org", None, "Verwaltung"))
        sheet.append(("Vera", "vera@example.org"))
        sheet.merge_cells("C2:C4")
        sheet.merge_cells("D2:D3")
        sheet.merge_cells("E1:H6")

    found = read(xlsx(PEOPLE[0], prepare=prepare))
    assert [one.organisation for one in found] == ["Groß & Söhne"] * 3 + [""]
    assert [one.sector for one in found] == ["Industrie", "Industrie", "Verwaltung", ""]


def test_addresses_as_people_copy_them():
    written = {
        "Nora Neu <Nora@Example.ORG>": "nora@example.org",
        "nora@m\u00fcller-gmbh.de": "nora@xn--mller-gmbh-9db.de",
        "nora\u200b@example.org\xa0": "nora@example.org",
        "nora @ example.org": "nora@example.org",
        "a@example.org; b@example.org": "a@example.org; b@example.org",
        "nora@" + "x" * 80 + ".de": "nora@" + "x" * 80 + ".de",
        "@": "@",
    }
    for text, kept in written.items():
        assert read(f'Name\tMail\nNora\t"{text}"'.encode())[0].email == kept


def test_hidden_sheets_are_not_read():
    book = Workbook()
    book.active.sheet_state = "hidden"
    sheet = book.create_sheet("Gäste")
    for row in (HEADING, *PEOPLE):
        sheet.append(row)
    out = io.BytesIO()
    book.save(out)
    assert read(out.getvalue()) == WANTED


def bomb(size: int) -> bytes:
    out = io.BytesIO(xlsx(PEOPLE[0]))
    with zipfile.ZipFile(out, "a", zipfile.ZIP_DEFLATED) as parts:
        parts.writestr("xl/media/picture.bin", b"\0" * size)
    return out.getvalue()


def entities() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(xlsx(PEOPLE[0]))) as old, zipfile.ZipFile(out, "w") as new:
        for name in old.namelist():
            content = old.read(name)
            if name.endswith("sheet1.xml"):
                content = b"<!DOCTYPE x [<!ENTITY a 'aaaa'>]>" + content
            new.writestr(name, content)
    return out.getvalue()


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda: bomb(40_000_000), "entpackt"),
        (entities, "DOCTYPE"),
        (lambda: b"x" * 5_000_001, "zu groß"),
        (lambda: b"PK\x03\x04" + b"x" * 100, "beschädigt"),
        (lambda: b"PK\x05\x06" + b"\0" * 18, "Format"),
        (lambda: b"\xd0\xcf\x11\xe0" + b"x" * 100, "Format"),
        (lambda: b"Name\n" + b"x\n" * 5_001, "mehr als"),
        (lambda: b"Name\n" + b'"' + b"x" * 200_000, "Zeile"),
        (lambda: b"", "leer"),
        (lambda: b" ;\n;;\n", "leer"),
        (lambda: b"Name;E-Mail\n", "niemand"),
        (lambda: b"Nora;nora@example.org\nMilan;m@example.org", "Name"),
        (lambda: bytes(range(256)) * 20, "."),
    ],
)
def test_c44_what_is_no_list_or_too_much_is_one_sentence(make, said):
    with pytest.raises(Unreadable, match=said):
        read(make())


def test_c44_a_sheet_that_claims_a_million_lines_is_read_quickly():
    def prepare(sheet):
        sheet["XFD1048576"] = "weit weg"

    assert read(xlsx(PEOPLE[0], prepare=prepare)) == WANTED


def test_a_huge_cell_is_cut_and_stays_one_line():
    name = read(b"Name\nNora" + b"\x00\x1b[31m" * 500)[0].name
    assert name.startswith("Nora [31m") and len(name) <= sheets.LONGEST_CELL + 1


@pytest.mark.parametrize(
    ("heading", "row"),
    [
        ("Vorname;Name;E-Mail", "Nora;Neu;n@example.org"),
        ("Name;Vorname;E-Mail", "Neu;Nora;n@example.org"),
        ("Vorname;Name;E-Mail", "Nora;Nora Neu;n@example.org"),
        ("Vorname/Nachname;E-Mail (dienstlich)", "Nora Neu;n@example.org"),
    ],
)
def test_a_first_name_is_never_dropped(heading, row):
    assert read(f"{heading}\n{row}".encode()) == [Entry(2, "Nora Neu", "n@example.org", "", "")]


def test_headings_of_several_words_and_what_was_not_read():
    found = read(b"Anrede;Name;Organisation/Firma;Telefon\nFrau;Nora Neu;Werk;0351")
    assert found[0].organisation == "Werk" and found.unused == ("Anrede", "Telefon")


def test_one_bad_byte_in_a_text_of_utf8_spoils_its_own_line_only():
    data = "Name;E-Mail\nJörg Größe;j@example.org\nZoë X\nMax".encode() + b"\xfc;m@example.org\n"
    assert [one.name for one in read(data)] == ["Jörg Größe", "Zoë X", "Max\ufffd"]


def test_umlauts_of_an_old_macintosh_are_refused_with_their_line():
    data = "Name;E-Mail\nNora;n@example.org\nJörg Größe;j@example.org\n"
    with pytest.raises(Unreadable, match="alte Kodierung") as no:
        read(data.encode("mac-roman"))
    assert no.value.values == {"line": 3}
    assert read(data.encode("cp1252"))[1].name == "Jörg Größe"
    assert read("Name;Ort\nTomáš Škoda;Plzeň".encode("cp1252", errors="replace"))[0].name == "Tomáš Škoda"


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
def test_utf16_without_its_mark_is_read(encoding):
    assert read(written(encoding=encoding)) == WANTED


@pytest.mark.parametrize(
    ("body", "line"),
    [
        ('"offen;x@x.example\nfoo;bar@x.example\n', 2),
        ('Nora;n@x.example\n"offen;x@x.example\n"foo";bar@x.example\n', 3),
        ('"offen;x@x.example\nfoo;bar@x.example"\n', 2),
        ('Nora;n@x.example\n"offen;x@x.example', 3),
    ],
)
def test_a_quotation_mark_that_nobody_closed_is_named_by_its_line(body, line):
    with pytest.raises(Unreadable, match="Anführungszeichen") as no:
        read(f"Name;E-Mail\n{body}".encode())
    assert no.value.values == {"line": line}


def test_quotation_marks_within_a_line_harm_nobody():
    data = 'Name;Organisation\nHans "Hansi" Meier;Rohr 5" GmbH\nNora;"Werk ""Nord""\nDresden"\n'
    assert [one.organisation for one in read(data.encode())] == ['Rohr 5" GmbH', 'Werk "Nord" Dresden']


def test_of_several_sheets_it_is_known_which_one_was_read():
    def prepare(sheet):
        sheet.title = "Gäste"
        sheet.parent.create_sheet("Absagen")

    found = read(xlsx(PEOPLE[0], prepare=prepare))
    assert (found.sheet, found.others) == ("Gäste", 1)
