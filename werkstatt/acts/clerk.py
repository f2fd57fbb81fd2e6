"""The clerk: the one background worker. It closes, counts and cancels rounds, step by step.

Every step is one transaction that is conditional on the state before it, so that a crash at any
point is simply resumed:

    open -> closing -> (shut) -> counted -> (key destroyed) -> closed
    cancelling -> (ballots gone) -> (key destroyed) -> cancelled

Only ``counted -> closed``, after the key is gone, makes the result readable.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import logging
import secrets
import threading
import time
from collections import Counter

from sqlalchemy import delete, insert, select
from sqlalchemy.exc import OperationalError

from ..counting import groups
from ..db import db, lock_rounds, lock_session
from ..models import (
    Ballot,
    CheckCode,
    Membership,
    PaperBatch,
    Result,
    RollEntry,
    Round,
    RoundItem,
    UrnBallot,
)
from ..secrecy import SWEPT_AFTER, BrokenSeal, KeyFolder, KeyGone, KeyMissing, RoundKeys, ranks, unpack
from ..terms import RoundState
from . import audit, copies, housekeeping, result
from .complaints import Complaints
from .hold import touch
from .lease import give_back_lease, holds_lease
from .rank.ending import close_is_due, grace_is_over, is_shut, still_inside
from .rank.opening import rollup_of
from .rank.papers import agreed
from .rank.roll import marked
from .rank.steering import PROBLEM_FAILED, PROBLEM_INTERRUPTED, PROBLEM_KEY, PROBLEM_ORPHANS, PROBLEM_PAPERS
from .rank.turnout import without_shown

complaints = Complaints(logging.getLogger(__name__))
PAUSE = 0.4  # seconds between two looks
AGAIN = 5.0  # seconds until a step that keeps failing is tried again
failures: dict[int, tuple[int, float]] = {}  # round -> how often in a row, and not before (monotonic)
ACTIVE = (RoundState.OPEN, RoundState.CLOSING, RoundState.COUNTED, RoundState.CANCELLING)


def work_once(keys: KeyFolder) -> int:
    """Do every step that is due now; returns how many. Commits after each."""
    done = 0
    while True:
        steps = [step for round in _active() if _patient(round.id) and (step := _due(round, keys))]
        db.session.rollback()
        moved = sum(1 for step, round_id in steps if _take(step, round_id, keys))
        if not moved:
            return done
        done += moved


def _active() -> list[Round]:
    return list(db.session.scalars(select(Round).where(Round.state.in_(ACTIVE)).order_by(Round.id)))


def _patient(round_id: int) -> bool:
    """Whether this round's step has not just failed."""
    return time.monotonic() >= failures.get(round_id, (0, 0.0))[1]


def _due(round: Round, keys: KeyFolder):
    """The next step of a round if its time has come, else ``None``."""
    if (
        round.state in (RoundState.OPEN, RoundState.CLOSING)
        and not _waits(round)
        and keys.destroyed(round.key_id)
    ):
        return _interrupt, round.id
    if round.state is RoundState.OPEN and close_is_due(round):
        return _close, round.id
    if _key_news(round, keys):
        return _tell_key, round.id
    if round.state is RoundState.CLOSING and not is_shut(round) and grace_is_over(round):
        return None if still_inside(round) else (_shut, round.id)
    if round.state is RoundState.CLOSING and not _waits(round) and is_shut(round):
        return _count, round.id
    if round.state is RoundState.COUNTED:
        return _destroy, round.id
    if round.state is RoundState.CANCELLING:
        return _cancel, round.id
    return None


def _take(step, round_id: int, keys: KeyFolder) -> bool:
    """One step in its own transaction, with the session held alone."""
    what = f"the clerk's step {step.__name__} for round {round_id}"
    try:
        session_id = db.session.scalar(select(Round.session_id).where(Round.id == round_id))
        lock_session(session_id, alone=True)
        round = db.session.get(Round, round_id, populate_existing=True)
        moved = step(round, keys)
        if moved:
            if round.problem == PROBLEM_FAILED:
                round.problem = ""
            touch(session_id, step=True)
        db.session.commit()
        failures.pop(round_id, None)
        return moved
    except Exception as no:
        complaints.fails(what, no)
        db.session.rollback()
        _say_so(round_id)
        return False
    finally:
        db.session.rollback()


def _waits(round: Round) -> bool:
    """Whether somebody must decide first; a step that failed is tried again all the same."""
    return round.problem not in ("", PROBLEM_FAILED)


