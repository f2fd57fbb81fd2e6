"""In without a password, in the browser: the same page for everybody, links that lead here, cookies that end."""

from __future__ import annotations

import re
import time
from dataclasses import replace
from types import SimpleNamespace

import pytest
from itsdangerous import TimestampSigner
from sqlalchemy import select

from tests import pages
from tests.house import asking
from werkstatt.acts import desk, join
from werkstatt.acts.join.limits import DEVICE
from werkstatt.db import begin_write, db, utcnow
from werkstatt.models import Login, Mail
from werkstatt.terms import MemberState, TicketKind
from werkstatt.web.join import safe_next

RIGHT, SECRET = "ein langes Passwort", "test-" * 8
KNOWN, STRANGER = "petra@example.org", "niemand@example.org"


def ask(client, email: str = KNOWN, **more):
    return client.send("/login", {"email": email, "password": "", "mail": "1", **more})


def mailed() -> SimpleNamespace:
    text = db.session.scalars(select(Mail.text).order_by(Mail.id.desc())).first()
    db.session.rollback()
    url = re.search(r"https?://\S+/login/\S+", text)[0]
    return SimpleNamespace(
        url=url,
        path=re.sub(r"^https?://[^/]+", "", url),
        code="".join(re.search(r"(\w{4}) (\w{4})\n", text).groups()),
    )


@pytest.fixture
def petra(house):
    begin_write()
    house.people["petra"].password = join.HASHER.hash(RIGHT)
    db.session.commit()
    return house.people["petra"]


def test_c41_opening_a_mailed_link_consumes_nothing_and_its_button_does_once(app, petra, browse):
    ask(browse(None))
    link = mailed()
    assert link.url.startswith(app.config["SETTINGS"].base_url + "/login/")
    scanner, guest = browse(None), browse(None)
    before = asking.fingerprint()
    for _ in range(3):
        assert "Petra Vogel" in scanner.get(link.path).text
    assert asking.fingerprint() == before
    assert guest.send(link.path, {"password": ""}).status_code == 303
    assert "Petra Vogel" in guest.get("/?all=1").text
    for answer in (
        scanner.get(link.path),
        scanner.send(link.path, {"password": ""}),
        scanner.get("/login/nie-gesehen"),
    ):
        assert answer.status_code == 410 and "Anmeldeseite" in answer.text


def test_c41_scanners_that_ask_for_the_head_or_the_page_consume_nothing(house, browse):
    """Links are opened by mail servers, previews and virus scanners, before their person and after."""
    links = [f"/invitation/{join.invite(house.people['petra'].id, house.workshop.id)}"]
    db.session.commit()
    ask(browse(None))
    links.append(mailed().path)
    before = asking.fingerprint()
    for link in links:
        for _ in range(2):
            assert browse(None).head(link).status_code == browse(None).get(link).status_code == 200
            assert browse(None).options(link).status_code == 200
            assert browse(None).put(link).status_code == 405
    assert asking.fingerprint() == before
    for link in links:
        assert browse(None).send(link, {"password": ""}).status_code == 303


def test_c41_a_link_opened_again_by_whoever_came_in_with_it_leads_on(house, browse):
    """A second click, or the mail opened again an hour later: nobody who is in reads that a link is used up."""
    link = f"/invitation/{join.invite(house.people['petra'].id, house.workshop.id)}"
    db.session.commit()
    petra = browse(None)
    assert petra.send(link, {"password": ""}).status_code == 303
    for again in (petra.get(link), petra.send(link, {"password": ""})):
        assert (again.status_code, again.location) == (303, "/")
    for other in (browse(None), browse("vera")):
        again = other.get(link)
        assert again.status_code == 410 and "Anmeldeseite" in again.text
    petra.send("/logout")
    assert petra.get(link).status_code == 410


def test_c35_a_login_on_a_device_ends_the_one_that_was_there(house, browse):
    vera = browse("vera")
    copied = browse(None)
    copied.set_cookie("werkstatt-5000", vera.get_cookie("werkstatt-5000").value)
    assert copied.get("/me").status_code == 200
    link = f"/invitation/{join.invite(house.people['petra'].id, house.workshop.id)}"
    db.session.commit()
    assert vera.send(link, {"password": ""}).status_code == 303
    assert "Petra Vogel" in vera.get("/me").text
    assert copied.get("/me").status_code == 303


