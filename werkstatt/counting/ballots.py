"""What a voter says: rankings, approvals and scores, and what makes one valid.

Items are 0-based indices into the frozen list. Every item stands in exactly one place: in a level
(several items in one level are tied), under "no opinion", or in the rest.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from itertools import chain

HIGHEST_SCORE = 5


class BallotError(ValueError):
    """A ballot that cannot be counted; `item` is the index concerned, or None."""

    def __init__(self, message: str, item: object = None):
        super().__init__(message)
        self.item = item


@dataclass(frozen=True, slots=True)
class Ranking:
    """Levels of items, best first.

    `levels`: iterable of iterables of item indices; items of one level are tied.
    `no_opinion`: items this ballot says nothing about.
    `rest_below`: True if the items named nowhere stand below every ranked one (and are equal among
    themselves); False if nothing is said about them. `weight`: a positive fraction.
    `group`: the sector counted with, or None. No levels at all is an abstention.
    """

    levels: tuple[tuple[int, ...], ...] = ()
    no_opinion: frozenset[int] = frozenset()
    rest_below: bool = True
    weight: Fraction = Fraction(1)
    group: str | None = None

    def __post_init__(self):
        object.__setattr__(self, "levels", _levels(self.levels))
        object.__setattr__(self, "no_opinion", _set(self.no_opinion))

    @property
    def says_something(self) -> bool:
        """Whether it ranks anything; if not, it is an abstention."""
        return bool(self.levels)


@dataclass(frozen=True, slots=True)
class Approval:
    """The items approved of; the others are not approved of, except those under "no opinion".

    With `rest_below=False` an item not approved of counts as one without an opinion.
    """

    approved: frozenset[int] = frozenset()
    no_opinion: frozenset[int] = frozenset()
    rest_below: bool = True
    weight: Fraction = Fraction(1)
    group: str | None = None

    def __post_init__(self):
        object.__setattr__(self, "approved", _once(self.approved))
        object.__setattr__(self, "no_opinion", _set(self.no_opinion))

    @property
    def levels(self) -> tuple[tuple[int, ...], ...]:
        """The same ballot read as a ranking: one level over the rest."""
        return (tuple(sorted(self.approved)),) if self.approved else ()

    @property
    def says_something(self) -> bool:
        """Whether it approves of anything; if not, it is an abstention."""
        return bool(self.approved)


@dataclass(frozen=True, slots=True)
class Score:
    """Whole points for items, 0 to `highest` (5 in Werkstatt).

    With `rest_below=True` an item without points has 0; with False it has no opinion.
    """

    scores: Mapping[int, int] = field(default_factory=dict)
    no_opinion: frozenset[int] = frozenset()
    rest_below: bool = False
    weight: Fraction = Fraction(1)
    group: str | None = None
    highest: int = HIGHEST_SCORE

    def __post_init__(self):
        object.__setattr__(self, "scores", dict(self.scores))
        object.__setattr__(self, "no_opinion", _set(self.no_opinion))

    @property
    def levels(self) -> tuple[tuple[int, ...], ...]:
        """The same ballot read as a ranking: more points stand higher."""
        by_points: dict[int, list[int]] = {}
        for item, points in self.scores.items():
            # A written nought and a missing score that reads as nought are the same statement, so
            # the nought joins the rest instead of standing above it.
            if points or not self.rest_below:
                by_points.setdefault(points, []).append(item)
        return tuple(tuple(sorted(by_points[points])) for points in sorted(by_points, reverse=True))

    @property
    def says_something(self) -> bool:
        """Whether it gives points, be they noughts alone; if not, it is an abstention."""
        return bool(self.scores)


Ballot = Ranking | Approval | Score


def validate(ballot: Ballot, n_items: int) -> None:
    """Raise `BallotError`, naming the item, unless every item index is known and stands once.

    >>> validate(Ranking(((0,), (1, 2))), 3)
    >>> validate(Ranking(((0,), (3,))), 3)
    Traceback (most recent call last):
        ...
    werkstatt.counting.ballots.BallotError: item 3 is not on the list of 3 items
    """
    if plainly_valid([ballot], n_items):
        return
    if isinstance(ballot, Score):
        placed = list(ballot.scores)
        for item, points in ballot.scores.items():
            if type(points) is not int or not 0 <= points <= ballot.highest:
                raise BallotError(f"item {item} has {points!r} points, not 0 to {ballot.highest}", item)
    elif isinstance(ballot, Approval):
        placed = list(ballot.approved)
    else:
        placed = [item for level in ballot.levels for item in level]
        if not all(ballot.levels):
            raise BallotError("a level without items")
    seen: set[int] = set()
    for item in placed:
        _known(item, n_items)
        if item in seen:
            raise BallotError(f"item {item} is named twice", item)
        seen.add(item)
    for item in ballot.no_opinion:
        _known(item, n_items)
        if item in seen:
            raise BallotError(f"item {item} has a place and no opinion at once", item)
    if not isinstance(ballot.weight, (int, Fraction)) or ballot.weight <= 0:
        raise BallotError(f"the weight {ballot.weight!r} is not a positive fraction")


def plainly_valid(ballots: Sequence[Ballot], n_items: int) -> bool:
    """Whether all are rankings that keep every rule of `validate`, which also finds the culprit.

    All together, since a room's thousands of items cost less that way than a ballot at a time.
    """
    if not set(map(type, ballots)) <= {Ranking}:
        return False
    weights = {id(ballot.weight): ballot.weight for ballot in ballots}.values()
    if not all(isinstance(weight, (int, Fraction)) and weight > 0 for weight in weights):
        return False
    placed = [[*chain.from_iterable(ballot.levels), *ballot.no_opinion] for ballot in ballots]
    items = list(chain.from_iterable(placed))
    if not set(map(type, items)) <= {int} or not all(chain.from_iterable(b.levels for b in ballots)):
        return False
    if items and not 0 <= min(items) <= max(items) < n_items:
        return False
    return all(len(set(some)) == len(some) for some in placed)


def _known(item: object, n_items: int) -> None:
    # True is an int in Python and would be read as item 1.
    if type(item) is not int or not 0 <= item < n_items:
        raise BallotError(f"item {item!r} is not on the list of {n_items} items", item)


def _levels(levels) -> tuple[tuple[int, ...], ...]:
    levels = tuple(levels)
    try:
        return tuple(map(tuple, levels))
    except TypeError:
        culprit = next((level for level in levels if not hasattr(level, "__iter__")), levels)
        raise BallotError(f"{culprit!r} is not a level, which is a list of items", culprit) from None


def _set(items) -> frozenset[int]:
    try:
        return frozenset(items)
    except TypeError:
        culprit = next((item for item in items if isinstance(item, (list, dict, set))), items)
        raise BallotError(f"item {culprit!r} is not on any list", culprit) from None


def _once(items) -> frozenset[int]:
    # A frozenset would swallow a repeated item silently.
    items = list(items)
    unique = _set(items)
    if len(unique) != len(items):
        twice = next(item for item in items if items.count(item) > 1)
        raise BallotError(f"item {twice!r} is named twice", twice)
    return unique
