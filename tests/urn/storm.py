"""Many voters casting at once, and what must hold afterwards; the same for one kill and for twenty."""

from __future__ import annotations

import asyncio
import functools
import random
import re
import threading
import time
from collections import Counter
from dataclasses import dataclass, field

from tests.load.client import CUT, Answer, Paper, Voter
from tests.load.room import Room
from tests.urn.locks import foreign_lock
from tests.urn.power import Machine, after_failure
from werkstatt.terms import RoundState


@dataclass
class Counts:
    """What ``make soak`` prints: of all casts sent and answered with "saved", how many were found again."""

    sent: int = 0
    acknowledged: int = 0
    counted: int = 0
    lost: int = 0
    doubled: int = 0

    def line(self, what: str) -> str:
        return (
            f"{what}: sent {self.sent}, acknowledged {self.acknowledged}, counted {self.counted},"
            f" lost {self.lost}, doubled {self.doubled}"
        )


COUNTS: dict[str, Counts] = {}  # printed at the end of the run
NOTES: list[str] = []  # so are these


@dataclass
class Memory:
    """What one voter knows: the last value that was answered with "saved", and those sent since."""

    acknowledged: tuple[int, ...] | None = None
    since: list[tuple[int, ...]] = field(default_factory=list)
    used: set[tuple[int, ...]] = field(default_factory=set)

    def fresh(self, rng: random.Random, items: int) -> tuple[int, ...]:
        """A ranking that this voter has not sent before."""
        while True:
            order = list(range(items))
            rng.shuffle(order)
            if (value := tuple(order)) not in self.used:
                self.used.add(value)
                return value

    def may_hold(self, found: tuple[int, ...] | None) -> bool:
        """Whether the database may say this now."""
        return found == self.acknowledged or found in self.since

    def settle(self, found: tuple[int, ...] | None) -> None:
        """From now on this is what holds."""
        self.acknowledged, self.since = found, []


class Storm:
    """Voters of a room casting and changing in one round, as often as each is told."""

    def __init__(self, room: Room, paper: Paper, seed: int, counts: Counts):
        self.room, self.paper, self.counts = room, paper, counts
        self.rng = random.Random(seed)
        self.memories = {voter.member_id: Memory() for voter in room.voters}
        self.answers: Counter[int] = Counter()
        self.refusals: list[Answer] = []
        self.enough = asyncio.Event()
        self.stop_after = 0

    async def blow(self, each: int) -> None:
        """Every voter casts ``each`` times."""
        self.answers.clear()
        self.refusals.clear()
        try:
            await asyncio.gather(*(self._voter(voter, each) for voter in self.room.voters))
        finally:
            self.enough.set()
            await asyncio.gather(*(voter.hang_up() for voter in self.room.voters))

    async def blow_into(self, each: int, at: int, deed) -> None:
        """The same, and after ``at`` saved casts something happens in the middle of it."""
        self.stop_after, self.enough = at, asyncio.Event()  # an event belongs to one loop
        blowing = asyncio.create_task(self.blow(each))
        await self.enough.wait()
        await asyncio.to_thread(deed)
        await blowing

    async def _voter(self, voter: Voter, each: int) -> None:
        memory = self.memories[voter.member_id]
        for _ in range(each):
            value = memory.fresh(self.rng, len(self.paper.letters))
            memory.since.append(value)
            self.counts.sent += 1
            answer = await voter.cast(self.paper, value)
            self.answers[answer.status] += 1
            if answer.status == 303:
                self.counts.acknowledged += 1
                memory.settle(value)
            elif answer.status == CUT:
                return
            else:
                self.refusals.append(answer)
            if self.answers[303] >= self.stop_after:
                self.enough.set()

    def said(self) -> list[str]:
        """The sentences of the first refusals."""
        found = (re.search(r'id="problem">([^<]*)', answer.text) for answer in self.refusals[:3])
        return [match.group(1) for match in found if match]

    def check(self, otherwise: str = "wrong") -> None:
        """Each voter's value is the last acknowledged or a later unacknowledged one; none twice."""
        boxes = self.room.boxes(self.paper)
        wrong = []
        for voter in self.room.voters:
            memory, box = self.memories[voter.member_id], boxes.get(voter.member_id)
            found = box.order if box else None
            if not memory.may_hold(found):
                wrong.append((voter.member_id, memory.acknowledged, memory.since, found))
            memory.settle(found)
            voter.rev = box.rev if box else 0
        self.counts.lost += len(wrong)
        assert not wrong, f"{otherwise}: {len(wrong)} voters, the first {wrong[0]}"
        assert self.room.whole()


