"""Why one item stands above another: the pair's own votes first, then what decided."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from functools import partial

from .. import reasons
from ..full import CLEAREST, FullOutcome
from ..wording import Translate, halves_of, placed, votes_of
from .figures import by_figures
from .ties import decided, level, level_in_method, shared_place

Names = Sequence[str]


def why_above(full: FullOutcome, a: int, b: int, names: Names, translate: Translate) -> str:
    """Why one of two items stands above the other, whichever way round they are given."""
    if full.place_of(a)[0] > full.place_of(b)[0]:
        a, b = b, a
    if full.place_of(a) == full.place_of(b):
        said = [translate("%(a)s und %(b)s teilen sich den Platz.", a=names[a], b=names[b])]
        if not full.places_only:
            said.append(shared_place(full, *full.place_of(a), translate))
        return " ".join(said)
    said = [_stands(full, a, b, names, translate)]
    if not full.places_only:
        said += why(full, a, b, names, translate)
        if full.leading == "sector":
            said.append(
                translate(
                    "Zahlen dieser Sicht stehen hier nicht: Aus ihnen ließen sich die Stimmen einzelner Gruppen "
                    "ausrechnen."
                )
            )
    return " ".join(said)


def _stands(full: FullOutcome, a: int, b: int, names: Names, translate: Translate) -> str:
    (first, end), (second, last) = full.place_of(a), full.place_of(b)
    if first == end and second == last:
        return translate(
            "%(a)s steht vor %(b)s (Platz %(first)s vor Platz %(second)s).",
            a=names[a],
            b=names[b],
            first=first,
            second=second,
        )
    return translate(
        "%(a)s steht vor %(b)s (%(a)s: %(first)s, %(b)s: %(second)s).",
        a=names[a],
        b=names[b],
        first=placed(first, end, translate),
        second=placed(second, last, translate),
    )


def why(full: FullOutcome, a: int, b: int, names: Names, translate: Translate) -> list[str]:
    """The reasons for which `a` stands above `b`; the pair's own votes come first."""
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
        said.append(translate("Maßgeblich ist die Sicht, in der alle Akteursgruppen gleich viel wiegen."))
    found = reasons.ahead(full, a, b)
    if found.kind == "step":
        return [*said, *_by_step(full, a, b, found.step, names, translate)]
    if found.kind == "stage":
        return [*said, *_by_stage(full, a, b, found, names, translate)]
    if found.kind == "left out":
        return [*said, _standing_against(full, found.chain, names, translate)]
    if found.kind == "method":
        return [*said, _by_method(full, a, b, names, translate)]
    if full.leading == "sector":
        return [*said, _by_sectors(full, found, names, translate)]
    return said + (_by_chain(full, found, names, translate) if found.kind == "chain" else [])


def _by_step(full: FullOutcome, a: int, b: int, step, names: Names, translate: Translate) -> list[str]:
    said = [level(full, step, names, translate)]
    if full.leading == "person" and step["step"] == "margins among the tied" and len(step["items"]) == 2:
        return [*said, translate("Entschieden hat der direkte Vergleich.")]
    return [*said, decided(full, step, [[a], [b]], names, translate)]


def _by_sectors(full: FullOutcome, found: reasons.Ahead, names: Names, translate: Translate) -> str:
    a, b = names[found.chain[0]], names[found.chain[-1]]
    if found.kind == "majority":
        return translate("Dort liegt %(a)s im direkten Vergleich vor %(b)s.", a=a, b=b)
    chain = named(found.chain, names, translate)
    if full.by_votes:
        return translate("Dort geben Mehrheiten mit mehr Stimmen den Ausschlag: %(chain)s.", chain=chain)
    return translate("Dort geben die deutlicheren Mehrheiten den Ausschlag: %(chain)s.", chain=chain)


