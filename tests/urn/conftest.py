"""Rooms on both databases, with real servers; and the counts that a run prints at its end."""

from __future__ import annotations

import pytest

from tests.conftest import POSTGRESQL, missing
from tests.load.room import furnish, postgresql_database
from tests.urn.storm import COUNTS, NOTES


@pytest.fixture(scope="module")
def furnished(request, tmp_path_factory):
    """``furnished("sqlite", voters=60)``: a room on that database, kept for the tests of a file."""
    with _Databases(tmp_path_factory) as databases:
        yield databases.room


class _Databases:
    def __init__(self, folders):
        self.folders, self.rooms, self.open = folders, {}, []

    def __enter__(self):
        return self

    def room(self, backend: str, *, voters: int, items: int = 8):
        if (backend, voters) not in self.rooms:
            folder = self.folders.mktemp(f"room-{backend}")
            self.rooms[backend, voters] = furnish(
                folder, self._url(backend, folder), voters=voters, items=items
            )
        return self.rooms[backend, voters]

    def _url(self, backend: str, folder) -> str:
        if backend == "sqlite":
            return f"sqlite:///{folder / 'instance' / 'werkstatt.sqlite'}"
        if not POSTGRESQL:
            missing("a PostgreSQL server (WERKSTATT_TEST_POSTGRESQL)")
        database = postgresql_database(POSTGRESQL)
        self.open.append(database)
        return database.__enter__()

    def __exit__(self, *_reason):
        for room in self.rooms.values():
            room.down()
        for database in self.open:
            database.__exit__(None, None, None)


def pytest_terminal_summary(terminalreporter):
    for what, counts in COUNTS.items():
        terminalreporter.write_line(counts.line(what))
    for note in NOTES:
        terminalreporter.write_line(note)
