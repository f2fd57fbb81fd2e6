"""A tally that follows changes is the same as counting again."""

import random
from fractions import Fraction

import pytest

from werkstatt.counting import BallotError, Ranking, Tally, count, pairwise_matrix


def ballot(chance, n, weight=1):
    items = chance.sample(range(n), chance.randint(0, n))
    silent = [i for i in range(n) if i not in items and chance.random() < 0.4]
    return Ranking([(i,) for i in items], silent, chance.random() < 0.5, weight)


def test_changes_equal_a_new_count():
    chance, n = random.Random(1), 6
    ballots = [ballot(chance, n) for _ in range(20)]
    tally = Tally(n)
    for one in ballots:
        tally.add(one)
    for _ in range(60):
        place, new = chance.randrange(20), ballot(chance, n)
        tally.change(ballots[place], new)
        ballots[place] = new
        assert (tally.matrix == pairwise_matrix(ballots, n)).all()
    again = count(ballots, n)
    assert tally.outcome().places == again.places
    assert (tally.outcome().ballots, tally.outcome().abstentions) == (again.ballots, again.abstentions)


def test_weights_over_the_denominator():
    tally = Tally(2, denominator=2)
    tally.add(Ranking(((0,), (1,)), weight=Fraction(3, 2)))
    assert tally.matrix.tolist() == [[0, 3], [0, 0]]
    with pytest.raises(BallotError, match="no multiple"):
        tally.add(Ranking(((0,), (1,)), weight=Fraction(1, 3)))


def test_a_refused_change_changes_nothing():
    tally = Tally(2)
    old = Ranking(((0,), (1,)))
    tally.add(old)
    with pytest.raises(BallotError):
        tally.change(old, Ranking(((5,),)))
    assert tally.matrix.tolist() == [[0, 1], [0, 0]]


def test_weights_that_leave_64_bits_are_refused_and_change_nothing():
    tally = Tally(2)
    heavy = Ranking(((0,), (1,)), weight=5 * 10**17)
    with pytest.raises(BallotError, match="64 bits"):
        for _ in range(30):
            tally.add(heavy)
    assert 0 < tally.weight == tally.matrix[0, 1] < 2**60
    before = tally.matrix.tolist(), tally.weight, tally.ballots
    light = Ranking(((1,), (0,)), weight=2**58)
    with pytest.raises(BallotError, match="64 bits"):
        tally.change(heavy, Ranking(((1,), (0,)), weight=2**60 - 1))
    with pytest.raises(BallotError, match="64 bits"):
        Tally(2, denominator=2**10).add(light)
    assert (tally.matrix.tolist(), tally.weight, tally.ballots) == before


def test_a_ballot_that_was_never_added_is_not_taken_out():
    tally = Tally(2)
    for never in (Ranking(((0,), (1,))), Ranking()):
        with pytest.raises(BallotError, match="never added"):
            tally.remove(never)
    tally.add(Ranking(((0,), (1,))))
    with pytest.raises(BallotError, match="never added"):
        tally.remove(Ranking(((1,), (0,))))
    assert (tally.matrix.tolist(), tally.ballots, tally.abstentions) == ([[0, 1], [0, 0]], 1, 0)
