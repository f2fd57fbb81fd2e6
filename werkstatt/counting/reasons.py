"""Facts behind a sentence: which comparison, chain or step put one item above another.

All of it is read from a stored `FullOutcome`, so that a reason can be given years later without the
ballots. Votes are those of the view per person. Of the sectors' view no figure is stored, because
together with the figures per person it would give away the votes of single groups.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from .full import FullOutcome
from .full import overruled as turned_round


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


def beaten_by(full: FullOutcome, item: int) -> list[int]:
    """The items to which `item` lost its comparison, the clearest first."""
    votes = full.data["person"]["matrix"]
    others = [other for other in range(full.n_items) if votes[other][item] > votes[item][other]]
    return sorted(others, key=lambda other: (votes[item][other] - votes[other][item], other))


def lost(full: FullOutcome, item: int) -> list[Duel]:
    """The comparisons `item` lost, the opponent first, the clearest first."""
    return [duel(full, other, item) for other in beaten_by(full, item)]


def drawn(full: FullOutcome, item: int) -> list[int]:
    """The items `item` tied with."""
    votes = full.data["person"]["matrix"]
    return [
        other for other in range(full.n_items) if other != item and votes[other][item] == votes[item][other]
    ]


def chain(full: FullOutcome, a: int, b: int) -> list[Duel]:
    """The shortest of the strongest paths of majorities from `a` to `b`; empty if there is none."""
    return duels(full, full.chains.between(a, b))


def duels(full: FullOutcome, items: list[int]) -> list[Duel]:
    """The comparisons of neighbours in a chain of items."""
    return [duel(full, one, next_one) for one, next_one in zip(items, items[1:], strict=False)]


def path_strength(full: FullOutcome, a: int, b: int) -> Fraction:
    """The strength of the weakest majority on the strongest path from `a` to `b`; 0 if there is none."""
    return Fraction(int(full.paths[a, b]), full.data["person"]["denominator"])


@dataclass(frozen=True)
class Ahead:
    """Why one item stands above another in the leading view, as far as the figures of that view say.

    `kind`: "majority" (its own, stronger than any way back), "chain" (majorities one after another,
    the weakest stronger than the way back), "stage" (neither; but another item, level with the upper
    one, stands above the lower one), "left out" (Ranked Pairs left out the majority the other way, because of
    majorities at least as strong), "step" (level, and a tie step decided), "method" (another method, or one
    whose reasons are not stored). `chain`: the items from the upper one, or for "stage" from that other
    item, to the lower one. `step`: the log entry of the tie step.
    """

    kind: str
    chain: tuple[int, ...] = ()
    step: dict[str, Any] | None = None


def ahead(full: FullOutcome, a: int, b: int) -> Ahead:
    """Why `a` stands above `b`, which must be so."""
    if same_tier(full, a, b):
        step = separating_step(full, a, b)
        return Ahead("step", step=step) if step else Ahead("method")
    if not _has_paths(full):
        way = left_out(full).get((b, a))
        return Ahead("method") if way is None else Ahead("left out", way)
    found = _relation(full, a, b)
    if found:
        return Ahead("majority" if len(found) == 2 else "chain", tuple(found))
    tier = full.view(full.leading)["tiers"][full.tier_of[a]]
    ways = [way for way in (_relation(full, other, b) for other in tier if other != a) if way]
    return Ahead("stage", tuple(min(ways, key=len)))


def _has_paths(full: FullOutcome) -> bool:
    if full.data["method"] != "schulze":
        return False
    return full.leading == "person" or "beyond_pairs" in full.data


def _relation(full: FullOutcome, a: int, b: int) -> list[int]:
    """For items of different tiers in Schulze's order: the chain by which `a` stands above `b`, or [].

    The chain is the pair itself where its own majority is enough.
    """
    if full.leading == "person":
        if full.force[a, b] > full.paths[b, a]:
            return [a, b]
        return full.chains.between(a, b) if full.paths[a, b] > full.paths[b, a] else []
    return full.beyond_pairs.get((a, b), [a, b])


def overruled(full: FullOutcome) -> list[tuple[int, int]]:
    """Majorities per person, as (winner, loser), that the list turns round, the clearest first.

    Of Schulze's lists and Ranked Pairs', since other methods do not set majorities against one another pair
    by pair. Of the latter those that the method itself leaves out.
    """
    return turned_round(full.force, full.places) if _has_paths(full) else list(left_out(full))


def left_out(full: FullOutcome) -> dict[tuple[int, int], tuple[int, ...]]:
    """Majorities (winner, loser) that Ranked Pairs left out, each with the chain from loser to winner.

    The chain is empty where equal majorities leave several. Empty for other methods, and where the sectors lead,
    of whose majorities no log is stored.
    """
    if full.data["method"] != "ranked-pairs" or full.leading != "person":
        return {}
    steps = full.data["person"]["steps"]
    return {(s["winner"], s["loser"]): tuple(s["chain"]) for s in steps if s["step"] == "overruled"}


def way_back(full: FullOutcome, upper: int, lower: int) -> list[int]:
    """Where the sectors lead: majorities from `upper` to `lower`, each at least as strong as that the other way.

    Empty if there is none the other way, or if these are stronger, which `ahead` says.
    """
    found = full.data.get("beyond_pairs", {}).get("back", ())
    return next((items for items in found if (items[0], items[-1]) == (upper, lower)), [])


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
    return full.tier_of[a] == full.tier_of[b]


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
