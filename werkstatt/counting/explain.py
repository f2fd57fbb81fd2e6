"""Sentences from figures, plain enough to be read out in the room.

Every function takes a `FullOutcome`, the items' names (a sequence of str by item index) and
`translate(message, **values) -> str`, which looks a German message up and fills it. Messages stand
as literals in calls of that name, so that a catalogue can be made from this file. Sentences about
votes count people (the view per person), also when the sectors' view leads.
"""

from __future__ import annotations

from collections.abc import Sequence

from . import reasons
from .full import FullOutcome, place_in
from .wording import Translate, listed, number_word, placed, thousands_of, votes_of

Names = Sequence[str]
MOST_LOSSES = 3


def place(full: FullOutcome, item: int, names: Names, translate: Translate) -> str:
    """The paragraph for one item: place, wins, losses with votes, span, sectors."""
    name, (top, end) = names[item], full.place_of(item)
    if top == end:
        said = [translate("%(name)s: Platz %(place)s.", name=name, place=top)]
    else:
        said = [translate("%(name)s: Plätze %(first)s.–%(last)s., geteilt.", name=name, first=top, last=end)]
    if full.places_only:
        return said[0]
    said += wins_and_losses(full, item, names, translate)
    said += more_wins(full, item, names, translate)
    span = full.span(item)
    if span and span[0] == span[1]:
        said.append(translate("Auch beim Nachrechnen fast immer Platz %(place)s.", place=span[0]))
    elif span:
        said.append(translate("Spanne %(low)s bis %(high)s.", low=span[0], high=span[1]))
    said += by_sector(full, item, translate)
    return " ".join(said)


def wins_and_losses(full: FullOutcome, item: int, names: Names, translate: Translate) -> list[str]:
    """How many comparisons the item won, and against whom it lost with how many votes."""
    person = full.data["person"]
    said = [
        translate(
            "Gewinnt %(wins)s von %(all)s Vergleichen.", wins=person["wins"][item], all=full.n_items - 1
        )
    ]
    lost = reasons.lost(full, item)
    for duel in lost[:MOST_LOSSES]:
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


def more_wins(full: FullOutcome, item: int, names: Names, translate: Translate) -> list[str]:
    """Why an item stands below one that won fewer comparisons; empty if there is none."""
    ahead = reasons.ahead_with_fewer_wins(full, item)
    if not ahead:
        return []
    other, wins = ahead[0], full.data["person"]["wins"]
    said = [
        translate(
            "%(name)s gewinnt mehr Vergleiche als %(other)s (%(more)s gegen %(fewer)s) und steht trotzdem "
            "dahinter: Es zählt nicht nur, wie viele Vergleiche gewonnen werden, sondern auch gegen wen "
            "und wie deutlich.",
            name=names[item],
            other=names[other],
            more=wins[item],
            fewer=wins[other],
        )
    ]
    return said + _why(full, other, item, names, translate)


def by_sector(full: FullOutcome, item: int, translate: Translate) -> list[str]:
    """The item's place in each group, and whether it is contested."""
    places = [
        translate("%(group)s Platz %(place)s", group=name, place=placed(first, last))
        for name, first, last in full.group_places(item)
    ]
    if not places:
        return []
    said = [translate("Nach Akteursgruppen: %(places)s.", places=", ".join(places))]
    if item in full.data["contested"]:
        said.append(translate("Strittig: Die Plätze der Akteursgruppen liegen weit auseinander."))
    return said


def why_above(full: FullOutcome, a: int, b: int, names: Names, translate: Translate) -> str:
    """Why one of two items stands above the other, whichever way round they are given."""
    if full.place_of(a)[0] > full.place_of(b)[0]:
        a, b = b, a
    if full.place_of(a) == full.place_of(b):
        said = [translate("%(a)s und %(b)s teilen sich den Platz.", a=names[a], b=names[b])]
        if not full.places_only:
            said.append(shared_place(full, *full.place_of(a), translate))
        return " ".join(said)
    said = [
        translate(
            "%(a)s steht vor %(b)s (Platz %(first)s vor Platz %(second)s).",
            a=names[a],
            b=names[b],
            first=placed(*full.place_of(a)),
            second=placed(*full.place_of(b)),
        )
    ]
    if not full.places_only:
        said += _why(full, a, b, names, translate)
    return " ".join(said)


