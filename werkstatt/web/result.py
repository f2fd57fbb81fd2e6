"""The result of a round: preview, release, page, files, protocol."""

from __future__ import annotations

from flask import Blueprint, Response, redirect, render_template, url_for
from flask_babel import format_decimal, gettext

from .. import phrases
from ..acts import Missing, result
from ..exports import FORMATS, file_name
from ..permits import Action
from ..terms import Rollup, RoundState
from .guard import allow

bp = Blueprint("result", __name__)

# A sector is a colour and a shape, the same on every page: circle, square, triangle, diamond.
MARKS = {Rollup.INDUSTRY: "a", Rollup.SCIENCE: "b", Rollup.ADMINISTRATION: "c", Rollup.OTHERS: "d"}


class Say:
    """The sentences of :mod:`werkstatt.phrases` in the reader's language: ``say.reason(report, item)``."""

    def __getattr__(self, name: str):
        sentence = getattr(phrases, name)
        return lambda *about: sentence(*about, gettext)


def marks(report) -> list[str]:
    """One mark for each of the report's groups; a joined one has the mark of its first sector."""
    wanted = [MARKS.get(group.sectors[0], "") for group in report.groups]
    free = [mark for mark in "abcd" if mark not in wanted]
    return [mark or (free.pop(0) if free else "d") for mark in wanted]


def words(report) -> dict:
    """What templates need to tell a report."""
    return {
        "report": report,
        "say": Say(),
        "place": phrases.place,
        "bare": phrases.bare,
        "marks": marks(report),
        "decimal": decimal,
    }


def decimal(value) -> str:
    """Two places, in the reader's writing."""
    return format_decimal(float(value), format="0.00")


def show(session, me):
    """The page of the phase: the newest released round."""
    round = result.newest(session.id)
    if round is None:
        return render_template("result/none.html", rounds=result.rounds(session.id))
    return page(session, me, round)


def page(session, me, round):
    if round.state in (RoundState.CANCELLED, RoundState.ANNULLED) and not result.shows(round, me.role):
        sentence = result.NOT_YET[round.state]
        others = [other for other in result.rounds(session.id) if other.id != round.id]
        return render_template("result/gone.html", round=round, sentence=sentence, rounds=others)
    report = result.report_for(session, round, me.role)
    return render_template(
        "result/show.html",
        round=round,
        rounds=[other for other in result.rounds(session.id) if other.id != round.id],
        formats=FORMATS,
        methods=phrases.METHODS,
        **words(report),
    )


@bp.get("/sessions/<int:session_id>/rounds/<int:round_id>/result")
@allow(Action.READ)
def show_round(session, me, round):
    return page(session, me, round)


@bp.post("/sessions/<int:session_id>/rounds/<int:round_id>/release")
@allow(Action.RELEASE)
def release(session, me, round):
    result.release(session, me, round.id)
    return redirect(url_for("result.show_round", session_id=session.id, round_id=round.id), 303)


@bp.get("/sessions/<int:session_id>/rounds/<int:round_id>/result.<format>")
@allow(Action.READ)
def download(session, me, round, format):
    if format not in FORMATS:
        raise Missing()
    report = result.report_for(session, round, me.role)
    name = file_name(
        gettext("Ergebnis"), session.title, gettext("Abstimmung"), str(round.number), suffix=format
    )
    body = FORMATS[format].write(report, gettext)
    answer = Response(body, mimetype=FORMATS[format].mimetype)
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer


@bp.get("/sessions/<int:session_id>/rounds/<int:round_id>/protocol")
@allow(Action.RUN)
def protocol(session, me, round):
    return render_template(
        "result/protocol.html",
        round=round,
        protocol=result.protocol(round),
        items=result.frozen(round),
        say=Say(),
    )
