"""Apart: at the desk, without mail, and known elsewhere: a place with an account of its own."""

from __future__ import annotations

import re

import pytest
from sqlalchemy import select

from tests import rounds
from tests.web.test_join_reserved import BOB, bobs, claimed_account, newest_link, post_goes_out, typed  # noqa: F401
from werkstatt.acts import desk, join
from werkstatt.acts.join.login import HASHER
from werkstatt.db import begin_write, db, utcnow
from werkstatt.models import Account, Mail, Membership
from werkstatt.terms import MemberState


def apart(house, browse, who="heiko"):
    """The desk sees Bob, who has no mail at hand, and gives him his place with an account of its own."""
    return browse(who).send(f"/workshops/{house.workshop.id}/desk/{bobs(house).id}/apart")


def test_c40_whoever_is_known_elsewhere_and_reads_no_mail_comes_in_here_and_only_here(
    app, house, browse, claimed
):
    """An account of its own has the place: nothing of the other one opens with it, and its address is told."""
    typed(house, browse)
    known, heiko = bobs(house), browse("heiko")
    there = f"/workshops/{house.workshop.id}/desk"
    assert f"{there}/{known.id}/apart" in heiko.get(f"{there}/{known.id}").text
    answer = apart(house, browse)
    assert answer.status_code == 303
    page = heiko.get(answer.location).text
    assert "Bob Firma" in page and "anwesend" in page
    mine = db.session.query(Membership).order_by(Membership.id.desc()).first()
    account = db.session.get(Account, mine.account_id)
    assert mine.account_id != known.account_id and account.email is None and not account.password
    page = heiko.get(
        f"{there}/{known.id}"
    ).text  # the entry leads to who has the place, and offers nothing else
    assert f"{there}/{mine.id}" in page and "Dieser Platz ist reserviert" not in page and "Karte" not in page
    assert (known.state, known.taken_by_id, known.reserved) == (MemberState.ENDED, mine.id, True)
    [mail] = db.session.scalars(select(Mail).where(Mail.kind == "place_taken")).all()
    assert mail.to == BOB
    code = desk.give_return_code(house.workshop, house.actor("heiko"), mine.id, secret="test-" * 8)
    db.session.commit()
    bob = browse(None)
    assert bob.send("/j/", {"code": code}).location == "/c/" and bob.press("/c/").status_code == 303
    assert bob.get(f"/workshops/{house.workshop.id}").status_code == 200
    assert bob.get(f"/workshops/{house.other_workshop.id}").status_code == 404
    assert BOB not in bob.get("/me").text
    round = rounds.opened(app, house)
    ballot = {"list": round.list_hash, "rev": "0", "step": "cast"}
    ballot |= {f"place-{sign}": "1" if sign == "A" else "" for sign in "ABCDE"}
    assert bob.send(f"/sessions/{house.session.id}/rounds/{round.id}/ballot", ballot).status_code == 303
    # whoever has the account elsewhere is not in here by that
    assert claimed.get(f"/workshops/{house.workshop.id}").status_code == 404
    code = join.spoken(house.workshop.join_code)
    answer = claimed.send(f"/j/{code}", {"name": "Bob", "sector": house.sectors[0].id})
    assert answer.status_code == 422 and "an diese Adresse geht" in answer.text
    # and whoever reads the address waits, and moderation says whose place it is
    browse(None).press("/login", {"email": BOB, "password": "", "mail": "1"})
    reader = browse(None)
    assert reader.press(newest_link()).status_code == 303
    assert "Ihr Platz ist schon vergeben" in reader.get(f"/workshops/{house.workshop.id}").text
    assert "meldet sich ein zweites Mal" in heiko.get(there).text


def test_c40_the_two_accounts_become_one_when_their_person_says_so(house, browse, claimed):
    typed(house, browse)
    apart(house, browse)
    mine, known = db.session.query(Membership).order_by(Membership.id.desc()).first(), bobs(house)
    browse(None).press("/login", {"email": BOB, "password": "", "mail": "1"})
    reader = browse(None)
    assert reader.press(newest_link()).status_code == 303
    desk.is_same(house.workshop, house.actor("mona"), mine.id, known.id)
    db.session.commit()
    now = bobs(house)
    assert (now.state, now.taken_by_id) == (MemberState.CHECKED_IN, None)
    assert "Ich bin da" not in reader.get(f"/workshops/{house.workshop.id}").text


