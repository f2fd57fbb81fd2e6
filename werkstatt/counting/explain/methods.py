"""How a list was counted: one sentence for the ballots, one for each method and strength."""

from __future__ import annotations

from ..full import FullOutcome
from ..wording import Translate

BY_PAIRS = ("schulze", "ranked-pairs", "copeland", "kemeny")


def method(full: FullOutcome, translate: Translate) -> str:
    """Sentence 12: how it was counted; a method that has no words here is named."""
    if full.data["ballots"] == 0:
        return translate("Zu zählen war nichts.")
    if full.n_items == 1:
        return translate("Zur Abstimmung stand eine einzige Empfehlung; zu vergleichen war nichts.")
    if full.data["ballots"] == 1:
        if full.kinds == ["ranking"]:
            return translate(
                "Eine Person hat Empfehlungen nach Wichtigkeit geordnet. Daraus folgt die Reihenfolge."
            )
        return translate("Eine einzige Stimme war zu zählen. Daraus folgt die Reihenfolge.")
    return " ".join(
        filter(None, [_given(full, translate), _counted(full, translate), _order(full, translate)])
    )


def _given(full: FullOutcome, translate: Translate) -> str:
    """What stands on the ballots; empty if they are of several kinds."""
    if len(full.kinds) > 1:
        return ""
    return {
        "ranking": translate("Die Abstimmenden haben Empfehlungen nach Wichtigkeit geordnet."),
        "approval": translate("Die Abstimmenden haben Empfehlungen zugestimmt."),
        "score": translate("Die Abstimmenden haben Empfehlungen bewertet."),
    }[full.kinds[0]]


def _counted(full: FullOutcome, translate: Translate) -> str:
    by_pairs, weighted = full.data["method"] in BY_PAIRS, full.leading == "sector"
    if by_pairs and weighted:
        return translate(
            "Für je zwei wurde gezählt, wie viele die eine und wie viele die andere höher setzten; die Stimmen sind "
            "dabei so gewichtet, dass jede Akteursgruppe gleich viel zählt."
        )
    if by_pairs:
        return translate(
            "Für je zwei wurde gezählt, wie viele die eine und wie viele die andere höher setzten."
        )
    if weighted:
        return translate("Die Stimmen sind so gewichtet, dass jede Akteursgruppe gleich viel zählt.")
    return ""


def _order(full: FullOutcome, translate: Translate) -> str:
    """How the order follows from what was counted."""
    name = full.data["method"]
    if name in ("schulze", "ranked-pairs"):
        return _by_strength(full, translate)
    said = {
        "copeland": translate(
            "Weiter oben steht, was mehr Vergleiche gewinnt; ein unentschiedener zählt halb."
        ),
        "borda": translate(
            "Weiter oben steht, was mehr Punkte hat. Auf jedem Stimmzettel bringt jede Empfehlung darunter einen Punkt, "
            "jede gleich gesetzte oder nicht verglichene einen halben."
        ),
        "kemeny": translate(
            "Die Reihenfolge ist die, für die in allen Vergleichen zusammen die meisten Stimmen sprechen (Verfahren von "
            "Kemeny); gibt es mehrere solche, gilt, was ihnen gemeinsam ist."
        ),
        "approval": translate("Weiter oben steht, was mehr Zustimmungen hat."),
        "score": translate(
            "Weiter oben steht, was im Mittel mehr Punkte hat; was weniger als die Hälfte der Stimmen bewertet, steht "
            "unter allem anderen."
        ),
        "phragmen": translate(
            "Die Empfehlungen wurden nacheinander genommen: Jede ist eine Last für alle, die ihr zustimmen, und als "
            "nächste kam die, bei der sie danach am wenigsten tragen (Verfahren von Phragmén). Was ohne Zustimmung "
            "blieb, steht am Ende."
        ),
    }
    return said.get(name) or translate("Die Reihenfolge ist die des Verfahrens „%(method)s“.", method=name)


def _by_strength(full: FullOutcome, translate: Translate) -> str:
    by_votes = full.data["strength"] == "winning-votes"
    if full.data["method"] == "schulze" and by_votes:
        return translate(
            "Daraus folgt die Reihenfolge; widersprechen sich Mehrheiten im Kreis, geben die mit mehr Stimmen den "
            "Ausschlag."
        )
    if full.data["method"] == "schulze":
        return translate(
            "Daraus folgt die Reihenfolge; widersprechen sich Mehrheiten im Kreis, geben die deutlicheren den Ausschlag."
        )
    if by_votes:
        return translate(
            "Die Mehrheiten gelten der Reihe nach, die mit den meisten Stimmen zuerst; eine, die den schon geltenden im "
            "Kreis widerspricht, gilt nicht (Verfahren Ranked Pairs)."
        )
    return translate(
        "Die Mehrheiten gelten der Reihe nach, die deutlichste zuerst; eine, die den schon geltenden im Kreis "
        "widerspricht, gilt nicht (Verfahren Ranked Pairs)."
    )
