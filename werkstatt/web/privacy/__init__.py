"""My data: what is stored about me, change it, end my logins, delete my account; and blacked-out passages."""

from __future__ import annotations

from flask import Blueprint

bp = Blueprint("privacy", __name__)


from . import address, own, redact  # noqa: E402, F401 - their views hang on bp
