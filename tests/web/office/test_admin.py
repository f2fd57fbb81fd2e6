"""The installation's pages, as Ada uses them."""

from __future__ import annotations

import ast
import re
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import update

from config import HERE
from tests import pages
from tests.mailserver import SENDER, running
from werkstatt.acts import audit, backup, join, office, post, privacy
from werkstatt.db import begin_write, db, utcnow
from werkstatt.models import Account, Login, Mail, Ticket
from werkstatt.terms import StepKind
from werkstatt.web.office import facts, record


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


def test_without_mail_an_account_is_created_with_a_link_shown_once(app, browse):
    app.config["SETTINGS"] = replace(app.config["SETTINGS"], smtp_url="")
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


def test_c41_where_mail_goes_out_a_link_goes_to_its_person_and_the_admin_never_sees_it(house, browse):
    """An organiser without a password: the link would lead into contents and ballots."""
    admin, ines = browse("admin"), browse("ines")
    path = f"/admin/accounts/{house.people['ines'].id}"
    assert "geht an die Adresse der Person; angezeigt wird er nicht" in admin.get(path).text
    answer = admin.send(path + "/link")
    page = admin.get(answer.location).text
    assert (
        answer.status_code == 303 and "/invitation/" not in page and "an ines@example.org unterwegs" in page
    )
    mail = db.session.scalars(db.select(Mail)).one()
    assert (mail.kind, mail.to) == ("own_link", "ines@example.org") and "Verwaltung" in mail.text
    link = re.search(r"https?://[^/\s]+(/invitation/\S+)", mail.text)[1]
    db.session.rollback()
    assert ines.get("/me").status_code == 200, "nobody is logged out by it"
    new = browse(None)
    assert new.press(link).status_code == 303
    assert new.get(f"/workshops/{house.workshop.id}/register").status_code == 200


def test_c41_a_new_account_is_opened_by_its_address(browse):
    admin = browse("admin")
    answer = admin.send("/admin", {"name": "Nora Neu", "email": "nora@example.org", "may_found": "y"})
    page = admin.get(answer.location).text
    assert "/invitation/" not in page and "an nora@example.org unterwegs" in page
    assert db.session.scalars(db.select(Mail.to)).all() == ["nora@example.org"]


def test_without_an_address_the_link_is_shown_to_be_handed_over(house, browse):
    begin_write()
    house.people["ines"].email = None
    db.session.commit()
    admin, path = browse("admin"), f"/admin/accounts/{house.people['ines'].id}"
    assert "geht an die Adresse der Person" not in admin.get(path).text
    assert "/invitation/" in admin.get(admin.send(path + "/link").location).text


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


def test_c15_the_page_says_how_it_stands_with_the_backups(app, browse, monkeypatch):
    settings, admin = app.config["SETTINGS"], browse("admin")
    if db.engine.dialect.name != "sqlite":
        assert "pg_dump" in admin.get("/admin").text
        return
    assert "Noch keine Sicherung." in admin.get("/admin").text
    backup.make(settings, "night")
    page = admin.get("/admin").text
    assert "Letzte Sicherung:" in page and "1 Sicherung liegt in" in page and "älter als ein Tag" not in page
    monkeypatch.setattr(backup, "_copy", lambda *_: (_ for _ in ()).throw(OSError(28, "No space")))
    with pytest.raises(backup.NoBackup):
        backup.make(settings, "night")
    assert "Der Datenträger ist voll." in admin.get("/admin").text
    monkeypatch.undo()
    backup.make(settings, "night")
    assert "Der Datenträger ist voll." not in admin.get("/admin").text
    monkeypatch.setattr(backup, "TOO_OLD", timedelta(seconds=-1))
    assert "älter als ein Tag" in admin.get("/admin").text
    app.config["SETTINGS"] = replace(settings, backups=None)
    assert "Sicherungen sind ausgeschaltet." in admin.get("/admin").text


def test_periods_are_changed_within_their_bounds(browse):
    admin = browse("admin")
    known = {name: str(kept.days) for name, kept in privacy.KEPT.items()}
    assert admin.send("/admin/periods", known | {"urn": "30"}).status_code == 303
    assert 'value="30"' in admin.get("/admin/periods").text
    for wrong in ("", "x", "-1", "99999999999999999999"):
        assert admin.send("/admin/periods", known | {"urn": wrong}).status_code == 422
    assert privacy.periods()["urn"] == 30


