"""Firmness and agreement against slow, plain computations."""

import random
from dataclasses import replace

import numpy as np
import pytest

from werkstatt.counting import Approval, Case, MethodError, Profile, Ranking, Score, count, decide
from werkstatt.counting import resamples as drawing
from werkstatt.counting import stability as firmness
from werkstatt.counting.agreement import bands, common_ground, kendall_w, van_der_eijk
from werkstatt.counting.sectors import balanced_weights, contested, smallest_units, within_cap


def room(seed, n, voters, noise=2.0):
    chance = random.Random(seed)
    ballots = []
    for _ in range(voters):
        order = sorted(range(n), key=lambda item: item + chance.gauss(0, noise))
        silent = {order.pop()} if chance.random() < 0.2 else set()
        kept = order[: chance.randint(1, len(order))]
        group = chance.choice(("industry", "science"))
        ballots.append(Ranking([(i,) for i in kept], silent, chance.random() < 0.5, group=group))
    return ballots


def plain_matrix(positions, weights):
    above = (positions[:, None] < positions) & (positions[:, None] >= 0) & (positions >= 0)
    return np.array([[weights[pair].sum() for pair in row] for row in above], dtype=object)


@pytest.mark.parametrize("strength", ["margins", "winning-votes"])
@pytest.mark.parametrize(
    ("units", "voters", "resamples"),
    [
        ([1, 1], 20, 40),
        ([3, 2], 20, 40),
        ([2000, 1999], 20, 40),
        ([10**9, 1], 20, 40),
        ([10**17 + 1, 10**17], 20, 40),  # more than float64 holds
        ([10**30 + 1, 10**30], 20, 40),  # more than 64 bits hold
        ([10**17 + 1, 10**17], 2048, 3),
        ([10**30 + 1, 10**30], 2048, 3),
        ([1, 1], 2047, 5),  # as many as two sums in one float32 can hold
        ([1, 1], 2048, 5),
        ([1, 1], 6, firmness._BLOCK + drawing.PRODUCT[0] + 1),
    ],
)
def test_each_resample_is_what_a_plain_count_gives(strength, units, voters, resamples):
    n = 6
    profile = Profile.from_ballots(room(1, n, voters), n)
    strata = profile.groups
    found = firmness.stability(
        profile, decide(Case.of(profile)).places, 7, resamples, 3, strata, units, strength
    )
    order = np.lexsort((*profile.positions, profile.weights, strata))
    drawn = drawing.draw(strata[order], np.random.PCG64(7), resamples).astype(int)
    ahead = np.zeros((n, n), dtype=int)
    best, worst = [], []
    for times in drawn:
        weights = times * np.array(units, dtype=object)[strata[order]]
        again = Case(plain_matrix(profile.positions[:, order], weights), int(weights.sum()))
        paths = decide(again, "schulze", strength).figures["paths"]
        above = paths > paths.T
        ahead += above
        best.append(above.sum(axis=0) + 1)
        worst.append(n - above.sum(axis=1))
    assert (found.ahead == ahead).all()
    for item, (low, high) in enumerate(found.spans):
        inside = sum(low <= b[item] and w[item] <= high for b, w in zip(best, worst, strict=True))
        assert 10 * inside >= 9 * resamples, "at least nine of ten, as the sentence says"
    for item, (low, high) in enumerate(found.spans):
        tops, ends = [row[item] for row in best], [row[item] for row in worst]
        assert sum(top < low for top in tops) * 20 <= resamples < sum(top <= low for top in tops) * 20
        assert sum(end > high for end in ends) * 20 <= resamples < sum(end >= high for end in ends) * 20
    assert all(0 <= share <= 1 for share in found.top)


@pytest.mark.parametrize("order", [(0, 1, 2, 3), (3, 2, 1, 0), (2, 0, 3, 1)])
@pytest.mark.parametrize("voters", [2047, 2048])
@pytest.mark.parametrize("strength", ["margins", "winning-votes"])
def test_two_sums_in_one_number_at_their_largest(strength, voters, order):
    """So many ballots of one mind, of which every resample is the same; beyond 2,047 there is one sum."""
    n = 4
    profile = Profile.from_ballots([Ranking([(item,) for item in order])] * voters, n)
    both = strength == "winning-votes"
    votes = drawing.Votes(drawing.compare(profile.positions, both), profile.weights, voters)
    assert votes.paired == (voters == 2047)
    found = votes.of(np.zeros(voters, dtype=np.int64), np.random.PCG64(1), 3)
    pairs = np.triu_indices(n, 1)
    wanted = [profile.matrix, profile.matrix.T] if both else [profile.matrix - profile.matrix.T]
    assert found.T.tolist() == [np.concatenate([part[pairs] for part in wanted]).tolist()] * 3


