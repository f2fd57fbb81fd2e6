"""What the server's own process loads before it forks."""

from __future__ import annotations

import subprocess
import sys

from config import HERE

SCRIPT = (
    "import threading; from werkstatt.cli import workers; workers.load(); print(threading.active_count())"
)


def test_loading_starts_no_thread_that_a_fork_would_lose():
    told = subprocess.run(
        [sys.executable, "-c", SCRIPT], cwd=HERE, capture_output=True, text=True, check=True
    )
    assert told.stdout.strip() == "1", told.stderr
