"""C38: role changes, return codes and files with names ask who sits there."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import update

from werkstatt.acts import join
from werkstatt.db import begin_write, db, utcnow
from werkstatt.models import FailureCounter, Login
from werkstatt.terms import Role

PASSWORD = "zehn Zeichen und mehr"


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
    }


@pytest.mark.parametrize("deed", ["role", "code", "names", "new"])
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
    assert not mona.send(path, data).location.startswith("/confirm")
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


def test_c38_without_a_password_only_a_fresh_login_counts(house, browse):
    heiko = browse("heiko")
    path, data = deeds(house)["code"]
    assert "/confirm" not in heiko.send(path, data).location
    left_open(house, "heiko", None)
    assert heiko.send(path, data).location.startswith("/confirm")
    assert "neu anmelden" in heiko.get("/confirm").text
    assert heiko.send("/confirm", {"password": "irgendwas"}).status_code == 422


def test_c38_guessing_the_password_is_slowed_and_next_stays_here(house, browse):
    mona = browse("mona")
    left_open(house, "mona")
    for _ in range(8):
        mona.send("/confirm", {"password": "falsch"})
    assert "Zu viele Versuche" in mona.send("/confirm", {"password": PASSWORD}).text
    begin_write()
    db.session.query(FailureCounter).delete()
    db.session.commit()
    away = mona.send("/confirm", {"password": PASSWORD, "next": "https://evil.example/"})
    assert away.status_code == 303 and away.location == "/"
