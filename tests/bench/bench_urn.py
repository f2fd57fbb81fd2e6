"""The close of a very large round: from sealed boxes to the result, beside the tally alone.

    python tests/bench/bench_urn.py [--ballots 100000] [--items 60]

Opening and loading is everything the clerk does in the counting step but the tally: it walks the
roll, opens each box, forms groups, mixes, writes urn, codes and result, deletes the boxes, commits.
The tally is `result.tally`, from rankings to figures. SQLite, and PostgreSQL where
WERKSTATT_TEST_POSTGRESQL names a server. A broken bound fails.
"""

from __future__ import annotations

import argparse
import os
import random
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(ROOT))

from sqlalchemy import func, insert, select  # noqa: E402

from tests.load.room import Room, furnish, postgresql_database  # noqa: E402
from werkstatt.acts import clerk, result  # noqa: E402
from werkstatt.counting import Ranking  # noqa: E402
from werkstatt.db import begin_write, db  # noqa: E402
from werkstatt.models import Ballot, Round, UrnBallot  # noqa: E402
from werkstatt.secrecy import handle_of, pack, seal  # noqa: E402

MOST, TAG = 10, "ab" * 16


def cast_all(room: Room, round_id: int, items: int) -> None:
    """A sealed ballot for everybody, straight into the table: most rank some, a few are silent about some."""
    chance = random.Random(1)
    key = room.keys.read(db.session.scalar(select(Round.key_id).where(Round.id == round_id)))
    rows = []
    for voter in room.voters:
        order = chance.sample(range(items), items)
        ranked = order[: chance.randint(1, items)]
        vote = Ranking([(item,) for item in ranked], order[-1:] if len(ranked) < items else ())
        handle = handle_of(key, round_id, voter.member_id)
        box = seal(key, round_id, handle, 1, TAG, pack(vote, items))
        rows.append({"round_id": round_id, "handle": handle, "box": box, "rev": 1})
    begin_write()
    db.session.execute(insert(Ballot.__table__), rows)
    db.session.commit()


def bench(name: str, url: str, folder: Path, ballots: int, items: int) -> bool:
    room = furnish(folder, url, voters=ballots, items=items)
    paper = room.open_round()
    with room.inside():
        cast_all(room, paper.round_id, items)
    room.announce(paper)
    spent = {}
    tally = result.tally

    def timed(*args, **options):
        start = time.perf_counter()
        try:
            return tally(*args, **options)
        finally:
            spent["tally"] = time.perf_counter() - start

    result.tally = timed
    try:
        with room.inside():
            clerk._take(clerk._close, paper.round_id, room.keys)
            clerk._take(clerk._shut, paper.round_id, room.keys)
            start = time.perf_counter()
            counted = clerk._take(clerk._count, paper.round_id, room.keys)
            spent["all"] = time.perf_counter() - start
            urn = db.session.scalar(select(func.count()).select_from(UrnBallot))
    finally:
        result.tally = tally
    assert counted and urn == ballots, f"{urn} of {ballots} ballots counted"
    rest = spent["all"] - spent["tally"]
    holds = rest <= MOST * spent["tally"]
    # The kernel's high-water mark of this process, which also holds the voters and made the boxes.
    peak = int(Path("/proc/self/status").read_text().split("VmHWM:")[1].split()[0]) / 1024
    print(
        f"| {name}, {ballots:,} ballots of {items} items | opening and loading {rest:.1f} s"
        f" | tally {spent['tally']:.1f} s | {rest / spent['tally']:.1f} times the tally (at most {MOST})"
        f"{'' if holds else ' **broken**'}; peak {peak:.0f} MB |",
        flush=True,
    )
    return holds


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--ballots", type=int, default=100_000)
    parser.add_argument("--items", type=int, default=60)
    chosen = parser.parse_args()
    print(f"Load average at the start {os.getloadavg()[0]:.1f}\n")
    print("| what | opening and loading | tally | figure |\n| --- | --- | --- | --- |")
    holds = True
    with tempfile.TemporaryDirectory(prefix="werkstatt-urn-") as name:
        for kind in ("sqlite", "postgresql"):
            folder = Path(name) / kind
            folder.mkdir()
            if kind == "sqlite":
                url = f"sqlite:///{folder / 'urn.sqlite'}"
                holds &= bench("SQLite", url, folder, chosen.ballots, chosen.items)
            elif server := os.environ.get("WERKSTATT_TEST_POSTGRESQL"):
                with postgresql_database(server) as url:
                    holds &= bench("PostgreSQL", url, folder, chosen.ballots, chosen.items)
    return 0 if holds else 1


if __name__ == "__main__":
    sys.exit(main())
