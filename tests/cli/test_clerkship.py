"""The clerk's process beside the server."""

from __future__ import annotations

import time

from tests.cli.servers import PATIENCE
from werkstatt.cli import clerkship


def until(holds) -> bool:
    ends = time.monotonic() + PATIENCE
    while time.monotonic() < ends:
        if holds():
            return True
        time.sleep(0.02)
    return False


def idle() -> None:
    """Another program in the clerk's place; the forking and the watching are real."""
    time.sleep(PATIENCE)


def test_the_clerk_ends_with_the_server():
    with clerkship.ClerkProcess(idle) as clerk:
        process = clerk.process
        assert process.is_alive()
    assert not process.is_alive() and not clerk.watcher.is_alive()


def test_a_clerk_that_dies_is_replaced(monkeypatch, capsys):
    monkeypatch.setattr(clerkship, "PAUSE", 0.01)
    with clerkship.ClerkProcess(idle) as clerk:
        first = clerk.process
        first.kill()
        assert until(lambda: clerk.process is not first)
        second = clerk.process
        assert second.is_alive()
    assert until(lambda: not second.is_alive())
    assert "started again" in capsys.readouterr().err
