"""A thousand people in one room: casts, page loads, memory and processor time of the shipped server.

    python tests/bench/bench_room.py [--people 1000] [--slices 15]

For SQLite, and for PostgreSQL where WERKSTATT_TEST_POSTGRESQL names a server: the server that
`make serve` starts, a crowd in a process of its own, and beside it, in turn in the same run, a bare
Flask answer, the same route without its database, and one durable commit of the same row. Whatever
breaks a bound is marked, and the exit status says so. Ratios are of one run and one machine; the
seconds are this machine's.

The two ratios are measured over 32 connections at once: of a thousand people who all press within a minute
far more come together, and a measure of throughput has to be full. Beside it stands what eight give.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import platform
import secrets
import subprocess
import sys
import tempfile
import time
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from pathlib import Path
from statistics import fmean, median

ROOT = Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(ROOT))

from sqlalchemy import create_engine, select  # noqa: E402

from tests.bench.table import Table  # noqa: E402
from tests.cli.servers import environment, free_port  # noqa: E402
from tests.load.client import Line, Paper  # noqa: E402
from tests.load.measure import Visitors, memory, processor  # noqa: E402
from tests.load.room import Room, furnish, postgresql_database  # noqa: E402
from werkstatt.acts.rank.voting import FIRST  # noqa: E402
from werkstatt.db import db, engine_options  # noqa: E402
from werkstatt.models import UrnBallot  # noqa: E402
from werkstatt.secrecy import unpack  # noqa: E402
from werkstatt.terms import RoundState  # noqa: E402

MANY, FEW = 32, 8  # connections that cast without rest

ITEMS, OPEN_FOR, PATIENCE = 20, 10.0, 120


@dataclass
class Beside:
    """A server of tests/bench/beside.py on the room's settings."""

    kind: str
    room: Room
    port: int = field(default_factory=free_port)

    def __enter__(self) -> Beside:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "tests.bench.beside", self.kind, str(self.port)],
            cwd=ROOT,
            env=environment(self.room.folder, WERKSTATT_PORT=str(self.room.port), **self.room.environ),
        )
        return self

    def __exit__(self, *_reason) -> None:
        self.process.terminate()
        self.process.wait(20)

    def family(self) -> list[int]:
        children = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text().split()
        return [self.process.pid, *map(int, children)]

    def wait_until_it_answers(self) -> None:
        import asyncio

        ends = time.monotonic() + PATIENCE
        while not asyncio.run(Line(self.port).ask("GET", "/", patience=2)).status:
            assert time.monotonic() < ends and self.process.poll() is None, f"{self.kind} does not answer"
            time.sleep(0.1)


@contextlib.contextmanager
def commits(url: str, folder: Path):
    """One durable commit of a ballot's row, with nothing around it: a function (many) -> seconds each."""
    driver = f"sqlite:///{folder / 'commits.sqlite'}" if url.startswith("sqlite") else url
    engine = create_engine(driver, **engine_options(driver))
    binary = "BLOB" if url.startswith("sqlite") else "BYTEA"
    create = (
        f"CREATE TABLE alone (round_id INTEGER, handle {binary}, box {binary}, rev INTEGER,"
        " PRIMARY KEY (round_id, handle))"
    )
    with engine.begin() as connection:
        connection.exec_driver_sql(create + (" WITHOUT ROWID" if binary == "BLOB" else ""))
    raw = engine.raw_connection()
    own = raw.driver_connection
    mark = "?" if binary == "BLOB" else "%s"
    insert = str(FIRST.statement).replace("INTO ballot", "INTO alone")
    for name in ("round_id", "handle", "box", "rev"):
        insert = insert.replace(f":{name}", mark)

    def commit(many: int) -> float:
        cursor, start = own.cursor(), time.perf_counter()
        for _ in range(many):
            if binary == "BLOB":
                cursor.execute("BEGIN IMMEDIATE")
            cursor.execute(insert, (1, secrets.token_bytes(32), secrets.token_bytes(66), 1))
            own.commit()
        return (time.perf_counter() - start) / many

    try:
        yield commit
    finally:
        raw.close()
        engine.dispose()


