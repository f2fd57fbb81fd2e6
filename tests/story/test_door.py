"""At the door in a real browser: four ways in, one minute, four ballots; and a desk that follows the room.

Petra has an invitation, Samuel a card, Walter nothing: he gets a blank card at Heiko's desk. Vera has
forgotten everything and is given a return code, face to face. They sit on phones and a laptop.
"""

from __future__ import annotations

import time

import pytest
from playwright.sync_api import expect

from tests.rounds import propose, reopened
from tests.story.conftest import PATIENCE
from werkstatt.acts import desk, join
from werkstatt.db import begin_write, db
from werkstatt.models import Ballot
from werkstatt.terms import MemberState, Phase

pytestmark = pytest.mark.browser
expect.set_options(timeout=PATIENCE)

NONCE = "ab" * 16
PHONE = {"viewport": {"width": 390, "height": 844}}
IMPATIENTLY = """() => {
  const button = document.querySelector("main form button");
  button.click();
  setTimeout(() => button.click(), 300);
}"""
CODE = "Code von der Leinwand oder von Ihrer Karte"


def test_four_ways_in_and_a_ballot_within_the_same_minute(app, house, guest):
    secret = app.config["SECRET_KEY"]
    begin_write()
    for name in ("petra", "samuel", "vera"):
        house.member(name).state = MemberState.INVITED
    first, last = desk.make(
        house.workshop,
        house.actor("mona"),
        members=[house.member("samuel").id],
        blank=1,
        secret=secret,
        nonce=NONCE,
    )
    card, blank = desk.printed(house.workshop.id, first, last, secret=secret, nonce=NONCE)
    invitation = join.invite(house.people["petra"].id, house.workshop.id)
    db.session.commit()
    propose(house)
    house.in_phase(Phase.RANK)
    heiko = guest("heiko", house.people["heiko"].id)
    there = f"/workshops/{house.workshop.id}/desk"
    walk_in = while_heiko_types_the_room_comes_in(house, guest, heiko, there)

    begun = time.monotonic()
    walk_in()
    petra, samuel, walter = (guest(name, **PHONE) for name in ("petra", "samuel", "walter"))
    vera = guest("vera")
    slow_down(app, "/invitation/")
    petra.go(f"/invitation/{invitation}")
    expect(petra.page.locator("html.js")).to_be_attached()
    petra.page.evaluate(IMPATIENTLY)
    expect(petra.page.get_by_text("Gerät weitergeben")).to_be_visible()
    petra.go(f"/workshops/{house.workshop.id}")
    petra.press("Ich bin da")
    samuel.go(f"/c/{card.token}")
    expect(samuel.heading()).to_have_text("Sind Sie Samuel Roth?")
    samuel.press("Ja, das bin ich")
    walter.go("/j/")
    walter.fill(CODE, f"{blank.code[:5]}-{blank.code[5:]}".lower())
    walter.press("Weiter")
    expect(walter.heading()).to_have_text("Sind Sie Walter Neu?")
    walter.press("Ja, das bin ich")
    vera.go("/bye")
    vera.fill(CODE, return_code(heiko, there, house.member("vera").id))
    vera.press("Weiter")
    vera.press("Ja, das bin ich")
    expect(vera.page.locator("#told")).to_contain_text("Heiko Lang")
    people = (petra, samuel, walter, vera)
    for one in people:  # all are in: the page after the last button is there
        expect(one.page.get_by_text("Gerät weitergeben")).to_be_visible()
    db.session.rollback()
    reopened(app, house)
    for one in people:
        expect(one.heading()).to_contain_text("Jetzt: Ordnen Sie")
        one.press("A hinzufügen")
        one.press("Weiter")
        one.press("Stimme abgeben")
        expect(one.heading()).to_have_text("Jetzt: Ihre Stimme ist gespeichert")
    took = time.monotonic() - begun
    db.session.rollback()
    assert db.session.query(Ballot).count() == len(people)
    assert took < 60, f"{took:.0f} s"
    samuel.press("Gerät weitergeben")
    expect(samuel.heading()).to_have_text("Dieses Gerät ist frei für die nächste Person")
    expect(samuel.page.get_by_label(CODE)).to_be_visible()
    assert (
        samuel.page.evaluate("Object.keys(sessionStorage).filter((key) => key.startsWith('werkstatt:'))")
        == []
    )


def slow_down(app, path: str) -> None:
    """What is sent there is answered late, so that an impatient second click falls before the answer."""
    inner = app.wsgi_app

    def late(environ, start_response):
        answer = inner(environ, start_response)
        if environ["REQUEST_METHOD"] == "POST" and environ["PATH_INFO"].startswith(path):
            time.sleep(0.8)
        return answer

    app.wsgi_app = late


def while_heiko_types_the_room_comes_in(house, guest, heiko, there: str):
    """Who arrives by the room's code shows at the desk by itself; what Heiko types stays. Returns how to send it."""
    heiko.go(there)
    form = heiko.page.locator("#walk-in")
    heiko.fill("Name", "Walter Neu", within=form)
    wilma = guest("wilma", **PHONE)
    wilma.go(f"/j/{join.spoken(house.workshop.join_code)}")
    wilma.fill("Ihr Name", "Wilma Seidel")
    wilma.page.get_by_label("Industrie").check()
    wilma.press("Eintreten")
    came = heiko.page.locator("#came")
    place = came.element_handle()
    waiting = heiko.page.locator("#waiting")
    expect(waiting).to_contain_text("Wilma Seidel")
    expect(came).to_contain_text("wart")
    assert place.evaluate("(said) => said.isConnected"), "what a screen reader follows must stay where it is"
    expect(form.get_by_label("Name", exact=True)).to_have_value("Walter Neu")
    waiting.get_by_role("button", name="Bestätigen: Wilma Seidel").wait_for()

    def send():
        form.get_by_label("Verwaltung").check()
        heiko.fill("Leere Karte (Nummer oder Scan)", "K-002", within=form)
        heiko.press("Person anmelden", within=form)
        expect(heiko.heading()).to_have_text("Walter Neu")

    return send


def return_code(heiko, there: str, membership_id: int) -> str:
    """Heiko asks, and says the code."""
    heiko.go(f"{there}/{membership_id}")
    heiko.page.get_by_text("Hat alles vergessen …").click()
    heiko.press("Rückkehrcode ausstellen")
    return heiko.page.locator("#return-code .code").inner_text()
