"""Simulated ballots."""

from __future__ import annotations

import random

from werkstatt.counting import validate
from werkstatt.demo import simulated

SECTORS = [0] * 20 + [1] * 20 + [2] * 20


def test_the_same_seed_gives_the_same_ballots():
    first, second = (simulated.ballots(random.Random(7), SECTORS, 12) for _ in range(2))
    assert first == second != simulated.ballots(random.Random(8), SECTORS, 12)


def test_every_ballot_is_valid_and_they_are_of_many_kinds():
    votes = simulated.ballots(random.Random(7), SECTORS, 12)
    for vote in votes:
        validate(vote, 12)
    ranked = [sum(map(len, vote.levels)) for vote in votes]
    assert min(ranked) >= 4 and max(ranked) >= 11
    assert any(len(level) > 1 for vote in votes for level in vote.levels)
    assert any(vote.no_opinion for vote in votes)


def test_sectors_differ_and_a_sector_holds_together():
    votes = simulated.ballots(random.Random(7), SECTORS, 12)
    points = [[0.0] * 12 for _ in range(3)]
    for sector, vote in zip(SECTORS, votes, strict=True):
        for place, level in enumerate(vote.levels):
            for item in level:
                points[sector][item] += 12 - place
    orders = [sorted(range(12), key=lambda item, mine=mine: -mine[item]) for mine in points]
    assert orders[0] != orders[1] != orders[2]
    assert max(points[0]) > 2 * min(points[0])
