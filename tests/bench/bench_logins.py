"""Logins beside everybody else: what a morning's logins cost those who are in already.

    python tests/bench/bench_logins.py [--people 400] [--turns 4] [--within 15]

The shipped server; casts and page loads at a steady rate, in turn with and without logins, five a
second, each with its Argon2id hash: 300 in a minute. The 95th percentile of casts and of pages may
at most double. SQLite, and PostgreSQL where WERKSTATT_TEST_POSTGRESQL names a server.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(ROOT))

from tests.bench.table import Table  # noqa: E402
from tests.load.measure import Visitors, percentile, processor  # noqa: E402
from tests.load.room import furnish, postgresql_database  # noqa: E402

LOGINS_A_SECOND, VISITS_A_SECOND, SLOWEST, MOST = 5, 15, 2.0, 2.0


def bench(name: str, url: str, folder: Path, people: int, turns: int, within: float) -> int:
    table = Table(name)
    room = furnish(folder, url, voters=people, items=20)
    paper = room.open_round()
    visits, many = int(VISITS_A_SECOND * within), int(LOGINS_A_SECOND * within)
    assert visits <= people // 2, "more people, please: half of them cast"
    everybody = room.passwords()
    found = {"without": {"casts": [], "pages": []}, "with": {"casts": [], "pages": [], "logins": []}}
    wrong = 0
    room.up()
    try:
        with Visitors(room, paper) as crowd:
            crowd.ask("open")
            before = processor(room.running.family())
            for turn in range(2 * turns + 1):
                which = ("without", "with")[turn % 2] if turn else "warm"
                comers = everybody[:many] if which == "with" else []
                answer = crowd.ask("live", within=within, casts=visits, pages=visits, people=comers)
                wrong += sum(n for status, n in answer["statuses"].items() if status not in ("200", "303"))
                for what in found.get(which, ()):
                    found[which][what] += answer[what]
            spent = processor(room.running.family()) - before
            crowd.ask("close")
    finally:
        room.down()
    table.times("a login, from the button to the answer", found["with"]["logins"], SLOWEST)
    for what in ("casts", "pages"):
        for which in ("without", "with"):
            table.times(f"{what} {which} logins", found[which][what])
        quiet, busy = (percentile(found[which][what], 0.95) for which in ("without", "with"))
        ratio = busy / quiet
        table.say(f"{what}: p95 with logins by p95 without", f"{ratio:.2f}", "at most 2", holds=ratio <= MOST)
    table.say("errors", str(wrong), "0", holds=not wrong)
    table.say("processor time of the server in all", f"{spent:.0f} s")
    return table.broken


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--people", type=int, default=500)
    parser.add_argument("--turns", type=int, default=4)
    parser.add_argument("--within", type=float, default=15)
    chosen = parser.parse_args()
    print(f"Load average at the start {os.getloadavg()[0]:.1f}")
    broken, begin = 0, time.monotonic()
    with tempfile.TemporaryDirectory(prefix="werkstatt-logins-") as name:
        folders = {kind: Path(name) / kind for kind in ("sqlite", "postgresql")}
        for folder in folders.values():
            folder.mkdir()
        how = (chosen.people, chosen.turns, chosen.within)
        file = folders["sqlite"] / "room.sqlite"
        broken += bench("SQLite", f"sqlite:///{file}", folders["sqlite"], *how)
        if server := os.environ.get("WERKSTATT_TEST_POSTGRESQL"):
            with postgresql_database(server) as url:
                broken += bench("PostgreSQL", url, folders["postgresql"], *how)
    print(f"\nTook {time.monotonic() - begin:.0f} s. Load average at the end {os.getloadavg()[0]:.1f}.")
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main())
