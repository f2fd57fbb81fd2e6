"""The demo process, loaded into an empty database."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

import pytest
from sqlalchemy import func, select

from tests.conftest import emptied, on_stage
from werkstatt import demo
from werkstatt.acts import audit, desk, join, prepare
from werkstatt.db import db
from werkstatt.demo import build, people, plan
from werkstatt.models import (
    Account,
    Ballot,
    Comment,
    Lineage,
    Login,
    Membership,
    Process,
    Recommendation,
    Redaction,
    Result,
    RollEntry,
    Round,
    Session,
    UrnBallot,
    Version,
    Workshop,
)
from werkstatt.terms import CommentKind, Phase, RoundState

TEXTS = json.loads(Path(build.__file__).with_name("recommendations.json").read_text("utf-8"))


@pytest.fixture(scope="module")
def whole(backend, request, built, tmp_path_factory):
    """The demo takes a second to load: once for each database, and these tests only read it."""
    with on_stage(built, emptied(backend, request), tmp_path_factory.mktemp("demo")) as app:
        build.load(app.config["SETTINGS"])
        yield app


@pytest.fixture
def loaded(whole):
    yield whole
    db.session.rollback()


def count(model, *where) -> int:
    return db.session.scalar(select(func.count()).select_from(model).where(*where))


def test_one_session_stands_in_each_phase(loaded):
    assert Counter(session.phase for session in db.session.query(Session)) == Counter(Phase)
    assert count(Process) == 1 and count(Workshop) == 2
    process = db.session.query(Process).one()
    assert process.is_demo and "erfunden" in process.source
    assert len(join.sectors(process.id)) == 3
    assert audit.broken_at() is None


def test_the_released_round_has_sixty_simulated_ballots_in_three_groups(loaded):
    released = db.session.query(Round).filter_by(state=RoundState.RELEASED).one()
    assert released.is_simulated and count(UrnBallot, UrnBallot.round_id == released.id) == 60
    assert count(RollEntry, RollEntry.round_id == released.id) == 63
    figures = db.session.get(Result, released.id).figures
    assert figures["cast"] == 60 and len(figures["groups"]) == 3
    assert count(Ballot, Ballot.round_id == released.id) == 0
    keys = loaded.config["SETTINGS"].keys
    assert (keys / f"{released.key_id}.gone").exists() and not (keys / f"{released.key_id}.key").exists()


def test_the_open_round_takes_ballots(loaded):
    running = db.session.query(Round).filter_by(state=RoundState.OPEN).one()
    assert running.is_simulated and running.deadline_at is None
    assert count(Ballot, Ballot.round_id == running.id) == build.VOTED_SO_FAR
    assert (loaded.config["SETTINGS"].keys / f"{running.key_id}.key").exists()


def test_the_desk_has_cards_and_somebody_who_is_awaited(loaded):
    workshop = db.session.query(Workshop).order_by(Workshop.id.desc()).first()
    assert sorted(one.state for one in desk.listed(workshop.id)) == ["blank", "blank", "unused"]
    waiting = prepare.waiting(workshop.id)
    assert len(waiting) == 2 and len(desk.expected(waiting, desk.likely(workshop.id, waiting))) == 1


def test_every_text_says_where_it_is_from(loaded):
    by_title = {text["title"]: text for text in TEXTS}
    rows = db.session.execute(
        select(Recommendation, Version).join(Version, Version.recommendation_id == Recommendation.id)
    ).all()
    assert len(rows) > 35
    for recommendation, words in rows:
        assert "in eigenen Worten" in recommendation.source
        text = by_title.get(words.title)
        if text is None:
            assert "zusammengeführt" in recommendation.source
            continue
        assert words.action == text["summary"] and text["source_url"] in recommendation.source
        assert ("nur aus dem Titel erschlossen" in recommendation.source) == (
            text["summary_basis"] == "nur-titel"
        )
        assert ("sinngemäß" in recommendation.source) != text["title_exact"]


def test_comments_of_all_kinds_with_replies_and_merged_proposals_with_lineage(loaded):
    kinds = set(db.session.scalars(select(Comment.kind).where(Comment.parent_id.is_(None))))
    assert kinds == set(CommentKind)
    assert count(Comment, Comment.parent_id.is_not(None)) >= 3
    assert count(Lineage) == 6


def test_one_text_is_blacked_out_and_nothing_of_it_is_left(loaded):
    told = [(passage, why) for found in plan.BLACKED_OUT.values() for passage, why in found]
    texts = list(db.session.scalars(select(Comment.text).where(Comment.text.contains("█"))))
    assert len(texts) == 1 and texts[0].count("█") == sum(len(passage) for passage, _ in told)
    assert not any(passage in texts[0] for passage, _ in told) and "Bauaufsicht" in texts[0]
    assert [one.reason for one in db.session.query(Redaction).order_by(Redaction.id)] == [
        why for _, why in told
    ]


def test_the_demo_s_places_are_open_to_its_logins(loaded):
    """Nobody reads the demo's addresses, so no place may wait for a mail."""
    assert count(Membership, Membership.reserved.is_(True)) == 0
    for person in people.CAST:
        account = db.session.scalars(select(Account).where(Account.email == person.email)).one()
        login = db.session.scalars(
            select(Login).where(
                Login.token_hash == join.hash_of(join.log_in(person.email, people.PASSWORD, hours=1))
            )
        ).one()
        for place in db.session.scalars(select(Membership).where(Membership.account_id == account.id)):
            assert not join.shut(place, login), (person.email, place.workshop_id)
    db.session.rollback()


def test_everybody_is_marked_as_demo_and_the_logins_work(loaded):
    assert count(Account, Account.is_demo.is_(False)) == 0
    assert count(Account, Account.password.is_not(None)) == len(people.CAST)
    for person in people.CAST:
        assert join.log_in(person.email, people.PASSWORD, hours=1)
        db.session.commit()
        assert person.email in demo.logins()


def test_the_plan_names_what_there_is():
    known = {text["id"] for text in TEXTS}
    named = {name for script in plan.SESSIONS for name in script.proposals}
    assert named | {merger.becomes for script in plan.SESSIONS for merger in script.mergers} - {""} <= known
    assert set(plan.COMMENTS) <= named
    assert {text["guiding_theme"] for text in TEXTS} == set(plan.THEMES)
