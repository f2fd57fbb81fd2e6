"""A room full of people as a process of its own: open pages that keep their pulse, casts, logins.

    python -m tests.load.crowd < orders

It reads one order a line (JSON) and answers with one line. A process of its own, so that its
processor time is not counted as the server's, and so that whoever measures is not disturbed.
Times are measured from the moment at which a person wanted something, not from the moment at
which this process came round to it.
"""

from __future__ import annotations

import asyncio
import json
import random
import re
import sys
import time
from collections import Counter
from urllib.parse import urlencode

from tests.load.client import Line, Paper, Voter
from tests.pages import tokens

PULSE = re.compile(r'data-pulse="([^"]+)"')
REST, JITTER = 1.8, 0.2  # seconds between two beats, as the pulse itself asks


class Crowd:
    """Everybody in the room. Each order is a method; what it returns is the answer."""

    def __init__(self, port: int, paper: dict, voters: list[list], seed: int = 1):
        self.paper = Paper(**{**paper, "letters": tuple(paper["letters"])})
        self.port, self.chance = port, random.Random(seed)
        self.voters = [Voter(member, cookie, token, port) for member, cookie, token in voters]
        self.said: dict[int, list[int]] = {}  # member -> the ranking that was acknowledged last
        self.beats: list[asyncio.Task] = []
        for number, voter in enumerate(self.voters[len(self.voters) // 2 :]):  # the others share one address
            voter.line = Line(port, source=f"127.1.{number // 250}.{number % 250 + 1}")
        self.pulses = Counter()

    def new_order(self) -> list[int]:
        return self.chance.sample(range(len(self.paper.letters)), len(self.paper.letters))

    # -- pages -------------------------------------------------------------------------------------

    async def open(self, at_once: int = 8) -> dict:
        """Everybody opens the ballot, some at once; from then on each page keeps its pulse."""
        turn, times, statuses = asyncio.Semaphore(at_once), [], Counter()

        async def one(voter: Voter) -> None:
            async with turn:
                page = await voter.get(f"/sessions/{self.paper.session_id}")
            statuses[page.status] += 1
            times.append(page.took)
            pulse = PULSE.search(page.text)
            self.beats.append(asyncio.create_task(self.beat(voter, pulse.group(1) if pulse else "/")))

        await asyncio.gather(*map(one, self.voters))
        return {"pages": times, "statuses": statuses}

    async def beat(self, voter: Voter, address: str) -> None:
        await asyncio.sleep(self.chance.uniform(0, REST))
        while True:
            async with voter.turn:
                self.pulses[(await voter.get(address)).status] += 1
            await asyncio.sleep(REST + self.chance.uniform(-JITTER, JITTER))

    # -- casts -------------------------------------------------------------------------------------

    async def cast(self, within: float, many: int | None = None) -> dict:
        """Casts at random moments of a time (0: all at once), each read back as a browser does."""
        casts, pages, statuses = [], [], Counter()
        start = time.monotonic() + 0.2
        used, self.pulses = time.process_time(), Counter()

        async def one(voter: Voter) -> None:
            order, wanted = self.new_order(), start + self.chance.uniform(0, within)
            await asyncio.sleep(wanted - time.monotonic())
            async with voter.turn:
                answer = await voter.cast(self.paper, order)
                statuses[answer.status] += 1
                casts.append(answer.ended - wanted)
                if answer.status == 303:
                    self.said[voter.member_id] = order
                    saved = await voter.get(answer.headers["location"])
                    statuses[saved.status if "Gespeichert um" in saved.text else f"{saved.status}?"] += 1
                    pages.append(saved.took)

        await asyncio.gather(*map(one, self.voters[:many]))
        took = time.monotonic() - start
        return {
            "casts": casts, "pages": pages, "statuses": statuses, "took": took,
            "pulses": self.pulses, "used": time.process_time() - used,
        }  # fmt: skip

    async def hammer(self, port: int, many: int, lines: int) -> dict:
        """The same POST again and again, without rest, over some connections to some server."""
        todo = iter([self.voters[n % len(self.voters)] for n in range(many)])
        statuses, real = Counter(), port == self.port

        async def one(line: Line) -> None:
            for voter in todo:
                order = self.new_order()
                fields = {"csrf_token": voter.token, **self.paper.fields(order, voter.rev)}
                body = urlencode(fields).encode()
                answer = await line.ask("POST", self.paper.address("ballot"), cookie=voter.cookie, body=body)
                statuses[answer.status] += 1
                if answer.status == 303 and real:
                    voter.rev += 1
                    self.said[voter.member_id] = order

        own = [Line(port) for _ in range(lines)]
        start = time.monotonic()
        await asyncio.gather(*map(one, own))
        took = time.monotonic() - start
        for line in own:
            await line.hang_up()
        return {"took": took, "statuses": statuses}

    def acknowledged(self) -> dict:
        """Member -> ranking acknowledged last."""
        return self.said

    # -- logins ------------------------------------------------------------------------------------

    async def log_in(self, people: list, within: float, vote: bool = False, wrong: list = ()) -> dict:
        """Each (address, password) at some moment of a time, and a guesser with wrong ones beside them.

        All of them come from one address. ``vote``: each then opens the ballot, casts, reads it back.
        """
        statuses, guesses, times, slow = Counter(), Counter(), [], []

        async def one(address: str, password: str, counted: Counter, took: list[float]) -> None:
            await asyncio.sleep(self.chance.uniform(0, within))
            person = Voter(0, "", "", self.port)
            page = await person.get("/login")
            person.cookie, person.token = cookie_of(page), tokens(page.text)[0]
            answer = await person.post("/login", {"email": address, "password": password})
            counted[answer.status] += 1
            took.append(answer.took)
            if vote and answer.status == 303 and counted is statuses:
                person.cookie = cookie_of(answer)
                await self.first_vote(person, statuses)
            await person.hang_up()

        await asyncio.gather(
            *(one(*who, statuses, times) for who in people), *(one(*who, guesses, slow) for who in wrong)
        )
        return {"times": times, "statuses": statuses, "guesses": guesses, "guess_times": slow}

    async def first_vote(self, person: Voter, statuses: Counter) -> None:
        page = await person.get(f"/sessions/{self.paper.session_id}")
        person.cookie, person.token = cookie_of(page) or person.cookie, tokens(page.text)[0]
        answer = await person.cast(self.paper, self.new_order())
        saved = await person.get(answer.headers.get("location", self.paper.address("saved")))
        voted = answer.status == 303 and "Gespeichert um" in saved.text
        statuses["voted" if voted else f"{page.status}, {answer.status}, {saved.status}"] += 1

    async def live(self, within: float, casts: int, pages: int, people: list) -> dict:
        """A while in the room: casts and page loads, and logins beside them."""
        looks, statuses = [], Counter()

        async def look() -> None:
            wanted = time.monotonic() + self.chance.uniform(0, within)
            await asyncio.sleep(wanted - time.monotonic())
            voter = self.chance.choice(self.voters[casts:])
            async with voter.turn:
                page = await voter.get(f"/sessions/{self.paper.session_id}")
            looks.append(page.ended - wanted)
            statuses[page.status] += 1

        cast, login, *_ = await asyncio.gather(
            self.cast(within, casts), self.log_in(people, within), *(look() for _ in range(pages))
        )
        statuses.update(cast["statuses"])
        statuses.update(login["statuses"])
        return {"casts": cast["casts"], "pages": looks, "logins": login["times"], "statuses": statuses}

    async def close(self) -> dict:
        """Everybody goes."""
        for beat in self.beats:
            beat.cancel()
        await asyncio.gather(*self.beats, return_exceptions=True)
        for voter in self.voters:
            await voter.hang_up()
        return {}


def cookie_of(answer) -> str:
    return answer.headers.get("set-cookie", "").partition(";")[0]


async def serve() -> None:
    crowd = None
    loop = asyncio.get_running_loop()
    while line := await loop.run_in_executor(None, sys.stdin.readline):
        order = json.loads(line)
        what = order.pop("do")
        if what == "enter":
            crowd, answer = Crowd(**order), {}
        else:
            answer = getattr(crowd, what)(**order)
            if asyncio.iscoroutine(answer):
                answer = await answer
        print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    asyncio.run(serve())
