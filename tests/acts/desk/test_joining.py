"""Two accounts of one person: joined for good, by whom they belong to, and never beside an open round."""

from __future__ import annotations

import pytest
from sqlalchemy import delete, select

from tests import rounds
from werkstatt.acts import (
    Missing,
    NotAllowed,
    NotNow,
    Refused,
    collect,
    desk,
    join,
    post,
    prepare,
    privacy,
)
from werkstatt.db import begin_write, db
from werkstatt.models import (
    Account,
    AuditEntry,
    Ballot,
    Login,
    Mail,
    Membership,
    Recommendation,
    RollEntry,
    Ticket,
    Workshop,
)
from werkstatt.terms import MemberState, Phase, Role, TicketKind


def arrives(house, name: str, email: str = "") -> tuple[Membership, str]:
    """Somebody comes in by the room's code, and has a login."""
    member = join.arrive(
        house.workshop, None, name=name, organisation="", sector_id=house.sectors[1].id, email=email
    )
    token = join.begin_login(member.account_id, hours=1)
    db.session.commit()
    return member, token


def hand_on(member: Membership) -> None:
    """The person gives their device to the next."""
    begin_write()
    db.session.execute(delete(Login).where(Login.account_id == member.account_id))
    db.session.commit()


def put(member: Membership, **facts) -> None:
    begin_write()
    for key, value in facts.items():
        setattr(member, key, value)
    db.session.commit()


def joined(house, member, other, who="mona"):
    desk.is_same(house.workshop, house.actor(who), member.id, house.member(other).id)
    db.session.commit()


def test_joining_carries_texts_place_and_login_and_retires_the_other(house):
    house.in_phase(Phase.COLLECT)
    petra = house.member("petra")
    put(petra, state=MemberState.INVITED, sector_id=None)
    member, token = arrives(house, "Petra Vogl")
    old = member.account_id
    put(member, state=MemberState.CHECKED_IN)
    text = collect.propose(house.session, join.actor(house.workshop.id, old), title="Labore öffnen")
    db.session.commit()
    joined(house, member, "petra")
    assert db.session.get(Recommendation, text.id).author_id == petra.account_id
    assert (petra.state, petra.sector_id) == (MemberState.CHECKED_IN, house.sectors[1].id)
    login = db.session.scalars(select(Login).where(Login.token_hash == join.hash_of(token))).one()
    assert (login.account_id, login.confirmed_at) == (petra.account_id, None)
    gone = db.session.get(Account, old)
    assert (gone.joined_into_id, gone.name, gone.email) == (petra.account_id, "–", None) and gone.blocked_at
    assert [row.name for row in prepare.register(house.workshop.id)].count("–") == 0
    assert (
        db.session.scalars(select(AuditEntry).order_by(AuditEntry.id.desc())).first().deed == "join_accounts"
    )


def test_a_place_in_another_workshop_goes_along_with_its_roll(house):
    member, _ = arrives(house, "Petra Vogl")
    begin_write()
    second = Workshop(process_id=house.process.id, title="Workshop Leipzig", join_code=join.new_code())
    db.session.add(second)
    db.session.flush()
    other = Membership(workshop_id=second.id, account_id=member.account_id)
    db.session.add(other)
    db.session.commit()
    with pytest.raises(NotAllowed):
        joined(house, member, "petra")
    db.session.rollback()
    [card] = cards(house, member.id)
    hand_on(member)
    desk.is_me(house.people["petra"].id, join.look(card.token))
    db.session.commit()
    assert other.account_id == house.people["petra"].id


def cards(house, *members):
    """Cards of people who are in, made without asking who may hand them out."""
    for id in members:
        put(db.session.get(Membership, id), state=MemberState.ACTIVE)
    issued = [
        join.issue(
            TicketKind.CARD,
            account_id=db.session.get(Membership, id).account_id,
            workshop_id=house.workshop.id,
            number=at,
        )
        for at, id in enumerate(members, start=1)
    ]
    db.session.commit()
    return issued


def test_a_card_joins_by_the_person_themselves_once(house):
    member, _ = arrives(house, "P. Vogel", "")
    [card] = cards(house, member.id)
    hand_on(member)
    way = join.look(card.token)
    desk.is_me(house.people["petra"].id, way)
    db.session.commit()
    assert db.session.get(Account, member.account_id).joined_into_id == house.people["petra"].id
    assert join.look(card.token) is None and db.session.query(Ticket).one().used_at


def test_whoever_found_a_card_does_not_take_the_place_of_somebody_who_is_here(house):
    [card] = cards(house, house.member("samuel").id)
    join.begin_login(house.people["samuel"].id, hours=1)
    db.session.commit()
    with pytest.raises(NotNow, match="gerade jemand angemeldet"):
        desk.is_me(house.people["petra"].id, join.look(card.token))
    db.session.rollback()
    assert join.look(card.token) and house.people["samuel"].joined_into_id is None


