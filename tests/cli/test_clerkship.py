"""The clerk's process beside the server."""

from __future__ import annotations

import sys
import time

from tests.cli.servers import PATIENCE, environment
from werkstatt.cli import clerkship


def until(holds) -> bool:
    ends = time.monotonic() + PATIENCE
    while time.monotonic() < ends:
        if holds():
            return True
        time.sleep(0.02)
    return False


def stand_in(monkeypatch, tmp_path, script: str) -> None:
    """Another program in the clerk's place; the pipe and the watching are real."""
    real = clerkship.subprocess.Popen
    monkeypatch.setattr(
        clerkship.subprocess, "Popen", lambda _words, **more: real([sys.executable, "-c", script], **more)
    )
    for name, value in environment(tmp_path).items():
        monkeypatch.setenv(name, value)


def test_the_clerk_ends_with_the_server(monkeypatch, tmp_path):
    stand_in(monkeypatch, tmp_path, "import sys; sys.stdin.read()")
    with clerkship.ClerkProcess() as clerk:
        process = clerk.process
        assert process.poll() is None
    assert process.poll() is not None and not clerk.watcher.is_alive()


def test_a_clerk_that_dies_is_replaced(monkeypatch, tmp_path, capsys):
    monkeypatch.setattr(clerkship, "PAUSE", 0.01)
    stand_in(monkeypatch, tmp_path, "import sys; sys.stdin.read()")
    with clerkship.ClerkProcess() as clerk:
        first = clerk.process
        first.kill()
        assert until(lambda: clerk.process is not first)
        second = clerk.process
        assert second.poll() is None
    assert second.poll() is not None
    assert "started again" in capsys.readouterr().err
