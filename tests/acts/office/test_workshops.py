"""Workshops: created, changed, copied."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from werkstatt.acts import Refused, office, prepare
from werkstatt.db import db
from werkstatt.models import Membership, Recommendation
from werkstatt.terms import Phase, Visibility

NINE = datetime(2026, 11, 23, 8, tzinfo=UTC)
FOUR = datetime(2026, 11, 23, 15, tzinfo=UTC)


def test_a_workshop_has_a_code_and_cannot_end_before_it_starts(house):
    ines = house.people["ines"].id
    made = office.create_workshop(house.process, ines, title="Chemnitz", starts_at=NINE, ends_at=FOUR)
    assert len(made.join_code) == 6
    with pytest.raises(Refused) as no:
        office.create_workshop(house.process, ines, title="Chemnitz", starts_at=FOUR, ends_at=NINE)
    assert no.value.field == "ends_at"


def test_a_copy_takes_settings_tables_and_sessions_but_no_people(house):
    ines, mona = house.people["ines"].id, house.actor("mona")
    prepare.add_tables(house.workshop, ines, many=2, theme_id=house.themes[0].id)
    facts = {"title": "Regionen", "question": "Was?", "proposals_each": 5, "visibility": Visibility.AFTER_OWN}
    prepare.edit_session(house.session, mona, **facts)
    house.in_phase(Phase.COLLECT)
    copy = office.copy_workshop(house.workshop, ines, title="Noch einmal")
    (session,) = prepare.sessions(copy.id)
    assert (session.proposals_each, session.visibility, session.phase) == (5, "after_own", Phase.PREPARE)
    assert [(table.number, theme) for table, theme, _ in prepare.tables(copy.id)] == [
        (1, "Innovation"),
        (2, "Innovation"),
    ]
    assert copy.join_code != house.workshop.join_code and copy.place == house.workshop.place
    assert db.session.query(Membership).filter_by(workshop_id=copy.id).count() == 0
    assert db.session.query(Recommendation).filter_by(session_id=session.id).count() == 0
