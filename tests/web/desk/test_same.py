"""Side by side at the desk, and "Ist dieselbe Person"."""

from __future__ import annotations

from werkstatt.acts import desk, join, office
from werkstatt.db import begin_write, db
from werkstatt.models import Account, Mail, Membership
from werkstatt.terms import MemberState, TicketKind

SECRET = "test-" * 8


def arrive(house, browse, name: str, email: str = ""):
    guest = browse(None)
    facts = {"name": name, "sector": house.sectors[0].id, "email": email}
    assert guest.send(f"/j/{join.spoken(house.workshop.join_code)}", facts).status_code == 303
    return guest, db.session.query(Membership).order_by(Membership.id.desc()).first()


def test_bulk_approval_takes_who_is_awaited_and_leaves_doubles_and_strangers_to_a_decision(house, browse):
    begin_write()
    house.member("samuel").state = MemberState.INVITED
    db.session.commit()
    _, awaited = arrive(house, browse, "Samuel Rot")
    _, double = arrive(house, browse, "Petra Vogl")
    _, stranger = arrive(house, browse, "Nora Neu")
    there = f"/workshops/{house.workshop.id}/desk"
    page = browse("mona").get(there).text
    assert "Vielleicht schon im Register" in page and "Die eine Person aus dem Register bestätigen" in page
    assert f"{there}/{double.id}/same" in page
    assert f'type="hidden" name="place" value="{awaited.id}-{house.member("samuel").id}"' in page
    boxes = [f'type="checkbox" name="member" value="{one.id}"' in page for one in (stranger, double, awaited)]
    assert boxes == [True, False, False] and "checked" not in page
    _, rival = arrive(house, browse, "Samuel Roth")  # two of that name: nobody knows which one is awaited
    assert "aus dem Register bestätigen" not in browse("mona").get(there).text
    assert browse("heiko").send(f"{there}/refuse", {"member": [stranger.id, rival.id]}).status_code == 303
    db.session.expire_all()
    assert (rival.state, double.state) == (MemberState.ENDED, MemberState.PENDING)
    assert f"{there}/{double.id}/same" not in browse("heiko").get(there).text


def test_at_one_press_the_register_place_is_taken_its_address_hears_and_the_real_one_is_flagged(
    house, browse
):
    begin_write()
    samuel = house.member("samuel")
    samuel.state = MemberState.INVITED
    db.session.commit()
    guest, stranger = arrive(house, browse, "Samuel Roth")
    there = f"/workshops/{house.workshop.id}/desk"
    assert "Sie bekommt dann den Platz aus dem Register" in browse("heiko").get(there).text
    answer = browse("heiko").send(f"{there}/approve", {"place": f"{stranger.id}-{samuel.id}"})
    assert answer.status_code == 303
    [mail] = db.session.query(Mail)
    assert (mail.kind, mail.to) == ("place_taken", "samuel@example.org")
    link = join.invite(samuel.account_id, house.workshop.id)
    db.session.commit()
    real = browse(None)
    assert real.press(f"/invitation/{link}").status_code == 303
    assert "Ihr Platz ist schon vergeben" in real.get(f"/workshops/{house.workshop.id}").text
    assert (
        real.send(f"/workshops/{house.workshop.id}/presence", {"sector": samuel.sector_id}).status_code == 409
    )
    for who in ("heiko", "mona"):
        page = browse(who).get(there).text
        assert "Samuel Roth meldet sich ein zweites Mal" in page
        assert f"{there}/{samuel.id}/approve" not in page
    assert "ein zweites Mal" in browse("mona").get(f"/sessions/{house.session.id}/console").text
    settled = browse("mona").press(f"{there}/{samuel.id}/same")
    assert settled.status_code == 303 and guest.get(f"/workshops/{house.workshop.id}").status_code == 404
    assert real.get(f"/workshops/{house.workshop.id}").status_code == 200


def test_the_same_person_is_joined_and_goes_on_as_the_one_on_the_register(house, browse):
    guest, double = arrive(house, browse, "Petra Vogl", "petra@example.org")
    there = f"/workshops/{house.workshop.id}/desk/{double.id}/same"
    mona = browse("mona")
    page = mona.get(there).text
    assert "Petra Vogel" in page and "gleiche Adresse" in page and "nicht geprüft" in page
    assert "Samuel Roth" in mona.get(there + "?q=samuel").text
    assert "Niemand passt" in mona.get(there + "?q=xyz").text
    assert mona.send(there, {"other": "x"}).status_code == 404
    assert mona.send(there, {"other": double.id}).status_code == 422
    answer = mona.send(there, {"other": house.member("petra").id})
    assert answer.status_code == 303
    assert mona.get(answer.location).status_code == 200
    assert "Petra Vogel" in guest.get("/?all=1").text
    assert mona.get(there).status_code == 404 and mona.get(f"/workshops/{house.workshop.id}/desk").text


def card_on_paper(house, member):
    first, _ = desk.make(house.workshop, house.actor("mona"), members=[member.id], secret=SECRET, nonce="ab")
    [card] = desk.printed(house.workshop.id, first, first, secret=SECRET, nonce="ab")
    db.session.commit()
    return card


def test_who_holds_both_joins_their_own_accounts(house, browse):
    begin_write()
    facts = {"name": "Die Vögelin", "sector_id": house.sectors[0].id}
    nora = office.add_person(house.workshop, house.people["mona"].id, **facts)
    card = card_on_paper(house, nora)
    petra = browse("petra")
    assert "Ja, beide Konten sind meine" in petra.get(f"/c/{card.token}").text
    assert "beide Konten verbinden" not in browse(None).get(f"/c/{card.token}").text
    assert petra.send(f"/c/{card.token}/me-too").status_code == 303
    assert db.session.get(Account, nora.account_id).joined_into_id == house.people["petra"].id
    assert petra.send(f"/c/{card.token}/me-too").status_code == 410
    assert house.member("petra").state is MemberState.CHECKED_IN