def _by_chain(full: FullOutcome, found: reasons.Ahead, names: Names, translate: Translate) -> list[str]:
    a, b = found.chain[0], found.chain[-1]
    chain = counted(full, found.chain, names, translate)
    weak = votes_of(reasons.path_strength(full, a, b))
    if full.by_votes:
        said = translate(
            "Den Ausschlag geben Mehrheiten mit mehr Stimmen: %(chain)s; die schwächste davon hat %(votes)s.",
            chain=chain,
            votes=_votes(weak, translate),
        )
    else:
        said = translate(
            "Den Ausschlag geben deutlichere Mehrheiten: %(chain)s; die knappste davon hat einen Vorsprung von %(lead)s.",
            chain=chain,
            lead=weak,
        )
    back = reasons.chain(full, b, a)
    if not back:
        return [said]
    slack = votes_of(reasons.path_strength(full, b, a))
    if len(back) == 1:
        other = (
            translate("%(b)s hat gegen %(a)s nur %(votes)s.", a=names[a], b=names[b], votes=slack)
            if full.by_votes
            else translate(
                "Der Vorsprung von %(b)s vor %(a)s ist nur %(lead)s.", a=names[a], b=names[b], lead=slack
            )
        )
        return [said, other]
    way = counted(full, [b, *(link.b for link in back)], names, translate)
    if full.by_votes:
        other = translate(
            "In der Gegenrichtung: %(chain)s; die schwächste davon hat nur %(votes)s.",
            chain=way,
            votes=_votes(slack, translate),
        )
    else:
        other = translate(
            "In der Gegenrichtung: %(chain)s; die knappste davon hat nur einen Vorsprung von %(lead)s.",
            chain=way,
            lead=slack,
        )
    return [said, other]


def _votes(number: str, translate: Translate) -> str:
    """ "1 Stimme", "3 Stimmen"."""
    return translate("1 Stimme") if number == "1" else translate("%(n)s Stimmen", n=number)


def _by_stage(
    full: FullOutcome, a: int, b: int, found: reasons.Ahead, names: Names, translate: Translate
) -> list[str]:
    show = named if full.leading == "sector" else partial(counted, full)
    return [
        level_in_method(full, [a, b], names, translate),
        translate(
            "%(c)s liegt dort aber vor %(b)s und nicht vor %(a)s; deshalb steht %(b)s tiefer. Den Ausschlag gibt "
            "dabei: %(chain)s.",
            a=names[a],
            b=names[b],
            c=names[found.chain[0]],
            chain=show(found.chain, names, translate),
        ),
    ]


def _by_method(full: FullOutcome, a: int, b: int, names: Names, translate: Translate) -> str:
    person, method = full.data["person"], full.data["method"]
    if full.leading == "person" and method in ("copeland", "borda"):
        scores, unit = ("scores_x2", 1) if method == "copeland" else ("points_x2", person["denominator"])
        figures = ", ".join(
            f"{names[item]} {halves_of(Fraction(person['figures'][scores][item], 2 * unit))}"
            for item in (a, b)
        )
        if method == "copeland":
            return translate(
                "Es zählen die gewonnenen Vergleiche (ein unentschiedener halb): %(figures)s.",
                figures=figures,
            )
        return translate("Es zählen die Punkte: %(figures)s.", figures=figures)
    if full.leading == "person" and (said := by_figures(full, a, b, names, translate)):
        return said
    return translate(
        "Die Reihenfolge folgt nicht aus einem einzelnen Vergleich, sondern aus allen Stimmen zusammen."
    )


def overruled(full: FullOutcome, names: Names, translate: Translate) -> list[str]:
    """Majorities that the list turns round, the clearest ones each with what stands against it."""
    if full.places_only:
        return []
    said = []
    every = reasons.overruled(full)
    for lost in (reasons.duel(full, *pair) for pair in every[:CLEAREST]):
        said.append(
            translate(
                "Zwar %(votes)s für %(winner)s, %(against)s für %(loser)s.",
                votes=votes_of(lost.votes),
                against=votes_of(lost.against),
                winner=names[lost.a],
                loser=names[lost.b],
            )
            + " "
            + _against(full, lost, names, translate)
        )
    if len(every) > CLEAREST:
        said.append(translate("Ebenso weitere Mehrheiten: %(more)s.", more=len(every) - CLEAREST))
    return said


