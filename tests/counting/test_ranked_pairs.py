"""Ranked Pairs: equal pairs, what says so, and the majorities that are overruled."""

import random
from itertools import groupby, permutations, product

import numpy as np

from werkstatt.counting import Case, Ranking, count
from werkstatt.counting.ranked_pairs import Locked, ranked_pairs


def test_ranked_pairs_says_when_equal_pairs_compete():
    circle = np.array([[0, 2, 1], [1, 0, 2], [2, 1, 0]])
    verdict = ranked_pairs(Case(circle, 3))
    assert verdict.order_dependent
    assert verdict.tiers == ((0, 1, 2),)


def test_ranked_pairs_equal_pairs_that_do_not_compete():
    verdict = ranked_pairs(Case(np.array([[0, 2, 2], [1, 0, 2], [1, 1, 0]]), 3))
    assert not verdict.order_dependent
    assert verdict.tiers == ((0,), (1,), (2,))


def test_ranked_pairs_flag_is_true_exactly_when_orders_differ():
    """All orders of equal pairs, tried one by one with plain code, against the flag."""
    chance, differing = random.Random(10), 0
    for _ in range(120):
        n = 4
        ballots = [Ranking([(i,) for i in chance.sample(range(n), n)]) for _ in range(chance.randint(3, 8))]
        matrix = count(ballots, n).matrix
        margin = (matrix - matrix.T).tolist()
        pairs = sorted(
            ((margin[a][b], a, b) for a in range(n) for b in range(n) if margin[a][b] > 0), reverse=True
        )
        classes = [list(same) for _, same in groupby(pairs, key=lambda pair: pair[0])]
        if max(map(len, classes), default=0) > 4:
            continue
        results = set()
        for orders in product(*(permutations(same) for same in classes)):
            above = set()
            for _, a, b in (pair for same in orders for pair in same):
                if (b, a) not in above:
                    uppers = {a} | {x for x, y in above if y == a}
                    lowers = {b} | {y for x, y in above if x == b}
                    above |= set(product(uppers, lowers))
            left, tiers = set(range(n)), []
            while left:
                tier = frozenset(x for x in left if not any((y, x) in above for y in left))
                tiers.append(tier)
                left -= tier
            results.add(tuple(tiers))
        verdict = ranked_pairs(Case(matrix, len(ballots)))
        assert verdict.order_dependent == (len(results) > 1)
        if len(results) == 1:
            assert tuple(map(frozenset, verdict.tiers)) in results
        else:
            differing += 1
            assert set(verdict.tiers[0]) <= set().union(*(result[0] for result in results))
    assert differing


def test_the_search_for_another_outcome_ends_where_it_cannot_be_finished(monkeypatch):
    """Three ballots leave a thousand pairs equal; the budget is for what is put on the heap, not for what is taken off."""
    copies = []
    copy = Locked.copy
    monkeypatch.setattr(Locked, "copy", lambda self: copies.append(1) or copy(self))
    chance = random.Random(1)
    ballots = [Ranking([(i,) for i in chance.sample(range(60), 60)]) for _ in range(3)]
    assert count(ballots, 60, "ranked-pairs").order_dependent
    assert len(copies) < 1000


def test_an_overruled_majority_names_the_stronger_ones():
    chance = random.Random(11)
    for _ in range(80):
        n = chance.randint(3, 7)
        ballots = [Ranking([(i,) for i in chance.sample(range(n), n)]) for _ in range(chance.randint(3, 15))]
        outcome = count(ballots, n, "ranked-pairs")
        margins = outcome.matrix - outcome.matrix.T
        for step in outcome.steps:
            if step["step"] != "overruled" or not step["chain"]:
                continue
            assert (step["chain"][0], step["chain"][-1]) == (step["loser"], step["winner"])
            for a, b in zip(step["chain"], step["chain"][1:], strict=False):
                assert margins[a, b] >= step["strength"]
