"""C01, C04: every route answers as the table written by hand says, and stores nothing where it refuses."""

from __future__ import annotations

import pytest

from tests.house import asking
from tests.house import bodies as forms
from tests.house.permissions import MAY, PEOPLE, Row
from tests.house.places import MISSING, TABLE, address, endpoints, round_as, session_in
from werkstatt.terms import Phase
from werkstatt.web import errors

pytestmark = pytest.mark.soak_on_postgresql


def test_c01_every_route_has_its_row_and_every_row_its_route(app):
    routes = set(endpoints(app))
    written = [(row.method, row.rule) for row in TABLE]
    assert len(written) == len(set(written)), "a route has two rows"
    assert routes - set(written) == set(), "routes without a row: who may use them?"
    assert set(written) - routes == set(), "rows without a route"


@pytest.mark.parametrize("full", [False, pytest.param(True, marks=pytest.mark.soak)])
def test_c01_every_route_answers_as_the_table_says(app, stage, logins, monkeypatch, full):
    """In the small form those who never may are asked in two phases a route, in turns."""
    monkeypatch.setattr(errors, "render_template", lambda _name, **words: words["sentence"])
    known, wrong = endpoints(app), []
    ready = {phase: forms.bodies(stage, phase) for phase in Phase}
    for number, row in enumerate(TABLE):
        endpoint = known[row.method, row.rule]
        for phase in phases_for(row):
            path = address(stage, row, endpoint, phase)
            body = ready[phase].get(endpoint, {})
            with round_as(stage, endpoint, phase):
                for turn, who in enumerate(PEOPLE):
                    if full or can_differ(row, who) or (number + turn + len(phase)) % 3 == 0:
                        answer = asking.ask(app, logins[who], row.method, path, body)
                        wrong += differs(row, who, phase, answer)
    assert not wrong, f"{len(wrong)} answers differ:\n" + "\n".join(wrong)


def phases_for(row: Row) -> tuple[Phase, ...]:
    """The phases of a session; one for what knows no session."""
    return tuple(Phase) if row.door == "session" or "token" in row.rule else (Phase.RANK,)


def can_differ(row: Row, who: str) -> bool:
    """Whether the answer to this person hangs on the phase, or there is one phase only."""
    return len(phases_for(row)) == 1 or len({row.expected(who, phase) for phase in Phase}) > 1


def differs(row: Row, who: str, phase: Phase, answer) -> list[str]:
    """What is not as the table says, as lines."""
    expected, got = row.expected(who, phase), answer.status
    place = f"{row.method} {row.rule} as {PEOPLE[who] or who} in {phase}"
    to_login = answer.headers.get("Location", "").startswith("/login")
    fine = got == expected and (got != 303 or to_login)
    if expected == MAY:
        fine = got == 303 if row.method == "POST" else got == 200 or (got == 303 and not to_login)
    lines = [] if fine else [f"{place}: {got}, the table says {expected or 'may'}"]
    if answer.stored is not None and (got >= 400 or row.method == "GET"):
        lines.append(f"{place}: {got}, and yet something was stored")
    return lines


def test_c01_other_methods_are_405_or_404_for_everybody(app, stage, logins):
    for row in TABLE:
        path = stage.path(row.rule, Phase.RANK)
        for method in ("PUT", "PATCH", "DELETE"):
            assert asking.ask(app, logins["m"], method, path).status in (404, 405), f"{method} {row.rule}"


def test_c01_signed_addresses_open_nothing_else(app, stage, logins):
    """A signature is for one session, one epoch, one purpose."""
    rank, other = stage.ids[Phase.RANK], stage.ids[Phase.COLLECT]
    head, _, signed = rank["token"].rpartition(".")
    number, _, _ = other["token"].partition(".")
    epoch = head.partition(".")[2]
    forged = {
        f"/projector/{number}.{epoch}.{signed}",
        f"/projector/{rank['pulse']}",
        f"/projector/{head}.",
        f"/projector/{rank['token']}0",
        f"/projector/{MISSING}.1.{signed}",
        f"/pulse/{rank['token']}",
        f"/pulse/{number}.{epoch}.{rank['pulse'].rpartition('.')[2]}",
    }
    for path in forged:
        assert asking.ask(app, logins["s"], "GET", path).status == 404, path


# ---- C04