@pytest.mark.parametrize("how", ["link", "code", "card"])
def test_whoever_comes_for_the_first_time_is_written_to_in_the_language_of_the_page(app, house, browse, how):
    begin_write()
    samuel, secret = house.member("samuel"), app.config["SECRET_KEY"]
    samuel.state = MemberState.INVITED
    account = house.people["samuel"]
    made = join.issue(
        TicketKind.INVITATION, account_id=account.id, workshop_id=house.workshop.id, secret=secret
    )
    first, _ = desk.make(
        house.workshop, house.actor("mona"), members=[samuel.id], secret=secret, nonce="ab" * 16
    )
    (card,) = desk.printed(house.workshop.id, first, first, secret=secret, nonce="ab" * 16)
    db.session.commit()
    guest = browse(None)
    guest.environ_base["HTTP_ACCEPT_LANGUAGE"] = "en-GB"
    where, body = {
        "link": (f"/invitation/{made.token}", {"password": ""}),
        "code": ("/login/code", {"email": account.email, "code": made.code}),
        "card": (f"/c/{card.token}", {}),
    }[how]
    assert guest.send(where, body).status_code == 303
    db.session.expire_all()
    assert account.language == "en"
    begin_write()
    account.language = "de"  # chosen meanwhile: coming again changes nothing
    db.session.commit()
    again = join.invite(account.id, house.workshop.id)
    db.session.commit()
    assert guest.send(f"/invitation/{again}", {"password": ""}).status_code == 303
    db.session.expire_all()
    assert account.language == "de"


def test_c41_the_host_of_a_link_comes_from_the_settings(app, petra, browse):
    guest = browse(None)
    token = guest.token()
    guest.post(
        "/login",
        data={"csrf_token": token, "email": KNOWN, "mail": "1"},
        headers={"X-Forwarded-Host": "boese.example", "Host": "localhost"},
    )
    assert mailed().url.startswith(app.config["SETTINGS"].base_url)


def test_the_code_logs_in_where_it_was_asked_for_and_leads_on(petra, browse, house):
    laptop, phone = browse(None), browse(None)
    answer = ask(laptop, next=f"/workshops/{house.workshop.id}?all=1")
    page = laptop.get(answer.location)
    form = next(form for form in asking.forms_of(page.text) if "/login/code" in form[0])
    code = mailed().code
    assert phone.send("/login/code?sent=1", {"email": KNOWN, "code": code}).status_code == 422
    wrong = laptop.send(form[0], {"code": "000000", "next": "/"})
    assert wrong.status_code == 422 and "Dieser Code stimmt nicht" in wrong.text
    done = laptop.send(form[0], {"code": code, "next": form[1]["next"][0]})
    assert (done.status_code, done.location) == (303, f"/workshops/{house.workshop.id}?all=1")


def test_c40_known_and_unknown_get_the_same_page_and_status(petra, browse):
    def answers(email: str) -> list:
        client, found = browse(None), []
        for body in ({"mail": "1"}, {"password": "falsch"}, {"password": ""}):
            answer = client.send("/login", {"email": email, "password": "", **body})
            found.append(
                (
                    answer.status_code,
                    answer.headers.get("Location"),
                    asking.plain(answer.text).replace(email, "-"),
                )
            )
            if answer.status_code == 303:
                found.append(asking.plain(client.get(answer.location).text).replace(email, "-"))
        for place, more in (("/login/code?sent=1", {}), ("/login/code", {"email": email})):
            answer = client.send(place, {"code": "000000", **more})
            found.append((answer.status_code, asking.plain(answer.text).replace(email, "-")))
        return found

    assert answers(KNOWN) == answers(STRANGER)


