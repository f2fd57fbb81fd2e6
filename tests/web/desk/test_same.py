"""Side by side at the desk, and "Ist dieselbe Person"."""

from __future__ import annotations

from werkstatt.acts import desk, join
from werkstatt.db import begin_write, db
from werkstatt.models import Account, Membership
from werkstatt.terms import MemberState

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
    assert f'type="hidden" name="member" value="{awaited.id}"' in page
    for other in (double, stranger):
        assert f'type="checkbox" name="member" value="{other.id}"' in page and "checked" not in page
    _, rival = arrive(house, browse, "Samuel Roth")  # two of that name: nobody knows which one is awaited
    assert "aus dem Register bestätigen" not in browse("mona").get(there).text
    assert browse("heiko").send(f"{there}/refuse", {"member": [stranger.id, rival.id]}).status_code == 303
    db.session.expire_all()
    assert (rival.state, double.state) == (MemberState.ENDED, MemberState.PENDING)
    assert f"{there}/{double.id}/same" not in browse("heiko").get(there).text


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


def test_who_holds_both_joins_their_own_accounts(house, browse):
    begin_write()
    nora = desk.register(
        house.workshop,
        house.actor("mona"),
        name="Die Vögelin",
        organisation="",
        sector_id=house.sectors[0].id,
    )
    first, _ = desk.make(house.workshop, house.actor("mona"), members=[nora.id], secret=SECRET, nonce="ab")
    [card] = desk.printed(house.workshop.id, first, first, secret=SECRET, nonce="ab")
    db.session.commit()
    petra = browse("petra")
    assert "beide Konten verbinden" in petra.get(f"/c/{card.token}").text
    assert "beide Konten verbinden" not in browse(None).get(f"/c/{card.token}").text
    assert petra.send(f"/c/{card.token}/me-too").status_code == 303
    assert db.session.get(Account, nora.account_id).joined_into_id == house.people["petra"].id
    assert petra.send(f"/c/{card.token}/me-too").status_code == 410
    assert house.member("petra").state is MemberState.CHECKED_IN
