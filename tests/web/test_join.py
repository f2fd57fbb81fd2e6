"""The door: codes, logins, landing."""

from __future__ import annotations

import re
from datetime import timedelta

from sqlalchemy import select

from werkstatt.db import begin_write, db, utcnow
from werkstatt.models import Login, Table


def test_welcome_page_asks_for_code_and_login(browse):
    page = browse(None).get("/")
    assert page.status_code == 200
    assert "Mit Konto" in page.text


def test_logging_out_ends_the_login(browse):
    petra = browse("petra")
    assert petra.get("/?all=1").status_code == 200
    assert "Meine Workshops" in petra.get("/?all=1").text
    assert petra.send("/logout").status_code == 303
    assert "Mit Konto" in petra.get("/").text


def test_c60_a_login_about_to_end_says_so_and_is_kept_by_one_press(browse):
    """Ten minutes before its end every page has the button; it begins the login's life anew, three times at most."""
    petra = browse("petra")
    assert 'id="login-ends"' in petra.get("/?all=1").text
    assert re.search(r'id="login-ends"[^>]* hidden>', petra.get("/?all=1").text), (
        "far from its end: not shown"
    )
    login = db.session.scalars(select(Login)).one()

    def ends_in(minutes: float) -> None:
        begin_write()
        db.session.get(Login, login.id).expires_at = utcnow() + timedelta(minutes=minutes)
        db.session.commit()

    ends_in(9)
    page = petra.get("/?all=1")
    assert re.search(r'id="login-ends"[^>]*\d">', page.text) and "Angemeldet bleiben" in page.text
    answer = petra.send("/login/stay", {"next": "/?all=1"})
    assert (answer.status_code, answer.location) == (303, "/?all=1")
    assert db.session.get(Login, login.id).expires_at > utcnow() + timedelta(hours=1)
    db.session.rollback()
    begin_write()
    db.session.get(Login, login.id).created_at = utcnow() - timedelta(days=30)
    db.session.commit()
    ends_in(9)
    assert petra.send("/login/stay", {"next": "/"}).status_code == 409
    ends_in(-1)
    assert petra.send("/login/stay", {"next": "/"}).status_code == 401


def test_whoever_arrived_reads_that_they_are_here_for_whom_they_speak_and_what_comes(house, browse):
    begin_write()
    table = Table(workshop_id=house.workshop.id, number=7)
    db.session.add(table)
    db.session.flush()
    house.member("samuel").table_id = table.id
    db.session.commit()
    page = browse("samuel").get(f"/workshops/{house.workshop.id}").text
    assert "Sie sind da." in page and "Sie sprechen heute für: Wissenschaft" in page and "an Tisch 7" in page
    assert "Was stärkt die Regionen?" in page and "beginnt bald" in page
    assert "Was stärkt die Regionen?" not in browse("paul").get(f"/workshops/{house.workshop.id}").text
