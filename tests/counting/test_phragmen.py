"""Phragmén's method beside a count that tries every choice among equals."""

from __future__ import annotations

import random
from fractions import Fraction
from itertools import combinations, permutations

import pytest

from werkstatt.counting import Approval, count
from werkstatt.counting.outcome import tiers_by


def every_run(ballots, n):
    """{item: load when taken} of every order in which equal items can be taken; plain and slow."""
    runs = set()

    def go(loads, taken):
        ends = {}
        for item in set(range(n)) - set(taken):
            those = [i for i, (approved, _) in enumerate(ballots) if item in approved]
            if those:
                weight = sum(ballots[i][1] for i in those)
                ends[item] = (1 + sum(loads[i] * ballots[i][1] for i in those)) / Fraction(weight)
        if not ends:
            runs.add(tuple(taken.items()))
        for item, end in ends.items():
            if end == min(ends.values()):
                after = [end if item in ballots[i][0] else load for i, load in enumerate(loads)]
                go(after, {**taken, item: end})

    go([Fraction(0)] * len(ballots), {})
    return [dict(run) for run in runs]


def expected(runs, n):
    """Tiers and `order_dependent` by the rule of the docstring, from the runs one by one."""
    never = 1 + max((max(run.values()) for run in runs if run), default=Fraction(0))
    at = [[run.get(item, never) for item in range(n)] for run in runs]

    def above(a, b):
        return all(load[a] <= load[b] for load in at) and any(load[a] < load[b] for load in at)

    left, tiers = set(range(n)), []
    while left:
        tier = {b for b in left if not any(above(a, b) for a in left)}
        tiers.append(tuple(sorted(tier)))
        left -= tier
    # Tiers between which some run goes the other way are one.
    merged, upper = [], []
    for number, tier in enumerate(tiers):
        upper += tier
        lower = [item for later in tiers[number + 1 :] for item in later]
        if all(load[a] <= load[b] for load in at for a in upper for b in lower):
            merged.append(tuple(sorted(upper)))
            upper = []
    tiers = merged
    places = [
        [(sum(x < load[i] for x in load), sum(x <= load[i] for x in load)) for i in range(n)] for load in at
    ]
    in_turn = all(
        load[a] < load[b]
        for load in at
        for number, tier in enumerate(tiers)
        for a in tier
        for later in tiers[number + 1 :]
        for b in later
    )
    alike = all(len({frozenset(place[i] for place in places) for i in tier}) == 1 for tier in tiers)
    return tuple(tiers), not (in_turn and alike)


def profiles(number, seed):
    """Few items and small weights, so that most elections have equal candidates somewhere."""
    chance = random.Random(seed)
    for _ in range(number):
        n = chance.randint(1, 5)
        kinds = [
            frozenset(chance.sample(range(n), chance.randint(1, min(n, 3))))
            for _ in range(chance.randint(1, 4))
        ]
        yield n, [(kind, chance.randint(1, 3)) for kind in dict.fromkeys(kinds)]


def counted(ballots, n):
    return count([Approval(approved, weight=Fraction(weight)) for approved, weight in ballots], n, "phragmen")


@pytest.mark.parametrize("seed", range(4))
def test_the_tiers_and_the_warning_are_those_of_all_choices_among_equals(seed):
    dependent = shared = 0
    for n, ballots in profiles(150, seed):
        runs = every_run(ballots, n)
        outcome = counted(ballots, n)
        assert (outcome.tiers, outcome.order_dependent) == expected(runs, n), (n, ballots)
        orders = {tuple(run) for run in runs}
        assert tuple(outcome.figures["order"]) in orders
        if len(orders) == 1 and len(runs[0]) == n:
            assert outcome.tiers == tuple((item,) for item in outcome.figures["order"])
        for tier in outcome.tiers:
            taken = [item for item in tier if item in runs[0]]
            for size in range(1, len(taken)):
                for first in combinations(taken, size):
                    rest = set(taken) - set(first)
                    assert any(
                        order.index(b) < order.index(a) for order in orders for a in first for b in rest
                    ), "a tie that none gives"
            shared += len(taken) > 1
        dependent += outcome.order_dependent
    assert dependent > 5 and shared > 10


