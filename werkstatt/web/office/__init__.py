"""The office: processes, themes, sectors, workshops; pages of the installation; admin."""

from __future__ import annotations

from flask import Blueprint, send_file

from ...acts import Missing
from ...permits import Action
from .. import assets
from ..guard import allow

bp = Blueprint("office", __name__)


@bp.get("/htmx.js")
@allow(Action.PUBLIC)
def htmx():
    if not assets.local_htmx().exists():
        raise Missing()
    return send_file(assets.local_htmx(), mimetype="text/javascript")


from . import admin, pages, plan, processes, record  # noqa: E402, F401 - their views hang on bp
