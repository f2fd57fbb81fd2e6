"""Phragmén's sequential method."""

from __future__ import annotations

from fractions import Fraction
from math import gcd

from .approval import approvals
from .outcome import Case, Verdict

_BUDGET = 64  # other choices among equals that are tried


def phragmen(case: Case, strength: str = "margins") -> Verdict:
    """Items are taken one by one so that the load on their supporters stays as even as possible.

    Definition: every item taken brings one unit of load, shared by those who approve of it so that
    all of them end with the same load. Next comes the item whose supporters would end with the
    least. So a large group does not take all the first places: its load is already high. Items
    nobody approves of form the last tier. `strength` plays no part.

    Equal candidates: the lowest index is taken. Candidates that are equal and follow one another
    form one tier; if another choice among equals leads to another list, `order_dependent` says so.

    Paper: E. Phragmén, "Sur une méthode nouvelle pour réaliser, dans les élections, la
    représentation proportionnelle des partis" (1894); S. Janson, "Phragmén's and Thiele's election
    methods", arXiv:1611.08826.

    Properties: house monotone, proportional justified representation. Not: Condorcet.

    Errors: `MethodError` unless the ballots are approvals. Figures: "order" (item indices, without
    those nobody approves of), "loads" (the largest load after each step, fractions), "ties_at_steps"
    (counted from 1). Steps: one an item, {"step": "taken", "item", "load", "equal"}.

    Two thirds approve of 0 and 1, one third of 2; after 0 the minority's item is next:

    >>> from werkstatt.counting import Approval, count
    >>> ballots = [Approval({0, 1})] * 4 + [Approval({0})] + [Approval({2})] * 3
    >>> outcome = count(ballots, 3, method="phragmen")
    >>> outcome.figures["order"], [str(load) for load in outcome.figures["loads"]]
    ([0, 2, 1], ['1/5', '1/3', '9/20'])
    """
    together: dict[frozenset[int], int] = {}
    for approved, weight in approvals(case, "phragmen"):
        together[approved] = together.get(approved, 0) + weight
    run = _run(together, case.n_items, case.denominator, [])
    tiers = _tiers(run, case.n_items)
    return Verdict(
        tiers=tiers,
        figures={
            "order": [step["item"] for step in run],
            "loads": [step["load"] for step in run],
            "ties_at_steps": [number for number, step in enumerate(run, 1) if len(step["equal"]) > 1],
        },
        steps=run,
        order_dependent=_would_change(together, case, run, tiers),
    )


def _run(together: dict[frozenset[int], int], n: int, unit: int, choices: list[int]) -> list[dict]:
    """Take the items in turn; `choices` says which of equal candidates the first steps take.

    Loads are integers over one common denominator that grows with each step; a load of one is
    `unit` because weights are numerators over it.
    """
    ballots = list(together.items())
    loads = [0] * len(ballots)
    below = 1
    supporters = [[i for i, (approved, _) in enumerate(ballots) if item in approved] for item in range(n)]
    weight = [sum(ballots[i][1] for i in those) for those in supporters]
    left = [item for item in range(n) if weight[item]]
    steps: list[dict] = []
    highest = Fraction(0)
    while left:
        ends = {
            item: Fraction(
                below * unit + sum(loads[i] * ballots[i][1] for i in supporters[item]), weight[item]
            )
            for item in left
        }
        least = min(ends.values())
        equal = [item for item in left if ends[item] == least]
        item = equal[choices[len(steps)]] if len(steps) < len(choices) else equal[0]
        load = least / below
        highest = max(highest, load)
        scale = least.denominator
        loads = [number * scale for number in loads]
        below *= scale
        for i in supporters[item]:
            loads[i] = least.numerator
        common = gcd(below, *loads)
        loads = [number // common for number in loads]
        below //= common
        steps.append({"step": "taken", "item": item, "load": highest, "equal": equal})
        left.remove(item)
    return steps


def _tiers(run: list[dict], n: int) -> tuple[tuple[int, ...], ...]:
    order = [step["item"] for step in run]
    tiers: list[tuple[int, ...]] = []
    at = 0
    while at < len(order):
        equal = run[at]["equal"]
        together = set(order[at : at + len(equal)]) == set(equal)
        size = len(equal) if together else 1
        tiers.append(tuple(sorted(order[at : at + size])))
        at += size
    nobody = tuple(item for item in range(n) if item not in set(order))
    return (*tiers, nobody) if nobody else tuple(tiers)


def _would_change(together, case: Case, run: list[dict], tiers) -> bool:
    """Whether some other choice among equals gives other tiers (True also if too many to try)."""
    todo = _others(run, 0)
    tried = 0
    while todo:
        tried += 1
        if tried > _BUDGET:
            return True
        choices = todo.pop()
        other = _run(together, case.n_items, case.denominator, choices)
        if _tiers(other, case.n_items) != tiers:
            return True
        todo += _others(other, len(choices))
    return False


def _others(run: list[dict], start: int) -> list[list[int]]:
    taken = [step["equal"].index(step["item"]) for step in run]
    return [
        [*taken[:at], choice]
        for at in range(start, len(run))
        for choice in range(len(run[at]["equal"]))
        if choice != taken[at]
    ]
