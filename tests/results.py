"""Counted rounds for tests: items with a lineage, ballots of several sectors, figures by the real count."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import cache
from random import Random

from werkstatt.acts import audit, result
from werkstatt.counting import Ranking
from werkstatt.counting.groups import join_small
from werkstatt.db import begin_write, db
from werkstatt.models import (
    Lineage,
    Recommendation,
    Result,
    RollEntry,
    Round,
    RoundItem,
    Step,
    Version,
)
from werkstatt.terms import Kind, LineageKind, Phase, RecommendationState, RoundState, StepKind

TITLES = (
    "Regionale Innovations-Manager",
    "SoftwareServiceCloud",
    "Plattform Additive Fertigung",
    "Technologie- und Gründerzentren 4.0",
    "Kompetenzzentrum IT-Sicherheit",
    "Nachhaltige Wertschöpfungsnetzwerke",
    "Transformationslabore Industrie und Nachhaltigkeit",
    "InnoCamp Saxony",
    "Inno Slam Tour der sächsischen Hochschulen",
)
OPENED = datetime(2026, 11, 23, 13, 30, tzinfo=UTC)
CLOSED = datetime(2026, 11, 23, 13, 45, tzinfo=UTC)
SIZES = {"industry": 30, "science": 20, "administration": 10}


def ballots(
    sizes: dict[str, int], n_items: int, seed: int = 1, noise: float = 3.0
) -> list[tuple[Ranking, str | None]]:
    """Seeded rankings around one order a sector, each with the group it may be reported under."""
    random = Random(seed)
    groups = {name: "+".join(joined) for joined in join_small(sizes) for name in joined}
    made = []
    for name, many in sizes.items():
        taste = [item + random.gauss(0, noise / 2) for item in range(n_items)]
        for _ in range(many):
            order = sorted(range(n_items), key=lambda item: taste[item] + random.gauss(0, noise))
            made.append((Ranking(tuple((item,) for item in order)), groups.get(name)))
    return made


@cache
def usual(n_items: int, leading: str) -> dict:
    """Figures of the usual room, counted once a run."""
    votes = ballots(SIZES, n_items)
    return result.tally(
        n_items, votes, options={"leading": leading}, roll=len(votes) + 6, cast=len(votes), seed=2026
    )


def items(house, titles=TITLES) -> list[Recommendation]:
    """Consolidated recommendations, each merged from two proposals, straight into the database."""
    begin_write()
    made, at = [], datetime(2026, 11, 23, 11, 0, tzinfo=UTC)
    for number, title in enumerate(titles, start=1):
        sources = [
            Recommendation(
                session_id=house.session.id,
                kind=Kind.PROPOSAL,
                number=2 * number - k,
                state=RecommendationState.MERGED,
                author_id=house.people["petra"].id,
            )
            for k in (1, 0)
        ]
        one = Recommendation(session_id=house.session.id, kind=Kind.CONSOLIDATED, number=number)
        step = Step(session_id=house.session.id, number=number, kind=StepKind.MERGE, created_at=at)
        db.session.add_all([*sources, one, step])
        db.session.flush()
        for source in sources:
            db.session.add(Version(recommendation_id=source.id, number=1, title=f"Entwurf zu {title}"))
            db.session.add(Lineage(from_id=source.id, to_id=one.id, kind=LineageKind.MERGE, step_id=step.id))
        db.session.add(Version(recommendation_id=one.id, number=1, title=title))
        made.append(one)
    db.session.commit()
    return made


def counted(
    house,
    state: RoundState = RoundState.CLOSED,
    *,
    votes: list[tuple[Ranking, str | None]] | None = None,
    titles=TITLES,
    made: list[Recommendation] | None = None,
    number: int = 1,
    roll: int | None = None,
    leading: str = "person",
    simulated: bool = False,
) -> Round:
    """A round in any state, with figures where it would have them (here: always, to tempt every page)."""
    made = made or items(house, titles)
    options = {
        "leading": leading,
        "rest": "below",
        "staff_votes": False,
        "sectors": {},
        "grace": 0,
        "method": "schulze",
        "strength": "margins",
    }
    begin_write()
    round = Round(
        session_id=house.session.id,
        number=number,
        state=state,
        options=options,
        list_hash="ab" * 32,
        salt="cd" * 32,
        opened_at=OPENED,
        is_simulated=simulated,
    )
    if state not in (RoundState.DRAFT, RoundState.OPEN):
        round.closed_at = CLOSED
    if state is RoundState.RELEASED:
        round.released_at = CLOSED
    db.session.add(round)
    db.session.flush()
    for position, (title, recommendation) in enumerate(zip(titles, made, strict=True)):
        db.session.add(
            RoundItem(
                round_id=round.id,
                position=position,
                letter=chr(65 + position),
                recommendation_id=recommendation.id,
                version=1,
                title=title,
                problem="Es fehlt an Übersicht.",
                action="Eine Stelle einrichten.",
                theme="Innovation",
            )
        )
    for name in ("petra", "samuel", "vera"):
        db.session.add(
            RollEntry(
                round_id=round.id,
                membership_id=house.member(name).id,
                late_reason="kam nach der Pause" if name == "vera" else "",
            )
        )
    if votes is None:
        figures = usual(len(titles), leading)
    else:
        figures = result.tally(
            len(titles), votes, options=options, roll=roll or len(votes) + 6, cast=len(votes), seed=2026
        )
    db.session.add(Result(round_id=round.id, figures=figures))
    audit.note(house.people["mona"].id, "open_round", house.session.id, round=round.id)
    audit.note(None, "closed", house.session.id, round=round.id)
    house.session.phase = Phase.RESULT if state is RoundState.RELEASED else Phase.RANK
    db.session.commit()
    return round
