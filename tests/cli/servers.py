"""Real servers for tests: started as people start them, on a free port, ended by signal."""

from __future__ import annotations

import http.cookiejar
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.parse
import urllib.request
from pathlib import Path

from config import HERE
from tests.pages import tokens

PATIENCE = 40  # seconds; two cores may be busy with other tests


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def environment(folder: Path, **more: str) -> dict[str, str]:
    """Our process's environment with settings of an installation in a folder."""
    kept = {
        name: value for name, value in os.environ.items() if not name.startswith(("WERKSTATT_", "FLASK_"))
    }
    settings = {"WERKSTATT_INSTANCE": str(folder / "instance"), "WERKSTATT_KEYS": str(folder / "keys")}
    return {**kept, **settings, **more}


class Server:
    """A server process; ``output`` is everything it wrote, once it has ended."""

    def __init__(self, what: str, folder: Path, port: int = 0, **more: str):
        self.port = port or free_port()
        self.address = f"http://127.0.0.1:{self.port}"
        self.log = folder / f"{what}-{self.port}.log"
        self.out = self.log.open("ab")
        self.process = subprocess.Popen(
            [sys.executable, "-m", "werkstatt.cli.serve", what],
            cwd=HERE,
            env=environment(folder, WERKSTATT_PORT=str(self.port), **more),
            stdout=self.out,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )

    def wait_until_it_answers(self) -> Server:
        ends = time.monotonic() + PATIENCE
        while time.monotonic() < ends:
            assert self.process.poll() is None, self.output
            try:
                urllib.request.urlopen(self.address, timeout=5).close()
                return self
            except OSError:
                time.sleep(0.05)
        raise AssertionError(f"no answer in {PATIENCE} s: {self.output}")

    def end(self, sign: int = signal.SIGTERM, within: float = 15) -> int:
        """Send the signal; returns the exit status."""
        if self.process.poll() is None:
            self.process.send_signal(sign)
        try:
            return self.process.wait(within)
        finally:
            if self.process.poll() is None:
                os.killpg(self.process.pid, signal.SIGKILL)
                self.process.wait()
            self.out.close()

    @property
    def output(self) -> str:
        return self.log.read_text("utf-8")


class Visitor:
    """A browser without a screen: keeps cookies, follows redirects."""

    def __init__(self, server: Server):
        self.address = server.address
        jar = urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar())
        self.opener = urllib.request.build_opener(jar)

    def get(self, path: str) -> tuple[int, str]:
        return self._open(path, None)

    def send(self, path: str, fields: dict[str, str], *, page: str) -> tuple[int, str]:
        """POST a form with the token of a page."""
        token = tokens(self.get(page)[1])[0]
        return self._open(path, urllib.parse.urlencode({"csrf_token": token, **fields}).encode())

    def log_in(self, email: str, password: str) -> tuple[int, str]:
        return self.send("/login", {"email": email, "password": password}, page="/login")

    def _open(self, path: str, data: bytes | None) -> tuple[int, str]:
        try:
            with self.opener.open(self.address + path, data, timeout=20) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as no:
            with no:
                return no.code, no.read().decode()
