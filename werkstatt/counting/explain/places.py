"""The paragraph for one item: place, wins, losses, span, sectors, and why it may have more wins."""

from __future__ import annotations

from collections.abc import Sequence

from .. import reasons
from ..full import FullOutcome
from ..wording import Translate, listed, placed, votes_of
from .lists import recounted_by
from .pairs import why

Names = Sequence[str]
MOST_LOSSES = 3


def place(full: FullOutcome, item: int, names: Names, translate: Translate) -> str:
    """The paragraph for one item: place, wins, losses with votes, span, sectors."""
    name, (top, end) = names[item], full.place_of(item)
    where = placed(top, end, translate)
    if top == end:
        said = [translate("%(name)s: %(place)s.", name=name, place=where)]
    else:
        said = [translate("%(name)s: %(place)s, geteilt.", name=name, place=where)]
    if full.places_only or full.n_items == 1:
        return said[0]
    said += wins_and_losses(full, item, names, translate)
    said += more_wins(full, item, names, translate)
    span = full.span(item)
    if span and span[0] == span[1]:
        said.append(translate("Auch beim Nachrechnen fast immer Platz %(place)s.", place=span[0]))
    elif span:
        said.append(translate("Spanne %(low)s bis %(high)s.", low=span[0], high=span[1]))
    said += filter(None, [recounted_by(full, translate)])
    said += by_sector(full, item, translate)
    return " ".join(said)


def wins_and_losses(full: FullOutcome, item: int, names: Names, translate: Translate) -> list[str]:
    """How many comparisons the item won, and against whom it lost with how many votes; an item alone has none."""
    said, lost = _wins(full, item, translate), reasons.beaten_by(full, item)
    for duel in (reasons.duel(full, other, item) for other in lost[:MOST_LOSSES]):
        said.append(
            translate(
                "Verliert gegen %(other)s: %(votes)s für %(other)s, %(against)s für %(name)s.",
                other=names[duel.a],
                votes=votes_of(duel.votes),
                against=votes_of(duel.against),
                name=names[item],
            )
        )
    if len(lost) > MOST_LOSSES:
        said.append(translate("Verlorene Vergleiche insgesamt: %(losses)s.", losses=len(lost)))
    drawn = reasons.drawn(full, item)
    if drawn:
        said.append(
            translate("Unentschieden gegen %(others)s.", others=listed([names[i] for i in drawn], translate))
        )
    return said


def _wins(full: FullOutcome, item: int, translate: Translate) -> list[str]:
    wins, every = full.data["person"]["wins"][item], full.n_items - 1
    if wins == every > 1:
        if every == 2:
            return [translate("Gewinnt beide Vergleiche.")]
        return [translate("Gewinnt alle %(all)s Vergleiche.", all=every)]
    if every > 1:
        return [translate("Gewinnt %(wins)s von %(all)s Vergleichen.", wins=wins, all=every)]
    return [translate("Gewinnt den einzigen Vergleich.")] if wins else []


def more_wins(full: FullOutcome, item: int, names: Names, translate: Translate) -> list[str]:
    """Why an item stands below one that won fewer comparisons; empty if there is none."""
    ahead = reasons.ahead_with_fewer_wins(full, item)
    if not ahead:
        return []
    other, wins = ahead[0], full.data["person"]["wins"]
    said = [
        translate(
            "%(name)s gewinnt mehr Vergleiche als %(other)s (%(more)s gegen %(fewer)s) und steht trotzdem dahinter.",
            name=names[item],
            other=names[other],
            more=wins[item],
            fewer=wins[other],
        )
    ]
    if full.leading == "person" and full.data["method"] == "schulze":
        said.append(
            translate(
                "Es zählt nicht nur, wie viele Vergleiche gewonnen werden, sondern auch gegen wen und mit wie vielen "
                "Stimmen."
            )
            if full.by_votes
            else translate(
                "Es zählt nicht nur, wie viele Vergleiche gewonnen werden, sondern auch gegen wen und wie deutlich."
            )
        )
    return said + why(full, other, item, names, translate)


def by_sector(full: FullOutcome, item: int, translate: Translate) -> list[str]:
    """The item's place in each group, and whether it is contested."""
    places = [
        translate("%(group)s %(place)s", group=name, place=placed(first, last, translate))
        for name, first, last in full.group_places(item)
    ]
    if not places:
        return []
    said = [translate("Nach Akteursgruppen: %(places)s.", places=", ".join(places))]
    if item in full.data["contested"]:
        said.append(translate("Strittig: Die Plätze der Akteursgruppen liegen weit auseinander."))
    return said
