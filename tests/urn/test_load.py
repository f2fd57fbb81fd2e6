"""A full room on the shipped server: the short forms run with all tests, the full sizes with ``make soak``.

People who vote have a page open that keeps its pulse; half of them come from one address, as behind
the router of a hall, the others from one each. Everybody who logs in comes from one address.
"""

from __future__ import annotations

import pytest

from tests.load.measure import Visitors, percentile
from tests.load.room import Room
from tests.urn import storm

VOTES, LOGINS = 1.0, 2.0  # seconds that 95 of 100 people may wait at most
BUSY = 8  # times as long in the short forms: other tests run beside them on the same machine
WRONG = "falsch-geraten"


def votes(room: Room, within: float, patience: float = 1) -> None:
    """Everybody votes within a time: no error, nobody waits long, the urn holds what was acknowledged."""
    room.up()
    paper, people = room.open_round(), len(room.voters)
    with Visitors(room, paper) as crowd:
        assert crowd.ask("open")["statuses"] == {"200": people}
        answer = crowd.ask("cast", within=within)
        said = {int(member): tuple(order) for member, order in crowd.ask("acknowledged").items()}
        crowd.ask("close")
    assert answer["statuses"] == {"303": people, "200": people}
    assert set(answer["pulses"]) <= {"200"}
    assert percentile(answer["casts"], 0.95) < VOTES * patience
    assert percentile(answer["pages"], 0.95) < VOTES * patience
    assert {member: cast.order for member, cast in room.boxes(paper).items()} == said
    storm.close(room, paper)
    assert room.figures(paper)["cast"] == people
    room.release(paper)


def arrivals(room: Room, people: int, guesses: int, within: float, patience: float = 1) -> None:
    """People behind one address log in and vote while somebody there guesses at one account's password."""
    room.up()
    paper = room.open_round()
    victim, *others = room.passwords()
    with Visitors(room, paper) as crowd:
        answer = crowd.ask(
            "log_in",
            people=others[:people],
            within=within,
            vote=True,
            wrong=[[victim[0], WRONG]] * guesses,
        )
        crowd.ask("close")
    assert answer["statuses"] == {"303": people, "voted": people}
    assert answer["guesses"].get("303", 0) == 0 and sum(answer["guesses"].values()) == guesses
    assert percentile(answer["times"], 0.95) < LOGINS * patience
    storm.close(room, paper)
    assert room.figures(paper)["cast"] == people
    room.release(paper)


def test_c51_a_hundred_people_vote_within_two_seconds(backend, furnished):
    votes(furnished(backend, voters=100, items=20), within=2, patience=BUSY)


def test_c39_thirty_people_log_in_and_vote_while_one_guesses(furnished):
    arrivals(furnished("sqlite", voters=100, items=20), people=30, guesses=20, within=4, patience=BUSY)


@pytest.mark.soak
def test_c51_a_thousand_people_vote_within_ten_seconds(backend, furnished):
    votes(furnished(backend, voters=1000, items=20), within=10)


@pytest.mark.soak
def test_c39_c51_three_hundred_people_log_in_and_vote_within_a_minute(backend, furnished):
    arrivals(furnished(backend, voters=1000, items=20), people=300, guesses=200, within=60)
