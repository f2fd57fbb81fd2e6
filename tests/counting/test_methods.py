"""Properties of the methods. One row a method says what it must satisfy; hypothesis looks for profiles that
break it, with ties, gaps, items without opinion, weights and abstentions."""

import json
import random
from collections import Counter
from dataclasses import replace
from fractions import Fraction
from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.counting.profiles import KINDS, few, lifted, profiles, renamed, with_twin
from werkstatt.counting import (
    METHODS,
    Approval,
    BallotError,
    Case,
    MethodError,
    Ranking,
    Score,
    count,
    count_matrix,
)

# method: (kind of ballot, properties)
METHOD_ROWS = {
    "schulze": ("ranking", {"condorcet", "monotone", "reversal", "clones", "smith"}),
    "ranked-pairs": ("ranking", {"condorcet", "monotone", "reversal", "clones", "smith"}),
    "copeland": ("ranking", {"condorcet", "monotone", "reversal", "smith"}),
    "borda": ("ranking", {"monotone", "reversal"}),
    "kemeny": ("ranking", {"condorcet", "monotone", "reversal", "smith"}),
    "approval": ("approval", set()),
    "score": ("score", set()),
    "phragmen": ("approval", set()),
}
STRENGTHS = ("margins", "winning-votes")


def having(name):
    """(method, strength) of all that have the property, for rankings."""
    return list(product([m for m, (_, properties) in METHOD_ROWS.items() if name in properties], STRENGTHS))


def of_kind(kind):
    return list(product([method for method, row in METHOD_ROWS.items() if row[0] == kind], STRENGTHS))


def as_sets(tiers, new=None):
    return [frozenset(item if new is None else new[item] for item in tier) for tier in tiers]


def first(outcome):
    return set(outcome.tiers[0])


def what(outcome):
    return outcome.tiers, outcome.places, outcome.order_dependent


def test_every_method_has_its_row():
    assert set(METHOD_ROWS) == set(METHODS)


@pytest.mark.parametrize("kind", KINDS)
def test_the_full_list_whatever_the_order_of_ballots(kind):
    @few
    @given(profiles(kind), st.randoms(use_true_random=False))
    def check(election, chance):
        n, ballots = election
        mixed = chance.sample(ballots, len(ballots))
        for method, strength in of_kind(kind):
            outcome = count(ballots, n, method, strength)
            assert sorted(item for tier in outcome.tiers for item in tier) == list(range(n)), method
            at = 1
            for top, last, items in outcome.places:
                assert (top, last) == (at, at + len(items) - 1), method
                assert all(outcome.place_of(item) == (top, last) for item in items), method
                at = last + 1
            assert at == n + 1, method
            assert what(count(mixed, n, method, strength)) == what(outcome), method

    check()


@pytest.mark.parametrize("kind", KINDS)
def test_the_order_of_items_changes_nothing(kind):
    told = Counter()

    @few
    @given(profiles(kind).flatmap(lambda e: st.tuples(st.just(e), st.permutations(range(e[0])))))
    def check(drawn):
        (n, ballots), new = drawn
        for method, strength in of_kind(kind):
            one = count(ballots, n, method, strength)
            other = count([renamed(ballot, new) for ballot in ballots], n, method, strength)
            told[method] += one.order_dependent
            assert other.order_dependent == one.order_dependent, method
            assert as_sets(other.tiers) == as_sets(one.tiers, new), method
            assert as_sets(place[2] for place in other.places) == as_sets(
                (place[2] for place in one.places), new
            ), method

    check()
    assert kind != "approval" or told["phragmen"]


