"""A death at every point of opening, closing and cancelling: what is found then, and how it ends (C21)."""

from __future__ import annotations

import random
from dataclasses import dataclass

from sqlalchemy import func, select

from tests.load.room import Room
from tests.urn.power import Disk, Machine, records
from tests.urn.victim import Victim
from werkstatt.acts import audit, clerk, join, rank
from werkstatt.counting import Ranking
from werkstatt.db import db, utcnow
from werkstatt.models import Ballot, CheckCode, Result, Round, Session, UrnBallot
from werkstatt.secrecy import KeyFolder, KeyGone, KeyMissing
from werkstatt.terms import RoundState

CAST = 3
BEFORE_THE_COUNT = (RoundState.OPEN, RoundState.CLOSING)
OVER = (RoundState.CLOSED, RoundState.CANCELLED)


@dataclass(frozen=True)
class Found:
    """One round as database and key folder show it."""

    state: RoundState | None
    key: str  # there, gone, missing
    key_file: bool
    ballots: int
    urn: int
    codes: int
    cast: int | None  # as the result says it

    def holds(self) -> None:
        """What must be true at every moment, whatever died."""
        if self.state in BEFORE_THE_COUNT:
            assert (self.key, self.ballots, self.urn, self.cast) == ("there", CAST, 0, None), self
        elif self.state is RoundState.COUNTED:
            assert (self.ballots, self.urn, self.codes, self.cast) == (0, CAST, CAST, CAST), self
        elif self.state is RoundState.CLOSED:
            assert (self.key, self.key_file) == ("gone", False), self
            assert (self.ballots, self.urn, self.codes, self.cast) == (0, CAST, CAST, CAST), self
        elif self.state is RoundState.CANCELLING:
            assert self.key == "there" or self.ballots == 0, self
            assert (self.urn, self.cast) == (0, None), self
        elif self.state is RoundState.CANCELLED:
            assert (self.key, self.key_file, self.ballots, self.urn, self.cast) == (
                "gone",
                False,
                0,
                0,
                None,
            ), self


def find(round_id: int, keys: KeyFolder) -> Found:
    """Look at a round; needs the app's context."""
    db.session.rollback()
    db.session.expire_all()
    round = db.session.get(Round, round_id)

    def many(model) -> int:
        return db.session.scalar(select(func.count()).select_from(model).where(model.round_id == round_id))

    figures = db.session.scalar(select(Result.figures).where(Result.round_id == round_id))
    return Found(
        round.state,
        _key(keys, round.key_id),
        (keys.path / f"{round.key_id}.key").exists(),
        many(Ballot),
        many(UrnBallot),
        many(CheckCode),
        None if figures is None else figures["cast"],
    )


def _key(keys: KeyFolder, key_id: str) -> str:
    try:
        keys.read(key_id)
    except KeyGone:
        return "gone"
    except KeyMissing:
        return "missing"
    return "there"


def prepared(room: Room) -> int:
    """An open round with three ballots; its id."""
    paper = room.open_round()
    with room.inside():
        here = db.session.get(Session, room.session_id)
        for n, voter in enumerate(room.voters[:CAST]):
            me = _member(room, voter.member_id)
            rank.cast(
                here, me, room.keys, paper.round_id,
                login_tag="ab" * 16, list_hash=paper.list_hash, rev=0, vote=Ranking(((n,),)), arrived=utcnow(),
            )  # fmt: skip
            db.session.commit()
    return paper.round_id


def _member(room: Room, member_id: int):
    from werkstatt.models import Membership

    account_id = db.session.scalar(select(Membership.account_id).where(Membership.id == member_id))
    return join.actor(room.workshop_id, account_id)