def _say_so(round_id: int) -> None:
    """The second failure in a row shows on the console; then the step is tried again every few seconds."""
    count, _ = failures.get(round_id, (0, 0.0))
    failures[round_id] = (count + 1, time.monotonic() + (AGAIN if count else 0.0))
    if count != 1:
        return
    try:
        session_id = db.session.scalar(select(Round.session_id).where(Round.id == round_id))
        lock_session(session_id, alone=True)
        round = db.session.get(Round, round_id, populate_existing=True)
        if not round.problem:
            round.problem = PROBLEM_FAILED
            touch(session_id, step=True)
        db.session.commit()
    except Exception as no:
        complaints.fails(f"telling the console about round {round_id}", no)
        failures[round_id] = (1, time.monotonic() + AGAIN)  # to be told next time


def _interrupt(round: Round, keys: KeyFolder) -> bool:
    """A round whose key was destroyed already comes from a backup: it is neither open nor counted again."""
    if round.state not in (RoundState.OPEN, RoundState.CLOSING) or not keys.destroyed(round.key_id):
        return False
    round.problem = PROBLEM_INTERRUPTED
    audit.note(None, "interrupted", round.session_id, round=round.id)
    return True


def _key_news(round: Round, keys: KeyFolder) -> bool:
    """Whether the key of an open round has gone, or is back, since the console was told."""
    told = round.problem == PROBLEM_KEY
    return (
        round.state is RoundState.OPEN and (told or not round.problem) and told is keys.readable(round.key_id)
    )


def _tell_key(round: Round, keys: KeyFolder) -> bool:
    """Say at once, not only at the close, that nobody can cast; and when it goes on."""
    if not _key_news(round, keys):
        return False
    round.problem = "" if round.problem else PROBLEM_KEY
    audit.note(None, "key_missing" if round.problem else "key_back", round.session_id, round=round.id)
    return True


def _close(round: Round, keys: KeyFolder) -> bool:
    if round.state is not RoundState.OPEN or not close_is_due(round):
        return False
    round.state, round.closed_at = RoundState.CLOSING, round.deadline_at
    # Whom somebody speaks for is corrected until now, and not while the count waits for paper.
    groups_now = {str(member): sector for member, sector in db.session.execute(_roll(round.id))}
    round.options = {**round.options, "speaks_for": groups_now}
    audit.note(None, "closing", round.session_id, round=round.id)
    return True


def _shut(round: Round, keys: KeyFolder) -> bool:
    """The grace is over, for good: whatever a clock says later, nothing more is taken."""
    if round.state is not RoundState.CLOSING or is_shut(round):
        return False
    round.options = {**round.options, "shut": True}
    return True


def _count(round: Round, keys: KeyFolder) -> bool:
    """Walk the roll, open each box, mix, count; ballots and boxes are gone when this commits."""
    if round.state is not RoundState.CLOSING or not is_shut(round) or _waits(round):
        return False
    try:
        key = keys.read(round.key_id)
    except (KeyMissing, KeyGone):
        round.problem = PROBLEM_KEY
        audit.note(None, "key_missing", round.session_id, round=round.id)
        return True
    boxes = {
        row.handle: row
        for row in db.session.execute(
            select(Ballot.handle, Ballot.box, Ballot.rev).where(Ballot.round_id == round.id)
        )
    }
    opened: list[tuple[bytes, str]] = []
    codes: Counter[str] = Counter()
    parts, options = RoundKeys(key, round.id), round.options
    for member_id, sector_id in db.session.execute(_roll(round.id)):
        handle = parts.handle(member_id)
        row = boxes.get(handle)
        packed = row and _opened(parts, row)
        if packed:
            del boxes[handle]
            speaks_for = options.get("speaks_for", {}).get(str(member_id), sector_id)
            opened.append((packed, rollup_of(options, speaks_for)))
            codes[parts.code(handle)] += 1
    if boxes and round.options.get("without") != len(boxes):
        round.problem = f"{PROBLEM_ORPHANS}:{len(boxes)}"
        audit.note(None, "ballots_without_roll", round.session_id, round=round.id, ballots=len(boxes))
        return True
    papers = _papers(round, key)
    if papers is None:
        round.problem = PROBLEM_PAPERS
        audit.note(None, "papers_awaited", round.session_id, round=round.id, marked=marked(round.id))
        return True
    if papers:
        round.options = {**round.options, "papers": len(papers)}
    opened += [(packed, rollup_of(round.options, sector_id)) for packed, sector_id in papers]
    _store(round, opened, codes)
    return True


def _papers(round: Round, key: bytes) -> list[tuple[bytes, int]] | None:
    """The sheets that two people have entered alike; ``None`` as long as the count must wait for them."""
    if round.options.get("without_papers") or not marked(round.id):
        return []
    return agreed(round, key)


def _opened(parts: RoundKeys, row) -> bytes | None:
    """The packed ranking, or ``None`` for a box that does not open: the moderator decides about it."""
    try:
        return parts.unseal(row.handle, row.rev, row.box)[1]
    except BrokenSeal:
        return None


