"""The desk's pages, as Heiko uses them."""

from __future__ import annotations

import dataclasses

import pytest

from tests import rounds
from werkstatt.acts import join, prepare
from werkstatt.db import begin_write, db
from werkstatt.models import Account, Mail, Membership
from werkstatt.terms import MemberState


def at(house, *more) -> str:
    return "/".join([f"/workshops/{house.workshop.id}/desk", *map(str, more)])


def fresh(member: Membership) -> Membership:
    db.session.expire_all()
    return member


@pytest.mark.parametrize(
    ("name", "status"),
    [
        ("heiko", 200),
        ("mona", 200),
        ("ines", 200),
        ("petra", 403),
        ("otto", 403),
        ("paul", 403),
        ("franka", 404),
        ("gregor", 404),
        ("admin", 404),
    ],
)
def test_who_may_stand_at_the_desk(house, browse, name, status):
    client, paul = browse(name), house.member("paul").id
    assert client.get(at(house)).status_code == status
    assert client.get(at(house, paul)).status_code == status
    expected = 303 if status == 200 else status
    for path in (at(house, "approve"), at(house, paul, "approve"), at(house, paul, "refuse")):
        assert client.send(path).status_code in (expected, 409 if status == 200 else expected)
    assert browse(None).get(at(house)).status_code == 303


def test_the_desk_sees_people_and_no_proposals(house, browse):
    page = browse("heiko").get(at(house)).text
    assert "Paul Sommer" in page and "Petra Vogel" in page and "3 von" not in page
    assert "Petra Vogel" not in browse("heiko").get(at(house) + "?q=samuel").text


def test_a_walk_ins_card_stands_on_the_screen_of_its_browser_alone(house, browse, app):
    heiko = browse("heiko")
    sector = house.sectors[0].id
    answer = heiko.send(at(house), {"name": "Nora Neu", "organisation": "Gießerei", "sector": sector})
    assert answer.status_code == 303
    page = heiko.get(answer.location).text
    assert "K-001" in page and "data:image/svg+xml" in page
    assert "data:image/svg+xml" not in browse("mona").get(answer.location).text
    nora = db.session.query(Membership).join(Account).filter(Account.name == "Nora Neu").one()
    assert nora.state is MemberState.CHECKED_IN


@pytest.mark.parametrize(
    "data", [{"name": "", "sector": "1"}, {"name": "Nora Neu"}, {"name": "Nora", "sector": "99999"}]
)
def test_a_bad_walk_in_keeps_what_was_typed(house, browse, data):
    answer = browse("heiko").send(at(house), {"organisation": "Gießerei Lauchhammer", **data})
    assert answer.status_code == 422 and "Gießerei Lauchhammer" in answer.text


def test_approving_one_all_and_refusing(house, browse):
    heiko, paul = browse("heiko"), house.member("paul")
    assert heiko.send(at(house, "approve")).status_code == 303
    assert fresh(paul).state is MemberState.PENDING
    back = heiko.send(at(house, "approve"), {"member": paul.id, "next": "/sessions/1/console"})
    assert back.location == "/sessions/1/console" and fresh(paul).state is MemberState.CHECKED_IN
    assert heiko.send(at(house, paul.id, "approve")).status_code == 303
    assert heiko.send(at(house, paul.id, "refuse")).status_code == 409


def test_a_sector_is_corrected_and_a_person_checked_in(house, browse):
    heiko, petra = browse("heiko"), house.member("petra")
    assert heiko.send(at(house, petra.id), {"sector": house.sectors[2].id}).status_code == 303
    assert fresh(petra).sector_id == house.sectors[2].id
    assert heiko.send(at(house, petra.id), {"sector": "99999"}).status_code == 422
    assert heiko.send(at(house, petra.id, "check-in")).status_code == 303


def test_people_of_another_workshop_are_not_here(house, browse):
    franka = join.actor(house.other_workshop.id, house.people["franka"].id).membership.id
    heiko = browse("heiko")
    for path in ("approve", "refuse", "check-in", "card", "blank", "return-code"):
        assert heiko.send(at(house, franka, path)).status_code == 404
        assert heiko.send(at(house, 99999, path)).status_code == 404


def test_no_card_and_no_return_code_for_a_moderator_from_a_helper(house, browse):
    heiko, mona, petra = browse("heiko"), house.member("mona").id, house.member("petra").id
    for what in ("card", "return-code"):
        assert heiko.send(at(house, mona, what)).status_code == 403
        assert heiko.send(at(house, petra, what)).status_code == 303


