"""The plan of a process: guiding question, themes, sectors."""

from __future__ import annotations

from types import MappingProxyType

from flask import redirect, render_template, request, url_for

from ...acts import Refused, join, office
from ...permits import Action
from ...terms import Rollup
from ..guard import allow
from . import bp
from .forms import ProcessForm, SectorForm, ThemeForm


@bp.get("/processes/<int:process_id>/plan")
@allow(Action.ORGANISE)
def plan(process):
    return plan_page(process)


def plan_page(process, status: int = 200, shown=MappingProxyType({})):
    """All forms of the page, filled; ``shown``: the one that came back, by its key."""

    def themes():
        for theme in office.themes(process.id):
            key = f"theme-{theme.id}"
            yield theme, shown.get(key) or ThemeForm(formdata=None, key=key, data={"title": theme.title})

    def sectors():
        for sector in join.sectors(process.id):
            known = {"title": sector.title, "examples": sector.examples, "rollup": sector.rollup.value}
            key = f"sector-{sector.id}"
            yield sector, shown.get(key) or SectorForm(formdata=None, key=key, data=known)

    known = {"title": process.title, "question": process.question}
    page = render_template(
        "office/plan.html",
        form=shown.get("process") or ProcessForm(formdata=None, key="process", data=known),
        themes=list(themes()),
        theme_form=shown.get("theme") or ThemeForm(formdata=None, key="theme"),
        sectors=list(sectors()),
        sector_form=shown.get("sector") or SectorForm(formdata=None, key="sector"),
        shown=shown,
    )
    return page, status


def attempt(process, form, verb):
    """Do it and come back to the plan, or show the form again with its sentence."""
    if form.validate():
        try:
            verb()
            return seen(process, form.key)
        except Refused as no:
            if no.status != 422:
                raise
            form.say(no)
    return plan_page(process, 422, {form.key: form})


def seen(process, key: str = ""):
    part = "#sectors" if key.startswith("sector") else "#themes" if key.startswith("theme") else ""
    return redirect(url_for("office.plan", process_id=process.id) + part, 303)


@bp.post("/processes/<int:process_id>/plan")
@allow(Action.ORGANISE)
def edit_process(process, me):
    form = ProcessForm(key="process")
    return attempt(
        process,
        form,
        lambda: office.edit_process(process, me.id, title=form.title.data, question=form.question.data),
    )


@bp.post("/processes/<int:process_id>/themes")
@allow(Action.ORGANISE)
def add_theme(process, me):
    form = ThemeForm(key="theme")
    return attempt(process, form, lambda: office.add_theme(process, me.id, title=form.title.data))


@bp.post("/processes/<int:process_id>/themes/<int:theme_id>")
@allow(Action.ORGANISE)
def rename_theme(process, theme, me):
    form = ThemeForm(key=f"theme-{theme.id}")
    return attempt(
        process, form, lambda: office.rename_theme(process, me.id, theme.id, title=form.title.data)
    )


@bp.post("/processes/<int:process_id>/themes/<int:theme_id>/move")
@allow(Action.ORGANISE)
def move_theme(process, theme):
    office.move_theme(process, theme.id, by=direction())
    return seen(process, "theme")


@bp.post("/processes/<int:process_id>/themes/<int:theme_id>/remove")
@allow(Action.ORGANISE)
def remove_theme(process, theme, me):
    office.remove_theme(process, me.id, theme.id)
    return seen(process, "theme")


@bp.post("/processes/<int:process_id>/sectors")
@allow(Action.ORGANISE)
def add_sector(process, me):
    form = SectorForm(key="sector")
    return attempt(process, form, lambda: office.add_sector(process, me.id, **sector_facts(form)))


@bp.post("/processes/<int:process_id>/sectors/<int:sector_id>")
@allow(Action.ORGANISE)
def edit_sector(process, sector, me):
    form = SectorForm(key=f"sector-{sector.id}")
    return attempt(process, form, lambda: office.edit_sector(process, me.id, sector.id, **sector_facts(form)))


@bp.post("/processes/<int:process_id>/sectors/<int:sector_id>/move")
@allow(Action.ORGANISE)
def move_sector(process, sector):
    office.move_sector(process, sector.id, by=direction())
    return seen(process, "sector")


@bp.post("/processes/<int:process_id>/sectors/<int:sector_id>/remove")
@allow(Action.ORGANISE)
def remove_sector(process, sector, me):
    office.remove_sector(process, me.id, sector.id)
    return seen(process, "sector")


def sector_facts(form: SectorForm) -> dict:
    return {
        "title": form.title.data,
        "examples": form.examples.data or "",
        "rollup": Rollup(form.rollup.data),
    }


def direction() -> int:
    """Up or down, as the two buttons of a row say."""
    return -1 if request.form.get("to") == "up" else 1
