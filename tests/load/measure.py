"""Measuring a server from outside: processor time and memory of its processes, and a crowd that visits it."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from pathlib import Path

from config import HERE
from tests.load.client import Paper
from tests.load.room import Room


def processor(pids: Iterable[int]) -> float:
    """Seconds of processor time that these processes have used so far, to the nanosecond."""
    ran = 0
    for pid in pids:
        for thread in Path(f"/proc/{pid}/task").glob("*/schedstat"):
            try:
                ran += int(thread.read_text().split()[0])
            except OSError:  # a thread that has just ended
                continue
    return ran / 1e9


def memory(pids: Iterable[int]) -> float:
    """MB of these processes together; pages that they share count once (PSS)."""
    total = 0
    for pid in pids:
        rows = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
        total += next(int(row.split()[1]) for row in rows if row.startswith("Pss:"))
    return total / 1024


def percentile(values: Sequence[float], share: float) -> float:
    """The smallest value that at least this share of them does not exceed."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


class Visitors:
    """The crowd (``tests.load.crowd``) as a process; ``ask`` sends one order and waits for its answer."""

    def __init__(self, room: Room, paper: Paper):
        self.process = subprocess.Popen(
            [sys.executable, "-m", "tests.load.crowd"],
            cwd=HERE, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        )  # fmt: skip
        voters = [[voter.member_id, voter.cookie, voter.token] for voter in room.voters]
        self.ask("enter", port=room.port, paper=asdict(paper), voters=voters)

    def __enter__(self) -> Visitors:
        return self

    def __exit__(self, *_reason) -> None:
        self.process.stdin.close()
        self.process.wait(20)
        self.process.stdout.close()

    def ask(self, what: str, **order):
        self.process.stdin.write(json.dumps({"do": what, **order}) + "\n")
        self.process.stdin.flush()
        answer = self.process.stdout.readline()
        assert answer, f"the crowd has gone ({what})"
        return json.loads(answer)
