"""How firm a list is: it is counted again a thousand times with other ballots of the same room.

A resample draws as many ballots as there are, with replacement (B. Efron, "Bootstrap methods:
another look at the jackknife", Annals of Statistics 7, 1979); in the balanced view it draws within
each sector (stratified), so that no sector loses its weight by chance. Each resample is counted by the
method of the list, if that can be done for all of them at once, else by another one, which is named. This is the one place, with `agreement`, where floats occur;
the margins are whole numbers nevertheless.

Many resamples are worked on at once. `resamples` draws them and makes their margins, `many` makes
Schulze's orders of these.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import accumulate

import numpy as np

from .many import schulze_many, scores
from .outcome import STRENGTHS, MethodError, Place
from .profile import SILENT, Profile
from .resamples import Votes, compare, draw, ranked, whole_weights
from .score import QUORUM

RESAMPLES = 1000
# Methods that can be counted for a thousand resamples at once, and what else is counted instead of others
# than Schulze's: one count of theirs takes too long, or they are not known here.
AT_ONCE = ("schulze", "borda", "copeland", "approval", "score")
RECOUNTED = {"phragmen": "approval"}
_BLOCK = 1024  # resamples whose orders are found side by side

Orders = tuple[np.ndarray, np.ndarray, np.ndarray]


@dataclass(frozen=True)
class Stability:
    """`spans`: for each item (low, high), the places between which it stood in 90 % of resamples:
    in at most 5 % its best possible place was better than low, in at most 5 % its worst possible
    place worse than high; where its own place is outside, the span reaches to that. `top`: for each
    item the share of resamples in which it was among the first `top_k`, a tie across that line counting
    by parts. `groups`: items in the order of the list, cut where no span reaches across, so that the
    order of two items of different groups is sure: they were so in 90 % of resamples, whatever stands
    between them. `ahead`: int64 (n, n), resamples in which row stood above column. `method`: by which
    the resamples were counted, which may be another one than the list's. `seed`, `resamples`: to do it again.
    """

    seed: int
    resamples: int
    spans: tuple[tuple[int, int], ...]
    top_k: int
    top: tuple[float, ...]
    groups: tuple[tuple[int, ...], ...]
    ahead: np.ndarray
    method: str


def stability(
    profile: Profile,
    places: Sequence[Place],
    seed: int,
    resamples: int = RESAMPLES,
    top_k: int = 5,
    strata: np.ndarray | None = None,
    stratum_units: Sequence[int] | None = None,
    strength: str = "margins",
    method: str = "schulze",
) -> Stability:
    """Resample `profile` and say how firm the list `places` is.

    `places`: the places of the view that is shown. `strata`: int64 (n_ballots,), the group of each
    ballot, with `stratum_units`, the whole weight of one ballot of each; both None draws from all
    ballots alike. Ballots are put into a fixed order first, so that the order they come in changes
    nothing; the numbers drawn are PCG64's raw output, which numpy promises to keep. `MethodError` for
    an unknown strength, `ValueError` for no resamples or a seed below 0.
    """
    if strength not in STRENGTHS:
        raise MethodError(f"unknown strength {strength!r}, known are {', '.join(STRENGTHS)}")
    if type(seed) is not int or seed < 0:
        raise ValueError(f"the seed {seed!r} is not a whole number from 0 up")
    if resamples < 1:
        raise ValueError(f"{resamples} resamples say nothing")
    n, count = profile.n_items, profile.n_ballots
    if strata is None:
        strata, stratum_units = np.zeros(count, dtype=np.int64), [1]
    points = _points(profile) if method == "score" else ()
    order = np.lexsort((*points, *profile.positions, profile.weights, strata))
    strata = strata[order]
    units, heaviest = whole_weights(profile.weights[order], list(stratum_units), strata)
    if method not in AT_ONCE:
        method = RECOUNTED.get(method, "schulze")
    recount = _recount(method, profile, order, units, heaviest, strength)
    tally = _Tally(n, top_k)
    source = np.random.PCG64(seed)
    for start in range(0, resamples, _BLOCK):
        tally.add(*recount(strata, source, min(_BLOCK, resamples - start)))
    return tally.result(seed, resamples, places, method)


def _recount(
    method: str, profile: Profile, order: np.ndarray, units: np.ndarray, heaviest: int, strength: str
) -> Callable[[np.ndarray, np.random.PCG64, int], Orders]:
    """What counts a number of resamples drawn now: how often row is ahead, best and worst places."""
    n, positions = profile.n_items, profile.positions.take(order, axis=1)
    if method == "score":
        points = _points(profile)[:, order]
        scored = (positions != SILENT).astype(float)

        def by_means(*drawn):
            return by_value(_means(points, scored, (draw(*drawn) * units.astype(float)).T))

        return by_means
    if method == "approval":
        # The one level of an approval ballot is what it approves of.
        approved = Votes((positions == 0).astype(np.int8), units, heaviest)
        return lambda *drawn: by_value(approved.of(*drawn))
    if method in ("borda", "copeland"):
        votes = Votes(compare(positions, False), units, heaviest * n)
        figure = scores if method == "copeland" else sums
        return lambda *drawn: by_value(figure(n, votes.of(*drawn)))
    both = strength == "winning-votes"
    votes = Votes(compare(positions, both), units, heaviest)

    def by_paths(*drawn):
        found = votes.of(*drawn)
        if found.dtype == object:
            found = ranked(found)
        return schulze_many(n, *(np.split(found, 2) if both else [found]))

    return by_paths


def by_value(values: np.ndarray) -> Orders:
    """The order of n items in each of R profiles by a value each, the largest first.

    `values`: (n, R). Returns what `schulze_many` returns.

    >>> ahead, best, worst = by_value(np.array([[5, 1], [3, 1], [4, 0]]))
    >>> ahead.tolist(), best.T.tolist(), worst.T.tolist()
    ([[0, 1, 2], [0, 0, 1], [0, 1, 0]], [[1, 3, 2], [1, 1, 3]], [[1, 3, 2], [2, 2, 3]])
    """
    n = len(values)
    ahead = np.zeros((n, n), dtype=np.int64)
    best, worst = np.ones(values.shape, dtype=np.int16), np.empty(values.shape, dtype=np.int16)
    for item in range(n):
        above = values[item] > values
        ahead[item] = np.count_nonzero(above, axis=1)
        worst[item] = n - np.count_nonzero(above, axis=0)
        best += above
    return ahead, best, worst


def sums(n: int, margins: np.ndarray) -> np.ndarray:
    """(n, R): an item's margins over all others, on which averaged Borda points hang alone."""
    total = np.zeros((n, margins.shape[1]), dtype=margins.dtype)
    row = 0
    for item in range(n - 1):
        rows = margins[row : row + n - 1 - item]
        total[item] += rows.sum(axis=0, dtype=margins.dtype)
        total[item + 1 :] -= rows
        row += len(rows)
    return total


