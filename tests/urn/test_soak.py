"""Twenty kills, fifty closes, on both databases: run by ``make soak``, which prints the counts."""

from __future__ import annotations

import pytest

from tests.urn import storm
from tests.urn.storm import COUNTS, Counts

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
