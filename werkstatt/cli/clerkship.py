"""The clerk as a process beside the server, started again when it dies, ended with it."""

from __future__ import annotations

import multiprocessing
import os
import sys
import threading
from collections.abc import Callable

CLERK_HERE = "WERKSTATT_CLERK_IN_WORKER"  # set for the one worker, where a second process is unsafe
LAST_WORDS = 5  # seconds
PAUSE = 2  # seconds before a dead clerk is replaced


def work() -> None:
    """The clerk until SIGTERM, or until the server is gone, however it ended."""
    from .serve import clerk_of_server

    os.setsid()  # Ctrl-C reaches the server first, which ends the clerk in order
    clerk_of_server()


class ClerkProcess:
    """A context: the clerk works as long as it lasts.

    The process is forked, so that it shares the memory of what the server has loaded.
    """

    def __init__(self, target: Callable[[], None] = work) -> None:
        self.target, self.over = target, threading.Event()
        self.process = self._start()
        self.watcher = threading.Thread(target=self._watch, name="clerk's watcher", daemon=True)

    def __enter__(self) -> ClerkProcess:
        self.watcher.start()
        return self

    def __exit__(self, *_reason) -> None:
        self.over.set()
        self.process.terminate()
        self.process.join(LAST_WORDS)
        if self.process.is_alive():
            self.process.kill()
        self.watcher.join(LAST_WORDS)

    def _start(self) -> multiprocessing.Process:
        process = multiprocessing.get_context("fork").Process(target=self.target, name="clerk")
        process.start()
        return process

    def _watch(self) -> None:
        while True:
            self.process.join()
            if self.over.wait(PAUSE):
                return
            print("The clerk's process ended unexpectedly and is started again.", file=sys.stderr, flush=True)
            self.process = self._start()
