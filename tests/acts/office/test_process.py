"""A process and its office."""

from __future__ import annotations

import pytest

from werkstatt.acts import NotNow, Refused, join, office
from werkstatt.db import db
from werkstatt.models import Account, Workshop


def test_a_fresh_process_has_three_sectors_with_examples_and_its_maker_as_organiser(house):
    made = office.create_process(house.people["ines"].id, title="Energie", question="Woher?")
    sectors = join.sectors(made.id)
    assert [sector.title for sector in sectors] == ["Industrie", "Wissenschaft", "Verwaltung"]
    assert "Betriebsräte" in sectors[0].examples
    assert [one.name for one in office.organisers(made.id)] == ["Ines Adler"]
    assert office.organised(house.people["ines"].id)[0].id == made.id


def test_another_organiser_joins_by_address(house):
    ines = house.people["ines"].id
    account, is_new = office.add_organiser(house.process, ines, email="MONA@example.org")
    assert (account.name, is_new) == ("Mona Richter", False)
    with pytest.raises(Refused) as no:
        office.add_organiser(house.process, ines, email="mona@example.org")
    assert no.value.field == "email"


def test_an_unknown_address_needs_a_name_and_gets_an_account(house):
    ines = house.people["ines"].id
    with pytest.raises(Refused) as no:
        office.add_organiser(house.process, ines, email="neu@example.org")
    assert no.value.field == "name"
    account, is_new = office.add_organiser(house.process, ines, email="neu@example.org", name="Nora Neu")
    assert is_new and isinstance(account, Account) and account.email == "neu@example.org"


def test_nobody_removes_oneself_and_a_removal_darkens_the_pulses(house):
    ines, mona = house.people["ines"].id, house.people["mona"].id
    office.add_organiser(house.process, ines, email="mona@example.org")
    with pytest.raises(NotNow):
        office.remove_organiser(house.process, ines, ines)
    before = house.workshop.epoch
    office.remove_organiser(house.process, ines, mona)
    assert [one.id for one in office.organisers(house.process.id)] == [ines]
    assert (
        db.session.query(Workshop).populate_existing().filter_by(id=house.workshop.id).one().epoch
        == before + 1
    )


def test_the_overview_counts_participants_by_sector(house):
    (place,) = office.overview(house.process.id)
    assert [session.title for session in place.sessions] == ["Regionen"]
    assert place.people[house.sectors[0].id] == (2, 1)  # Petra is here, Paul waits
    assert place.registered == 4