@pytest.mark.parametrize("kind", KINDS)
def test_a_ballot_split_into_parts_changes_nothing(kind):
    """One ballot of weight w is two of weights that add up to w; the voters are more, the outcome is the same."""

    @few
    @given(profiles(kind), st.sampled_from([Fraction(1, 2), Fraction(1, 3), Fraction(5, 7)]))
    def check(election, share):
        n, (whole, *others) = election
        parts = [replace(whole, weight=whole.weight * part) for part in (share, 1 - share)]
        for method, strength in of_kind(kind):
            one, other = (count([*some, *others], n, method, strength) for some in ([whole], parts))
            assert what(one) == what(other), method
            assert (one.matrix * other.denominator == other.matrix * one.denominator).all(), method

    check()


def test_condorcet_winner_and_loser():
    seen = Counter()

    @few
    @given(profiles())
    def check(election):
        n, ballots = election
        for method, strength in having("condorcet"):
            outcome = count(ballots, n, method, strength)
            if n - 1 in outcome.wins:
                assert outcome.tiers[0] == (outcome.wins.index(n - 1),), method
                seen[method] += 1
            if n - 1 in outcome.losses:
                assert outcome.tiers[-1] == (outcome.losses.index(n - 1),), method

    check()
    assert min(seen.values()) > 10


@few
@given(profiles())
def test_nobody_outside_the_smith_set_is_first(election):
    n, ballots = election
    for method, strength in having("smith"):
        outcome = count(ballots, n, method, strength)
        margins = outcome.matrix - outcome.matrix.T
        order = np.argsort(-Case(outcome.matrix, 0).copeland_x2, kind="stable")
        size = next(k for k in range(1, n + 1) if (margins[np.ix_(order[:k], order[k:])] > 0).all())
        assert first(outcome) <= set(order[:size].tolist()), method


def test_reversal():
    """If one item alone is first, it is not first when every ballot is turned round."""
    seen = Counter()

    @few
    @given(profiles())
    def check(election):
        n, ballots = election
        for method, strength in having("reversal"):
            outcome = count(ballots, n, method, strength)
            if len(outcome.tiers[0]) == 1:
                weight = int(sum(ballot.weight for ballot in ballots if ballot.levels) * outcome.denominator)
                turned = count_matrix(outcome.matrix.T, weight, method, strength, outcome.denominator)
                assert first(turned) != first(outcome), method
                seen[method] += 1

    check()
    assert min(seen.values()) > 20


def test_monotonicity():
    """An item alone in front stays in front when one ballot lifts it above all others."""
    seen = Counter()

    @few
    @given(profiles(fewest=3), st.integers(0, 8))
    def check(election, which):
        n, ballots = election
        which %= len(ballots)
        for method, strength in having("monotone"):
            outcome = count(ballots, n, method, strength)
            if len(outcome.tiers[0]) > 1 or outcome.order_dependent:
                continue
            (winner,) = outcome.tiers[0]
            better = [*ballots[:which], lifted(ballots[which], winner), *ballots[which + 1 :]]
            again = count(better, n, method, strength)
            if not again.order_dependent:
                assert first(again) == {winner}, method
                seen[method] += again.matrix.tolist() != outcome.matrix.tolist()

    check()
    assert min(seen.values()) > 10


def test_approvals_and_points_are_monotone():
    """One approval or one point more never lowers the item, nor lifts another one."""
    chance = random.Random(5)
    for _ in range(200):
        n = chance.randint(2, 5)
        approvals = [Approval(chance.sample(range(n), chance.randint(0, n))) for _ in range(6)]
        scores = [Score({item: chance.randint(0, 4) for item in range(n)}) for _ in range(6)]
        item = chance.randrange(n)
        more = [replace(approvals[0], approved=approvals[0].approved | {item}), *approvals[1:]]
        points = [
            replace(scores[0], scores=scores[0].scores | {item: scores[0].scores[item] + 1}),
            *scores[1:],
        ]
        for method, before, after in (("approval", approvals, more), ("score", scores, points)):
            old, new = (count(ballots, n, method).tiers for ballots in (before, after))
            beaten = {other for tier in old[at(old, item) + 1 :] for other in tier}
            assert beaten <= {other for tier in new[at(new, item) + 1 :] for other in tier}, method


