"""Knots: which items are entangled, and which comparisons say the order by themselves.

A knot is a component of the relation "not beaten", in which a tie binds both ways. Between two knots
all pairs are won, and by the same side: a tied pair, or one won the other way, would make one knot
of the two. So the knots form a chain, and what follows from majorities follows from majorities
inside the knots:

- an item of an upper knot stands above any of a lower one in Schulze's method, in Ranked Pairs and in
  Kemeny's, since there is a majority down and no path of majorities up;
- no path of majorities leaves a knot and comes back, so that nothing outside decides inside.

The knots are read off the scores, pairs won less pairs lost: k items beat all the others if and only
if they are the first k by score and their scores add up to k (n-k), because the pairs among them add
nothing, and each of the k (n-k) others at most one. That is H. G. Landau's theorem ("On dominance
relations III", Bulletin of Mathematical Biophysics 15, 1953), which ties leave true.
"""

from __future__ import annotations

import numpy as np


def knots(margins: np.ndarray) -> list[list[int]]:
    """The knots of one profile, the one that beats all others first; items ascending.

    `margins`: integers (n, n), votes for row over column less votes for column over row.

    >>> knots(np.array([[0, -1, 1, 5], [1, 0, -1, 3], [-1, 1, 0, 1], [-5, -3, -1, 0]]))
    [[0, 1, 2], [3]]
    """
    scores = np.count_nonzero(margins > 0, axis=1) - np.count_nonzero(margins < 0, axis=1)
    order, last = chain(scores[:, None])
    found: list[list[int]] = [[]]
    for item, ends in zip(order[0].tolist(), last[0].tolist(), strict=True):
        found[-1].append(item)
        if ends:
            found.append([])
    return [sorted(knot) for knot in found if knot]


def chain(scores: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The knots of R profiles: items by score, best first, and True where a knot ends; (R, n) twice.

    `scores`: integers (n, R), pairs won less pairs lost.
    """
    n = len(scores)
    bits = n.bit_length()
    # Score and item as one number, which numpy sorts many times faster than it sorts by a key.
    both = np.sort(((n - scores.T.astype(np.int32)) << bits) + np.arange(n, dtype=np.int32), axis=1)
    sums = np.cumsum(n - (both >> bits), axis=1)
    heads = np.arange(1, n + 1)
    return (both & (1 << bits) - 1).astype(np.int64), sums == heads * (n - heads)
