"""Who may read what: visibility, names, hidden texts."""

from __future__ import annotations

import pytest

from werkstatt.acts import Missing, collect
from werkstatt.db import begin_write, db
from werkstatt.terms import Phase, Visibility


def propose(house, name, title):
    one = collect.propose(house.session, house.actor(name), title=title)
    db.session.commit()
    return one


def seen(house, name):
    return [card.name for card in collect.cards(house.session, house.actor(name))]


def setting(house, **values):
    begin_write()
    for name, value in values.items():
        setattr(house.session, name, value)
    db.session.commit()


@pytest.mark.parametrize(
    ("visibility", "samuel", "petra"),
    [
        (Visibility.AT_ONCE, ["V-1", "V-2"], ["V-1", "V-2"]),
        (Visibility.AFTER_OWN, [], ["V-1", "V-2"]),
        (Visibility.AFTER_PHASE, [], ["V-1"]),
    ],
)
def test_others_proposals_show_as_the_session_says(house, visibility, samuel, petra):
    house.in_phase(Phase.COLLECT)
    setting(house, visibility=visibility)
    propose(house, "petra", "A")
    propose(house, "vera", "B")
    assert (seen(house, "samuel"), seen(house, "petra")) == (samuel, petra)
    assert seen(house, "mona") == seen(house, "ines") == ["V-1", "V-2"]
    house.in_phase(Phase.DISCUSS)
    assert seen(house, "samuel") == seen(house, "paul") == ["V-1", "V-2"]


def test_nothing_of_others_shows_in_prepare(house):
    house.in_phase(Phase.COLLECT)
    one = propose(house, "petra", "A")
    house.in_phase(Phase.PREPARE)
    assert seen(house, "samuel") == []
    with pytest.raises(Missing):
        collect.one_card(house.session, house.actor("samuel"), one.id)


def test_withdrawn_and_hidden_show_to_author_and_moderators_only(house):
    house.in_phase(Phase.COLLECT)
    gone, insult = propose(house, "petra", "A"), propose(house, "petra", "B")
    collect.withdraw(house.session, house.actor("petra"), gone.id)
    collect.hide(house.session, house.actor("mona"), insult.id, reason="beleidigt")
    db.session.commit()
    assert seen(house, "samuel") == []
    for name in ("petra", "mona"):
        cards = collect.cards(house.session, house.actor(name))
        assert [card.hidden for card in cards] == [None, "beleidigt"]


def test_names_show_to_moderators_and_the_sector_only_where_five_are_present(house):
    house.in_phase(Phase.COLLECT)
    one = propose(house, "petra", "A")

    def card(name):
        return collect.one_card(house.session, house.actor(name), one.id)

    assert (card("mona").author, card("mona").group) == ("Petra Vogel", "Industrie")
    assert (card("samuel").author, card("samuel").group) == ("", "")
    house.crowd(3)  # with Petra four of industry; Paul waits outside and does not count
    assert card("samuel").group == ""
    house.crowd(1)
    assert (card("samuel").author, card("samuel").group) == ("", "Industrie")
    assert card("heiko").author == ""
    setting(house, names_visible=True)
    assert card("samuel").author == "Petra Vogel"


def test_themes_of_another_process_are_not_offered(house):
    assert [theme.title for theme in collect.themes(house.session.id)] == ["Innovation", "Transfer"]
    assert collect.themes(house.other_session.id) == []