def test_nobody_is_joined_away_while_they_stand_on_an_open_roll(app, house):
    rounds.opened(app, house)
    petra, samuel = house.member("petra"), house.member("samuel")
    entries = db.session.query(RollEntry).count()
    with pytest.raises(NotNow) as no:
        joined(house, petra, "samuel")
    assert "Stimmverzeichnis" in str(no.value)
    db.session.rollback()
    late, _ = arrives(house, "Petra Vogl")  # is on no roll: may be joined into somebody who is
    ballots = db.session.query(Ballot).count()
    joined(house, late, "petra")
    assert db.session.query(RollEntry).count() == entries
    assert db.session.query(Ballot).count() == ballots
    assert samuel.state is MemberState.CHECKED_IN


def test_no_way_to_somebody_elses_rights(house):
    """Whoever moderates cannot swallow an admin's account, nor walk into one through a walk-in's laptop."""
    with pytest.raises(NotAllowed):
        begin_write()
        house.people["petra"].is_admin = True
        db.session.flush()
        joined(house, house.member("petra"), "samuel")
    db.session.rollback()
    guest, token = arrives(house, "Mona Richter")
    joined(house, guest, "mona", who="ines")
    assert not db.session.scalars(select(Login).where(Login.token_hash == join.hash_of(token))).all()
    assert house.member("mona").role is Role.MODERATOR


def test_what_cannot_be_joined_says_why(house):
    member, _ = arrives(house, "Petra Vogl")
    with pytest.raises(Refused):
        desk.is_same(house.workshop, house.actor("mona"), member.id, member.id)
    franka = join.membership_of(house.other_workshop.id, house.people["franka"].id)
    for other in (franka.id, 99999):
        with pytest.raises(Missing):
            desk.is_same(house.workshop, house.actor("mona"), member.id, other)
    db.session.rollback()
    put(house.member("petra"), state=MemberState.ENDED)
    with pytest.raises(NotNow):
        joined(house, member, "petra")


def test_the_place_of_ones_own_card_decides_and_nobody_waits(house):
    """Entered by the room's code, then the own card: in, as a card would have it, under the register's name."""
    waiting, _ = arrives(house, "R. Kückkehr")
    begin_write()
    rolf = Account(name="Rolf Rückkehr", organisation="Böse & Söhne", email="rolf@example.org")
    db.session.add(rolf)
    db.session.flush()
    sector_id = house.sectors[2].id
    place = Membership(workshop_id=house.workshop.id, account_id=rolf.id, sector_id=sector_id)
    place.state = MemberState.INVITED
    db.session.add(place)
    db.session.commit()
    [card] = cards(house, place.id)
    desk.is_me(waiting.account_id, join.look(card.token))
    db.session.commit()
    me = db.session.get(Account, waiting.account_id)
    assert (waiting.state, waiting.sector_id) == (MemberState.CHECKED_IN, sector_id)
    assert (me.name, me.organisation, me.email) == ("Rolf Rückkehr", "Böse & Söhne", "rolf@example.org")
    assert place.state is MemberState.ENDED and not [
        row for row in prepare.waiting(house.workshop.id) if row.account.id == me.id
    ]


def test_a_card_lets_nobody_in_whom_moderation_has_sent_away(house):
    waiting, _ = arrives(house, "Petra Vogl")
    prepare.end(house.workshop, house.actor("mona"), waiting.id)
    facts = {"name": "P", "organisation": "", "sector_id": house.sectors[0].id}
    join.arrive(house.workshop, waiting.account_id, **facts)
    db.session.commit()
    [card] = cards(house, house.member("samuel").id)
    put(house.member("samuel"), state=MemberState.INVITED)
    desk.is_me(waiting.account_id, join.look(card.token))
    db.session.commit()
    assert waiting.state is MemberState.PENDING


def test_c38_joining_at_the_desk_ends_other_logins_and_tells_like_a_return_code(house):
    petra = house.people["petra"].id
    old = join.begin_login(petra, hours=1)
    member, token = arrives(house, "Petra Vogl")
    joined(house, member, "petra")
    tags = {login.token_hash: login.proven for login in db.session.scalars(select(Login))}
    assert tags == {join.hash_of(token): False} and join.hash_of(old) not in tags
    later = join.begin_login(petra, hours=1)
    db.session.commit()
    _, who, kind = join.way_of_late(later)
    assert (who, kind) == ("Mona Richter", TicketKind.JOINED)


