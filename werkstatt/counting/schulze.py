"""Schulze's method (beatpath)."""

from __future__ import annotations

import numpy as np

from .outcome import Case, Verdict, peel


def strongest_paths(strength: np.ndarray) -> np.ndarray:
    """int64 (n, n): the strength of the strongest path from row to column, 0 where there is none.

    `strength`: int64 (n, n), strength of each majority, 0 where there is none. A path is as strong
    as its weakest majority. Floyd and Warshall's scheme, n rounds of n x n operations.
    """
    paths = strength.copy()
    np.fill_diagonal(paths, 0)
    through = np.empty_like(paths)
    for middle in range(len(paths)):
        np.minimum(paths[:, middle, None], paths[middle], out=through)
        np.maximum(paths, through, out=paths)
    np.fill_diagonal(paths, 0)
    return paths


def schulze(case: Case, strength: str = "margins") -> Verdict:
    """Item a stands above b if the strongest path from a to b is stronger than the one back.

    Definition: a majority of a over b is a link of some strength (its margin or its winning votes);
    a path is as strong as its weakest link. The relation is transitive; tiers are peeled off it,
    first all items nobody is above, then the same among the others.

    Paper: M. Schulze, "A new monotonic, clone-independent, reversal symmetric, and Condorcet-
    consistent single-winner election method", Social Choice and Welfare 36 (2011); arXiv:1804.02973.

    Properties: Condorcet winner and loser, Smith, monotone, clone-independent, reversal symmetric,
    O(n^3). Not: participation, independence of irrelevant items.

    Errors: `MethodError` for an unknown strength. Figures: "paths", int64 (n, n), over the case's
    denominator. Steps: one a tier.

    Schulze's example with 45 voters, where every item loses to another one:

    >>> matrix = np.array([[0, 20, 26, 30, 22], [25, 0, 16, 33, 18], [19, 29, 0, 17, 24],
    ...                    [15, 12, 28, 0, 14], [23, 27, 21, 31, 0]])
    >>> verdict = schulze(Case(matrix, 45), "winning-votes")
    >>> verdict.tiers
    ((4,), (0,), (2,), (1,), (3,))
    >>> verdict.figures["paths"][4].tolist()
    [25, 28, 28, 31, 0]
    """
    paths = strongest_paths(case.strength(strength))
    tiers = peel(paths > paths.T)
    steps = [{"step": "undefeated", "items": list(tier)} for tier in tiers]
    return Verdict(tiers, {"paths": paths}, steps)