@pytest.mark.parametrize("weights", [range(1, 9), range(1, 10)])
def test_weights_of_persons(weights):
    """Up to eight different weights are counted apart, more of them together."""
    n, ballots = 5, room(3, 5, 27)
    weighted = [replace(b, weight=weights[i % len(weights)]) for i, b in enumerate(ballots)]
    profile = Profile.from_ballots(weighted, n)
    order = np.lexsort((*profile.positions, profile.weights))
    drawn = drawing.draw(np.zeros(27, dtype=np.int64), np.random.PCG64(5), 30).astype(int)
    ahead = np.zeros((n, n), dtype=int)
    for times in drawn:
        again = Profile(profile.positions[:, order], times * profile.weights[order])
        paths = decide(Case.of(again)).figures["paths"]
        ahead += paths > paths.T
    assert (firmness.stability(profile, decide(Case.of(profile)).places, 5, 30).ahead == ahead).all()


def test_the_weights_of_groups_are_the_smallest_whole_ones():
    assert smallest_units([1009, 1013, 1019, 967]) == [
        1013 * 1019 * 967, 1009 * 1019 * 967, 1009 * 1013 * 967, 1009 * 1013 * 1019
    ]  # fmt: skip
    assert smallest_units([40, 16, 8]) == [2, 5, 10]


def test_strata_keep_their_sizes():
    strata = np.array([0, 0, 0, 1, 1, 2])
    drawn = drawing.draw(strata, np.random.PCG64(1), 200)
    assert (drawn[:, :3].sum(axis=1) == 3).all()
    assert (drawn[:, 3:5].sum(axis=1) == 2).all()
    assert (drawn[:, 5] == 1).all()
    assert len({tuple(row) for row in drawn.tolist()}) > 10


def test_the_same_seed_and_any_order_of_ballots_give_the_same():
    ballots = room(2, 7, 30)
    mixed = random.Random(1).sample(ballots, len(ballots))
    results = []
    for some in (ballots, mixed):
        profile = Profile.from_ballots(some, 7)
        results.append(firmness.stability(profile, decide(Case.of(profile)).places, 11, 100))
    assert results[0].spans == results[1].spans
    assert results[0].top == results[1].top
    profile = Profile.from_ballots(ballots, 7)
    other = firmness.stability(profile, decide(Case.of(profile)).places, 12, 100)
    assert (other.ahead != results[0].ahead).any()


def test_unanimity_is_firm_and_a_tied_room_is_one_group():
    same = [Ranking([(0,), (1,), (2,)])] * 9
    profile = Profile.from_ballots(same, 3)
    found = firmness.stability(profile, count(same, 3).places, 1)
    assert found.spans == ((1, 1), (2, 2), (3, 3))
    assert found.groups == ((0,), (1,), (2,))
    assert found.top == (1.0, 1.0, 1.0)
    even = [Ranking([(0,), (1,)]), Ranking([(1,), (0,)])] * 5
    profile = Profile.from_ballots(even, 2)
    found = firmness.stability(profile, count(even, 2).places, 1)
    assert found.groups == ((0, 1),)
    assert found.spans == ((1, 2), (1, 2))


@pytest.mark.parametrize("noise", [0.5, 2, 6])
def test_what_is_called_sure_is_what_the_spans_say(noise):
    """No span reaches across a cut, and then each above was ahead of each below in 90 %; no group can be cut further."""
    for seed in range(20):
        ballots = room(seed, 7, 25, noise)
        profile = Profile.from_ballots(ballots, 7)
        places = decide(Case.of(profile)).places
        found = firmness.stability(profile, places, seed, 200)
        order = [i for _, _, items in places for i in items]
        assert [item for group in found.groups for item in group] == order
        for number, group in enumerate(found.groups):
            below = [item for later in found.groups[number + 1 :] for item in later]
            assert all(found.spans[a][1] < found.spans[b][0] for a in group for b in below)
            assert all(found.ahead[a, b] >= 180 for a in group for b in below)
            inside = [items for _, _, items in places if items[0] in group]
            for cut in range(1, len(inside)):
                upper, lower = sum(inside[:cut], ()), sum(inside[cut:], ())
                assert any(found.spans[a][1] >= found.spans[b][0] for a in upper for b in lower)
        for first, last, items in places:
            assert all(found.spans[i][0] <= first and last <= found.spans[i][1] for i in items)


