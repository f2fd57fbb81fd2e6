"""Everything one round says, as one value that can be stored and read without the ballots.

What is stored says nothing about fewer than five people. Where fewer have an opinion on both items of any
pair, there are places only: with the pair's own cells left out, sums and paths would still tell it. Groups have places only. The balanced view
has places only as well: with its matrix beside the matrix per person, the pair counts of two
groups could be worked out.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import compress
from typing import Any

import numpy as np

from .agreement import bands, common_ground, kendall_w, van_der_eijk
from .ballots import Ballot
from .chains import Chains
from .counts import decide
from .groups import MINIMUM, join_small
from .outcome import Case, Outcome, Place, plain
from .profile import Profile
from .sectors import Sectors, balanced_weights, contested
from .stability import RESAMPLES, stability

CLEAREST = 8  # overruled majorities that are told one by one
BESIDE = ("schulze", "ranked-pairs", "copeland", "borda")
VERSION = 1


@dataclass(frozen=True)
class FullOutcome:
    """The outcome of a round; `data` is plain and complete, the properties only read it.

    Keys of `data`: version, n_items, method, strength, ballots (that rank something), abstentions,
    places_only, kinds (of ballots), leading ("person" or "sector", after the cap), asked_leading, person, and unless
    `places_only`: balanced (or None), balanced_may_lead, groups, methods, stability, agreement,
    contested, rest; and where the sectors' view leads a list of Schulze's, beyond_pairs.
    """

    data: dict[str, Any]

    def to_json(self) -> dict[str, Any]:
        """dict, list, int, float, str, bool and None only; fractions as strings."""
        return self.data

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> FullOutcome:
        """The same outcome again; `ValueError` for a version this code does not know."""
        if data.get("version") != VERSION:
            raise ValueError(f"an outcome of version {data.get('version')!r} cannot be read")
        return cls(data)

    @property
    def n_items(self) -> int:
        return self.data["n_items"]

    @property
    def leading(self) -> str:
        """ "person" or "sector": whose places are the result."""
        return self.data["leading"]

    @property
    def kinds(self) -> list[str]:
        """Of the ballots that say something: "approval", "ranking", "score"; rankings where it is not stored."""
        return self.data.get("kinds") or ["ranking"]

    @property
    def by_votes(self) -> bool:
        """Whether the strength of a majority is its votes, not its lead."""
        return self.data["strength"] == "winning-votes"

    @property
    def places_only(self) -> bool:
        """Fewer than five ballots say something about a pair: there is nothing beside the places."""
        return self.data["places_only"]

    @cached_property
    def force(self) -> np.ndarray:
        """int64 (n, n): strength of row's majority over column in the view per person."""
        return Case(np.array(self.data["person"]["matrix"]), 0).strength(self.data["strength"])

    @cached_property
    def paths(self) -> np.ndarray:
        """int64 (n, n): Schulze's strongest paths in the view per person; `KeyError` for other methods."""
        return np.array(self.data["person"]["figures"]["paths"])

    @cached_property
    def chains(self) -> Chains:
        """The chains of majorities behind `paths`; `KeyError` for other methods."""
        return Chains(self.force, self.paths)

    @cached_property
    def beyond_pairs(self) -> dict[tuple[int, int], list[int]]:
        """Where the sectors lead a list of Schulze's: for a pair (upper, lower) whose own majority does not
        decide, the chain that does, or [] if their paths are equally strong."""
        stored = self.data["beyond_pairs"]
        chains = {(found[0], found[-1]): found for found in stored["chains"]}
        return chains | {(upper, lower): [] for upper, lower in stored["level"]}

    @cached_property
    def places(self) -> tuple[Place, ...]:
        """The result: (first place, last place, items), best first."""
        return as_places(self.view(self.leading)["places"])

    @cached_property
    def tier_of(self) -> dict[int, int]:
        """For each item the number of its tier in the leading view, the best being 0."""
        tiers = self.view(self.leading)["tiers"]
        return {item: number for number, tier in enumerate(tiers) for item in tier}

    def view(self, name: str) -> dict[str, Any]:
        """The data of the view "person" or "sector"; `KeyError` if there is no balanced view."""
        view = self.data["person"] if name == "person" else self.data.get("balanced")
        if view is None:
            raise KeyError(name)
        return view

    def place_of(self, item: int, view: str | None = None) -> tuple[int, int]:
        """(first, last) place of `item` in the leading view, or in "person" or "sector"."""
        return place_in(self.view(view)["places"] if view else self.places, item)

    def group_places(self, item: int) -> list[tuple[str, int, int]]:
        """(name of the group, first place, last place) of `item`, group by group."""
        return [(group["name"], *place_in(group["places"], item)) for group in self.data.get("groups", ())]

    @property
    def recounted_by(self) -> str:
        """The method by which the resamples were counted, mostly that of the list itself."""
        return self.data["stability"].get("method", "schulze")

    def span(self, item: int) -> tuple[int, int] | None:
        """The places between which `item` stood in nine of ten resamples, its own place included."""
        found = self.data.get("stability")
        return tuple(found["spans"][item]) if found else None