def _store(round: Round, opened: list[tuple[bytes, str]], codes: Counter[str]) -> None:
    names = _group_names(opened)
    round.options = without_shown(round.options)
    secrets.SystemRandom().shuffle(opened)
    urn = [
        {
            "round_id": round.id,
            "pos": pos,
            "ranking": packed,
            "group": names.get(rollup) if ranks(packed) else None,
        }
        for pos, (packed, rollup) in enumerate(opened)
    ]
    if urn:
        db.session.execute(insert(UrnBallot.__table__), urn)
    if codes:  # a sheet of paper has none
        db.session.execute(
            insert(CheckCode.__table__),
            [{"round_id": round.id, "code": code, "times": times} for code, times in sorted(codes.items())],
        )
    roll = db.session.query(RollEntry).filter_by(round_id=round.id).count()
    n_items = db.session.query(RoundItem).filter_by(round_id=round.id).count()
    figures = result.tally(
        n_items,
        [(unpack(row["ranking"]), row["group"]) for row in urn],
        options=round.options,
        roll=roll,
        cast=len(urn),
        seed=secrets.randbits(32),
    )
    db.session.add(Result(round_id=round.id, figures=figures))
    _delete_ballots(round)
    round.state = RoundState.COUNTED
    audit.note(
        None,
        "counted",
        round.session_id,
        round=round.id,
        roll=roll,
        cast=len(urn),
        urn=urn_hash(round.salt, urn),
    )


def urn_hash(salt: str, urn: list[dict]) -> str:
    """The salted SHA-256 of an urn, in its random order: what the protocol prints of it."""
    content = [[row["ranking"].hex(), row["group"]] for row in urn]
    return hashlib.sha256(json.dumps([salt, content]).encode()).hexdigest()


def _delete_ballots(round: Round) -> None:
    """Everything that says how somebody voted, electronic or on paper."""
    for model in (Ballot, PaperBatch):
        db.session.execute(delete(model).where(model.round_id == round.id))


def _group_names(opened: list[tuple[bytes, str]]) -> dict[str, str]:
    """Roll-up -> the group it is reported under; empty where no group may be reported."""
    sizes = Counter(rollup for packed, rollup in opened if ranks(packed))
    joined = groups.join_small(dict(sizes))
    return {rollup: "+".join(group) for group in joined for rollup in group}


def _destroy(round: Round, keys: KeyFolder) -> bool:
    if round.state is not RoundState.COUNTED:
        return False
    keys.destroy(round.key_id)
    round.state = RoundState.CLOSED
    audit.note(None, "closed", round.session_id, round=round.id)
    return True


def _cancel(round: Round, keys: KeyFolder) -> bool:
    if round.state is not RoundState.CANCELLING:
        return False
    _delete_ballots(round)
    # The ballots' deletion is on disk before the key goes, so that no crash leaves boxes to a lost key.
    db.session.commit()
    lock_session(round.session_id, alone=True)
    keys.destroy(round.key_id)
    round.state = RoundState.CANCELLED
    audit.note(None, "cancelled", round.session_id, round=round.id)
    return True


def _roll(round_id: int):
    return (
        select(RollEntry.membership_id, Membership.sector_id)
        .join(Membership, Membership.id == RollEntry.membership_id)
        .where(RollEntry.round_id == round_id)
        .order_by(RollEntry.membership_id)
    )


def sweep_keys(keys: KeyFolder, age: float = SWEPT_AFTER) -> list[str]:
    """At the start: remove this installation's keys of openings that were never committed.

    No round can be opened meanwhile, not by another host either: its key would look like a lost one.
    """
    lock_rounds()
    named = db.session.scalars(select(Round.key_id).where(Round.key_id.is_not(None)))
    swept = keys.sweep(named, copies.mark(), age)
    db.session.rollback()
    return swept


def run(app, keys: KeyFolder, stop: threading.Event) -> None:
    """Work until told to stop. One such loop a server; the lease says whose turn it is."""
    holder = secrets.token_hex(8)
    house = housekeeping.Housekeeping(keys, app.config["SETTINGS"].instance)
    turn_at = 0.0
    with app.app_context():
        while not stop.wait(PAUSE):
            try:
                if holds_lease(holder):
                    work_once(keys)
                    house.work()
                    if time.monotonic() >= turn_at:
                        copies.turn(keys)
                        turn_at = time.monotonic() + copies.TURN
                complaints.works("the clerk")
            except Exception as no:
                complaints.fails("the clerk", no)
            finally:
                db.session.remove()
        with contextlib.suppress(OperationalError):  # the database is away: the lease ends by itself
            give_back_lease(holder)
        db.session.remove()
