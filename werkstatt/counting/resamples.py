"""Resamples, and what each of them says about each pair of items, by matrix products.

What each ballot says about each pair, times how often the ballot is drawn, is a margin. The margins are
whole numbers although floats multiply them, since float32 holds those up to 2^24 and float64 up to 2^53
without error; larger weights are multiplied in parts, and larger sums are Python's own integers.

A margin of fewer than 2,048 ballots needs twelve bits where float32 has 24, so in a room two pairs share
one number, and the product is half as large.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from .profile import SILENT

PRODUCT = 512, 1 << 22  # resamples in one matrix product, at most, and numbers drawn for them
_ROWS = 64  # sums taken apart at a time, so that they stay in the processor's cache
_LANE = 12  # bits of the lower of two sums that share a float32
_MOST_UNITS = 8  # different weights that are worth a matrix product each
_FLOAT, _DOUBLE = 24, 53  # bits of whole numbers that float32 and float64 hold
_KINDS = (15, np.int16), (31, np.int32), (62, np.int64)


def draw(strata: np.ndarray, source: np.random.PCG64, resamples: int) -> np.ndarray:
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


def whole_weights(weights: np.ndarray, units: list[int], strata: np.ndarray) -> tuple[np.ndarray, int]:
    """Weights times the unit of each ballot's stratum, and the most a sum over any resample can be.

    int64 (n_ballots,), or Python's own integers where 64 bits would not do.
    """
    most = int(weights.max(initial=0)) * max(units) * len(weights)
    kind = np.int64 if most < 1 << 62 else object
    found = weights.astype(kind) * np.array(units, dtype=kind)[strata]
    parts = [found[strata == stratum] for stratum in np.unique(strata)]
    return found, sum(int(part.max()) * len(part) for part in parts)


def compare(positions: np.ndarray, both: bool) -> np.ndarray:
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


class Votes:
    """What each resample says about each row of `compared` (rows, n_ballots), by matrix products.

    `units`: integers (n_ballots,), whole weights, int64 or Python's own. `heaviest`: the largest sum
    there can be, which decides how the sums are made; they are exact in any case.
    """

    def __init__(self, compared: np.ndarray, units: np.ndarray, heaviest: int):
        self.rows, count = compared.shape
        self.units = units
        self.distinct = sorted(set(units.tolist()))
        self.kind = next((kind for bits, kind in _KINDS if heaviest < 1 << bits), object)
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
            self.table = compared.astype(np.float32 if heaviest < 1 << _FLOAT else np.float64)
            self.limbs = _limbs(units, heaviest, count)

    def of(self, strata: np.ndarray, source: np.random.PCG64, resamples: int) -> np.ndarray:
        """Integers (rows, resamples) for resamples drawn now, as `draw` draws them."""
        rows = 2 * len(self.table) if self.paired else self.rows
        found = np.zeros((rows, resamples), dtype=self.kind)
        most, numbers = PRODUCT
        step = max(1, min(most, numbers // max(len(strata), 1)))
        for start in range(0, resamples, step):
            part = found[:, start : start + step]
            self._into(part, draw(strata, source, part.shape[1]))
        return found[: self.rows]

    def _into(self, part: np.ndarray, drawn: np.ndarray) -> None:
        """Add what the resamples `drawn` say to `part`, which holds noughts."""
        if not self.paired:
            for shift, limb in self.limbs:
                sums = self.table @ (drawn * limb.astype(self.table.dtype)).T
                if len(self.limbs) == 1:
                    np.copyto(part, sums, casting="unsafe")
                else:
                    part += sums.astype(np.int64).astype(self.kind) * (1 << shift)
        else:
            for unit in self.distinct:
                chosen = slice(None) if len(self.distinct) == 1 else self.units == unit
                for rows, sums in _apart(self.table[:, chosen] @ drawn[:, chosen].T):
                    part[rows] += sums if unit == 1 else sums.astype(self.kind, copy=False) * unit


def _limbs(units: np.ndarray, heaviest: int, count: int) -> list[tuple[int, np.ndarray]]:
    """The weights as sums of (shift, part times 2^shift), such that the sums of each part are exact in floats."""
    if heaviest < 1 << _DOUBLE:
        return [(0, units)]
    bits = _DOUBLE - count.bit_length()
    parts = range(0, max(units.tolist()).bit_length(), bits)
    return [(shift, units >> shift & (1 << bits) - 1) for shift in parts]


def ranked(votes: np.ndarray) -> np.ndarray:
    """Python's integers (rows, R) as int32 in the same order in each column, by size and sign apart.

    Of two columns of one resample both must be given as one. Majorities are only compared with each other.
    """
    out = np.empty(votes.shape, dtype=np.int32)
    for number, column in enumerate(votes.T):
        found = column.tolist()
        rank = {size: place for place, size in enumerate(sorted({0, *map(abs, found)}))}
        out[:, number] = [rank[size] if size > 0 else -rank[-size] for size in found]
    return out


def _apart(sums: np.ndarray) -> Iterator[tuple[slice, np.ndarray]]:
    """Sums (k, R) that share numbers taken apart: rows of 2 k, and their sums, int16; the lower ones are the first k."""
    half = len(sums)
    for start in range(0, half, _ROWS):
        whole = sums[start : start + _ROWS].astype(np.int32)
        lower = whole.astype(np.int16)  # the last 16 bits, of which the lane's are kept
        lower <<= 16 - _LANE
        lower >>= 16 - _LANE
        yield slice(start, start + len(whole)), lower
        whole += 1 << _LANE - 1  # because a negative lower sum has borrowed one from the upper
        whole >>= _LANE
        yield slice(half + start, half + start + len(whole)), whole.astype(np.int16)
