"""Processes, as Ines keeps them."""

from __future__ import annotations

import pytest

from werkstatt.acts import join
from werkstatt.db import db
from werkstatt.models import Organiser, Process, Workshop


def at(house, *more) -> str:
    return "/".join([f"/processes/{house.process.id}", *map(str, more)])


@pytest.mark.parametrize(
    ("name", "status"),
    [("ines", 303), ("mona", 404), ("heiko", 404), ("petra", 404), ("gregor", 404), ("admin", 404)],
)
def test_only_its_office_sees_a_process(house, browse, name, status):
    client = browse(name)
    assert client.get(at(house)).status_code == (200 if status == 303 else status)
    assert client.send(at(house, "workshops"), {"title": "Chemnitz"}).status_code == status
    assert client.send(at(house, "organisers"), {"email": "vera@example.org"}).status_code == status
    vera = house.people["vera"].id
    assert client.send(at(house, "organisers", vera, "remove")).status_code == status


@pytest.mark.parametrize(
    ("name", "status"), [("ines", 303), ("mona", 403), ("heiko", 403), ("petra", 403), ("franka", 404)]
)
def test_only_the_office_copies_a_workshop(house, browse, name, status):
    path = f"/workshops/{house.workshop.id}/copy"
    assert browse(name).get(path).status_code == (200 if status == 303 else status)
    assert browse(name).send(path, {"title": "Noch einmal"}).status_code == status
    assert db.session.query(Workshop).filter_by(title="Noch einmal").count() == (status == 303)


def test_founding_needs_the_right(house, browse):
    facts = {"title": "Energie", "question": "Woher?"}
    assert browse("mona").send("/processes", facts).status_code == 403
    assert "Sie gehören zu keiner Geschäftsstelle" in browse("mona").get("/processes").text
    answer = browse("ines").send("/processes", facts)
    assert (
        answer.status_code == 303
        and "regionale Wirtschaftsförderung" in browse("ines").get(answer.location).text
    )
    wrong = browse("ines").send("/processes", {"title": "", "question": "Woher denn?"})
    assert wrong.status_code == 422 and "Woher denn?" in wrong.text
    assert db.session.query(Process).filter_by(title="Energie").count() == 1


def test_a_workshop_is_created_with_its_times(house, browse):
    facts = {"title": "Chemnitz", "starts_at": "2026-07-01T09:00", "ends_at": "2026-07-01T16:00"}
    assert browse("ines").send(at(house, "workshops"), facts).status_code == 303
    made = db.session.query(Workshop).filter_by(title="Chemnitz").one()
    assert made.starts_at.hour == 7  # summer time
    wrong = browse("ines").send(
        at(house, "workshops"), facts | {"ends_at": "2026-07-01T08:00", "place": "Messe"}
    )
    assert wrong.status_code == 422 and "Messe" in wrong.text


def test_another_organiser_is_taken_in_once(house, browse):
    ines = browse("ines")
    assert ines.send(at(house, "organisers"), {"email": "mona@example.org"}).status_code == 303
    assert "/invitation/" not in ines.get(at(house)).text
    assert ines.send(at(house, "organisers"), {"email": "mona@example.org"}).status_code == 422
    assert browse("mona").get(at(house)).status_code == 200
    assert ines.send(at(house, "organisers"), {"email": "neu@example.org"}).status_code == 422
    assert (
        ines.send(at(house, "organisers"), {"email": "neu@example.org", "name": "Nora Neu"}).status_code
        == 303
    )
    assert "/invitation/" in ines.get(at(house)).text
    assert ines.send(at(house, "organisers", house.people["ines"].id, "remove")).status_code == 409
    assert ines.send(at(house, "organisers", house.people["mona"].id, "remove")).status_code == 303
    assert browse("mona").get(at(house)).status_code == 404
    assert db.session.query(Organiser).filter_by(process_id=house.process.id).count() == 2


def test_the_overview_shows_sessions_and_people(house, browse):
    page = browse("ines").get(at(house)).text
    assert "Workshop Dresden" in page and "Vorbereiten" in page
    assert all(sector.title in page for sector in join.sectors(house.process.id))