def test_c40_after_an_account_of_ones_own_the_desk_has_a_way_out_on_both_pages(house, browse, claimed):
    """Neither is offered as its own double, and the two are joined from either page, before anybody reads mail."""
    typed(house, browse)
    apart(house, browse)
    mine, known = db.session.query(Membership).order_by(Membership.id.desc()).first(), bobs(house)
    there, mona = f"/workshops/{house.workshop.id}/desk", browse("mona")
    for one in (mine, known):
        page = mona.get(f"{there}/{one.id}/same").text
        assert f'action="{there}/{known.id}/settle"' in page and "Der Platz von Bob" in page
        joins = re.findall(rf'action="{there}/(\d+)/same".*?name="other" value="(\d+)"', page, re.S)
        assert joins == [(str(mine.id), str(known.id))]
    office = mona.get(f"/workshops/{house.workshop.id}/register/{known.id}").text
    assert "Der Platz ist reserviert" not in office and "Platz vergeben" in office
    answer = mona.send(f"{there}/{mine.id}/same", {"other": known.id})
    assert answer.location.endswith(f"{there}/{known.id}")
    now = bobs(house)
    assert (now.id, now.taken_by_id) == (known.id, None)
    assert now.state is MemberState.ACTIVE and now.reserved, "nobody is present who could not vote"


@pytest.mark.parametrize("proven", [True, False])
def test_c40_a_proven_password_finds_the_place_taken_too_and_the_desk_is_told(house, browse, claimed, proven):
    typed(house, browse)
    apart(house, browse)
    begin_write()
    account = db.session.get(Account, bobs(house).account_id)
    account.password, account.password_proven = HASHER.hash("bobs langes passwort"), proven
    db.session.commit()
    bob = browse(None)
    assert bob.press("/login", {"email": BOB, "password": "bobs langes passwort"}).status_code == 303
    answer = bob.get(f"/workshops/{house.workshop.id}")
    assert answer.status_code == (200 if proven else 404)
    assert ("Ihr Platz ist schon vergeben" in answer.text) is proven
    desk_page = browse("heiko").get(f"/workshops/{house.workshop.id}/desk").text
    assert ("meldet sich ein zweites Mal" in desk_page) is proven


@pytest.mark.parametrize("who", ["present", "reachable", "helper", "blocked", "waits", "taken"])
def test_c40_nobody_gets_a_second_place_by_that(app, house, browse, claimed, who):
    """Only for a participant whose place is free here, and to whom the desk may give neither card nor code."""
    typed(house, browse)
    member = bobs(house)
    begin_write()
    if who == "present":
        member.state, member.reserved = MemberState.CHECKED_IN, False
    elif who == "reachable":
        join.membership_of(house.other_workshop.id, member.account_id).state = MemberState.ENDED
    elif who == "helper":
        member.role = "helper"
    elif who == "blocked":
        db.session.get(Account, member.account_id).blocked_at = utcnow()
    elif who == "waits":
        member.state = MemberState.PENDING
    else:
        member.taken_by_id = house.member("petra").id
    db.session.commit()
    many = db.session.query(Membership).count()
    page = browse("heiko").get(f"/workshops/{house.workshop.id}/desk/{member.id}").text
    assert "/apart" not in page
    assert apart(house, browse).status_code == 409
    assert db.session.query(Membership).count() == many


def test_where_no_mail_goes_out_the_desk_says_what_works_instead(app, house, browse, claimed):
    typed(house, browse)
    heiko, there = browse("heiko"), f"/workshops/{house.workshop.id}/desk/{bobs(house).id}"
    page = heiko.get(there).text
    assert "Mail ist hier nicht eingerichtet" in page and "E-Mail schickt" not in page
    assert "<details open" in page and "Eigenes Konto für hier anlegen" in page
    office_page = browse("mona").get(f"/workshops/{house.workshop.id}/register/{bobs(house).id}").text
    assert "Mail ist hier nicht eingerichtet" in office_page and "Link schicken" not in office_page
    post_goes_out(app)
    page = heiko.get(there).text
    assert "E-Mail schickt" in page and "<details open" not in page
    assert "An ihre Adresse geht eine Nachricht" in page


@pytest.mark.parametrize("proven", [True, False])
def test_c40_the_card_of_the_place_apart_joins_it_to_a_login_that_the_address_gave_alone(
    house, browse, claimed, proven
):
    """Else whoever had opened the account elsewhere would be in here with it, too."""
    typed(house, browse)
    known, here = bobs(house), claimed
    if proven:
        browse(None).press("/login", {"email": BOB, "password": "", "mail": "1"})
        here = browse(None)
        assert here.press(newest_link()).status_code == 303
    heiko = browse("heiko")
    page = heiko.get(
        apart(house, lambda _name: heiko).location
    ).text  # the browser that ordered the card shows it
    code = re.search(r'class="code">([\w-]+)<', page)[1]
    assert here.send("/j/", {"code": code}).location == "/c/"
    answer = here.send("/c/me-too")
    there = f"/workshops/{house.workshop.id}"
    if not proven:
        assert answer.status_code == 409 and "Dieser Platz wartet auf die Person" in answer.text
        assert bobs(house).taken_by_id and here.get(there).status_code == 404
        return
    assert answer.status_code == 303 and "Sie sind da." in here.get(there).text
    now = bobs(house)
    assert (now.id, now.state, now.taken_by_id) == (known.id, MemberState.CHECKED_IN, None)