def _why(full: FullOutcome, a: int, b: int, names: Names, translate: Translate) -> list[str]:
    direct = reasons.duel(full, a, b)
    said = [
        translate(
            "Im direkten Vergleich %(votes)s für %(a)s, %(against)s für %(b)s.",
            votes=votes_of(direct.votes),
            against=votes_of(direct.against),
            a=names[a],
            b=names[b],
        )
    ]
    if full.leading == "sector":
        ahead = reasons.groups_ahead(full, a, b)
        said.append(
            translate(
                "Maßgeblich ist die Sicht, in der alle Akteursgruppen gleich viel wiegen; bei %(ahead)s von "
                "%(all)s Akteursgruppen steht %(a)s vor %(b)s.",
                ahead=len(ahead),
                all=len(full.data["groups"]),
                a=names[a],
                b=names[b],
            )
        )
    if reasons.same_tier(full, a, b):
        step = reasons.separating_step(full, a, b)
        return said + ([_step(step["step"], translate)] if step else [])
    if full.leading == "sector" or full.data["method"] != "schulze":
        return said
    path = reasons.chain(full, a, b)
    if direct.votes > direct.against and len(path) <= 1:
        return said
    return said + _by_chain(full, direct, path, names, translate)


def _by_chain(full: FullOutcome, direct: reasons.Duel, path, names: Names, translate: Translate) -> list[str]:
    if not path:
        return []
    weak = reasons.weakest(full, path)
    said = [
        translate(
            "Den Ausschlag geben die deutlicheren Mehrheiten: %(chain)s; die knappste davon ist %(votes)s "
            "gegen %(against)s.",
            chain=_steps_of(path, names, translate),
            votes=votes_of(weak.votes),
            against=votes_of(weak.against),
        )
    ]
    back = reasons.chain(full, direct.b, direct.a)
    if len(back) > 1:
        slack = reasons.weakest(full, back)
        said.append(
            translate(
                "In der Gegenrichtung (%(chain)s) ist die knappste nur %(votes)s gegen %(against)s.",
                chain=_steps_of(back, names, translate),
                votes=votes_of(slack.votes),
                against=votes_of(slack.against),
            )
        )
    return said


def tie_steps(full: FullOutcome, names: Names, translate: Translate) -> list[str]:
    """What separated the items the method left equal, one sentence a step, in order."""
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
        order = "; ".join(listed([names[i] for i in part], translate) for part in step["parts"])
        tied = listed([names[i] for i in step["items"]], translate)
        said.append(
            translate("Gleichauf lagen %(items)s.", items=tied)
            + " "
            + _step(step["step"], translate)
            + " "
            + translate("Reihenfolge danach: %(order)s.", order=order)
        )
    return said


def _step(name: str, translate: Translate) -> str:
    if name == "margins among the tied":
        return translate(
            "Im Verfahren liegen sie gleichauf; entschieden hat der direkte Vergleich untereinander."
        )
    if name == "copeland wins":
        return translate(
            "Auch im direkten Vergleich gleichauf; entschieden hat die Zahl gewonnener Vergleiche."
        )
    return translate("Auch nach gewonnenen Vergleichen gleichauf; entschieden haben die Punkte.")


def shared_place(full: FullOutcome, first: int, last: int, translate: Translate) -> str:
    """Sentence 9: places that stay shared."""
    if last == first + 1:
        return translate(
            "Plätze %(first)s und %(last)s sind geteilt: Im direkten Vergleich, nach gewonnenen Vergleichen "
            "und nach Punkten liegen diese beiden gleichauf. Es wurde nicht gelost.",
            first=first,
            last=last,
        )
    return translate(
        "Plätze %(first)s bis %(last)s sind geteilt: Im direkten Vergleich, nach gewonnenen Vergleichen "
        "und nach Punkten liegen diese %(count)s gleichauf. Es wurde nicht gelost.",
        first=first,
        last=last,
        count=number_word(last - first + 1, translate),
    )


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


def overruled(full: FullOutcome, names: Names, translate: Translate) -> list[str]:
    """Majorities that stronger ones overrule (from Ranked Pairs' log), each with the stronger ones."""
    said = []
    for step in full.data.get("overruled", ()):
        lost = reasons.duel(full, step["winner"], step["loser"])
        chain = [reasons.duel(full, a, b) for a, b in zip(step["chain"], step["chain"][1:], strict=False)]
        if not chain:
            continue
        said.append(
            translate(
                "Zwar %(votes)s für %(winner)s, %(against)s für %(loser)s. Dagegen stehen aber mindestens so "
                "deutliche Mehrheiten: %(chain)s.",
                votes=votes_of(lost.votes),
                against=votes_of(lost.against),
                winner=names[lost.a],
                loser=names[lost.b],
                chain=_steps_of(chain, names, translate),
            )
        )
    return said


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


def _steps_of(path, names: Names, translate: Translate) -> str:
    return ", ".join(
        translate(
            "%(a)s vor %(b)s (%(votes)s gegen %(against)s)",
            a=names[link.a],
            b=names[link.b],
            votes=votes_of(link.votes),
            against=votes_of(link.against),
        )
        for link in path
    )
