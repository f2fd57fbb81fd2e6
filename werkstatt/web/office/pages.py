"""Pages of the installation: legal ones and help, editable as plain text, with template texts."""

from __future__ import annotations

from functools import lru_cache

from flask import current_app, redirect, render_template, url_for
from flask_babel import lazy_gettext as _l

from config import HERE

from ...acts import Missing, office
from ...permits import Action
from .. import LANGUAGES, language
from ..guard import allow
from . import bp, duties
from .forms import PageForm

TITLES = {
    "impressum": _l("Impressum"),
    "datenschutz": _l("Datenschutz"),
    "barrierefreiheit": _l("Barrierefreiheit"),
    "hilfe": _l("Hilfe"),
}
# What only the operator knows; said on the page until its text has been edited.
OPEN_QUESTIONS = {
    "impressum": _l(
        "Dies ist ein Mustertext. Der Betreiber muss noch einsetzen: Name und Anschrift, Vertretung, Kontakt,"
        " Aufsicht und, wo es sie gibt, Register und Umsatzsteuer-Nummer."
    ),
    "datenschutz": _l(
        "Dies ist ein Mustertext. Der Betreiber muss noch einsetzen: Verantwortliche Stelle, Datenschutzbeauftragte,"
        " Rechtsgrundlage, Auftragsverarbeiter und Fristen, und den Text mit seiner Rechtsstelle prüfen."
    ),
    "barrierefreiheit": _l(
        "Dies ist ein Mustertext. Der Betreiber muss noch einsetzen: eigene Prüfung mit Datum, bekannte Mängel,"
        " Kontakt für Rückmeldungen und die zuständige Schlichtungsstelle."
    ),
}


@lru_cache
def template_text(slug: str, of_language: str) -> str:
    """The built-in text, until somebody edits it."""
    return (HERE / "templates" / "office" / "texts" / f"{slug}.{of_language}.txt").read_text(encoding="utf-8")


def parts(text: str) -> list[tuple[str, list[str]]]:
    """Plain text as (kind, lines): a heading ("## "), a list ("- " on every line), or a paragraph."""
    found = []
    for block in text.replace("\r\n", "\n").split("\n\n"):
        lines = [line.rstrip() for line in block.strip("\n").split("\n") if line.strip()]
        while lines and lines[0].startswith("## "):
            found.append(("heading", [lines.pop(0).removeprefix("## ")]))
        if lines and all(line.startswith("- ") for line in lines):
            found.append(("list", [line.removeprefix("- ") for line in lines]))
        elif lines:
            found.append(("text", lines))
    return found


def known(slug: str) -> str:
    if slug not in TITLES:
        raise Missing()
    return slug


@bp.get("/pages/<slug>")
@allow(Action.PUBLIC)
def page(slug, me):
    edited = office.page_text(known(slug), language())
    return render_template(
        "office/page.html",
        heading=TITLES[slug],
        slug=slug,
        parts=parts(edited.text if edited else template_text(slug, language())),
        edited=edited,
        note=None if edited else OPEN_QUESTIONS.get(slug),
        encrypted=current_app.config["SETTINGS"].https,
    )


@bp.get("/admin/pages/<slug>")
@allow(Action.ADMINISTER)
def edit_page(slug):
    texts = {}
    for one in LANGUAGES:
        edited = office.page_text(known(slug), one)
        texts[one] = edited.text if edited else template_text(slug, one)
    return editing(slug, PageForm(data=texts))


def editing(slug: str, form, status: int = 200):
    """The form, and which duties its texts do not meet yet."""
    texts = {one: form[one].data or "" for one in LANGUAGES}
    return render_template(
        "office/edit_page.html",
        heading=TITLES[slug],
        slug=slug,
        form=form,
        found={one: duties.check(slug, text) for one, text in texts.items()},
        gaps={one: duties.open_places(text) for one, text in texts.items()},
    ), status


@bp.post("/admin/pages/<slug>")
@allow(Action.ADMINISTER)
def save_page(slug, me):
    form = PageForm()
    if not form.validate():
        return editing(known(slug), form, 422)
    for one in LANGUAGES:
        text = form[one].data or ""
        is_template = text == template_text(known(slug), one).strip()
        office.save_page(me.id, slug, one, "" if is_template else text)
    return redirect(url_for("office.page", slug=slug), 303)