def as_places(stored: Sequence[Sequence[Any]]) -> tuple[Place, ...]:
    return tuple((first, last, tuple(items)) for first, last, items in stored)


def place_in(stored: Sequence[Sequence[Any]], item: int) -> tuple[int, int]:
    for first, last, items in stored:
        if item in items:
            return first, last
    raise IndexError(f"item {item} is not on the list")


def full_outcome(
    ballots: Iterable[Ballot],
    n_items: int,
    groups: Sequence[tuple[str, ...]] | None = None,
    leading: str = "person",
    seed: int = 0,
    method: str = "schulze",
    strength: str = "margins",
    resamples: int = RESAMPLES,
    top_k: int = 5,
) -> FullOutcome:
    """Count a round with all its views.

    `groups`: tuples of sector names as `join_small` returns them, an empty sequence for none; None
    joins the ballots' own groups. A ballot's `group` is a sector's name. `leading`: "person" or
    "sector"; the sectors' view leads only if there are groups and their weights keep the cap.
    `seed`: of the resamples. `top_k`: whose chance to be among the first k is given.
    Raises `BallotError`, `MethodError`, and `ValueError` for an unknown leading view.
    """
    if leading not in ("person", "sector"):
        raise ValueError(f"unknown leading view {leading!r}")
    ballots = tuple(ballots)
    profile = Profile.from_ballots(ballots, n_items)
    case = Case.of(profile)
    outcome = decide(case, method, strength, ballots=profile.n_ballots, abstentions=profile.abstentions)
    head = {
        "version": VERSION,
        "n_items": n_items,
        "method": method,
        "strength": strength,
        "ballots": profile.n_ballots,
        "abstentions": profile.abstentions,
        "asked_leading": leading,
        "kinds": sorted({type(ballot).__name__.lower() for ballot in ballots if ballot.says_something}),
    }
    if profile.fewest_opinions() < MINIMUM:
        return FullOutcome(
            head | {"places_only": True, "leading": "person", "person": {"places": plain(outcome.places)}}
        )
    if groups is None:
        counts = {name: int((profile.groups == number).sum()) for number, name in enumerate(profile.names)}
        # Someone without a sector would be the difference between the total and the groups.
        groups = join_small(counts) if (profile.groups >= 0).all() else []
    sectors = Sectors(profile, groups) if groups else None
    if sectors and min(sectors.sizes) < MINIMUM:
        raise ValueError(f"a group has fewer than {MINIMUM} ballots")
    # A group's own list would be that of the few in it who say something about two items.
    told = [profile.part(mine).fewest_opinions() >= MINIMUM for mine in sectors.members] if sectors else []
    if sum(told) < 2:
        sectors, told = None, []
    balanced = decide(sectors.balanced(), method, strength) if sectors else None
    lead = "sector" if leading == "sector" and sectors and sectors.may_lead else "person"
    apart = [decide(part, method, strength) for part in compress(sectors.cases, told)] if sectors else []
    shown = balanced if lead == "sector" else outcome
    strata = {}
    if lead == "sector":
        strata = {"strata": sectors.index, "stratum_units": sectors.units}
    firmness = stability(
        profile, shown.places, seed, resamples, top_k, strength=strength, method=method, **strata
    )
    led = sectors.balanced() if lead == "sector" else case
    beside = {name: shown if name == method else decide(led, name, strength) for name in BESIDE}
    top, bottom = common_ground([one.places for one in apart], n_items)
    data = head | {
        "places_only": False,
        "leading": lead,
        "person": _stored(outcome),
        "balanced": _ranks_only(balanced) if balanced else None,
        "balanced_may_lead": bool(sectors and sectors.may_lead),
        "groups": _stored_groups(sectors, told, apart) if sectors else [],
        "methods": _methods(beside, lead),
        "stability": {
            "seed": seed,
            "resamples": resamples,
            "method": firmness.method,
            "spans": plain(firmness.spans),
            "top_k": top_k,
            "top": list(firmness.top),
            "groups": plain(firmness.groups),
        },
        "agreement": {
            "kendall_w": kendall_w(profile),
            "van_der_eijk": [van_der_eijk(row) for row in bands(profile).tolist()],
            "common_top": top,
            "common_bottom": bottom,
        },
        "contested": contested([one.places for one in apart], n_items),
        "rest": _other_way(profile, sectors if lead == "sector" else None, shown, method, strength),
    }
    if lead == "sector" and method == "schulze":
        data["beyond_pairs"] = _beyond_pairs(led, shown, overruled(case.strength(strength), shown.places))
    return FullOutcome(data)