@pytest.mark.parametrize("seed", range(4))
def test_places_are_those_of_a_run(seed):
    """And inside a shared place the tie steps find nothing to choose by."""
    cuts = shared = 0
    for n, ballots in profiles(150, 10 + seed):
        outcome = counted(ballots, n)
        orders = {tuple(run) for run in every_run(ballots, n)}
        approved = set().union(*(items for items, _ in ballots))
        ends = [(last, items) for _, last, items in outcome.places if set(items) <= approved]
        assert any(
            all(set(order[last - len(items) : last]) == set(items) for last, items in ends)
            for order in orders
        ), (n, ballots, outcome.places, orders)
        tier = {item: number for number, those in enumerate(outcome.tiers) for item in those}
        numbers = [sorted(tier[item] for item in items) for _, _, items in outcome.places]
        assert sum(numbers, []) == sorted(tier.values()), "places keep to the tiers"
        cuts += len(ends)
        shared += sum(len(items) > 1 for _, items in ends)
        drawn = count([Approval(a, weight=w) for a, w in ballots], n, "phragmen", lot=seed)
        singles = [items[0] for _, _, items in drawn.places]
        assert len(singles) == n
        assert tuple(item for item in singles if item in approved) in orders
    assert cuts > 100 and shared > 10


def test_what_every_run_takes_second_is_not_placed_third():
    outcome = count([Approval({0, 1})] * 8 + [Approval({2})] * 5, 3, "phragmen")
    assert outcome.places == ((1, 3, (0, 1, 2)),) and outcome.order_dependent
    # One vote more for 0 alone, and the runs are one.
    outcome = count([Approval({0, 1})] * 8 + [Approval({2})] * 5 + [Approval({0, 3})], 4, "phragmen")
    assert [items for _, _, items in outcome.places[:3]] == [(0,), (2,), (1,)]


def test_the_tie_steps_choose_among_equals():
    """1 and 2 are equal for the method; 1 wins the comparison that the ballots without an opinion leave."""
    ballots = [Approval({0, 1})] * 3 + [Approval({0, 2})] * 2 + [Approval({0, 2}, {1})]
    outcome = count(ballots, 3, "phragmen")
    assert outcome.tiers == ((0,), (1, 2))
    assert outcome.places == ((1, 1, (0,)), (2, 2, (1,)), (3, 3, (2,)))
    assert any(step.get("order") == [[1], [2]] for step in outcome.steps)


def test_an_item_that_is_never_last_is_not_merged_with_one_that_may_be():
    outcome = counted([({0, 1}, 4), ({2}, 4)], 3)
    assert outcome.tiers == ((2,), (0, 1)) and outcome.order_dependent
    assert outcome.figures["order"] == [0, 2, 1]


@pytest.mark.parametrize("new", list(permutations(range(3))))
def test_the_order_of_the_items_on_the_list_decides_nothing(new):
    """0 or 1 comes first and the other last, 2 between them: any two may come in either order."""
    outcome = counted([({new[0], new[1]}, 3), ({new[2]}, 2)], 3)
    assert outcome.tiers == ((0, 1, 2),) and outcome.order_dependent


@pytest.mark.parametrize(
    ("ballots", "tiers"),
    [
        ([({0}, 2), ({1}, 2), ({2}, 1)], ((0, 1), (2,))),  # at the same load
        ([({0, 1}, 4), ({2}, 1)], ((0, 1), (2,))),  # one after the other, and either may be first
        ([({0, 1}, 1), ({1, 2}, 1), ({0, 2}, 1)], ((0, 1, 2),)),
        ([(set(range(20)), 5)], (tuple(range(20)),)),  # more orders than can be tried
        ([({item}, 1) for item in range(40)], (tuple(range(40)),)),
    ],
)
def test_a_real_tie_stays_one_and_depends_on_no_choice(ballots, tiers):
    n = max(max(approved) for approved, _ in ballots) + 1
    outcome = counted(ballots, n)
    assert outcome.tiers == tiers and not outcome.order_dependent


def test_too_many_runs_leave_equal_what_is_not_decided_and_say_so():
    """Twelve pairs of rivals: each has two runs of its own, and 13, alone and weaker, comes after them."""
    rivals = [({2 * pair, 2 * pair + 1}, 4) for pair in range(12)]
    # Of each pair one has a friend more elsewhere, so that the two are no copies of one another.
    friends = [({2 * pair, 24}, 1) for pair in range(12)] + [({2 * pair + 1, 25}, 1) for pair in range(12)]
    outcome = counted(rivals + friends + [({26}, 1)], 28)
    assert outcome.order_dependent
    assert {27} == set(outcome.tiers[-1]), "nobody approves of it, whatever is undecided"
    renamed = [
        ({27 - item for item in approved}, weight) for approved, weight in rivals + friends + [({26}, 1)]
    ]
    other = counted(renamed, 28)
    assert [{27 - item for item in tier} for tier in other.tiers] == [set(tier) for tier in outcome.tiers]


def test_without_equal_candidates_the_tiers_are_the_order():
    ballots = [({0, 1}, 7), ({1}, 2), ({2}, 4), ({2, 3}, 1), ({3}, 2)]
    outcome = counted(ballots, 4)
    assert outcome.figures["ties_at_steps"] == [] and not outcome.order_dependent
    places = [-outcome.figures["order"].index(item) for item in range(4)]
    assert outcome.tiers == tiers_by(places)
