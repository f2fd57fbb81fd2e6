"""The pulse: one tiny answer that tells an open page whether to fetch something again.

``GET /pulse/<session>.<signature>`` is answered ahead of Flask's own work, from a copy at most
a quarter of a second old. The signature is HMAC-SHA-256 over session and epoch; a wrong one is
404 without a query. The answer says nothing about anybody: two versions, the clock, how many
have voted (about, in steps of five, counted every five seconds), and when to ask again.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import threading
import time
from typing import NamedTuple

from flask import current_app
from sqlalchemy import select

from ..acts import rank
from ..db import db, utcnow
from ..models import Round, Session, Workshop
from ..terms import Phase, RoundState

COPY_LIVES = 0.25  # seconds
TURNOUT_LIVES = 5.0  # seconds
ASK_AGAIN = {True: 1800, False: 5000}  # milliseconds, while something happens or not


def signature(secret: str, session_id: int, epoch: int) -> str:
    """Hexadecimal HMAC-SHA-256, cut to 32 signs."""
    message = f"pulse|{session_id}|{epoch}".encode()
    return hmac.new(secret.encode(), message, hashlib.sha256).hexdigest()[:32]


def address(secret: str, session_id: int, epoch: int) -> str:
    """The pulse's address for pages of a session; it carries the epoch that it was signed for."""
    return f"/pulse/{session_id}.{epoch}.{signature(secret, session_id, epoch)}"


class Beat(NamedTuple):
    """Where a page hears of a session, and which of its steps it shows: a later one makes it fetch itself again."""

    url: str
    at: int


def beat(session, workshop) -> Beat:
    """For pages about this session of this workshop."""
    return Beat(address(current_app.config["SECRET_KEY"], session.id, workshop.epoch), session.step)


class Pulse:
    """WSGI middleware that answers ``/pulse/`` and passes everything else on."""

    def __init__(self, app, inner, secret: str):
        self.app, self.inner, self.secret = app, inner, secret
        self.copies: dict[int, tuple[float, dict | None]] = {}
        self.turnouts: dict[int, tuple[float, list[int] | None]] = {}
        self.lock = threading.Lock()

    def __call__(self, environ, start_response):
        environ.setdefault(
            "werkstatt.arrived", time.monotonic()
        )  # before a turn was waited for, where one is
        path = environ.get("PATH_INFO", "")
        if not path.startswith("/pulse/"):
            return self.inner(environ, start_response)
        body = (
            self.answer(path.removeprefix("/pulse/"))
            if environ["REQUEST_METHOD"] in ("GET", "HEAD")
            else None
        )
        status = "200 OK" if body else "404 Not Found"
        headers = [
            ("Content-Type", "application/json"),
            ("Cache-Control", "no-cache"),
            ("X-Content-Type-Options", "nosniff"),
            ("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'"),
            ("Referrer-Policy", "same-origin"),
        ]
        start_response(status, headers)
        return [body or b"{}"]

    def answer(self, name: str) -> bytes | None:
        """The body for ``<session>.<epoch>.<signature>``, or ``None`` for a wrong one."""
        try:
            session_id, epoch, given = name.split(".")
            session_id, epoch = int(session_id), int(epoch)
        except ValueError:
            return None
        if not given.isascii() or not hmac.compare_digest(given, signature(self.secret, session_id, epoch)):
            return None
        facts = self.facts(session_id)
        if facts is None or facts["epoch"] != epoch:
            return None
        shown = {key: value for key, value in facts.items() if key != "epoch"}
        return json.dumps({**shown, "now": int(time.time() * 1000)}).encode()

    def facts(self, session_id: int) -> dict | None:
        with self.lock:
            taken, facts = self.copies.get(session_id, (0.0, None))
            if time.monotonic() - taken > COPY_LIVES:
                with self.app.app_context():
                    facts = self.read(session_id)
                self.copies[session_id] = (time.monotonic(), facts)
        return facts

    def read(self, session_id: int) -> dict | None:
        """One look at the session and its unfinished round."""
        row = db.session.execute(
            select(
                Session.step,
                Session.news,
                Session.phase,
                Session.clock_ends_at,
                Workshop.epoch,
                Round.id,
                Round.state,
                Round.deadline_at,
                Round.options,
            )
            .join(Workshop, Workshop.id == Session.workshop_id)
            .outerjoin(
                Round,
                (Round.session_id == Session.id)
                & Round.state.in_([RoundState.OPEN, RoundState.CLOSING, RoundState.COUNTED]),
            )
            .where(Session.id == session_id)
        ).first()
        if row is None:
            return None
        deadline = rank.end_of(row)
        counting_down = deadline is not None and deadline > utcnow()
        busy = row.phase not in (Phase.PREPARE, Phase.RESULT)
        return {
            "epoch": row.epoch,
            # A passed deadline shows at once, before the clerk has come round.
            "step": row.step * 2 + (1 if deadline and not counting_down else 0),
            "news": row.news,
            "clock": _milliseconds(row.clock_ends_at),
            "deadline": _milliseconds(deadline) if row.state == RoundState.OPEN else None,
            "turnout": self.turnout(row.id) if row.id else None,
            "ask": ASK_AGAIN[busy],
        }

    def turnout(self, round_id: int) -> list[int] | None:
        """[about so many have voted, on the roll], or ``None`` below five."""
        taken, figures = self.turnouts.get(round_id, (0.0, None))
        if time.monotonic() - taken > TURNOUT_LIVES:
            found = rank.turnout(round_id)
            figures = list(found) if found else None
            self.turnouts[round_id] = (time.monotonic(), figures)
        return figures


def _milliseconds(moment) -> int | None:
    return None if moment is None else int(moment.timestamp() * 1000)
