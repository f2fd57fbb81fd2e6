"""C03, C05: what an address or a form may not bring about: other workshops' ids, fields that are none."""

from __future__ import annotations

from urllib.parse import urlencode

import pytest

from tests.house import asking
from tests.house import bodies as forms
from tests.house.permissions import Row
from tests.house.places import MISSING, TABLE, address, endpoints, round_as
from werkstatt.terms import MemberState, Phase, Role

pytestmark = pytest.mark.soak_on_postgresql


def allowed(row: Row) -> tuple[str, Phase]:
    """Somebody who may, and when."""
    return row.may[-1], row.phases[0]


def test_c03_an_id_of_elsewhere_is_an_id_of_nowhere(app, stage, logins):
    known, wrong = endpoints(app), []
    before = asking.fingerprint()
    ready = {phase: forms.bodies(stage, phase) for phase in Phase}
    for row in (row for row in TABLE if row.door in ("session", "workshop", "process")):
        endpoint, (who, phase) = known[row.method, row.rule], allowed(row)
        names = [part.split(":")[1].rstrip(">") for part in row.rule.split("/") if part.startswith("<int:")]
        keys = {name: forms.INSTANCES.get(endpoint, {}).get(name, name) for name in names}
        for other in [[name] for name in names] + [names] * (len(names) > 1):
            texts = set()
            for there in (stage.foreign, {}):
                ids = {name: there.get(keys[name], MISSING) for name in other}
                path = address(stage, row, endpoint, phase, **ids)
                answer = asking.ask(app, logins[who], row.method, path, ready[phase].get(endpoint))
                texts.add(asking.without_numbers(answer.text))
                if answer.status != 404 or answer.stored is not None:
                    wrong.append(f"{row.method} {path} as {who}: {answer.status}")
            if len(texts) > 1:
                wrong.append(f"{row.method} {row.rule} tells foreign {other} from missing")
    assert not wrong, "\n".join(wrong)
    assert asking.fingerprint() == before


def test_c03_numbers_that_no_table_holds_are_missing(app, stage, logins):
    known = endpoints(app)
    for row in TABLE:
        if "<int:" in row.rule:
            endpoint, (who, phase) = known[row.method, row.rule], allowed(row)
            last = row.rule.rpartition("<int:")[2].partition(">")[0]
            for number in (2**31, 2**63, 10**40):
                path = address(stage, row, endpoint, phase, **{last: number})
                assert asking.ask(app, logins[who], row.method, path).status in (404, 405), path


# endpoint: {field: (which foreign id, the answer)}; 422 is a sentence at the field, 404 a thing not there,
# 409 an outdated list, 303 an answer that passes over it; and never is anything stored.
BODY_IDS = {
    "collect.propose": {"theme": ("theme_id", 422)},
    "collect.edit": {"theme": ("theme_id", 422)},
    "discuss.comment": {"parent": ("comment_id", 404)},
    "consolidate.merge": {"theme": ("theme_id", 422), "seen": ("recommendation_id", 404)},
    "consolidate.reword": {"theme": ("theme_id", 422), "seen": ("recommendation_id", 409)},
    "join.arrive": {"sector": ("sector_id", 422)},
    "join.be_here": {"sector": ("sector_id", 422)},
    "join.register": {"sector": ("sector_id", 422)},
    "join.correct": {"sector": ("sector_id", 422)},
    "join.approve_all": {"member": ("waiting_id", 303)},
    "prepare.add_person": {"sector": ("sector_id", 422), "table": ("table_id", 422)},
    "prepare.edit_person": {"sector": ("sector_id", 422), "table": ("table_id", 422)},
    "prepare.add_tables": {"theme": ("theme_id", 422)},
    "prepare.edit_table": {"theme": ("theme_id", 422)},
    "rank.late": {"member": ("membership_id", 404)},
}


def test_c03_ids_in_forms(app, stage, logins):
    known, wrong = endpoints(app), []
    before = asking.tables()
    ready = {phase: forms.bodies(stage, phase) for phase in Phase}
    for row in TABLE:
        endpoint = known[row.method, row.rule]
        who, phase = ("p" if "p" in row.may else row.may[-1]), row.phases[0]
        path = address(stage, row, endpoint, phase)
        for name, (key, expected) in BODY_IDS.get(endpoint, {}).items():
            texts = set()
            for number in (stage.foreign[key], MISSING, 2**63, "x", ""):
                sent = f"{number}:1" if name == "seen" else str(number)
                sent = (
                    [sent, f"{stage.ids[phase]['second_id']}:1"]
                    if endpoint == "consolidate.merge" and name == "seen"
                    else sent
                )
                body = ready[phase][endpoint] | {name: sent}
                answer = asking.ask(app, logins[who], "POST", path, body, watch=True)
                place = f"{row.rule} {name}={number}"
                if number in (stage.foreign[key], MISSING):
                    texts.add(asking.without_numbers(answer.text))
                    if answer.status != expected:
                        wrong.append(f"{place}: {answer.status}, not {expected}")
                    if answer.stored is not None and (answer.status >= 400 or answer.stored != before):
                        wrong.append(f"{place}: stored something")
                elif answer.status >= 500:
                    wrong.append(f"{place}: {answer.status}")
            if len(texts) > 1:
                wrong.append(f"{row.rule} {name}: foreign and missing differ")
    assert not wrong, "\n".join(wrong)


