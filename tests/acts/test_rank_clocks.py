"""C50: the moment at which a request reaches the server decides, whatever any clock says afterwards."""

from __future__ import annotations

import subprocess
import sys
import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from zoneinfo import ZoneInfo

import pytest

from config import HERE
from tests.rounds import cast, keys_of, opened
from werkstatt.acts import NotNow, clerk, rank
from werkstatt.acts.rank import ending, steering
from werkstatt.db import begin_write, db, utcnow
from werkstatt.models import Result
from werkstatt.terms import RoundState

BERLIN = ZoneInfo("Europe/Berlin")
# The hour from two to three comes twice in this night: 00:59:30 UTC is 02:59:30, and so is 01:59:30 UTC.
BACK = datetime(2026, 10, 25, 0, 59, 30, tzinfo=UTC)
FORWARD = datetime(2026, 3, 29, 0, 59, 30, tzinfo=UTC)  # half a minute later it is three o'clock
USUAL = datetime(2026, 11, 23, 13, 45, tzinfo=UTC)


def closing(house, round, deadline, state=RoundState.CLOSING):
    begin_write()
    round.deadline_at, round.state = deadline, state
    db.session.commit()


@pytest.mark.parametrize("deadline", [USUAL, BACK, FORWARD])
@pytest.mark.parametrize("zone", [UTC, BERLIN])
def test_c50_in_any_night_the_same_seconds_decide(app, house, deadline, zone):
    round = opened(app, house, grace=15)
    closing(house, round, deadline)
    for who, after in (("petra", -0.1), ("samuel", 0.0), ("vera", 15.0)):
        cast(app, house, who, [[0]], arrived=(deadline + timedelta(seconds=after)).astimezone(zone))
    for after in (15.1, 60.0, 3600.0, 3615.0):
        late = (deadline + timedelta(seconds=after)).astimezone(zone)
        with pytest.raises(NotNow, match="geschlossen"):
            cast(app, house, "petra", [[1]], rev=1, arrived=late)
        db.session.rollback()


def test_c50_a_request_that_waits_inside_the_server_counts_by_its_arrival(app, house):
    """It came in time, then stood behind a lock until the deadline had passed."""
    round = opened(app, house, grace=2)
    deadline = utcnow() + timedelta(seconds=0.2)
    closing(house, round, deadline, RoundState.OPEN)
    arrived = utcnow()
    time.sleep(0.4)
    clerk.work_once(keys_of(app))
    db.session.refresh(round)
    assert round.state is RoundState.CLOSING
    cast(app, house, "petra", [[0]], arrived=arrived)


def test_c50_what_a_browser_says_of_its_clock_is_not_asked(app, house, browse):
    round = opened(app, house)
    petra = browse("petra")
    path = f"/sessions/{house.session.id}/rounds/{round.id}/ballot"
    places = {f"place-{sign}": "" for sign in "BCDE"} | {"place-A": "1"}
    body = {"list": round.list_hash, "rev": "0", "step": "cast", "arrived": "2001-01-01T00:00:00", **places}
    old = {"Date": "Mon, 01 Jan 2001 00:00:00 GMT", "If-Unmodified-Since": "Mon, 01 Jan 2001 00:00:00 GMT"}
    assert petra.send(path, body, headers=old).status_code == 303
    closing(house, db.session.merge(round), utcnow() - timedelta(seconds=1))
    assert (
        petra.send(path, body | {"place-A": "2", "place-B": "1", "rev": "1"}, headers=old).status_code == 409
    )


@dataclass
class Clocks:
    """The machine's clocks as the product reads them: the time of day is set, its own count only goes on."""

    away: float = 0.0  # seconds by which the time of day was set
    passed: float = 0.0  # seconds that the test lets pass at once
    start: str = "this start"

    def of_day(self) -> datetime:
        return datetime.now(UTC) + timedelta(seconds=self.away + self.passed)

    def count(self) -> float:
        return time.clock_gettime(time.CLOCK_MONOTONIC) + self.passed


@pytest.fixture
def clocks(monkeypatch) -> Clocks:
    clocks = Clocks()
    for module in (ending, steering):
        monkeypatch.setattr(module, "utcnow", clocks.of_day)
    monkeypatch.setattr(ending, "_count", clocks.count)
    monkeypatch.setattr(ending, "_start", lambda: clocks.start)
    monkeypatch.setattr(ending, "time", SimpleNamespace(monotonic=clocks.count))
    return clocks


