"""Ranked Pairs: equal pairs, what says so, and the majorities that are overruled."""

import random
from itertools import groupby, permutations, product

import numpy as np
import pytest

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


@pytest.mark.parametrize(("n", "profiles"), [(21, 150), (30, 200), (60, 60)])
def test_ranked_pairs_knows_no_order_of_the_items_however_many_pairs_are_equal(n, profiles):
    """Three ballots leave most pairs equal: the search gives up in many of these and must do so by any names."""
    chance = random.Random(n)
    for _ in range(profiles):
        lists = [chance.sample(range(n), n) for _ in range(3)]
        new = chance.sample(range(n), n)
        outcome, other = (
            count([Ranking([(name[i],) for i in one]) for one in lists], n, "ranked-pairs")
            for name in (range(n), new)
        )
        assert [{new[i] for i in tier} for tier in outcome.tiers] == [set(tier) for tier in other.tiers]
        assert outcome.order_dependent == other.order_dependent


def test_ranked_pairs_gives_one_list_whichever_order_21_candidates_are_listed_in():
    lists = [
        [18, 19, 2, 6, 0, 1, 14, 16, 5, 3, 8, 17, 11, 20, 7, 15, 13, 4, 12, 9, 10],
        [11, 6, 12, 19, 5, 9, 8, 14, 10, 1, 16, 15, 2, 4, 17, 20, 0, 7, 3, 18, 13],
        [6, 4, 20, 5, 19, 17, 2, 7, 3, 9, 18, 16, 15, 14, 10, 11, 13, 0, 1, 12, 8],
    ]
    new = [19, 5, 4, 7, 18, 1, 13, 11, 20, 3, 6, 8, 17, 14, 10, 15, 2, 0, 9, 16, 12]
    outcome, other = (
        count([Ranking([(name[i],) for i in one]) for one in lists], 21, "ranked-pairs")
        for name in (range(21), new)
    )
    assert [{new[i] for i in items} for _, _, items in outcome.places] == [
        set(items) for _, _, items in other.places
    ]
