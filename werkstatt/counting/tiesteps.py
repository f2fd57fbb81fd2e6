"""What separates the items of one tier, in three steps, each logged.

1. Margins among the tied: the sum of an item's margins against the other tied ones. For two items
   that is their direct comparison.
2. Copeland wins over all items: won pairs, a tied pair counting half.
3. Averaged Borda points over all ballots.

A step that separates a tier starts again from the first step inside each of its parts, because the
margins among fewer items are others. What stays equal after all three shares its places. A lot is
drawn only when the caller hands one over; the product never does.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from random import Random

from .outcome import Case, Place, Tiers


def _margins(case: Case, tied: Sequence[int]) -> list[int]:
    return case.margins[tied][:, tied].sum(axis=1).tolist()


def _copeland(case: Case, tied: Sequence[int]) -> list[int]:
    return case.copeland_x2[tied].tolist()


def _borda(case: Case, tied: Sequence[int]) -> list[int]:
    return case.borda_x2[tied].tolist()


STEPS: dict[str, Callable[[Case, Sequence[int]], list[int]]] = {
    "margins among the tied": _margins,
    "copeland wins": _copeland,
    "averaged borda": _borda,
}


def separate(case: Case, tiers: Tiers, lot: Random | None = None) -> tuple[tuple[Place, ...], list[dict]]:
    """Places after the tie steps, and the log.

    A log entry is {"step": name, "items": the tied, "values": one a tied item, "parts": the tied in
    their new order}; "shared" (or "lot") closes a tier that no step could separate. Values of the
    first step are over the case's denominator, those of the two others are doubled.
    """
    places: list[Place] = []
    log: list[dict] = []
    first = 1
    for tier in tiers:
        for part in _split(case, tier, log, lot):
            places.append((first, first + len(part) - 1, tuple(part)))
            first += len(part)
    return tuple(places), log


def _split(case: Case, tied: Sequence[int], log: list[dict], lot: Random | None) -> list[Sequence[int]]:
    if len(tied) == 1:
        return [tied]
    tied = list(tied)
    for name, figure in STEPS.items():
        values = figure(case, tied)
        if len(set(values)) > 1:
            parts = [
                [item for item, value in zip(tied, values, strict=True) if value == wanted]
                for wanted in sorted(set(values), reverse=True)
            ]
            log.append({"step": name, "items": tied, "values": values, "parts": parts})
            return [small for part in parts for small in _split(case, part, log, lot)]
    if lot is None:
        log.append({"step": "shared", "items": tied, "values": [], "parts": [tied]})
        return [tied]
    drawn = lot.sample(tied, len(tied))
    log.append({"step": "lot", "items": tied, "values": [], "parts": [[item] for item in drawn]})
    return [[item] for item in drawn]
