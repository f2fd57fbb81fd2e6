"""A cookie is believed for its signature; how long a login lives stands in the database."""

from __future__ import annotations

from datetime import timedelta

import pytest

from werkstatt.db import begin_write, db, utcnow
from werkstatt.models import Login


@pytest.fixture
def signed(monkeypatch):
    """Sign cookies as if this were so many seconds from now."""
    import itsdangerous.timed

    real = itsdangerous.timed.time.time

    def at(seconds: float):
        monkeypatch.setattr(itsdangerous.timed.time, "time", lambda: real() + seconds)

    yield at
    monkeypatch.undo()


def test_c29_a_clock_set_back_logs_nobody_out(browse, signed, monkeypatch):
    signed(90)
    petra = browse("petra")
    signed(0)
    assert "Petra Vogel" in petra.get("/j/").text


def test_an_ended_login_is_ended_whatever_the_cookie_says(browse):
    petra = browse("petra")
    assert "Petra Vogel" in petra.get("/j/").text
    begin_write()
    db.session.execute(db.update(Login).values(expires_at=utcnow() - timedelta(seconds=1)))
    db.session.commit()
    assert "Petra Vogel" not in petra.get("/j/").text


def test_a_changed_cookie_is_nobody(browse, app):
    petra = browse("petra")
    name = app.config["SESSION_COOKIE_NAME"]
    value = petra.get_cookie(name).value
    petra.set_cookie(name, value[:-5] + ("A" if value[-5] != "A" else "B") + value[-4:])
    assert "Petra Vogel" not in petra.get("/j/").text
