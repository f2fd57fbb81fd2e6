"""Schulze's order found knot by knot is the one the strongest paths between all items give.

The claim is proved in `werkstatt/counting/knots.py`; here it is tried, ties included, on profiles of all
shapes: a common order, none at all, circles, few different margins, many items.
"""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.counting.profiles import few, profiles
from werkstatt.counting import Case, Profile
from werkstatt.counting.knots import knots
from werkstatt.counting.many import schulze_many
from werkstatt.counting.schulze import strongest_paths


def by_all_paths(n, votes, counter):
    """`schulze_many` by the full algorithm, one profile after the other."""
    against = -votes if counter is None else counter
    upper = np.triu_indices(n, 1)
    ahead, best, worst = np.zeros((n, n), dtype=int), [], []
    for forth, back in zip(votes.T.astype(int), against.T.astype(int), strict=True):
        strength = np.zeros((n, n), dtype=int)
        strength[upper] = np.where(forth > back, forth, 0)
        strength[upper[::-1]] = np.where(back > forth, back, 0)
        paths = strongest_paths(strength)
        above = paths > paths.T
        ahead += above
        best.append(above.sum(axis=0) + 1)
        worst.append(n - above.sum(axis=1))
    return ahead, np.array(best).T, np.array(worst).T


def same(n, votes, counter=None):
    for found, wanted in zip(schulze_many(n, votes, counter), by_all_paths(n, votes, counter), strict=True):
        assert (found == wanted).all()


def noisy(chance, n, order, noise, number, kind):
    """Margins (pairs, number) around a common order; small whole numbers, so that many are tied."""
    upper, lower = np.triu_indices(n, 1)
    place = chance.permutation(n) * order
    margins = (place[lower] - place[upper])[:, None] + chance.normal(0, noise, (len(upper), number))
    return np.rint(margins).astype(kind)


@pytest.mark.parametrize("order", [0, 0.3, 1])
@pytest.mark.parametrize("noise", [0.4, 1.5, 6])
def test_thousands_of_profiles_with_ties(order, noise):
    chance = np.random.default_rng([int(order * 10), int(noise * 10)])
    for n in (*range(1, 11), 13, 16, 17, 23, 33):
        votes = noisy(
            chance, n, order, noise, 60 if n < 12 else 8, chance.choice([np.int16, np.int32, np.int64])
        )
        same(n, votes)
        counter = chance.integers(0, 6, votes.shape).astype(votes.dtype)
        votes = votes + counter
        same(n, votes - votes.min(initial=0), counter)  # winning votes


@pytest.mark.parametrize("size", [2, 3, 8, 15, 16, 31, 40])
def test_a_knot_of_every_size_between_plain_items(size):
    """A circle in the midst of a chain, the items in any order; also one that is nearly everything."""
    chance = np.random.default_rng(size)
    for n in (size, size + 1, size + 5):
        columns = []
        for _ in range(5):
            margin = np.triu(chance.integers(1, 9, (n, n)), 1)
            start = chance.integers(0, n - size + 1)
            margin[start, start + size - 1] = -3 if size > 2 else 0
            margin -= margin.T
            new = chance.permutation(n)
            columns.append(margin[np.ix_(new, new)][np.triu_indices(n, 1)])
            assert sorted(map(len, knots(margin)))[-1] == size
        same(n, np.array(columns, dtype=np.int16).T)


@pytest.mark.parametrize(
    ("most", "parity"), [(255, None), (256, None), (510, 0), (509, 1), (510, None), (512, 0)]
)
def test_strengths_that_fit_into_bytes_and_those_that_do_not(most, parity):
    """Up to 255, halves of up to 510 if all are even or all odd, else as they are."""
    chance = np.random.default_rng(most)
    for n in (4, 20, 30):
        votes = chance.integers(-most, most + 1, (n * (n - 1) // 2, 40)).astype(np.int16)
        votes[0] = most
        if parity is not None:
            votes += votes % 2 != parity
            votes = np.clip(votes, -most, most)
        same(n, votes)
        same(
            n,
            *(np.where(sign * votes > 0, most + abs(votes) // 2, most - abs(votes) // 2) for sign in (1, -1)),
        )


def test_more_knots_of_one_size_than_fit_into_a_block():
    chance = np.random.default_rng(1)
    same(40, noisy(chance, 40, 0, 5, 700, np.int16))


@few
@given(profiles(most=7))
def test_knots_are_the_components_of_not_beaten(election):
    n, ballots = election
    margins = Case.of(Profile.from_ballots(ballots, n)).margins
    reach = margins >= 0
    for middle in range(n):
        reach |= np.outer(reach[:, middle], reach[middle])
    found = knots(margins)
    assert sorted(map(tuple, found)) == sorted({tuple(np.flatnonzero(row)) for row in reach & reach.T})
    for number, knot in enumerate(found):
        for later in found[number + 1 :]:
            assert (margins[np.ix_(knot, later)] > 0).all()


@few
@given(profiles(most=7), st.sampled_from(["margins", "winning-votes"]))
def test_one_profile_is_the_method_itself(election, strength):
    n, ballots = election
    case = Case.of(Profile.from_ballots(ballots, n))
    upper = np.triu_indices(n, 1)
    votes = [case.margins] if strength == "margins" else [case.matrix, case.matrix.T]
    ahead, _, _ = schulze_many(n, *(part[upper][:, None] for part in votes))
    paths = strongest_paths(case.strength(strength))
    assert (ahead == (paths > paths.T)).all()


@pytest.mark.parametrize(("most", "twins"), [(2**20, 0), (2**45, 200), (2**45, 1500), (2**60, 400)])
def test_large_margins_keep_their_order_and_their_ties(most, twins):
    """No common order and margins beyond two bytes, as where sectors of uneven sizes lead; some are equal or next."""
    chance = np.random.default_rng(twins)
    for n in (15, 16, 24, 60):
        votes = chance.integers(-most, most, (n * (n - 1) // 2, 12))
        for column in votes.T:
            some = chance.integers(0, len(column), (2, twins))
            column[some[0]] = chance.choice((-1, 1), twins) * column[some[1]] + chance.integers(-1, 2, twins)
        same(n, votes)
