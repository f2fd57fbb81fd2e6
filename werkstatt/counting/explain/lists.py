"""What holds for the whole list: how sure it is, how it was counted, what other readings would change."""

from __future__ import annotations

from collections.abc import Sequence

from .. import reasons
from ..full import FullOutcome, place_in
from ..wording import Translate, listed, placed, thousands_of

Names = Sequence[str]


def firmness(full: FullOutcome, item: int, translate: Translate) -> str:
    """Sentence 10: the span of a place; empty if only places are stored."""
    span = full.span(item)
    if span is None:
        return ""
    return translate(
        "Platz %(place)s, Spanne %(low)s bis %(high)s: Wir haben %(times)s-mal nachgerechnet und dabei "
        "zufällig einige Stimmen weggelassen, andere mehrfach gezählt. In neun von zehn Fällen kam Platz "
        "%(low)s bis %(high)s heraus. Innerhalb einer Gruppe ist die Reihenfolge nicht sicher.",
        place=placed(*full.place_of(item)),
        low=span[0],
        high=span[1],
        times=thousands_of(full.data["stability"]["resamples"], translate),
    )


def one_group(full: FullOutcome, translate: Translate) -> str:
    """What to say if the list cannot be cut anywhere; empty otherwise."""
    if full.places_only or len(full.data["stability"]["groups"]) != 1:
        return ""
    return translate(
        "Die ganze Liste bildet eine Gruppe: Bei %(ballots)s Stimmen ist das nicht ungewöhnlich. Die "
        "Reihenfolge gibt die abgegebenen Stimmen wieder; mit wenigen anderen Stimmen könnte sie anders sein.",
        ballots=full.data["ballots"],
    )


def top_list_note(full: FullOutcome, k: int, names: Names, translate: Translate) -> str:
    """What a list of the first k places must say if it cuts a group; empty if it does not."""
    top = reasons.top_list(full, k)
    outside = [names[item] for item in top.cut_group if item not in top.items]
    if not outside:
        return ""
    return translate(
        "Diese Liste endet mitten in einer Gruppe. Ebenso gut dazugehören könnten: %(others)s.",
        others=listed(outside, translate),
    )


def small_group(translate: Translate) -> str:
    """Sentence 11: why a sector has no figures of its own."""
    return translate(
        "Keine eigenen Zahlen: Es wären weniger als fünf Stimmen, oder man könnte auf so wenige "
        "zurückrechnen. Im Gesamtergebnis sind alle Stimmen enthalten."
    )


def method(translate: Translate) -> str:
    """Sentence 12: how it was counted."""
    return translate(
        "Alle Teilnehmenden haben Empfehlungen nach Wichtigkeit geordnet. Für je zwei wurde gezählt, wie "
        "viele die eine und wie viele die andere höher setzten. Daraus folgt die Reihenfolge; widersprechen "
        "sich Mehrheiten im Kreis, geben die deutlicheren den Ausschlag."
    )


def methods_agree(full: FullOutcome, translate: Translate) -> str:
    """Which places are the same in all four methods; empty if only places are stored."""
    if full.places_only:
        return ""
    runs = reasons.same_in_all_methods(full)
    if not runs:
        return translate("Kein Platz ist in allen vier Verfahren gleich besetzt.")
    if runs == [(1, full.n_items)]:
        return translate("In allen vier Verfahren gleich: die ganze Liste.")
    places = ", ".join(placed(first, last) for first, last in runs)
    if len(runs) == 1 and runs[0][0] == runs[0][1]:
        return translate("In allen vier Verfahren gleich: Platz %(places)s.", places=places)
    return translate("In allen vier Verfahren gleich: Plätze %(places)s.", places=places)


def rest_other_way(full: FullOutcome, names: Names, translate: Translate) -> str:
    """What changes if the items voters left unranked are read the other way."""
    if full.places_only or full.data["rest"] is None:
        return ""
    moved = full.data["rest"]["moved"]
    if not moved:
        return translate(
            "Läse man die nicht eingeordneten Empfehlungen umgekehrt (als ohne Meinung statt als weniger "
            "wichtig, und andersherum), bliebe jeder Platz gleich."
        )
    return translate(
        "Läse man die nicht eingeordneten Empfehlungen umgekehrt (als ohne Meinung statt als weniger "
        "wichtig, und andersherum), bekämen einen anderen Platz: %(items)s.",
        items=listed([_moved(full, item, names, translate) for item in moved], translate),
    )


def _moved(full: FullOutcome, item: int, names: Names, translate: Translate) -> str:
    return translate(
        "%(name)s (Platz %(after)s statt %(before)s)",
        name=names[item],
        after=placed(*place_in(full.data["rest"]["places"], item)),
        before=placed(*full.place_of(item)),
    )


def order_dependent(full: FullOutcome, translate: Translate) -> str:
    """That Ranked Pairs would give another list with another order of equal pairs; empty if not."""
    if full.places_only or not full.data["methods"]["tables"]["ranked-pairs"]["order_dependent"]:
        return ""
    return translate(
        "Im Verfahren Ranked Pairs sind Mehrheiten gleich stark, die einander widersprechen; in anderer "
        "Reihenfolge genommen gäben sie eine andere Liste."
    )
