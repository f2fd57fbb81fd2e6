"""From a row of the table to an address on the stage, and the states in which it is asked."""

from __future__ import annotations

import contextlib

from tests.house import bodies as forms
from tests.house import permissions
from tests.house.permissions import Row
from werkstatt.db import begin_write, db
from werkstatt.models import Annulment, RollEntry, Round, Session
from werkstatt.terms import Phase, RoundState

TABLE = permissions.rows()
MISSING = 987_654_321


def endpoints(app) -> dict[tuple[str, str], str]:
    """(method, rule) -> endpoint, of every route there is."""
    found = {
        (method, rule.rule): rule.endpoint
        for rule in app.url_map.iter_rules()
        for method in rule.methods - {"HEAD", "OPTIONS"}
    }
    return found | {("GET", "/pulse/<pulse>"): "pulse"}  # answered ahead of Flask's routes


def address(stage, row: Row, endpoint: str, phase: Phase, **other) -> str:
    """The row's path with the ids of this phase, and the query that its page needs."""
    ids = stage.ids[phase]
    chosen = {name: ids[key] for name, key in forms.INSTANCES.get(endpoint, {}).items()}
    return stage.path(row.rule, phase, **(chosen | other)) + forms.QUERIES.get(endpoint, "").format(**ids)


@contextlib.contextmanager
def round_as(stage, endpoint: str, phase: Phase):
    """The round of phase rank in the state that this button is for, and whatever it answers to."""
    if endpoint in forms.PROPOSED:
        begin_write()
        request = Annulment(round_id=stage.ids[phase]["round_id"], reason="falsche Liste")
        request.proposed_by_id = stage.house.people["gregor"].id
        db.session.add(request)
        db.session.commit()
        try:
            with _in_state(stage, endpoint, phase):
                yield
        finally:
            begin_write()
            db.session.execute(db.delete(Annulment))
            db.session.commit()
        return
    with _in_state(stage, endpoint, phase):
        yield


@contextlib.contextmanager
def _in_state(stage, endpoint: str, phase: Phase):
    wanted = forms.STATES.get(endpoint)
    if wanted is None or phase is not Phase.RANK:
        yield
        return

    def put(state, problem):
        begin_write()
        round = db.session.get(Round, stage.ids[Phase.RANK]["round_id"])
        round.state, round.problem = state, problem
        papers = db.update(RollEntry).where(RollEntry.round_id == round.id)
        db.session.execute(papers.values(on_paper=problem == "papers"))
        db.session.commit()

    state, _, problem = wanted.partition(" ")
    put(RoundState(state), problem)
    try:
        yield
    finally:
        put(RoundState.OPEN, "")


@contextlib.contextmanager
def session_in(stage, made_in: Phase, phase: Phase):
    """The session of one phase, moved to another, directly."""

    def put(where):
        begin_write()
        db.session.get(Session, stage.ids[made_in]["session_id"]).phase = where
        db.session.commit()

    put(phase)
    try:
        yield
    finally:
        put(made_in)
