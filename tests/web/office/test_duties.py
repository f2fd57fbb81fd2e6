"""The duties of the German rules: the template meets none that is still in brackets, a filled one all."""

from __future__ import annotations

import re

import pytest

from werkstatt.web.office import duties
from werkstatt.web.office.pages import template_text

FILLED = {
    "E-Mail-Adresse": "werkstatt@example.org",
    "E-mail address": "werkstatt@example.org",
    "Telefonnummer": "0351 1234567",
    "Phone number": "0351 1234567",
    "Postleitzahl und Ort": "01067 Dresden",
}


def unmet(slug: str, text: str) -> list[str]:
    return [str(one.duty.law) for one in duties.check(slug, text) if not one.met]


@pytest.mark.parametrize("slug", list(duties.DUTIES))
@pytest.mark.parametrize("language", ["de", "en"])
def test_the_template_is_not_finished_and_says_where(slug, language):
    text = template_text(slug, language)
    assert unmet(slug, text) and duties.open_places(text)


def fill(text: str) -> str:
    """Every bracket filled in as an office would."""

    def answer(found: re.Match) -> str:
        asked = found[0].strip("[]")
        if "datum" in asked.lower() or "date" in asked.lower():
            return "23. November 2026"
        return FILLED.get(asked, "Amt für Beispiele, Art. 6, 01067 Dresden, Tel. 0351 123, w@example.org")

    return duties.OPEN.sub(answer, text)


@pytest.mark.parametrize("slug", list(duties.DUTIES))
@pytest.mark.parametrize("language", ["de", "en"])
def test_a_filled_template_meets_every_duty(app, slug, language):
    assert unmet(slug, fill(template_text(slug, language))) == []


def test_a_page_that_says_something_else_meets_nothing():
    for slug in duties.DUTIES:
        assert len(unmet(slug, "## Hallo\n\nHier steht nichts.")) == len(duties.DUTIES[slug])