def kills(room: Room, times: int, each: int, counts: Counts, *, seed: int = 5) -> None:
    """Kill the server that often, at a random moment of a storm, and look after every restart."""
    paper = room.open_round()
    storm = Storm(room, paper, seed, counts)
    room.up()
    for _ in range(times):
        at = storm.rng.randrange(len(room.voters) // 2, len(room.voters) * each * 9 // 10)
        asyncio.run(storm.blow_into(each, at, room.kill))
        assert set(storm.answers) <= {303, CUT}, storm.said()
        storm.check()
        room.up()
        storm.check()
    end(storm, counts)
    room.release(paper)


def end(storm: Storm, counts: Counts) -> None:
    """Everybody casts once more, which goes well; then the close counts each of them once."""
    asyncio.run(storm.blow(1))
    assert set(storm.answers) == {303}, storm.said()
    storm.check()
    close(storm.room, storm.paper)
    everybody, cast = len(storm.room.voters), storm.room.figures(storm.paper)["cast"]
    counts.counted += cast
    counts.lost += max(everybody - cast, 0)
    counts.doubled += max(cast - everybody, 0)
    assert cast == everybody


def close(room: Room, paper: Paper, within: float = 30) -> None:
    """Announce without seconds; the server's own clerk does the rest."""
    room.announce(paper)
    until_closed(room, paper, within)


def until_closed(room: Room, paper: Paper, within: float = 30) -> None:
    ends = time.monotonic() + within
    while room.state(paper) is not RoundState.CLOSED:
        assert time.monotonic() < ends, room.state(paper)
        time.sleep(0.05)


def closes(room: Room, times: int, counts: Counts, *, seed: int = 11) -> None:
    """The close falls into arriving casts: counted are exactly those that were answered with "saved"."""
    rng = random.Random(seed)
    room.up()
    for _ in range(times):
        paper = room.open_round()
        storm = Storm(room, paper, rng.randrange(2**31), counts)
        at = rng.randrange(len(room.voters) // 4, len(room.voters) * 3 // 4)
        asyncio.run(storm.blow_into(1, at, functools.partial(room.announce, paper)))
        saved = storm.answers[303]
        assert set(storm.answers) <= {303, 409} and sum(storm.answers.values()) == len(room.voters)
        assert all("nicht mehr gezählt" in answer.text for answer in storm.refusals)
        until_closed(room, paper)
        figures = room.figures(paper)
        counts.counted += figures["cast"]
        counts.lost += max(saved - figures["cast"], 0)
        counts.doubled += max(figures["cast"] - saved, 0)
        assert figures["cast"] == saved
        assert again(room) == 0 and room.figures(paper) == figures
        room.release(paper)


def again(room: Room) -> int:
    """The close once more, by another clerk: how many steps it still found to do."""
    from werkstatt.acts import clerk

    with room.inside():
        return clerk.work_once(room.keys)


def devices(room: Room, counts: Counts) -> None:
    """One voter, 50 parallel casts from two devices: one row, one of the sent values (C13)."""
    room.up()
    paper = room.open_round()
    first = room.voters[0]
    second = room.second_login(first)
    asyncio.run(_two_devices(room, paper, first, second, counts))
    room_boxes = room.boxes(paper)
    assert list(room_boxes) == [first.member_id]
    close(room, paper)
    counts.counted += room.figures(paper)["cast"]
    counts.doubled += room.figures(paper)["cast"] - 1
    assert room.figures(paper)["cast"] == 1
    room.release(paper)


async def _two_devices(room: Room, paper: Paper, first: Voter, second: Voter, counts: Counts) -> None:
    memory, rng = Memory(), random.Random(13)
    hands = [Voter(one.member_id, one.cookie, one.token, one.port) for one in (first, second) * 25]
    values = [memory.fresh(rng, len(paper.letters)) for _ in hands]
    answers = await asyncio.gather(
        *(hand.cast(paper, value) for hand, value in zip(hands, values, strict=True))
    )
    counts.sent += 50
    counts.acknowledged += sum(answer.status == 303 for answer in answers)
    assert sorted({answer.status for answer in answers}) == [303, 409]
    stored = room.boxes(paper)[first.member_id].order
    winners = [value for value, answer in zip(values, answers, strict=True) if answer.status == 303]
    assert winners == [stored], "all of them saw no ballot yet, so that just one may win"
    await asyncio.gather(*(hand.hang_up() for hand in hands))
    # What the other device cast is never shown, neither in the refusal nor on the page.
    mine, other = (first, second) if values.index(stored) % 2 == 0 else (second, first)
    other.rev = 0
    value = memory.fresh(rng, len(paper.letters))
    refused = await other.cast(paper, value)
    assert refused.status == 409 and "neuere Fassung" in refused.text
    assert _arranged(refused.text) == [paper.letters[item] for item in value]
    assert paper.shown((await other.get(paper.address("saved"))).text) is None
    mine.rev = other.rev = 0
    assert (await mine.cast(paper, stored)).status == 303, "equal content is saved, whatever its revision"
    assert (await other.cast(paper, stored)).status == 409, (
        "who may replace a ballot cannot read it by guessing"
    )
    assert paper.shown((await mine.get(paper.address("saved"))).text) == stored
    other.rev = room.boxes(paper)[first.member_id].rev
    assert (await other.cast(paper, value)).status == 303
    assert room.boxes(paper)[first.member_id].order == value
    assert paper.shown((await mine.get(paper.address("saved"))).text) is None
    counts.sent += 4
    counts.acknowledged += 2
    await asyncio.gather(mine.hang_up(), other.hang_up())


def _arranged(page: str) -> list[str]:
    """The letters of a ballot page in their order: the ranked cards."""
    ranked = page.partition('id="ranked"')[2].partition('id="unsorted"')[0]
    return [part.partition('"')[0] for part in ranked.split('data-letter="')[1:]]


def power_failures(
    room: Room, disk: Machine, times: int, each: int, counts: Counts, *, seed: int = 28, **more: str
) -> None:
    """The same as :func:`kills`, and whatever was not synced is lost, or a random half of it."""
    paper = room.open_round()
    storm = Storm(room, paper, seed, counts)
    try:
        for turn in range(times):
            base = disk.photograph()
            room.up(**disk.environ(**more))
            at = storm.rng.randrange(len(room.voters) // 2, len(room.voters) * each * 9 // 10)
            asyncio.run(storm.blow_into(each, at, room.kill))
            half = turn % 2 == 1
            disk.put(after_failure(base, disk.log, lambda half=half: half and storm.rng.random() < 0.5))
            storm.check("wrong after the failure")
    finally:
        room.release(paper)


def database_kills(room: Room, cluster, times: int, each: int, counts: Counts, *, seed: int = 82) -> None:
    """The database's own server is killed in the middle of casts; ours stays, and goes on when it is back."""
    paper = room.open_round()
    storm = Storm(room, paper, seed, counts)
    room.up()
    for _ in range(times):
        at = storm.rng.randrange(len(room.voters) // 2, len(room.voters) * each * 9 // 10)
        asyncio.run(storm.blow_into(each, at, cluster.kill))
        assert set(storm.answers) <= {303, 503, CUT}, (storm.answers, storm.said())
        cluster.up()
        storm.check("wrong after the database came back")
    end(storm, counts)


async def full_disk(room: Room, paper: Paper, fill, **environ: str) -> None:
    """The disk is full: said plainly, the old ballot stays, and later it works again (C26)."""
    room.up(**environ)
    first = room.voters[0]
    assert (await first.cast(paper, (0, 1, 2))).status == 303
    fill(full=True)
    late = None
    for voter in room.voters[1:]:  # a page may still have room for a few
        before = room.boxes(paper)
        if (await voter.cast(paper, (2, 1, 0))).status != 303:
            late = voter
            break
    for _ in range(2):
        answer = await late.cast(paper, (2, 1, 0))
        assert answer.status == 503 and answer.headers["retry-after"] == "5", answer.status
        assert "Speicherplatz des Servers ist voll" in answer.text and "Traceback" not in answer.text
    assert paper.shown((await first.get(paper.address("saved"))).text) == (0, 1, 2)
    fill(full=False)
    assert room.boxes(paper) == before
    for voter in (first, late):
        assert (await voter.cast(paper, (2, 1, 0))).status == 303
    await asyncio.gather(*(voter.hang_up() for voter in room.voters))
    assert len(room.boxes(paper)) == len(before) + 1
    await asyncio.to_thread(close, room, paper)
    assert room.figures(paper)["cast"] == len(before) + 1
    room.release(paper)


async def long_lock(room: Room, paper: Paper, seconds: float) -> None:
    """A whole room casts while somebody holds the lock: bounded answers, no half write, then it goes on (C27)."""
    first = room.voters[0]
    assert (await first.cast(paper, (0, 1, 2))).status == 303
    before, url = room.boxes(paper), room.environ["WERKSTATT_DATABASE_URL"]
    with foreign_lock(url):
        began = time.monotonic()
        answers = await asyncio.gather(*(voter.cast(paper, (2, 1, 0)) for voter in room.voters))
        for answer in answers:
            assert answer.status == 503 and answer.headers["retry-after"] == "5", answer.status
            assert "Bitte versuchen Sie es gleich noch einmal" in answer.text
        assert time.monotonic() - began < 20, "a room queues behind one lock"
        assert (await first.get(paper.address("saved"))).status == 200, "reading goes on"
        await asyncio.sleep(max(seconds - (time.monotonic() - began), 0))
        assert (await first.cast(paper, (2, 1, 0))).status == 503
    assert room.boxes(paper) == before
    held = threading.Event()

    def hold_for_a_second():
        with foreign_lock(url):
            held.set()
            time.sleep(1)

    other = asyncio.create_task(asyncio.to_thread(hold_for_a_second))
    await asyncio.to_thread(held.wait, 10)
    for voter in room.voters:  # the first try may still be in a hurry
        answer = await _until_saved(voter, paper)
        assert answer.status == 303
        await voter.hang_up()
    await other
    assert len(room.boxes(paper)) == len(room.voters)
    await asyncio.to_thread(close, room, paper)
    room.release(paper)


async def _until_saved(voter: Voter, paper: Paper) -> Answer:
    """Try again as the page does."""
    for _ in range(50):
        answer = await voter.cast(paper, (2, 1, 0))
        if answer.status != 503:
            return answer
        await asyncio.sleep(0.2)
    return answer
