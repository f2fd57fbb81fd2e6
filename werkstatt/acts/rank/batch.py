"""What the slot asks of the database for casts that arrived together: a transaction, the voters, the rows.

SQLite is asked one cast after the other: it answers inside this process. PostgreSQL is somewhere
else, so that the way there and back costs more than the answer; it is spoken to twice for a whole
batch, however large: begin with the lock and the voters; the rows and the commit.
"""

from __future__ import annotations

import contextlib
from dataclasses import dataclass

from sqlalchemy import (
    ARRAY,
    Engine,
    Integer,
    LargeBinary,
    String,
    bindparam,
    cast,
    column,
    create_engine,
    event,
    exists,
    func,
    literal_column,
    select,
    text,
    true,
)
from sqlalchemy.dialects.postgresql import insert

from ...db import HURRIED_MS, SESSION_LOCKS, SHARED, Asked, engine_options, hurried
from ...models import Account, Ballot, Login, Membership, Organiser, RollEntry, Round, Session, Workshop
from ..join import SHUT, live_login
from . import voting
from .line import BEGIN, COMMIT, Kept, Line

_login, _account, _member = (model.__table__ for model in (Login, Account, Membership))
_round, _session, _workshop = (model.__table__ for model in (Round, Session, Workshop))
_organiser, _entry = Organiser.__table__, RollEntry.__table__


_FACTS = (
    *voting.WHETHER_OPEN,
    *voting.WHETHER_VOTER,
    _login.c.token_hash,
    _login.c.tag,
    _member.c.id.label("member_id"),
    _member.c.role,
    SHUT.label("shut"),
    _organiser.c.account_id.label("organised"),
)


def _round_and_voter():
    """The round with whoever has this login: all that the guard and a cast want to know."""
    return select(*_FACTS).select_from(_with_voter(_where(), true())).where(live_login(bindparam("token")))


def _rounds_and_voters():
    """The same for many logins, the joins in the order in which PostgreSQL is to make them: each by a key."""
    tokens = func.unnest(cast(bindparam("tokens", type_=String), ARRAY(String)))
    asked = tokens.table_valued(column("token", String), name="asked").render_derived()
    joined = _with_voter(_where().join(asked, true()), _login.c.token_hash == asked.c.token)
    return select(*_FACTS).select_from(joined).where(live_login(asked.c.token))


def _where():
    """The round within its session and workshop."""
    asked = (_round.c.id == bindparam("round")) & (_round.c.session_id == bindparam("session"))
    here = _round.join(_session, asked & (_session.c.id == _round.c.session_id))
    return here.join(_workshop, _workshop.c.id == _session.c.workshop_id)


def _with_voter(where, login):
    """Whoever has this login there: account, membership, office and entry of the roll."""
    return (
        where.join(_login, login)
        .join(_account, _account.c.id == _login.c.account_id)
        .join(_member, (_member.c.account_id == _account.c.id) & (_member.c.workshop_id == _workshop.c.id))
        .outerjoin(
            _organiser,
            (_organiser.c.account_id == _account.c.id) & (_organiser.c.process_id == _workshop.c.process_id),
        )
        .outerjoin(_entry, (_entry.c.round_id == _round.c.id) & (_entry.c.membership_id == _member.c.id))
    )


def _upserts():
    """``voting.written`` for many at once; returns the handles that were written."""
    arrays = (("handles", LargeBinary), ("boxes", LargeBinary), ("revs", Integer))
    given = func.unnest(
        *(cast(bindparam(name, type_=String), ARRAY(kind)) for name, kind in arrays)
    ).table_valued(
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


ROUND_AND_VOTER = Asked(_round_and_voter())
ROUNDS_AND_VOTERS = Kept("voters", _rounds_and_voters())
UPSERTS = Kept("ballots", _upserts())
LOCK = Kept("lock", SHARED.statement)
PATIENCE = Kept("patience", text("SELECT set_config('lock_timeout', :ms, true)"))


@dataclass(frozen=True)
class Sealed:
    """A ballot as it will be stored."""

    handle: bytes
    box: bytes
    rev: int


class OneByOne:
    """For a database in this process.

    :ivar commits_beside_others: whether another process may go on before this one's commit is on the disk.
    :ivar many_cost_as_one: whether a batch costs so little more than a single cast that it is worth a moment's wait.
    """

    commits_beside_others = many_cost_as_one = False

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

    Two messages make a whole batch: the beginning with the lock and the voters, the rows with the commit.
    """

    commits_beside_others = many_cost_as_one = True

    def __init__(self, engine: Engine):
        url = engine.url
        super().__init__(
            create_engine(url, isolation_level="AUTOCOMMIT", pool_size=1, **engine_options(url.drivername))
        )
        event.listen(self.engine, "connect", _plan_once)
        event.listen(engine, "engine_disposed", lambda _engine: self.engine.dispose())

    @contextlib.contextmanager
    def transaction(self, session_id: int):
        """The line to ask on; once the ballots are written, the commit is on its way."""
        with self.engine.connect() as connection, connection.begin(), Line(connection) as line:
            line.say(BEGIN)
            if hurried():
                line.say(PATIENCE, ms=str(HURRIED_MS))
            line.say(LOCK, space=SESSION_LOCKS, id=session_id)
            yield line
            line.hear(COMMIT)

    def voters(self, line: Line, tokens: list[str], **asked) -> dict:
        line.say(ROUNDS_AND_VOTERS, tokens=_array(tokens), **asked)
        return {row.token_hash: row for row in line.hear(ROUNDS_AND_VOTERS)}

    def write(self, line: Line, round_id: int, ballots: list[Sealed]) -> set[bytes]:
        # In one order everywhere: no two batches wait in a circle.
        ballots = sorted(ballots, key=lambda one: one.handle)
        line.say(
            UPSERTS,
            round_id=round_id,
            handles=_array(one.handle for one in ballots),
            boxes=_array(one.box for one in ballots),
            revs=_array(one.rev for one in ballots),
        )
        line.say(COMMIT)
        return {bytes(row.handle) for row in line.hear(UPSERTS)}


def _array(values) -> str:
    """Numbers, hexadecimal digits or bytes as PostgreSQL writes an array; the driver takes ten times as long."""
    written = ('"\\\\x' + one.hex() + '"' if isinstance(one, bytes) else str(one) for one in values)
    return "{" + ",".join(written) + "}"


def _plan_once(connection, _record) -> None:
    """Plan the two questions once, as they are written: each row by a key, however little is known of the tables.

    Planning them takes longer than answering, and with statistics of yesterday, or none, PostgreSQL would
    read a whole workshop for each voter.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "SET plan_cache_mode = force_generic_plan; SET join_collapse_limit = 1;"
            " SET enable_seqscan = off; SET enable_hashjoin = off; SET enable_mergejoin = off; SET jit = off"
        )


def way_to(engine: Engine) -> OneByOne:
    """How this database is asked."""
    return AtOnce(engine) if engine.dialect.name == "postgresql" else OneByOne(engine)
