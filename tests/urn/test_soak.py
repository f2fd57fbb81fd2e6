"""Twenty kills, fifty closes, on both databases: run by ``make soak``, which prints the counts."""

from __future__ import annotations

import asyncio

import pytest

from tests.load.room import furnish
from tests.urn import deaths, power, storm, weather
from tests.urn.cluster import cluster
from tests.urn.small import small_disk
from tests.urn.storm import COUNTS, NOTES, Counts
from tests.urn.test_power import bad_machine

pytestmark = pytest.mark.soak


@pytest.fixture
def counts(request, backend) -> Counts:
    name = request.node.name.removeprefix("test_").partition("[")[0]
    return COUNTS.setdefault(f"{name} ({backend})", Counts())


def test_c10_twenty_kills(backend, furnished, counts):
    storm.kills(furnished(backend, voters=200), 20, 10, counts)
    assert (counts.lost, counts.doubled) == (0, 0)


def test_c11_fifty_closes(backend, furnished, counts):
    storm.closes(furnished(backend, voters=300), 50, counts)
    assert (counts.lost, counts.doubled) == (0, 0)


def test_c28_twenty_power_failures(tmp_path_factory):
    counts = COUNTS.setdefault("c28_twenty_power_failures (sqlite)", Counts())
    room, disk = bad_machine(tmp_path_factory.mktemp("bad"), voters=60)
    storm.power_failures(room, disk, 20, 10, counts)
    assert (counts.lost, counts.doubled) == (0, 0)


def test_c28_ten_deaths_of_postgresql(tmp_path):
    """What it has synced is its own promise (C12 asks for it); here it dies with all its processes, ten times."""
    counts = COUNTS.setdefault("c28_ten_deaths_of_postgresql", Counts())
    with cluster() as server:
        room = furnish(tmp_path, server.url, voters=60, items=8)
        try:
            storm.database_kills(room, server, 10, 10, counts)
        finally:
            room.down()
    assert (counts.lost, counts.doubled) == (0, 0)


def test_c27_a_foreign_lock_for_thirty_seconds(backend, furnished):
    room = furnished(backend, voters=30)
    room.up()
    asyncio.run(storm.long_lock(room, room.open_round(), 30))


def test_c26_a_full_disk_under_postgresql(furnished, tmp_path):
    """The table of ballots lies on a tiny file system of its own; only root may make one."""
    room = furnished("postgresql", voters=30)
    with small_disk(room, tmp_path) as fill:
        asyncio.run(storm.full_disk(room, room.open_round(), fill))


@pytest.mark.parametrize("what", ["open", "close", "cancel"])
def test_c21_a_death_at_every_point(backend, furnished, what):
    died = deaths.die_everywhere(furnished(backend, voters=6), what)
    NOTES.append(f"c21_{what} ({backend}): died at {died} points, resumed every time")
    assert died > 15  # a BEGIN leaves no trace either and is no point


@pytest.mark.parametrize("what", ["open", "close", "cancel"])
def test_c28_the_power_fails_after_every_write(tmp_path_factory, what):
    room, disk = bad_machine(tmp_path_factory.mktemp("bad"), voters=6)
    failed = deaths.fail_everywhere(room, disk, what)
    NOTES.append(f"c28_{what} (sqlite): {failed} power failures, resumed every time")
    assert failed > 20


def test_c29_bad_weather(backend, furnished, counts, tmp_path):
    room = furnished(backend, voters=15)
    room.down()
    machine = power.Machine.over(room.folder, tmp_path / "faults")
    faults = ["stop", "lock", "forward", "kill", "restart", "stop", "back", "lock"] * 2
    weather.bad_weather(room, machine, [*faults, "forward", "kill", "back", "restart"], counts, pause=0.5)