def _against(full: FullOutcome, lost: reasons.Duel, names: Names, translate: Translate) -> str:
    if full.leading == "sector":
        return _against_by_sectors(full, lost.b, lost.a, names, translate)
    # Also where a tie step or a stage decided: the way back is then as strong as the way there, and
    # that is at least as strong as the majority itself.
    log = reasons.left_out(full)
    way = log[lost.a, lost.b] if log else full.chains.between(lost.b, lost.a)
    return _standing_against(full, way, names, translate)


def _standing_against(full: FullOutcome, way: Sequence[int], names: Names, translate: Translate) -> str:
    """The majorities along a way that are at least as strong as one the other way; an empty way is several."""
    if not way and full.by_votes:
        return translate(
            "Dagegen stehen aber Mehrheiten mit mindestens so vielen Stimmen; gleich starke lassen dafür mehrere Wege."
        )
    if not way:
        return translate(
            "Dagegen stehen aber mindestens so deutliche Mehrheiten; gleich starke lassen dafür mehrere Wege."
        )
    chain = counted(full, way, names, translate)
    if full.by_votes:
        return translate(
            "Dagegen stehen aber Mehrheiten mit mindestens so vielen Stimmen: %(chain)s.", chain=chain
        )
    return translate("Dagegen stehen aber mindestens so deutliche Mehrheiten: %(chain)s.", chain=chain)


def _against_by_sectors(full: FullOutcome, upper: int, lower: int, names: Names, translate: Translate) -> str:
    found = reasons.ahead(full, upper, lower)
    if found.kind == "chain":
        chain = named(found.chain, names, translate)
        if full.by_votes:
            return translate(
                "Wiegen alle Akteursgruppen gleich viel, stehen dagegen aber Mehrheiten mit mehr Stimmen: %(chain)s.",
                chain=chain,
            )
        return translate(
            "Wiegen alle Akteursgruppen gleich viel, stehen dagegen aber deutlichere Mehrheiten: %(chain)s.",
            chain=chain,
        )
    if found.kind == "majority":
        return translate(
            "Wiegen alle Akteursgruppen gleich viel, liegt aber %(loser)s im direkten Vergleich vor %(winner)s.",
            winner=names[lower],
            loser=names[upper],
        )
    if back := reasons.way_back(full, upper, lower):
        chain = named(back, names, translate)
        if full.by_votes:
            return translate(
                "Wiegen alle Akteursgruppen gleich viel, stehen dagegen aber Mehrheiten mit mindestens so vielen "
                "Stimmen: %(chain)s.",
                chain=chain,
            )
        return translate(
            "Wiegen alle Akteursgruppen gleich viel, stehen dagegen aber mindestens so deutliche Mehrheiten: "
            "%(chain)s.",
            chain=chain,
        )
    said = translate(
        "Wiegen alle Akteursgruppen gleich viel, steht aber %(loser)s vor %(winner)s.",
        winner=names[lower],
        loser=names[upper],
    )
    how = _by_step(full, upper, lower, found.step, names, translate) if found.kind == "step" else []
    if found.kind == "stage":
        how = _by_stage(full, upper, lower, found, names, translate)
    return " ".join([said, *how])


def counted(full: FullOutcome, chain: Sequence[int], names: Names, translate: Translate) -> str:
    """ "A vor B (5 gegen 3), B vor C (4 gegen 2)"."""
    return ", ".join(
        translate(
            "%(a)s vor %(b)s (%(votes)s gegen %(against)s)",
            a=names[link.a],
            b=names[link.b],
            votes=votes_of(link.votes),
            against=votes_of(link.against),
        )
        for link in reasons.duels(full, list(chain))
    )


def named(chain: Sequence[int], names: Names, translate: Translate) -> str:
    """ "A vor B, B vor C"."""
    return ", ".join(
        translate("%(a)s vor %(b)s", a=names[a], b=names[b]) for a, b in zip(chain, chain[1:], strict=False)
    )
