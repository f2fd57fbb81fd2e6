"""Kemeny's method, exact."""

from __future__ import annotations

import numpy as np

from .knots import knots
from .outcome import Case, MethodError, Verdict, peel

LARGEST_KNOT = 12


def kemeny(case: Case, strength: str = "margins") -> Verdict:
    """The orders with the most agreement: votes for row over column, summed over all pairs.

    Definition: of all strict orders those for which the sum of votes for a over b, over all a that
    stand above b, is largest. With several optima a stands above b if it does so in all of them;
    tiers are peeled off that. `strength` plays no part.

    A set of items each of which beats all items outside stands first in every optimum, so the list
    falls apart into knots (the components of "not beaten"), solved one by one over subsets of a
    knot: exact for any list of up to 12 items, and for a longer one if no knot is larger.

    Paper: J. G. Kemeny, "Mathematics without numbers", Daedalus 88 (1959); H. P. Young and
    A. Levenglick, "A consistent extension of Condorcet's election principle", SIAM J. Appl. Math.
    35 (1978).

    Properties: Condorcet winner and loser, Smith, monotone, reversal symmetric. Not: clone-
    independent, polynomial.

    Errors: `MethodError` for a knot of more than 12 items. Figures: "score" over the case's
    denominator, "optima" the number of optimal orders. Steps: one, "optima", with both.

    A perfect circle has three optima and no order:

    >>> verdict = kemeny(Case(np.array([[0, 2, 1], [1, 0, 2], [2, 1, 0]]), 3))
    >>> verdict.tiers, verdict.figures["score"], verdict.figures["optima"]
    (((0, 1, 2),), 5, 3)
    """
    n = case.n_items
    above = np.zeros((n, n), dtype=bool)
    score, optima = 0, 1
    chain = knots(case.margins)
    for number, knot in enumerate(chain):
        if len(knot) > LARGEST_KNOT:
            raise MethodError(f"kemeny is exact up to {LARGEST_KNOT} items, here {len(knot)} are entangled")
        votes, ways, before = _solve(case.matrix[np.ix_(knot, knot)].tolist())
        score += votes
        optima *= ways
        above[np.ix_(knot, knot)] = before
        later = [item for below in chain[number + 1 :] for item in below]
        above[np.ix_(knot, later)] = True
        score += int(case.matrix[np.ix_(knot, later)].sum())
    figures = {"score": score, "optima": optima}
    return Verdict(peel(above), figures, [{"step": "optima", **figures}])


def _solve(votes: list[list[int]]) -> tuple[int, int, np.ndarray]:
    """(best score, number of optimal orders, bool (n, n): row before column in all of them).

    Subsets are bit sets: `rest[s]` is the best score of what can still follow once the items of `s`
    stand in front, `ways[s]` in how many orders.
    """
    n = len(votes)
    full = (1 << n) - 1
    gain = [[0] * (full + 1) for _ in range(n)]  # votes of an item over all items of a subset
    for item in range(n):
        row, out = votes[item], gain[item]
        for subset in range(1, full + 1):
            low = subset & -subset
            out[subset] = out[subset ^ low] + row[low.bit_length() - 1]
    rest = [0] * (full + 1)
    ways = [0] * (full + 1)
    ways[full] = 1
    for subset in range(full - 1, -1, -1):
        top, number = -1, 0
        for item in range(n):
            bit = 1 << item
            if subset & bit:
                continue
            value = gain[item][full ^ subset ^ bit] + rest[subset | bit]
            if value > top:
                top, number = value, ways[subset | bit]
            elif value == top:
                number += ways[subset | bit]
        rest[subset], ways[subset] = top, number
    somewhere = [0] * n  # for each item the items it precedes in at least one optimum
    todo, seen = [0], {0}
    while todo:
        subset = todo.pop()
        for item in range(n):
            bit = 1 << item
            if subset & bit or gain[item][full ^ subset ^ bit] + rest[subset | bit] != rest[subset]:
                continue
            somewhere[item] |= full ^ subset ^ bit
            if subset | bit not in seen:
                seen.add(subset | bit)
                todo.append(subset | bit)
    before = np.array(
        [[a != b and not somewhere[b] >> a & 1 for b in range(n)] for a in range(n)], dtype=bool
    ).reshape(n, n)
    return rest[0], ways[0], before