def test_a_span_that_reaches_across_keeps_groups_together():
    places = ((1, 1, (0,)), (2, 2, (1,)), (3, 3, (2,)))
    assert firmness.cut([(1, 2), (2, 2), (3, 3)], places) == ((0, 1), (2,))
    assert firmness.cut([(1, 1), (1, 2), (3, 3)], places) == ((0, 1), (2,))
    assert firmness.cut([(1, 3), (2, 2), (3, 3)], places) == ((0, 1, 2),)
    assert firmness.cut([(1, 1), (2, 2), (3, 3)], places) == ((0,), (1,), (2,))
    assert firmness.cut([(1, 2), (1, 2), (3, 3)], ((1, 2, (0, 1)), (3, 3, (2,)))) == ((0, 1), (2,))
    assert firmness.cut([], ()) == ()


def test_a_span_reaches_to_the_place_itself():
    """Winning votes can put an item on a place that hardly any resample gives it."""
    profile = Profile.from_ballots([Ranking([(0,), (1,), (2,)])] * 9, 3)
    found = firmness.stability(profile, ((1, 1, (2,)), (2, 3, (0, 1))), 1, 50)
    assert found.spans == ((1, 3), (2, 3), (1, 3))


def a_ballot(kind, chance, n):
    items = chance.sample(range(n), n)
    kept, silent = items[: chance.randint(0, n - 1)], items[n - 1 :] if chance.random() < 0.3 else ()
    group = chance.choice(("industry", "science"))
    if kind == "approval":
        return Approval(kept, silent, group=group)
    if kind == "score":
        points = {item: chance.randint(0, 5) for item in kept}
        return Score(points, silent, chance.random() < 0.5, group=group)
    return Ranking([(item,) for item in kept], silent, chance.random() < 0.5, group=group)


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("method", ["borda", "copeland", "approval", "score"])
def test_resamples_are_counted_by_the_method_of_the_list(method, seed):
    n, chance = 5, random.Random(seed)
    kind = method if method in ("approval", "score") else "ranking"
    ballots = [a_ballot(kind, chance, n) for _ in range(15)]
    profile = Profile.from_ballots(ballots, n)
    said = [ballot for ballot in ballots if ballot.says_something]
    units = [3, 2]
    found = firmness.stability(
        profile, count(ballots, n, method).places, 7, 40, 3, profile.groups, units, method=method
    )
    assert found.method == method
    points = firmness._points(profile) if method == "score" else ()
    order = np.lexsort((*points, *profile.positions, profile.weights, profile.groups))
    ahead = np.zeros((n, n), dtype=int)
    for times in drawing.draw(profile.groups[order], np.random.PCG64(7), 40).astype(int).tolist():
        again = [
            replace(said[at], weight=many * units[profile.groups[at]])
            for at, many in zip(order.tolist(), times, strict=True)
            if many
        ]
        tiers = count(again, n, method).tiers
        rank = {item: number for number, tier in enumerate(tiers) for item in tier}
        ahead += np.array([[rank[a] < rank[b] for b in range(n)] for a in range(n)])
    assert (found.ahead == ahead).all()


def test_what_takes_too_long_is_recounted_by_another_method_that_is_named():
    for method, kind, other in (
        ("ranked-pairs", "ranking", "schulze"),
        ("kemeny", "ranking", "schulze"),
        ("phragmen", "approval", "approval"),
    ):
        chance = random.Random(1)
        ballots = [a_ballot(kind, chance, 5) for _ in range(15)]
        profile = Profile.from_ballots(ballots, 5)
        places = count(ballots, 5, method).places
        found = firmness.stability(profile, places, 1, 30, method=method)
        assert found.method == other
        assert found.spans == firmness.stability(profile, places, 1, 30, method=other).spans


def test_no_resamples_are_refused():
    profile = Profile.from_ballots([Ranking(((0,),))], 2)
    with pytest.raises(ValueError, match="0 resamples"):
        firmness.stability(profile, ((1, 1, (0,)), (2, 2, (1,))), 1, 0)


def test_scores_of_one_order_in_any_order_of_ballots_are_resampled_alike():
    ballots = [Score({0: 5, 1: points, 2: 1}) for points in (4, 2, 3, 4, 2, 3, 2)]
    ballots += [Score({1: 5, 0: points, 2: points - 1}) for points in (4, 2, 3)]
    found = []
    for some in (ballots, ballots[::-1]):
        profile = Profile.from_ballots(some, 3)
        found.append(firmness.stability(profile, count(some, 3, "score").places, 3, 60, method="score"))
    assert (found[0].ahead == found[1].ahead).all()
    assert found[0].top == found[1].top


