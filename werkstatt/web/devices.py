"""A device on which somebody was logged in before is known again, so that strangers' guesses do not lock it out.

The cookie holds the person's opaque name under a signature, and nothing else; it opens nothing by itself.
It stays when the person logs out: just then they may need it. The page after that says so.
"""

from __future__ import annotations

from flask import after_this_request, current_app, request
from itsdangerous import BadSignature, URLSafeTimedSerializer

LIVES = 180 * 24 * 3600  # seconds


def _signer() -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(current_app.config["SECRET_KEY"], salt="device")


def _name() -> str:
    return current_app.config["SESSION_COOKIE_NAME"] + "-device"


def known() -> str:
    """Whose device this is, as far as we know: an opaque name, or nothing."""
    try:
        return str(_signer().loads(request.cookies.get(_name(), ""), max_age=LIVES))
    except BadSignature:
        return ""


def forget() -> None:
    """Know this device as nobody's."""

    @after_this_request
    def remember(answer):
        answer.delete_cookie(
            _name(),
            httponly=True,
            secure=current_app.config["SESSION_COOKIE_SECURE"],
            samesite="Lax",
        )
        return answer


def know(opaque: str) -> None:
    """Know this device again as that of this person."""

    @after_this_request
    def remember(answer):
        answer.set_cookie(
            _name(),
            _signer().dumps(opaque),
            max_age=LIVES,
            httponly=True,
            secure=current_app.config["SESSION_COOKIE_SECURE"],
            samesite="Lax",
        )
        return answer