def beside(table: Table, room: Room, crowd: Visitors, url: str, slices: int) -> None:
    """The cast beside its three measures, in turn; each ratio is the median of those of all turns."""
    with (
        Beside("bare", room) as bare,
        Beside("without", room) as without,
        commits(url, room.folder) as commit,
    ):
        bare.wait_until_it_answers()
        without.wait_until_it_answers()
        servers = {
            "cast": (room.port, room.running),
            "bare": (bare.port, bare),
            "without": (without.port, without),
        }
        took, used, errors = in_turn(room, crowd, servers, commit, slices, MANY)
        few = in_turn(room, crowd, servers, commit, slices // 3, FEW)
    each = len(asked_of(room))
    for name, what in (
        ("cast", "a cast"),
        ("bare", "a bare Flask answer"),
        ("without", "the same route without the database"),
    ):
        micro, rate = fmean(used[name]) / each * 1e6, each / fmean(took[name])
        table.say(f"processor time of the server, {what}", f"{micro:.0f} µs, {rate:,.0f} a second")
    table.say("one durable commit of the same row", f"{fmean(took['commit']) * 1e6:.0f} µs")
    ratio, share = median_ratio(used["cast"], used["bare"]), median_ratio(took["without"], took["cast"])
    table.say("a cast in bare answers, processor time", f"{ratio:.2f}", "at most 4.5", holds=ratio <= 4.5)
    table.say(
        "throughput of casts beside the route without database",
        f"{share:.0%}",
        "at least 40 %",
        holds=share >= 0.4,
    )
    ratio, share = (
        median_ratio(few[1]["cast"], few[1]["bare"]),
        median_ratio(few[0]["without"], few[0]["cast"]),
    )
    table.say(f"the same two over {FEW} connections, which do not fill a commit", f"{ratio:.2f}; {share:.0%}")
    errors += few[2]
    table.say("answers that were no 303", str(errors), "0", holds=not errors)


def asked_of(room: Room) -> list:
    """Who casts in one turn: nobody twice at once."""
    return room.voters[:300]


def in_turn(room: Room, crowd: Visitors, servers: dict, commit, turns: int, lines: int) -> tuple:
    """Seconds taken and processor seconds used by each server in each turn, and answers that were no 303."""
    each, errors = len(asked_of(room)), 0
    took, used = defaultdict(list), defaultdict(list)
    for turn in range(turns + 1):
        for name, (port, server) in servers.items():
            pids = server.family()
            before = processor(pids)
            answer = crowd.ask("hammer", port=port, many=each, lines=lines)
            errors += each - answer["statuses"].get("303", 0)
            if turn:  # the first turn warms up
                took[name].append(answer["took"])
                used[name].append(processor(pids) - before)
        if turn:
            took["commit"].append(commit(each))
    return took, used, errors


def median_ratio(these: list[float], those: list[float]) -> float:
    """Of what was measured one right after the other: what else the machine does in between disturbs few of them."""
    return median(this / that for this, that in zip(these, those, strict=True))


def errors_in(answer: dict) -> int:
    return sum(many for status, many in answer["statuses"].items() if status not in ("200", "303"))


def in_the_room(table: Table, room: Room, crowd: Visitors) -> None:
    """Open pages with their pulse, casts within ten seconds, then all at once."""
    pages = crowd.ask("open")
    table.times("opening the ballot page, eight at once", pages["pages"])
    table.say("pages that did not open", str(errors_in(pages)), "0", holds=not errors_in(pages))
    people = len(room.voters)
    for within, name in (
        (OPEN_FOR, f"{people:,} casts within {OPEN_FOR:.0f} s"),
        (0, f"{people:,} casts at once"),
    ):
        time.sleep(2)
        pids = room.running.family()
        before = processor(pids)
        answer = crowd.ask("cast", within=within)
        spent = processor(pids) - before
        ratio = table.times(f"{name}: cast to answer", answer["casts"], 1.0 if within else None)
        table.times(f"{name}: reading it back", answer["pages"])
        if not within:
            table.say(f"{name}: p99/p50", f"{ratio:.2f}", "at most 3", holds=ratio <= 3)
        beats = answer["pulses"]
        wrong = errors_in(answer) + sum(many for status, many in beats.items() if status != "200")
        table.say(f"{name}: errors", str(wrong), "0", holds=not wrong)
        table.say(
            f"{name}: took; processor time of server and crowd",
            f"{answer['took']:.1f} s; {spent:.1f} s and {answer['used']:.1f} s, {sum(beats.values())} beats",
        )
    held = memory(room.running.family())
    table.say(
        f"memory of all server processes with {people:,} open pages",
        f"{held:.0f} MB",
        "below 300 MB",
        holds=held < 300,
    )


def count(table: Table, room: Room, crowd: Visitors, paper: Paper) -> None:
    """The close, and whether the urn holds exactly what was acknowledged."""
    said = Counter(tuple(order) for order in crowd.ask("acknowledged").values())
    crowd.ask("close")
    room.announce(paper)
    start = time.monotonic()
    while room.state(paper) is not RoundState.CLOSED:
        assert time.monotonic() < start + PATIENCE, "the clerk does not come"
        time.sleep(0.05)
    took = time.monotonic() - start
    with room.inside():
        rows = db.session.scalars(select(UrnBallot.ranking).where(UrnBallot.round_id == paper.round_id)).all()
    urn = Counter(tuple(item for level in unpack(row).levels for item in level) for row in rows)
    lost, more = (said - urn).total(), (urn - said).total()
    table.say("from the announced close to the counted result", f"{took:.1f} s")
    table.say("acknowledged, counted", f"{said.total()}, {urn.total()}")
    table.say("lost", str(lost), "0", holds=not lost)
    table.say("counted and never acknowledged", str(more), "0", holds=not more)


def bench(name: str, url: str, folder: Path, people: int, slices: int) -> int:
    table = Table(name)
    room = furnish(folder, url, voters=people, items=ITEMS)
    paper = room.open_round()
    room.up()
    try:
        with Visitors(room, paper) as crowd:
            beside(table, room, crowd, url, slices)
            in_the_room(table, room, crowd)
            count(table, room, crowd, paper)
    finally:
        room.down()
    return table.broken


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--people", type=int, default=1000)
    parser.add_argument("--slices", type=int, default=15)
    parser.add_argument("--only", choices=("sqlite", "postgresql"))
    chosen = parser.parse_args()
    print(
        f"Python {platform.python_version()}, {os.cpu_count()} processors,"
        f" load average at the start {os.getloadavg()[0]:.1f}"
    )
    broken = 0
    with tempfile.TemporaryDirectory(prefix="werkstatt-room-") as name:
        if chosen.only != "postgresql":
            folder = Path(name) / "sqlite"
            folder.mkdir()
            broken += bench(
                "SQLite", f"sqlite:///{folder / 'room.sqlite'}", folder, chosen.people, chosen.slices
            )
        server = os.environ.get("WERKSTATT_TEST_POSTGRESQL")
        if server and chosen.only != "sqlite":
            folder = Path(name) / "postgresql"
            folder.mkdir()
            with postgresql_database(server) as url:
                broken += bench("PostgreSQL", url, folder, chosen.people, chosen.slices)
    print(f"\nLoad average at the end {os.getloadavg()[0]:.1f}. Bounds broken: {broken}")
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main())