def announced(house, round, seconds: int) -> None:
    rank.announce(house.session, house.actor("mona"), round.id, seconds=seconds)
    db.session.commit()


def worked(app, round) -> RoundState:
    clerk.work_once(keys_of(app))
    db.session.refresh(round)
    return round.state


def late(app, house, clocks, who="samuel") -> None:
    """A cast that is sent just now is refused."""
    with pytest.raises(NotNow, match="geschlossen"):
        cast(app, house, who, [[0]], arrived=clocks.of_day())
    db.session.rollback()


SAME_OR_NOT = pytest.mark.parametrize("start", ["this start", "another machine, or a later start", ""])


@pytest.mark.parametrize("away", [-3600, 3600])
def test_c50_a_cast_that_waits_while_the_clock_is_set_was_here_when_it_was(app, house, clocks, away):
    """It waits for a lock; meanwhile somebody sets the time of day."""
    round = opened(app, house, grace=2)
    announced(house, round, 30)
    early = rank.Arrival(clocks.count())
    clocks.passed, clocks.away = 5, away
    cast(app, house, "petra", [[0]], arrived=early)
    db.session.commit()
    clocks.passed = 33
    with pytest.raises(NotNow, match="geschlossen"):
        cast(app, house, "samuel", [[0]], arrived=rank.Arrival(clocks.count()))


@SAME_OR_NOT
def test_c50_a_clock_set_back_reopens_nothing_while_the_count_waits(app, house, clocks, start):
    round = opened(app, house, grace=2)
    rank.mark(
        house.session,
        house.actor("mona"),
        keys_of(app),
        house.member("vera").id,
        on_paper=True,
        reason="device",
    )
    announced(house, round, 0)
    clocks.passed = 3
    assert worked(app, round) is RoundState.CLOSING and round.problem == "papers"
    late(app, house, clocks)
    clocks.away, clocks.start = -3600, start
    late(app, house, clocks)
    mona = house.actor("mona")
    for verb in (rank.withdraw_announcement, rank.extend):
        with pytest.raises(NotNow):
            verb(house.session, mona, round.id)
        db.session.rollback()


@SAME_OR_NOT
@pytest.mark.parametrize("away", [-3600, -60])
def test_c50_a_clock_set_back_after_the_announcement_holds_up_no_close(app, house, clocks, start, away):
    round = opened(app, house, grace=2)
    cast(app, house, "petra", [[0]])
    announced(house, round, 30)
    clocks.start = start
    assert worked(app, round) is RoundState.OPEN
    clocks.away = away
    clocks.passed = 20
    assert worked(app, round) is RoundState.OPEN
    cast(app, house, "samuel", [[0]], arrived=clocks.of_day())
    clocks.passed = 31.5
    assert worked(app, round) is RoundState.CLOSING
    cast(app, house, "vera", [[0]], arrived=clocks.of_day())  # grace counts
    clocks.passed = 36
    assert worked(app, round) is RoundState.CLOSED
    late(app, house, clocks)
    assert db.session.get(Result, round.id).figures["cast"] == 3


def test_c50_a_clock_set_forward_closes_nothing_before_its_time(app, house, browse, clocks):
    """Pages count down what is left: what the pulse says goes by the clock that it names."""
    round = opened(app, house, grace=0)
    announced(house, round, 60)
    clocks.away = 90
    assert worked(app, round) is RoundState.OPEN and not rank.is_over(round)
    left = rank.end_of(round) - clocks.of_day()
    assert timedelta(seconds=50) < left <= timedelta(seconds=60.5)
    cast(app, house, "petra", [[0]], arrived=clocks.of_day())
    assert 'id="ballot"' in browse("samuel").get(f"/sessions/{house.session.id}").text
    clocks.passed = 61
    assert worked(app, round) is RoundState.CLOSED
    assert not {"clock", "shut"} & set(round.options), "nothing of the machine stays in the record"


def test_c50_the_machine_s_own_count_is_one_for_all_processes_and_only_goes_on():
    before = ending._count()
    told = subprocess.run(
        [sys.executable, "-c", "from werkstatt.acts.rank import ending; print(ending._start(), ending._count())"],
        cwd=HERE, capture_output=True, text=True, check=True,
    ).stdout.split()  # fmt: skip
    assert told[0] == ending._start() and before < float(told[1]) < ending._count()
