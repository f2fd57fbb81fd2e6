"""My data: read it, take it home, change it, end logins, delete the account."""

from __future__ import annotations

import json

from config import HERE
from tests.house.asking import tables
from tests.rounds import cast, opened
from werkstatt.acts import desk, join, office
from werkstatt.acts.privacy.personal import PERSONAL, Given
from werkstatt.db import begin_write, db
from werkstatt.models import Account, Ballot, Login, Organiser, RollEntry
from werkstatt.terms import FORMER_PERSON
from werkstatt.web.privacy.own import OTHER


def test_c56_the_page_and_the_file_say_the_same_about_me(app, house, browse):
    opened(app, house)
    client = browse("petra")
    page = client.get("/me").text
    assert "Workshop Dresden" in page and "Vorschläge (5)" in page and "Wie Sie abgestimmt haben" in page
    answer = client.get("/me/data.json")
    assert answer.mimetype == "application/json" and "attachment" in answer.headers["Content-Disposition"]
    found = json.loads(answer.text)
    assert found["account"][0]["name"] == "Petra Vogel" and len(found["recommendation"]) == 5
    assert browse("vera").get("/me/data.json").json["account"][0]["name"] == "Vera Kunze"
    assert browse(None).get("/me").status_code == 303


def test_c56_every_table_that_names_people_has_words_on_the_page():
    source = (HERE / "templates" / "privacy" / "show.html").read_text()
    given = {place.split(".")[0] for place, fact in PERSONAL.items() if fact.given is Given.ROW}
    unnamed = {name for name in given - OTHER.keys() if f"data.{name}," not in source}
    assert unnamed == {"account", "login"}, "say what it is called, in web/privacy/own.py"


def test_name_organisation_and_language_are_mine_to_change(house, browse):
    client = browse("petra")
    facts = {"name": "Petra Neu", "organisation": "Werk", "language": "en"}
    assert client.send("/me", facts | {"name": " "}).status_code == 422
    assert client.send("/me", facts | {"language": "fr"}).status_code == 422
    assert client.send("/me", facts).status_code == 303
    page = client.get("/me").text
    assert "My data" in page and "Petra Neu" in page
    assert db.session.get(Account, house.people["petra"].id).language == "en"


def test_c35_everywhere_kills_copied_cookies(house, browse):
    here, copied, there = browse("petra"), browse(None), browse("petra")
    with here.session_transaction() as cookie:
        token = cookie["_user_id"]
    with copied.session_transaction() as cookie:
        cookie["_user_id"] = token
    assert copied.get("/me").status_code == 200
    assert here.send("/me/logins/others").status_code == 303
    assert there.get("/me").status_code == 303 and here.get("/me").status_code == 200
    assert here.send("/me/logins/all").status_code == 303
    assert here.get("/me").status_code == 303 and copied.get("/me").status_code == 303


def test_c57_deletion_wants_a_tick_and_ends_in_a_page(app, house, browse):
    opened(app, house)
    cast(app, house, "petra", [[0], [1]])
    client, member = browse("petra"), house.member("petra").id
    assert "weil niemand mehr weiß, welche Ihre ist" in client.get("/me/delete").text
    assert client.send("/me/delete").status_code == 422
    assert db.session.query(Ballot).count() == 1
    answer = client.send("/me/delete", {"sure": "y"})
    assert answer.status_code == 303 and "gelöscht" in client.get(answer.location).text
    assert client.get("/me").status_code == 303
    assert "Petra Vogel" not in repr(tables()) and "petra@example.org" not in repr(tables())
    assert not db.session.query(Ballot).count()
    assert not db.session.query(RollEntry).filter_by(membership_id=member).count()
    moderation = browse("mona")
    path = f"/sessions/{house.session.id}/recommendations"
    assert FORMER_PERSON in moderation.get(path).text
    moderation.send("/language", {"language": "en", "next": "/"})
    assert "former person" in moderation.get(path).text


def test_c57_the_journal_holds_the_deletion_before_the_page_says_so(app, house, browse):
    settings, mark = app.config["SETTINGS"], house.people["petra"].opaque
    assert browse("petra").send("/me/delete", {"sure": "y"}).status_code == 303
    for folder in (settings.keys, settings.instance):
        assert mark in (folder / "erasures.jsonl").read_text()


def test_the_page_after_handing_on_says_what_stays(browse):
    assert "Nur ein Cookie ohne Ihren Namen bleibt" in browse(None).get("/bye").text


def test_what_was_typed_at_the_door_stands_on_the_page(house, browse):
    begin_write()
    house.member("petra").typed_email = "getippt@example.org"
    db.session.commit()
    client = browse("petra")
    assert "getippt@example.org" in client.get("/me").text
    assert "getippt@example.org" in client.get("/me/data.json").text


def test_c57_the_last_of_an_office_reads_why_not(house, browse):
    client = browse("ines")
    assert "die letzte Person der Geschäftsstelle" in client.get("/me/delete").text
    assert client.send("/me/delete", {"sure": "y"}).status_code == 409
    begin_write()
    db.session.add(Organiser(process_id=house.process.id, account_id=house.people["mona"].id))
    db.session.commit()
    assert client.send("/me/delete", {"sure": "y"}).status_code == 303


def test_c57_a_deleted_account_cannot_be_found_or_let_in_again(house, browse):
    petra, member = house.people["petra"].id, house.member("petra").id
    assert browse("petra").send("/me/delete", {"sure": "y"}).status_code == 303
    admin, moderation = browse("admin"), browse("mona")
    assert admin.get(f"/admin/accounts/{petra}").status_code == 404
    assert "ehemalige" not in admin.get("/admin").text
    register = f"/workshops/{house.workshop.id}/register"
    assert moderation.get(f"{register}/{member}").status_code == 404
    for deed in ("restore", "link"):
        assert moderation.send(f"{register}/{member}/{deed}").status_code in (403, 404)
    assert not join.places(petra)


def test_c57_the_account_made_at_the_desk_stands_on_both_pages_and_in_the_file(house, browse):
    facts = {"name": "Franka W.", "email": "franka@example.org", "sector_id": house.sectors[0].id}
    known = office.add_person(house.workshop, house.people["mona"].id, **facts)
    made = desk.apart(house.workshop, house.actor("heiko"), known.id)
    db.session.commit()
    franka = browse("franka")
    page = franka.get("/me").text
    assert "Andere Konten, mit denen jemand meinen Platz hat (1)" in page and "am Einlass für mich" in page
    assert franka.get("/me/data.json").json["second_account"][0]["name"] == "Franka W."
    page = franka.get("/me/delete").text
    assert "Workshop Dresden" in page and "Es wird mitgelöscht" in page
    answer = franka.send("/me/delete", {"sure": "y"})
    assert answer.status_code == 409 and "an diese Adresse geht" in answer.text
    begin_write()
    db.session.execute(db.update(Login).values(proven=True))
    db.session.commit()
    assert franka.send("/me/delete", {"sure": "y"}).location == "/deleted"
    db.session.expire_all()
    assert db.session.get(Account, made.account_id).name == FORMER_PERSON
    assert "Es wird mitgelöscht" not in browse("petra").get("/me/delete").text
