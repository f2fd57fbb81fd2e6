"""The server's own process: it starts granian's workers and the clerk, and holds nothing else.

``python -m werkstatt.cli.workers``; ``serve`` becomes this when everything is prepared. It loads the
application's modules and makes no application, opens no database and starts no thread of its own, so that
workers and clerk can be forked from it: they share the memory of everything that was loaded.
"""

from __future__ import annotations

import contextlib
import gc
import multiprocessing
import os
import resource

from granian import Granian
from granian.constants import Interfaces

from config import Settings

from .clerkship import CLERK_HERE, LAST_WORDS, ClerkProcess

# Of one worker, made as needed: one answers, the others wait for their turn or for a body that comes slowly.
THREADS = 128
CONNECTIONS = 8192  # of one worker; granian counts open connections, and every open page keeps one or more


def production_server(target: str, host: str, port: int, *, workers: int) -> Granian:
    """Granian around an application factory."""
    load()
    multiprocessing.set_start_method("fork", force=True)
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))  # every open page holds a connection
    return Granian(
        target,
        factory=True,
        address=host,
        port=port,
        interface=Interfaces.WSGI,
        workers=workers,
        blocking_threads=THREADS,
        backlog=CONNECTIONS,
        backpressure=CONNECTIONS,
        workers_kill_timeout=LAST_WORDS,
        respawn_failed_workers=True,
        log_level="warning",
        log_access=False,
        websockets=False,
    )


def load() -> None:
    """Everything a worker imports, once, and out of the garbage collector's sight, which would copy it."""
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # a worker answers one request at a time
    from ..acts.rank.slot import TURNS
    from ..web import rooms  # noqa: F401

    TURNS.share()
    gc.collect()
    gc.freeze()


def main() -> None:
    """Serve until Ctrl-C or SIGTERM."""
    settings = Settings.from_environment()
    alone = bool(os.environ.get(CLERK_HERE))
    server = production_server(
        "werkstatt.cli.serve:worker", settings.host, settings.port, workers=1 if alone else 2
    )
    with contextlib.nullcontext() if alone else ClerkProcess():
        server.serve()
    print("Werkstatt has ended.", flush=True)


if __name__ == "__main__":
    main()
