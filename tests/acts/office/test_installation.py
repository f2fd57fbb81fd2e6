"""Accounts, rights, pages, and the record."""

from __future__ import annotations

import pytest

from werkstatt.acts import Missing, NotAllowed, NotNow, Refused, join, office
from werkstatt.db import begin_write, db, utcnow
from werkstatt.models import Login, Page


def test_accounts_are_found_whatever_the_case_and_paged(house):
    begin_write()
    admin = house.people["admin"].id
    office.create_account(admin, name="Özgür Ünal", email="oezguer@example.org")
    assert [one.name for one in office.accounts("özgür").rows] == ["Özgür Ünal"]
    assert office.accounts("PETRA").total == 1
    assert office.accounts("100%").total == 0
    house.crowd(60)
    found = office.accounts("", 2)
    assert (found.page, found.pages, len(found.rows)) == (2, 2, found.total - 50)
    assert office.accounts("", 99).page == 2


def test_an_address_has_one_account(house):
    with pytest.raises(Refused) as no:
        office.create_account(house.people["admin"].id, name="Petra", email="PETRA@example.org")
    assert no.value.field == "email"


def test_blocking_ends_the_logins_and_can_be_undone(house):
    admin, petra = house.people["admin"].id, house.people["petra"]
    join.begin_login(petra.id, hours=1)
    office.block(admin, petra.id)
    assert petra.blocked_at and db.session.query(Login).filter_by(account_id=petra.id).count() == 0
    office.block(admin, petra.id)
    office.unblock(admin, petra.id)
    assert petra.blocked_at is None
    with pytest.raises(NotNow):
        office.block(admin, admin)


def test_an_account_that_was_joined_into_another_is_neither_listed_nor_unblocked(house):
    begin_write()
    vera = house.people["vera"]
    vera.joined_into_id, vera.blocked_at, vera.name = house.people["petra"].id, utcnow(), "–"
    db.session.commit()
    admin = house.people["admin"].id
    assert office.accounts(blocked=True).rows == []
    assert vera.id not in [one.id for one in office.accounts().rows]
    with pytest.raises(Missing):
        office.unblock(admin, vera.id)
    assert vera.blocked_at


def test_one_admin_always_remains(house):
    admin, ines = house.people["admin"].id, house.people["ines"]
    with pytest.raises(NotNow):
        office.grant(admin, admin, right="is_admin", to=False)
    office.grant(admin, ines.id, right="is_admin", to=True)
    office.grant(ines.id, admin, right="is_admin", to=False)
    assert ines.is_admin and not house.people["admin"].is_admin
    with pytest.raises(Missing):
        office.grant(admin, ines.id, right="password", to=True)


def test_no_link_into_a_workshop_from_the_installation(house):
    admin = house.people["admin"].id
    with pytest.raises(NotAllowed):
        office.reissue(admin, house.people["petra"].id)
    made = office.create_account(admin, name="Nora Neu", email="nora@example.org", may_found=True)
    assert join.invitation(office.reissue(admin, made.id))[1].id == made.id


def test_a_page_is_edited_and_emptied(house):
    admin = house.people["admin"].id
    office.save_page(admin, "impressum", "de", "Wir")
    assert office.page_text("impressum", "de").text == "Wir"
    assert office.save_page(admin, "impressum", "de", "") is None
    assert db.session.query(Page).count() == 0


def test_the_record_is_filtered_and_paged(house):
    admin, ines = house.people["admin"].id, house.people["ines"].id
    for number in range(60):
        office.save_page(admin, "impressum", "de", f"Fassung {number}")
    office.edit_process(house.process, ines, title="Neu", question="?")
    assert office.entries().total == 61 and office.entries(2).pages == 2
    assert office.entries(wanted=office.Filter(deed="edit_process")).rows[0][1] == "Ines Adler"
    assert office.entries(wanted=office.Filter(person="adler")).total == 1
    assert office.entries(wanted=office.Filter(session=1)).total == 0
    now = utcnow()
    assert office.entries(wanted=office.Filter(since=now)).total == 0
    assert office.entries(wanted=office.Filter(until=now, deed="edit_page")).total == 60
    assert office.deeds() == ["edit_page", "edit_process"]