def die_everywhere(room: Room, what: str, *, every: int = 1) -> int:
    """Die at each ``every``-th point of a deed; what is found holds, and a restart ends it well.

    :returns: the number of deaths.
    """
    with Victim(room) as victim:
        if what == "open":
            points = victim.do("open")
            _make_room(room)
        else:
            points = victim.do(what, prepared(room))
            _make_room(room)
        assert points > 10
        deaths = range(1, points + 1, every)
        for at in deaths:
            round_id = 0 if what == "open" else prepared(room)
            assert victim.do(what, round_id, die_at=at) == 0
            (_resume_opening if what == "open" else _resume_end)(room, what, round_id)
            _make_room(room)
    return len(deaths)


def _restart(room: Room) -> None:
    """What a start does, then the clerk's work."""
    clerk.sweep_keys(room.keys, age=0)
    clerk.work_once(room.keys)
    db.session.rollback()


def _resume_opening(room: Room, _what: str, _round_id: int) -> None:
    """Either it is open with its key, or there is nothing of it, not even a key, and it can be opened."""
    with room.app.app_context():
        _restart(room)
        round = rank.unfinished(room.session_id)
        named = set(db.session.scalars(select(Round.key_id)))
        assert {file.stem for file in room.keys.path.glob("*.key")} <= named
        if round is not None:
            assert round.state is RoundState.OPEN and _key(room.keys, round.key_id) == "there"
        assert audit.broken_at() is None
        round = None if round is None else round.id
        db.session.remove()
        db.engine.dispose()
    if round is None:
        room.open_round()


def _resume_end(room: Room, what: str, round_id: int) -> None:
    with room.app.app_context():
        find(round_id, room.keys).holds()
        _restart(room)
        found = find(round_id, room.keys)
        found.holds()
        if found.state not in OVER:  # it died before anything was announced: the moderator presses again
            assert found.state is RoundState.OPEN
            here, mona = (
                db.session.get(Session, room.session_id),
                join.actor(room.workshop_id, room.moderator_id),
            )
            if what == "close":
                rank.announce(here, mona, round_id, seconds=0)
            else:
                rank.cancel(here, mona, round_id, reason="zu früh geöffnet")
            db.session.commit()
            _restart(room)
            found = find(round_id, room.keys)
        assert found.state is (RoundState.CLOSED if what == "close" else RoundState.CANCELLED)
        found.holds()
        assert audit.broken_at() is None
        db.session.remove()
        db.engine.dispose()


def _make_room(room: Room) -> None:
    """Let the session have another round."""
    with room.inside():
        round = rank.unfinished(room.session_id)
        if round is not None and round.state is RoundState.OPEN:
            here, mona = (
                db.session.get(Session, room.session_id),
                join.actor(room.workshop_id, room.moderator_id),
            )
            rank.cancel(here, mona, round.id, reason="weiter")
            db.session.commit()
            clerk.work_once(room.keys)
        elif round is not None:
            from werkstatt.db import begin_write

            id = round.id
            begin_write()
            db.session.get(Round, id).state = RoundState.RELEASED
            db.session.commit()


def fail_everywhere(room: Room, disk: Machine, what: str, *, every: int = 1, seed: int = 21) -> int:
    """The power fails after each ``every``-th record of a deed's log; what is left holds and ends well.

    Twice at each place: nothing survives that was not synced, and a random half of it does.

    :returns: the number of failures.
    """
    rng, round_id = random.Random(seed), 0 if what == "open" else prepared(room)
    base = disk.photograph()
    with Victim(room, **disk.environ()) as victim:
        victim.do(what, round_id)
    log, model, failures, seen = records(disk.log), Disk(base), 0, set()
    for number, record in enumerate(log):
        model.follow(record)
        if number % every:
            continue
        for left in (model.left(), model.left(lambda: rng.random() < 0.5)):
            digest = hash(tuple(sorted(left.items())))
            if digest in seen:
                continue
            seen.add(digest)
            failures += 1
            disk.put(left)
            (_resume_opening if what == "open" else _resume_end)(room, what, round_id)
            assert room.whole()
    disk.put(model.left(lambda: True))
    _make_room(room)
    return failures
