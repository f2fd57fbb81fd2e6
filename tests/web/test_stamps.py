"""When a login was told "gespeichert": only the page's own address knows, for just this ballot."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from sqlalchemy import delete

from tests.rounds import opened
from tests.web.test_rank import address, form
from werkstatt.db import begin_write, db, utcnow
from werkstatt.models import Ballot, Round
from werkstatt.web import rank as rooms


@pytest.fixture
def round(app, house) -> Round:
    return opened(app, house)


def test_a_page_loaded_again_names_the_time_of_the_cast_or_none(browse, round, monkeypatch):
    """The time stands in the page's own address, for this login and this version; the server keeps none."""
    petra, other = browse("petra"), browse("petra")
    first = petra.send(address(round), form(round, A="1")).headers["Location"]
    said = re.search(r"Gespeichert um \d\d:\d\d Uhr", petra.get(first).text)[0]
    later = utcnow() + timedelta(hours=2, minutes=7)
    monkeypatch.setattr(rooms, "utcnow", lambda: later)
    again = petra.get(first).text
    assert said in again and "Stand " in again
    assert "Gespeichert um" not in other.get(first).text
    second = first[:-1] + ("0" if first[-1] != "0" else "1")
    for made_up in (
        address(round, "saved"),
        second,
        first.replace("?at=", "?at=1"),
        f"{first}x",
        address(round, "saved?at=²"),
    ):
        page = petra.get(made_up).text
        assert "Gespeichert um" not in page and "Gespeichert." in page
    newer = petra.send(address(round), form(round, rev=1, B="1")).headers["Location"]
    assert "Gespeichert um" not in petra.get(first).text, "another version than it was said of"
    assert "Gespeichert um" in petra.get(newer).text
    same = petra.send(address(round), form(round, rev=1, B="1"))
    assert (same.status_code, same.headers["Location"]) == (303, address(round, "saved")), (
        "nobody knows since when"
    )
    begin_write()
    db.session.execute(delete(Ballot))  # as "Papier" does, and somebody takes that back
    db.session.commit()
    recast = petra.send(address(round), form(round, C="1")).headers["Location"]
    assert "Gespeichert um" in petra.get(recast).text
    assert "Gespeichert um" not in petra.get(first).text, "revision 1 again, and another ballot"


def test_after_the_end_nobody_is_told_that_a_vote_can_be_changed(browse, round):
    petra = browse("petra")
    saved = petra.send(address(round), form(round, A="1")).headers["Location"]
    assert "Bis zum Schließen können Sie sie ändern." in petra.get(saved).text
    begin_write()
    db.session.get(Round, round.id).deadline_at = utcnow() - timedelta(seconds=1)
    db.session.commit()
    page = petra.get(saved).text
    assert "Ihre Stimme zählt in dieser Fassung." in page and "können Sie sie ändern" not in page