ORDER = list(Phase)
FORWARD = {phase: ORDER[at + 1] for at, phase in enumerate(ORDER[:4])}  # out of rank leads the release alone
BACK = {
    phase: ORDER[at] for at, phase in enumerate(ORDER[1:]) if phase is not Phase.RANK
}  # its round is open


def test_c04_only_the_declared_changes_of_phase(app, stage, logins):
    for phase in Phase:
        for who in PEOPLE:
            for named in Phase if who in "mo" else (phase,):
                for way, leads in (("advance", FORWARD), ("back", BACK)):
                    path = stage.path("/sessions/<int:session_id>/", phase) + way
                    body = {"leaving": named.value, "reason": "time"}
                    answer = asking.ask(app, logins[who], "POST", path, body, watch=True)
                    wanted = leads.get(phase) if who in "mo" and named is phase else None
                    place = f"{way} from {phase}, {named} named, as {who}: {answer.status}"
                    if wanted is None:
                        assert answer.status in (401, 403, 404, 409) and answer.stored is None, place
                    else:
                        assert answer.status == 303, place
                        assert phases(stage, answer.stored) == phases(stage) | {phase: wanted}, place


def test_c04_the_release_leads_out_of_rank(app, stage, logins):
    path = stage.path("/sessions/<int:session_id>/rounds/<int:round_id>/release", Phase.RANK)
    assert asking.ask(app, logins["m"], "POST", path).status == 409  # still open
    with round_as(stage, "result.release", Phase.RANK):
        answer = asking.ask(app, logins["m"], "POST", path, watch=True)
    assert phases(stage, answer.stored) == phases(stage) | {Phase.RANK: Phase.RESULT}


def phases(stage, stored: dict | None = None) -> dict[Phase, Phase]:
    """The phase of each session of the stage, as it is or as it would have been stored."""
    now = {row["id"]: row["phase"] for row in (stored or asking.tables())["session"]}
    return {phase: now[ids["session_id"]] for phase, ids in stage.ids.items()}


OPEN_PAGES = {
    "p": ("", "/recommendations/<int:recommendation_id>", "/recommendations/<int:recommendation_id>/edit"),
    "m": (
        "",
        "/console",
        "/settings",
        "/board",
        "/board/merge",
        "/opening",
        "/recommendations/<int:recommendation_id>",
        "/recommendations/<int:recommendation_id>/reword",
        "/recommendations/<int:recommendation_id>/exclude",
    ),
}


def test_c04_a_form_from_an_earlier_phase_stores_nothing(app, stage, logins):
    """Every form of every page is sent in every phase in which it has come too late (or too early)."""
    sent = open_forms(app, stage, logins)
    assert {"collect.propose", "discuss.comment", "consolidate.merge", "rank.ballot", "rank.open_round"} <= {
        endpoint for _, _, endpoint, _, _ in sent
    }
    rows = {known: row for row in TABLE if (known := endpoints(app)[row.method, row.rule])}
    before, tried = asking.tables(), 0
    for made_in, who, endpoint, action, body in sent:
        for phase in Phase:
            stale = endpoint in ("prepare.advance", "prepare.go_back")
            if phase is made_in or not (stale or rows[endpoint].expected(who, phase) == 409):
                continue
            with session_in(stage, made_in, phase):
                answer = asking.ask(app, logins[who], "POST", action, body)
            assert (answer.status, answer.stored) == (409, None), f"{action} of {made_in} in {phase} as {who}"
            tried += 1
    assert tried > 100
    assert asking.tables() == before


def open_forms(app, stage, logins) -> list[tuple]:
    """(phase, who, endpoint, action, fields) of the forms on the pages that people have open."""
    found, routes = [], app.url_map.bind("localhost")
    for phase in Phase:
        for who, rules in OPEN_PAGES.items():
            for rule in rules:
                query = forms.QUERIES["consolidate.merging"] if rule == "/board/merge" else ""
                path = stage.path("/sessions/<int:session_id>" + rule, phase) + query.format(
                    **stage.ids[phase]
                )
                page = asking.ask(app, logins[who], "GET", path)
                for action, body in asking.forms_of(page.text) if page.status == 200 else ():
                    endpoint, ids = routes.match(action.partition("?")[0], "POST")
                    if "session_id" in ids:
                        found.append((phase, who, endpoint, action, body))
    return list({(phase, who, action): one for one in found for phase, who, _, action, _ in [one]}.values())