def _points(profile: Profile) -> np.ndarray:
    """float64 (n_items, n_ballots): points, 0 where there are none."""
    points = np.zeros((profile.n_items, profile.n_ballots))
    for number, ballot in enumerate(ballot for ballot in profile.ballots if ballot.says_something):
        points[list(ballot.scores), number] = list(ballot.scores.values())
    return points


def _means(points: np.ndarray, scored: np.ndarray, weights: np.ndarray) -> np.ndarray:
    opinions = scored @ weights
    means = np.divide(points @ weights, opinions, out=np.full(opinions.shape, -1.0), where=opinions > 0)
    # Below the quorum an item stands under all others; a mean is never as large as this gap.
    means -= np.where(opinions < float(QUORUM) * weights.sum(axis=0), points.max(initial=0) + 2, 0)
    return means


class _Tally:
    """Sums over resamples; best and worst possible places as counts, one row an item."""

    def __init__(self, n: int, top_k: int):
        self.n, self.top_k = n, top_k
        self.ahead = np.zeros((n, n), dtype=np.int64)
        self.best = np.zeros((n, n + 1), dtype=np.int64)
        self.worst = np.zeros((n, n + 1), dtype=np.int64)
        self.top = np.zeros(n)

    def add(self, ahead: np.ndarray, best: np.ndarray, worst: np.ndarray) -> None:
        """Count resamples in: (n, n) how often row was above column, (n, resamples) places twice."""
        n = self.n
        self.ahead += ahead
        rows = np.arange(n)[:, None] * (n + 1)
        self.best += np.bincount((rows + best).ravel(), minlength=n * (n + 1)).reshape(n, n + 1)
        self.worst += np.bincount((rows + worst).ravel(), minlength=n * (n + 1)).reshape(n, n + 1)
        self.top += np.clip((self.top_k - best + 1) / (worst - best + 1), 0, 1).sum(axis=1)

    def result(self, seed: int, resamples: int, places: Sequence[Place], method: str) -> Stability:
        # In at most a twentieth of the resamples the place may be better than low.
        low = (20 * np.cumsum(self.best, axis=1) > resamples).argmax(axis=1)
        behind = resamples - np.cumsum(self.worst, axis=1)
        high = (20 * behind <= resamples).argmax(axis=1)
        for first, last, items in places:
            low[list(items)] = np.minimum(low[list(items)], first)
            high[list(items)] = np.maximum(high[list(items)], last)
        spans = tuple(zip(low.tolist(), high.tolist(), strict=True))
        return Stability(
            seed=seed,
            resamples=resamples,
            spans=spans,
            top_k=self.top_k,
            top=tuple((self.top / resamples).tolist()),
            groups=cut(spans, places),
            ahead=self.ahead,
            method=method,
        )


def cut(spans: Sequence[tuple[int, int]], places: Sequence[Place]) -> tuple[tuple[int, ...], ...]:
    """Groups along the list: a cut wherever no span reaches across.

    What is called sure is then what the spans say. An item of a group of several places has its span
    in common with another one of that group in at least one place.
    """
    groups, inside, reach = [], [], 0
    lows = [min(spans[item][0] for item in items) for _, _, items in places]
    lowest = list(accumulate(reversed(lows), min))[::-1]  # of an item from here on
    for (first, _, items), low in zip(places, lowest, strict=True):
        if reach < first <= low and inside:
            groups.append(tuple(inside))
            inside = []
        inside += items
        reach = max(reach, *(spans[item][1] for item in items))
    return (*groups, tuple(inside)) if inside else ()
