"""Two servers to compare a cast with, on the shipped server's own settings.

    python -m tests.bench.beside bare | without PORT

``bare`` is Flask answering the same POST with a redirect, without looking at it. ``without`` is the
real application without its database: the same middleware, token, form, guard, rules, key and seal,
but what a cast reads was read once at the start, and what it writes and commits goes nowhere.
"""

from __future__ import annotations

import contextlib
import sys

from flask import Flask, redirect
from sqlalchemy import select

from werkstatt.acts.rank import batch, slot
from werkstatt.cli import serve, workers
from werkstatt.db import db, utcnow
from werkstatt.models import Login, Round


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
        voters = _read_before()
        db.session.remove()
        db.engine.dispose()
    slot.Slot.way = Memory(voters)
    return app


class Memory:
    """What a batch asks, read before; whatever is written is taken for written."""

    commits_beside_others, many_cost_as_one = True, False

    def __init__(self, voters: dict):
        self.known = voters

    def transaction(self, _session_id: int):
        return contextlib.nullcontext()

    def voters(self, _connection, tokens: list[str], **_asked) -> dict:
        return {token: self.known[token] for token in tokens}

    def write(self, _connection, _round_id: int, ballots: list) -> set[bytes]:
        return {one.handle for one in ballots}


def _read_before() -> dict:
    """Login -> the open round with its voter."""
    round = db.session.scalars(select(Round)).one()
    asked = {"session": round.session_id, "round": round.id, "now": utcnow()}
    hashes = db.session.scalars(select(Login.token_hash)).all()
    return {token: batch.ROUND_AND_VOTER.first(token=token, **asked) for token in hashes}


if __name__ == "__main__":
    workers.production_server(
        f"tests.bench.beside:{sys.argv[1]}", "127.0.0.1", int(sys.argv[2]), workers=2
    ).serve()
