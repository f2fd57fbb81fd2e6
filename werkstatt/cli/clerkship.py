"""The clerk as a process beside the server, started again when it dies, ended with it."""

from __future__ import annotations

import os
import subprocess
import sys
import threading

CLERK_HERE = "WERKSTATT_CLERK_IN_WORKER"  # set for the one worker, where a second process is unsafe
LAST_WORDS = 5  # seconds
PAUSE = 2  # seconds before a dead clerk is replaced


class ClerkProcess:
    """A context: the clerk works as long as it lasts.

    The process reads its input, a pipe that only this process holds open; so it also ends when
    the server is killed without a chance to say goodbye.
    """

    def __init__(self) -> None:
        self.over = threading.Event()
        self.process: subprocess.Popen | None = None
        self.watcher = threading.Thread(target=self._watch, name="clerk's watcher", daemon=True)

    def __enter__(self) -> ClerkProcess:
        self.process = self._start()
        self.watcher.start()
        return self

    def __exit__(self, *_reason) -> None:
        self.over.set()
        self.process.stdin.close()
        self.process.terminate()
        try:
            self.process.wait(LAST_WORDS)
        except subprocess.TimeoutExpired:
            self.process.kill()
        self.watcher.join(LAST_WORDS)

    def _start(self) -> subprocess.Popen:
        return subprocess.Popen(
            [sys.executable, "-m", "werkstatt.cli.serve", "clerk"],
            stdin=subprocess.PIPE,
            env={**os.environ, "WERKSTATT_CLERK_OF_SERVER": "1"},
            start_new_session=True,  # Ctrl-C reaches the server first, which ends it in order
        )

    def _watch(self) -> None:
        while True:
            self.process.wait()
            if self.over.wait(PAUSE):
                return
            self.process.stdin.close()
            print("The clerk's process ended unexpectedly and is started again.", file=sys.stderr, flush=True)
            self.process = self._start()
