"""Thirty clients, two a voter, under everything that may happen to a server; each ballot's history is checked."""

from __future__ import annotations

import asyncio
import contextlib
import os
import random
import signal
import time
from dataclasses import dataclass, field

from tests.load.client import Paper, Voter
from tests.load.room import Room
from tests.urn.locks import foreign_lock
from tests.urn.power import Machine
from tests.urn.register import Seen, possible
from tests.urn.storm import Counts, close

PATIENCE = 4  # seconds after which a client gives up and does not know
STEP = 90  # seconds by which the clock is wrong


@dataclass
class Weather:
    """One run: the clients, what they saw, and the moments at which the server was killed."""

    room: Room
    machine: Machine
    paper: Paper
    counts: Counts
    rng: random.Random
    seen: dict[int, list[Seen]] = field(default_factory=dict)
    kills: list[float] = field(default_factory=list)
    over: bool = False

    async def run(self, faults: list[str], pause: float) -> None:
        """Let the faults come one after the other, with a pause after each."""
        tabs = [tab for voter in self.room.voters[:15] for tab in (voter, self._second_tab(voter))]
        clients = [asyncio.create_task(self._client(tab, number)) for number, tab in enumerate(tabs)]
        try:
            await asyncio.sleep(pause)
            for fault in faults:
                await asyncio.to_thread(getattr(self, fault))
                await asyncio.sleep(pause)
        finally:
            self.over = True
            await asyncio.gather(*clients)
            await asyncio.gather(*(tab.hang_up() for tab in tabs))

    def _second_tab(self, voter: Voter) -> Voter:
        return Voter(voter.member_id, voter.cookie, voter.token, voter.port)

    async def _client(self, tab: Voter, number: int) -> None:
        rng = random.Random(self.rng.random() + number)
        mine = self.seen.setdefault(tab.member_id, [])
        order = list(range(len(self.paper.letters)))
        while not self.over:
            if rng.random() < 0.5:
                known = await self._read(tab, mine)
            else:
                if rng.random() < 0.8:
                    rng.shuffle(order)
                known = await self._write(tab, mine, tuple(order))
            await asyncio.sleep(0.01 if known else 0.3)

    async def _read(self, tab: Voter, mine: list[Seen]) -> bool:
        answer = await tab.get(self.paper.address("saved"), patience=PATIENCE)
        assert answer.status in (200, 303, 503, 0), answer.status
        nothing_yet = answer.status == 303
        assert not nothing_yet or "login" not in answer.headers["location"], "logged out"
        if answer.status == 200 or nothing_yet:
            value = None if nothing_yet else self.paper.shown(answer.text)
            mine.append(Seen("read", "read", value, answer.began, answer.ended))
        return answer.status in (200, 303)

    async def _write(self, tab: Voter, mine: list[Seen], value: tuple[int, ...]) -> bool:
        rev = tab.rev
        answer = await tab.cast(self.paper, value, patience=PATIENCE)
        assert answer.status in (303, 409, 503, 0), answer.status
        outcome = {303: "saved", 409: "refused"}.get(answer.status, "unknown")
        until = answer.ended if answer.status else float("inf")
        mine.append(Seen("write", outcome, value, answer.began, until, rev))
        self.counts.sent += 1
        self.counts.acknowledged += outcome == "saved"
        return answer.status in (303, 409)

    # ---- the faults

    def kill(self) -> None:
        self.room.kill()
        self.kills.append(time.monotonic())

    def restart(self) -> None:
        self.room.up(**self.machine.environ())

    def stop(self) -> None:
        """One of its processes stands still for a while; never the first, which only watches."""
        family = self.room.running.family()[1:]
        for pid in self.rng.sample(family, min(2, len(family))):
            _signal(pid, signal.SIGSTOP)
            time.sleep(0.7)
            _signal(pid, signal.SIGCONT)

    def lock(self) -> None:
        with foreign_lock(self.room.environ["WERKSTATT_DATABASE_URL"]):
            time.sleep(0.7)

    def forward(self) -> None:
        self.machine.switch(clock=STEP)

    def back(self) -> None:
        self.machine.switch(clock=-STEP)

    # ---- the end

    def check(self) -> None:
        """Every ballot's history, with what is stored at the end as its last reading."""
        boxes, now = self.room.boxes(self.paper), time.monotonic()
        broken = []
        for member_id, history in self.seen.items():
            last = boxes[member_id].order if member_id in boxes else None
            whole = [*(self._bounded(one) for one in history), Seen("read", "read", last, now, now)]
            if not possible(whole):
                broken.append((member_id, len(history)))
        self.counts.lost += len(broken)
        assert not broken, f"impossible histories of {len(broken)} ballots: {broken[:3]}"
        assert self.room.whole()

    def _bounded(self, one: Seen) -> Seen:
        """What was on its way when the server was killed did not happen later."""
        if one.must:
            return one
        kill = next((moment for moment in self.kills if moment > one.sent), float("inf"))
        return Seen(one.kind, one.outcome, one.value, one.sent, min(one.until, kill), one.rev)


def _signal(pid: int, sign: int) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, sign)


def bad_weather(room: Room, machine: Machine, faults: list[str], counts: Counts, *, pause: float) -> None:
    """Open a round, let it storm, check every history; a round whose server runs at the end is closed (C29)."""
    room.up(**machine.environ())
    paper = room.open_round()
    weather = Weather(room, machine, paper, counts, random.Random(29))
    try:
        asyncio.run(weather.run(faults, pause))
        weather.check()
        if room.running:
            stored = len(room.boxes(paper))
            machine.switch()
            close(room, paper)
            counts.counted += room.figures(paper)["cast"]
            assert room.figures(paper)["cast"] == stored
    finally:
        machine.switch()
        room.release(paper)
