"""Two servers to compare a cast with, on the shipped server's own settings.

    python -m tests.bench.beside bare | without PORT

``bare`` is Flask answering the same POST with a redirect, without looking at it. ``without`` is the
real application without its database: the same middleware, token, form, guard, rules, key and seal,
but what a cast reads was read once at the start, and what it writes and commits goes nowhere.
"""

from __future__ import annotations

import sys
from types import SimpleNamespace

from flask import Flask, redirect
from sqlalchemy import select

from werkstatt.acts.rank import voting
from werkstatt.cli import serve, workers
from werkstatt.db import Asked, db, utcnow
from werkstatt.models import Login, RollEntry, Round
from werkstatt.web import guard


def bare() -> Flask:
    """The least that Flask can do with a cast."""
    app = Flask("bare")

    @app.post("/sessions/<int:session_id>/rounds/<int:round_id>/ballot")
    def ballot(session_id, round_id):
        return redirect("/saved", 303)

    return app


def without() -> Flask:
    """The real application; what a cast asks is answered from memory, and nothing is sent."""
    app = serve.worker()
    with app.app_context():
        people, voter = _read_before()
        db.session.remove()
        db.engine.dispose()
    Asked.first = lambda _asked, **values: people[values["token"]] if "token" in values else voter
    Asked.change = lambda _asked, **_values: 1
    guard.begin_write = lambda: None
    voting.lock_session = lambda *_session, **_how: None
    guard.db = SimpleNamespace(session=SimpleNamespace(commit=lambda: None, rollback=lambda: None))
    return app


def _read_before() -> tuple[dict, tuple]:
    """Login -> everything that the guard finds for it; and the round with a voter of it."""
    round = db.session.scalars(select(Round)).one()
    voting.letters(round)
    asked, _ = guard._look(("session_id", "round_id"))
    named = {"session_id": round.session_id, "round_id": round.id, "now": utcnow()}
    hashes = db.session.scalars(select(Login.token_hash)).all()
    member = db.session.scalar(select(RollEntry.membership_id).where(RollEntry.round_id == round.id).limit(1))
    voter = voting.ROUND_AND_VOTER.first(session=round.session_id, round=round.id, member=member)
    return {token: asked.first(token=token, **named) for token in hashes}, voter


if __name__ == "__main__":
    workers.production_server(
        f"tests.bench.beside:{sys.argv[1]}", "127.0.0.1", int(sys.argv[2]), workers=2
    ).serve()
