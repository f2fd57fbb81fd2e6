"""From ballots to figures, from figures to the report, and who may see it when."""

from __future__ import annotations

import pytest

from tests.results import CLOSED, ballots, counted, items
from werkstatt.acts import Missing, NotAllowed, NotNow, audit, result
from werkstatt.counting import Ranking
from werkstatt.db import begin_write, db
from werkstatt.models import AuditEntry, Result, Step
from werkstatt.terms import Phase, Role, RoundState

OPTIONS = {"leading": "person"}


def tally(votes, n_items=3, **more):
    options = OPTIONS | more
    return result.tally(n_items, votes, options=options, roll=len(votes) + 1, cast=len(votes), seed=7)


def test_tally_counts_abstentions_for_turnout_only():
    votes = [(Ranking(((0,), (1,), (2,))), None)] * 6 + [(Ranking(), "industry")]
    figures = tally(votes)
    assert (figures["roll"], figures["cast"], figures["abstained"], figures["counted"]) == (8, 7, 1, 6)
    assert figures["groups"] == []
    assert figures["outcome"]["person"]["wins"] == [2, 1, 0]


def test_tally_reports_groups_as_ranks_without_pair_counts():
    figures = tally(ballots({"industry": 9, "science": 6, "administration": 2}, 4), 4)
    assert figures["groups"] == ["administration+science", "industry"]
    for group in figures["outcome"]["groups"]:
        assert set(group) <= {"name", "sectors", "ballots", "weight", "tiers", "places"}
        assert group["ballots"] >= 5


def test_c22_fewer_than_five_ballots_give_places_only():
    outcome = tally(ballots({"industry": 4}, 3))["outcome"]
    assert outcome["places_only"] and set(outcome["person"]) == {"places"}
    assert not {"stability", "groups", "methods", "agreement"} & set(outcome)


def test_c22_a_group_that_slipped_through_small_is_joined_again():
    votes = [(Ranking(((0,), (1,), (2,))), "industry")] * 7 + [(Ranking(((1,), (0,), (2,))), "science")] * 3
    assert tally(votes)["groups"] == []


def test_tally_is_the_same_in_any_order_of_ballots():
    votes = ballots({"industry": 9, "science": 6}, 4)
    assert tally(votes, 4) == tally(votes[::-1], 4)


def test_tally_of_nobody_is_one_shared_place():
    assert tally([])["outcome"]["person"]["places"] == [[1, 3, [0, 1, 2]]]


def test_release_shows_and_ends_the_session(house):
    round = counted(house)
    result.release(house.session, house.actor("mona"), round.id)
    db.session.commit()
    assert round.state is RoundState.RELEASED and round.released_at
    assert house.session.phase is Phase.RESULT
    assert db.session.query(AuditEntry).filter_by(deed="release").one().facts == {"round": round.id}


@pytest.mark.parametrize("state", [state for state in RoundState if state is not RoundState.CLOSED])
def test_release_refuses_any_other_state(house, state):
    round = counted(house, state)
    house.in_phase(Phase.RANK)
    with pytest.raises(NotNow):
        result.release(house.session, house.actor("mona"), round.id)


def test_release_refuses_participants_strangers_and_twice(house):
    round = counted(house)
    with pytest.raises(NotAllowed):
        result.release(house.session, house.actor("petra"), round.id)
    with pytest.raises(Missing):
        result.release(house.session, house.actor("mona"), 4711)
    result.release(house.session, house.actor("mona"), round.id)
    with pytest.raises(NotNow):
        result.release(house.session, house.actor("mona"), round.id)


SEEN_BY = {  # by hand: who sees a round's figures in which state
    RoundState.DRAFT: "",
    RoundState.OPEN: "",
    RoundState.CLOSING: "",
    RoundState.COUNTED: "",
    RoundState.CLOSED: "organiser moderator",
    RoundState.RELEASED: "organiser moderator helper participant observer pending",
    RoundState.CANCELLING: "",
    RoundState.CANCELLED: "",
    RoundState.ANNULLED: "organiser moderator",
}


