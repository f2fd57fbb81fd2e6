"""Nobody becomes somebody else: ways in are handed out, and used, by whom they fit; at both moments."""

from __future__ import annotations

import pytest

from tests import rounds
from werkstatt.acts import Gone, NotAllowed, Refused, desk, join, office, post, prepare
from werkstatt.acts.office import installation
from werkstatt.db import begin_write, db, utcnow
from werkstatt.models import Account, Membership, Organiser, Session, Workshop
from werkstatt.terms import MemberState, Phase, Role, TicketKind

SECRET, NONCE = "test-" * 8, "ab" * 16


def put(house, workshop, name: str, **facts) -> Membership:
    """Somebody's place in a workshop, made directly."""
    begin_write()
    facts = {"state": MemberState.ACTIVE} | facts
    member = join.membership_of(workshop.id, house.people[name].id)
    member = member or Membership(workshop_id=workshop.id, account_id=house.people[name].id)
    for key, value in facts.items():
        setattr(member, key, value)
    db.session.add(member)
    db.session.commit()
    return member


@pytest.fixture
def second(house) -> Workshop:
    """Another workshop of the same process, with one session and a helper of its own (Gregor)."""
    begin_write()
    made = Workshop(process_id=house.process.id, title="Workshop Leipzig", join_code=join.new_code())
    db.session.add(made)
    db.session.flush()
    db.session.add(Session(workshop_id=made.id, title="Später", question="Und dann?"))
    db.session.commit()
    put(house, made, "gregor", role=Role.HELPER)
    return made


def gregor(house, workshop):
    return join.actor(workshop.id, house.people["gregor"].id)


def card(workshop, me, member):
    first, last = desk.make(workshop, me, members=[member.id], secret=SECRET, nonce=NONCE)
    db.session.commit()
    [one] = desk.printed(workshop.id, first, last, secret=SECRET, nonce=NONCE)
    return one


def opens(card) -> bool:
    found = join.look(card.token, TicketKind.CARD)
    db.session.rollback()
    return found is not None


def test_another_process_hands_out_no_way_into_an_account(app, house):
    """The hole as it was: entered by address, a card at the desk, and the ballot is another one."""
    rounds.opened(app, house)
    there, me = house.other_workshop, gregor(house, house.other_workshop)
    facts = {"name": "Egal", "email": "vera@example.org"}
    sector = join.sectors(there.process_id)[0].id
    member = office.add_person(there, me.id, sector_id=sector, **facts)
    join.check_in(there, member.id)  # the desk would not: the place waits for its reader
    db.session.commit()
    holders, others = desk.cards(there, me)
    assert member.id in {row.member.id for row in others}
    assert member.id not in {one.row.member.id for one in holders}
    first, _ = desk.make(there, me, members=[], blank=1, secret=SECRET, nonce=NONCE)
    db.session.commit()
    for way in (
        lambda: card(there, me, member),
        lambda: desk.give_return_code(there, me, member.id, secret=SECRET),
        lambda: desk.give_blank(there, me, member.id, f"K-{first:03}", secret=SECRET),
        lambda: office.fresh_link(there, me, member.id),
    ):
        with pytest.raises(NotAllowed, match="anderen\n?.*Prozess"):
            way()
        db.session.rollback()


def test_what_was_given_before_opens_nothing_once_its_person_belongs_elsewhere(house):
    """The other way round: first the card in an empty workshop, then the person joins a process that matters."""
    mine, me = house.other_workshop, gregor(house, house.other_workshop)
    given = card(mine, me, put(house, mine, "franka"))
    link = office.fresh_link(mine, me, join.membership_of(mine.id, house.people["franka"].id).id)
    db.session.commit()
    way = join.look(given.token, TicketKind.CARD)
    assert way and join.invitation(link)
    put(house, house.workshop, "franka")
    assert not opens(given) and join.invitation(link) is None
    with pytest.raises(Gone):
        desk.enter(way, sector_id=None, hours=1)
    db.session.rollback()
    with pytest.raises(Gone):
        join.by_link(link, "", hours=1)
    db.session.rollback()
    with pytest.raises(Gone):
        desk.is_me(house.people["gregor"].id, way)


def test_inside_a_process_a_second_workshop_goes_on_after_the_first(house, second):
    """Vera was in Dresden last week and sits in Leipzig today: the desk there helps her, as before."""
    house.in_phase(Phase.RESULT)
    member = put(house, second, "vera", state=MemberState.CHECKED_IN)
    given = card(second, gregor(house, second), member)
    assert opens(given)
    code = desk.give_return_code(second, gregor(house, second), member.id, secret=SECRET)
    db.session.commit()
    assert join.open_with(code, who="x", secret=SECRET).account.id == member.account_id


