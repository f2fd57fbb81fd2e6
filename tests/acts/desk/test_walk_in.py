"""Whoever is entered at the door, and stands on the register already, perhaps."""

from __future__ import annotations

from threading import Barrier, Thread

import pytest

from werkstatt.acts import desk, join, office, prepare
from werkstatt.db import db
from werkstatt.models import Membership
from werkstatt.terms import MemberState, Role


@pytest.fixture
def emil(house):
    """On the register of the workshop, and not here yet."""
    member = office.add_person(
        house.workshop,
        house.people["mona"].id,
        name="Emil Beispielpost",
        email="emil@example.org",
        organisation="Musterkammer",
        role=Role.PARTICIPANT,
        sector_id=house.sectors[0].id,
    )
    db.session.commit()
    return member


def enter(house, name: str, organisation: str = "", seen=(), who="heiko") -> Membership:
    facts = {"organisation": organisation, "sector_id": house.sectors[1].id, "seen": seen}
    member = desk.register(house.workshop, house.actor(who), name=name, **facts)
    db.session.commit()
    return member


def flagged(house, *words, **more) -> list[str]:
    with pytest.raises(desk.PerhapsHere) as no:
        enter(house, *words, **more)
    db.session.rollback()
    return [row.name for row in no.value.rows]


@pytest.mark.parametrize(
    ("name", "organisation"),
    [
        ("Emil Beispielpost", "Musterkammer"),
        ("Beispielpost, Emil", ""),
        ("Emil Beispielpots", "MUSTERKAMMER "),
        ("Dr. Emil Beispielpost", "ganz woanders"),
    ],
)
def test_who_is_perhaps_on_the_register_is_asked_about_and_nobody_is_made(house, emil, name, organisation):
    before = db.session.query(Membership).count()
    assert flagged(house, name, organisation) == ["Emil Beispielpost"]
    assert db.session.query(Membership).count() == before
    assert emil.state is MemberState.INVITED


def test_somebody_else_is_entered_at_once(house, emil):
    assert enter(house, "Emma Beispiel", "Werk").state is MemberState.CHECKED_IN
    assert enter(house, "Emil Beispielposten", "Werk").state is MemberState.CHECKED_IN


def test_who_waits_is_found_and_whose_place_has_ended_is_not(house, emil):
    assert flagged(house, "Paul Sommer") == ["Paul Sommer"]
    desk.refuse(house.workshop, house.people["heiko"].id, house.member("paul").id)
    db.session.commit()
    assert enter(house, "Paul Sommer").state is MemberState.CHECKED_IN


def test_c42_who_is_called_like_somebody_sent_away_is_entered_by_moderation_alone(house, emil):
    prepare.end(house.workshop, house.actor("mona"), emil.id)
    db.session.commit()
    assert flagged(house, "Emil Beispielpost") == ["Emil Beispielpost"]
    with pytest.raises(desk.PerhapsHere, match="Moderation"):
        enter(house, "Emil Beispielpost", seen=[emil.id])
    db.session.rollback()
    assert flagged(house, "Emil Beispielpost", who="mona") == ["Emil Beispielpost"]
    made = enter(house, "Emil Beispielpost", seen=[emil.id], who="mona")
    assert made.state is MemberState.CHECKED_IN


def test_all_the_same_makes_one_and_the_second_press_asks_again(house, emil):
    made = enter(house, "Emil Beispielpost", seen=[emil.id])
    assert made.account_id != emil.account_id
    assert flagged(house, "Emil Beispielpost", seen=[emil.id]) == ["Emil Beispielpost"] * 2


def test_two_presses_at_once_make_one_person(app, house):
    both, made = Barrier(2), []

    def press():
        with app.app_context():
            workshop, me = db.session.merge(house.workshop, load=False), heiko
            db.session.rollback()
            both.wait(5)
            try:
                facts = {"organisation": "", "sector_id": sector}
                made.append(desk.register(workshop, me, name="Nora Neu", **facts).id)
                db.session.commit()
            except desk.PerhapsHere:
                db.session.rollback()

    heiko, sector = house.actor("heiko"), house.sectors[0].id
    db.session.rollback()
    presses = [Thread(target=press) for _ in range(2)]
    for one in presses:
        one.start()
    for one in presses:
        one.join(20)
    assert len(made) == 1 and join.membership_of(house.workshop.id, house.people["heiko"].id)