@pytest.mark.parametrize("state", RoundState)
def test_c20_who_sees_figures(house, state):
    round = counted(house, state)
    for role in Role:
        if role.value in SEEN_BY[state].split():
            assert result.report_for(house.session, round, role).items
        else:
            with pytest.raises(NotNow):
                result.report_for(house.session, round, role)


def test_no_report_without_figures(house):
    round = counted(house)
    begin_write()
    db.session.delete(db.session.get(Result, round.id))
    db.session.commit()
    assert result.of_round(house.session, round) is None


def test_report_holds_words_places_and_origin(house):
    report = result.of_round(house.session, counted(house))
    assert [item.place[0] for item in report.items] == sorted(item.place[0] for item in report.items)
    assert sorted(item.letter for item in report.items) == list("ABCDEFGHI")
    assert report.at(0).origin == ("V-1", "V-2") and report.at(0).name == "E-1"
    assert report.round.closed_at == CLOSED
    assert [group.sectors for group in report.groups] == [("industry",), ("science",), ("administration",)]


def test_origin_is_as_it_was_at_the_opening(house):
    made = items(house)
    round = counted(house, made=made)
    begin_write()
    step = db.session.query(Step).filter_by(number=1).one()
    step.undone_at = CLOSED  # undone for a later round
    undone_before = db.session.query(Step).filter_by(number=2).one()
    undone_before.undone_at = undone_before.created_at
    db.session.commit()
    report = result.of_round(house.session, round)
    assert report.at(0).origin == ("V-1", "V-2")
    assert report.at(1).origin == ()


def test_anchor_is_of_this_round_and_stays(house):
    round = counted(house)
    before = result.anchor_of(round)
    begin_write()
    audit.note(None, "something_else", house.session.id)
    db.session.commit()
    assert result.anchor_of(round) == before != audit.anchor()


def test_newest_released_round_and_earlier_ones(house):
    made = items(house)
    first = counted(house, RoundState.RELEASED, made=made)
    second = counted(house, RoundState.RELEASED, made=made, number=2)
    counted(house, RoundState.CANCELLED, made=made, number=3)
    assert result.newest(house.session.id) is second
    assert [round.number for round in result.rounds(house.session.id)] == [3, 2, 1]
    assert first in result.rounds(house.session.id)


def test_protocol_counts_the_roll_and_names_who_did_what(house):
    protocol = result.protocol(counted(house))
    assert (protocol.roll, protocol.late, protocol.cast) == (3, ["kam nach der Pause"], 60)
    assert [(who, deed) for _, who, deed, _ in protocol.deeds] == [
        ("Mona Richter", "open_round"),
        ("", "closed"),
    ]


def test_protocol_says_the_roll_as_it_grew_and_what_people_are(house):
    protocol = result.protocol(counted(house))
    assert (protocol.on_roll_at_opening, len(protocol.late), protocol.forgotten) == (2, 1, 0)
    assert protocol.roles == {"Mona Richter": Role.MODERATOR}


def test_protocol_prints_the_urns_hash_from_the_record(app, house):
    from tests.rounds import cast, close, opened
    from werkstatt.acts import clerk
    from werkstatt.models import UrnBallot

    round = opened(app, house)
    cast(app, house, "petra", [[0]])
    close(app, house, round)
    urn = db.session.execute(db.select(UrnBallot.ranking, UrnBallot.group).order_by(UrnBallot.pos)).mappings()
    assert result.protocol(round).urn_hash == clerk.urn_hash(round.salt, list(urn))


def test_protocol_tells_no_turnout_before_the_key_is_gone(house):
    assert result.protocol(counted(house, RoundState.COUNTED)).cast is None


def test_no_protocol_of_a_draft(house):
    with pytest.raises(NotNow):
        result.protocol(counted(house, RoundState.DRAFT))
