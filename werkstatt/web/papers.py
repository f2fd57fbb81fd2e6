"""Paper ballots in the browser: who gets one, and the two people who enter the sheets."""

from __future__ import annotations

from flask import redirect, render_template, request, url_for
from flask_babel import gettext

from ..acts import Refused, rank
from ..permits import Action
from .guard import allow
from .rank import bp, console, keys


@bp.get("/sessions/<int:session_id>/papers")
@allow(Action.OPEN)
def papers(session, me):
    return render_template("rank/papers.html", voters=rank.voters(session), round=rank.unfinished(session.id))


@bp.post("/sessions/<int:session_id>/papers/<int:membership_id>")
@allow(Action.OPEN)
def mark_paper(session, me, membership):
    on_paper = request.form.get("to") == "paper"
    rank.mark(session, me, keys(), membership.id, on_paper=on_paper)
    return redirect(url_for("rank.papers", session_id=session.id), 303)


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
    return redirect(url_for("rank.sheets", session_id=session.id, round_id=round.id), 303)


@bp.post("/sessions/<int:session_id>/rounds/<int:round_id>/without-papers")
@allow(Action.OPEN)
def without_papers(session, me, round):
    rank.count_without_papers(session, me, round.id)
    return console(session)


def sheets_page(session, me, round, problem: str = ""):
    """The form: first how many sheets, then a row of places for each."""
    desk = rank.desk_of(session, me, keys(), round.id)
    given = request.form if problem else request.args
    many = rank.number_of_sheets(given) if "sheets" in given else len(desk.mine or ())
    return render_template(
        "rank/sheets.html",
        round=round,
        desk=desk,
        items=rank.frozen_items(round.id),
        groups=rank.groups_of(session),
        many=min(many, desk.most),
        asked="sheets" in given or desk.mine is not None,
        typed=request.form if problem else None,
        problem=problem,
    )
