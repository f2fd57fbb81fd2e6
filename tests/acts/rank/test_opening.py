"""The opening: what is frozen, and what stops it."""

from __future__ import annotations

import pytest

from tests.rounds import TITLES, keys_of, opened, propose, reopened
from werkstatt.acts import NotAllowed, NotNow, Refused, rank
from werkstatt.acts.rank.opening import letter
from werkstatt.db import begin_write, db
from werkstatt.models import AuditEntry, RollEntry, Version
from werkstatt.terms import Phase, RoundState


def test_letters_go_on_after_z():
    assert [letter(n) for n in (0, 25, 26, 51, 52)] == ["A", "Z", "AA", "AZ", "BA"]


def test_opening_freezes_list_roll_and_options(app, house):
    round = opened(app, house, leading="sector")
    items = rank.frozen_items(round.id)
    assert [(item.letter, item.title) for item in items] == list(zip("ABCDE", TITLES, strict=True))
    assert round.state is RoundState.OPEN and round.options["leading"] == "sector"
    on_roll = set(db.session.scalars(db.select(RollEntry.membership_id)))
    assert on_roll == {house.member(name).id for name in ("petra", "samuel", "vera")}
    noted = db.session.scalars(db.select(AuditEntry).where(AuditEntry.deed == "open_round")).one()
    assert noted.facts["list"] == round.list_hash and noted.facts["roll"] == 3


def test_c52_the_list_stays_frozen_when_words_change(app, house):
    round = opened(app, house)
    begin_write()
    db.session.execute(db.update(Version).values(title="Etwas anderes"))
    db.session.commit()
    assert [item.title for item in rank.frozen_items(round.id)] == list(TITLES)


def test_staff_is_on_the_roll_only_where_the_session_said_so(app, house):
    begin_write()
    house.session.staff_votes = True
    db.session.commit()
    opened(app, house)
    assert db.session.query(RollEntry).count() == 6  # and not Paul, who still waits


def test_a_changed_list_is_not_opened(app, house):
    propose(house)
    house.in_phase(Phase.RANK)
    with pytest.raises(NotNow):
        rank.open_round(
            house.session, house.actor("mona"), keys_of(app), leading="person", mark="old", grace=0
        )


def test_one_unfinished_round_a_session(app, house):
    opened(app, house)
    with pytest.raises(NotNow):
        reopened(app, house)


@pytest.mark.parametrize("titles", [(), TITLES[:1]])
def test_fewer_than_two_items_are_not_voted_on(app, house, titles):
    with pytest.raises(Refused, match="mindestens zwei"):
        opened(app, house, titles)


def test_only_moderators_open_and_only_in_phase_rank(app, house):
    propose(house)
    mark = rank.sheet(house.session).mark
    for name, phase, refusal in (("petra", Phase.RANK, NotAllowed), ("mona", Phase.DISCUSS, NotNow)):
        house.in_phase(phase)
        with pytest.raises(refusal):
            rank.open_round(
                house.session, house.actor(name), keys_of(app), leading="person", mark=mark, grace=0
            )
        db.session.rollback()
