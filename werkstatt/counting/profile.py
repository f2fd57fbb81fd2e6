"""Many ballots as arrays: the form everything is counted from.

A profile holds one small integer for each item and ballot. Smaller is better; `rest` marks the
items below all ranked ones, `silent` (-1) the items about which the ballot says nothing. The table
is kept item by item, (n_items, n_ballots), because comparing two items over all ballots then runs
along memory.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from itertools import chain
from math import lcm

import numpy as np

from .ballots import Ballot, BallotError, Ranking, Score, plainly_valid, validate

SILENT = -1
_FAST_WEIGHTS = 16
_BLOCK = 2040  # bytes of one lane run: 255 words of 8, so that no lane of a word can overflow


@dataclass(slots=True)
class Profile:
    """Ballots as arrays.

    `positions`: int8 or int16, (n_items, n_ballots), level index, `rest` or -1.
    `weights`: int64, (n_ballots,), numerators over `denominator`.
    `groups`: int64, (n_ballots,), index into `names`, -1 for none.
    `abstentions`: ballots that rank nothing; they are not columns of `positions`.
    `weight`, `matrix`: see the properties.
    """

    positions: np.ndarray
    weights: np.ndarray
    denominator: int = 1
    groups: np.ndarray | None = None
    names: tuple[str, ...] = ()
    abstentions: int = 0
    abstained_weight: int = 0
    ballots: tuple[Ballot, ...] = ()
    _matrix: np.ndarray | None = field(default=None, repr=False)

    @property
    def n_items(self) -> int:
        return self.positions.shape[0]

    @property
    def n_ballots(self) -> int:
        """Ballots that say something."""
        return self.positions.shape[1]

    @property
    def rest(self) -> int:
        """The number standing for the rest below all ranked items."""
        return rest_mark(self.n_items)

    @property
    def weight(self) -> int:
        """Weight of the ballots that rank something, over `denominator`."""
        return int(self.weights.sum())

    @property
    def matrix(self) -> np.ndarray:
        """int64 (n, n): votes for row over column, over `denominator`; counted once."""
        if self._matrix is None:
            self._matrix = matrix_of(self.positions, self.weights)
        return self._matrix

    def fewest_opinions(self) -> int:
        """Of all pairs of items, the smallest number of ballots that say something about both, a tie too."""
        said = self.positions != SILENT
        if (whole := int(said.all(axis=0).sum())) >= said.shape[1] or self.n_items < 2:
            return whole
        counts = said.astype(np.float32)  # exact up to 16 million ballots
        both = counts @ counts.T
        return int(both[~np.eye(self.n_items, dtype=bool)].min())

    def part(self, chosen: np.ndarray) -> Profile:
        """The ballots for which the boolean array `chosen` (n_ballots,) is true."""
        return Profile(
            np.ascontiguousarray(self.positions[:, chosen]), self.weights[chosen], self.denominator
        )

    def turned(self) -> Profile | None:
        """The same ballots with each one's rest read the other way; None if none has a rest.

        Needs the ballots, rankings alone or scores alone; for approvals there is no other way, hence None.
        """
        rest, below = self._left()
        if not rest.any():
            return None
        if any(
            isinstance(ballot, Score) for ballot in self.ballots if ballot.says_something
        ):  # its points are counted, and they are not in the arrays
            other = [replace(ballot, rest_below=not ballot.rest_below) for ballot in self.ballots]
            return Profile.from_ballots(other, self.n_items, check=False)
        other = np.where(below, SILENT, self.rest).astype(self.positions.dtype)
        return replace(self, positions=np.where(rest, other, self.positions), _matrix=None)

    def readings(self) -> list[str]:
        """How the ballots that leave a rest have it read: "below", "no_opinion", both or neither."""
        rest, below = self._left()
        return [name for name, mine in (("below", below), ("no_opinion", ~below)) if rest[:, mine].any()]

    def _left(self) -> tuple[np.ndarray, np.ndarray]:
        """bool (n_items, n_ballots), what each ballot leaves to its rest, and (n_ballots,), whether below."""
        ranking = [ballot for ballot in self.ballots if ballot.says_something]
        kinds = set(map(type, ranking))
        if kinds not in ({Ranking}, {Score}):
            return np.zeros(self.positions.shape, dtype=bool), np.zeros(len(ranking), dtype=bool)
        below = np.array([ballot.rest_below for ballot in ranking], dtype=bool)
        if kinds == {Score}:  # a written nought stands among the rest, but was not left to it
            rest = np.ones(self.positions.shape, dtype=bool)
            for number, ballot in enumerate(ranking):
                rest[[*ballot.scores, *ballot.no_opinion], number] = False
            return rest, below
        rest = np.where(below, self.positions == self.rest, self.positions == SILENT)
        for number, ballot in enumerate(ranking):
            if ballot.no_opinion:
                rest[list(ballot.no_opinion), number] = False
        return rest, below

    @classmethod
    def from_ballots(cls, ballots: Iterable[Ballot], n_items: int, check: bool = True) -> Profile:
        """Arrays for `ballots` over `n_items` items; `BallotError` for one that is not valid."""
        ballots = tuple(ballots)
        if check and not plainly_valid(ballots, n_items):
            for ballot in ballots:
                validate(ballot, n_items)
        ranking = [ballot for ballot in ballots if ballot.says_something]
        # Most ballots share one weight, the same object, and arithmetic with fractions is slow.
        weights = {id(ballot.weight): ballot.weight for ballot in ballots}
        denominator = lcm(*(weight.denominator for weight in weights.values()))
        units = {key: int(weight * denominator) for key, weight in weights.items()}
        numerators = [units[id(ballot.weight)] for ballot in ranking]
        silent_weight = sum(units[id(ballot.weight)] for ballot in ballots if not ballot.says_something)
        if sum(numerators) > most_weight(n_items):
            raise BallotError("the weights are too large to be counted exactly in 64 bits")
        names = tuple(sorted({ballot.group for ballot in ranking if ballot.group is not None}))
        index = {name: number for number, name in enumerate(names)}
        index[None] = -1
        return cls(
            positions=_positions(ranking, n_items),
            weights=np.array(numerators, dtype=np.int64),
            denominator=denominator,
            groups=np.array([index[ballot.group] for ballot in ranking], dtype=np.int64),
            names=names,
            abstentions=len(ballots) - len(ranking),
            abstained_weight=silent_weight,
            ballots=ballots,
        )


def most_weight(n_items: int) -> int:
    """The largest sum of weights for which no figure leaves 64 bits: a vote for each of n x n pairs."""
    return (2**62 - 1) // max(n_items, 1) ** 2


def rest_mark(n_items: int) -> int:
    """A position worse than every level there can be."""
    return n_items


def position_type(n_items: int) -> type:
    """The smallest signed integer that holds all positions and one beyond."""
    return np.int8 if n_items < 126 else np.int16


def _positions(ballots: Sequence[Ballot], n_items: int) -> np.ndarray:
    kind = position_type(n_items)
    table = np.empty((n_items, len(ballots)), dtype=kind)
    table[:] = [rest_mark(n_items) if ballot.rest_below else SILENT for ballot in ballots]
    all_levels = [ballot.levels for ballot in ballots]
    levels = list(chain.from_iterable(all_levels))
    items = list(chain.from_iterable(levels))
    sizes = np.fromiter(map(len, levels), dtype=np.int64, count=len(levels))
    depths = np.fromiter(map(len, all_levels), dtype=np.int64, count=len(ballots))
    starts = np.repeat(np.cumsum(depths) - depths, depths)
    owner = np.repeat(np.arange(len(ballots)), depths)
    where = np.fromiter(items, dtype=np.int64, count=len(items)) * len(ballots) + np.repeat(owner, sizes)
    table.ravel()[where] = np.repeat(np.arange(len(levels)) - starts, sizes)
    for number, ballot in enumerate(ballots):
        if ballot.no_opinion:
            table[list(ballot.no_opinion), number] = SILENT
    return table


def matrix_of(positions: np.ndarray, weights: np.ndarray | None = None) -> np.ndarray:
    """int64 (n, n): the weight of the columns of `positions` that put row above column.

    `positions`: (n_items, n_ballots) as in `Profile`; `weights`: int64 (n_ballots,) or None for one
    each. A few different weights are counted separately and multiplied, which is as fast as no
    weights; many different ones are multiplied in directly.
    """
    n, count = positions.shape
    if weights is None or not count:
        return _count(positions)
    distinct = np.unique(weights)
    if len(distinct) == 1:
        return _count(positions) * distinct[0]
    if len(distinct) <= _FAST_WEIGHTS:
        return sum(
            _count(np.ascontiguousarray(positions[:, weights == weight])) * weight for weight in distinct
        )
    over, under = _roles(positions)
    matrix = np.empty((n, n), dtype=np.int64)
    for item in range(n):
        matrix[item] = (over[item] < under) @ weights
    return matrix


def _roles(positions: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The positions as the upper and as the lower of a pair: silence must win and lose nothing."""
    silent = positions == SILENT
    if not silent.any():
        return positions, positions
    over = positions.copy()
    over[silent] = np.iinfo(positions.dtype).max
    return over, positions


