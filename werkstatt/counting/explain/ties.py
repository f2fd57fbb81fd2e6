"""What separated the items the method left equal, and what stays shared.

Of the sectors' view neither sums nor points are stored, so its sentences name the step and the order.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from itertools import combinations
from typing import Any

from .. import reasons
from ..full import FullOutcome
from ..wording import Translate, halves_of, listed, number_word, signed_of, votes_of

Names = Sequence[str]
Parts = Sequence[Sequence[int]]


def tie_steps(full: FullOutcome, names: Names, translate: Translate) -> list[str]:
    """What separated the items the method left equal, one paragraph a step, in order."""
    if full.places_only:
        return []
    said = []
    for step in full.view(full.leading)["steps"]:
        if "parts" not in step:
            continue
        if step["step"] == "shared":
            first, last = full.place_of(step["items"][0])
            said.append(shared_place(full, first, last, translate))
            continue
        told = [level(full, step, names, translate), decided(full, step, step["parts"], names, translate)]
        if full.leading == "sector":
            order = "; ".join(listed([names[i] for i in part], translate) for part in step["parts"])
            told.append(translate("Reihenfolge danach: %(order)s.", order=order))
        said.append(" ".join(told))
    return said


def level(full: FullOutcome, step: dict[str, Any], names: Names, translate: Translate) -> str:
    """In what the items of a tie step were equal before it."""
    tied = step["items"]
    if step["step"] == "margins among the tied":
        return level_in_method(full, tied, names, translate)
    items = listed([names[item] for item in tied], translate)
    if full.leading == "sector":
        if len(tied) == 2:
            return translate(
                "In der führenden Sicht liegen %(items)s gleichauf, auch im direkten Vergleich.", items=items
            )
        return translate(
            "In der führenden Sicht liegen %(items)s gleichauf, und ihre Vergleiche untereinander gleichen sich aus.",
            items=items,
        )
    if len(tied) == 2:
        return translate("Im Verfahren und im direkten Vergleich liegen %(items)s gleichauf.", items=items)
    return translate(
        "Im Verfahren liegen %(items)s gleichauf, und ihre Vergleiche untereinander gleichen sich aus.",
        items=items,
    )


def level_in_method(full: FullOutcome, tied: Sequence[int], names: Names, translate: Translate) -> str:
    """That the method leaves these equal; with the circle, where one of them has a majority over another."""
    items = listed([names[item] for item in tied], translate)
    if full.leading == "sector":
        return translate("In der führenden Sicht liegen %(items)s gleichauf.", items=items)
    duels = [reasons.duel(full, a, b) for a, b in combinations(tied, 2)]
    if full.data["method"] == "schulze" and any(one.votes != one.against for one in duels):
        return translate(
            "Im Verfahren liegen %(items)s gleichauf, weil Mehrheiten im Kreis gehen.", items=items
        )
    return translate("Im Verfahren liegen %(items)s gleichauf.", items=items)


def decided(full: FullOutcome, step: dict[str, Any], parts: Parts, names: Names, translate: Translate) -> str:
    """Which tie step separated the `parts`, with their figures where they are stored."""
    if full.leading == "sector":
        return _decided_by_sectors(step, translate)
    if step["step"] == "margins among the tied":
        if len(step["items"]) == 2:
            return _by_pair(full, parts[0][0], parts[1][0], names, translate)
        return translate(
            "Entschieden hat die Summe der Vorsprünge in ihren Vergleichen untereinander: %(figures)s.",
            figures=_figures(full, step, parts, names, translate),
        )
    figures = _figures(full, step, parts, names, translate)
    if step["step"] == "copeland wins":
        return translate(
            "Entschieden hat die Zahl gewonnener Vergleiche (ein unentschiedener zählt halb): %(figures)s.",
            figures=figures,
        )
    return translate(
        "Auch nach gewonnenen Vergleichen liegen sie gleichauf; entschieden haben die Punkte: %(figures)s.",
        figures=figures,
    )


def _by_pair(full: FullOutcome, a: int, b: int, names: Names, translate: Translate) -> str:
    direct = reasons.duel(full, a, b)
    return translate(
        "Entschieden hat der direkte Vergleich: %(votes)s für %(a)s, %(against)s für %(b)s.",
        votes=votes_of(direct.votes),
        against=votes_of(direct.against),
        a=names[a],
        b=names[b],
    )


def _decided_by_sectors(step: dict[str, Any], translate: Translate) -> str:
    if step["step"] == "margins among the tied":
        if len(step["items"]) == 2:
            return translate("Entschieden hat dort der direkte Vergleich.")
        return translate("Entschieden hat dort die Summe der Vorsprünge in ihren Vergleichen untereinander.")
    if step["step"] == "copeland wins":
        return translate(
            "Entschieden hat dort die Zahl gewonnener Vergleiche (ein unentschiedener zählt halb)."
        )
    return translate(
        "Auch nach gewonnenen Vergleichen liegen sie dort gleichauf; entschieden haben die Punkte."
    )


def _figures(
    full: FullOutcome, step: dict[str, Any], parts: Parts, names: Names, translate: Translate
) -> str:
    """ "B und D je +1; A und C je −1" for sums, without signs for wins and points."""
    unit = full.data["person"]["denominator"]
    value = dict(zip(step["items"], step["values"], strict=True))
    said = []
    for part in parts:
        number = value[part[0]]
        if step["step"] == "margins among the tied":
            shown = signed_of(Fraction(number, unit))
        elif step["step"] == "copeland wins":
            shown = halves_of(Fraction(number, 2))
        else:
            shown = halves_of(Fraction(number, 2 * unit))
        if len(part) == 1:
            said.append(f"{names[part[0]]} {shown}")
        else:
            items = listed([names[item] for item in part], translate)
            said.append(translate("%(items)s je %(figure)s", items=items, figure=shown))
    return "; ".join(said)


def shared_place(full: FullOutcome, first: int, last: int, translate: Translate) -> str:
    """Sentence 9: places that stay shared."""
    items = next(items for top, _, items in full.places if top == first)
    if full.data["method"] == "phragmen" and not full.places_only:
        return _shared_by_runs(first, last, translate)
    if full.leading == "sector":
        return _shared_by_sectors(first, last, translate)
    if last == first + 1 and full.places_only:  # perhaps nobody compared them
        return translate(
            "Plätze %(first)s und %(last)s sind geteilt: Diese beiden liegen gleichauf. Es wurde nicht gelost.",
            first=first,
            last=last,
        )
    if last == first + 1:
        return translate(
            "Plätze %(first)s und %(last)s sind geteilt: Im direkten Vergleich, nach gewonnenen Vergleichen "
            "und nach Punkten liegen diese beiden gleichauf. Es wurde nicht gelost.",
            first=first,
            last=last,
        )
    count = number_word(len(items), translate)
    if full.places_only:
        return translate(
            "Plätze %(first)s bis %(last)s sind geteilt: Diese %(count)s liegen gleichauf. Es wurde nicht gelost.",
            first=first,
            last=last,
            count=count,
        )
    duels = [reasons.duel(full, a, b) for a, b in combinations(items, 2)]
    if all(one.votes == one.against for one in duels):
        return translate(
            "Plätze %(first)s bis %(last)s sind geteilt: Im direkten Vergleich, nach gewonnenen Vergleichen "
            "und nach Punkten liegen diese %(count)s gleichauf. Es wurde nicht gelost.",
            first=first,
            last=last,
            count=count,
        )
    return translate(
        "Plätze %(first)s bis %(last)s sind geteilt: Die Vergleiche dieser %(count)s untereinander gehen im Kreis "
        "und gleichen sich aus; nach gewonnenen Vergleichen und nach Punkten liegen sie gleichauf. Es wurde "
        "nicht gelost.",
        first=first,
        last=last,
        count=count,
    )


def _shared_by_runs(first: int, last: int, translate: Translate) -> str:
    """Phragmén's equal candidates: also items whose comparisons are not even can share their places."""
    if last == first + 1:
        return translate(
            "Plätze %(first)s und %(last)s sind geteilt: Das Verfahren lässt beide Reihenfolgen zu, und die weiteren "
            "Vergleiche entscheiden nicht zwischen ihnen. Es wurde nicht gelost.",
            first=first,
            last=last,
        )
    return translate(
        "Plätze %(first)s bis %(last)s sind geteilt: Das Verfahren lässt für diese %(count)s mehrere Reihenfolgen zu, "
        "und die weiteren Vergleiche entscheiden nicht zwischen ihnen. Es wurde nicht gelost.",
        first=first,
        last=last,
        count=number_word(last - first + 1, translate),
    )


def _shared_by_sectors(first: int, last: int, translate: Translate) -> str:
    if last == first + 1:
        return translate(
            "Plätze %(first)s und %(last)s sind geteilt: Wiegen alle Akteursgruppen gleich viel, liegen diese "
            "beiden im direkten Vergleich, nach gewonnenen Vergleichen und nach Punkten gleichauf. Es wurde "
            "nicht gelost.",
            first=first,
            last=last,
        )
    return translate(
        "Plätze %(first)s bis %(last)s sind geteilt: Wiegen alle Akteursgruppen gleich viel, gleichen sich die "
        "Vergleiche dieser %(count)s untereinander aus; nach gewonnenen Vergleichen und nach Punkten liegen sie "
        "gleichauf. Es wurde nicht gelost.",
        first=first,
        last=last,
        count=number_word(last - first + 1, translate),
    )
