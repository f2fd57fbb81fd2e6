"""A file system of two megabytes for PostgreSQL's table of ballots, filled and emptied at will."""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text

from tests.load.room import Room

SIZE = 2 << 20


@contextlib.contextmanager
def small_disk(room: Room, folder: Path):
    """``fill(full=True)`` leaves no room for one page more in the table of ballots.

    It needs root for the file system, and a server on this machine for its folder; elsewhere the
    test is skipped with the reason, in CI too: there is no other way to fill only the test's own
    corner of a database server.
    """
    place = Path("/var/tmp") / f"werkstatt-small-{os.getpid()}"
    place.mkdir(mode=0o755)
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={SIZE},mode=0777", "none", str(place)],
        capture_output=True,
        text=True,
    )
    if mounted.returncode:
        place.rmdir()
        pytest.skip(f"no small file system can be mounted here ({mounted.stderr.strip()})")
    engine = create_engine(room.environ["WERKSTATT_DATABASE_URL"], isolation_level="AUTOCOMMIT")
    name = f"small_{os.getpid()}"
    room.down()  # nobody holds the table while it moves
    try:
        with engine.connect() as connection:
            home = place / "tables"
            home.mkdir()
            owner = Path(connection.execute(text("SHOW data_directory")).scalar())
            if not owner.exists():
                pytest.skip("the PostgreSQL server runs elsewhere; its disk cannot be filled from here")
            os.chown(home, owner.stat().st_uid, owner.stat().st_gid)
            connection.execute(text(f"CREATE TABLESPACE {name} LOCATION '{home}'"))
            connection.execute(text(f"ALTER TABLE ballot SET TABLESPACE {name}"))
            connection.execute(text("ALTER TABLE ballot SET (fillfactor = 10)"))  # every ballot wants a page
            yield lambda full: _fill(place / "filler", connection, full)
    finally:
        room.down()
        with contextlib.suppress(FileNotFoundError):
            (place / "filler").unlink()
        with engine.connect() as connection:
            connection.execute(text("ALTER TABLE ballot SET TABLESPACE pg_default"))
            connection.execute(text("ALTER TABLE ballot RESET (fillfactor)"))
            connection.execute(text(f"DROP TABLESPACE IF EXISTS {name}"))
        engine.dispose()
        subprocess.run(["umount", str(place)], check=True)
        shutil.rmtree(place)


def _fill(filler: Path, connection, full: bool) -> None:
    if not full:
        filler.unlink()
        return
    with filler.open("wb", buffering=0) as file, contextlib.suppress(OSError):
        while True:
            file.write(bytes(4096))