def test_a_test_mail_goes_to_the_admin_and_is_counted(browse):
    admin = browse("admin")
    assert "Testmail an admin@example.org" in admin.get("/admin/mail").text
    assert admin.send("/admin/mail").status_code == 303
    mail = db.session.query(Mail).one()
    assert (mail.to, mail.kind) == ("admin@example.org", "test") and "Ada Winter" in mail.text


@pytest.fixture
def by_smtp(app):
    """The application sends by a real server, which a test may kill."""
    with running() as server:
        app.config["SETTINGS"] = replace(app.config["SETTINGS"], smtp_url=server.url, mail_from=SENDER)
        yield server


def deliver(server) -> None:
    post.deliver_due(post.Smtp(server.url, SENDER, timeout=2), sender=SENDER)


def test_the_test_mail_says_what_has_become_of_it(browse, by_smtp):
    admin = browse("admin")
    admin.send("/admin/mail")
    page = admin.get("/admin/mail").text
    assert "unterwegs zum Mailserver" in page and 'hx-trigger="every 3s"' in page and "Aktualisieren" in page
    deliver(by_smtp)
    page = admin.get("/admin/mail").text
    assert "Der Mailserver hat sie um" in page and 'hx-trigger="every 3s"' not in page
    by_smtp.answers["admin@example.org"] = "550 5.7.1 not for you"
    admin.send("/admin/mail")
    deliver(by_smtp)
    page = admin.get("/admin/mail").text
    assert "Endgültig abgelehnt" in page and "550 5.7.1 not for you" in page
    by_smtp.answers["admin@example.org"] = "451 4.3.0 later"
    admin.send("/admin/mail")
    deliver(by_smtp)
    page = admin.get("/admin/mail").text
    assert "Noch nicht angenommen" in page and "451 4.3.0 later" in page and "Nächster Versuch um" in page


def test_a_dead_mail_server_is_red_until_something_has_gone_out(browse, app):
    with running() as server:
        pass
    app.config["SETTINGS"] = replace(app.config["SETTINGS"], smtp_url=server.url, mail_from=SENDER)
    admin = browse("admin")
    admin.send("/admin/mail")
    assert "Mail geht über einen Mailserver hinaus" in admin.get("/admin/mail").text
    deliver(server)
    page = admin.get("/admin/mail").text
    assert "Der Mailserver nimmt gerade nichts an" in page and "Connection refused" in page
    assert "Mail geht über einen Mailserver hinaus" not in page
    with running(server.port):
        begin_write()
        db.session.execute(update(Mail).values(due_at=utcnow()))
        db.session.commit()
        deliver(server)
    page = admin.get("/admin/mail").text
    assert "Mail geht über einen Mailserver hinaus" in page and "Der Mailserver hat sie um" in page


def test_c38_whoever_opens_accounts_and_makes_their_links_confirms_the_password(house, browse):
    admin = browse("admin")
    begin_write()
    house.people["admin"].password = join.HASHER.hash("zehn Zeichen und mehr")
    made = office.create_account(house.people["admin"].id, name="Nora Neu", email="nora@example.org")
    db.session.execute(update(Login).values(created_at=utcnow() - timedelta(hours=1)))
    db.session.commit()
    for path, given in (
        ("/admin", {"name": "Olaf Neu", "email": "olaf@example.org", "may_found": "y"}),
        (f"/admin/accounts/{made.id}/link", {}),
    ):
        assert admin.send(path, given).location.startswith("/confirm?next=")
    assert db.session.query(Account).filter_by(email="olaf@example.org").count() == 0
    assert db.session.query(Ticket).count() == 0


def test_c46_a_printed_anchor_is_looked_up_on_the_record(house, browse):
    admin = browse("admin")
    admin.send("/admin/pages/impressum", {"de": "Wir", "en": "We"})
    printed = audit.anchor()
    assert "Steht in der Kette" in admin.get(f"/admin/record?anchor={printed}").text
    assert "Steht nicht in der Kette" in admin.get("/admin/record?anchor=AAAA-BBBB-CCCC").text
    begin_write()
    db.session.execute(update(audit.AuditEntry).values(facts={}))
    db.session.commit()
    page = admin.get(f"/admin/record?anchor={printed}").text
    assert "Die Kette ist gebrochen" in page and "davor gebrochen" in page


