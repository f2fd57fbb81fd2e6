"""PostgreSQL's line for the slot: what is said goes in one message, the answers come in order.

The way there and back costs more than an answer, and the driver's cursors as much again. So this uses
the driver's own line (libpq) in its pipeline mode, with statements that PostgreSQL keeps planned.
"""

from __future__ import annotations

import contextlib
import select
import time
from collections import deque

from sqlalchemy import text
from sqlalchemy.dialects.postgresql import psycopg

from ... import reach
from ...db import Asked

NUMBERED = psycopg.dialect(paramstyle="numeric_dollar")  # values are $1, $2 ... as on the line itself


class Kept:
    """A statement that each connection has PostgreSQL plan once, under a name."""

    def __init__(self, name: str, statement):
        self.name, self.asked = name.encode(), Asked(statement)

    @property
    def words(self) -> bytes:
        return self.asked.plan(NUMBERED).sql.encode()

    def given(self, values: dict) -> list:
        """The values in their order, as the columns' types store them."""
        plan = self.asked.plan(NUMBERED)
        return plan.sent(values) if plan.order else []

    def row(self, cells) -> tuple:
        return self.asked.named(cells, self.asked.plan(NUMBERED))


FINE = (1, 2)  # libpq's PGRES_COMMAND_OK and PGRES_TUPLES_OK
BEGIN, COMMIT = Kept("begin", text("BEGIN")), Kept("commit", text("COMMIT"))


class Line:
    """The line of one connection, while it is entered.

    :ivar connection: SQLAlchemy's, which names errors and forgets a connection that is gone.
    """

    def __init__(self, connection):
        self.connection, self.driver = connection, connection.dialect.dbapi
        self._own = connection.connection.driver_connection
        self._line = self._own.pgconn
        self._kept: set[Kept] = connection.connection.info.setdefault("kept", set())
        self._said = False  # since the last end of a message
        # What is to be answered: (statement, whether it was asked or only given to keep); None: a message's end.
        self._due: deque[tuple[Kept, bool] | None] = deque()
        self._ears = select.poll()  # ``select.select`` knows no more than 1,024 open files
        self._ears.register(self._line.socket, select.POLLIN)

    def __enter__(self) -> Line:
        with self._named_as_ever():
            self._line.enter_pipeline_mode()
        return self

    def __exit__(self, *_reason) -> None:
        """The connection goes back as it came; one that is in disorder is thrown away."""
        try:
            self._send()
            while self._due:
                self._next()
            self._line.exit_pipeline_mode()
        except self.driver.Error as no:
            self.connection.invalidate(no)

    def say(self, statement: Kept, **values) -> None:
        """Put a statement on the line; it leaves when somebody wants to hear an answer."""
        with self._named_as_ever():
            if statement not in self._kept:
                self._line.send_prepare(statement.name, statement.words)
                self._due.append((statement, False))
            if statement is COMMIT:
                self._line.send_flush_request()  # what was asked before is heard while the disk works
            self._line.send_query_prepared(statement.name, self._in_words(statement.given(values)))
            self._due.append((statement, True))
            self._said = True

    def hear(self, statement: Kept) -> list:
        """The rows of a statement that was said, as named tuples; of those before it only whether they went well.

        :raises DBAPIError: as SQLAlchemy names it.
        """
        with self._named_as_ever():
            self._send()
            while True:
                heard, answer = self._next()
                if heard is None:
                    continue
                if answer.status not in FINE:
                    raise self.driver.errors.error_from_result(answer)
                if heard == (statement, True):
                    rows = self.driver.adapt.Transformer(self._own)
                    rows.set_pgresult(answer)
                    return rows.load_rows(0, answer.ntuples, statement.row)

    def _in_words(self, values: list):
        if not values:
            return None
        dumped = self.driver.adapt.Transformer(self._own)
        return dumped.dump_sequence(values, [self.driver.adapt.PyFormat.TEXT] * len(values))

    def _send(self) -> None:
        if self._said:
            self._line.pipeline_sync()
            self._due.append(None)
            self._said = False

    def _next(self) -> tuple:
        """The next that is due, and its answer."""
        due, answer = self._due.popleft(), self._receive()
        if answer is None:
            raise self.driver.OperationalError("the line is closed")
        if due is not None:
            self._receive()  # nothing, which ends it
            if due[1] is False and answer.status in FINE:
                self._kept.add(due[0])  # also where nobody listens any more: it cannot be given twice
        return due, answer

    def _receive(self):
        ends = time.monotonic() + reach.SILENT
        while self._line.is_busy():
            self._line.flush()
            if not self._ears.poll(1000 * max(0, ends - time.monotonic())):
                self._line.finish()  # then nobody asks on it any more, nor waits at its end
                raise reach.silence(self.driver)
            self._line.consume_input()
        return self._line.get_result()

    @contextlib.contextmanager
    def _named_as_ever(self):
        try:
            yield
        except self.driver.Error as no:
            self.connection._handle_dbapi_exception(no, "", (), None, None)
