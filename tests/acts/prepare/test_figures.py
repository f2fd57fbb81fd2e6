"""What the console counts."""

from __future__ import annotations

from werkstatt.acts import collect, prepare
from werkstatt.terms import Phase


def test_the_figures_count_what_shows(house):
    house.in_phase(Phase.COLLECT)
    petra = house.actor("petra")
    kept = collect.propose(house.session, petra, title="T", problem="p", action="a", theme_id=None)
    gone = collect.propose(house.session, petra, title="U", problem="p", action="a", theme_id=None)
    collect.withdraw(house.session, petra, gone.id)
    assert kept.id
    counted = prepare.figures(house.session.id)
    assert (counted.proposals, counted.consolidated, counted.comments) == (1, 0, 0)


def test_the_database_answers(house):
    assert prepare.database_answers()
