"""What the slot asks of the database for casts that arrived together: a transaction, the voters, the rows.

SQLite is asked one cast after the other: it answers inside this process. PostgreSQL is somewhere
else, so that the way there and back costs more than the answer; it is asked four times for a whole
batch, however large: begin with the lock, the voters, the rows, commit.
"""

from __future__ import annotations

import contextlib
import functools
from dataclasses import dataclass

from sqlalchemy import (
    ARRAY,
    Engine,
    Integer,
    LargeBinary,
    String,
    bindparam,
    column,
    create_engine,
    event,
    exists,
    func,
    literal_column,
    select,
    true,
)
from sqlalchemy.dialects.postgresql import dialect, insert

from ...db import BUSY_MS, HURRIED_MS, SESSION_LOCKS, Asked, engine_options, hurried
from ...models import Account, Ballot, Login, Membership, Organiser, RollEntry, Round, Session, Workshop
from ..join import SHUT, live_login
from . import voting

_login, _account, _member = (model.__table__ for model in (Login, Account, Membership))
_round, _session, _workshop = (model.__table__ for model in (Round, Session, Workshop))
_organiser, _entry = Organiser.__table__, RollEntry.__table__


def _round_and_voter(token):
    """The round with whoever has this login: all that the guard and a cast want to know."""
    return (
        select(
            *voting.WHETHER_OPEN,
            *voting.WHETHER_VOTER,
            _login.c.token_hash,
            _login.c.tag,
            _member.c.id.label("member_id"),
            _member.c.role,
            SHUT.label("shut"),
            _organiser.c.account_id.label("organised"),
        )
        .select_from(_login)
        .join(_account, _account.c.id == _login.c.account_id)
        .join(_round, (_round.c.id == bindparam("round")) & (_round.c.session_id == bindparam("session")))
        .join(_session, _session.c.id == _round.c.session_id)
        .join(_workshop, _workshop.c.id == _session.c.workshop_id)
        .join(_member, (_member.c.account_id == _account.c.id) & (_member.c.workshop_id == _workshop.c.id))
        .outerjoin(
            _organiser,
            (_organiser.c.account_id == _account.c.id) & (_organiser.c.process_id == _workshop.c.process_id),
        )
        .outerjoin(_entry, (_entry.c.round_id == _round.c.id) & (_entry.c.membership_id == _member.c.id))
        .where(live_login(token))
    )


def _rounds_and_voters():
    """The same for many logins. The limit keeps PostgreSQL from reading a whole workshop for a few of them."""
    tokens = func.unnest(bindparam("tokens", type_=ARRAY(String)))
    asked = tokens.table_valued(column("token", String), name="asked").render_derived()
    one = _round_and_voter(asked.c.token).limit(literal_column("1")).lateral("one")
    return select(*one.c).select_from(asked).join(one, true())


def _upserts():
    """``voting.written`` for many at once; returns the handles that were written."""
    arrays = (("handles", LargeBinary), ("boxes", LargeBinary), ("revs", Integer))
    given = func.unnest(*(bindparam(name, type_=ARRAY(kind)) for name, kind in arrays)).table_valued(
        column("handle", LargeBinary), column("box", LargeBinary), column("rev", Integer), name="given"
    )
    given = given.render_derived()
    ballot, before = Ballot.__table__, Ballot.__table__.alias("before")
    round_id = bindparam("round_id", type_=Integer)
    there = exists().where(before.c.round_id == round_id, before.c.handle == given.c.handle)
    rows = select(round_id, given.c.handle, given.c.box, given.c.rev)
    rows = rows.where((given.c.rev == literal_column("1")) | there)
    new = insert(ballot).from_select(["round_id", "handle", "box", "rev"], rows)
    return new.on_conflict_do_update(
        index_elements=[ballot.c.round_id, ballot.c.handle],
        set_={"box": new.excluded.box, "rev": new.excluded.rev},
        where=ballot.c.rev == new.excluded.rev - literal_column("1"),
    ).returning(ballot.c.handle)


ROUND_AND_VOTER = Asked(_round_and_voter(bindparam("token")))
ROUNDS_AND_VOTERS = Asked(_rounds_and_voters())
UPSERTS = Asked(_upserts())


