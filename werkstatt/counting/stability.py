"""How firm a list is: it is counted again a thousand times with other ballots of the same room.

A resample draws as many ballots as there are, with replacement (B. Efron, "Bootstrap methods:
another look at the jackknife", Annals of Statistics 7, 1979); in the balanced view it draws within
each sector (stratified), so that no sector loses its weight by chance. Each resample is counted by
Schulze's method, which for approvals is the order by approvals; of the other methods only scores are
counted as themselves, by their means. This is the one place, with `agreement`, where floats occur;
the margins are whole numbers nevertheless.

Many resamples are worked on at once. `resamples` draws them and makes their margins, `many` makes
Schulze's orders of these.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from .many import schulze_many
from .outcome import MethodError, Place
from .profile import SILENT, Profile
from .resamples import Votes, compare, draw, ranked, whole_weights
from .score import QUORUM

RESAMPLES = 1000
CUT = Fraction(9, 10)
_BLOCK = 1024  # resamples whose orders are found side by side


@dataclass(frozen=True)
class Stability:
    """`spans`: for each item (low, high), the places between which it stood in 90 % of resamples:
    in at most 5 % its best possible place was better than low, in at most 5 % its worst possible
    place worse than high. `top`: for each item the share of resamples in which it was among the
    first `top_k`, a tie across that line counting by parts. `groups`: items in the order of the
    list, cut where every item above was ahead of every item below in 90 % of resamples, so that
    the order of two items of different groups is sure, whatever stands between them. `ahead`: int64 (n, n),
    resamples in which row stood above column. `seed`, `resamples`: to do it again.
    """

    seed: int
    resamples: int
    spans: tuple[tuple[int, int], ...]
    top_k: int
    top: tuple[float, ...]
    groups: tuple[tuple[int, ...], ...]
    ahead: np.ndarray


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
    nothing; the numbers drawn are PCG64's raw output, which numpy promises to keep.
    """
    if strength not in ("margins", "winning-votes"):
        raise MethodError(f"unknown strength {strength!r}")
    n, count = profile.n_items, profile.n_ballots
    if strata is None:
        strata, stratum_units = np.zeros(count, dtype=np.int64), [1]
    order = np.lexsort((*profile.positions, profile.weights, strata))
    strata = strata[order]
    units, heaviest = whole_weights(profile.weights[order], list(stratum_units), strata)
    if method == "score":
        points, scored = _scores(profile, order)
    else:
        both = strength == "winning-votes"
        votes = Votes(compare(profile.positions.take(order, axis=1), both), units, heaviest)
    tally = _Tally(n, top_k)
    source = np.random.PCG64(seed)
    for start in range(0, resamples, _BLOCK):
        number = min(_BLOCK, resamples - start)
        if method == "score":
            above = _means_above(points, scored, (draw(strata, source, number) * units.astype(float)).T)
            ahead = np.count_nonzero(above, axis=2)
            best, worst = above.sum(axis=0) + 1, n - above.sum(axis=1)
        else:
            found = votes.of(strata, source, number)
            if found.dtype == object:
                found = ranked(found)
            ahead, best, worst = schulze_many(n, *(np.split(found, 2) if both else [found]))
        tally.add(ahead, best, worst)
    return tally.result(seed, resamples, places)


def _scores(profile: Profile, order: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """float64 (n_items, n_ballots) twice: points, and 1 where the ballot scores the item."""
    said = [ballot for ballot in profile.ballots if ballot.levels]
    points = np.zeros((profile.n_items, len(said)))
    for number, place in enumerate(order.tolist()):
        items = said[place].scores
        points[list(items), number] = list(items.values())
    return points, (profile.positions[:, order] != SILENT).astype(float)


def _means_above(points: np.ndarray, scored: np.ndarray, weights: np.ndarray) -> np.ndarray:
    opinions = scored @ weights
    means = np.divide(points @ weights, opinions, out=np.full(opinions.shape, -1.0), where=opinions > 0)
    # Below the quorum an item stands under all others; a mean is never as large as this gap.
    means -= np.where(opinions < float(QUORUM) * weights.sum(axis=0), points.max(initial=0) + 2, 0)
    return means[:, None] > means[None]


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

    def result(self, seed: int, resamples: int, places: Sequence[Place]) -> Stability:
        # In at most a twentieth of the resamples the place may be better than low.
        low = (20 * np.cumsum(self.best, axis=1) > resamples).argmax(axis=1)
        behind = resamples - np.cumsum(self.worst, axis=1)
        high = (20 * behind <= resamples).argmax(axis=1)
        return Stability(
            seed=seed,
            resamples=resamples,
            spans=tuple(zip(low.tolist(), high.tolist(), strict=True)),
            top_k=self.top_k,
            top=tuple((self.top / resamples).tolist()),
            groups=cut(self.ahead, resamples, places),
            ahead=self.ahead,
        )


def cut(ahead: np.ndarray, resamples: int, places: Sequence[Place]) -> tuple[tuple[int, ...], ...]:
    """Groups along the list: a cut wherever every item above was ahead of every item below in 90 %.

    Neighbours alone do not do: an item may be surely ahead of the next one, yet not of the one after it.
    A group of several places therefore holds at least one pair whose order is not sure.
    """
    order = [item for _, _, items in places for item in items]
    ahead = ahead[np.ix_(order, order)]
    groups, start = [], 0
    for first, _, _ in places[1:]:
        end = first - 1
        if int(ahead[:end, end:].min()) * CUT.denominator >= CUT.numerator * resamples:
            groups.append(tuple(order[start:end]))
            start = end
    return (*groups, tuple(order[start:])) if order else ()
