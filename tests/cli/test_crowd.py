"""C39: a room behind one address logs in while somebody guesses, at the shipped server."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.cli.servers import Server, Visitor, environment
from tests.conftest import migrated
from werkstatt import create_app
from werkstatt.acts import join
from werkstatt.db import begin_write, db
from werkstatt.models import Account

PASSWORD = "ein langes Passwort"


def filled(folder, many: int) -> None:
    """An installation with accounts that have a password."""
    from config import Settings

    settings = Settings.from_environment(environment(folder))
    settings.make_folders()
    migrated(settings)
    app = create_app(settings)
    with app.app_context():
        begin_write()
        hashed = join.HASHER.hash(PASSWORD)
        db.session.add_all(
            Account(name=f"Gast {n}", email=f"gast{n}@example.org", password=hashed) for n in range(many)
        )
        db.session.commit()
        db.session.remove()
        db.engine.dispose()


@pytest.mark.parametrize(("many", "guesses"), [(12, 24), pytest.param(300, 200, marks=pytest.mark.soak)])
def test_c39_a_room_behind_one_address_logs_in_while_somebody_guesses(tmp_path, many, guesses):
    """Nobody gets a 429 or waits for the guesser; whose password is guessed comes in on a known device."""
    filled(tmp_path, many)
    server = Server("serve", tmp_path, WERKSTATT_HOST="127.0.0.1")
    try:
        server.wait_until_it_answers()
        owner, thief = Visitor(server), Visitor(server)
        assert owner.log_in("gast0@example.org", PASSWORD)[0] == 200
        owner.send("/logout", {}, page="/?all=1")
        guessed = ThreadPoolExecutor(1).submit(
            lambda: [thief.log_in("gast0@example.org", f"falsch {n}")[0] for n in range(guesses)]
        )
        began = time.monotonic()
        with ThreadPoolExecutor(20) as room:
            people = [(Visitor(server), n) for n in range(1, many)]
            answers = list(room.map(lambda one: one[0].log_in(f"gast{one[1]}@example.org", PASSWORD), people))
        took = time.monotonic() - began
        assert {status for status, _ in answers} == {200} and all("Gast" in page for _, page in answers)
        assert set(guessed.result(120)) == {422}
        status, page = Visitor(server).log_in("gast0@example.org", PASSWORD)
        assert status == 422 and "Zu viele Versuche" in page
        assert owner.log_in("gast0@example.org", PASSWORD)[0] == 200
        assert took < 60
    finally:
        server.end()
