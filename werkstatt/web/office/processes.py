"""Processes: the list, one process with its workshops and its organisers."""

from __future__ import annotations

from flask import redirect, render_template, url_for
from flask_babel import gettext

from ...acts import Refused, join, office
from ...permits import Action
from .. import handover
from ..guard import allow, confirm_first
from ..mailed import after_right
from . import bp
from .forms import CopyForm, OrganiserForm, ProcessForm, WorkshopForm


@bp.get("/processes")
@allow(Action.LOGGED_IN)
def processes(me):
    return processes_page(me, ProcessForm(key="process"))


def processes_page(me, form, status: int = 200):
    return render_template("office/processes.html", processes=office.organised(me.id), form=form), status


@bp.post("/processes")
@allow(Action.FOUND)
def create_process(me):
    form = ProcessForm(key="process")
    if form.validate():
        made = office.create_process(me.id, title=form.title.data, question=form.question.data)
        return redirect(url_for("office.plan", process_id=made.id), 303)
    return processes_page(me, form, 422)


@bp.get("/processes/<int:process_id>")
@allow(Action.ORGANISE)
def process(process, me):
    return process_page(process)


def process_page(process, status: int = 200, **forms):
    """The overview; ``forms``: the one that came back with a sentence."""
    people = office.organisers(process.id)
    page = render_template(
        "office/process.html",
        places=office.overview(process.id),
        sectors=join.sectors(process.id),
        organisers=[(one, handover.take(f"account-{one.id}")) for one in people],
        form=forms.get("form") or WorkshopForm(formdata=None, key="workshop"),
        organiser_form=forms.get("organiser_form") or OrganiserForm(formdata=None, key="organiser"),
    )
    return page, status


@bp.post("/processes/<int:process_id>/workshops")
@allow(Action.ORGANISE)
def create_workshop(process, me):
    form = WorkshopForm(key="workshop")
    if form.validate():
        try:
            made = office.create_workshop(process, me.id, **form.facts)
            return redirect(url_for("prepare.workshop", workshop_id=made.id), 303)
        except Refused as no:
            form.say(no)
    return process_page(process, 422, form=form)


@bp.get("/workshops/<int:workshop_id>/copy")
@allow(Action.ORGANISE)
def copy(workshop):
    form = CopyForm(key="copy", data={"title": gettext("%(title)s (Kopie)", title=workshop.title)[:200]})
    return render_template("office/copy.html", form=form)


@bp.post("/workshops/<int:workshop_id>/copy")
@allow(Action.ORGANISE)
def copy_workshop(workshop, me):
    form = CopyForm(key="copy")
    if form.validate():
        made = office.copy_workshop(workshop, me.id, title=form.title.data)
        return redirect(url_for("prepare.workshop", workshop_id=made.id), 303)
    return render_template("office/copy.html", form=form), 422


@bp.post("/processes/<int:process_id>/organisers")
@allow(Action.ORGANISE)
def add_organiser(process, me):
    confirm_first(me)
    form = OrganiserForm(key="organiser")
    if form.validate():
        try:
            account, is_new = office.add_organiser(
                process, me.id, email=form.email.data, name=form.name.data or ""
            )
            may_hand, was_open = join.may_hand(me.id, account.id), join.is_open(account.id)
            proof = after_right(me, account.id, was_open=was_open, may_hand=may_hand) or None
            if is_new or proof == "link":
                handover.keep(office.hand_over(me.id, account.id), f"account-{account.id}")
            there = url_for("office.process", process_id=process.id, proof=proof)
            return redirect(there + "#organisers", 303)
        except Refused as no:
            form.say(no)
    return process_page(process, 422, organiser_form=form)


@bp.post("/processes/<int:process_id>/organisers/<int:account_id>/remove")
@allow(Action.ORGANISE)
def remove_organiser(process, account_id, me):
    confirm_first(me)
    office.remove_organiser(process, me.id, account_id)
    return redirect(url_for("office.process", process_id=process.id) + "#organisers", 303)
