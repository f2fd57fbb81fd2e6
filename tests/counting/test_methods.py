"""Properties of the methods, on random profiles. One row a method says what it must satisfy."""

import random

import numpy as np
import pytest

from werkstatt.counting import METHODS, Approval, Case, MethodError, Ranking, Score, count, count_matrix
from werkstatt.counting.ranked_pairs import ranked_pairs

# method: (kind of ballot, properties)
METHOD_ROWS = {
    "schulze": ("ranking", {"condorcet", "loser", "monotone", "reversal", "clones", "smith"}),
    "ranked-pairs": ("ranking", {"condorcet", "loser", "monotone", "reversal", "clones", "smith"}),
    "copeland": ("ranking", {"condorcet", "loser", "monotone", "reversal", "smith"}),
    "borda": ("ranking", {"monotone", "reversal"}),
    "kemeny": ("ranking", {"condorcet", "loser", "monotone", "reversal", "smith"}),
    "approval": ("approval", set()),
    "score": ("score", set()),
    "phragmen": ("approval", set()),
}
STRENGTHS = ("margins", "winning-votes")


def having(name):
    return [method for method, (_, properties) in METHOD_ROWS.items() if name in properties]


def ranking(chance, n):
    items = chance.sample(range(n), chance.randint(1, n))
    cut = (
        sorted(chance.sample(range(1, len(items)), chance.randint(0, len(items) - 1)))
        if len(items) > 1
        else []
    )
    levels = [tuple(items[a:b]) for a, b in zip([0, *cut], [*cut, len(items)], strict=True)]
    return Ranking(levels, rest_below=chance.random() < 0.7)


def profile(chance, kind="ranking", n=None, voters=None):
    n = n or chance.randint(2, 6)
    voters = voters or chance.randint(1, 12)
    if kind == "ranking":
        return n, [ranking(chance, n) for _ in range(voters)]
    if kind == "approval":
        return n, [Approval([i for i in range(n) if chance.random() < 0.5]) for _ in range(voters)]
    return n, [
        Score({i: chance.randint(0, 5) for i in range(n) if chance.random() < 0.7}) for _ in range(voters)
    ]


def renamed(ballot, new):
    if isinstance(ballot, Score):
        return Score({new[item]: points for item, points in ballot.scores.items()})
    if isinstance(ballot, Approval):
        return Approval([new[item] for item in ballot.approved])
    return Ranking([tuple(new[i] for i in level) for level in ballot.levels], rest_below=ballot.rest_below)


def as_sets(tiers):
    return [frozenset(tier) for tier in tiers]


def first(outcome):
    return set(outcome.tiers[0])


def test_every_method_has_its_row():
    assert set(METHOD_ROWS) == set(METHODS)


@pytest.mark.parametrize("method", METHODS)
def test_the_full_list_with_every_item_once(method):
    chance = random.Random(1)
    for _ in range(40):
        n, ballots = profile(chance, METHOD_ROWS[method][0])
        outcome = count(ballots, n, method)
        assert sorted(item for tier in outcome.tiers for item in tier) == list(range(n))
        assert sorted(item for _, _, items in outcome.places for item in items) == list(range(n))
        assert [outcome.place_of(item) for _, _, items in outcome.places for item in items] == [
            (top, last) for top, last, items in outcome.places for _ in items
        ]


@pytest.mark.parametrize("method", METHODS)
def test_the_order_of_ballots_changes_nothing(method):
    chance = random.Random(2)
    for _ in range(40):
        n, ballots = profile(chance, METHOD_ROWS[method][0])
        mixed = chance.sample(ballots, len(ballots))
        one, other = count(ballots, n, method), count(mixed, n, method)
        assert (one.tiers, one.places, one.order_dependent) == (
            other.tiers,
            other.places,
            other.order_dependent,
        )


@pytest.mark.parametrize("strength", STRENGTHS)
@pytest.mark.parametrize("method", [m for m in METHODS if m != "phragmen"])
def test_the_order_of_items_changes_nothing(method, strength):
    chance = random.Random(3)
    for _ in range(60):
        n, ballots = profile(chance, METHOD_ROWS[method][0])
        new = chance.sample(range(n), n)
        one = count(ballots, n, method, strength)
        other = count([renamed(ballot, new) for ballot in ballots], n, method, strength)
        assert as_sets(other.tiers) == [frozenset(new[item] for item in tier) for tier in one.tiers]
        assert [(a, b, frozenset(items)) for a, b, items in other.places] == [
            (a, b, frozenset(new[item] for item in items)) for a, b, items in one.places
        ]


def test_phragmen_says_when_the_order_of_items_matters():
    chance = random.Random(4)
    told = 0
    for _ in range(60):
        n, ballots = profile(chance, "approval")
        new = chance.sample(range(n), n)
        one = count(ballots, n, "phragmen")
        other = count([renamed(ballot, new) for ballot in ballots], n, "phragmen")
        if as_sets(other.tiers) != [frozenset(new[item] for item in tier) for tier in one.tiers]:
            assert one.order_dependent
            told += 1
    assert told


