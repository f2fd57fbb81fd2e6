"""Approval voting."""

from __future__ import annotations

from .ballots import Approval
from .outcome import Case, MethodError, Verdict, tiers_by


def approvals(case: Case, method: str) -> list[tuple[frozenset[int], int]]:
    """(approved items, weight over the case's denominator) a ballot; `MethodError` for other kinds."""
    without = not case.ballots and case.weight  # nobody at all is an election as well
    if without or not all(isinstance(ballot, Approval) for ballot in case.ballots):
        raise MethodError(f"{method} needs approval ballots")
    return [(ballot.approved, int(ballot.weight * case.denominator)) for ballot in case.ballots]


def approval(case: Case, strength: str = "margins") -> Verdict:
    """The more ballots approve of an item, the higher it stands. `strength` plays no part.

    Paper: S. J. Brams and P. C. Fishburn, "Approval voting", American Political Science Review 72
    (1978).

    Properties: monotone, consistent, participation, clone-independent for equally approved clones.
    Not: Condorcet (for the rankings behind the approvals).

    Errors: `MethodError` unless the ballots are approvals. Figures: "approvals", a list of n weights
    over the case's denominator. Steps: one, "approvals", with the same.

    >>> from werkstatt.counting import count
    >>> outcome = count([Approval({0, 1}), Approval({1}), Approval({2, 1})], 3, method="approval")
    >>> outcome.tiers, outcome.figures["approvals"]
    (((1,), (0, 2)), [1, 3, 1])
    """
    totals = [0] * case.n_items
    for approved, weight in approvals(case, "approval"):
        for item in approved:
            totals[item] += weight
    return Verdict(tiers_by(totals), {"approvals": totals}, [{"step": "approvals", "values": totals}])
