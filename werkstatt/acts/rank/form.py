"""What a ballot's form says: the ranking, or which field is wrong."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache

from ...counting import Ranking
from ...terms import N_
from .. import Refused

HIGHEST_PLACE = 999
CASTS = ("cast", "abstain")  # the buttons that store something


def read_vote(letters: Sequence[str], form: Mapping[str, Sequence[str]], *, rest: str) -> Ranking:
    """The ranking that a form's fields say.

    :param letters: the frozen list's letters, in item order.
    :param form: field name -> all values: ``place-A`` (a whole number, or empty), ``none-A``
        (no opinion), ``rest`` (``below`` or ``no_opinion`` where the round asks).
    :param rest: the round's rule: ``ask``, ``below`` or ``no_opinion``.
    :raises Refused: naming the item, when an item is unknown, missing, twice there, or its
        place is not a whole number from 1.
    """
    fields, known = _fields(tuple(letters))
    for name, values in form.items():
        if name.startswith(("place-", "none-")):
            if name not in known:
                raise Refused(
                    N_("„%(item)s“ steht nicht auf dieser Liste."), item=name.partition("-")[2][:40]
                )
            if len(values) != 1:
                raise Refused(N_("%(item)s kommt doppelt vor."), item=name.partition("-")[2])
    places: dict[int, list[int]] = {}
    silent = set()
    for item, (sign, place_field, none_field) in enumerate(fields):
        if place_field not in form:
            raise Refused(N_("%(item)s fehlt. Bitte laden Sie die Seite neu."), item=sign)
        place = form[place_field][0].strip()
        if none_field in form:
            if place:
                raise Refused(
                    N_("%(item)s hat einen Platz und „keine Meinung“. Bitte nur eines von beidem."), item=sign
                )
            silent.add(item)
        elif place:
            if not place.isascii() or not place.isdigit() or not 1 <= int(place[:9]) <= HIGHEST_PLACE:
                raise Refused(N_("Der Platz von %(item)s muss eine ganze Zahl ab 1 sein."), item=sign)
            places.setdefault(int(place), []).append(item)
    vote = Ranking(tuple(tuple(places[place]) for place in sorted(places)), frozenset(silent))
    left_over = len(letters) - len(silent) - sum(map(len, vote.levels))
    below = form.get("rest", ["below"])[0] != "no_opinion" if rest == "ask" else rest == "below"
    # Where nothing is left over, or nothing is ranked, the rule says nothing; then it is stored as one value.
    rest_below = below if left_over and vote.levels else True
    return Ranking(vote.levels, vote.no_opinion, rest_below=rest_below)


@lru_cache(maxsize=100)
def _fields(letters: tuple[str, ...]) -> tuple[list[tuple[str, str, str]], frozenset[str]]:
    """The form's fields for a list: (letter, its place, its "no opinion") in item order, and all their names."""
    fields = [(sign, f"place-{sign}", f"none-{sign}") for sign in letters]
    return fields, frozenset(name for _, *names in fields for name in names)


def salvage(letters: Sequence[str], form: Mapping[str, Sequence[str]], *, rest: str) -> Ranking:
    """What of a refused form can be read: the good places stay, so that one slip costs one field."""
    kept: dict[str, Sequence[str]] = {"rest": form.get("rest", ["below"])}
    for sign in letters:
        place = form.get(f"place-{sign}", [""])[0].strip()
        silent = f"none-{sign}" in form
        good = place.isascii() and place.isdigit() and 1 <= int(place[:9]) <= HIGHEST_PLACE
        kept[f"place-{sign}"] = [place] if good and not silent else [""]
        if silent and not place:
            kept[f"none-{sign}"] = ["1"]
    return read_vote(letters, kept, rest=rest)


def not_empty(vote: Ranking) -> Ranking:
    """The ranking, if it ranks anything: nobody abstains by pressing the wrong button."""
    if not vote.levels:
        raise Refused(
            N_(
                "Sie haben noch nichts eingeordnet. Wenn Sie sich enthalten möchten: „Weiter“ und „Ich enthalte mich“."
            )
        )
    return vote


def meant(vote: Ranking, step: str) -> Ranking:
    """What the button means: an abstention, or the ranking, which must rank something.

    :raises Refused: it is neither; nobody votes without having said so.
    """
    if step not in CASTS:
        raise Refused(
            N_("Es kam nicht an, was mit Ihrer Reihenfolge geschehen soll. Bitte wählen Sie es noch einmal.")
        )
    return Ranking() if step == "abstain" else not_empty(vote)


def revision(text: str) -> int:
    """The revision that the page showed; :raises ValueError: nothing that a page of ours sends."""
    if not text.isascii() or not text.isdigit() or len(text) > 9:  # more than anybody casts
        raise ValueError(text)
    return int(text)
