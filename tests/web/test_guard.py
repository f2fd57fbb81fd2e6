"""The door of every view: declarations, tokens, other sites, other logins."""

from __future__ import annotations

import pytest
from flask import Flask
from sqlalchemy import delete

from werkstatt.db import begin_write, db, utcnow
from werkstatt.models import Login, Membership, Organiser
from werkstatt.terms import MemberState
from werkstatt.web import guard


def test_c02_a_view_without_a_declaration_stops_the_start(app):
    bare = Flask("bare")
    bare.add_url_rule("/open", "open", lambda: "everybody")
    with pytest.raises(guard.Unguarded, match="/open"):
        guard.check_every_route(bare)


def rows() -> int:
    return db.session.query(Membership).filter_by(state=MemberState.PENDING).count()


def test_c34_no_token_another_logins_token_or_another_site_change_nothing(browse, house):
    mona, ines = browse("mona"), browse("ines")
    approve = f"/workshops/{house.workshop.id}/desk/approve"
    assert mona.post(approve).status_code == 400
    assert mona.post(approve, data={"csrf_token": ines.token()}).status_code == 400
    token = mona.token()
    for site in ("cross-site", "same-site"):
        refused = mona.post(approve, data={"csrf_token": token}, headers={"Sec-Fetch-Site": site})
        assert refused.status_code == 403
    assert rows() == 1


def test_c03_foreign_and_missing_look_the_same(browse, house):
    petra = browse("petra")
    foreign = petra.get(f"/sessions/{house.other_session.id}")
    missing = petra.get("/sessions/999999")
    assert foreign.status_code == missing.status_code == 404
    strip = lambda page: page.text.replace(str(house.other_session.id), "N").replace("999999", "N")  # noqa: E731
    import re

    plain = lambda page: re.sub(r'(nonce|value|left)="[^"]*"', "", strip(page))  # noqa: E731
    assert plain(foreign) == plain(missing)


def test_an_expired_login_is_no_login(browse, house):
    petra = browse("petra")
    begin_write()
    db.session.execute(db.update(Login).values(expires_at=utcnow()))
    db.session.commit()
    answer = petra.get(f"/sessions/{house.session.id}")
    assert answer.status_code == 303 and "/login?next=" in answer.headers["Location"]


def test_a_lost_login_answers_401_to_htmx(browse, house):
    answer = browse(None).get(f"/sessions/{house.session.id}", headers={"HX-Request": "true"})
    assert answer.status_code == 401


def test_c06_a_role_taken_away_is_gone_with_the_next_request(browse, house):
    """Every role, by every way it is taken; with the same cookie, on pages that were open before."""
    console, there = f"/sessions/{house.session.id}/console", f"/workshops/{house.workshop.id}"
    mona, heiko, ines, petra = (browse(name) for name in ("mona", "heiko", "ines", "petra"))
    assert mona.get(console).status_code == heiko.get(f"{there}/desk").status_code == 200
    for name, role in (("mona", "participant"), ("heiko", "participant")):
        facts = {"name": name, "role": role, "sector": house.sectors[0].id, "table": ""}
        assert ines.send(f"{there}/register/{house.member(name).id}", facts).status_code == 303
    assert mona.get(console).status_code == mona.send(f"{there}/code", {"hours": "2"}).status_code == 403
    walk_in = {"name": "Nora", "sector": house.sectors[0].id}
    assert heiko.get(f"{there}/desk").status_code == heiko.send(f"{there}/desk", walk_in).status_code == 403
    assert petra.get(there).status_code in (200, 303)
    assert ines.send(f"{there}/register/{house.member('petra').id}/end").status_code == 303
    assert petra.get(there).status_code == petra.get(f"/sessions/{house.session.id}").status_code == 404
    begin_write()
    db.session.execute(delete(Organiser))
    db.session.commit()
    assert ines.get(console).status_code == ines.get(f"{there}/register").status_code == 404


def test_c06_a_blocked_account_is_out_with_the_next_request(browse, house):
    petra = browse("petra")
    assert petra.get("/?all=1").status_code == 200
    presence = {"sector": house.sectors[0].id}
    token = petra.token()
    begin_write()
    house.people["petra"].blocked_at = utcnow()
    db.session.commit()
    assert "Mit Konto" in petra.get("/?all=1").text
    there = f"/workshops/{house.workshop.id}/presence"
    assert petra.post(there, data=presence | {"csrf_token": token}).status_code == 401


def test_every_answer_carries_the_headers(browse, house):
    for path in ("/", "/nothing", f"/sessions/{house.session.id}"):
        answer = browse("petra").get(path)
        assert "frame-ancestors 'none'" in answer.headers["Content-Security-Policy"]
        assert answer.headers["Cache-Control"] == "no-store"
        assert answer.headers["X-Content-Type-Options"] == "nosniff"


def test_a_text_sent_from_a_page_of_an_earlier_login_is_not_lost(house, browse):
    """It stands on the error page to be copied; what another site sends is not shown, nor is a password."""
    petra, text = browse("petra"), "Ein langer Kommentar, der nicht verloren geht <b>"
    sent = {"csrf_token": "alt", "text": text, "password": "ein langes geheimes Passwort"}
    answer = petra.post("/told", data=sent)
    assert answer.status_code == 400 and "früheren Anmeldung" in answer.text
    assert "nicht verloren geht &lt;b&gt;" in answer.text and "geheimes" not in answer.text
    foreign = petra.post("/told", data=sent, headers={"Sec-Fetch-Site": "cross-site"})
    assert "nicht verloren" not in foreign.text
