"""C38: role changes, return codes and files with names ask who sits there."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import update

from tests.web.test_mailed import mailed
from werkstatt.acts import desk, join, prepare
from werkstatt.db import begin_write, db, utcnow
from werkstatt.models import FailureCounter, Login
from werkstatt.terms import Phase, Role

PASSWORD, SECRET = "zehn Zeichen und mehr", "test-" * 8


def left_open(house, name: str, password: str | None = PASSWORD) -> None:
    """The person logged in an hour ago."""
    begin_write()
    house.people[name].password = join.HASHER.hash(password) if password else None
    login = update(Login).where(Login.account_id == house.people[name].id)
    db.session.execute(login.values(created_at=utcnow() - timedelta(hours=1)))
    db.session.commit()


def deeds(house) -> dict[str, tuple[str, dict]]:
    petra, there = house.member("petra").id, f"/workshops/{house.workshop.id}"
    facts = {"name": "Petra", "sector": house.sectors[0].id, "table": ""}
    return {
        "role": (f"{there}/register/{petra}", facts | {"role": "moderator"}),
        "code": (f"{there}/desk/{petra}/return-code", {}),
        "names": (f"{there}/cards", {"who": "all", "blank": "0"}),
        "new": (f"{there}/register", facts | {"role": "helper", "email": ""}),
        "card": (f"{there}/desk/{petra}/card", {}),
        "blank": (f"{there}/desk/{petra}/blank", {"card": "K-001"}),
        "link": (f"{there}/register/{petra}/link", {}),
    }


@pytest.mark.parametrize("deed", ["role", "code", "names", "new", "card", "blank", "link"])
def test_c38_moderators_confirm_their_password_for_ten_minutes(house, browse, deed):
    mona = browse("mona")
    left_open(house, "mona")
    path, data = deeds(house)[deed]
    back = f"/workshops/{house.workshop.id}/register?q=x"
    asked = mona.send(path, data, headers={"Referer": f"http://localhost{back}"})
    assert asked.status_code == 303 and asked.location.startswith("/confirm?next=")
    assert house.member("petra").role is Role.PARTICIPANT
    assert mona.get(asked.location).status_code == 200
    assert mona.send("/confirm", {"password": "falsch", "next": back}).status_code == 422
    assert mona.send(path, data).location.startswith("/confirm")
    right = mona.send("/confirm", {"password": PASSWORD, "next": back})
    assert right.status_code == 303 and right.location == back
    done = mona.send(path, data)  # a blank card of this number there is none
    assert done.status_code == (422 if deed == "blank" else 303) and "/confirm" not in str(done.location)
    begin_write()
    db.session.execute(update(Login).values(confirmed_at=utcnow() - timedelta(minutes=11)))
    db.session.commit()
    assert mona.send(path, data | {"role": "observer"}).location.startswith("/confirm")


def test_c38_a_login_by_password_counts_and_what_is_no_role_change_asks_nothing(house, browse):
    mona = browse("mona")
    left_open(house, "mona")
    path, data = deeds(house)["role"]
    assert "/confirm" not in mona.send(path, data | {"role": "participant"}).location
    begin_write()
    token = join.log_in("mona@example.org", PASSWORD, hours=1)
    db.session.commit()
    with mona.session_transaction() as cookie:
        cookie["_user_id"] = token
    assert "/confirm" not in mona.send(path, data).location


def late(house, name: str, minutes: int) -> None:
    """So many minutes pass."""
    begin_write()
    then = utcnow() - timedelta(minutes=minutes)
    login = update(Login).where(Login.account_id == house.people[name].id)
    db.session.execute(login.values(created_at=then, confirmed_at=then))
    db.session.commit()


def test_c38_a_helper_without_a_password_confirms_by_mail_and_goes_on_while_the_queue_lasts(house, browse):
    """The 09:00 rush: one question after a pause, none while cards are given every few minutes."""
    heiko = browse("heiko")
    path, data = deeds(house)["code"]
    assert "/confirm" not in heiko.send(path, data).location
    left_open(house, "heiko", None)
    late(house, "heiko", 11)
    asked = heiko.send(path, data)
    assert asked.location.startswith("/confirm?next=")
    assert "Code per E-Mail schicken" in heiko.get(asked.location).text
    assert heiko.send("/confirm", {"code": "AAAA AAAA"}).status_code == 422
    sent = heiko.send("/confirm", {"mail": "1", "next": "/"})
    assert "Eine Nachricht mit einem Code ist unterwegs" in heiko.get(sent.location).text
    assert heiko.send("/confirm", {"code": mailed().code, "next": "/"}).location == "/"
    for _ in range(4):
        assert "/confirm" not in heiko.send(path, data).location
        db.session.execute(update(Login).values(created_at=utcnow() - timedelta(hours=1)))
        late(house, "heiko", 9)
        assert "/confirm" not in heiko.send(path, data).location
    late(house, "heiko", 11)
    assert heiko.send(path, data).location.startswith("/confirm")


def test_c38_a_helper_confirms_with_the_card_that_brought_them_in(house, browse):
    heiko, others = browse("heiko"), house.member("petra")
    ids = [house.member("heiko").id, others.id]
    first, last = desk.make(house.workshop, house.actor("mona"), members=ids, secret=SECRET, nonce="ab" * 16)
    cards = desk.printed(house.workshop.id, first, last, secret=SECRET, nonce="ab" * 16)
    db.session.commit()
    left_open(house, "heiko", None)
    path, data = deeds(house)["card"]
    assert heiko.send(path, data).location.startswith("/confirm")
    own, foreign = cards if cards[0].name == house.people["heiko"].name else cards[::-1]
    assert heiko.send("/confirm", {"code": own.code}).status_code == 422  # nobody came in with it yet
    assert browse(None).send(f"/c/{foreign.token}").status_code == 303
    assert heiko.send("/confirm", {"code": foreign.code}).status_code == 422
    assert browse(None).send(f"/c/{own.token}").status_code == 303
    heiko = browse("heiko")
    left_open(house, "heiko", None)
    assert heiko.send("/confirm", {"code": own.code, "next": "/"}).status_code == 303
    assert "/confirm" not in heiko.send(path, data).location


def test_c38_a_password_is_not_chosen_by_whoever_finds_a_helpers_laptop(house, browse):
    heiko, petra = browse("heiko"), browse("petra")
    for name in ("heiko", "petra"):
        left_open(house, name, None)
    new = {"current": "", "new": "ganz neues Passwort"}
    assert heiko.send("/password", new).location.startswith("/confirm")
    assert petra.send("/password", new).location == "/password?done=set"


def test_c38_guessing_the_password_is_slowed_and_next_stays_here(house, browse):
    mona = browse("mona")
    left_open(house, "mona")
    for _ in range(8):
        mona.send("/confirm", {"password": "falsch"})
    assert "Zu viele falsche Passwörter" in mona.send("/confirm", {"password": PASSWORD}).text
    begin_write()
    db.session.query(FailureCounter).delete()
    db.session.commit()
    away = mona.send("/confirm", {"password": PASSWORD, "next": "https://evil.example/"})
    assert away.status_code == 303 and away.location == "/"


def test_c38_files_with_names_ask_and_are_fetched_after_it(house, browse):
    mona = browse("mona")
    house.in_phase(Phase.COLLECT)
    left_open(house, "mona")
    path = f"/sessions/{house.session.id}/texts.csv"
    asked = mona.get(path)
    assert asked.status_code == 303 and asked.location.startswith("/confirm?next=")
    right = mona.send("/confirm", {"password": PASSWORD, "next": path})
    assert right.location == path and mona.get(path).mimetype == "text/csv"


def test_c38_at_the_desk_walk_ins_and_their_first_cards_ask_nothing(house, browse):
    heiko = browse("heiko")
    begin_write()
    mona = house.actor("mona")
    desk.make(house.workshop, mona, members=[], blank=1, secret="test-" * 8, nonce="ab")
    left_open(house, "heiko")
    walk_in = {"organisation": "", "sector": house.sectors[0].id}
    for name, card in (("Nora Neu", "K-001"), ("Wendelin Zufall", "")):
        answer = heiko.send(f"/workshops/{house.workshop.id}/desk", walk_in | {"name": name, "card": card})
        assert answer.status_code == 303 and "/confirm" not in answer.location


def test_c38_who_had_a_role_and_was_sent_away_is_taken_up_again_by_password(house, browse):
    ines, otto = browse("ines"), house.member("otto")
    begin_write()
    prepare.end(house.workshop, house.actor("ines"), otto.id)
    left_open(house, "ines")
    path = f"/workshops/{house.workshop.id}/register/{otto.id}/restore"
    assert ines.send(path).location.startswith("/confirm")
