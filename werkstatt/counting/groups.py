"""Which sectors may be shown apart: nobody's ranking can be told from a group of five or more."""

from __future__ import annotations

from collections.abc import Mapping

MINIMUM = 5


def join_small(counts: Mapping[str, int], minimum: int = MINIMUM) -> list[tuple[str, ...]]:
    """Join sectors until each group has at least `minimum` ballots.

    `counts`: ballots that rank something, by sector. While a group is too small, the smallest joins
    the next smallest. Returns tuples of sector names, in alphabetical order; an empty list if only
    one group would be left, since that group is the total and any figure for it beside the total
    would be about nobody or about the rest. Sectors without a ballot are left out. The groups
    partition the ballots, so that the total minus any groups is itself a union of groups or nobody.

    Ties between groups of one size are decided by name, so the answer depends on nothing else.
    `ValueError` for a negative count.

    >>> join_small({"industry": 30, "science": 3, "administration": 12})
    [('administration', 'science'), ('industry',)]
    >>> join_small({"industry": 30, "science": 3})
    []
    """
    if any(count < 0 for count in counts.values()):
        raise ValueError("a sector cannot have fewer than no ballots")
    groups = sorted((count, (name,)) for name, count in counts.items() if count)
    while len(groups) > 1 and groups[0][0] < minimum:
        (small, names), (next_small, others), *larger = groups
        groups = sorted([(small + next_small, tuple(sorted(names + others))), *larger])
    if len(groups) < 2:
        return []
    return sorted(names for _, names in groups)


def label(names: tuple[str, ...]) -> str:
    """The name of a group: "A + B"."""
    return " + ".join(names)
