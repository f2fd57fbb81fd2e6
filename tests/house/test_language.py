"""A05: German and English complete: every message id has its English words, with the same values."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po

ROOT = Path(__file__).resolve().parents[2]
CATALOGUE = ROOT / "werkstatt" / "translations" / "en" / "LC_MESSAGES" / "messages.po"
KEYWORDS = {
    "_": None,
    "gettext": None,
    "_l": None,
    "lazy_gettext": None,
    "N_": None,
    "translate": None,
    "ngettext": (1, 2),
}
METHODS = [("werkstatt/**.py", "python"), ("templates/**.html", "jinja2")]


def used() -> set[str | tuple[str, str]]:
    """All message ids in code and templates; a pair for singular and plural."""
    found = set()
    for folder in ("werkstatt", "templates"):
        for _, _, message, _, _ in extract_from_dir(
            str(ROOT / folder),
            method_map=[("**.py", "python"), ("**.html", "jinja2")],
            options_map={"**.html": {"trimmed": "true"}},
            keywords=KEYWORDS,
        ):
            found.add(tuple(message[:2]) if isinstance(message, tuple) else message)
    return found - {""}


@pytest.fixture(scope="module")
def english():
    with CATALOGUE.open("rb") as file:
        return {message.id: message for message in read_po(file) if message.id}


def holes(text: str) -> set[str]:
    return set(re.findall(r"%\((\w+)\)|\{(\w+)\}", text))


def test_a05_every_message_has_its_english_words(english):
    missing = [str(id) for id in used() if id not in english or not all(_words(english[id]))]
    assert not missing, f"{len(missing)} messages without English words; run `make messages` and translate"


def test_a05_no_message_is_fuzzy_or_forgotten(english):
    known = used()
    assert not [id for id, message in english.items() if message.fuzzy]
    assert not [id for id in english if id not in known], (
        "the catalogue holds messages that nobody says any more"
    )


def test_a05_translations_keep_their_values(english):
    for id, message in english.items():
        said = id if isinstance(id, str) else id[1]
        for words in _words(message):
            assert holes(words) <= holes(said) | {("num", "")}, f"{said!r} -> {words!r}"
            if isinstance(id, str):
                assert holes(words) == holes(said), f"{said!r} -> {words!r}"


def _words(message) -> tuple[str, ...]:
    return (message.string,) if isinstance(message.string, str) else tuple(message.string)


def test_a05_the_english_page_is_english(browse):
    client = browse("petra")
    client.send("/language", {"language": "en", "next": "/"})
    page = client.get("/?all=1").text
    assert '<html lang="en">' in page and "My workshops" in page and "Meine Workshops" not in page
