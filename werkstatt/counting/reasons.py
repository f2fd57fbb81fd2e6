"""Facts behind a sentence: which comparison, chain or step put one item above another.

All of it is read from a stored `FullOutcome`, so that a reason can be given years later without the
ballots. Votes are those of the view per person.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from heapq import heappop, heappush
from typing import Any

from .full import FullOutcome, place_in


@dataclass(frozen=True)
class Duel:
    """One comparison: votes that prefer `a` to `b`, and the other way round."""

    a: int
    b: int
    votes: Fraction
    against: Fraction


def duel(full: FullOutcome, a: int, b: int) -> Duel:
    """The comparison of two items per person; `KeyError` if only places are stored."""
    person = full.data["person"]
    unit = person["denominator"]
    return Duel(a, b, Fraction(person["matrix"][a][b], unit), Fraction(person["matrix"][b][a], unit))


def lost(full: FullOutcome, item: int) -> list[Duel]:
    """The comparisons `item` lost, the opponent first, the clearest first."""
    votes = full.data["person"]["matrix"]
    others = [other for other in range(full.n_items) if votes[other][item] > votes[item][other]]
    others.sort(key=lambda other: (votes[item][other] - votes[other][item], other))
    return [duel(full, other, item) for other in others]


def drawn(full: FullOutcome, item: int) -> list[int]:
    """The items `item` tied with."""
    votes = full.data["person"]["matrix"]
    return [
        other for other in range(full.n_items) if other != item and votes[other][item] == votes[item][other]
    ]


def weighs(full: FullOutcome, one: Duel) -> Fraction:
    """The strength of a majority: its margin, or its votes."""
    return one.votes if full.data["strength"] == "winning-votes" else one.votes - one.against


def chain(full: FullOutcome, a: int, b: int) -> list[Duel]:
    """The strongest path of majorities from `a` to `b`, the shortest of these; empty if there is none."""
    votes = full.data["person"]["matrix"]
    by_votes = full.data["strength"] == "winning-votes"
    # item -> (minus the weakest strength, length, path); the next to settle has the strongest path,
    # as in Dijkstra's scheme, and no path found later can be better.
    settled: dict[int, list[int]] = {}
    open_paths: list[tuple[float, int, list[int]]] = [(float("-inf"), 0, [a])]
    while open_paths and b not in settled:
        minus, length, path = heappop(open_paths)
        item = path[-1]
        if item in settled:
            continue
        settled[item] = path
        for other, forward in enumerate(votes[item]):
            back = votes[other][item]
            if forward > back and other not in settled:
                force = forward if by_votes else forward - back
                heappush(open_paths, (max(minus, -force), length + 1, [*path, other]))
    path = settled.get(b, [])
    return [duel(full, one, next_one) for one, next_one in zip(path, path[1:], strict=False)]


def weakest(full: FullOutcome, path: list[Duel]) -> Duel:
    """The weakest majority of a path that is not empty."""
    return min(path, key=lambda link: weighs(full, link))


def separating_step(full: FullOutcome, a: int, b: int) -> dict[str, Any] | None:
    """The tie step of the leading view after which `a` and `b` stood apart, or None."""
    for step in full.view(full.leading)["steps"]:
        if "parts" not in step or a not in step["items"] or b not in step["items"]:
            continue
        if not any(a in part and b in part for part in step["parts"]):
            return step
    return None


def same_tier(full: FullOutcome, a: int, b: int) -> bool:
    """Whether the method itself left the two equal in the leading view."""
    return any(a in tier and b in tier for tier in full.view(full.leading)["tiers"])


def ahead_with_fewer_wins(full: FullOutcome, item: int) -> list[int]:
    """Items on a better place than `item` that won fewer comparisons, the best place first."""
    wins = full.data["person"]["wins"]
    place = full.place_of(item)[0]
    better = [other for first, _, items in full.places if first < place for other in items]
    return [other for other in better if wins[other] < wins[item]]


def same_in_all_methods(full: FullOutcome) -> list[tuple[int, int]]:
    """Runs (first, last) of neighbouring places that hold the same items in all four methods."""
    tables = [table["places"] for table in full.data["methods"]["tables"].values()]
    shared = set.intersection(*({(first, last, tuple(items)) for first, last, items in t} for t in tables))
    runs: list[list[int]] = []
    for first, last, _ in sorted(shared):
        if runs and runs[-1][1] == first - 1:
            runs[-1][1] = last
        else:
            runs.append([first, last])
    return [(first, last) for first, last in runs]


def groups_ahead(full: FullOutcome, a: int, b: int) -> list[str]:
    """The groups in which `a` stands before `b`."""
    return [
        group["name"]
        for group in full.data["groups"]
        if place_in(group["places"], a)[1] < place_in(group["places"], b)[0]
    ]


@dataclass(frozen=True)
class TopList:
    """The first places: `items` in order, and the groups of the firmness that the end cuts."""

    items: list[int]
    cut_group: list[int]


def top_list(full: FullOutcome, k: int) -> TopList:
    """The items on the first `k` places; a tie across the line is taken in whole.

    `cut_group` holds the group whose members stand on both sides of the line, if there is one.
    """
    items = [item for first, _, tied in full.places if first <= k for item in tied]
    inside = set(items)
    for group in full.data.get("stability", {}).get("groups", ()):
        if inside & set(group) and set(group) - inside:
            return TopList(items, list(group))
    return TopList(items, [])
