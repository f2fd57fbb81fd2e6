"""The sessions of a workshop: the running step, the console, phases, settings; tables and register."""

from __future__ import annotations

from flask import Blueprint, render_template

from ...permits import Action
from ...terms import Phase
from ..guard import allow

bp = Blueprint("prepare", __name__)


def rooms() -> dict:
    """What shows in each phase: one function ``show(session, me)`` a room."""
    from .. import collect, consolidate, discuss, rank, result

    return {
        Phase.COLLECT: collect.show,
        Phase.DISCUSS: discuss.show,
        Phase.CONSOLIDATE: consolidate.show,
        Phase.RANK: rank.show,
        Phase.RESULT: result.show,
    }


@bp.get("/sessions/<int:session_id>")
@allow(Action.READ)
def step(session, me):
    """One address for the running step: everybody lands where the room is."""
    if session.phase is Phase.PREPARE:
        return render_template("prepare/soon.html")
    return rooms()[session.phase](session, me)


from . import console, invitations, register, setup, uploads  # noqa: E402, F401 - their views hang on bp
