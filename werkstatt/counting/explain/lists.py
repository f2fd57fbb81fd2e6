"""What holds for the whole list: how sure it is, what other methods and readings would change."""

from __future__ import annotations

from collections.abc import Sequence

from .. import reasons
from ..full import FullOutcome, place_in
from ..wording import Translate, listed, placed, thousands_of

Names = Sequence[str]
SMALL_ROOM = 60  # ballots up to which a list of one group is nothing unusual


def firmness(full: FullOutcome, item: int, translate: Translate) -> str:
    """Sentence 10: the span of a place; empty if only places are stored, or for an item alone."""
    span = full.span(item)
    if span is None or full.n_items == 1:
        return ""
    place = placed(*full.place_of(item), translate)
    place = place[:1].upper() + place[1:]
    times = thousands_of(full.data["stability"]["resamples"], translate)
    if span[0] == span[1]:
        said = translate(
            "%(place)s: Wir haben %(times)s-mal nachgerechnet und dabei zufällig einige Stimmen weggelassen, "
            "andere mehrfach gezählt. In mindestens neun von zehn Fällen kam Platz %(low)s heraus.",
            place=place,
            low=span[0],
            times=times,
        )
    else:
        said = translate(
            "%(place)s, Spanne %(low)s bis %(high)s: Wir haben %(times)s-mal nachgerechnet und dabei "
            "zufällig einige Stimmen weggelassen, andere mehrfach gezählt. In mindestens neun von zehn Fällen "
            "kam Platz %(low)s bis %(high)s heraus.",
            place=place,
            low=span[0],
            high=span[1],
            times=times,
        )
    told = [said, recounted_by(full, translate)]
    if any(len(group) > 1 for group in full.data["stability"]["groups"]):
        told.append(translate("Innerhalb einer Gruppe ist nicht jede Reihenfolge sicher."))
    return " ".join(filter(None, told))


def recounted_by(full: FullOutcome, translate: Translate) -> str:
    """That the resamples were not counted by the list's own method; empty where they were."""
    if full.recounted_by == full.data["method"]:
        return ""
    if full.recounted_by == "approval":
        return translate(
            "Nachgerechnet wurde nach der Zahl der Zustimmungen, nicht nach dem Verfahren der Liste."
        )
    return translate("Nachgerechnet wurde mit dem Verfahren von Schulze, nicht mit dem der Liste.")


def one_group(full: FullOutcome, translate: Translate) -> str:
    """What to say if the list cannot be cut anywhere; empty otherwise."""
    if full.places_only or full.n_items == 1 or len(full.data["stability"]["groups"]) != 1:
        return ""
    if full.data["ballots"] > SMALL_ROOM:
        return translate(
            "Die ganze Liste bildet eine Gruppe: Auch mit %(ballots)s Stimmen hebt sich kein Platz sicher vom nächsten "
            "ab. Die Reihenfolge gibt die abgegebenen Stimmen wieder; mit etwas anderen Stimmen könnte sie anders sein.",
            ballots=full.data["ballots"],
        )
    return translate(
        "Die ganze Liste bildet eine Gruppe: Bei %(ballots)s Stimmen ist das nicht ungewöhnlich. Die "
        "Reihenfolge gibt die abgegebenen Stimmen wieder; mit wenigen anderen Stimmen könnte sie anders sein.",
        ballots=full.data["ballots"],
    )


def small_group(translate: Translate) -> str:
    """Sentence 11: why a sector that was joined with another one has no figures of its own."""
    return translate(
        "Keine eigenen Zahlen: Es wären weniger als fünf Stimmen, oder man könnte auf so wenige "
        "zurückrechnen. Im Gesamtergebnis sind alle Stimmen enthalten."
    )


def no_groups(translate: Translate) -> str:
    """Why no sector is shown at all: there may be one only, or all but one are small."""
    return translate(
        "Nach Akteursgruppen getrennt wird nur gezählt, wenn alle gezählten Stimmen einer Gruppe angehören und dabei "
        "mindestens zwei Gruppen herauskommen, in denen zu je zwei Empfehlungen fünf oder mehr eine Meinung haben. Im Gesamtergebnis sind alle Stimmen enthalten."
    )


