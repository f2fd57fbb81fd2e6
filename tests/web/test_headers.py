"""C36: cookies and headers on every answer, whatever its status."""

from __future__ import annotations

import re

import pytest

from tests.conftest import settings_for
from tests.rounds import opened
from werkstatt import create_app
from werkstatt.acts import collect
from werkstatt.terms import Phase
from werkstatt.web import pulse

ALWAYS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
}


def asked(app, house, browse, monkeypatch) -> dict[str, object]:
    """Answers of every status there is, by what they are."""
    round = opened(app, house)
    petra, nobody, mona = browse("petra"), browse(None), browse("mona")
    there = f"/sessions/{house.session.id}"
    ballot = f"{there}/rounds/{round.id}/ballot"
    found = {
        "200": petra.get(there),
        "200 file": mona.get(f"{there}/texts.csv"),
        "200 json": petra.get("/me/data.json"),
        "200 picture": mona.get(f"/workshops/{house.workshop.id}/code.svg"),
        "303": nobody.get(there),
        "400 token": petra.post("/language"),
        "400 nul": petra.get("/?x=%00"),
        "401": nobody.send(f"{there}/recommendations", {"title": "x"}),
        "403": petra.get(f"{there}/console"),
        "404": petra.get("/nirgends"),
        "404 static": petra.get("/static/nirgends.css"),
        "404 pulse": petra.get("/pulse/1.1.x"),
        "405": petra.get("/logout"),
        "409": petra.send(f"{there}/recommendations", {"title": "x"}),
        "410": nobody.get("/invitation/nie-gesehen"),
        "413": petra.post("/me", data={"name": "x" * 1_100_000}),
        "422": petra.send(ballot, {"list": round.list_hash, "rev": "0", "place-A": "x"}),
        "200 pulse": petra.get(pulse.address("test-" * 8, house.session.id, house.workshop.epoch)),
    }

    def broken(*_given, **_named):
        raise RuntimeError("broken on purpose")

    monkeypatch.setattr(collect, "cards", broken)
    house.in_phase(Phase.COLLECT)
    found["500"] = petra.get(there)
    return found


def test_c36_every_answer_has_its_headers(app, house, browse, monkeypatch):
    answers = asked(app, house, browse, monkeypatch)
    for what, answer in answers.items():
        assert str(answer.status_code) == what[:3], what
        for name, value in ALWAYS.items():
            assert answer.headers[name] == value, (what, name)
        policy = answer.headers["Content-Security-Policy"]
        assert "frame-ancestors 'none'" in policy and "unsafe" not in policy, what
        if "pulse" not in what:
            assert answer.headers["Cache-Control"] == "no-store", what
            assert re.search(r"script-src 'nonce-[\w-]{20,}'", policy), what
        if answer.mimetype == "text/html" and "pulse" not in what and what != "303":
            nonces = set(re.findall(r'<script nonce="([^"]+)"', answer.text))
            assert len(nonces) == 1 and f"'nonce-{nonces.pop()}'" in policy, what
        for cookie in answer.headers.getlist("Set-Cookie"):
            assert "HttpOnly" in cookie and "SameSite=Lax" in cookie and "Path=/" in cookie, what
        assert "Traceback" not in answer.get_data(as_text=True)


@pytest.mark.parametrize("host", ["x" * 5000, "a..b"])
def test_c36_a_host_that_cannot_be_is_a_bad_request_and_no_accident(browse, host):
    answer = browse(None).get("/", headers={"Host": host})
    assert answer.status_code == 400 and "unvollständig" in answer.text
    for name, value in ALWAYS.items():
        assert answer.headers[name] == value
    assert "frame-ancestors 'none'" in answer.headers["Content-Security-Policy"]


def test_c36_no_two_answers_share_a_nonce(browse):
    client = browse("petra")
    policies = {client.get("/bye").headers["Content-Security-Policy"] for _ in range(5)}
    assert len(policies) == 5


def test_c36_only_hashed_files_may_be_kept(browse):
    client = browse(None)
    asset = re.search(r'href="(/static/style\.css\?v=[^"]+)"', client.get("/").text).group(1)
    for path, kept in ((asset, "public, max-age=31536000, immutable"), ("/static/style.css", "no-store")):
        with client.get(path) as answer:
            assert answer.headers["Cache-Control"] == kept


@pytest.mark.parametrize("path", ["/", "/nirgends"])
def test_c36_behind_tls_the_cookie_is_bound_to_the_host(sqlite_template, tmp_path, path):
    """The name with __Host- makes browsers insist on Secure, on this host, and on no domain."""
    more = {"WERKSTATT_HTTPS": "1", "WERKSTATT_BASE_URL": "https://werkstatt.example"}
    app = create_app(settings_for(tmp_path, f"sqlite:///{sqlite_template}", **more))
    answer = app.test_client().get(path, base_url="https://werkstatt.example")
    assert answer.headers["Strict-Transport-Security"].startswith("max-age=")
    (cookie,) = answer.headers.getlist("Set-Cookie")
    assert cookie.startswith("__Host-werkstatt-") and "Secure" in cookie and "Domain" not in cookie