@pytest.mark.parametrize("phase", [Phase.PREPARE, Phase.COLLECT, Phase.RANK])
def test_inside_a_process_nobody_is_let_into_an_account_that_sits_elsewhere_now(house, second, phase):
    house.in_phase(Phase.RESULT)
    member = put(house, second, "vera")
    given = card(second, gregor(house, second), member)
    house.in_phase(phase)
    assert not opens(given)
    with pytest.raises(NotAllowed):
        desk.give_return_code(second, gregor(house, second), member.id, secret=SECRET)
    db.session.rollback()
    ines = join.actor(second.id, house.people["ines"].id)  # her office runs both
    assert opens(card(second, ines, member))


def test_a_ballot_in_an_unfinished_round_is_safe_from_the_next_workshop(app, house, second):
    rounds.opened(app, house)
    begin_write()
    house.workshop.ends_at = utcnow().replace(year=2020)
    db.session.commit()
    member = put(house, second, "vera")
    with pytest.raises(NotAllowed):
        card(second, gregor(house, second), member)


def admin(house):
    installation.grant(house.people["admin"].id, house.people["petra"].id, right="is_admin", to=True)


def founder(house):
    installation.grant(house.people["admin"].id, house.people["petra"].id, right="may_found", to=True)


def organiser(house):
    office.add_organiser(house.process, house.people["ines"].id, email="petra@example.org")


def moderator(house):
    facts = {"role": Role.MODERATOR, "sector_id": None, "table_id": None}
    prepare.edit_member(house.workshop, house.actor("ines"), house.member("petra").id, **facts)


def helper_elsewhere(house):
    facts = {"name": "P", "email": "petra@example.org", "role": Role.HELPER}
    office.add_person(house.other_workshop, house.people["gregor"].id, **facts)


PROMOTIONS = (admin, founder, organiser, moderator, helper_elsewhere)


@pytest.mark.parametrize("promote", PROMOTIONS, ids=lambda one: one.__name__)
def test_links_cards_and_codes_given_before_a_right_open_nothing_after_it(house, promote):
    mona, member = house.actor("mona"), house.member("petra")
    given = card(house.workshop, mona, member)
    link = office.fresh_link(house.workshop, mona, member.id)
    code = desk.give_return_code(house.workshop, mona, member.id, secret=SECRET)
    made = join.issue(TicketKind.ADDRESS, account_id=member.account_id)
    made.ticket.email = "boese@example.org"
    begin_write()
    mailed = join.issue(TicketKind.LOGIN, account_id=member.account_id)
    post.put(house.people["petra"], "login", post.Letter("s", "t", "h"), ticket=mailed.ticket)
    db.session.commit()
    assert opens(given) and join.invitation(link)
    promote(house)
    db.session.commit()
    assert not opens(given) and join.invitation(link) is None
    assert join.look(made.token, TicketKind.ADDRESS) is None
    with pytest.raises(Refused):
        join.open_with(code, who="x", secret=SECRET)
    db.session.rollback()
    assert join.link(mailed.token)  # this one only she has seen


def test_a_right_that_came_by_no_verb_is_seen_when_the_way_is_used(house):
    given = card(house.workshop, house.actor("mona"), house.member("petra"))
    begin_write()
    db.session.add(Organiser(process_id=house.other_workshop.process_id, account_id=house.people["petra"].id))
    db.session.commit()
    assert not opens(given)


def test_a_link_of_the_office_opens_nothing_once_its_person_has_a_place(house):
    begin_write()
    actor_id = house.people["admin"].id
    made = installation.create_account(actor_id, name="Nora Neu", email="nora@example.org")
    link = installation.reissue(actor_id, made.id)
    db.session.commit()
    assert join.invitation(link)
    office.add_person(
        house.workshop, house.people["mona"].id, name="N", email=made.email, sector_id=house.sectors[0].id
    )
    db.session.commit()
    assert join.invitation(link) is None


def test_joining_two_accounts_moves_no_rights(house):
    """Ines organises; whoever holds a card for her account must not become what she is."""
    given = join.issue(TicketKind.CARD, account_id=house.people["otto"].id, workshop_id=house.workshop.id)
    given.ticket.issued_by_id = house.people["ines"].id
    db.session.commit()
    with pytest.raises(NotAllowed, match="gehen beim Verbinden nicht über"):
        desk.is_me(house.people["petra"].id, join.look(given.token))
    db.session.rollback()
    assert db.session.get(Account, house.people["otto"].id).joined_into_id is None