def test_the_record_is_filtered_and_never_breaks_on_odd_values(browse):
    admin = browse("admin")
    admin.send("/admin/pages/impressum", {"de": "Wir", "en": "We"})
    assert "Seite bearbeitet" in admin.get("/admin/record?deed=edit_page&q=winter").text
    assert "Dazu steht nichts" in admin.get("/admin/record?deed=edit_page&q=vogel").text
    for odd in ("page=x", "page=99999999999999999999", "q=%25", "until=2100-12-31", "since="):
        assert admin.get(f"/admin/record?{odd}").status_code == 200
    for field, odd in (
        ("session", "x"),
        ("session", "99999999999"),
        ("since", "gestern"),
        ("since", "2026-99-99"),
        ("since", "0001-01-01"),
        ("until", "2026-13-45"),
        ("until", "9999-12-31"),
    ):
        answer = admin.get(f"/admin/record?{field}={odd}")
        assert answer.status_code == 422 and f'id="{field}-error">Bitte' in answer.text
    assert admin.get("/admin/record?q=%00").status_code == 400


def test_the_admin_reads_which_duties_are_open(browse):
    page = browse("admin").get("/admin/pages/impressum").text
    assert "§ 5 Abs. 1 Nr. 1 DDG" in page and "fehlt noch" in page and "[Straße und Hausnummer]" in page


def deeds_written() -> set[str]:
    """Every deed that is noted: given by name wherever a ``deed`` is asked for, or put into a ``deed``."""
    trees = [ast.parse(path.read_text()) for path in (HERE / "werkstatt" / "acts").rglob("*.py")]
    nodes = [node for tree in trees for node in ast.walk(tree)]
    places, values = {}, []
    for node in nodes:
        if isinstance(node, ast.FunctionDef):
            names = [one.arg for one in node.args.args]
            if "deed" in names:
                places.setdefault(node.name, set()).add(names.index("deed"))
        elif isinstance(node, ast.Assign) and any(getattr(one, "id", "") == "deed" for one in node.targets):
            values.append(node.value)
    for node in nodes:
        if isinstance(node, ast.Call):
            name = getattr(node.func, "attr", getattr(node.func, "id", ""))
            values += [node.args[at] for at in places.get(name, ()) if at < len(node.args)]
    branches = [[one.body, one.orelse] if isinstance(one, ast.IfExp) else [one] for one in values]
    return {one.value for pair in branches for one in pair if isinstance(one, ast.Constant)}


def test_every_deed_of_the_record_has_words(app):
    """A new ``audit.note(..., "deed")`` gets its words in web/office/record.py or in phrases.py."""
    written = deeds_written() | {kind.value for kind in StepKind}
    assert {"use_return_code", "give_paper", "add_theme", "annul"} <= written and len(written) > 60
    with app.test_request_context():
        assert written <= record.words().keys()


def test_blocked_accounts_are_listed_alone(house, browse):
    admin = browse("admin")
    assert "Kein Konto ist gesperrt." in admin.get("/admin?blocked=1").text
    admin.send(f"/admin/accounts/{house.people['petra'].id}/block")
    page = admin.get("/admin?blocked=1").text
    assert "Petra Vogel" in page and "Vera" not in page and "Alle zeigen" in page
    assert 'href="/admin?blocked=1"' in admin.get("/admin").text


def test_the_details_of_the_record_are_words(house, browse):
    begin_write()
    who, there = house.people["ines"].id, house.workshop.id
    audit.note(who, "joining", workshop=there, open=False)
    audit.note(who, "refuse", workshop=there, members=list(range(101, 161)))
    audit.note(who, "redact", house.session.id, reason="insult", places=3, signs=1200)
    audit.note(who, "back", house.session.id, left="discuss", to="collect", until=None)
    audit.note(who, "copy_workshop", workshop=there, was="moderator", unheard_of="x")
    db.session.commit()
    page = pages.parse(browse("admin").get("/admin/record").text).text()
    for words in (
        "geöffnet: nein",
        "Teilnahmen: 60 (101, 102, 103, 104, 105, 106 …)",
        "Stellen: 3 · Grund: Beleidigung · Zeichen: 1.200",
        "verlassen: Diskutieren · nach: Sammeln · bis: –",
        "vorher: Moderation",
    ):
        assert all(part in page for part in words.split(" · ")), words
    english = browse("admin")
    english.send("/language", {"language": "en", "next": "/"})
    assert "reason: insult" in pages.parse(english.get("/admin/record").text).text().lower()


def test_every_detail_that_the_acts_note_has_a_word():
    """A new key is one line in ``web/office/facts.py``."""
    missing = set()
    for path in sorted((HERE / "werkstatt" / "acts").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and ast.unparse(node.func) in ("audit.note", "_record"):
                missing |= {
                    (path.name, one.arg) for one in node.keywords if one.arg and one.arg not in facts.KEYS
                }
    assert not missing
    assert (
        facts.said("left", 2) == "nicht übernommen: 2"
        and facts.said("left", "collect") == "verlassen: Sammeln"
    )
