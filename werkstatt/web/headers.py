"""The headers of every answer, and the nonce that lets our own scripts run."""

from __future__ import annotations

import secrets

from flask import Flask, g, request


def nonce() -> str:
    """One random value a request, named in the policy and on every script tag."""
    if "nonce" not in g:
        g.nonce = secrets.token_urlsafe(18)
    return g.nonce


OTHER_SITES = ("cross-site", "same-site")  # what a browser says (Sec-Fetch-Site) when another site asks
NOTHING = "default-src 'none'; base-uri 'none'; frame-ancestors 'none'; form-action 'self'"


def policy() -> str:
    """The content security policy: own files, one nonce, nothing framed, nothing inline."""
    return (
        f"{NOTHING}; script-src 'nonce-{nonce()}'; style-src 'self'; img-src 'self' data:; "
        "connect-src 'self'; manifest-src 'self'"
    )


ALWAYS = (
    ("X-Content-Type-Options", "nosniff"),
    ("Referrer-Policy", "same-origin"),
    ("Cross-Origin-Opener-Policy", "same-origin"),
    ("Cross-Origin-Resource-Policy", "same-origin"),
    ("Permissions-Policy", "camera=(), geolocation=(), microphone=()"),
)
OVER_TLS = ("Strict-Transport-Security", "max-age=31536000")


def always_of(app: Flask) -> tuple[tuple[str, str], ...]:
    """What stands on every answer of this installation."""
    return (*ALWAYS, OVER_TLS) if app.config["SETTINGS"].https else ALWAYS


def without_page(app: Flask) -> list[tuple[str, str]]:
    """The headers of an answer that shows nothing and leads on."""
    return [("Content-Security-Policy", NOTHING), *always_of(app), ("Cache-Control", "no-store")]


def install(app: Flask) -> None:
    always = always_of(app)

    @app.after_request
    def set_headers(answer):
        answer.headers.extend((("Content-Security-Policy", policy()), *always))
        if request.endpoint == "static" and "v" in request.args:
            answer.headers["Cache-Control"] = "public, max-age=31536000, immutable"
        else:
            answer.headers["Cache-Control"] = "no-store"
        return answer
