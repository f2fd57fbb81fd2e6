"""Editable pages."""

from __future__ import annotations

import pytest

from werkstatt.web.office import pages


def test_plain_text_becomes_headings_lists_and_paragraphs():
    text = "## Titel\nErste Zeile\nzweite\r\n\r\n- eins\n- zwei\n\n\n<b>kein HTML</b>"
    assert pages.parts(text) == [
        ("heading", ["Titel"]),
        ("text", ["Erste Zeile", "zweite"]),
        ("list", ["eins", "zwei"]),
        ("text", ["<b>kein HTML</b>"]),
    ]


@pytest.mark.parametrize("slug", list(pages.TITLES))
@pytest.mark.parametrize("language", ["de", "en"])
def test_every_page_has_a_text_in_both_languages(browse, slug, language):
    answer = browse(None).get(f"/pages/{slug}", headers={"Accept-Language": language})
    assert answer.status_code == 200
    heading = pages.parts(pages.template_text(slug, language))[0][1][0]
    assert heading in answer.text
    assert ("status warn" in answer.text) is (slug != "hilfe")


def test_an_unknown_page_is_missing(browse):
    assert browse(None).get("/pages/geheim").status_code == 404
    assert browse("admin").get("/admin/pages/geheim").status_code == 404
    assert browse("admin").send("/admin/pages/geheim", {"de": "x"}).status_code == 404


@pytest.mark.parametrize(("name", "status"), [("ines", 403), ("mona", 403), ("petra", 403)])
def test_only_admins_edit(browse, name, status):
    assert browse(name).get("/admin/pages/impressum").status_code == status
    assert browse(name).send("/admin/pages/impressum", {"de": "Wir"}).status_code == status


def test_an_edited_text_shows_literally_until_it_is_emptied(browse):
    admin = browse("admin")
    english = pages.template_text("impressum", "en")
    assert (
        admin.send(
            "/admin/pages/impressum", {"de": "## Wir\n\n<script>x</script>", "en": english}
        ).status_code
        == 303
    )
    page = browse(None).get("/pages/impressum").text
    assert "&lt;script&gt;x&lt;/script&gt;" in page and "Mustertext" not in page
    english = browse(None).get("/pages/impressum", headers={"Accept-Language": "en"}).text
    assert "status warn" in english and "Represented by" in english
    assert admin.send("/admin/pages/impressum", {"de": "", "en": ""}).status_code == 303
    assert "Mustertext" in browse(None).get("/pages/impressum").text
    long = admin.send("/admin/pages/impressum", {"de": "x" * 40001, "en": ""})
    assert long.status_code == 422