QUERY_IDS = {
    "": {"theme": "theme_id", "reply": "comment_id", "edit": "comment_id"},
    "/recommendations": {"theme": "theme_id"},
    "/recommendations/<int:recommendation_id>": {"reply": "comment_id", "edit": "comment_id"},
    "/board": {"theme": "theme_id", "ids": "recommendation_id"},
    "/board/merge": {"ids": "recommendation_id"},
}


def test_c03_ids_in_queries(app, stage, logins):
    for phase in (Phase.DISCUSS, Phase.CONSOLIDATE):
        for rule, names in QUERY_IDS.items():
            path = stage.path("/sessions/<int:session_id>" + rule, phase)
            for name, key in names.items():
                answers = [
                    asking.ask(app, logins["m"], "GET", f"{path}?{name}={number}")
                    for number in (stage.foreign[key], MISSING, 2**63, "x", "")
                ]
                assert all(answer.status < 500 for answer in answers), (path, name)
                foreign, missing = (asking.without_numbers(answer.text) for answer in answers[:2])
                assert foreign == missing, (path, name)


# ---- C05

EXTRA = {
    "role": "moderator",
    "state": "checked_in",
    "sector": "1",
    "sector_id": "2",
    "table": "1",
    "table_id": "1",
    "theme": "1",
    "theme_id": "2",
    "workshop": "2",
    "workshop_id": "2",
    "process_id": "2",
    "session_id": "2",
    "account_id": "1",
    "author": "1",
    "author_id": "1",
    "actor_id": "1",
    "member": "1",
    "membership_id": "1",
    "recommendation_id": "2",
    "parent_id": "1",
    "id": "4711",
    "number": "99",
    "position": "99",
    "current": "9",
    "kind": "for",
    "phase": "result",
    "step": "9",
    "news": "9",
    "epoch": "9",
    "is_admin": "y",
    "may_found": "y",
    "is_demo": "y",
    "is_late": "y",
    "is_simulated": "y",
    "right": "is_admin",
    "blocked_at": "2020-01-01",
    "hidden_at": "2020-01-01",
    "created_at": "2020-01-01",
    "closed_at": "2020-01-01",
    "expires_at": "2099-01-01",
    "deadline_at": "2099-01-01",
    "seconds": "9",
    "minutes": "9",
    "grace": "999",
    "leading": "sector",
    "staff_votes": "y",
    "names_visible": "y",
    "join_open": "",
    "join_code": "AAAAAA",
    "source": "x",
    "name": "Wer anders",
    "email": "anders@example.org",
    "organisation": "Anderswo",
    "password": "ein anderes Passwort",
    "language": "en",
    "tag": "ab" * 16,
    "handle": "ab",
    "rev": "7",
    "places-A": "1",
    "late_reason": "x",
    "title": "Anders",
    "question": "Anders?",
    "reason": "other",
    "to": "yes",
    "all": "y",
}


def test_c05_extra_fields_change_nothing(app, stage, logins):
    """Each form is sent as it is, and with everything that a curious person might add, in body and address."""
    known, wrong = endpoints(app), []
    before = asking.tables()
    ready = {phase: forms.bodies(stage, phase) for phase in Phase}
    for row in (row for row in TABLE if row.method == "POST"):
        endpoint = known[row.method, row.rule]
        for who in ({row.may[-1], "p", "-"} & set(row.may)) - set(row.other):
            phase = row.phases[0]
            path, body = address(stage, row, endpoint, phase), ready[phase][endpoint]
            extra = {name: value for name, value in EXTRA.items() if name not in body}
            with round_as(stage, endpoint, phase):
                kept = asking.ask(app, logins[who], "POST", path, body, watch=True)
                more = asking.ask(
                    app, logins[who], "POST", path + "?" + urlencode(extra), body | extra, watch=True
                )
            assert (kept.status, more.status) == (303, 303), path
            one, other = (asking.steady(answer.stored, before) for answer in (kept, more))
            wrong += [
                f"{row.rule} as {who}: {name}: {change}"
                for name in one
                for change in (found for found in other[name] if found not in one[name])
            ]
            wrong += [
                f"{row.rule} as {who}: {name} has lost a row"
                for name in one
                if len(one[name]) > len(other[name])
            ]
    assert not wrong, "\n".join(wrong)


def test_c05_what_is_stored_is_what_the_place_gives(app, stage, logins):
    """The columns that a form must never decide, by hand."""
    body = forms.bodies(stage, Phase.COLLECT)
    arrived = asking.ask(
        app, logins["-"], "POST", stage.path("/j/<code>"), EXTRA | body["join.arrive"], watch=True
    )
    account, member = arrived.stored["account"][-1], arrived.stored["membership"][-1]
    assert (account["is_admin"], account["may_found"], account["email"]) == (False, False, None)
    assert (member["role"], member["state"]) == (Role.PARTICIPANT, MemberState.PENDING)
    assert member["workshop_id"] == stage.house.workshop.id
    path = stage.path("/sessions/<int:session_id>/recommendations")
    made = asking.ask(app, logins["p"], "POST", path, EXTRA | body["collect.propose"], watch=True)
    one = made.stored["recommendation"][-1]
    assert one["author_id"] == stage.house.people["petra"].id
    assert (one["session_id"], one["number"], one["kind"]) == (
        stage.ids[Phase.COLLECT]["session_id"],
        5,
        "proposal",
    )
    assert (one["state"], one["current"], one["is_late"], one["hidden_at"]) == ("active", 1, False, None)
