"""Phragmén's sequential method."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import islice
from math import gcd
from random import Random

import numpy as np

from .approval import approvals
from .outcome import Case, Place, Tiers, Verdict, peel
from .tiesteps import separate

Run = tuple[frozenset[int], ...]  # what it takes, in order; items of one set in any order
_BUDGET = 256  # runs side by side that are followed to their ends


def phragmen(case: Case, strength: str = "margins") -> Verdict:
    """Items are taken one by one so that the load on their supporters stays as even as possible.

    Definition: every item taken brings one unit of load, shared by those who approve of it so that
    all of them end with the same load. Next comes the item whose supporters would end with the
    least. So a large group does not take all the first places: its load is already high. Items
    nobody approves of form the last tier. `strength` plays no part.

    Equal candidates: every choice among them is a run of its own, and the tiers come from all runs.
    An item stands above another if no run takes it at a larger load and some run at a smaller one;
    the tiers are found by repeatedly taking those that nobody stands above, and two that some run
    takes the other way round are one. So no run contradicts the tiers, and no part of a tier comes
    before the rest of it in all of them. Places come from the runs that take equal candidates in the order of the tie steps; see
    `phragmen_places`. Unless every run takes the tiers one after
    the other, and lets any item of a tier have any of its places, `order_dependent` is true. With
    more than 256 runs side by side, what they have not taken yet is left equal, and
    `order_dependent` is true.

    Paper: E. Phragmén, "Sur une méthode nouvelle pour réaliser, dans les élections, la
    représentation proportionnelle des partis" (1894); S. Janson, "Phragmén's and Thiele's election
    methods", arXiv:1611.08826.

    Properties: neutral, house monotone, proportional justified representation. Not: Condorcet.

    Errors: `MethodError` unless the ballots are approvals. Figures, all of the run that takes the
    lowest index of equal candidates: "order" (item indices, without those nobody approves of),
    "loads" (the load at each step, fractions), "ties_at_steps" (counted from 1). Steps: of the same
    run, one an item, {"step": "taken", "item", "load", "equal"}.

    Two thirds approve of 0 and 1, one third of 2; after 0 the minority's item is next:

    >>> from werkstatt.counting import Approval, count
    >>> ballots = [Approval({0, 1})] * 4 + [Approval({0})] + [Approval({2})] * 3
    >>> outcome = count(ballots, 3, method="phragmen")
    >>> outcome.figures["order"], [str(load) for load in outcome.figures["loads"]]
    ([0, 2, 1], ['1/5', '1/3', '9/20'])

    Halves: 2 comes first in every run, and beside it 0 or 1, while the other comes last:

    >>> outcome = count([Approval({0, 1}), Approval({2})], 3, method="phragmen")
    >>> outcome.tiers, outcome.order_dependent
    (((2,), (0, 1)), True)
    """
    electorate = _Electorate.of(case)
    run = _lowest(electorate)
    runs, whole = _runs(electorate)
    tiers, firm = _tiers(electorate, runs)
    return Verdict(
        tiers=tiers,
        figures={
            "order": [step["item"] for step in run],
            "loads": [step["load"] for step in run],
            "ties_at_steps": [number for number, step in enumerate(run, 1) if len(step["equal"]) > 1],
        },
        steps=run,
        order_dependent=not (whole and firm),
    )


class _Electorate:
    """Who approves of what: equal ballots together, and by item the numbers of those that approve."""

    def __init__(self, together: dict[frozenset[int], int], n: int, unit: int):
        self.n, self.unit = n, unit  # a load of one is `unit`, because weights are numerators over it
        self.weights = list(together.values())
        self.supporters = [
            tuple(i for i, approved in enumerate(together) if item in approved) for item in range(n)
        ]
        self.weight = [sum(self.weights[i] for i in those) for those in self.supporters]

    @classmethod
    def of(cls, case: Case) -> _Electorate:
        together: dict[frozenset[int], int] = {}
        for approved, weight in approvals(case, "phragmen"):
            together[approved] = together.get(approved, 0) + weight
        return cls(together, case.n_items, case.denominator)

    def start(self) -> _Moment:
        return _Moment(self, [0] * len(self.weights), 1, (None,) * self.n)


@dataclass(frozen=True, eq=False)
class _Moment:
    """A run so far: what each ballot bears (integers over `below`), and at which load items were taken."""

    of: _Electorate
    loads: list[int]
    below: int
    taken: tuple[Fraction | None, ...]

    def left(self) -> list[int]:
        return [item for item in range(self.of.n) if self.of.weight[item] and self.taken[item] is None]

    def next(self) -> tuple[Fraction, list[int]]:
        """The least load at the end, over `below`, and the items whose supporters would end with it."""
        ends = {item: self.end(item) for item in self.left()}
        least = min(ends.values())
        return least, [item for item, end in ends.items() if end == least]

    def end(self, item: int) -> Fraction:
        """The load, over `below`, with which the supporters of `item` would end."""
        borne = sum(self.loads[i] * self.of.weights[i] for i in self.of.supporters[item])
        return Fraction(self.below * self.of.unit + borne, self.of.weight[item])

    def take(self, items: tuple[int, ...], least: Fraction) -> _Moment:
        """Take items that do not hinder each other."""
        scale = least.denominator
        loads = [load * scale for load in self.loads]
        for item in items:
            for i in self.of.supporters[item]:
                loads[i] = least.numerator
        below = self.below * scale
        common = gcd(below, *loads)
        load = least / self.below
        return replace(
            self,
            loads=[number // common for number in loads],
            below=below // common,
            taken=tuple(load if item in items else was for item, was in enumerate(self.taken)),
        )

    def hindered(self, equal: list[int], least: Fraction) -> dict[int, set[int]]:
        """By item those of `equal` that would end with more if it were taken: they share a lighter ballot."""
        lighter = {item: {i for i in self.of.supporters[item] if self.loads[i] < least} for item in equal}
        return {
            item: {other for other in equal if other != item and lighter[item] & lighter[other]}
            for item in equal
        }


def _lowest(electorate: _Electorate) -> list[dict]:
    """The steps of the run that takes the lowest index of equal candidates."""
    moment, steps = electorate.start(), []
    while moment.left():
        least, equal = moment.next()
        moment = moment.take((equal[0],), least)
        steps.append({"step": "taken", "item": equal[0], "load": moment.taken[equal[0]], "equal": equal})
    return steps


def _runs(electorate: _Electorate) -> tuple[list[_Moment], bool]:
    """All runs, and whether they were followed to their ends.

    What is taken at one load is taken in one go: it does not matter in which order, and what a run
    does next depends on the loads at which items were taken alone. Of items with the same supporters
    the lowest index is taken first; the runs that exchange them are not listed.
    """
    runs, ended = {None: electorate.start()}, {}
    while runs:
        further: dict[tuple, _Moment] = {}
        for moment in runs.values():
            if not moment.left():
                ended[moment.taken] = moment
                continue
            least, equal = moment.next()
            first = {electorate.supporters[item]: item for item in reversed(equal)}
            hindered = moment.hindered(sorted(first.values()), least)
            for items in islice(_unhindered((), set(hindered), set(), hindered), _BUDGET + 1):
                after = moment.take(items, least)
                further[after.taken] = after
            if len(further) + len(ended) > _BUDGET:
                return [*ended.values(), *(run for run in runs.values() if run.left())], False
        runs = further
    return list(ended.values()), True


def _unhindered(
    chosen: tuple[int, ...], free: set[int], done: set[int], hindered: dict[int, set[int]]
) -> Iterator[tuple[int, ...]]:
    """Every largest set of items that do not hinder each other (Bron and Kerbosch, 1973)."""
    if not free and not done:
        yield chosen
    if not free:
        return
    near = min((free & (hindered[item] | {item}) for item in free | done), key=len)
    for item in sorted(near):
        yield from _unhindered(
            (*chosen, item), free - hindered[item] - {item}, done - hindered[item], hindered
        )
        free, done = free - {item}, done | {item}


def _tiers(electorate: _Electorate, runs: list[_Moment]) -> tuple[Tiers, bool]:
    """The tiers of all runs, and whether every run keeps to them."""
    n, supporters = electorate.n, electorate.supporters
    loads = sorted({load for run in runs for load in run.taken if load is not None})
    rank = {load: number for number, load in enumerate(loads)}
    rank[None] = len(rank)
    alike = [[other for other in range(n) if supporters[other] == supporters[item]] for item in range(n)]
    # Items nobody approves of come after all those that a run has not taken yet.
    at = np.array([[rank[load] for load in run.taken] for run in runs], dtype=np.int64)
    at[:, [item for item in range(n) if not electorate.weight[item]]] = len(rank)
    first = np.array([at[:, those].min(axis=1) for those in alike]).reshape(n, len(runs))
    last = np.array([at[:, those].max(axis=1) for those in alike]).reshape(n, len(runs))
    never_later = (last[:, None] <= first[None]).all(axis=2)
    sometimes_earlier = (first[:, None] < last[None]).any(axis=2)
    open_ = last == rank[None]
    unknown = (open_[:, None] & open_[None]).any(axis=2)
    same = np.array([[supporters[a] == supporters[b] for b in range(n)] for a in range(n)], dtype=bool)
    tiers = peel(never_later & sometimes_earlier & ~unknown & ~same.reshape(n, n))
    # Peeling can put an item below others that it comes before in some run, or that it is not known of.
    against = (last[:, None] > first[None]).any(axis=2) | unknown
    tiers = _merged(tiers, against)
    return tiers, _firm(tiers, at, first, last, alike)


def _merged(tiers: Tiers, against: np.ndarray) -> Tiers:
    """Tiers with those made one between which `against` (n, n) holds for an upper and a lower item."""
    found, upper = [], []
    for number, tier in enumerate(tiers):
        upper += tier
        lower = [item for later in tiers[number + 1 :] for item in later]
        if not against[np.ix_(upper, lower)].any():
            before = {item for those in found for item in those}
            found.append(tuple(sorted(set(upper) - before)))
    return tuple(found)


def _firm(tiers: Tiers, at: np.ndarray, first: np.ndarray, last: np.ndarray, alike: list[list[int]]) -> bool:
    """Whether every run takes the tiers one after the other, and any item may have any place of its tier."""
    for above, below in zip(tiers, tiers[1:], strict=False):
        if (last[list(above)].max(axis=0) >= first[list(below)].min(axis=0)).any():
            return False
    before = (at[:, None, :] < at[:, :, None]).sum(axis=2)
    level = (at[:, None, :] == at[:, :, None]).sum(axis=2)
    for tier in tiers:
        places = [
            {place for copy in alike[item] for place in zip(before[:, copy], level[:, copy], strict=True)}
            for item in tier
        ]
        if any(other != places[0] for other in places):
            return False
    return True


def phragmen_places(
    case: Case, tiers: Tiers, lot: Random | None = None
) -> tuple[tuple[Place, ...], list[dict]]:
    """Places after the tie steps, and the log; as `tiesteps.separate`, but no place contradicts the runs.

    Where several items would end with the same load, those of the first tier come first, and inside it
    the tie steps say who is taken. What they leave equal is taken in every order: a run each. The
    list is cut wherever all these runs have taken the same items; what lies between two cuts shares its
    places. So the first places up to any cut are the first of a run. Log entries: the tie steps' own with
    "order" instead of "parts" while there is one run, and at the end "shared" for each shared place.
    """
    electorate = _Electorate.of(case)
    log: list[dict] = []
    runs: list[tuple[_Moment, Run]] = [(electorate.start(), ())]
    while any(moment.left() for moment, _ in runs):
        after = dict.fromkeys(
            one
            for moment, run in runs
            for one in _next_load(case, tiers, moment, run, lot, log, len(runs) == 1)
        )
        if len(after) > _BUDGET:
            runs = [(moment, (*run, frozenset(moment.left()))) for moment, run in runs]
            break
        runs = list(after)
    places = _cut([run for _, run in runs])
    for _, _, items in places:
        if len(items) > 1:
            log.append({"step": "shared", "items": list(items), "values": [], "parts": [list(items)]})
    taken = sum(len(items) for _, _, items in places)
    nobodys = tuple(item for item in range(case.n_items) if not electorate.weight[item])
    last, steps = separate(case, (nobodys,) if nobodys else (), lot)
    return (*places, *((taken + top, taken + end, items) for top, end, items in last)), [*log, *steps]


def _next_load(
    case: Case, tiers: Tiers, moment: _Moment, run: Run, lot: Random | None, log: list[dict], alone: bool
) -> list[tuple[_Moment, Run]]:
    """The runs that go on from here, after all has been taken that can be at the next load."""
    if not moment.left():
        return [(moment, run)]
    least, equal = moment.next()
    load = least / moment.below
    inside = [tuple(item for item in tier if item in equal) for tier in tiers]
    order, steps = separate(case, tuple(filter(None, inside)), lot)
    if alone:
        log += [
            {("order" if key == "parts" else key): value for key, value in step.items()}
            for step in steps
            if step["step"] != "shared"
        ]
    found = [(moment, run)]
    for _, _, part in order:
        found = [one for moment, run in found for one in _ways(moment, run, part, load)]
    return found


def _ways(moment: _Moment, run: Run, part: tuple[int, ...], load: Fraction) -> Iterator[tuple[_Moment, Run]]:
    """The run with as many of the equal items in `part` taken as this load allows, in each way there is."""
    least = load * moment.below
    hindered = moment.hindered([item for item in part if moment.end(item) == least], least)
    for items in islice(_unhindered((), set(hindered), set(), hindered), _BUDGET + 1):
        yield (moment.take(items, least), (*run, frozenset(items))) if items else (moment, run)


def _cut(runs: list[Run]) -> list[Place]:
    """Places, cut wherever all runs have taken the same items."""
    common = set.intersection(
        *({frozenset().union(*run[:end]) for end in range(len(run) + 1)} for run in runs)
    )
    ends = sorted(common, key=len)
    return [
        (len(before) + 1, len(now), tuple(sorted(now - before)))
        for before, now in zip(ends, ends[1:], strict=False)
    ]