def test_scores_are_resampled_by_their_means():
    ballots = [Score({0: 5, 1: 1, 2: 3})] * 12
    profile = Profile.from_ballots(ballots, 3)
    found = firmness.stability(profile, count(ballots, 3, "score").places, 1, 50, method="score")
    assert found.spans == ((1, 1), (3, 3), (2, 2))


def test_unknown_strength_is_refused():
    profile = Profile.from_ballots([Ranking(((0,),))], 2)
    with pytest.raises(MethodError):
        firmness.stability(profile, (), 1, strength="ratio")


def test_kendall_w_is_the_textbook_formula_with_ties():
    ranks = [[1, 2, 3, 4], [1, 2.5, 2.5, 4], [2, 1, 3.5, 3.5]]
    levels = [[(0,), (1,), (2,), (3,)], [(0,), (1, 2), (3,)], [(1,), (0,), (2, 3)]]
    m, n = 3, 4
    sums = np.sum(ranks, axis=0)
    deviation = ((sums - sums.mean()) ** 2).sum()
    ties = 0 + (2**3 - 2) + (2**3 - 2)
    expected = 12 * deviation / (m**2 * (n**3 - n) - m * ties)
    assert kendall_w(Profile.from_ballots([Ranking(one) for one in levels], n)) == pytest.approx(expected)


def test_kendall_w_at_its_ends():
    against = [Ranking([(0,), (1,)]), Ranking([(1,), (0,)])]
    assert kendall_w(Profile.from_ballots(against, 2)) == 0
    assert kendall_w(Profile.from_ballots([Ranking([(0, 1)])], 2)) is None
    assert kendall_w(Profile.from_ballots([], 2)) is None


@pytest.mark.parametrize(
    ("counts", "agreement"),
    [
        ([0, 0, 10, 0, 0], 1),
        ([10, 0, 0, 0, 10], -1),
        ([4, 4, 4, 4, 4], 0),
        ([5, 5, 0, 0, 0], 0.75),
        ([0, 5, 10, 5, 0], 15 / 20 * 0.5 + 5 / 20),
    ],
)
def test_van_der_eijk(counts, agreement):
    assert van_der_eijk(counts) == pytest.approx(agreement)


def test_van_der_eijk_without_answers():
    assert van_der_eijk([0, 0, 0]) is None
    with pytest.raises(ValueError, match="three"):
        van_der_eijk([1, 2])


def test_bands_hold_each_opinion_once():
    ballots = [Ranking([(i,) for i in range(5)]), Ranking([(4,), (3,)], no_opinion={0})]
    found = bands(Profile.from_ballots(ballots, 5))
    assert found.sum(axis=1).tolist() == [1, 2, 2, 2, 2]
    assert found[0].tolist() == [1, 0, 0, 0, 0]
    assert found[4].tolist() == [1, 0, 0, 0, 1]


def test_common_ground_and_contested():
    one = ((1, 1, (0,)), (2, 2, (1,)), (3, 3, (2,)), (4, 4, (3,)), (5, 5, (4,)), (6, 6, (5,)))
    other = ((1, 1, (1,)), (2, 2, (0,)), (3, 3, (4,)), (4, 4, (3,)), (5, 6, (2, 5)))
    assert common_ground([one, other], 6) == ([0, 1], [5])
    assert common_ground([one], 6) == ([], [])
    # Item 2 is at 3 and at 5.5, more than a third of six apart; item 4 at 5 and 3, exactly a third.
    assert contested([one, other], 6) == [2]
    assert contested([one], 6) == []


def test_balanced_weights_are_exact_and_capped():
    sizes = [40, 17, 9]
    weights = balanced_weights(sizes)
    assert sum(w * s for w, s in zip(weights, sizes, strict=True)) == sum(sizes)
    assert len({w * s for w, s in zip(weights, sizes, strict=True)}) == 1
    assert within_cap([40, 8])
    assert not within_cap([41, 8])


@pytest.mark.parametrize("seed", [-1, 1.5, True])
def test_a_seed_below_nought_is_refused_in_a_sentence(seed):
    profile = Profile.from_ballots([Ranking([(0,), (1,)])] * 6, 2)
    with pytest.raises(ValueError, match=f"the seed {seed!r} is not a whole number from 0 up"):
        firmness.stability(profile, ((1, 1, (0,)), (2, 2, (1,))), seed)
