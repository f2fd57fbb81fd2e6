"""C50: the moment at which a request reaches the server decides, whatever any clock says afterwards."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from tests.rounds import cast, keys_of, opened
from werkstatt.acts import NotNow, clerk, rank
from werkstatt.acts.rank import steering
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


def test_c50_a_clock_set_back_reopens_nothing_and_holds_up_no_count(app, house, monkeypatch):
    round = opened(app, house, grace=0)
    cast(app, house, "petra", [[0]])
    rank.announce(house.session, house.actor("mona"), round.id, seconds=0)
    db.session.commit()
    monkeypatch.setattr(clerk, "_count", lambda *_: False)
    clerk.work_once(keys_of(app))
    monkeypatch.undo()
    db.session.refresh(round)
    assert round.state is RoundState.CLOSING

    def an_hour_ago():
        return datetime.now(UTC) - timedelta(hours=1)

    monkeypatch.setattr(clerk, "utcnow", an_hour_ago)
    monkeypatch.setattr(steering, "utcnow", an_hour_ago)
    mona = house.actor("mona")
    for verb in (rank.withdraw_announcement, rank.extend):
        with pytest.raises(NotNow):
            verb(house.session, mona, round.id)
        db.session.rollback()
    clerk.closing_since[round.id] = time.monotonic() - 2  # it has waited long enough, by no clock at all
    clerk.work_once(keys_of(app))
    db.session.refresh(round)
    assert round.state is RoundState.CLOSED
    assert db.session.get(Result, round.id).figures["cast"] == 1
    with pytest.raises(NotNow):
        cast(app, house, "samuel", [[0]], round=round, arrived=an_hour_ago())
    db.session.rollback()
