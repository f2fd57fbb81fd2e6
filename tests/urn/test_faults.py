"""Nothing that was acknowledged is lost, whatever happens to the server: the short forms.

The long ones, with twenty kills and fifty closes, stand in ``test_soak.py``. One server a database
serves all tests of this file; only a kill starts another.
"""

from __future__ import annotations

import pytest

from tests.urn import storm
from tests.urn.storm import Counts


@pytest.fixture
def room(backend, furnished):
    return furnished(backend, voters=30)


@pytest.fixture
def counts() -> Counts:
    return Counts()


def test_c10_a_kill_in_the_middle_of_casts_loses_nothing(room, counts):
    storm.kills(room, 1, 10, counts)
    assert (counts.lost, counts.doubled) == (0, 0) and counts.counted == 30


def test_c11_three_closes_fall_into_a_burst(room, counts):
    storm.closes(room, 3, counts)
    assert (counts.lost, counts.doubled) == (0, 0)


def test_c13_two_devices_cast_at_once(room, counts):
    storm.devices(room, counts)
    assert (counts.lost, counts.doubled) == (0, 0)
