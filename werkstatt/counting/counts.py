"""From ballots, or from a matrix, to an outcome."""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction
from math import lcm
from random import Random

import numpy as np

from .approval import approval
from .ballots import Approval, Ballot, BallotError, Score
from .borda import borda
from .copeland import copeland
from .kemeny import kemeny
from .outcome import STRENGTHS, Case, Method, MethodError, Outcome
from .phragmen import phragmen, phragmen_places
from .profile import Profile, most_weight
from .ranked_pairs import ranked_pairs
from .schulze import schulze
from .score import score
from .tiesteps import separate

METHODS: dict[str, Method] = {
    "schulze": Method(schulze),
    "ranked-pairs": Method(ranked_pairs),
    "copeland": Method(copeland),
    "borda": Method(borda),
    "kemeny": Method(kemeny),
    "approval": Method(approval, Approval),
    "score": Method(score, Score),
    "phragmen": Method(phragmen, Approval, phragmen_places),
}


def count(
    ballots: Iterable[Ballot],
    n_items: int,
    method: str = "schulze",
    strength: str = "margins",
    lot: int | None = None,
) -> Outcome:
    """Count `ballots` over `n_items` items.

    `method`: a key of METHODS. `strength`: "margins" or "winning-votes". `lot`: a seed; only then
    what the tie steps leave equal is drawn by lot. Raises `BallotError` or `MethodError`.

    >>> from werkstatt.counting import Ranking
    >>> outcome = count([Ranking(((0,), (1,))), Ranking(((0,), (2,))), Ranking(((1, 2),))], 3)
    >>> outcome.tiers, outcome.places
    (((0,), (1, 2)), ((1, 1, (0,)), (2, 3, (1, 2))))
    """
    profile = Profile.from_ballots(ballots, n_items)
    return decide(
        Case.of(profile), method, strength, lot, ballots=profile.n_ballots, abstentions=profile.abstentions
    )


def count_matrix(
    matrix, weight: int, method: str = "schulze", strength: str = "margins", denominator: int = 1
) -> Outcome:
    """Count from a matrix (n, n) of votes for row over column, without the ballots.

    `weight`: ballots that rank something, over `denominator`. Equal to `count` for all methods that
    need no more than the matrix; the others raise `MethodError`. `BallotError` for a matrix that no
    ballots give: not square, not whole, negative, an item over itself, more votes between two items
    than `weight`; or for too large numbers.
    """
    found = np.asarray(matrix)
    if found.ndim != 2 or found.shape[0] != found.shape[1]:
        raise BallotError("a matrix is square")
    if not all(type(number) is int for row in found.tolist() for number in row):
        raise BallotError("a matrix holds whole votes")
    if not all(type(number) is int for number in (weight, denominator)) or weight < 0 or denominator < 1:
        raise BallotError("a weight is a whole number from 0 up, and its denominator one from 1 up")
    if (found < 0).any():
        raise BallotError("a matrix holds no negative votes")
    if found.diagonal().any():
        raise BallotError("a matrix holds no votes for an item over itself")
    # Each ballot prefers one of two items at most.
    if (found.astype(object) + found.T.astype(object) > weight).any():
        raise BallotError("a pair of items has more votes than there are ballots")
    if max(weight, int(found.max(initial=0))) > most_weight(len(found)):
        raise BallotError("the votes are too many to be counted exactly in 64 bits")
    return decide(Case(found.astype(np.int64), weight, denominator), method, strength)


def decide(
    case: Case,
    method: str = "schulze",
    strength: str = "margins",
    lot: int | None = None,
    ballots: int | None = None,
    abstentions: int = 0,
) -> Outcome:
    """The outcome of one method on a case, tie steps included."""
    if method not in METHODS:
        raise MethodError(f"unknown method {method!r}, known are {', '.join(METHODS)}")
    if strength not in STRENGTHS:
        raise MethodError(f"unknown strength {strength!r}, known are {', '.join(STRENGTHS)}")
    verdict = METHODS[method](case, strength)
    to_places = METHODS[method].places or separate
    places, log = to_places(case, verdict.tiers, None if lot is None else Random(lot))
    wins, losses = case.wins.tolist(), case.losses.tolist()
    return Outcome(
        method=method,
        strength=strength,
        tiers=verdict.tiers,
        places=places,
        matrix=case.matrix,
        figures=verdict.figures,
        steps=[*verdict.steps, *log],
        order_dependent=verdict.order_dependent,
        wins=tuple(wins),
        losses=tuple(losses),
        ties=tuple(case.n_items - 1 - won - lost for won, lost in zip(wins, losses, strict=True)),
        denominator=case.denominator,
        ballots=ballots,
        abstentions=abstentions,
    )


def pairwise_matrix(ballots: Iterable[Ballot], n_items: int) -> np.ndarray:
    """int64 (n, n): votes for row over column.

    With fractional weights the entries are numerators over `common_denominator(ballots)`.
    """
    return Profile.from_ballots(ballots, n_items).matrix


def common_denominator(ballots: Iterable[Ballot]) -> int:
    """The smallest integer that makes all weights whole."""
    return lcm(*(Fraction(ballot.weight).denominator for ballot in ballots))
