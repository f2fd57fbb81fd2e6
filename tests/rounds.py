"""Rounds for tests: a frozen list, ballots cast through the verbs, the close walked by hand."""

from __future__ import annotations

from datetime import UTC, datetime

from werkstatt.acts import clerk, join, rank
from werkstatt.counting import Ranking
from werkstatt.db import begin_write, db, utcnow
from werkstatt.models import Recommendation, Round, Version
from werkstatt.secrecy import KeyFolder
from werkstatt.terms import Kind, Phase

TITLES = (
    "Regionale Innovations-Manager",
    "SoftwareServiceCloud",
    "Plattform Additive Fertigung",
    "Technologie- und Gründerzentren 4.0",
    "Kompetenzzentrum IT-Sicherheit",
)
TAG = "ab" * 16


def keys_of(app) -> KeyFolder:
    return KeyFolder(app.config["SETTINGS"].keys)


def propose(house, titles=TITLES) -> list[Recommendation]:
    """Proposals with one version each, straight into the database."""
    begin_write()
    made = []
    for number, title in enumerate(titles, start=1):
        one = Recommendation(
            session_id=house.session.id,
            kind=Kind.PROPOSAL,
            number=number,
            author_id=house.people["petra"].id,
            sector_id=house.sectors[0].id,
        )
        db.session.add(one)
        db.session.flush()
        db.session.add(Version(recommendation_id=one.id, number=1, title=title, theme_id=house.themes[0].id))
        made.append(one)
    db.session.commit()
    return made


def opened(app, house, titles=TITLES, *, leading="person", grace=0) -> Round:
    """A session in phase rank with an open round over these titles."""
    propose(house, titles)
    house.in_phase(Phase.RANK)
    return reopened(app, house, leading=leading, grace=grace)


def reopened(app, house, *, leading="person", grace=0) -> Round:
    mona = house.actor("mona")
    mark = rank.sheet(house.session).mark
    round = rank.open_round(house.session, mona, keys_of(app), leading=leading, mark=mark, grace=grace)
    db.session.commit()
    return round


def cast(
    app, house, who, levels, *, no_opinion=(), rest_below=True, rev=0, tag=TAG, round=None, arrived=None
):
    """Cast for a named person or an account id, and commit."""
    account_id = house.people[who].id if isinstance(who, str) else who
    round = round or rank.unfinished(house.session.id)
    stored = rank.cast(
        house.session,
        join.actor(house.workshop.id, account_id),
        keys_of(app),
        round.id,
        login_tag=tag,
        list_hash=round.list_hash,
        rev=rev,
        vote=Ranking(tuple(map(tuple, levels)), frozenset(no_opinion), rest_below=rest_below),
        arrived=arrived or datetime.now(UTC),
    )
    db.session.commit()
    return stored


def close(app, house, round) -> Round:
    """Announce with no seconds, then let the clerk walk all its steps."""
    rank.announce(house.session, house.actor("mona"), round.id, seconds=0)
    db.session.commit()
    clerk.work_once(keys_of(app))
    db.session.refresh(round)
    return round


def past(seconds: float):
    from datetime import timedelta

    return utcnow() - timedelta(seconds=seconds)