@pytest.mark.parametrize("strength", STRENGTHS)
@pytest.mark.parametrize("method", having("condorcet"))
def test_condorcet_winner_and_loser(method, strength):
    chance, seen = random.Random(5), 0
    for _ in range(150):
        n, ballots = profile(chance)
        outcome = count(ballots, n, method, strength)
        for item in range(n):
            if outcome.wins[item] == n - 1:
                assert outcome.tiers[0] == (item,)
                seen += 1
            if outcome.losses[item] == n - 1:
                assert outcome.tiers[-1] == (item,)
    assert seen > 20


@pytest.mark.parametrize("method", having("smith"))
def test_nobody_outside_the_smith_set_is_first(method):
    chance = random.Random(6)
    for _ in range(100):
        n, ballots = profile(chance)
        outcome = count(ballots, n, method)
        margins = outcome.matrix - outcome.matrix.T
        order = np.argsort(-Case(outcome.matrix, 0).copeland_x2, kind="stable")
        size = next(k for k in range(1, n + 1) if (margins[np.ix_(order[:k], order[k:])] > 0).all())
        assert first(outcome) <= set(order[:size].tolist())


@pytest.mark.parametrize("strength", STRENGTHS)
@pytest.mark.parametrize("method", having("reversal"))
def test_reversal(method, strength):
    """If one item alone is first, it is not first when every ballot is turned round."""
    chance, seen = random.Random(7), 0
    for _ in range(150):
        n, ballots = profile(chance)
        if n < 2:
            continue
        outcome = count(ballots, n, method, strength)
        if len(outcome.tiers[0]) > 1:
            continue
        turned = count_matrix(outcome.matrix.T, len(ballots), method, strength)
        assert first(turned) != first(outcome)
        seen += 1
    assert seen > 50


@pytest.mark.parametrize("strength", STRENGTHS)
@pytest.mark.parametrize("method", having("monotone"))
def test_monotonicity(method, strength):
    """An item alone in front stays in front when one ballot lifts it by a step."""
    chance, seen = random.Random(8), 0
    for _ in range(250):
        n = chance.randint(3, 5)
        ballots = [Ranking([(i,) for i in chance.sample(range(n), n)]) for _ in range(chance.randint(2, 9))]
        outcome = count(ballots, n, method, strength)
        if len(outcome.tiers[0]) > 1 or outcome.order_dependent:
            continue
        (winner,) = outcome.tiers[0]
        order = [level[0] for level in ballots[0].levels]
        at = order.index(winner)
        if not at:
            continue
        order[at - 1], order[at] = order[at], order[at - 1]
        lifted = count([Ranking([(i,) for i in order]), *ballots[1:]], n, method, strength)
        if not lifted.order_dependent:
            assert first(lifted) == {winner}
            seen += 1
    assert seen > 25


@pytest.mark.parametrize("strength", STRENGTHS)
@pytest.mark.parametrize("method", having("clones"))
def test_clones(method, strength):
    """A twin that stands beside its original on every ballot changes nothing for the others."""
    chance, seen = random.Random(9), 0
    for _ in range(120):
        n = chance.randint(3, 5)
        ballots = [Ranking([(i,) for i in chance.sample(range(n), n)]) for _ in range(chance.randint(3, 15))]
        twin = chance.randrange(n)
        doubled = []
        for ballot in ballots:
            levels = []
            for (item,) in ballot.levels:
                pair = [(twin,), (n,)] if chance.random() < 0.7 else [(n,), (twin,)]
                levels += pair if item == twin else [(item,)]
            doubled.append(Ranking(levels))
        one, other = count(ballots, n, method, strength), count(doubled, n + 1, method, strength)
        if one.order_dependent or other.order_dependent:
            continue
        before = [(a, b) for a in range(n) for b in range(n) if stands_above(one, a, b)]
        after = [(a, b) for a in range(n) for b in range(n) if stands_above(other, a, b)]
        assert first(one) - {twin} == first(other) - {twin, n}
        assert (twin in first(one)) == bool({twin, n} & first(other))
        assert before == after or len(one.tiers) < n
        seen += 1
    assert seen > 20


def stands_above(outcome, a, b):
    index = {item: number for number, tier in enumerate(outcome.tiers) for item in tier}
    return index[a] < index[b]


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
    from itertools import groupby, permutations, product

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
            assert tuple(as_sets(verdict.tiers)) in results
        else:
            differing += 1
            assert set(verdict.tiers[0]) <= set().union(*(result[0] for result in results))
    assert differing


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
    from itertools import permutations

    chance = random.Random(12)
    for _ in range(40):
        n, ballots = profile(chance, n=chance.randint(2, 5))
        outcome = count(ballots, n, "kemeny")
        scores = {
            order: sum(outcome.matrix[a, b] for i, a in enumerate(order) for b in order[i + 1 :])
            for order in permutations(range(n))
        }
        best = [order for order, value in scores.items() if value == max(scores.values())]
        assert outcome.figures["score"] == max(scores.values())
        assert outcome.figures["optima"] == len(best)


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


def test_an_outcome_is_plain_json():
    import json

    for method, (kind, _) in METHOD_ROWS.items():
        n, ballots = profile(random.Random(13), kind)
        data = count(ballots, n, method).to_json()
        assert json.loads(json.dumps(data)) == data