def test_c38_a_card_that_was_found_sends_to_the_desk_and_its_person_comes_in_as_before(house, browse):
    """Petra finds Vera's card, who was here and has passed her device on."""
    card, vera = card_on_paper(house, house.member("vera")), house.people["vera"]
    link = join.invite(vera.id, house.workshop.id)
    db.session.commit()
    petra = browse("petra")
    page = petra.get(f"/c/{card.token}").text
    assert "Nur am Einlass lassen sich die beiden Konten verbinden" in page
    assert "Ja, beide Konten sind meine" not in page
    answer = petra.send(f"/c/{card.token}/me-too")
    assert answer.status_code == 409 and "bringen Sie die Karte bitte an den Einlass" in answer.text
    own = browse(None)
    assert own.press(f"/invitation/{link}").status_code == 303 and "Vera Kunze" in own.get("/me").text


def test_c38_whoever_was_let_in_under_another_address_is_sent_to_the_desk_with_the_card(house, browse):
    """Franka has an account and was let in as Eva of the register, who has an address: the desk joins, no card does."""
    begin_write()
    facts = {"name": "Eva Neu", "email": "eva@neu.example", "sector_id": house.sectors[0].id}
    eva = office.add_person(house.workshop, house.people["mona"].id, **facts)
    card = card_on_paper(house, eva)
    franka = browse("franka")
    facts = {"name": "", "sector": house.sectors[0].id}
    assert franka.send(f"/j/{join.spoken(house.workshop.join_code)}", facts).status_code == 303
    here = house.member("franka")
    desk.take_place(house.workshop, house.actor("mona"), here.id, eva.id)
    db.session.commit()
    page = franka.get(f"/c/{card.token}").text
    assert "Nur am Einlass" in page and "Ja, das bin ich" not in page
    assert franka.send(f"/c/{card.token}").status_code == 409
    side = browse("mona").get(f"/workshops/{house.workshop.id}/desk/{eva.id}/same").text
    assert "Die Adresse eva@neu.example gilt danach nicht mehr." in side


def test_c38_the_address_that_joining_ends_is_told(house, browse):
    there = f"/workshops/{house.workshop.id}/desk/{house.member('vera').id}/same"
    mona, petra = browse("mona"), house.member("petra")
    assert "Die Adresse vera@example.org gilt danach nicht mehr." in mona.get(f"{there}?q=petra").text
    assert mona.send(there, {"other": petra.id}).status_code == 303
    mails = {mail.to: mail for mail in db.session.query(Mail)}
    assert {to: mail.kind for to, mail in mails.items()} == {
        "petra@example.org": "joined",
        "vera@example.org": "address_retired",
    }
    assert "Mona Richter" in mails["vera@example.org"].text


def test_c38_joining_asks_for_the_password_and_writes_to_the_person(house, browse):
    guest, double = arrive(house, browse, "Petra Vogl")
    there = f"/workshops/{house.workshop.id}/desk/{double.id}/same"
    other = {"other": house.member("petra").id}
    begin_write()
    house.people["mona"].password = "x"
    db.session.commit()
    mona = browse("mona")
    assert mona.send(there, other).location.startswith("/confirm")
    begin_write()
    house.people["mona"].password = None
    db.session.commit()
    petra = browse("petra")
    assert "enden, und die Person erfährt davon" in mona.get(there).text
    assert mona.send(there, other).status_code == 303
    [mail] = db.session.query(Mail)
    assert (mail.kind, mail.to) == ("joined", "petra@example.org") and "Mona Richter" in mail.text
    assert petra.get("/me").status_code == 303 and guest.get("/me").status_code == 200
    link = join.issue(TicketKind.LOGIN, account_id=house.people["petra"].id).token
    db.session.commit()
    petra = browse(None)
    assert petra.press(f"/login/{link}").status_code == 303
    assert "hat Mona Richter ein zweites Konto mit Ihrem verbunden" in petra.get("/me").text


def test_c42_the_desk_finds_a_place_that_is_taken_and_compares_with_who_has_it(house, browse):
    begin_write()
    samuel = house.member("samuel")
    samuel.state = MemberState.INVITED
    db.session.commit()
    _, first = arrive(house, browse, "Sam", "samuel@example.org")
    there, heiko = f"/workshops/{house.workshop.id}/desk", browse("heiko")
    assert heiko.send(f"{there}/approve", {"place": f"{first.id}-{samuel.id}"}).status_code == 303
    _, again = arrive(house, browse, "Samuel Roth")
    page = heiko.get(there).text
    assert "Vielleicht schon im Register" in page and "Platz vergeben" in page
    found = heiko.get(f"{there}?q=Samuel").text
    assert f"{there}/{samuel.id}" in found and "Platz vergeben" in found and "Niemand passt" not in found
    walk_in = {"name": "Samuel Roth", "organisation": "", "sector": house.sectors[0].id}
    asked = heiko.send(there, walk_in)
    assert asked.status_code == 422 and f"{there}/{samuel.id}" in asked.text
    side = browse("mona").get(f"{there}/{again.id}/same").text
    assert f'name="other" value="{first.id}"' in side and f'name="other" value="{samuel.id}"' not in side
