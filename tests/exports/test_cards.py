"""The printed cards: everything on them can be read, and nothing of it is markup."""

from __future__ import annotations

import functools
from io import BytesIO

import pytest
from pypdf import PdfReader

from werkstatt.exports import cards
from werkstatt.exports.cards import Card

WORDS = {
    "title": "Karten",
    "howto": "Scannen oder unter werkstatt.example.org/j/ eingeben.",
    "name": "Name",
    "organisation": "Organisation",
    "sector": "Spricht für",
    "alt": "QR-Code der Karte",
}
HOSTILE = '#import "x.typ": y; *fett* $x$ <b>&amp; \\n @ref'
LONG = "Prof. Dr.-Ing. habil. Karl-Theodor Maria Nikolaus Müller-Lüdenscheidt-Weißenfels"
NAMES = [HOSTILE, LONG, "Дмитрий Шостакович", "Ελένη Παπαδοπούλου", "Żółć Ñandú", "=1+1", "王小明"]
URL = "https://werkstatt.example.org/c/0123456789abcdefghijklmnopqrstuv"


def made(names, **more) -> bytes:
    given = [
        Card(17 + at, "7K3P-QD9M", URL, name, "Gießerei Süd", "Industrie") for at, name in enumerate(names)
    ]
    return cards.sheet(given, heading="Workshop Dresden · 23.11.2026", words=WORDS, **more)


@functools.cache
def pages() -> list[str]:
    """The pages' text without spaces: where a line breaks is the typesetter's affair."""
    reader = PdfReader(BytesIO(made([*NAMES, *["Gast"] * 5])))
    return ["".join(page.extract_text().replace("\u200b", "").split()) for page in reader.pages]


@pytest.mark.parametrize("name", NAMES[:-1])
def test_c30_every_name_is_printed_as_it_is(name):
    assert "".join(name.split()) in pages()[0]


def test_a_card_says_who_for_whom_where_and_how():
    for word in ("K-017", "7K3P-QD9M", "GießereiSüd", "Industrie", "WorkshopDresden·23.11.2026"):
        assert word in pages()[0]
    assert len(pages()) == 2 and "K-027" in pages()[1]


def test_a_name_without_a_font_gets_lines_to_write_on_and_is_reported():
    unknown = [Card(1, "", URL, "Erika"), Card(2, "", URL, "Name \U0001ffff")]
    assert cards.without_glyphs(unknown) == unknown[1:]
    assert cards.unprintable("Erika Müller-Łódź") == ""
    [page] = PdfReader(BytesIO(cards.sheet(unknown[1:], heading="x", words=WORDS))).pages
    assert "Organisation" in page.extract_text() and "K-002" in page.extract_text()


def test_c47_the_same_cards_give_the_same_bytes():
    assert made(["Erika"]) == made(["Erika"])


def test_a_long_text_is_shortened_visibly():
    assert cards.shortened("x" * 200).endswith("…") and cards.shortened("kurz") == "kurz"
