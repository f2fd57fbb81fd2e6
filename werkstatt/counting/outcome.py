"""What every method is given and what every count returns."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from fractions import Fraction
from functools import cached_property
from random import Random
from typing import Any

import numpy as np

from .ballots import Ballot
from .profile import Profile

STRENGTHS = ("margins", "winning-votes")
_PLAIN = {int, str, bool, float}

Tiers = tuple[tuple[int, ...], ...]
Place = tuple[int, int, tuple[int, ...]]


class MethodError(ValueError):
    """A method that cannot be applied: unknown, wrong kind of ballot, or too many items."""


@dataclass
class Case:
    """What a method decides from.

    `matrix`: int64 (n, n), votes for row over column, numerators over `denominator`; Python's own
    integers where 64 bits would not do. `weight`: weight of the ballots that rank something, over the same denominator.
    `ballots`: the ballots themselves, for the methods that a matrix is not enough for.
    """

    matrix: np.ndarray
    weight: int
    denominator: int = 1
    ballots: tuple[Ballot, ...] = ()

    @classmethod
    def of(cls, profile: Profile) -> Case:
        return cls(profile.matrix, profile.weight, profile.denominator, profile.ballots)

    @property
    def n_items(self) -> int:
        return len(self.matrix)

    @cached_property
    def margins(self) -> np.ndarray:
        """int64 (n, n): votes for row over column minus votes for column over row."""
        return self.matrix - self.matrix.T

    @cached_property
    def wins(self) -> np.ndarray:
        """int64 (n,): pairs won."""
        return np.count_nonzero(self.margins > 0, axis=1)

    @cached_property
    def losses(self) -> np.ndarray:
        """int64 (n,): pairs lost."""
        return np.count_nonzero(self.margins < 0, axis=1)

    @cached_property
    def copeland_x2(self) -> np.ndarray:
        """int64 (n,): twice the Copeland score, 2 for a pair won and 1 for a tied one."""
        return self.wins - self.losses + (self.n_items - 1)

    @cached_property
    def borda_x2(self) -> np.ndarray:
        """int64 (n,): twice the averaged Borda points over `denominator`.

        A ballot gives an item one point for each item below it and half a point for each item it
        does not compare with it. Summed over ballots that is ((n-1) * ballots + margins) / 2.
        """
        return (self.n_items - 1) * self.weight + self.margins.sum(axis=1)

    def strength(self, name: str) -> np.ndarray:
        """int64 (n, n): strength of row's majority over column, 0 where there is none."""
        if name not in STRENGTHS:
            raise MethodError(f"unknown strength {name!r}, known are {', '.join(STRENGTHS)}")
        votes = self.margins if name == "margins" else self.matrix
        return np.where(self.margins > 0, votes, 0)


@dataclass
class Verdict:
    """A method's answer: tiers best first, its figures, its steps in order."""

    tiers: Tiers
    figures: dict[str, Any] = field(default_factory=dict)
    steps: list[dict[str, Any]] = field(default_factory=list)
    order_dependent: bool = False


@dataclass(frozen=True)
class Method:
    """A line of METHODS: the function, and the class of ballots it needs; None if a matrix is enough.

    `places`: what makes places of the tiers, as `tiesteps.separate`; None for that itself.
    """

    decide: Callable[[Case, str], Verdict]
    ballots: type[Ballot] | None = None
    places: Callable[[Case, Tiers, Random | None], tuple[tuple[Place, ...], list[dict]]] | None = None

    def __call__(self, case: Case, strength: str = "margins") -> Verdict:
        return self.decide(case, strength)


@dataclass
class Outcome:
    """One count.

    `tiers`: the method's own, best first, item indices. `places`: after the tie steps, a tuple of
    (first place, last place, items); first < last is a shared place. `matrix`: int64 (n, n), votes
    for row over column over `denominator`. `figures`: what the method computed. `steps`: the
    method's steps, then the tie steps, each a dict with "step". `wins`, `losses`, `ties`: pairs an
    item won, lost and tied. `order_dependent`: the result would change with the order in which
    equal pairs (or equal candidates) are taken. `ballots`, `abstentions`: how many of each.
    """

    method: str
    strength: str
    tiers: Tiers
    places: tuple[Place, ...]
    matrix: np.ndarray
    figures: dict[str, Any]
    steps: list[dict[str, Any]]
    order_dependent: bool
    wins: tuple[int, ...]
    losses: tuple[int, ...]
    ties: tuple[int, ...]
    denominator: int = 1
    ballots: int | None = None
    abstentions: int = 0

    @cached_property
    def _place(self) -> dict[int, tuple[int, int]]:
        return {item: (first, last) for first, last, items in self.places for item in items}

    def place_of(self, item: int) -> tuple[int, int]:
        """(first, last) place of `item`, counted from 1; equal unless the place is shared."""
        return self._place[item]

    def to_json(self) -> dict[str, Any]:
        """Only dict, list, int, str and bool; fractions as strings."""
        return {
            "method": self.method,
            "strength": self.strength,
            "tiers": plain(self.tiers),
            "places": plain(self.places),
            "matrix": plain(self.matrix),
            "denominator": self.denominator,
            "figures": plain(self.figures),
            "steps": plain(self.steps),
            "order_dependent": self.order_dependent,
            "wins": list(self.wins),
            "losses": list(self.losses),
            "ties": list(self.ties),
            "ballots": self.ballots,
            "abstentions": self.abstentions,
        }


def plain(value: Any) -> Any:
    """`value` in JSON's own types; a fraction becomes a string such as "3/4"."""
    # In order of frequency, because a full outcome has ten thousands of values.
    if type(value) in _PLAIN:
        return value
    if isinstance(value, (tuple, list)):
        return list(value) if set(map(type, value)) <= _PLAIN else [plain(inner) for inner in value]
    if isinstance(value, dict):
        return {str(key): plain(inner) for key, inner in value.items()}
    if isinstance(value, np.ndarray):
        return value.tolist()
    if isinstance(value, np.generic):
        return value.item()
    if isinstance(value, (set, frozenset)):
        return sorted(plain(inner) for inner in value)
    return str(value) if isinstance(value, Fraction) else value


def peel(above: np.ndarray) -> Tiers:
    """Tiers of a relation: first all items nobody is above, then the same among the others.

    `above`: bool (n, n), row stands above column; it must have no cycle.

    >>> peel(np.array([[0, 1, 1], [0, 0, 0], [0, 0, 0]], dtype=bool))
    ((0,), (1, 2))
    """
    over = np.count_nonzero(above, axis=0)
    if (above == (over[:, None] < over)).all():
        # Nearly always every item stands above all items of the later tiers: no need to search.
        return tiers_by((-over).tolist())
    left = np.ones(len(above), dtype=bool)
    tiers = []
    while left.any():
        free = left & (over == 0)
        if not free.any():
            raise ValueError("the relation has a cycle")
        tiers.append(tuple(np.flatnonzero(free).tolist()))
        left &= ~free
        over = over - above[free].sum(axis=0)
    return tuple(tiers)


def tiers_by(values) -> Tiers:
    """Tiers of items by a value each, the largest first; equal values share a tier.

    >>> tiers_by([3, 5, 3])
    ((1,), (0, 2))
    """
    together: dict[Any, list[int]] = {}
    for item, value in enumerate(values):
        together.setdefault(value, []).append(item)
    return tuple(tuple(together[value]) for value in sorted(together, reverse=True))
