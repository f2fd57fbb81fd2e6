"""The signed cookie, believed for its signature and not for its age.

How long a login lives stands in the database, on the server's side; the browser forgets the
cookie by itself. An age computed here would only log everybody out, in the middle of a vote,
when the server's clock is set back: a cookie from the future counts as expired.
"""

from __future__ import annotations

from collections.abc import Callable

from flask import Flask, Request
from flask.sessions import SecureCookieSession, SecureCookieSessionInterface
from itsdangerous import BadSignature, URLSafeTimedSerializer
from werkzeug.http import parse_cookie


def login_in(app: Flask) -> Callable[[dict], str]:
    """A function that says who is logged in by the cookie of a request that nobody has read yet; or nothing."""
    name, signed = app.config["SESSION_COOKIE_NAME"], app.session_interface.get_signing_serializer(app)

    def look(environ: dict) -> str:
        try:
            return signed.loads(parse_cookie(environ).get(name, "")).get("_user_id", "")
        except BadSignature:
            return ""

    return look


class Cookies(SecureCookieSessionInterface):
    """Flask's own, without the clock; one serializer for the application's life, not one a request."""

    def __init__(self) -> None:
        self._serializer: URLSafeTimedSerializer | None = None

    def get_signing_serializer(self, app: Flask) -> URLSafeTimedSerializer | None:
        if self._serializer is None:
            self._serializer = super().get_signing_serializer(app)
        return self._serializer

    def open_session(self, app: Flask, request: Request) -> SecureCookieSession | None:
        serializer = self.get_signing_serializer(app)
        content = request.cookies.get(self.get_cookie_name(app))
        if serializer is None or not content:
            return None if serializer is None else self.session_class()
        try:
            return self.session_class(serializer.loads(content))
        except BadSignature:
            return self.session_class()
