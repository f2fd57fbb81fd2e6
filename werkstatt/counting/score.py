"""Score voting: the mean, with a quorum."""

from __future__ import annotations

from fractions import Fraction

from .ballots import Score
from .outcome import Case, MethodError, Verdict, tiers_by

QUORUM = Fraction(1, 2)


def score(case: Case, strength: str = "margins", quorum: Fraction = QUORUM) -> Verdict:
    """The higher the mean of its points, the higher an item stands, among those with a quorum.

    Definition: the mean is taken over the ballots that score the item; one without an opinion is
    left out, one that reads missing items as nought is counted as nought. An item scored by fewer
    than `quorum` of all ballots that score anything stands below all others, whatever its mean,
    because three friends could otherwise lift it to the top. `strength` plays no part.

    Paper: W. D. Smith, "Range voting" (2000), whose quorum rule is softer; a plain quorum is easier
    to read out.

    Properties: monotone, independent of other items (but for the quorum); consistent where every ballot
    scores every item. Not: Condorcet, majority, nor consistent where some have no opinion.

    Errors: `MethodError` unless the ballots are scores. Figures, lists of n: "totals" and "opinions"
    over the case's denominator, "means" (fractions, None without an opinion), "quorum" (bool).
    Steps: one, "means", with the same.

    >>> from werkstatt.counting import count
    >>> ballots = [Score({0: 5}), Score({1: 4, 2: 1}), Score({1: 3, 2: 2})]
    >>> outcome = count(ballots, 3, method="score")
    >>> outcome.tiers, [str(mean) for mean in outcome.figures["means"]]
    (((1,), (2,), (0,)), ['5', '7/2', '3/2'])
    """
    without = not case.ballots and case.weight
    if without or not all(isinstance(ballot, Score) for ballot in case.ballots):
        raise MethodError("score needs score ballots")
    n = case.n_items
    totals, opinions, everybody = [0] * n, [0] * n, 0
    for ballot in case.ballots:
        if not ballot.says_something:
            continue
        weight = int(ballot.weight * case.denominator)
        everybody += weight
        for item in range(n):
            if item in ballot.no_opinion:
                continue
            if item in ballot.scores:
                totals[item] += weight * ballot.scores[item]
            elif not ballot.rest_below:
                continue
            opinions[item] += weight
    means = [
        Fraction(total, number) if number else None for total, number in zip(totals, opinions, strict=True)
    ]
    reached = [number > 0 and number >= quorum * everybody for number in opinions]
    rank = [(ok, -1 if mean is None else mean) for ok, mean in zip(reached, means, strict=True)]
    figures = {"totals": totals, "opinions": opinions, "means": means, "quorum": reached}
    return Verdict(tiers_by(rank), figures, [{"step": "means", **figures}])
