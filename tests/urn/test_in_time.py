"""C50: whoever came in time is counted, also where the database lets them wait beyond the end of the round."""

from __future__ import annotations

import asyncio
import random
import threading
import time

from tests.urn.locks import foreign_lock
from werkstatt.terms import RoundState


async def cast_behind_a_lock(room, paper, closes: float) -> list:
    """Everybody casts shortly before the close, while another program holds the lock until after it."""
    held, over = threading.Event(), threading.Event()

    def hold():
        with foreign_lock(room.environ["WERKSTATT_DATABASE_URL"]):
            held.set()
            over.wait(20)

    other = threading.Thread(target=hold)
    other.start()
    await asyncio.to_thread(held.wait, 10)
    assert time.monotonic() < closes - 0.3
    casts = [
        asyncio.create_task(voter.cast(paper, random.sample(range(8), 8), patience=30))
        for voter in room.voters
    ]
    await asyncio.sleep(closes + 0.8 - time.monotonic())
    over.set()
    answers = await asyncio.gather(*casts)
    await asyncio.gather(*(voter.hang_up() for voter in room.voters))
    other.join()
    return answers


def test_c50_who_waits_inside_beyond_the_end_is_counted(backend, furnished):
    room = furnished(backend, voters=60)
    paper = room.open_round()
    room.up()
    try:
        room.announce(paper, 2)
        answers = asyncio.run(cast_behind_a_lock(room, paper, time.monotonic() + 2))
        assert [answer.status for answer in answers] == [303] * 60
        until = time.monotonic() + 20
        while room.state(paper) is not RoundState.CLOSED and time.monotonic() < until:
            time.sleep(0.1)
        assert room.figures(paper)["cast"] == 60
    finally:
        room.down()
