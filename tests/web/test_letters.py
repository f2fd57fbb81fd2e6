"""What the mails say, in the reader's language, and where their links lead."""

from __future__ import annotations

import inspect
import re
from types import SimpleNamespace

import pytest

from tests import pages
from werkstatt.db import begin_write, db, utcnow
from werkstatt.web import letters

URL = "https://werkstatt.example.org/login/abc?a=1&b=2"
HOSTILE = '<script>alert(1)</script> & "Co" {{ 7*7 }}'


def facts(kind: str, house) -> dict:
    """What this kind of letter asks for."""
    known = {
        "url": URL,
        "code": "123456",
        "expires_at": utcnow(),
        "at": utcnow(),
        "by": "Heiko Lang",
        "workshop": house.workshop,
        "login_url": URL,
    }
    return {name: known[name] for name in inspect.signature(letters.KINDS[kind]).parameters}


@pytest.mark.parametrize("kind", sorted(letters.KINDS))
@pytest.mark.parametrize(
    ("language", "greeting"), [("de", "Guten Tag, Petra Vogel,"), ("en", "Hello Petra Vogel,")]
)
def test_text_and_html_say_the_same_in_the_readers_language(app, house, kind, language, greeting):
    petra = SimpleNamespace(name="Petra Vogel", language=language)
    letter = letters.write(petra, kind, **facts(kind, house))
    html = pages.parse(letter.html)
    assert letter.text.startswith(greeting) and html.all("html")[0].attrs["lang"] == language
    if "url" in facts(kind, house):  # others announce something, and lead nowhere
        assert URL in letter.text and ("123 456" in letter.text) is ("code" in facts(kind, house))
        assert [link.attrs["href"] for link in html.all("a")] == [URL]
    assert " ".join(html.all("body")[0].text().split()) == " ".join(letter.text.split())


def test_c30_names_and_titles_are_shown_literally(app, house):
    begin_write()
    house.workshop.title = HOSTILE
    db.session.commit()
    letter = letters.write(
        SimpleNamespace(name=HOSTILE, language="de"), "invitation", **facts("invitation", house)
    )
    html = pages.parse(letter.html)
    timeless = re.sub(r"\d\d:\d\d", "", letter.text)
    assert not html.all("script") and "49" not in timeless
    assert HOSTILE in html.all("body")[0].text() and f"Guten Tag, {HOSTILE}," in letter.text
