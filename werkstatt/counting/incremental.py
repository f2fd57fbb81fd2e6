"""A tally that follows single changes instead of counting everything again."""

from __future__ import annotations

from fractions import Fraction

import numpy as np

from .ballots import Ballot, BallotError, validate
from .counts import decide
from .outcome import Case, Outcome
from .profile import Profile, most_weight


class Tally:
    """The matrix of a set of ballots; adding, removing or changing one costs O(n^2).

    `matrix`: int64 (n, n), votes for row over column over `denominator`, which is fixed at the
    beginning; a weight that does not fit it, or with which the sum would leave 64 bits, raises
    `BallotError`, and nothing has changed then. The tally does not keep the ballots,
    so the caller must hand the same ballot back to take it out; one of which the figures show that it
    cannot have been added raises `BallotError` as well.

    >>> from werkstatt.counting import Ranking
    >>> tally = Tally(3)
    >>> tally.add(Ranking(((0,), (1,))))
    >>> tally.change(Ranking(((0,), (1,))), Ranking(((2,), (1,))))
    >>> tally.matrix.tolist()
    [[0, 0, 0], [1, 0, 0], [1, 1, 0]]
    """

    def __init__(self, n_items: int, denominator: int = 1):
        self.matrix = np.zeros((n_items, n_items), dtype=np.int64)
        self.denominator = denominator
        self.weight = 0
        self.ballots = 0
        self.abstentions = 0

    @property
    def n_items(self) -> int:
        return len(self.matrix)

    def add(self, ballot: Ballot) -> None:
        """Count one ballot more."""
        self._move(ballot, 1)

    def remove(self, ballot: Ballot) -> None:
        """Count one ballot less."""
        self._move(ballot, -1)

    def change(self, old: Ballot, new: Ballot) -> None:
        """Replace one ballot by another; nothing changes if either is not valid."""
        validate(new, self.n_items)
        self._units(new)
        self.remove(old)
        try:
            self.add(new)
        except BallotError:
            self.add(old)
            raise

    def outcome(self, method: str = "schulze", strength: str = "margins") -> Outcome:
        """The outcome of the ballots in the tally."""
        case = Case(self.matrix.copy(), self.weight, self.denominator)
        return decide(case, method, strength, ballots=self.ballots, abstentions=self.abstentions)

    def _units(self, ballot: Ballot) -> int:
        units = Fraction(ballot.weight) * self.denominator
        if units.denominator != 1:
            raise BallotError(f"the weight {ballot.weight} is no multiple of 1/{self.denominator}")
        return units.numerator

    def _move(self, ballot: Ballot, sign: int) -> None:
        units = self._units(ballot)
        pairs = Profile.from_ballots([ballot], self.n_items).positions
        if not pairs.shape[1]:
            if self.abstentions + sign < 0:
                raise BallotError("a ballot that was never added cannot be taken out")
            self.abstentions += sign
            return
        if abs(self.weight + sign * units) > most_weight(self.n_items):
            raise BallotError("the weights are too large to be counted exactly in 64 bits")
        place = pairs[:, 0]
        said = place >= 0
        after = self.matrix + (place[:, None] < place) * (said[:, None] & said) * (sign * units)
        if min(self.weight + sign * units, self.ballots + sign, int(after.min(initial=0))) < 0:
            raise BallotError("a ballot that was never added cannot be taken out")
        self.matrix = after
        self.weight += sign * units
        self.ballots += sign