def at(tiers, item):
    return next(number for number, tier in enumerate(tiers) if item in tier)


def test_clones():
    """A twin that stands beside its original on every ballot changes nothing for the others."""
    seen = Counter()

    @few
    @given(
        profiles(fewest=3, most=5), st.integers(0, 4), st.lists(st.integers(-1, 1), min_size=9, max_size=9)
    )
    def check(election, twin, sides):
        n, ballots = election
        twin %= n
        doubled = [with_twin(b, twin, n, side) for b, side in zip(ballots, sides, strict=False)]
        others = [item for item in range(n) if item != twin]
        for method, strength in having("clones"):
            one, other = count(ballots, n, method, strength), count(doubled, n + 1, method, strength)
            if one.order_dependent or other.order_dependent:
                continue
            assert first(one) - {twin} == first(other) - {twin, n}, method
            assert (twin in first(one)) == bool({twin, n} & first(other)), method
            if method == "schulze":
                # Not only the winners: no strongest path between others changes.
                paths = [outcome.figures["paths"][np.ix_(others, others)] for outcome in (one, other)]
                assert (paths[0] == paths[1]).all()
            seen[method] += 1

    check()
    assert min(seen.values()) > 20


@pytest.mark.parametrize("method", ["approval", "score", "phragmen"])
def test_a_method_refuses_the_wrong_kind_of_ballot(method):
    with pytest.raises(MethodError, match="needs"):
        count([Ranking(((0,),))], 2, method)


def test_unknown_names_are_refused():
    with pytest.raises(MethodError, match="unknown method"):
        count([], 2, "plurality")
    with pytest.raises(MethodError, match="unknown strength"):
        count([], 2, "schulze", "ratio")


def test_tie_steps_in_their_order():
    # 0 and 1 are tied with nobody else near; only the direct comparison, then wins, then points help.
    matrix = np.array([[0, 2, 2], [2, 0, 3], [2, 1, 0]])
    outcome = count_matrix(matrix, 4, "copeland")
    assert outcome.tiers == ((1,), (0,), (2,))
    tied = count_matrix(np.array([[0, 2], [2, 0]]), 4)
    assert tied.places == ((1, 2, (0, 1)),)
    assert tied.steps[-1]["step"] == "shared"
    assert count([Ranking(((0,), (1,))), Ranking(((1,), (0,)))], 2, lot=1).steps[-1]["step"] == "lot"


@pytest.mark.parametrize("kind", KINDS)
def test_an_outcome_is_plain_json(kind):
    @few
    @given(profiles(kind))
    def check(election):
        n, ballots = election
        for method, strength in of_kind(kind):
            data = count(ballots, n, method, strength).to_json()
            assert json.loads(json.dumps(data)) == data, method

    check()


@pytest.mark.parametrize(
    "matrix, weight, why",
    [
        ([[0, 1.5], [0, 0]], 2, "whole votes"),
        ([[0, "2"], [0, 0]], 2, "whole votes"),
        ([[0, -1], [0, 0]], 2, "no negative"),
        ([[1, 1], [0, 0]], 2, "over itself"),
        ([[0, 1, 0], [0, 0, 0]], 2, "square"),
        ([[0, 2], [1, 0]], 2, "more votes than"),
        ([[0, 1], [0, 0]], 2.0, "whole number"),
        ([[0, 1], [0, 0]], -1, "whole number"),
        ([[0, 2**61], [0, 0]], 2**61, "64 bits"),
        ([[0, 2**70], [0, 0]], 2**70, "64 bits"),
        ([[0, 1], [0, 0]], 2**62 - 1, "64 bits"),
    ],
)
def test_a_matrix_that_no_ballots_give_is_refused(matrix, weight, why):
    for method in ("schulze", "borda"):
        with pytest.raises(BallotError, match=why):
            count_matrix(matrix, weight, method)
