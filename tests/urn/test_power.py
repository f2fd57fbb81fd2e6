"""A disk that forgets what was not synced, and one that is full; the long forms stand in test_soak.py."""

from __future__ import annotations

import asyncio
import random
import struct

import pytest

from tests.load.room import furnish
from tests.urn import deaths, power, storm, weather
from tests.urn.power import Disk, Record
from tests.urn.storm import Counts


@pytest.fixture(scope="module")
def machine(tmp_path_factory):
    """A room whose database and keys lie on a bad machine's disk."""
    return bad_machine(tmp_path_factory.mktemp("bad"), voters=30)


def bad_machine(folder, *, voters: int):
    home = folder / "home"
    home.mkdir()
    url = f"sqlite:///{home / 'instance' / 'werkstatt.sqlite'}"
    return furnish(home, url, voters=voters, items=8), power.Machine.over(home, folder / "faults")


def test_c28_a_power_failure_loses_nothing_and_without_syncing_it_does(machine):
    room, disk = machine
    counts = Counts()
    storm.power_failures(room, disk, 1, 10, counts)
    assert (counts.lost, counts.doubled) == (0, 0)
    with pytest.raises(AssertionError, match="wrong after the failure"):
        storm.power_failures(room, disk, 1, 10, Counts(), WEAKEN="NORMAL")


def test_c26_a_full_disk_is_said_and_the_old_ballot_stays(machine):
    room, disk = machine
    asyncio.run(storm.full_disk(room, room.open_round(), disk.switch, **disk.environ()))
    assert room.down() == 0


@pytest.mark.parametrize("what", ["open", "close"])
def test_c28_the_power_fails_on_the_way_through_opening_and_closing(machine, what):
    """The key is on disk before the opening is, and gone before the closing is."""
    room, disk = machine
    assert deaths.fail_everywhere(room, disk, what, every=9) > 3


def test_c29_every_ballot_has_a_history_that_can_be(backend, furnished, machine, tmp_path):
    """The short weather: a process stands still, a lock, the clock steps, the power goes."""
    room, disk = machine if backend == "sqlite" else (furnished(backend, voters=30), None)
    disk = disk or power.Machine.over(room.folder, tmp_path / "faults")
    counts = Counts()
    weather.bad_weather(room, disk, ["stop", "lock", "forward", "back", "kill"], counts, pause=0.3)
    assert counts.acknowledged > 0 and counts.lost == 0


def record(kind: str, path: str, number: int = 0, data: bytes = b"") -> Record:
    return Record(kind, path, number, data)


def test_c28_the_model_of_a_disk():
    """Safe is what was written before a sync began that has ended; a name when its folder was synced."""
    disk = Disk({"/d/old": b"abc"})
    for one in (record("w", "/d/old", 0, b"X"), record("s", "/d/old", 1), record("w", "/d/old", 1, b"Y")):
        disk.follow(one)
    assert disk.left() == {"/d/old": b"abc"}
    disk.follow(record("S", "/d/old", 1))
    assert disk.left() == {"/d/old": b"Xbc"}
    assert disk.left(lambda: True) == {"/d/old": b"XYc"}
    for one in (
        record("c", "/d/new"),
        record("w", "/d/new", 0, b"n"),
        record("s", "/d/new", 2),
        record("S", "/d/new", 2),
    ):
        disk.follow(one)
    assert "/d/new" not in disk.left() and disk.left(lambda: True)["/d/new"] == b"n"
    disk.follow(record("s", "/d", 3))
    disk.follow(record("x", "/d/old"))
    disk.follow(record("S", "/d", 3))
    assert disk.left() == {"/d/old": b"Xbc", "/d/new": b"n"}
    assert disk.left(lambda: True) == {"/d/new": b"n"}
    disk.follow(record("t", "/d/new", 3))
    assert disk.left(lambda: True)["/d/new"] == b"n\0\0"


def test_c28_a_log_is_read_back(tmp_path):
    log = tmp_path / "log"
    log.write_bytes(struct.pack("=IIqq", 2, 3, ord("w"), 7) + b"/aabc")
    assert power.records(log) == [record("w", "/a", 7, b"abc")]
    kept = random.Random(1)
    assert power.after_failure({}, log, lambda: kept.random() < 1) == {"/a": bytes(7) + b"abc"}
