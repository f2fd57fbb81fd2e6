"""The report of one round: figures and frozen wording, no sentences. Everything is written from it.

Moments are aware and in UTC. A place is ``(first, last)``, counted from 1; first < last is a shared
place. Items are ordered by place, shared ones by letter. ``None`` stands wherever a figure would
describe fewer than five ballots, or was not made.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction
from typing import Any

from ..counting.full import FullOutcome
from ..terms import Rollup

VERSION = 1

Place = tuple[int, int]


@dataclass(frozen=True)
class Group:
    """One or more sectors reported together. ``sectors``: the roll-ups' names; ``ballots``: five or more."""

    sectors: tuple[str, ...]
    ballots: int


@dataclass(frozen=True)
class Item:
    """One recommendation as it was voted on, and where it came out.

    ``position``: its index in the frozen list and in the matrix; ``name``: E-7; ``groups``: its place in
    each of the report's groups; ``wins``, ``losses``, ``ties``: comparisons, each voter counting once;
    ``points``: averaged Borda points a ballot (one for each item below, half for each not compared); ``span``: where it stood in nine of ten recounts;
    ``top``: share of recounts among the first five; ``firmness``: number of its group of
    firmness from 1; ``origin``: the proposals it was made from.
    """

    position: int
    letter: str
    name: str
    title: str
    problem: str
    action: str
    theme: str
    place: Place
    person: Place
    balanced: Place | None = None
    groups: tuple[Place, ...] = ()
    wins: int | None = None
    losses: int | None = None
    ties: int | None = None
    points: Fraction | None = None
    span: Place | None = None
    top: float | None = None
    firmness: int | None = None
    contested: bool = False
    origin: tuple[str, ...] = ()

    @property
    def is_tied(self) -> bool:
        return self.place[0] < self.place[1]


@dataclass(frozen=True)
class Setting:
    """Where and when: the names of process, workshop and session, and the guiding question."""

    process: str
    workshop: str
    place: str
    starts_at: datetime | None
    session: str
    question: str


@dataclass(frozen=True)
class RoundFacts:
    """The round as it was opened. ``leading`` is "person" or "sector", after the rules of the count;
    ``asked_leading`` is what was fixed at the opening; ``rest`` is "ask", "below" or "no_opinion".
    ``anchor`` is the audit chain's hash at the release (or, before it, at the close), as people read it.
    """

    number: int
    kind: str
    state: str
    opened_at: datetime | None
    closed_at: datetime | None
    released_at: datetime | None
    simulated: bool
    leading: str
    asked_leading: str
    rest: str
    staff_votes: bool
    list_hash: str
    anchor: str


@dataclass(frozen=True)
class Turnout:
    """People on the roll; ballots cast, of these abstentions and counted; besides, set aside by decision."""

    roll: int
    cast: int
    abstained: int
    counted: int
    set_aside: int


@dataclass(frozen=True)
class Report:
    """Everything that the page and the files of one round say.

    ``outcome`` is the whole count, for who wants to know more than the items say: the matrix, four
    methods, the sectors' views, the recounts, agreement, what the rest would change.
    """

    setting: Setting
    round: RoundFacts
    turnout: Turnout
    items: tuple[Item, ...]
    groups: tuple[Group, ...]
    outcome: FullOutcome
    version: int = VERSION

    @property
    def places_only(self) -> bool:
        """Fewer than five ballots say something about a pair: there is nothing beside the places."""
        return self.outcome.places_only

    @property
    def letters(self) -> list[str]:
        """The letters in the order of the frozen list, as sentences name the items."""
        return [item.letter for item in sorted(self.items, key=lambda item: item.position)]

    def at(self, position: int) -> Item:
        """The item with this position in the frozen list."""
        return next(item for item in self.items if item.position == position)

    @property
    def firm_groups(self) -> list[list[Item]]:
        """The items in their groups of firmness, best first; all in one where there are none."""
        found: dict[int | None, list[Item]] = {}
        for item in self.items:
            found.setdefault(item.firmness, []).append(item)
        return list(found.values())

    def front(self, most: int) -> tuple[list[Item], bool]:
        """The first items, at most this many, and whether a group of firmness was cut.

        A shared place is never cut, even if it alone holds more.
        """
        chosen = [item for item in self.items if item.place[1] <= most]
        if not chosen:
            chosen = [item for item in self.items if item.place == self.items[0].place]
        rest = self.items[len(chosen) :]
        cut = bool(rest) and rest[0].firmness is not None and rest[0].firmness == chosen[-1].firmness
        return chosen, cut


def read(
    figures: dict[str, Any],
    items: Iterable[dict[str, Any]],
    *,
    setting: Setting,
    round: dict[str, Any],
) -> Report:
    """A report from the frozen figures of a round (``acts.result.tally``) and its items' wording.

    :param items: keyword arguments for :class:`Item` without its figures, in the order of the list.
    :param round: keyword arguments for :class:`RoundFacts` without the leading view.
    :raises ValueError: figures of a version that this code does not know.
    """
    if figures.get("version") != VERSION:
        raise ValueError(f"figures of version {figures.get('version')!r} cannot be read")
    outcome = FullOutcome.from_json(figures["outcome"])
    read_items = [Item(**words, **_figures_of(outcome, words["position"])) for words in items]
    groups = [outcome.data["groups"][number] for number in _in_order(outcome)]
    return Report(
        setting=setting,
        round=RoundFacts(**round, leading=outcome.leading, asked_leading=outcome.data["asked_leading"]),
        turnout=Turnout(
            **{key: figures[key] for key in ("roll", "cast", "abstained", "counted", "set_aside")}
        ),
        items=tuple(sorted(read_items, key=lambda item: (item.place, item.position))),
        groups=tuple(Group(sectors_of(group["name"]), group["ballots"]) for group in groups),
        outcome=outcome,
    )


def sectors_of(name: str) -> tuple[str, ...]:
    """The roll-ups in a group's name, in the glossary's order: "administration+science" is two."""
    return tuple(sorted((part.strip() for part in name.split("+")), key=_rank_of))


def _rank_of(sector: str) -> tuple[int, str]:
    known = [rollup.value for rollup in Rollup]
    return (known.index(sector) if sector in known else len(known), sector)


def _in_order(outcome: FullOutcome) -> list[int]:
    """The numbers of the outcome's groups in the glossary's order of their first sector."""
    names = [sectors_of(group["name"]) for group in outcome.data.get("groups", ())]
    return sorted(range(len(names)), key=lambda number: [_rank_of(sector) for sector in names[number]])


def _figures_of(outcome: FullOutcome, position: int) -> dict[str, Any]:
    place, data = outcome.place_of(position), outcome.data
    found: dict[str, Any] = {"place": place, "person": outcome.place_of(position, "person")}
    if outcome.places_only:
        return found
    person, stability = data["person"], data["stability"]
    matrix, others = person["matrix"], range(outcome.n_items)
    margins = sum(matrix[position][other] - matrix[other][position] for other in others)
    points = Fraction((outcome.n_items - 1) * data["ballots"] + margins, 2 * data["ballots"])
    return found | {
        "balanced": outcome.place_of(position, "sector") if data["balanced"] else None,
        "groups": tuple(outcome.group_places(position)[number][1:] for number in _in_order(outcome)),
        "wins": person["wins"][position],
        "losses": person["losses"][position],
        "ties": person["ties"][position],
        "points": points,
        "span": outcome.span(position),
        "top": stability["top"][position],
        "firmness": next(n for n, group in enumerate(stability["groups"], 1) if position in group),
        "contested": position in data["contested"],
    }