def test_a_return_code_is_announced_by_mail_in_the_persons_language(house, browse, app):
    app.config["SETTINGS"] = dataclasses.replace(app.config["SETTINGS"], smtp_url="smtp://127.0.0.1:1")
    begin_write()
    house.people["petra"].language = "en"
    db.session.commit()
    path = at(house, house.member("petra").id, "return-code")
    assert browse("heiko").send(path).status_code == 303
    [mail] = db.session.query(Mail)
    assert mail.to == "petra@example.org" and "Heiko Lang" in mail.text and "return code" in mail.subject
    assert browse("heiko").send(at(house, house.member("mona").id, "return-code")).status_code == 403
    assert db.session.query(Mail).count() == 1
    card = at(house, house.member("petra").id, "card")
    assert browse("heiko").send(card).status_code == 303  # nobody is logged in as Petra: her first
    assert db.session.query(Mail).count() == 1
    browse("petra")
    assert browse("heiko").send(card).status_code == 303
    assert "new card" in db.session.query(Mail).order_by(Mail.id.desc()).first().subject


def test_a_walk_in_who_is_on_the_register_is_let_in_instead(house, browse):
    """Emil is invited; at the desk somebody types his name; without script, and pressed twice."""
    sector = house.sectors[0].id
    begin_write()
    petra = house.member("petra")
    petra.state = MemberState.INVITED
    db.session.commit()
    heiko, before = browse("heiko"), db.session.query(Membership).count()
    typed = {"name": "Vogel, Petra", "organisation": "", "sector": sector}
    for _ in range(2):
        answer = heiko.send(at(house), typed)
        assert answer.status_code == 422 and db.session.query(Membership).count() == before
    assert "Vielleicht schon im Register:" in answer.text and "Trotzdem neu anlegen" in answer.text
    assert f'name="seen" value="{petra.id}"' in answer.text
    back = heiko.send(at(house, petra.id, "check-in"), {"next": at(house, petra.id)})
    assert back.location == at(house, petra.id) and fresh(petra).state is MemberState.CHECKED_IN
    assert heiko.send(at(house), typed | {"seen": petra.id}).status_code == 303
    assert heiko.send(at(house), typed | {"seen": petra.id}).status_code == 422
    assert db.session.query(Membership).count() == before + 1


def test_a_search_says_nothing_about_how_many_are_here(house, browse):
    """Of the people found it would be a false number."""
    there = f"/workshops/{house.workshop.id}/desk"
    assert " anwesend</span></header>" in browse("heiko").get(there).text
    assert " anwesend</span></header>" not in browse("heiko").get(there, query_string={"q": "Petra"}).text


def test_c42_the_desk_reads_who_was_sent_away_and_the_console_says_it_beside_nachtragen(app, house, browse):
    """Petra's place was ended while a round with her on its roll is open, and she comes again under her name."""
    round = rounds.opened(app, house)
    prepare.end(house.workshop, house.actor("mona"), house.member("petra").id)
    sector = house.sectors[0].id
    join.arrive(house.workshop, None, name="Petra Vogel", organisation="", sector_id=sector)
    db.session.commit()
    again = db.session.query(Membership).order_by(Membership.id.desc()).first()
    heiko, mona = browse("heiko"), browse("mona")
    for path in (at(house), at(house, again.id)):
        page = heiko.get(path).text
        assert "beendet" in page and "steht im Stimmverzeichnis" in page
        assert "rufen Sie die Moderation" in page and at(house, again.id, "approve") not in page
    answer = heiko.send(at(house, again.id, "approve"), {"seen": house.member("petra").id})
    assert answer.status_code == 403 and "Moderation" in answer.text
    typed = {"name": "Petra Vogel", "sector": sector, "seen": house.member("petra").id}
    answer = heiko.send(at(house), typed)
    assert answer.status_code == 422 and "steht im Stimmverzeichnis" in answer.text
    assert "Trotzdem neu anlegen" not in answer.text and "Ist da" not in answer.text.partition("walk-in")[2]
    page = mona.get(at(house)).text
    assert at(house, again.id, "approve") in page and "steht im Stimmverzeichnis" in page
    page = mona.get(at(house, again.id, "same")).text
    assert "steht im Stimmverzeichnis" in page and f"register/{house.member('petra').id}" in page
    assert mona.send(at(house, again.id, "approve"), {"seen": house.member("petra").id}).status_code == 303
    console = mona.get(f"/sessions/{house.session.id}/console").text
    late = console[console.index(f"rounds/{round.id}/late") :]
    assert "Vielleicht schon im Stimmverzeichnis:" in late and "Petra Vogel (beendet)" in late
