"""The set-up page of a workshop: its data, sessions, tables, join code."""

from __future__ import annotations

import io
from types import MappingProxyType

import segno
from flask import Response, redirect, render_template, request, url_for
from flask_babel import gettext

from ...acts import Refused, join, office, prepare
from ...permits import Action
from .. import handover
from ..guard import allow
from ..office.forms import WorkshopForm
from ..office.plan import direction
from . import bp
from .forms import SETTINGS, CodeForm, SessionForm, SettingsForm, TableForm, TablesForm


@bp.get("/workshops/<int:workshop_id>/setup")
@allow(Action.REGISTER)
def workshop(workshop):
    return setup_page(workshop)


def setup_page(workshop, status: int = 200, shown=MappingProxyType({})):
    """The page; ``shown``: the form that came back with a sentence, by its key."""

    def tables():
        for table, theme, people in prepare.tables(workshop.id):
            key, known = f"table-{table.id}", {"number": table.number, "theme": table.theme_id}
            form = shown.get(key) or TableForm(workshop.process_id, formdata=None, key=key, data=known)
            yield table, theme, people, form

    page = render_template(
        "prepare/workshop.html",
        sessions=prepare.sessions(workshop.id),
        tables=list(tables()),
        balance=prepare.balance(workshop.id, workshop.process_id),
        waiting=join.waiting(workshop.id),
        code=join.spoken(workshop.join_code),
        address=handover.outside(url_for("join.arrival", code=join.spoken(workshop.join_code))),
        form=shown.get("workshop") or WorkshopForm(formdata=None, key="workshop", obj=workshop),
        session_form=shown.get("session") or SessionForm(formdata=None, key="session"),
        code_form=shown.get("new-code") or CodeForm(formdata=None, key="new-code"),
        tables_form=shown.get("tables") or TablesForm(workshop.process_id, formdata=None, key="tables"),
        shown=shown,
    )
    return page, status


def attempt(workshop, form, verb, part: str = ""):
    """Do it and come back to the page, or show the form again with its sentence."""
    if form.validate():
        try:
            verb()
            return redirect(url_for("prepare.workshop", workshop_id=workshop.id) + part, 303)
        except Refused as no:
            if no.status != 422:
                raise
            form.say(no)
    return setup_page(workshop, 422, {form.key: form})


@bp.post("/workshops/<int:workshop_id>/setup")
@allow(Action.REGISTER)
def edit_workshop(workshop, me):
    form = WorkshopForm(key="workshop")
    return attempt(workshop, form, lambda: office.edit_workshop(workshop, me.id, **form.facts))


@bp.post("/workshops/<int:workshop_id>/sessions")
@allow(Action.REGISTER)
def create_session(workshop, me):
    form = SessionForm(key="session")

    def create():
        prepare.create_session(workshop, me.id, title=form.title.data, question=form.question.data)

    return attempt(workshop, form, create, "#sessions")


@bp.get("/sessions/<int:session_id>/settings")
@allow(Action.RUN)
def settings(session):
    known = {name: getattr(session, name) for name in ("title", "question", *SETTINGS)}
    known["visibility"] = session.visibility.value
    return render_template("prepare/settings.html", form=SettingsForm(data=known))


@bp.post("/sessions/<int:session_id>/settings")
@allow(Action.RUN)
def save_settings(session, me):
    form = SettingsForm()
    if form.validate():
        try:
            prepare.edit_session(session, me, **form.facts)
            return redirect(url_for("prepare.workshop", workshop_id=session.workshop_id) + "#sessions", 303)
        except Refused as no:
            form.say(no)
    return render_template("prepare/settings.html", form=form), 422


@bp.post("/sessions/<int:session_id>/copy")
@allow(Action.RUN)
def copy_session(session, me):
    title = gettext("%(title)s (Kopie)", title=session.title)[:200]
    made = prepare.copy_session(session, me.id, title=title)
    return redirect(url_for("prepare.settings", session_id=made.id), 303)


@bp.post("/sessions/<int:session_id>/move")
@allow(Action.RUN)
def move_session(session):
    prepare.move_session(session, by=direction())
    return redirect(url_for("prepare.workshop", workshop_id=session.workshop_id) + "#sessions", 303)


@bp.post("/workshops/<int:workshop_id>/tables")
@allow(Action.REGISTER)
def add_tables(workshop, me):
    form = TablesForm(workshop.process_id, key="tables")

    def add():
        prepare.add_tables(workshop, me.id, many=form.many.data, theme_id=form.theme.data)

    return attempt(workshop, form, add, "#tables")


@bp.post("/workshops/<int:workshop_id>/tables/<int:table_id>")
@allow(Action.REGISTER)
def edit_table(workshop, table, me):
    form = TableForm(workshop.process_id, key=f"table-{table.id}")

    def edit():
        prepare.edit_table(workshop, me.id, table.id, number=form.number.data, theme_id=form.theme.data)

    return attempt(workshop, form, edit, "#tables")


@bp.post("/workshops/<int:workshop_id>/tables/<int:table_id>/remove")
@allow(Action.REGISTER)
def remove_table(workshop, table, me):
    prepare.remove_table(workshop, me.id, table.id)
    return redirect(url_for("prepare.workshop", workshop_id=workshop.id) + "#tables", 303)


@bp.post("/workshops/<int:workshop_id>/code")
@allow(Action.REGISTER)
def new_code(workshop, me):
    form = CodeForm(key="new-code")
    return attempt(
        workshop, form, lambda: prepare.new_code(workshop, me.id, hours=form.hours.data or None), "#code"
    )


@bp.post("/workshops/<int:workshop_id>/joining")
@allow(Action.REGISTER)
def set_joining(workshop, me):
    prepare.set_joining(workshop, me.id, to=request.form.get("to") == "open")
    return redirect(url_for("prepare.workshop", workshop_id=workshop.id) + "#code", 303)


@bp.get("/workshops/<int:workshop_id>/code.svg")
@allow(Action.APPROVE)
def code_picture(workshop):
    address = handover.outside(url_for("join.arrival", code=join.spoken(workshop.join_code)))
    out = io.BytesIO()
    segno.make(address, error="m").save(out, kind="svg", scale=4, border=2, omitsize=True)
    return Response(out.getvalue(), mimetype="image/svg+xml")
