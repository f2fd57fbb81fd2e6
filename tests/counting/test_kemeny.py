"""Kemeny: exact against all orders, and where exactness ends."""

import random
from itertools import permutations

import numpy as np
import pytest

from werkstatt.counting import MethodError, Ranking, count, count_matrix


def some_ranking(chance, n):
    """A ranking with ties and gaps."""
    levels = {}
    for item in chance.sample(range(n), chance.randint(1, n)):
        levels.setdefault(chance.randint(1, n), []).append(item)
    return Ranking([levels[level] for level in sorted(levels)], rest_below=chance.random() < 0.7)


def test_kemeny_refuses_a_large_knot_and_takes_a_long_chain():
    n = 14
    circle = np.array(
        [[0 if a == b else 2 if (b - a) % n < n / 2 else 1 for b in range(n)] for a in range(n)]
    )
    with pytest.raises(MethodError, match="up to 12 items"):
        count_matrix(circle, 3, "kemeny")
    chain = np.triu(np.ones((30, 30), dtype=int), 1)
    assert count_matrix(chain, 1, "kemeny").tiers == tuple((item,) for item in range(30))


def test_kemeny_against_all_orders():
    chance = random.Random(12)
    for _ in range(40):
        n = chance.randint(2, 5)
        ballots = [some_ranking(chance, n) for _ in range(chance.randint(1, 12))]
        outcome = count(ballots, n, "kemeny")
        scores = {
            order: sum(outcome.matrix[a, b] for i, a in enumerate(order) for b in order[i + 1 :])
            for order in permutations(range(n))
        }
        best = [order for order, value in scores.items() if value == max(scores.values())]
        assert outcome.figures["score"] == max(scores.values())
        assert outcome.figures["optima"] == len(best)
