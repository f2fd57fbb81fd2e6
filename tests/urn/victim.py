"""A process that dies at a chosen point of a deed: ``python -m tests.urn.victim``, driven through pipes.

It builds the application once and forks for every death, so that hundreds of them take seconds.
A point is the moment before a changing statement or a commit, the moment after a commit, and the moments
before and after each step on the key's files. The product knows nothing of this.
"""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
from dataclasses import dataclass

from config import HERE
from tests.cli.servers import environment
from tests.load.room import Room

DIED = 9
FILE_STEPS = ("open", "write", "fsync", "unlink")


@dataclass
class Points:
    """Counts the points of a deed and dies at one of them."""

    die_at: int
    passed: int = 0

    def reached(self, *_anything, **_more) -> None:
        self.passed += 1
        if self.passed == self.die_at:
            os._exit(DIED)

    def before(self, _connection, _cursor, statement: str, *_more) -> None:
        """A look leaves no trace: dying before it is dying before the next change."""
        if not statement.lstrip().startswith("SELECT"):
            self.reached()

    def watch(self) -> None:
        """From now on every step is a point."""
        from sqlalchemy import Engine, event

        from werkstatt.db import db

        event.listen(Engine, "before_cursor_execute", self.before)
        event.listen(Engine, "commit", self.reached)
        event.listen(db.session.session_factory, "after_commit", self.reached)
        for name in FILE_STEPS:
            setattr(os, name, self._around(getattr(os, name)))

    def _around(self, step):
        def stepped(*given, **named):
            self.reached()
            done = step(*given, **named)
            self.reached()
            return done

        return stepped


def deed(app, what: str, session_id: int, workshop_id: int, moderator_id: int, round_id: int) -> None:
    """What the moderator and the clerk do, from the first statement to the last commit."""
    from werkstatt.acts import clerk, join, rank
    from werkstatt.db import db
    from werkstatt.models import Session
    from werkstatt.secrecy import KeyFolder

    keys = KeyFolder(app.config["SETTINGS"].keys)
    with app.app_context():
        session, mona = db.session.get(Session, session_id), join.actor(workshop_id, moderator_id)
        if what == "open":
            mark = rank.sheet(session).mark
            rank.open_round(session, mona, keys, leading="person", mark=mark, grace=0)
        elif what == "close":
            rank.announce(session, mona, round_id, seconds=0)
        else:
            rank.cancel(session, mona, round_id, reason="zu früh geöffnet")
        db.session.commit()
        clerk.work_once(keys)
        db.session.remove()
        db.engine.dispose()


def main() -> None:
    """Read orders, one a line; fork for each; answer with the child's exit status and number of points."""
    from config import Settings
    from werkstatt import create_app

    app = create_app(Settings.from_environment())
    for line in sys.stdin:
        order = json.loads(line)
        points = Points(order.pop("die_at"))
        told, tell = os.pipe()
        child = os.fork()
        if child == 0:
            write = os.write
            points.watch()
            deed(app, **order)
            write(tell, str(points.passed).encode())
            os._exit(0)
        os.close(tell)
        with os.fdopen(told) as reading:
            passed = int(reading.read() or 0)
        status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        print(json.dumps({"status": status, "points": passed}), flush=True)


class Victim:
    """The process, from the test's side; a context."""

    def __init__(self, room: Room, **more: str):
        self.room = room
        settings = {**room.environ, "WERKSTATT_PORT": str(room.port), **more}
        self.process = subprocess.Popen(
            [sys.executable, "-m", "tests.urn.victim"],
            cwd=HERE,
            env=environment(room.folder, **settings),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def __enter__(self) -> Victim:
        return self

    def __exit__(self, *_reason) -> None:
        with contextlib.suppress(OSError):
            self.process.stdin.close()
        self.process.wait(20)
        self.process.stdout.close()

    def do(self, what: str, round_id: int = 0, *, die_at: int = 0) -> int:
        """Do it, or die on the way; returns the number of points (0: it died)."""
        room = self.room
        order = {
            "what": what,
            "session_id": room.session_id,
            "workshop_id": room.workshop_id,
            "moderator_id": room.moderator_id,
            "round_id": round_id,
            "die_at": die_at,
        }
        print(json.dumps(order), file=self.process.stdin, flush=True)
        answer = json.loads(self.process.stdout.readline())
        assert answer["status"] == (DIED if not answer["points"] else 0), answer
        return answer["points"]


if __name__ == "__main__":
    main()