def _count(positions: np.ndarray) -> np.ndarray:
    """Ballots with row above column.

    A comparison gives one byte of 0 or 1 for each ballot. Eight bytes are added at once as one
    64-bit word; a lane holds up to 255, hence blocks of 255 words.
    """
    n, count = positions.shape
    over, under = _roles(positions)
    total = np.zeros((n, n), dtype=np.int64)
    sums = np.empty((n, n), dtype=np.uint64)
    for start in range(0, count, _BLOCK):
        upper = _block(over, start, fill=0)
        lower = upper if over is under else _block(under, start, fill=0)
        above = np.empty(upper.shape, dtype=np.bool_)
        words = above.view(np.uint64)
        for item in range(n):
            np.less(upper[item], lower, out=above)
            np.add.reduce(words, axis=1, out=sums[item])
        total += sums.view(np.uint8).reshape(n, n, 8).sum(axis=2, dtype=np.int64)
    return total


def _block(table: np.ndarray, start: int, fill: int) -> np.ndarray:
    """Columns from `start`, padded to whole words with equal positions, which count for nobody."""
    block = table[:, start : start + _BLOCK]
    missing = -block.shape[1] % 8
    if missing:
        block = np.pad(block, ((0, 0), (0, missing)), constant_values=fill)
    return np.ascontiguousarray(block)
