"""The installation's pages, as Ada uses them."""

from __future__ import annotations

import pytest

from werkstatt.db import db
from werkstatt.models import Account


@pytest.mark.parametrize("name", ["ines", "mona", "heiko", "petra", "paul"])
def test_only_admins_enter(house, browse, name):
    client, petra = browse(name), house.people["petra"].id
    for path in ("/admin", "/admin/record", f"/admin/accounts/{petra}"):
        assert client.get(path).status_code == 403
    for path in (
        "/admin",
        *(f"/admin/accounts/{petra}/{deed}" for deed in ("block", "unblock", "rights", "link")),
    ):
        assert client.send(path, {"right": "is_admin", "to": "yes"}).status_code == 403
    db.session.expire_all()
    assert not house.people["petra"].is_admin and house.people["petra"].blocked_at is None


def test_admins_see_no_contents(house, browse):
    admin = browse("admin")
    for path in ("/admin", "/admin/record", f"/admin/accounts/{house.people['petra'].id}"):
        assert house.session.title not in admin.get(path).text
    assert admin.get(f"/workshops/{house.workshop.id}").status_code == 404


def test_an_account_is_created_with_a_link_shown_once(browse):
    admin = browse("admin")
    facts = {"name": "Nora Neu", "email": "nora@example.org", "may_found": "y", "is_admin": "y"}
    answer = admin.send("/admin", facts)
    assert answer.status_code == 303 and "/invitation/" in admin.get(answer.location).text
    assert "/invitation/" not in admin.get(answer.location).text
    made = db.session.query(Account).filter_by(email="nora@example.org").one()
    assert made.may_found and not made.is_admin
    assert admin.send("/admin", facts).status_code == 422
    assert admin.send("/admin", facts | {"email": "nora"}).status_code == 422


def test_blocking_shuts_out_at_once(house, browse):
    admin, petra = browse("admin"), browse("petra")
    path = f"/admin/accounts/{house.people['petra'].id}"
    assert petra.get(f"/sessions/{house.session.id}").status_code == 200
    assert admin.send(path + "/block").status_code == 303
    assert petra.get(f"/sessions/{house.session.id}").status_code == 303
    assert "gesperrt seit" in admin.get(path).text
    assert admin.send(path + "/unblock").status_code == 303
    own = f"/admin/accounts/{house.people['admin'].id}"
    assert admin.send(own + "/block").status_code == 409


def test_rights_are_given_and_taken_but_not_ones_own(house, browse):
    admin, mona = browse("admin"), house.people["mona"]
    path = f"/admin/accounts/{mona.id}/rights"
    for right in ("may_found", "is_admin"):
        for to in ("yes", "no"):
            assert admin.send(path, {"right": right, "to": to}).status_code == 303
            db.session.expire_all()
            assert getattr(mona, right) is (to == "yes")
    own = f"/admin/accounts/{house.people['admin'].id}/rights"
    assert admin.send(own, {"right": "is_admin", "to": "no"}).status_code == 409
    assert admin.send(path, {"right": "password", "to": "yes"}).status_code == 404
    assert admin.send("/admin/accounts/99999/block").status_code == 404


def test_no_link_into_workshops(house, browse):
    assert browse("admin").send(f"/admin/accounts/{house.people['petra'].id}/link").status_code == 403


def test_the_list_is_searched_and_paged(house, browse):
    house.crowd(60)
    admin = browse("admin")
    assert "Seite 1 von 2" in admin.get("/admin").text
    assert "Gast 0-59" not in admin.get("/admin?q=petra").text
    assert "Kein Konto passt" in admin.get("/admin?q=xyz").text
    assert admin.get("/admin?page=-3").status_code == 200
    assert admin.get("/admin?page=x").status_code == 200


def test_the_record_says_whether_it_is_whole(house, browse):
    admin = browse("admin")
    admin.send(f"/admin/accounts/{house.people['mona'].id}/rights", {"right": "may_found", "to": "yes"})
    page = admin.get("/admin/record").text
    assert "Die Kette ist ganz." in page and "Recht gegeben" in page and "Ada Winter" in page


def test_c15_an_old_library_is_said_on_the_page_of_the_installation(house, browse, monkeypatch):
    from werkstatt import db as database

    admin = browse("admin")
    assert "zu alt" not in admin.get("/admin").text
    monkeypatch.setattr(database.sqlite, "sqlite_version_info", (3, 40, 1))
    assert ("(3.40.1) ist zu alt" in admin.get("/admin").text) is (db.engine.dialect.name == "sqlite")