def expected_with_card(house, name: str, **facts) -> tuple[Membership, object]:
    """Somebody of the register who has never been here, and the card of their account."""
    begin_write()
    account = Account(name=name, **facts)
    db.session.add(account)
    db.session.flush()
    place = Membership(
        workshop_id=house.workshop.id,
        account_id=account.id,
        sector_id=house.sectors[2].id,
        state=MemberState.INVITED,
    )
    db.session.add(place)
    db.session.commit()
    return place, cards(house, place.id)[0]


@pytest.mark.parametrize(
    "why", ["address", "address, and the finder has none", "password", "link", "present"]
)
def test_c38_whoever_found_a_card_wipes_nobody_out(house, why):
    """Whom an address, a password or having been here makes somebody is joined by the desk alone."""
    facts = {"email": "vera2@example.org"} if why.startswith("address") else {}
    facts |= {"password": "x"} if why == "password" else {}
    place, card = expected_with_card(house, "Vera Zwei", **facts)
    finder = house.people["petra"].id
    if why == "address, and the finder has none":
        [finder] = {one.id for one in house.crowd(1)}
    elif why == "link":
        join.by_link(join.invite(place.account_id, house.workshop.id), "", hours=1)
        hand_on(place)
    elif why == "present":
        put(place, state=MemberState.CHECKED_IN)
    way = join.look(card.token)
    assert not desk.may_be_me(finder, way)
    with pytest.raises(NotNow, match="am Einlass"):
        desk.is_me(finder, way)
    db.session.rollback()
    account = db.session.get(Account, place.account_id)
    assert account.joined_into_id is None and account.email == facts.get("email")
    assert join.look(card.token), "the card is whole"


def test_c40_joining_at_the_desk_opens_no_reserved_place_to_a_login_of_another_address(house):
    """Vera has a reserved place in the process' second workshop; Mona's login is proven by Mona's own address."""
    begin_write()
    second = Workshop(process_id=house.process.id, title="Workshop Leipzig", join_code=join.new_code())
    db.session.add(second)
    db.session.flush()
    vera = house.member("vera")
    there = Membership(workshop_id=second.id, account_id=vera.account_id, reserved=True)
    db.session.add(there)
    mona = house.people["mona"]
    mona.password, mona.password_proven = "x", True
    db.session.commit()
    token = join.begin_login(mona.id, hours=1, proven=True)
    db.session.commit()
    joined(house, vera, "mona", who="ines")
    login = db.session.scalars(select(Login).where(Login.token_hash == join.hash_of(token))).one()
    assert there.account_id == mona.id and there.reserved
    assert join.shut(there, login) and not mona.password_proven


@pytest.mark.parametrize("trusted", [True, False])
def test_c40_nobody_is_made_present_by_joining_who_could_not_vote(house, trusted):
    """What the desk joins face to face opens the place; where it opens nothing, nobody is present by it."""
    petra = house.member("petra")
    put(petra, state=MemberState.INVITED, reserved=True, typed_name="Petra V")
    if not trusted:
        begin_write()
        facts = {"workshop_id": house.other_workshop.id, "account_id": petra.account_id}
        db.session.add(Membership(**facts, state=MemberState.ACTIVE))
        db.session.commit()
    guest, token = arrives(house, "Petra Vogl")
    joined(house, guest, "petra")
    if trusted:
        login = db.session.scalars(select(Login).where(Login.token_hash == join.hash_of(token))).one()
        assert petra.state is MemberState.CHECKED_IN and not join.shut(petra, login)
        assert petra.typed_name is None
    else:
        assert petra.reserved and petra.state is MemberState.INVITED


def test_c40_ones_own_card_opens_the_reserved_place_here(house):
    place, card = expected_with_card(house, "Rolf Rückkehr", email="rolf@example.org")
    put(place, reserved=True)
    waiting, token = arrives(house, "R. Kückkehr")
    login = db.session.scalars(select(Login).where(Login.token_hash == join.hash_of(token))).one()
    desk.is_me(waiting.account_id, join.look(card.token), login)
    db.session.commit()
    assert waiting.state is MemberState.CHECKED_IN and not join.shut(waiting, login)


def test_c56_the_mails_of_a_joined_account_are_not_shown_to_the_other_one_and_go_with_it(house):
    begin_write()
    vera = house.people["vera"]
    post.put(vera, "test", post.Letter("Probe", "Text", ""))
    db.session.commit()
    joined(house, house.member("vera"), "petra")
    found = privacy.document(house.people["petra"].id)
    assert "vera@example.org" not in repr(found)
    privacy.erase(house.people["petra"])
    db.session.commit()
    assert "vera@example.org" not in repr(list(db.session.execute(select(Mail.to))))
