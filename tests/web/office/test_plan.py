"""The plan of a process."""

from __future__ import annotations

import pytest

from werkstatt.acts import join, office
from werkstatt.db import db


def at(house, *more) -> str:
    return "/".join([f"/processes/{house.process.id}", *map(str, more)])


def every_post(house) -> list[tuple[str, dict]]:
    theme, sector = house.themes[0].id, house.sectors[0].id
    return [
        (at(house, "plan"), {"title": "Neu", "question": "?"}),
        (at(house, "themes"), {"title": "Energie"}),
        (at(house, "themes", theme), {"title": "Wärme"}),
        (at(house, "themes", theme, "move"), {"to": "down"}),
        (at(house, "themes", theme, "remove"), {}),
        (at(house, "sectors"), {"title": "Vereine", "rollup": "others"}),
        (at(house, "sectors", sector), {"title": "Wirtschaft", "rollup": "industry"}),
        (at(house, "sectors", sector, "move"), {"to": "up"}),
    ]


@pytest.mark.parametrize(("name", "status"), [("ines", 303), ("mona", 404), ("petra", 404), ("admin", 404)])
def test_only_the_office_plans(house, browse, name, status):
    client = browse(name)
    assert client.get(at(house, "plan")).status_code == (200 if status == 303 else status)
    for path, data in every_post(house):
        assert client.send(path, data).status_code == status, path


def test_what_is_in_use_is_not_removed(house, browse):
    answer = browse("ines").send(at(house, "sectors", house.sectors[0].id, "remove"))
    assert answer.status_code == 409 and "umbenennen" in answer.text
    assert len(join.sectors(house.process.id)) == 3


@pytest.mark.parametrize(
    ("path", "data"),
    [
        ("themes", {"title": ""}),
        ("themes", {"title": "innovation"}),
        ("sectors", {"title": "X", "rollup": "kings"}),
        ("plan", {"title": "", "question": "?"}),
    ],
)
def test_bad_input_comes_back(house, browse, path, data):
    answer = browse("ines").send(at(house, path), data)
    assert answer.status_code == 422 and 'class="error"' in answer.text
    db.session.expire_all()
    assert len(office.themes(house.process.id)) == 2 and len(join.sectors(house.process.id)) == 3


def test_themes_of_another_process_are_missing(house, browse):
    theirs = join.sectors(house.other_workshop.process_id)[0].id
    for one in (theirs, 99999):
        assert browse("ines").send(at(house, "sectors", one, "remove")).status_code == 404
