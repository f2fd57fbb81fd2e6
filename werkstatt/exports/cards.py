"""Cards to print and cut: a name, whom the person speaks for, and a personal code to come in with.

The sheet is set by Typst from ``cards.typ`` beside this file. Everything that differs reaches it as
one JSON value, never as markup, so that a name full of signs is printed as it is. The same cards give
the same bytes.
"""

from __future__ import annotations

import functools
import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path
from typing import NamedTuple

import segno
import typst

TEMPLATE = Path(__file__).with_name("cards.typ").read_bytes()
# The first that is installed; the last of each comes with Typst itself.
FONTS = ["Noto Sans", "DejaVu Sans", "Liberation Sans", "Arial", "Libertinus Serif"]
MONO = ["DejaVu Sans Mono"]
EPOCH = datetime(2000, 1, 1, tzinfo=UTC)  # no time of printing in the file
STRICT = "a-2b"  # refuses a text that no font can show, where a plain file would print empty boxes
PROBE = b"#set text(font: json(bytes(sys.inputs.fonts)))\n#sys.inputs.text"


class Card(NamedTuple):
    """One card; without a name it is blank, with lines to write on."""

    number: int
    code: str  # as it is spoken: "7K3PQ-D9MAB"
    url: str
    name: str = ""
    organisation: str = ""
    sector: str = ""


@functools.cache
def installed() -> typst.Fonts:
    """The fonts of this machine and Typst's own, looked for once."""
    return typst.Fonts()


def spoken_number(number: int) -> str:
    """The number on a card: ``K-017``."""
    return f"K-{number:03}"


def spoken_code(code: str) -> str:
    """A card's code in two groups: ``7K3PQ-D9MAB``."""
    return f"{code[: len(code) // 2]}-{code[len(code) // 2 :]}"


def unprintable(text: str) -> str:
    """The signs of a text that no font of this machine can show, each once."""
    return "".join(sign for sign in dict.fromkeys(text) if not _shows(sign))


@functools.lru_cache(maxsize=4096)
def _shows(sign: str) -> bool:
    if sign.isspace() or sign.isascii():
        return True
    try:
        given = {"fonts": json.dumps(FONTS), "text": sign}
        typst.compile(PROBE, font_paths=installed(), sys_inputs=given, pdf_standards=STRICT)
    except typst.TypstError:
        return False
    return True


def sheet(cards: Sequence[Card], *, heading: str, words: Mapping[str, str], language: str = "de") -> bytes:
    """A PDF of A4 pages, ten cards on each, with lines to cut along.

    :param heading: the workshop's title and day, on every card.
    :param words: the labels in the reader's language: ``title`` of the file, ``howto`` below the
        code, ``name``, ``organisation`` and ``sector`` under the lines of a blank card, ``alt``
        before the number where the picture is read out.
    """
    given = {
        "heading": heading,
        "words": dict(words),
        "language": language,
        "fonts": FONTS,
        "mono": MONO,
        "cards": [_face(card) for card in cards],
    }
    return typst.compile(
        TEMPLATE, font_paths=installed(), sys_inputs={"data": json.dumps(given)}, timestamp=EPOCH
    )


def without_glyphs(cards: Iterable[Card]) -> list[Card]:
    """The cards whose names cannot be printed here: they get lines to write on instead."""
    return [card for card in cards if unprintable(card.name)]


def _face(card: Card) -> dict:
    hidden = bool(unprintable(card.name))
    return {
        "number": spoken_number(card.number),
        "code": card.code,
        "picture": qr(card.url),
        "name": "" if hidden else card.name,
        "organisation": shortened(card.organisation),
        "sector": card.sector,
    }


def shortened(text: str, most: int = 120) -> str:
    """A text that fits its place: what is left out shows as an ellipsis."""
    return text if len(text) <= most else text[: most - 1].rstrip() + "…"


def qr(url: str) -> str:
    """The address as a picture to scan, in SVG."""
    out = BytesIO()
    segno.make(url, error="m").save(out, kind="svg", border=0, xmldecl=False)
    return out.getvalue().decode()
