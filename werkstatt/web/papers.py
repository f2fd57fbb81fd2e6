"""Paper ballots in the browser: who gets one, and the two people who enter the sheets."""

from __future__ import annotations

from flask import redirect, render_template, request, url_for
from flask_babel import gettext
from flask_babel import lazy_gettext as _l
from wtforms import RadioField

from ..acts import Refused, rank
from ..permits import Action
from ..phrases import PAPER_REASONS
from ..terms import N_
from .forms import Form
from .guard import allow
from .rank import bp, console, keys


class PaperForm(Form):
    reason = RadioField(_l("Warum Papier?"), validate_choice=False)

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.reason.choices = [(key, gettext(text)) for key, text in PAPER_REASONS.items()]


@bp.get("/sessions/<int:session_id>/papers")
@allow(Action.OPEN)
def papers(session, me):
    return render_template("rank/papers.html", voters=rank.voters(session), round=rank.unfinished(session.id))


@bp.get("/sessions/<int:session_id>/papers/<int:membership_id>")
@allow(Action.OPEN)
def give_paper(session, membership):
    return question(session, membership, PaperForm(formdata=None, key="paper"))


@bp.post("/sessions/<int:session_id>/papers/<int:membership_id>")
@allow(Action.OPEN)
def mark_paper(session, me, membership):
    form, to = PaperForm(key="paper"), request.form.get("to")
    if to not in ("paper", "screen"):
        raise Refused(N_("Bitte wählen Sie, ob diese Person auf Papier oder am Gerät abstimmt."))
    on_paper = to == "paper"
    try:
        rank.mark(session, me, keys(), membership.id, on_paper=on_paper, reason=form.reason.data or "")
    except Refused as no:
        if no.status != 422:
            raise
        form.say(no)
        return question(session, membership, form), 422
    return redirect(url_for("rank.papers", session_id=session.id), 303)


def question(session, membership, form):
    """What paper means for this person, and why they get it; nothing is destroyed before this is answered."""
    voter, round = rank.voter(session, membership.id), rank.unfinished(session.id)
    return render_template("rank/give_paper.html", voter=voter, round=round, form=form)


@bp.get("/sessions/<int:session_id>/rounds/<int:round_id>/sheet")
@allow(Action.OPEN)
def blank_sheet(session, round):
    items, groups = rank.blank(session, round)
    return render_template("rank/sheet.html", round=round, items=items, groups=groups)


@bp.get("/sessions/<int:session_id>/rounds/<int:round_id>/sheets")
@allow(Action.PAPER)
def sheets(session, me, round):
    return sheets_page(session, me, round)


@bp.post("/sessions/<int:session_id>/rounds/<int:round_id>/sheets")
@allow(Action.PAPER)
def enter_sheets(session, me, round):
    here = url_for("rank.sheets", session_id=session.id, round_id=round.id)
    if "instead" in request.form:
        rank.take_over(session, me, keys(), round.id, request.form.get("instead", 0, type=int))
        return redirect(here, 303)
    try:
        equal = rank.enter(session, me, keys(), round.id, rank.read_sheets(round, request.form))
    except Refused as no:
        if no.status != 422:
            raise
        return sheets_page(session, me, round, problem=gettext(no.message, **no.values)), 422
    if equal:
        return (
            console(session)
            if me.moderates
            else redirect(url_for("prepare.step", session_id=session.id), 303)
        )
    return redirect(here, 303)


@bp.post("/sessions/<int:session_id>/rounds/<int:round_id>/without-papers")
@allow(Action.OPEN)
def without_papers(session, me, round):
    rank.count_without_papers(session, me, round.id)
    return console(session)


def sheets_page(session, me, round, problem: str = ""):
    """The form: first how many sheets, then a row of places for each."""
    desk = rank.desk_of(session, me, keys(), round.id)
    given = request.form if problem else request.args
    many = rank.number_of_sheets(given)
    return render_template(
        "rank/sheets.html",
        round=round,
        desk=desk,
        items=rank.frozen_items(round.id),
        groups=rank.groups_of(session),
        many=min(len(desk.mine or ()) if many is None else many, desk.most),
        asked=many is not None or desk.mine is not None,
        typed=request.form if problem else None,
        problem=problem,
    )
