"""Themes and sectors."""

from __future__ import annotations

import pytest

from werkstatt.acts import Missing, NotNow, Refused, join, office
from werkstatt.db import begin_write, db
from werkstatt.models import Table
from werkstatt.terms import Rollup


def titles(house) -> list[str]:
    return [theme.title for theme in office.themes(house.process.id)]


def test_themes_are_added_renamed_and_moved(house):
    ines = house.people["ines"].id
    made = office.add_theme(house.process, ines, title="Energie")
    office.move_theme(house.process, made.id, by=-1)
    office.rename_theme(house.process, ines, made.id, title="Wärme")
    assert titles(house) == ["Innovation", "Wärme", "Transfer"]
    for _ in range(5):
        office.move_theme(house.process, made.id, by=-1)
    assert titles(house) == ["Wärme", "Innovation", "Transfer"]


def test_a_name_stands_once_whatever_its_case(house):
    with pytest.raises(Refused) as no:
        office.add_theme(house.process, house.people["ines"].id, title="INNOVATION")
    assert no.value.field == "title"


def test_a_theme_in_use_stays(house, app):
    begin_write()
    db.session.add(Table(workshop_id=house.workshop.id, number=1, theme_id=house.themes[0].id))
    db.session.flush()
    with pytest.raises(NotNow):
        office.remove_theme(house.process, house.people["ines"].id, house.themes[0].id)
    office.remove_theme(house.process, house.people["ines"].id, house.themes[1].id)
    assert titles(house) == ["Innovation"]


def test_a_sector_in_use_stays_and_one_always_remains(house):
    ines = house.people["ines"].id
    with pytest.raises(NotNow):
        office.remove_sector(house.process, ines, house.sectors[0].id)
    fresh = office.create_process(ines, title="Leer", question="?")
    first, second, last = join.sectors(fresh.id)
    office.remove_sector(fresh, ines, first.id)
    office.remove_sector(fresh, ines, second.id)
    with pytest.raises(NotNow):
        office.remove_sector(fresh, ines, last.id)


def test_a_sector_has_examples_and_a_rollup(house):
    ines = house.people["ines"].id
    made = office.add_sector(house.process, ines, title="Vereine", examples="Sport", rollup=Rollup.OTHERS)
    office.edit_sector(house.process, ines, made.id, title="Verbände", examples="", rollup=Rollup.INDUSTRY)
    assert (made.title, made.rollup) == ("Verbände", Rollup.INDUSTRY)


def test_anothers_theme_is_missing(house):
    other = office.create_process(house.people["ines"].id, title="Leer", question="?")
    with pytest.raises(Missing):
        office.remove_theme(other, house.people["ines"].id, house.themes[0].id)
