"""What a server asks before it starts."""

from __future__ import annotations

import pytest

from werkstatt.acts import Gone, Missing, join
from werkstatt.acts.office import start
from werkstatt.db import begin_write, db
from werkstatt.models import Account, AuditEntry


def test_a_fresh_database_is_empty_until_there_is_anybody(app):
    assert start.is_empty()
    start.first_admin()
    db.session.commit()
    assert not start.is_empty() and not start.is_demo()


def test_the_first_admin_chooses_a_password_once(app):
    token = start.first_admin()
    db.session.commit()
    join.by_link(token, "ein langes Passwort", hours=1)
    db.session.commit()
    with pytest.raises(Gone):
        join.by_link(token, "noch ein langes Passwort", hours=1)
    db.session.rollback()
    assert join.log_in(start.FIRST_ADDRESS, "ein langes Passwort", hours=1)
    db.session.commit()
    assert [entry.deed for entry in db.session.query(AuditEntry)] == ["first_admin"]


def test_a_demo_account_is_noticed(house):
    assert not start.is_demo()
    begin_write()
    house.people["paul"].is_demo = True
    db.session.commit()
    assert start.is_demo()


def test_links_are_for_admins_who_are_not_blocked(house):
    admin, token = start.admin_link()
    assert admin.email == "admin@example.org" and join.invitation(token)
    assert start.admin_link("ADMIN@example.org")[0].id == admin.id
    with pytest.raises(Missing):
        start.admin_link("petra@example.org")
    db.session.get(Account, admin.id).blocked_at = admin.created_at
    db.session.flush()
    with pytest.raises(Missing):
        start.admin_link()
