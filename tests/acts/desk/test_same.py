"""The same person twice: found at the door, by a name nearly the same or a typed address."""

from __future__ import annotations

from tests.acts.desk.test_joining import arrives
from werkstatt.acts import desk, join, office, prepare
from werkstatt.db import begin_write, db
from werkstatt.terms import MemberState


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


def test_nobody_is_proposed_to_themselves(house):
    row = prepare.row(house.workshop.id, house.member("petra").id)
    assert desk.likely(house.workshop.id, [row]) == {}


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
