"""Simulated ballots: each person likes what their sector likes, more or less, and ranks some of it.

A random utility model (Plackett-Luce): utility of an item = liking of the sector + Gumbel noise;
the ballot is the order of utilities, cut off where the person stops, with a few ties and silences.
"""

from __future__ import annotations

import math
import random

from ..counting import Ranking

COMMON, OWN = 0.7, 0.8  # spread of what all like, and of what a sector likes besides


def ballots(rng: random.Random, sectors: list[int], n_items: int) -> list[Ranking]:
    """One ranking for each person, given their sectors (0, 1, 2), over items 0 .. n_items-1."""
    common = [rng.gauss(0, COMMON) for _ in range(n_items)]
    own = [[rng.gauss(0, OWN) for _ in range(n_items)] for _ in range(3)]
    liking = [[a + b for a, b in zip(common, mine, strict=True)] for mine in own]
    return [_ballot(rng, liking[sector]) for sector in sectors]


def _ballot(rng: random.Random, liking: list[float]) -> Ranking:
    n_items = len(liking)
    noisy = [value - math.log(-math.log(rng.uniform(1e-9, 1 - 1e-9))) for value in liking]
    order = sorted(range(n_items), key=lambda item: (-noisy[item], item))
    silent = {item for item in order if rng.random() < 0.04}
    order = [item for item in order if item not in silent]
    if rng.random() < 0.6:  # many stop after their favourites
        order = order[: rng.randint(min(4, len(order)), len(order))]
    levels: list[list[int]] = []
    for item in order:
        if levels and rng.random() < 0.06:
            levels[-1].append(item)
        else:
            levels.append([item])
    return Ranking(tuple(map(tuple, levels)), frozenset(silent))
