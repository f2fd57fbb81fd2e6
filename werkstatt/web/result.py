"""The result of a round: preview, release, page, files, protocol."""

from __future__ import annotations

from flask import Blueprint, Response, redirect, render_template, request, url_for
from flask_babel import format_decimal, gettext
from flask_babel import lazy_gettext as _l

from .. import phrases
from ..acts import Missing, collect, rank, result
from ..exports import FORMATS, file_name
from ..permits import Action
from ..terms import Rollup, RoundState
from .forms import Form, Line
from .guard import allow

bp = Blueprint("result", __name__)

# A sector is a colour and a shape, the same on every page: circle, square, triangle, diamond.
MARKS = {Rollup.INDUSTRY: "a", Rollup.SCIENCE: "b", Rollup.ADMINISTRATION: "c", Rollup.OTHERS: "d"}


class ReasonForm(Form):
    reason = Line(_l("Grund"), most=400)


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


def asked_pair(report) -> tuple[int, int] | None:
    """The positions of the two items that somebody asks about, the first two places if nobody does."""
    if len(report.items) < 2:
        return None
    known = {item.letter: item.position for item in report.items}
    one, other = (known.get(request.args.get(name, "")) for name in ("one", "other"))
    first, second = (item.position for item in report.items[:2])
    return (first, second) if one is None or other is None else (one, other)


def decimal(value) -> str:
    """Two places, in the reader's writing."""
    return format_decimal(float(value), format="0.00")


def show(session, me):
    """The page of the phase: the newest released round; or, if the last one was annulled, just that."""
    round = rank.last_annulled(session.id) or result.newest(session.id)
    if round is None:
        return render_template("result/none.html", rounds=result.rounds(session.id))
    return page(session, me, round)


def page(session, me, round):
    if round.state in (RoundState.CANCELLED, RoundState.ANNULLED) and not result.shows(round, me.role):
        sentence, reason = result.NOT_YET[round.state], rank.annulled_because(round.id)
        others = [other for other in result.rounds(session.id) if other.id != round.id]
        return render_template(
            "result/gone.html", round=round, sentence=sentence, reason=reason, rounds=others
        )
    report = result.report_for(session, round, me.role)
    return render_template(
        "result/show.html",
        round=round,
        rounds=[other for other in result.rounds(session.id) if other.id != round.id],
        annulled_because=rank.annulled_because(round.id),
        formats=FORMATS,
        methods=phrases.METHODS,
        pair=asked_pair(report),
        redacted=redacted(session, round),
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


@bp.post("/sessions/<int:session_id>/rounds/<int:round_id>/annulment")
@allow(Action.ANNUL)
def propose_annulment(session, me, round):
    rank.propose_annulment(session, me, round.id, reason=ReasonForm().reason.data or "")
    return redirect(url_for("prepare.console", session_id=session.id), 303)


@bp.post("/sessions/<int:session_id>/rounds/<int:round_id>/annulment/confirm")
@allow(Action.ANNUL)
def confirm_annulment(session, me, round):
    rank.confirm_annulment(session, me, round.id)
    return redirect(url_for("prepare.console", session_id=session.id), 303)


@bp.post("/sessions/<int:session_id>/rounds/<int:round_id>/annulment/withdraw")
@allow(Action.ANNUL)
def withdraw_annulment(session, me, round):
    rank.withdraw_annulment(session, me, round.id)
    return redirect(url_for("prepare.console", session_id=session.id), 303)


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
        annulled_because=rank.annulled_because(round.id),
        redacted=redacted(session, round),
        say=Say(),
    )


def redacted(session, round) -> set[str]:
    """The letters of frozen items in which a passage was blacked out after the opening."""
    blackened = collect.marks(session.id).items
    return {item.letter for item in result.frozen(round) if (round.id, item.position) in blackened}