def few_opinions(translate: Translate) -> str:
    """Why there are places only although enough people have ranked something: too few ranked both of a pair."""
    return translate(
        "Manche zwei Empfehlungen wurden von weniger als fünf Personen miteinander verglichen. Deshalb stehen hier nur "
        "die Plätze: Weitere Zahlen ließen auf einzelne Stimmen schließen."
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
    if len(runs) == 1:
        return translate("In allen vier Verfahren gleich: %(places)s.", places=placed(*runs[0], translate))
    told: list[str] = []
    for first, last in runs:
        if last - first < 2:
            told += map(str, range(first, last + 1))
        else:
            told.append(translate("%(first)s bis %(last)s", first=first, last=last))
    return translate("In allen vier Verfahren gleich: Plätze %(places)s.", places=listed(told, translate))


def rest_other_way(full: FullOutcome, names: Names, translate: Translate) -> str:
    """What changes if the items voters left unranked are read the other way."""
    if full.places_only or full.data["rest"] is None:
        return ""
    moved, reading = full.data["rest"]["moved"], _other_reading(full, translate)
    items = listed([_moved(full, item, names, translate) for item in moved], translate)
    if full.kinds == ["score"]:
        return _points_other_way(reading, items, translate)
    if not moved:
        return translate(
            "Läse man die nicht eingeordneten Empfehlungen umgekehrt (%(reading)s), bliebe jeder Platz gleich.",
            reading=reading,
        )
    return translate(
        "Läse man die nicht eingeordneten Empfehlungen umgekehrt (%(reading)s), bekämen einen anderen Platz: "
        "%(items)s.",
        reading=reading,
        items=items,
    )


def _points_other_way(reading: str, items: str, translate: Translate) -> str:
    if not items:
        return translate(
            "Läse man die nicht bewerteten Empfehlungen umgekehrt (%(reading)s), bliebe jeder Platz gleich.",
            reading=reading,
        )
    return translate(
        "Läse man die nicht bewerteten Empfehlungen umgekehrt (%(reading)s), bekämen einen anderen Platz: %(items)s.",
        reading=reading,
        items=items,
    )


def _other_reading(full: FullOutcome, translate: Translate) -> str:
    """What "the other way" means for the ballots of this round; both ways where that is not stored."""
    readings = full.data["rest"].get("readings", ["below", "no_opinion"])
    if full.kinds == ["score"]:
        return {
            ("below",): translate("als ohne Meinung statt als null Punkte"),
            ("no_opinion",): translate("als null Punkte statt als ohne Meinung"),
        }.get(tuple(readings), translate("als ohne Meinung statt als null Punkte, und andersherum"))
    if readings == ["below"]:
        return translate("als ohne Meinung statt als weniger wichtig")
    if readings == ["no_opinion"]:
        return translate("als weniger wichtig statt als ohne Meinung")
    return translate("als ohne Meinung statt als weniger wichtig, und andersherum")


def _moved(full: FullOutcome, item: int, names: Names, translate: Translate) -> str:
    after, before = place_in(full.data["rest"]["places"], item), full.place_of(item)
    if after[0] == after[1] and before[0] == before[1]:
        return translate(
            "%(name)s (Platz %(after)s statt %(before)s)", name=names[item], after=after[0], before=before[0]
        )
    return translate(
        "%(name)s (%(after)s, nicht %(before)s)",
        name=names[item],
        after=placed(*after, translate),
        before=placed(*before, translate),
    )


def order_dependent(full: FullOutcome, translate: Translate) -> str:
    """That Ranked Pairs may give another list with another order of equal pairs; empty if it cannot."""
    if full.places_only or not full.data["methods"]["tables"]["ranked-pairs"]["order_dependent"]:
        return ""
    return translate(
        "Im Verfahren Ranked Pairs sind Mehrheiten gleich stark, die einander widersprechen; in anderer "
        "Reihenfolge genommen könnten sie eine andere Liste geben."
    )
