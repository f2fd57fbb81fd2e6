"""The pulse: tiny, signed, without names; it goes dark when the epoch rises."""

from __future__ import annotations

import json

import pytest

from tests.rounds import cast, opened
from werkstatt.db import begin_write, db
from werkstatt.models import Ballot
from werkstatt.web import pulse

SECRET = "test-" * 8


@pytest.fixture
def ask(app):
    """Ask as a browser does, past the copy that lives a quarter of a second."""

    def get(path):
        app.wsgi_app.copies.clear()
        app.wsgi_app.turnouts.clear()
        db.session.rollback()
        return app.test_client().get(path)

    return get


def address(house, epoch=None) -> str:
    return pulse.address(SECRET, house.session.id, epoch or house.workshop.epoch)


def test_the_pulse_tells_versions_clock_and_pace(ask, house):
    answer = ask(address(house))
    facts = json.loads(answer.text)
    assert set(facts) == {"step", "news", "clock", "deadline", "turnout", "ask", "now"}
    assert answer.headers["Cache-Control"] == "no-cache" and len(answer.data) < 200


@pytest.mark.parametrize(
    "name", ["1", "1.1", "1.1.00", "1.2.{}", "x.1.ä", "", "1.1.{}x", "../etc", "1.1.1.1"]
)
def test_a_wrong_signature_is_404(ask, house, name):
    signed = pulse.signature(SECRET, 1, 1)
    assert ask("/pulse/" + name.format(signed)).status_code == 404


def test_the_pulse_goes_dark_when_the_epoch_rises(ask, house):
    old = address(house)
    assert ask(old).status_code == 200
    begin_write()
    house.workshop.epoch += 1
    db.session.commit()
    assert ask(old).status_code == 404
    assert ask(address(house)).status_code == 200


def test_c20_turnout_shows_in_fives(app, ask, house):
    round = opened(app, house)
    seen = []
    for n in range(1, 12):
        begin_write()
        db.session.add(Ballot(round_id=round.id, handle=bytes([n]) * 32, box=b"sealed", rev=1))
        db.session.commit()
        app.wsgi_app.copies.clear()
        app.wsgi_app.turnouts.clear()
        seen.append(json.loads(ask(address(house)).text)["turnout"])
    assert seen == [None] * 4 + [[5, 3]] * 5 + [[10, 3]] * 2


def test_c20_the_pulse_is_the_same_whatever_was_cast(app, ask, house):
    opened(app, house)
    answers = set()
    for levels, rev in (([[0]], 0), ([[4], [3], [2]], 1), ([], 2)):
        cast(app, house, "petra", levels, rev=rev)
        facts = json.loads(ask(address(house)).text)
        facts.pop("now")
        answers.add(json.dumps(facts))
    assert len(answers) == 1


def test_a_query_is_asked_at_most_every_quarter_of_a_second(app, house):
    reads = []
    app.wsgi_app.read = lambda session_id, real=app.wsgi_app.read: reads.append(1) or real(session_id)
    db.session.rollback()
    for _ in range(20):
        assert app.test_client().get(address(house)).status_code == 200
    assert len(reads) <= 2
