"""Tables and the code at the door."""

from __future__ import annotations

import pytest

from werkstatt.acts import NotNow, Refused, join, prepare
from werkstatt.db import begin_write, db


def test_tables_take_the_next_free_numbers(house):
    mona = house.people["mona"].id
    one, two = prepare.add_tables(house.workshop, mona, many=2)
    prepare.remove_table(house.workshop, mona, one.id)
    prepare.add_tables(house.workshop, mona, many=2, theme_id=house.themes[1].id)
    assert [(table.number, theme) for table, theme, _ in prepare.tables(house.workshop.id)] == [
        (1, "Transfer"),
        (2, None),
        (3, "Transfer"),
    ]
    with pytest.raises(Refused):
        prepare.edit_table(house.workshop, mona, two.id, number=3, theme_id=None)
    assert prepare.edit_table(house.workshop, mona, two.id, number=12, theme_id=None).number == 12
    for many in (0, 58):
        with pytest.raises(Refused):
            prepare.add_tables(house.workshop, mona, many=many)


def test_a_table_in_use_stays(house):
    (table,) = prepare.add_tables(house.workshop, house.people["mona"].id, many=1)
    begin_write()
    house.member("petra").table_id = table.id
    db.session.flush()
    with pytest.raises(NotNow):
        prepare.remove_table(house.workshop, house.people["mona"].id, table.id)


def test_a_new_code_ends_the_old_one_and_joining_can_be_closed(house):
    mona, old = house.people["mona"].id, house.workshop.join_code
    new = prepare.new_code(house.workshop, mona).join_code
    assert join.find_workshop(old) is None
    assert join.find_workshop(new.lower()).id == house.workshop.id
    prepare.set_joining(house.workshop, mona, to=False)
    assert join.find_workshop(new) is None
