"""The invented people."""

from __future__ import annotations

import random

from werkstatt.demo import people
from werkstatt.terms import Role


def test_sixty_people_with_names_and_addresses_of_their_own():
    crowd = people.crowd(random.Random(1))
    assert len(crowd) == 60 and len({person.email for person in crowd}) == 60
    assert len({person.name for person in (*crowd, *people.CAST)}) == 68
    assert crowd == people.crowd(random.Random(1))


def test_addresses_can_belong_to_nobody():
    assert all(
        person.email.endswith(".example") for person in (*people.CAST, *people.crowd(random.Random(1)))
    )


def test_there_is_a_login_for_each_role():
    roles = [person.role for person in people.CAST]
    assert {Role.MODERATOR, Role.HELPER, Role.PARTICIPANT, Role.OBSERVER} <= set(roles)
    assert [person.sector for person in people.PARTICIPANTS] == [0, 1, 2]
