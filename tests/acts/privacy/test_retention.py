"""What was kept long enough goes, and nothing else; the admin says how long, within bounds."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.house.asking import tables
from tests.rounds import cast, close, opened
from werkstatt.acts import Refused, audit, join, privacy
from werkstatt.acts.join.limits import PASSWORDS
from werkstatt.db import begin_write, db, utcnow
from werkstatt.models import CheckCode, Login, Mail, Period, Result, Ticket, UrnBallot
from werkstatt.terms import MailState


@pytest.fixture
def full(app, house):
    """One of everything that is kept for a time, all of it fresh; and a counted round."""
    round = opened(app, house)
    for who in ("petra", "samuel", "vera"):
        cast(app, house, who, [[0], [1]])
    close(app, house, round)
    join.begin_login(house.people["petra"].id, hours=1)
    join.invite(house.people["petra"].id)
    words = {"kind": "test", "to": "a@example.org", "language": "de", "subject": "s", "text": "", "html": ""}
    for state in MailState:
        db.session.add(Mail(state=state, expires_at=utcnow() + timedelta(days=3), **words))
    db.session.commit()
    PASSWORDS.count("petra@example.org")
    return round


def counts() -> dict[str, int]:
    found = {name: len(rows) for name, rows in tables().items()}
    db.session.rollback()
    return found


def at(monkeypatch, days: float) -> None:
    """The clock of this work stands so many days ahead."""
    then = utcnow() + timedelta(days=days)
    monkeypatch.setattr("werkstatt.acts.privacy.retention.utcnow", lambda: then)


def test_c58_nothing_goes_before_its_time(full, monkeypatch):
    before = counts()
    privacy.tidy()
    at(monkeypatch, 0.9)
    privacy.tidy()
    assert counts() == before


@pytest.mark.parametrize(
    ("days", "gone"),
    [
        (1.1, {"login", "failure_counter"}),
        (32, {"login", "failure_counter", "mail"}),
        (91, {"login", "failure_counter", "mail", "ticket"}),
    ],
)
def test_c58_each_kind_goes_on_its_day_and_nothing_else(full, monkeypatch, days, gone):
    before = counts()
    at(monkeypatch, days if days != 32 else 33.1)
    removed = privacy.tidy()
    after = counts()
    assert {name for name in before if before[name] != after[name]} == gone, removed
    waiting = db.session.query(Mail).all()
    assert "mail" not in gone or [mail.state for mail in waiting] == [MailState.WAITING]


def test_c58_the_urn_goes_when_the_process_was_closed_long_ago(house, full, monkeypatch):
    at(monkeypatch, 5000)
    begin_write()
    db.session.merge(Period(name="record", days=36500))
    db.session.commit()
    privacy.tidy()
    assert db.session.query(UrnBallot).count() == 3  # the process is not closed
    begin_write()
    house.process.closed_at = utcnow()
    db.session.commit()
    at(monkeypatch, 89)
    privacy.tidy()
    assert db.session.query(UrnBallot).count() == 3
    at(monkeypatch, 91)
    privacy.tidy()
    assert not db.session.query(UrnBallot).count() and not db.session.query(CheckCode).count()
    figures = db.session.query(Result).one().figures
    assert figures["cast"] == 3
    assert audit.broken_at() is None


def test_c58_the_record_is_cut_after_its_years_and_stays_whole(house, full, monkeypatch):
    at(monkeypatch, 3700)
    removed = privacy.tidy()
    assert removed["record"] > 2 and audit.broken_at() is None
    assert privacy.tidy().get("record", 0) <= 1


def test_periods_are_kept_within_bounds_and_recorded(house):
    admin = house.people["admin"].id
    assert privacy.periods()["urn"] == 90
    privacy.set_periods(admin, {"urn": 30, "logins": 1})
    assert privacy.periods()["urn"] == 30 and db.session.query(Period).count() == 1
    for name, days in (("record", 10), ("urn", -1), ("failures", 0)):
        with pytest.raises(Refused) as no:
            privacy.set_periods(admin, {name: days})
        assert no.value.field == name
    assert db.session.query(audit.AuditEntry).filter_by(deed="set_period").count() == 1
    assert not db.session.query(Login).count() and not db.session.query(Ticket).count()
