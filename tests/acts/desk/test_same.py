"""Two accounts of one person: found at the door, joined for good, and never beside an open round."""

from __future__ import annotations

import pytest
from sqlalchemy import delete, select

from tests import rounds
from werkstatt.acts import Missing, NotAllowed, NotNow, Refused, collect, desk, join, office, prepare
from werkstatt.db import begin_write, db
from werkstatt.models import (
    Account,
    AuditEntry,
    Ballot,
    Login,
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


def test_who_is_nearly_on_the_register_is_flagged_by_name_or_typed_address(house):
    arrives(house, "Vogel, Petra")
    arrives(house, "Sam R.", "samuel@example.org")
    arrives(house, "Ganz Anders")
    found = desk.likely(house.workshop.id, prepare.waiting(house.workshop.id))
    flagged = {prepare.row(house.workshop.id, id).name: matches for id, matches in found.items()}
    assert {name: [match.row.name for match in matches] for name, matches in flagged.items()} == {
        "Vogel, Petra": ["Petra Vogel"],
        "Sam R.": ["Samuel Roth"],
    }
    assert flagged["Sam R."][0].same_address and not flagged["Vogel, Petra"][0].same_address


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


def test_nobody_is_proposed_to_themselves(house):
    row = prepare.row(house.workshop.id, house.member("petra").id)
    assert desk.likely(house.workshop.id, [row]) == {}


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


def test_c42_an_address_that_somebody_typed_is_not_enough_for_the_one_press(house):
    begin_write()
    house.member("samuel").state = MemberState.INVITED
    db.session.commit()
    arrives(house, "Ganz Anders", "samuel@example.org")
    waiting = prepare.waiting(house.workshop.id)
    matches = desk.likely(house.workshop.id, waiting)
    assert matches and not desk.expected(waiting, matches)


def test_c42_exactly_the_same_name_and_organisation_is_awaited_beside_others_who_are_alike(house):
    """The register holds Anna Berg twice and Anne Berg; each comes in herself, and a double of one of them does not."""
    known = {}
    for name, organisation in (("Anna Berg", "Werk"), ("Anna Berg", "Uni"), ("Anne Berg", "Werk")):
        facts = {"name": name, "organisation": organisation, "sector_id": house.sectors[0].id}
        known[name, organisation] = office.add_person(house.workshop, house.people["mona"].id, **facts).id
    db.session.commit()

    def comes(name: str, organisation: str, email: str = "") -> int:
        facts = {"name": name, "organisation": organisation, "sector_id": house.sectors[1].id}
        member = join.arrive(house.workshop, None, **facts, email=email)
        db.session.commit()
        return member.id

    def surely() -> dict:
        waiting = prepare.waiting(house.workshop.id)
        return desk.expected(waiting, desk.likely(house.workshop.id, waiting))

    first, second = comes("Berg, Anna", "werk "), comes("Anne Berg", "Werk")
    wanted = {first: known["Anna Berg", "Werk"], second: known["Anne Berg", "Werk"]}
    assert surely() == wanted
    comes("Anna Berg", "")  # may be each of them: looked at
    assert surely() == wanted
    comes("Anna Berg", "Werk")  # two who say exactly the same
    assert surely() == {second: wanted[second]}
