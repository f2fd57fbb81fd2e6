"""Which database this is: the one that is in use, or an older copy of it.

Keys lie outside the database, so that no copy of it holds any. But a copy from inside a round, put
back while the round's key is still there, would go on counting without what was cast since. So
database and key folder share a *generation*, a random word that changes at every start and every few
seconds while a round is open. A database whose generation is not among the two newest in the
folder is an older copy: its unfinished rounds are interrupted, to be repeated.

The *mark* names the installation. Ids of keys begin with it, and only keys with one's own mark are
ever swept: several installations may share a key folder. An older copy becomes an installation of its
own, and so never touches what another one, still running beside it, has in the folder.
"""

from __future__ import annotations

import secrets

from sqlalchemy import select

from ..db import begin_write, db, lock_session
from ..models import Installation, Round
from ..secrecy import KeyFolder
from ..terms import RoundState
from . import audit
from .hold import touch
from .rank.steering import PROBLEM_INTERRUPTED

TURN = 5.0  # seconds between two generations while a round takes ballots
TAKING = (RoundState.OPEN, RoundState.CLOSING)


def mark() -> str:
    """This installation's mark."""
    return db.session.scalar(select(Installation.mark).where(Installation.name == "this"))


def start(keys: KeyFolder) -> int:
    """At the start: interrupt the rounds of an older copy, begin a new generation; how many rounds. Commits."""
    here = _held()
    known = keys.generations(here.mark)
    if not known or here.generation in known:
        _turn(here, keys)
        return 0
    rounds = db.session.execute(
        select(Round.id, Round.session_id).where(Round.state.in_(TAKING)).order_by(Round.id)
    ).all()
    done = sum(_interrupt(round_id, session_id) for round_id, session_id in rounds)
    here.mark = secrets.token_hex(4)
    _turn(here, keys)
    return done


def turn(keys: KeyFolder) -> bool:
    """Begin a new generation if a round takes ballots; whether it did. Commits."""
    busy = db.session.scalar(select(Round.id).where(Round.state.in_(TAKING)).limit(1)) is not None
    db.session.rollback()
    if busy:
        _turn(_held(), keys)
    return busy


def _held() -> Installation:
    begin_write()
    return db.session.get(Installation, "this", populate_existing=True, with_for_update=True)


def _turn(here: Installation, keys: KeyFolder) -> None:
    """First in the folder, beside the old one, then in the database: a crash between is no older copy."""
    new = secrets.token_hex(16)
    keys.write_generations(here.mark, [here.generation, new])
    here.generation = new
    db.session.commit()


def _interrupt(round_id: int, session_id: int) -> bool:
    lock_session(session_id, alone=True)
    round = db.session.get(Round, round_id, populate_existing=True)
    if round.problem == PROBLEM_INTERRUPTED:
        return False
    round.problem, round.deadline_at = PROBLEM_INTERRUPTED, None
    audit.note(None, "interrupted", session_id, round=round_id)
    touch(session_id, step=True)
    return True
