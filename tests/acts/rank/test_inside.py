"""Who is inside, told between processes forked from one."""

from __future__ import annotations

import math
import multiprocessing
import os
import time
from datetime import timedelta

import pytest

from tests.rounds import keys_of, opened
from werkstatt.acts import clerk
from werkstatt.acts.rank import ending
from werkstatt.acts.rank.inside import PLACES, Inside
from werkstatt.db import begin_write, db, utcnow
from werkstatt.models import Round
from werkstatt.terms import RoundState

FORK = multiprocessing.get_context("fork")


@pytest.fixture
def inside(monkeypatch) -> Inside:
    inside = Inside()
    monkeypatch.setattr(ending, "INSIDE", inside)
    return inside


@pytest.fixture
def over(app, house) -> Round:
    """A round whose deadline has just passed, without grace."""
    round = opened(app, house, grace=0)
    begin_write()
    round.deadline_at, round.state = utcnow() - timedelta(seconds=0.01), RoundState.CLOSING
    db.session.commit()
    return round


def test_the_earliest_cast_inside_is_told_whoever_leaves_first():
    inside = Inside()
    assert inside.since() == math.inf
    first, at_first = inside.enter()
    second, at_second = inside.enter()
    assert at_first <= at_second and inside.since() == at_first
    inside.leave(second)
    assert inside.since() == at_first
    third, at_third = inside.enter()
    inside.leave(first)
    assert inside.since() == at_third
    inside.leave(third)
    assert inside.since() == math.inf


def test_c50_another_process_is_heard_until_it_is_gone_and_its_place_is_taken_again():
    inside = Inside()
    for _ in range(PLACES + 3):  # more than there are places, one after the other
        asked, answered = FORK.Pipe(), FORK.Pipe()

        def cast(asked=asked, answered=answered):
            answered[1].send(inside.enter()[1])
            asked[0].recv()
            os._exit(1)  # killed: it never leaves

        other = FORK.Process(target=cast)
        other.start()
        moment = answered[0].recv()
        assert inside.since() == moment
        asked[1].send("die")
        other.join(10)
        assert inside.since() == math.inf


def test_c10_a_process_killed_while_it_settled_keeps_nobody_out():
    inside = Inside()

    def settle():
        inside._among_processes.acquire()
        os._exit(1)

    other = FORK.Process(target=settle)
    other.start()
    other.join(10)
    began = time.monotonic()
    cast, moment = inside.enter()
    assert time.monotonic() - began < 5 and inside.since() == moment
    inside.leave(cast)


def test_c50_the_clerk_shuts_no_round_before_who_came_in_time_and_waits_for_nobody_longer_than_a_lock(
    app, over, inside, monkeypatch
):
    def state():
        clerk.work_once(keys_of(app))
        db.session.refresh(over)
        return over.state

    cast, moment = inside.enter()
    inside._casts[cast] = moment - 5  # it came before the end
    inside._tell()
    assert state() is RoundState.CLOSING and not ending.is_shut(over)
    monkeypatch.setattr(ending, "LONGEST", 0.5)
    time.sleep(0.5)
    assert state() is RoundState.CLOSED
    inside.leave(cast)


def test_c50_nobody_waits_for_a_cast_that_came_too_late(app, over, inside):
    inside.enter()
    clerk.work_once(keys_of(app))
    db.session.refresh(over)
    assert over.state is RoundState.CLOSED
