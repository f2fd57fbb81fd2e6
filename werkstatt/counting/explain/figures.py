"""Why one item stands above another in methods that give each item or each list a figure of its own."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

from ..full import FullOutcome
from ..wording import Translate, apart, halves_of, votes_of

Names = Sequence[str]


def by_figures(full: FullOutcome, a: int, b: int, names: Names, translate: Translate) -> str:
    """Approvals, points with their quorum, loads, or Kemeny's sum, per person; empty for other methods."""
    told = {"approval": _approvals, "score": _means, "phragmen": _loads}.get(full.data["method"])
    if told:
        return told(full, a, b, names, translate)
    return _agreement(full, translate) if full.data["method"] == "kemeny" else ""


def _approvals(full: FullOutcome, a: int, b: int, names: Names, translate: Translate) -> str:
    person = full.data["person"]
    figures = ", ".join(
        f"{names[item]} {votes_of(Fraction(person['figures']['approvals'][item], person['denominator']))}"
        for item in (a, b)
    )
    return translate("Es zählen die Zustimmungen: %(figures)s.", figures=figures)


def _means(full: FullOutcome, a: int, b: int, names: Names, translate: Translate) -> str:
    """The sums beside the numbers they are divided by, because a mean is seldom a whole number."""
    person = full.data["person"]
    found, unit = person["figures"], person["denominator"]
    if found["quorum"][a] and not found["quorum"][b]:
        return translate(
            "%(b)s wurde von weniger als der Hälfte der Stimmen bewertet und steht deshalb unter allem, was mehr bewertet "
            "haben.",
            b=names[b],
        )
    figures = ", ".join(
        translate(
            "%(name)s %(points)s Punkte durch %(votes)s Stimmen",
            name=names[item],
            points=halves_of(Fraction(found["totals"][item], unit)),
            votes=votes_of(Fraction(found["opinions"][item], unit)),
        )
        for item in (a, b)
    )
    return translate("Es zählt das Mittel der Punkte: %(figures)s.", figures=figures)


def _loads(full: FullOutcome, a: int, b: int, names: Names, translate: Translate) -> str:
    """The loads at which both were taken; empty if equal candidates leave other loads possible."""
    person = full.data["person"]
    if person["order_dependent"]:
        return ""
    loads = dict(zip(person["figures"]["order"], person["figures"]["loads"], strict=True))
    if a in loads and b not in loads:
        return translate("%(b)s hat keine Zustimmung.", b=names[b])
    if a not in loads or Fraction(loads[a]) >= Fraction(loads[b]):
        return ""
    told = apart(Fraction(loads[a]), Fraction(loads[b]), translate)
    figures = ", ".join(f"{names[item]} {load}" for item, load in zip((a, b), told, strict=True))
    return translate(
        "Es zählt die Last, die alle, die zustimmen, danach tragen; die kleinere kommt zuerst: %(figures)s.",
        figures=figures,
    )


def _agreement(full: FullOutcome, translate: Translate) -> str:
    person = full.data["person"]
    return translate(
        "Die Reihenfolge folgt nicht aus einem einzelnen Vergleich, sondern aus allen zusammen: Für die beste sprechen "
        "dort %(votes)s Stimmen, für keine andere mehr.",
        votes=votes_of(Fraction(person["figures"]["score"], person["denominator"])),
    )
