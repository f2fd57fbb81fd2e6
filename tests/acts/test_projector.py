"""The board: one value for the projector and the page that reads along."""

from __future__ import annotations

import pytest

from tests.results import counted
from werkstatt.acts import Missing, projector
from werkstatt.terms import Phase, RoundState

SCENES = {
    RoundState.DRAFT: "soon",
    RoundState.OPEN: "open",
    RoundState.CLOSING: "counting",
    RoundState.COUNTED: "counting",
    RoundState.CLOSED: "closed",
    RoundState.RELEASED: "soon",
    RoundState.CANCELLING: "cancelled",
    RoundState.CANCELLED: "cancelled",
    RoundState.ANNULLED: "annulled",
}


@pytest.mark.parametrize("state", RoundState)
def test_scene_of_each_state(house, state):
    counted(house, state)
    house.in_phase(Phase.RANK)
    board = projector.board(house.session.id)
    assert board.scene == SCENES[state]
    assert board.report is None
    assert bool(board.items) == (state is RoundState.OPEN)


def test_no_such_session(house):
    with pytest.raises(Missing):
        projector.board(4711)
    with pytest.raises(Missing):
        projector.epoch(4711)
