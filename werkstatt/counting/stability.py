"""How firm a list is: it is counted again a thousand times with other ballots of the same room.

A resample draws as many ballots as there are, with replacement (B. Efron, "Bootstrap methods:
another look at the jackknife", Annals of Statistics 7, 1979); in the balanced view it draws within
each sector (stratified), so that no sector loses its weight by chance. Each resample is counted by
Schulze's method, which for approvals is the order by approvals; of the other methods only scores are
counted as themselves, by their means. This is the one place, with `agreement`, where floats occur;
the margins are whole numbers nevertheless, since float32 holds them up to 2^24 and float64 up to
2^53 without error.

Many resamples are worked on at once. A matrix product, what each ballot says about each pair times
how often the ballot is drawn, makes the margins; `many` makes Schulze's orders of them. A margin of
fewer than 2,048 ballots needs twelve bits where float32 has 24, so in a room two pairs share one
number, and the product is half as large.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from .many import schulze_many
from .outcome import MethodError, Place
from .profile import SILENT, Profile
from .score import QUORUM

RESAMPLES = 1000
CUT = Fraction(9, 10)
_BLOCK = 1024  # resamples whose orders are found side by side
_PRODUCT = 512, 1 << 22  # resamples in one matrix product, at most, and numbers drawn for them
_ROWS = 64  # sums taken apart at a time, so that they stay in the processor's cache
_LANE = 12  # bits of the lower of two sums that share a float32
_MOST_UNITS = 8  # different weights that are worth a matrix product each


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
    units = profile.weights[order] * np.array(stratum_units, dtype=np.int64)[strata]
    if method == "score":
        points, scored = _scores(profile, order)
    else:
        both = strength == "winning-votes"
        votes = _Votes(_compare(profile.positions.take(order, axis=1), both), units, _heaviest(strata, units))
    tally = _Tally(n, top_k)
    source = np.random.PCG64(seed)
    for start in range(0, resamples, _BLOCK):
        number = min(_BLOCK, resamples - start)
        if method == "score":
            above = _means_above(points, scored, (_draw(strata, source, number) * units.astype(float)).T)
            ahead = np.count_nonzero(above, axis=2)
            best, worst = above.sum(axis=0) + 1, n - above.sum(axis=1)
        else:
            found = votes.of(strata, source, number)
            ahead, best, worst = schulze_many(n, *(np.split(found, 2) if both else [found]))
        tally.add(ahead, best, worst)
    return tally.result(seed, resamples, places)


def _draw(strata: np.ndarray, source: np.random.PCG64, resamples: int) -> np.ndarray:
    """float32 (resamples, n_ballots): how often each ballot is drawn, each stratum in its own size.

    `strata` must be ascending.
    """
    count = len(strata)
    sizes = np.bincount(strata, minlength=1)
    first = (np.cumsum(sizes) - sizes)[strata]
    sizes = sizes[strata].astype(np.uint64)
    drawn = np.zeros(resamples * count, dtype=np.float32)
    step = max(1, (1 << 15) // max(count, 1))  # few enough to stay in the processor's cache
    first = first + np.arange(step)[:, None] * count
    for start in range(0, resamples, step):
        rows = min(step, resamples - start)
        picked = source.random_raw(rows * count).reshape(rows, count)
        # The upper half of the number times the size of the stratum: off by less than 2^-32 from even.
        picked >>= np.uint64(32)
        picked *= sizes
        picked >>= np.uint64(32)
        picked = picked.view(np.int64)
        picked += first[:rows]
        np.add.at(drawn[start * count :], picked.ravel(), np.float32(1))
    return drawn.reshape(resamples, count)


def _heaviest(strata: np.ndarray, units: np.ndarray) -> int:
    """The most a margin can be in any resample."""
    if not len(units):
        return 0
    return sum(int(units[strata == s].max()) * int((strata == s).sum()) for s in np.unique(strata))


def _compare(positions: np.ndarray, both: bool) -> np.ndarray:
    """int8 (pairs, n_ballots): for each pair a < b +1 if a is above b, -1 if below, 0 if neither.

    With `both` twice as many rows of 0 and 1 instead, all for a above b, then all for b above a.
    """
    n, count = positions.shape
    pairs = n * (n - 1) // 2
    said = positions != SILENT
    silence = not said.all()
    out = np.empty((2 * pairs if both else pairs, count), dtype=np.int8)
    row = 0
    for a in range(n - 1):
        rows = slice(row, row + n - 1 - a)
        above, below = positions[a] < positions[a + 1 :], positions[a] > positions[a + 1 :]
        if silence:
            known = said[a] & said[a + 1 :]
            above &= known
            below &= known
        if both:
            out[rows], out[pairs + row : pairs + rows.stop] = above, below
        else:
            np.subtract(above.view(np.int8), below.view(np.int8), out=out[rows])
        row = rows.stop
    return out


class _Votes:
    """What each resample says about each row of `compared` (rows, n_ballots), by matrix products.

    `units`: int64 (n_ballots,), whole weights. `heaviest`: the largest sum there can be.
    """

    def __init__(self, compared: np.ndarray, units: np.ndarray, heaviest: int):
        self.rows, count = compared.shape
        self.units = units
        self.distinct = np.unique(units)
        self.kind = np.int16 if heaviest < 2**15 else np.int32 if heaviest < 2**31 else np.int64
        # Ballots of one weight are counted as ones and multiplied afterwards; then their number alone
        # decides whether two sums fit into one float32.
        self.paired = count < 1 << _LANE - 1 and len(self.distinct) <= _MOST_UNITS
        if self.paired:
            half = (self.rows + 1) // 2
            self.table = np.zeros((half, count), dtype=np.float32)
            self.table[: self.rows - half] = compared[half:]
            self.table *= 1 << _LANE
            self.table += compared[:half]
        else:
            self.table = compared.astype(np.float32 if heaviest < 2**24 else np.float64)

    def of(self, strata: np.ndarray, source: np.random.PCG64, resamples: int) -> np.ndarray:
        """Integers (rows, resamples) for resamples drawn now, as `_draw` draws them."""
        rows = 2 * len(self.table) if self.paired else self.rows
        found = np.empty((rows, resamples), dtype=self.kind)
        most, numbers = _PRODUCT
        step = max(1, min(most, numbers // max(len(strata), 1)))
        for start in range(0, resamples, step):
            part = found[:, start : start + step]
            self._into(part, _draw(strata, source, part.shape[1]))
        return found[: self.rows]

    def _into(self, part: np.ndarray, drawn: np.ndarray) -> None:
        if not self.paired:
            weights = drawn * self.units.astype(self.table.dtype)
            np.copyto(part, self.table @ weights.T, casting="unsafe")
        elif self.distinct.tolist() == [1]:
            _unpair(self.table @ drawn.T, part)
        else:
            part[:] = 0
            ones = np.empty(part.shape, dtype=np.int16)
            for unit in self.distinct:
                chosen = self.units == unit
                _unpair(self.table[:, chosen] @ drawn[:, chosen].T, ones)
                part += ones * self.kind(unit)


def _unpair(sums: np.ndarray, out: np.ndarray) -> None:
    """Take sums (k, R) that share numbers apart: into int16 `out` (2 k, R), the lower ones first."""
    half = len(sums)
    for start in range(0, half, _ROWS):
        whole = sums[start : start + _ROWS].astype(np.int32)
        lower = out[start : start + len(whole)]
        np.copyto(lower, whole, casting="unsafe")  # the last 16 bits, of which the lane's are kept
        lower <<= 16 - _LANE
        lower >>= 16 - _LANE
        whole += 1 << _LANE - 1  # because a negative lower sum has borrowed one from the upper
        np.right_shift(whole, _LANE, out=out[half + start : half + start + len(whole)], casting="unsafe")


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
