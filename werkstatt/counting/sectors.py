"""The sectors' views: each sector the same weight, each sector alone, and where they differ."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction
from itertools import compress
from math import lcm

import numpy as np

from .ballots import Ranking
from .groups import label
from .outcome import Case, Place
from .profile import Profile, most_weight

CAP = 5


def balanced_weights(sizes: Sequence[int]) -> list[Fraction]:
    """The weight of one ballot of each group: N / (G n_g), so that all groups weigh the same.

    `sizes`: ballots in each of the G groups, all positive; N is their sum. The weights of all
    ballots add up to N again.

    >>> [str(weight) for weight in balanced_weights([30, 15])]
    ['3/4', '3/2']
    """
    total = sum(sizes)
    return [Fraction(total, len(sizes) * size) for size in sizes]


def within_cap(sizes: Sequence[int], cap: int = CAP) -> bool:
    """Whether no ballot weighs more than `cap` times another one."""
    return max(sizes) <= cap * min(sizes)


def smallest_units(sizes: Sequence[int]) -> list[int]:
    """The balanced weights as the smallest whole numbers in the same ratio.

    >>> smallest_units([1009, 2018])
    [2, 1]
    """
    together = lcm(*sizes)
    return [together // size for size in sizes]


class Sectors:
    """The ballots of a profile by group.

    `groups`: tuples of sector names, as `join_small` returns them; every ballot that ranks something
    must belong to one. `members`: for each group a bool array (n_ballots,). `sizes`: its ballots.
    `cases`: each group alone.
    """

    def __init__(self, profile: Profile, groups: Sequence[tuple[str, ...]]):
        self.groups = [tuple(names) for names in groups]
        owner = {name: number for number, names in enumerate(self.groups) for name in names}
        of_name = np.array([owner.get(name, -1) for name in profile.names] + [-1], dtype=np.int64)
        self.index = of_name[profile.groups]
        if (self.index < 0).any():
            raise ValueError("a ballot that ranks something belongs to no group")
        self.members = [self.index == number for number in range(len(self.groups))]
        self.sizes = [int(chosen.sum()) for chosen in self.members]
        if 0 in self.sizes:
            raise ValueError("a group has no ballot")
        self.cases = [Case.of(profile.part(chosen)) for chosen in self.members]
        if not any(isinstance(ballot, Ranking) for ballot in profile.ballots):
            # Approval and score are not counted from the matrix, so their ballots go along.
            said = [ballot for ballot in profile.ballots if ballot.says_something]
            for case, chosen in zip(self.cases, self.members, strict=True):
                case.ballots = tuple(compress(said, chosen))

    @property
    def units(self) -> list[int]:
        """For each group the whole weight of one ballot in the balanced view."""
        return smallest_units(self.sizes)

    @property
    def labels(self) -> list[str]:
        return [label(names) for names in self.groups]

    @property
    def may_lead(self) -> bool:
        """Whether the balanced view keeps the cap."""
        return within_cap(self.sizes)

    def balanced(self) -> Case:
        """All ballots, weighted so that the groups weigh the same; exact.

        Only the ratio of weights decides, so they are the smallest whole numbers in that ratio. Where
        a figure could leave 64 bits nevertheless, the matrix holds Python's own integers, which are
        slower and have no end.
        """
        units = self.units
        heaviest = sum(case.weight * unit for case, unit in zip(self.cases, units, strict=True))
        kind = np.int64 if heaviest <= most_weight(self.cases[0].n_items) else object
        matrix = sum(case.matrix.astype(kind) * unit for case, unit in zip(self.cases, units, strict=True))
        ballots = tuple(
            replace(ballot, weight=ballot.weight * unit)
            for case, unit in zip(self.cases, units, strict=True)
            for ballot in case.ballots
        )
        return Case(matrix, heaviest, self.cases[0].denominator, ballots)


def contested(places: Sequence[Sequence[Place]], n_items: int) -> list[int]:
    """Items whose places in the groups differ by more than a third of the list.

    `places`: for each group the places of all items. A shared place counts as its middle.
    """
    middles = [[0] * n_items for _ in places]  # doubled
    for group, found in zip(middles, places, strict=True):
        for first, last, items in found:
            for item in items:
                group[item] = first + last
    if len(middles) < 2:
        return []
    spread = [max(column) - min(column) for column in zip(*middles, strict=True)]
    return [item for item in range(n_items) if 3 * spread[item] > 2 * n_items]
