"""What the server's own process loads before it forks."""

from __future__ import annotations

import subprocess
import sys

from config import HERE
from werkstatt.acts.join import hashing
from werkstatt.cli import workers
from werkstatt.web import intake

SCRIPT = (
    "import threading; from werkstatt.cli import workers; workers.load(); print(threading.active_count())"
)


def test_loading_starts_no_thread_that_a_fork_would_lose():
    told = subprocess.run(
        [sys.executable, "-c", SCRIPT], cwd=HERE, capture_output=True, text=True, check=True
    )
    assert told.stdout.strip() == "1", told.stderr


def test_c44_whoever_waits_leaves_threads_for_everybody_else():
    """Slow bodies and strangers' passwords keep a thread each; pages and ballots need some as well."""
    assert intake.AWAITED + hashing.MOST_STRANGERS <= workers.THREADS - 16
