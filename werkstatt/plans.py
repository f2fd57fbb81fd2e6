"""A statement compiled once: what the driver is given as it is, and the columns' own conversions around it."""

from __future__ import annotations

from typing import NamedTuple


class Plan(NamedTuple):
    """A statement in a dialect's words, its values' order, and what converts values in and cells out."""

    sql: str
    order: list[str] | None
    incoming: list[tuple]
    outgoing: list[tuple]

    def sent(self, values: dict) -> dict | list:
        """The values as the driver takes them, by name or in their order."""
        sent = values | {name: process(values[name]) for name, process in self.incoming}
        return [sent[name] for name in self.order] if self.order else sent


def plan(statement, columns, dialect) -> Plan:
    """
    :param columns: what the statement gives.
    """
    compiled = statement.compile(dialect=dialect)
    incoming = [
        (name, process)
        for name, bind in compiled.binds.items()
        if (process := bind.type.dialect_impl(dialect).bind_processor(dialect))
    ]
    outgoing = [
        (at, process)
        for at, column in enumerate(columns)
        if (process := column.type.dialect_impl(dialect).result_processor(dialect, None))
    ]
    return Plan(compiled.string, compiled.positiontup, incoming, outgoing)
