"""Copeland's method."""

from __future__ import annotations

from .outcome import Case, Verdict, tiers_by


def copeland(case: Case, strength: str = "margins") -> Verdict:
    """The more pairs an item wins, the higher it stands; a tied pair counts half.

    Definition: score = pairs won + half the pairs tied; tiers by score. The strength of majorities
    plays no part, so `strength` changes nothing.

    Paper: A. H. Copeland, "A reasonable social welfare function", seminar on applications of
    mathematics to social sciences, University of Michigan (1951); the idea is Ramon Llull's (1299).

    Properties: Condorcet winner and loser, Smith, monotone, reversal symmetric. Not: clone-
    independent; ties are frequent.

    Figures: "scores_x2", twice the score, int64 (n,). Steps: one, "scores", with the same.

    Tennessee chooses a capital; 58 of 100 want anything but Memphis (item 0):

    >>> import numpy as np
    >>> matrix = np.array([[0, 42, 42, 42], [58, 0, 68, 68], [58, 32, 0, 83], [58, 32, 17, 0]])
    >>> verdict = copeland(Case(matrix, 100))
    >>> verdict.tiers, verdict.figures["scores_x2"].tolist()
    (((1,), (2,), (3,), (0,)), [0, 6, 4, 2])
    """
    scores = case.copeland_x2
    steps = [{"step": "scores", "values_x2": scores.tolist()}]
    return Verdict(tiers_by(scores.tolist()), {"scores_x2": scores}, steps)
