"""Ballots of every kind for hypothesis: ties, gaps, no opinion, weights, abstentions."""

from fractions import Fraction

from hypothesis import settings
from hypothesis import strategies as st

from werkstatt.counting import Approval, Ranking, Score

# Few examples and always the same ones: a failure on one machine is a failure on all.
few = settings(max_examples=40, deadline=None, derandomize=True, database=None)

REST, SILENT = -1, -2
WEIGHTS = st.sampled_from([Fraction(1), Fraction(1), Fraction(2), Fraction(1, 2), Fraction(5, 3)])


def rankings(n, weights=WEIGHTS):
    """A ranking over `n` items: any levels, any rest, read below or not, any items without opinion."""
    said = st.lists(st.integers(SILENT, n - 1), min_size=n, max_size=n)
    return st.builds(ranking, said, st.booleans(), weights)


def ranking(said, rest_below, weight):
    levels = [[item for item, level in enumerate(said) if level == wanted] for wanted in range(len(said))]
    silent = [item for item, level in enumerate(said) if level == SILENT]
    return Ranking([level for level in levels if level], silent, rest_below, weight)


def approvals(n):
    return st.builds(
        lambda said, weight: Approval([item for item, yes in enumerate(said) if yes], weight=weight),
        st.lists(st.booleans(), min_size=n, max_size=n),
        WEIGHTS,
    )


def scores(n):
    return st.builds(
        lambda said, below, weight: Score(
            {item: points for item, points in enumerate(said) if points >= 0}, rest_below=below, weight=weight
        ),
        st.lists(st.integers(-1, 5), min_size=n, max_size=n),
        st.booleans(),
        WEIGHTS,
    )


KINDS = {"ranking": rankings, "approval": approvals, "score": scores}


def profiles(kind="ranking", fewest=2, most=6, voters=9):
    """(number of items, ballots)."""
    return st.integers(fewest, most).flatmap(
        lambda n: st.tuples(st.just(n), st.lists(KINDS[kind](n), min_size=1, max_size=voters))
    )


def renamed(ballot, new):
    """The same ballot with item i called `new[i]`."""
    silent = [new[item] for item in ballot.no_opinion]
    if isinstance(ballot, Score):
        points = {new[item]: points for item, points in ballot.scores.items()}
        return Score(points, silent, ballot.rest_below, ballot.weight)
    if isinstance(ballot, Approval):
        return Approval([new[item] for item in ballot.approved], silent, ballot.rest_below, ballot.weight)
    levels = [[new[item] for item in level] for level in ballot.levels]
    return Ranking(levels, silent, ballot.rest_below, ballot.weight)


def with_twin(ballot, twin, n, after):
    """The ranking with item `n` beside `twin`: before it, tied with it, or after it (-1, 0, 1)."""
    levels = []
    for level in ballot.levels:
        if twin not in level:
            levels.append(level)
        elif not after:
            levels.append((*level, n))
        else:
            # Neither may jump over an item that the twin is tied with.
            others = [item for item in level if item != twin]
            if others:
                levels.append((*level, n))
            else:
                levels += [(twin,), (n,)][::after]
    silent = {*ballot.no_opinion, n} if twin in ballot.no_opinion else ballot.no_opinion
    return Ranking(levels, silent, ballot.rest_below, ballot.weight)


def lifted(ballot, item):
    """The ranking with `item` alone above all others, which keep their places."""
    levels = [[other for other in level if other != item] for level in ballot.levels]
    silent = ballot.no_opinion - {item}
    return Ranking([[item], *(level for level in levels if level)], silent, ballot.rest_below, ballot.weight)
