"""The projector, and the same as text on every device.

The projector's device is not logged in: its address is signed, opened from the console, and goes
dark when the workshop's epoch rises. It shows what the whole room may see and nothing else.
"""

from __future__ import annotations

import hashlib
import hmac
from textwrap import wrap
from urllib.parse import urlsplit

import segno
from flask import Blueprint, current_app, render_template, url_for

from .. import phrases
from ..acts import join, projector
from ..permits import Action
from . import pulse
from .guard import allow
from .result import Say, words

bp = Blueprint("projector", __name__)

MOST_SHOWN = 10  # places of the front groups
# What a result's list may take, in heights of its letters: in one column of large ones, or in each of two.
ONE_COLUMN, TWO_COLUMNS = 16.5, 23.5
# By columns: the letters of a title and of a reason in a line, and the space around an item.
WIDTHS = {1: (72, 100, 1.15), 2: (47, 68, 0.7)}


def signature(session_id: int, epoch: int) -> str:
    """Hexadecimal HMAC-SHA-256 for a projector's address, cut to 32 signs."""
    message = f"projector|{session_id}|{epoch}".encode()
    return hmac.new(current_app.config["SECRET_KEY"].encode(), message, hashlib.sha256).hexdigest()[:32]


def screen_url(session, workshop) -> str:
    """The address that the console opens on the projector; whoever has it sees what the room sees."""
    token = f"{session.id}.{workshop.epoch}.{signature(session.id, workshop.epoch)}"
    return url_for("projector.screen", token=token)


def session_of(token: str) -> int | None:
    """The session that a valid token names; ``None`` for a wrong or outdated one."""
    try:
        session_id, epoch, given = token.split(".")
        session_id, epoch = int(session_id), int(epoch)
    except ValueError:
        return None
    right = given.isascii() and hmac.compare_digest(given, signature(session_id, epoch))
    return session_id if right and projector.epoch(session_id) == epoch else None


def code_picture(code: str) -> str:
    """The QR code of a join address, as an image inside the page."""
    base = current_app.config["SETTINGS"].base_url
    return segno.make(f"{base}{url_for('join.arrival', code=code)}", error="m").svg_data_uri(
        border=2, scale=4
    )


def heights(report, shown, columns: int, detail: str = "reasons") -> list[float]:
    """About how much of the wall each item takes, in heights of the list's letters."""
    title, small, around = WIDTHS[columns]
    say, told = Say(), detail == "reasons"
    return [
        around
        + 1.25 * len(wrap(item.title, title))
        + 0.9 * told * (len(wrap(say.reason(report, item), small)) + bool(item.groups))
        for item in shown
    ]


def front(report, question: str) -> tuple[list, bool, int, str]:
    """The first items that fit on one screen with the code, whether a group goes on, and how they are shown.

    In one column or two; with "reasons", or, where a tie that is never cut would be too tall, as "titles"
    alone, and as "letters" at the worst.
    """
    above = 1.9 * max(0, len(wrap(question, 60)) - 2) + 1.5 * len(wrap(Say().room(report), 100))
    for most in range(MOST_SHOWN, 0, -1):
        shown, cut = report.front(most)
        if len(shown) <= 5 and sum(heights(report, shown, 1)) <= ONE_COLUMN - above * 0.71:
            return shown, cut, 1, "reasons"
        if _tallest_column(heights(report, shown, 2)) <= TWO_COLUMNS - above:
            return shown, cut, 2, "reasons"
    fits = _tallest_column(heights(report, shown, 2, "titles")) <= TWO_COLUMNS - above
    return shown, cut, 2, "titles" if fits else "letters"


def _tallest_column(tall: list[float]) -> float:
    """Of two columns, cut where they are most even."""
    return min(max(sum(tall[:at]), sum(tall[at:])) for at in range(len(tall) + 1))


def scenery(board) -> dict:
    """Everything the pieces need, on the projector and on the page that reads along."""
    code = join.spoken(board.workshop.join_code)
    shown, cut, columns, detail = [], False, 1, "reasons"
    if board.report:
        shown, cut, columns, detail = front(board.report, board.session.question)
    return {
        "board": board,
        "session": board.session,
        "workshop": board.workshop,
        "code": code,
        "code_picture": code_picture(code),
        "address": urlsplit(current_app.config["SETTINGS"].base_url).netloc,
        "rules": phrases.RULES,
        "say": Say(),
        "front": shown,
        "cut": cut,
        "columns": columns,
        "detail": detail,
        **(words(board.report) if board.report else {}),
    }


@bp.get("/projector/<token>")
@allow(Action.PUBLIC)
def screen(token):
    session_id = session_of(token)
    if session_id is None:
        return render_template("projector/dark.html"), 404
    board = projector.board(session_id)
    beat = pulse.beat(board.session, board.workshop)
    return render_template("projector/screen.html", beat=beat, **scenery(board))


@bp.get("/sessions/<int:session_id>/mirror")
@allow(Action.READ)
def mirror(session, me):
    return render_template("projector/mirror.html", **scenery(projector.board(session.id)))