@pytest.mark.soak
def test_c40_known_and_unknown_take_the_same_time(petra, browse):
    """Medians over interleaved requests differ by less than a fifth."""
    client, taken = browse(None), {KNOWN: [], STRANGER: []}
    token = client.token()
    for n in range(40):
        for email in (KNOWN, STRANGER) if n % 2 else (STRANGER, KNOWN):
            begin_write()
            db.session.execute(db.text("DELETE FROM failure_counter"))
            db.session.commit()
            begun = time.perf_counter()
            client.post("/login", data={"csrf_token": token, "email": email, "password": "falsch"})
            client.post("/login", data={"csrf_token": token, "email": email, "mail": "1"})
            taken[email].append(time.perf_counter() - begun)
    known, stranger = (sorted(times)[len(times) // 2] for times in taken.values())
    assert abs(known - stranger) < 0.2 * max(known, stranger)


ELSEWHERE = (
    "//boese.example",
    "///boese.example",
    "/\\boese.example",
    "\\\\boese.example",
    "/\t/boese.example",
    "/\n/boese.example",
    "\t//boese.example",
    " //boese.example",
    "https://boese.example/",
    "https:boese.example",
    "http:///boese.example",
    "javascript:alert(1)",
    "data:text/html,x",
    "boese.example",
    "@boese.example",
    "/\u2028/boese.example",
    "/%0d%0aSet-Cookie:x=1\r\nX: y",
    "",
)


@pytest.mark.parametrize("target", ELSEWHERE)
def test_c43_next_leads_only_to_this_site(app, petra, browse, target):
    with app.test_request_context():
        assert safe_next(target) == "/"
    guest = browse(None)
    done = guest.send("/login", {"email": KNOWN, "password": RIGHT, "next": target})
    assert (done.status_code, done.location) == (303, "/")


def test_c43_a_path_with_query_stays(app):
    with app.test_request_context():
        for target in ("/sessions/7?step=1&x=//y", "/a/b#c", "/"):
            assert safe_next(target) == target


def copy_of(app, client) -> str:
    jar = client.get_cookie(app.config["SESSION_COOKIE_NAME"])
    return f"{jar.key}={jar.value}"


def works(app, cookie: str) -> bool:
    answer = app.test_client(use_cookies=False).get("/password", headers={"Cookie": cookie})
    return answer.status_code == 200


@pytest.mark.parametrize("how", ["logout", "password", "block", "everywhere", "link"])
def test_c35_copied_cookies_die(app, petra, browse, how):
    stolen, own = copy_of(app, browse("petra")), browse("petra")
    kept = copy_of(app, own)
    assert works(app, stolen) and works(app, kept)
    if how == "logout":
        own.send("/logout")
        stolen = kept
    elif how == "password":
        own.send("/password", {"current": RIGHT, "new": "ganz neues Passwort"})
        assert works(app, copy_of(app, own))
    elif how == "link":
        ask(browse(None))
        browse(None).send(mailed().path, {"password": "ganz neues Passwort"})
    else:
        begin_write()
        if how == "block":
            petra.blocked_at = utcnow()
        else:
            join.end_logins(petra.id)
        db.session.commit()
    assert not works(app, stolen)


def test_c35_a_login_drops_what_was_planted_before(app, petra, browse):
    """An attacker's cookie on the victim's browser is of no use to the attacker afterwards."""
    victim = browse(None)
    victim.get("/j/")
    ask(victim, STRANGER)
    planted, token = copy_of(app, victim), victim.token()
    assert victim.send("/login", {"email": KNOWN, "password": RIGHT}).status_code == 303
    assert not works(app, planted) and works(app, copy_of(app, victim))
    with victim.session_transaction() as cookie:
        assert "asked" not in cookie and "csrf_token" not in cookie
    assert victim.post("/password", data={"csrf_token": token, "new": "x"}).status_code == 400
    assert len(db.session.scalars(select(Login)).all()) == 1


def test_c39_the_owner_comes_in_while_strangers_guess(petra, browse):
    own, thief = browse(None), browse(None)
    assert own.send("/login", {"email": KNOWN, "password": RIGHT}).status_code == 303
    own.send("/logout")
    answers = [thief.send("/login", {"email": KNOWN, "password": f"falsch {n}"}) for n in range(12)]
    assert {answer.status_code for answer in answers} == {422} and "Zu viele falsche Passwörter" in answers[
        -1
    ].text
    fresh = browse(None).send("/login", {"email": KNOWN, "password": RIGHT})
    assert "in 2 Sekunden noch einmal" in fresh.text and "Zu viele Versuche" not in fresh.text
    assert own.send("/login", {"email": KNOWN, "password": RIGHT}).status_code == 303


def test_c39_a_device_locked_by_ones_own_mistakes_says_what_goes_at_once_and_it_does(petra, house, browse):
    laptop = browse(None)
    ask(laptop)
    assert laptop.send("/login/code?sent=1", {"code": mailed().code}).status_code == 303
    laptop.send("/logout")
    for _ in range(DEVICE.most):
        page = laptop.send("/login", {"email": KNOWN, "password": "vertippt"}).text
        assert "E-Mail-Adresse oder Passwort stimmt nicht" in page
    page = laptop.send("/login", {"email": KNOWN, "password": RIGHT}).text
    assert "Zu viele falsche Passwörter" in page and "zehn Minuten" in page
    assert "Link per E-Mail schicken" in page and "Rückkehrcode vom Einlass" in page
    code = desk.give_return_code(house.workshop, house.actor("mona"), house.member("petra").id, secret=SECRET)
    db.session.commit()
    for way_in in ("mail", "return code"):
        if way_in == "mail":
            ask(laptop)
            assert laptop.send("/login/code?sent=1", {"code": mailed().code}).status_code == 303
        else:
            assert laptop.send("/j/", {"code": code}).status_code == 303
            assert laptop.send("/c/").status_code == 303
        assert "Petra Vogel" in laptop.get("/me").text
        laptop.send("/logout")
    assert laptop.send("/login", {"email": KNOWN, "password": RIGHT}).status_code == 303


def test_c36_the_cookie_of_the_device_names_nobody_and_opens_nothing(app, petra, browse):
    own = browse(None)
    answer = own.send("/login", {"email": KNOWN, "password": RIGHT})
    name = app.config["SESSION_COOKIE_NAME"] + "-device"
    (made,) = [value for value in answer.headers.getlist("Set-Cookie") if value.startswith(name)]
    assert "HttpOnly" in made and "SameSite=Lax" in made and "petra" not in made.lower()
    thief = browse(None)
    thief.set_cookie(name, own.get_cookie(name).value[:-1] + "x")
    assert thief.get("/password").status_code == 303
    for n in range(9):
        thief.send("/login", {"email": KNOWN, "password": f"falsch {n}"})
    assert "Zu viele falsche Passwörter" in thief.send("/login", {"email": KNOWN, "password": RIGHT}).text


def test_c25_a_form_opened_eight_hours_ago_can_still_be_sent(app, petra, browse, monkeypatch):
    real, ago = TimestampSigner.get_timestamp, 8 * 3600
    monkeypatch.setattr(TimestampSigner, "get_timestamp", lambda self: real(self) - ago)
    own, guest = browse("petra"), browse(None)
    token = pages.tokens(own.get("/password").text)[0]
    early = pages.tokens(guest.get("/login").text)[0]
    monkeypatch.setattr(TimestampSigner, "get_timestamp", real)
    sent = own.post("/password", data={"csrf_token": token, "current": RIGHT, "new": "ganz neues Passwort"})
    assert sent.status_code == 303
    sent = guest.post("/login", data={"csrf_token": early, "email": KNOWN, "password": "ganz neues Passwort"})
    assert sent.status_code == 303


def test_without_mail_no_page_offers_it(app, petra, browse):
    app.config["SETTINGS"] = replace(app.config["SETTINGS"], smtp_url="")
    guest = browse(None)
    assert "Link per E-Mail" not in guest.get("/login").text
    answer = ask(guest)
    assert answer.status_code == 422 and "Mail ist hier nicht eingerichtet" in answer.text


def test_c44_long_values_are_refused_with_a_sentence(petra, browse):
    guest = browse(None)
    for body in ({"email": "x" * 200_000, "password": "y"}, {"email": KNOWN, "password": "y" * 200_000}):
        answer = guest.send("/login", body)
        assert answer.status_code == 422 and "Bitte höchstens" in answer.text
    assert guest.send("/login", {"email": KNOWN, "password": "y" * 1_100_000}).status_code == 413
    many = {f"f{n}": "x" for n in range(1_001)}
    assert guest.send("/login", many, content_type="multipart/form-data").status_code == 413


def test_c40_over_the_limit_a_fresh_browser_gets_the_same_page_for_everybody(petra, browse):
    for email in (KNOWN, STRANGER):
        for _ in range(5):
            usual = ask(browse(None), email)
        fresh, before = browse(None), browse(None)
        ask(before, "nochniemand@example.org")
        answer = ask(fresh, email)
        assert answer.location == usual.location and answer.status_code == 303
        page = fresh.get(answer.location).text
        other = before.get(answer.location).text.replace("nochniemand@example.org", email)
        assert pages.parse(page).text() == pages.parse(other).text()
        assert "aus jeder Nachricht der letzten Stunde" in page
        refused = fresh.send("/login/code?sent=1", {"code": "000000"})
        assert refused.status_code == 422 and "Dieser Code stimmt nicht" in refused.text
    refused = browse(None).send("/login", {"email": KNOWN, "password": "falsch"})
    assert "Nicht gespeichert" not in refused.text and "Nicht angemeldet" in refused.text