def _stored(outcome: Outcome) -> dict[str, Any]:
    data = outcome.to_json()
    data["borda_x2"] = plain(Case(outcome.matrix, 0).borda_x2)
    return data


def _ranks_only(outcome: Outcome) -> dict[str, Any]:
    """Places and which tie step separated whom, without a number that pair counts follow from."""
    steps = [
        {"step": step["step"], "items": step["items"], "parts": step["parts"]}
        for step in outcome.steps
        if "parts" in step
    ]
    return {
        "tiers": plain(outcome.tiers),
        "places": plain(outcome.places),
        "steps": plain(steps),
        "order_dependent": outcome.order_dependent,
    }


def overruled(force: np.ndarray, places: Sequence[Place]) -> list[tuple[int, int]]:
    """Majorities [winner, loser] that the places turn round, the strongest first."""
    first = np.empty(len(force), dtype=np.int64)
    for top, _, items in places:
        first[list(items)] = top
    pairs = map(tuple, np.argwhere((force > 0) & (first[:, None] > first)).tolist())
    return sorted(pairs, key=lambda pair: (-force[pair], pair))


def _beyond_pairs(case: Case, outcome: Outcome, turned: Sequence[tuple[int, int]]) -> dict[str, Any]:
    """What Schulze's order says beyond each pair's own comparison, in items, without a number.

    For pairs of different tiers: "chains", the strongest path from the upper item to the lower one if
    their own majority does not decide; "level", the pairs [upper, lower] with equally strong paths.
    For all others of different tiers the majority of the pair itself is stronger than any way back.
    "back": of the clearest in `turned`, majorities per person that the list turns round, those that are
    majorities here as well although the paths are equally strong, each with the path from the loser.
    """
    force, paths = case.strength(outcome.strength), outcome.figures["paths"]
    tier = np.empty(case.n_items, dtype=np.int64)
    for number, items in enumerate(outcome.tiers):
        tier[list(items)] = number
    apart = (tier[:, None] < tier) & (force <= paths.T)
    ahead = paths > paths.T
    chains = Chains(force, paths)
    return {
        "chains": [chains.between(a, b) for a, b in np.argwhere(apart & ahead).tolist()],
        "level": np.argwhere(apart & ~ahead).tolist(),
        "back": [
            chains.between(loser, winner)
            for winner, loser in turned[:CLEAREST]
            if force[winner, loser] > 0 and paths[winner, loser] == paths[loser, winner]
        ],
    }


def _stored_groups(sectors: Sectors, told: Sequence[bool], apart: Sequence[Outcome]) -> list[dict[str, Any]]:
    weights = balanced_weights(sectors.sizes)
    facts = zip(sectors.labels, sectors.groups, sectors.sizes, weights, strict=True)
    rows = ((*known, outcome) for known, outcome in zip(compress(facts, told), apart, strict=True))
    return [
        {
            "name": name,
            "sectors": list(names),
            "ballots": size,
            "weight": str(weight),
            "tiers": plain(outcome.tiers),
            "places": plain(outcome.places),
        }
        for name, names, size, weight, outcome in rows
    ]


def _methods(beside: dict[str, Outcome], view: str) -> dict[str, Any]:
    return {
        "view": view,
        "tables": {
            name: {
                "tiers": plain(outcome.tiers),
                "places": plain(outcome.places),
                "order_dependent": outcome.order_dependent,
            }
            for name, outcome in beside.items()
        },
    }


def _other_way(
    profile: Profile, sectors: Sectors | None, shown: Outcome, method: str, strength: str
) -> dict[str, Any] | None:
    """Places if every ballot's rest were read the other way; None if no ballot leaves a rest.

    "readings": how the ballots have it read, see `Profile.readings`.
    """
    other = profile.turned()
    if other is None:
        return None
    case = Sectors(other, sectors.groups).balanced() if sectors else Case.of(other)
    places = decide(case, method, strength).places
    before = {item: (first, last) for first, last, items in shown.places for item in items}
    after = {item: (first, last) for first, last, items in places for item in items}
    moved = [item for item in range(profile.n_items) if before[item] != after[item]]
    return {"places": plain(places), "moved": moved, "readings": profile.readings()}
