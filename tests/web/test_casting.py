"""The ordinary cast ahead of Flask: it takes what is in order, and nothing else; the view says why not."""

from __future__ import annotations

from datetime import timedelta
from io import BytesIO
from urllib.parse import urlencode

import pytest

from tests.pages import tokens
from tests.rounds import close, opened
from tests.web.test_rank import address, form
from werkstatt.db import begin_write, db, utcnow
from werkstatt.models import Account, Ballot, Login, RollEntry, Round
from werkstatt.terms import MemberState, Phase, Role, RoundState
from werkstatt.web.casting import Casting


@pytest.fixture
def round(app, house) -> Round:
    return opened(app, house)


@pytest.fixture
def passed(app, monkeypatch) -> list[str]:
    """The ballots that the slot did not take, by their addresses."""
    casting = app.wsgi_app
    while not isinstance(casting, Casting):
        casting = casting.inner
    seen, view = [], casting.inner

    def inner(environ, start_response):
        if environ["PATH_INFO"].endswith("/ballot"):
            seen.append(environ["PATH_INFO"])
        return view(environ, start_response)

    monkeypatch.setattr(casting, "inner", inner)
    return seen


def change(what) -> None:
    begin_write()
    what()
    db.session.commit()


def test_an_ordinary_cast_needs_no_view_and_has_every_header(browse, round, passed):
    petra = browse("petra")
    answer = petra.send(address(round), form(round, A="1", C="1", B="2"))
    assert answer.status_code == 303 and answer.headers["Location"].partition("?")[0] == address(
        round, "saved"
    )
    assert not passed and "Set-Cookie" not in answer.headers
    ours = dict(petra.get(f"/sessions/{round.session_id}").headers) | {"Content-Length": "0"}
    for name in set(ours) - {"Content-Type", "Content-Security-Policy", "Content-Length"}:
        assert answer.headers[name] == ours[name], name
    assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
    assert "Meine Reihenfolge: 3 von 5 eingeordnet" in petra.get(answer.headers["Location"]).text


def test_an_abstention_and_a_change_are_ordinary_too(browse, round, passed):
    petra = browse("petra")
    assert petra.send(address(round), form(round, step="abstain")).status_code == 303
    assert petra.send(address(round), form(round, rev=1, A="1")).status_code == 303
    assert not passed
    assert db.session.scalars(db.select(Ballot.rev)).all() == [2]


ODD = {
    "another step": ({"step": "review", "place-A": "1"}, {}, 200),
    "an unknown step": ({"step": "open", "place-A": "1"}, {}, 422),
    "no step": ({"step": [], "place-A": "1"}, {}, 422),
    "an empty step": ({"step": "", "place-A": "1"}, {}, 422),
    "two steps": ({"step": ["cast", "review"], "place-A": "1"}, {}, 422),
    "nothing ranked": ({}, {}, 422),
    "a bad place": ({"place-A": "eins"}, {}, 422),
    "an item of another list": ({"place-A": "1", "place-Z": "2"}, {}, 422),
    "another list": ({"place-A": "1", "list": "0" * 64}, {}, 409),
    "no list": ({"place-A": "1", "list": ""}, {}, 409),
    "a made-up revision": ({"place-A": "1", "rev": "7"}, {}, 409),
    "a revision that is none": ({"place-A": "1", "rev": "-1"}, {}, 303),
    "another token": ({"place-A": "1", "csrf_token": "x"}, {}, 400),
    "an empty token": ({"place-A": "1", "csrf_token": ""}, {}, 400),
    "another site": ({"place-A": "1"}, {"headers": {"Sec-Fetch-Site": "cross-site"}}, 403),
    "a neighbour's site": ({"place-A": "1"}, {"headers": {"Sec-Fetch-Site": "same-site"}}, 403),
    "a file's form": ({"place-A": "1"}, {"content_type": "multipart/form-data"}, 303),
    "a query": ({"place-A": "1"}, {"query_string": {"x": "1"}}, 303),
}


@pytest.mark.parametrize("what", ODD)
def test_what_is_odd_is_left_to_the_view(browse, round, passed, what):
    fields, how, status = ODD[what]
    answer = browse("petra").send(address(round), form(round) | fields, **how)
    assert passed == [address(round)]
    assert answer.status_code == status
    assert db.session.query(Ballot).count() == (status == 303)


