"""Borda's count, averaged over ties."""

from __future__ import annotations

from .outcome import Case, Verdict, tiers_by


def borda(case: Case, strength: str = "margins") -> Verdict:
    """Points for places: n-1 for the first, 0 for the last; tied items share the average.

    Definition: on a ballot that places everything, an item gets the average of the points of the
    places its tie takes up. That is one point for each item below it and half a point for each item
    not compared with it, and this second form also gives an item without an opinion the neutral
    (n-1)/2. `strength` plays no part.

    Paper: J.-C. de Borda, "Mémoire sur les élections au scrutin" (1781); ties: D. Black, "Partial
    justification of the Borda count", Public Choice 28 (1976).

    Properties: monotone, consistent, reversal symmetric, participation, never last for a Condorcet
    winner. Not: Condorcet, clone-independent, majority.

    Figures: "points_x2", twice the points over the case's denominator, int64 (n,). Steps: one,
    "points", with the same.

    Tennessee chooses a capital; Memphis (item 0) is first for 42 and last for 58 of 100:

    >>> import numpy as np
    >>> matrix = np.array([[0, 42, 42, 42], [58, 0, 68, 68], [58, 32, 0, 83], [58, 32, 17, 0]])
    >>> verdict = borda(Case(matrix, 100))
    >>> verdict.tiers, verdict.figures["points_x2"].tolist()
    (((1,), (2,), (0,), (3,)), [252, 388, 346, 214])
    """
    points = case.borda_x2
    steps = [{"step": "points", "values_x2": points.tolist()}]
    return Verdict(tiers_by(points.tolist()), {"points_x2": points}, steps)