@dataclass(frozen=True)
class Sealed:
    """A ballot as it will be stored."""

    handle: bytes
    box: bytes
    rev: int


class OneByOne:
    """For a database in this process.

    :ivar commits_beside_others: whether another process may go on before this one's commit is on the disk.
    """

    commits_beside_others = False

    def __init__(self, engine: Engine):
        self.engine = engine

    @contextlib.contextmanager
    def transaction(self, _session_id: int):
        """A connection that writes and shares the session's lock; committed at the end."""
        with self.engine.connect().execution_options(werkstatt_write=True) as connection, connection.begin():
            yield connection

    def voters(self, connection, tokens: list[str], **asked) -> dict:
        """Login -> the round and the voter; a login that is none, or not of this workshop, is missing."""
        found = (ROUND_AND_VOTER.first(connection, token=token, **asked) for token in tokens)
        return {row.token_hash: row for row in found if row is not None}

    def write(self, connection, round_id: int, ballots: list[Sealed]) -> set[bytes]:
        """Handles of the ballots that are first or replace the revision before; at most one of each handle."""
        return {one.handle for one in ballots if voting.written(connection, round_id=round_id, **vars(one))}


class AtOnce(OneByOne):
    """For PostgreSQL, on a connection of its own: one batch at a time needs no more.

    It begins and ends its transactions in so many words, so that the lock travels with the beginning;
    and it plans its two questions once, because planning them takes longer than answering.
    """

    commits_beside_others = True

    def __init__(self, engine: Engine):
        url = engine.url
        super().__init__(
            create_engine(url, isolation_level="AUTOCOMMIT", pool_size=1, **engine_options(url.drivername))
        )
        event.listen(self.engine, "connect", _plan_once)
        event.listen(engine, "engine_disposed", lambda _engine: self.engine.dispose())

    @contextlib.contextmanager
    def transaction(self, session_id: int):
        with self.engine.connect() as connection, connection.begin():
            _say(connection, _beginning(session_id, HURRIED_MS if hurried() else BUSY_MS))
            yield connection

    def voters(self, connection, tokens: list[str], **asked) -> dict:
        return {row.token_hash: row for row in ROUNDS_AND_VOTERS.all(connection, tokens=tokens, **asked)}

    def write(self, connection, round_id: int, ballots: list[Sealed]) -> set[bytes]:
        # In one order everywhere: no two batches wait in a circle.
        ballots = sorted(ballots, key=lambda one: one.handle)
        handles, boxes, revs = ([getattr(one, name) for one in ballots] for name in ("handle", "box", "rev"))
        rows = UPSERTS.all(connection, round_id=round_id, handles=handles, boxes=boxes, revs=revs)
        return {bytes(row.handle) for row in rows}


def _say(connection, words: str) -> None:
    """Statements without values or an answer, in one message on the driver's own line: a cursor costs as much again.

    :raises DBAPIError: as SQLAlchemy names it, which also forgets a connection that is gone.
    """
    line, driver = connection.connection.driver_connection.pgconn, connection.dialect.dbapi
    try:
        answer = line.exec_(words.encode())
        if answer.status != driver.pq.ExecStatus.TUPLES_OK:
            state = answer.error_field(driver.pq.DiagnosticField.SQLSTATE)
            kind = driver.errors.lookup(state.decode()) if state else driver.OperationalError
            raise kind(answer.get_error_message())
    except driver.Error as no:
        connection._handle_dbapi_exception(no, words, (), None, None)


@functools.lru_cache(maxsize=128)
def _beginning(session_id: int, patience: int) -> str:
    """The beginning of a transaction that waits at most so many milliseconds for a session's lock, in one message."""
    wait = func.set_config("lock_timeout", str(patience), true())
    lock = func.pg_advisory_xact_lock_shared(SESSION_LOCKS, session_id)
    as_it_is = {"dialect": dialect(), "compile_kwargs": {"literal_binds": True}}
    said = (select(one).compile(**as_it_is) for one in (wait, lock))
    return "; ".join(("BEGIN", *map(str, said)))


def _plan_once(connection, _record) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET plan_cache_mode = force_generic_plan")


def way_to(engine: Engine) -> OneByOne:
    """How this database is asked."""
    return AtOnce(engine) if engine.dialect.name == "postgresql" else OneByOne(engine)