@pytest.mark.parametrize("lost", [1, len("&step=cast")])
def test_c14_half_a_form_reaches_neither_slot_nor_view(browse, round, passed, lost):
    """Also where no intake stands before (make run): the view would see a shorter form as a whole one."""
    petra = browse("petra")
    fields = form(round, A="1") | {"csrf_token": petra.token()}
    step = fields.pop("step")
    body = urlencode(fields | {"step": step}).encode()
    answer = petra.post(
        address(round),
        input_stream=BytesIO(body[:-lost]),
        content_type="application/x-www-form-urlencoded",
        environ_overrides={"CONTENT_LENGTH": str(len(body))},
    )
    assert answer.status_code == 400 and "es wurde nichts gespeichert" in answer.text and not passed
    assert db.session.query(Ballot).count() == 0


NOBODY = {
    "logged in no more": lambda house, round: db.session.query(Login).update(
        {"expires_at": utcnow() - timedelta(seconds=1)}
    ),
    "blocked": lambda house, round: db.session.query(Account).update({"blocked_at": utcnow()}),
    "a member no more": lambda house, round: setattr(house.member("petra"), "state", MemberState.ENDED),
    "not let in": lambda house, round: setattr(house.member("petra"), "state", MemberState.PENDING),
    "only invited": lambda house, round: setattr(house.member("petra"), "state", MemberState.INVITED),
    "not on the roll": lambda house, round: db.session.query(RollEntry).delete(),
    "on paper": lambda house, round: db.session.query(RollEntry).update({"on_paper": True}),
    "another phase": lambda house, round: setattr(house.session, "phase", Phase.RESULT),
    "taken back": lambda house, round: setattr(round, "state", RoundState.CANCELLED),
    "too late": lambda house, round: setattr(round, "deadline_at", utcnow() - timedelta(seconds=1)),
    "interrupted": lambda house, round: setattr(round, "problem", "interrupted"),
}
REFUSED = {"logged in no more": 401, "blocked": 401, "a member no more": 404}
REFUSED |= dict.fromkeys(("not let in", "only invited", "not on the roll"), 403)


@pytest.mark.parametrize("what", NOBODY)
def test_whoever_may_not_cast_is_told_so_by_the_view(browse, house, round, passed, what):
    petra = browse("petra")
    fields = form(round, A="1") | {"csrf_token": petra.token()}
    change(lambda: NOBODY[what](house, round))
    answer = petra.post(address(round), data=fields)
    assert passed == [address(round)] and answer.status_code == REFUSED.get(what, 409)
    assert db.session.query(Ballot).count() == 0


@pytest.mark.parametrize("role", [Role.HELPER, Role.OBSERVER, Role.MODERATOR])
def test_staff_on_the_roll_casts_like_everybody(browse, house, round, passed, role):
    change(lambda: setattr(house.member("petra"), "role", role))
    assert browse("petra").send(address(round), form(round, A="1")).status_code == 303 and not passed


def test_a_stranger_and_a_closed_round_are_left_to_the_view(app, browse, house, round, passed):
    gregor, petra, nobody = browse("gregor"), browse("petra"), browse(None)
    assert gregor.send(address(round), form(round, A="1")).status_code == 404
    assert nobody.send(address(round), form(round, A="1")).status_code == 401
    elsewhere = f"/sessions/{house.other_session.id}/rounds/{round.id}/ballot"
    assert petra.send(elsewhere, form(round, A="1")).status_code == 404
    close(app, house, round)
    assert petra.send(address(round), form(round, A="1")).status_code == 409
    assert len(passed) == 4


def test_an_older_revision_is_refused_and_equal_content_is_saved_already(browse, round, passed):
    petra, other = browse("petra"), browse("petra")
    assert petra.send(address(round), form(round, A="1")).status_code == 303
    assert petra.send(address(round), form(round, A="1")).status_code == 303
    guesses = [other.send(address(round), form(round, **{sign: "1"})) for sign in "AB"]
    assert [one.status_code for one in guesses] == [409, 409]  # another login is told nothing about it
    assert len(passed) == 3 and db.session.scalars(db.select(Ballot.rev)).all() == [1]


def test_a_token_of_another_login_is_none(browse, round, passed):
    petra, vera = browse("petra"), browse("vera")
    token = tokens(vera.get("/j/").text)[0]
    petra.get("/j/")
    answer = petra.post(address(round), data=form(round, A="1") | {"csrf_token": token})
    assert answer.status_code == 400 and passed and db.session.query(Ballot).count() == 0


def test_a_missing_key_is_the_views_to_say(app, browse, round, passed):
    (app.config["SETTINGS"].keys / f"{round.key_id}.key").unlink()
    answer = browse("petra").send(address(round), form(round, A="1"))
    assert passed and answer.status_code >= 400 and "Schlüssel" in answer.text
