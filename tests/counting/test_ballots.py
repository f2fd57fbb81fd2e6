"""Ballots: what is valid, and which item the message names."""

from fractions import Fraction

import numpy as np
import pytest

from werkstatt.counting import (
    Approval,
    BallotError,
    Profile,
    Ranking,
    Score,
    common_denominator,
    count,
    pairwise_matrix,
    validate,
)


@pytest.mark.parametrize(
    ("ballot", "item"),
    [
        (Ranking(((0,), (3,))), 3),
        (Ranking(((-1,),)), -1),
        (Ranking(((1,), (1,))), 1),
        (Ranking(((1, 1),)), 1),
        (Ranking(((2,),), no_opinion={2}), 2),
        (Ranking((), no_opinion={7}), 7),
        (Ranking(((True,),)), True),
        (Ranking((("0",),)), "0"),
        (Ranking(((1.0,),)), 1.0),
        (Approval({4}), 4),
        (Approval({1}, no_opinion={1}), 1),
        (Score({0: 6}), 0),
        (Score({2: -1}), 2),
        (Score({1: 2.5}), 1),
        (Score({9: 1}), 9),
        (Score({1: 1}, no_opinion={1}), 1),
    ],
)
def test_an_invalid_ballot_names_the_item(ballot, item):
    with pytest.raises(BallotError) as caught:
        validate(ballot, 3)
    assert caught.value.item == item
    assert str(item) in str(caught.value)


@pytest.mark.parametrize("weight", [0, Fraction(-1, 2), 0.5])
def test_a_weight_is_a_positive_fraction(weight):
    with pytest.raises(BallotError, match="weight"):
        validate(Ranking(((0,),), weight=weight), 3)


def test_a_level_holds_items():
    with pytest.raises(BallotError, match="2 is not a level, which is a list of items"):
        Ranking([[0], 2])
    with pytest.raises(BallotError, match="without items"):
        validate(Ranking(((0,), ())), 3)


def test_a_list_where_an_item_should_be_is_named():
    for made in (lambda: Approval([0, [1]]), lambda: Ranking(((0,),), no_opinion=[[1]])):
        with pytest.raises(BallotError, match=r"item \[1\]"):
            made()
    with pytest.raises(BallotError, match=r"item \[1\]"):
        validate(Ranking(((0,), ([1],))), 3)


def test_an_item_approved_twice_is_named():
    with pytest.raises(BallotError, match="item 1 is named twice"):
        Approval([1, 0, 1])


def test_the_rule_for_pairs():
    said_below = Ranking(((0,), (1, 2)), no_opinion={4})
    assert pairwise_matrix([said_below], 5).tolist() == [
        [0, 1, 1, 1, 0],
        [0, 0, 0, 1, 0],
        [0, 0, 0, 1, 0],
        [0, 0, 0, 0, 0],
        [0, 0, 0, 0, 0],
    ]
    nothing_said = Ranking(((0,), (1, 2)), no_opinion={4}, rest_below=False)
    assert pairwise_matrix([nothing_said], 5).sum() == 2


def test_an_abstention_is_turnout_without_pairs():
    outcome = count([Ranking(), Ranking((), no_opinion={0}), Ranking(((1,),))], 2)
    assert (outcome.ballots, outcome.abstentions) == (1, 2)
    assert outcome.matrix.tolist() == [[0, 0], [1, 0]]


def test_nobody_voted():
    outcome = count([], 3)
    assert outcome.tiers == ((0, 1, 2),)
    assert outcome.places == ((1, 3, (0, 1, 2)),)


def test_splitting_a_weight_changes_nothing():
    whole = [Ranking(((0,), (1,)), weight=Fraction(3, 2)), Ranking(((1,), (0,)))]
    split = [Ranking(((0,), (1,)), weight=w) for w in (Fraction(1, 2), Fraction(1))] + [Ranking(((1,), (0,)))]
    assert common_denominator(whole) == 2
    assert common_denominator([]) == 1
    assert (pairwise_matrix(whole, 2) == pairwise_matrix(split, 2)).all()
    assert pairwise_matrix(whole, 2).tolist() == [[0, 3], [2, 0]]


def test_many_different_weights():
    ballots = [Ranking(((number % 3,),), weight=number + 1) for number in range(40)]
    expected = sum(pairwise_matrix([Ranking(ballot.levels)], 3) * ballot.weight for ballot in ballots)
    assert (pairwise_matrix(ballots, 3) == expected).all()


def test_weights_that_would_overflow_are_refused():
    with pytest.raises(BallotError, match="in 64 bits"):
        Profile.from_ballots([Ranking(((0,),), weight=2**61)] * 2, 2)


@pytest.mark.parametrize("voters", [254, 255, 256, 2039, 2040, 2041, 4100])
def test_blocks_of_the_count_fit_together(voters):
    profile = Profile.from_ballots([Ranking(((0,), (1,)))] * voters + [Ranking(((2,),))], 3)
    assert profile.matrix.tolist() == [[0, voters, voters], [0, 0, voters], [1, 1, 0]]


def test_more_items_than_a_byte_counts():
    ballot = Ranking(tuple((item,) for item in range(200)))
    assert (pairwise_matrix([ballot, ballot], 200) == 2 * np.triu(np.ones((200, 200)), 1)).all()


def test_scores_and_approvals_read_as_rankings():
    assert Score({0: 5, 1: 2, 2: 5, 3: 0}).levels == ((0, 2), (1,), (3,))
    assert Score({0: 5, 3: 0}, rest_below=True).levels == ((0,),)
    assert Approval({2, 0}).levels == ((0, 2),)
    assert Approval(()).levels == ()
