"""A ballot on its way, in a real browser: drafts, failures, an expired login, a device handed on (C16, C37, C60)."""

from __future__ import annotations

import re
import time
from datetime import timedelta

import pytest
from playwright.sync_api import expect
from sqlalchemy import delete, select

from tests import rounds
from tests.story.ballots import (
    BALLOT,
    HURRY,
    NOT_CONFIRMED,
    OVERLOADED,
    SAVED,
    arrange,
    ballot_of,
    cast_by,
    cast_count,
    kept,
    stands,
    unsorted,
)
from tests.story.conftest import PATIENCE, cookie_of, launched
from werkstatt.acts import join
from werkstatt.db import begin_write, db, utcnow
from werkstatt.models import Login

pytestmark = pytest.mark.browser
expect.set_options(timeout=PATIENCE)

LEAVING = "beforeunload"
WATCH_ALERTS = """window.alerts = []; new MutationObserver(() => {
  const text = document.querySelector("#alert:not([hidden]) > span")?.textContent;
  if (text && window.alerts.at(-1) !== text) window.alerts.push(text);
}).observe(document.querySelector("#alert"), { childList: true, attributes: true })"""


def answering(status: int, sentence: str):
    """A route that answers with our error page of this sentence."""
    page = f'<meta charset="utf-8"><body data-werkstatt=""><p id="problem">{sentence}</p>'
    return lambda route: route.fulfill(status=status, body=page, content_type="text/html")


# ---- drafts


def test_a_draft_survives_a_reload_is_no_vote_and_is_asked_about(house, sits_down):
    petra = sits_down("petra")
    first, second, *_ = unsorted(petra)
    arrange(petra, second, first)
    petra.page.reload()
    stands(petra, second, first)
    expect(petra.page.locator("#ballot-status")).to_contain_text("Noch nicht abgegeben.")
    assert cast_count(house) == 0
    petra.asked.clear()
    petra.agrees = False
    petra.press("Leinwand mitlesen")
    petra.page.wait_for_timeout(300)
    assert petra.asked == [LEAVING], "leaving with an unsent order asks"
    stands(petra, second, first)
    petra.press("Jetzt so abgeben")
    expect(petra.heading()).to_have_text(SAVED)
    expect(petra.heading()).to_be_focused()
    expect(petra.page.get_by_text(re.compile(r"Gespeichert um \d\d:\d\d Uhr\."))).to_be_visible()
    expect(petra.page.locator("#saved ol")).to_be_hidden()
    assert kept(petra) == [], "what is saved is no draft any more"
    assert cast_count(house) == 1
    petra.page.reload()  # nobody knows any more when it was cast
    expect(petra.page.locator("#saved .good")).to_contain_text(
        "Gespeichert. Ihre Stimme zählt in dieser Fassung."
    )
    assert petra.asked == [LEAVING], "what is saved is not asked about"


def test_c37_the_next_person_at_the_device_sees_nothing(app, house, open_round, browser):
    """In a browser that keeps pages for the way back; with a second window; with a draft and with a saved vote."""
    as_people_have_it = ["--disable-back-forward-cache"]  # what Playwright would have added
    with launched(browser.browser_type, ignore_default_args=as_people_have_it) as keeping:
        context = keeping.new_context(locale="de-DE")
        context.route("https://cdn*/**", lambda route: route.abort())
        context.add_cookies([cookie_of(app, house.people["petra"].id)])
        here = f"{app.config['SETTINGS'].base_url}/sessions/{house.session.id}"
        page, other = context.new_page(), context.new_page()
        asked: list[str] = []
        agrees = [False]
        page.on(
            "dialog",
            lambda dialog: (asked.append(dialog.message), dialog.accept() if agrees[0] else dialog.dismiss()),
        )
        for tab in (page, other):
            tab.goto(here)
            expect(tab.locator("h1")).to_have_text(BALLOT)
        out = page.get_by_role("button", name="Gerät weitergeben")
        page.locator("#unsorted [data-do=add]").first.click()
        other.locator("#unsorted [data-do=add]").first.click()
        out.click()
        assert len(asked) == 1 and "noch etwas nicht abgegeben" in asked[0]
        expect(page.locator("#ranked > li")).to_have_count(1)
        page.locator("#cast-now").click()
        expect(page.locator("h1")).to_have_text(SAVED)
        storage = "JSON.stringify([Object.entries(sessionStorage), Object.entries(localStorage)])"
        assert "levels" not in page.evaluate(storage), "no ranking in the browser after saving"
        page.get_by_role("link", name="Ändern").click()
        page.locator("#ranked [data-do=silent], #unsorted [data-do=add]").first.wait_for(state="attached")
        page.locator("#unsorted [data-do=add]").first.click()
        agrees[0] = True
        context.route(
            "**/logout", lambda route: (time.sleep(1), route.continue_())
        )  # the other window is quicker
        out.click()
        expect(page.locator("h1")).to_have_text("Dieses Gerät ist frei für die nächste Person")
        assert len(asked) == 2, "one question, not two"
        assert page.evaluate(storage) == "[[],[]]"
        for _ in range(2):
            page.go_back()
            expect(page.get_by_label("Passwort")).to_be_visible()
            assert page.locator("#ranked, #saved").count() == 0
        expect(other.locator("h1")).to_have_text("Willkommen")
        assert other.evaluate(storage) == "[[],[]]", "the other window is cleared as well"
        context.close()


def test_another_account_in_the_same_tab_sees_no_draft(app, house, sits_down):
    """Without "Gerät weitergeben": the login ended, somebody else logged in."""
    petra = sits_down("petra")
    arrange(petra, unsorted(petra)[0])
    petra.context.clear_cookies()
    petra.context.add_cookies([cookie_of(app, house.people["samuel"].id)])
    petra.go(f"/sessions/{house.session.id}")
    expect(petra.heading()).to_have_text(BALLOT)
    expect(petra.page.get_by_text("Samuel Roth")).to_be_visible()
    stands(petra)
    petra.until("Object.keys(sessionStorage).every((key) => !key.startsWith('werkstatt:'))")


def test_another_login_of_the_same_person_may_replace_but_not_read(house, guest, sits_down):
    petra = sits_down("petra")
    arrange(petra, unsorted(petra)[0])
    petra.press("Jetzt so abgeben")
    expect(petra.heading()).to_have_text(SAVED)
    second = sits_down("petra")
    expect(second.page.locator("#ballot-status")).to_contain_text("Ihre Stimme liegt vor.")
    stands(second)
    arrange(second, unsorted(second)[1])
    second.press("Jetzt so abgeben")
    expect(second.heading()).to_have_text(SAVED)
    petra.page.reload()
    expect(petra.page.locator("#ballot-status")).to_contain_text("Ihre Stimme liegt vor.")


# ---- when something fails


def test_c16_every_failure_that_passes_ends_in_saved_by_itself(app, house, sits_down):
    """Cut, no answer, 429, 500, 503, a hotel's page, a lost answer: told each time, sent again, stored once.

    The CDN hangs all the while: nothing from outside has a part in casting.
    """
    petra = sits_down("petra", cdn="silent")
    petra.allowed = ("status of", "ERR_", "htmx")
    first, second, *_ = unsorted(petra)
    arrange(petra, first, second)
    page, asked = petra.page, []

    def fail(route):
        asked.append(route.request.post_data)
        match len(asked):
            case 1:
                route.abort("connectionreset")
            case 2:
                pass  # connected, and never a word
            case 3 | 4 | 5 as number:
                status = {3: 429, 4: 500, 5: 503}[number]
                route.fulfill(status=status, body="<p>oh</p>", headers={"Retry-After": "1"})
            case 6:
                route.fulfill(status=200, body="<title>Willkommen im Hotel-WLAN</title>")
            case 7:
                route.fetch(max_redirects=0)  # it arrives, and the answer is lost
                route.abort("connectionreset")
            case _:
                route.continue_()

    page.route("**/ballot", fail)
    page.evaluate(HURRY)
    page.evaluate(WATCH_ALERTS)
    petra.press("Jetzt so abgeben")
    expect(page.locator("#alert")).to_contain_text(NOT_CONFIRMED)
    stands(petra, first, second)
    expect(page.locator("#cast-now")).to_be_enabled()
    expect(petra.heading()).to_have_text(SAVED)
    told = page.evaluate("window.alerts")
    assert [OVERLOADED in one for one in told] == [False, True, False], told
    assert len(asked) == 8 and len(set(asked)) == 1, "the same, seven times too often"
    row = ballot_of(app, house, "petra")
    assert cast_count(house) == 1 and row.rev == 1 and cast_by(app, house, "petra") == [first, second]
    assert kept(petra) == []


def test_c16_without_a_connection_the_button_and_a_change_meanwhile(app, house, sits_down):
    """Offline; by button; an order that is changed while the older one is on its way is not lost and not sent."""
    petra = sits_down("petra")
    petra.allowed = ("ERR_", "htmx")
    page, (first, second, *_) = petra.page, unsorted(petra)
    arrange(petra, first)
    petra.context.set_offline(True)
    petra.press("Jetzt so abgeben")
    expect(page.locator("#alert")).to_contain_text(NOT_CONFIRMED)
    expect(page.locator("#connection")).to_have_text(re.compile("keine Verbindung"))
    expect(page.locator("#ballot-status b")).to_have_text("Noch nicht bestätigt.")  # it may have arrived
    petra.press("Weiter")
    expect(page.locator("#alert")).to_contain_text(
        "Keine Verbindung zum Server. Ihre Reihenfolge steht noch hier."
    )
    petra.press("Jetzt so abgeben")
    expect(page.locator("#alert")).to_contain_text(NOT_CONFIRMED)
    petra.press(f"{second} hinzufügen")
    petra.context.set_offline(False)
    petra.press("Jetzt noch einmal senden")
    expect(page.locator("#notice")).to_contain_text("Ihre Änderungen seitdem sind noch nicht abgegeben")
    expect(page.locator("#alert")).to_be_hidden()
    expect(page.locator("#ballot-status b")).to_have_text(
        "Ihre gespeicherte Stimme gilt, bis Sie neu abgeben."
    )
    stands(petra, first, second)
    assert cast_by(app, house, "petra") == [first]
    petra.press("Jetzt so abgeben")
    expect(petra.heading()).to_have_text(SAVED)
    assert cast_by(app, house, "petra") == [first, second] and cast_count(house) == 1


def test_c16_what_is_refused_says_why_and_keeps_the_order(app, house, sits_down, guest):
    """413, 422, a newer ballot from elsewhere (409), an expired login (401), a new login in another window."""
    petra = sits_down("petra")
    petra.allowed = ("status of",)
    page, alert = petra.page, petra.page.locator("#alert")
    first, second, *_ = unsorted(petra)
    arrange(petra, second, first)
    said = {413: "Das ist zu groß.", 422: "So konnte das nicht gespeichert werden."}
    for status, sentence in said.items():
        page.route("**/ballot", answering(status, sentence))
        petra.press("Jetzt so abgeben")
        expect(alert).to_have_text(f"Noch nicht gespeichert. {sentence} Ihre Reihenfolge steht noch hier.")
        page.unroute("**/ballot")
        expect(page.locator("#ballot-status b")).to_have_text("Noch nicht abgegeben.")
        stands(petra, second, first)
    rounds.cast(app, house, "petra", [[0]])
    petra.press("Jetzt so abgeben")
    expect(alert).to_contain_text("Inzwischen liegt eine neuere Fassung Ihrer Stimme vor")
    stands(petra, second, first)
    db.session.rollback()
    begin_write()
    db.session.execute(delete(Login))
    db.session.commit()
    petra.press("Jetzt so abgeben")
    expect(alert).to_contain_text("Ihre Anmeldung ist beendet. Ihre Reihenfolge bleibt auf diesem Gerät")
    stands(petra, second, first)
    petra.context.add_cookies([cookie_of(app, house.people["samuel"].id)])
    petra.press("Jetzt so abgeben")
    page.wait_for_timeout(500)
    assert cast_count(house) == 1, "nobody casts in another person's name"
    petra.context.add_cookies([cookie_of(app, house.people["petra"].id)])
    petra.press("Jetzt so abgeben")  # the form has the old login's token; it fetches the new one
    expect(petra.heading()).to_have_text(SAVED)
    assert cast_by(app, house, "petra") == [second, first]


def test_c60_a_login_is_kept_by_one_press_or_comes_back_with_the_order(app, house, sits_down):
    petra = sits_down("petra")
    petra.allowed = ("status of 401",)
    begin_write()
    house.people["petra"].password = join.HASHER.hash("ein langes Passwort")
    db.session.scalars(select(Login)).one().expires_at = utcnow() + timedelta(minutes=10, seconds=3)
    db.session.commit()
    petra.page.reload()
    first, second, *_ = unsorted(petra)
    arrange(petra, second, first)
    petra.page.locator(f'[data-letter="{second}"] [data-do=down]').focus()
    expect(petra.page.get_by_text(re.compile(r"Ihre Anmeldung endet um \d\d:\d\d Uhr"))).to_be_visible()
    petra.press("Angemeldet bleiben")
    expect(petra.page.locator("#login-ends")).to_be_hidden()
    expect(petra.page.locator(f'[data-letter="{second}"] [data-do=down]')).to_be_focused()
    stands(petra, second, first)
    db.session.rollback()
    begin_write()
    db.session.execute(delete(Login))
    db.session.commit()
    petra.press("Jetzt so abgeben")
    petra.press("Anmelden")
    petra.fill("E-Mail-Adresse", "petra@example.org")
    petra.fill("Passwort", "ein langes Passwort")
    petra.press("Anmelden")
    expect(petra.heading()).to_have_text(BALLOT)
    stands(petra, second, first)
    assert petra.asked == [], "what is kept is not asked about"
    petra.press("Jetzt so abgeben")
    expect(petra.heading()).to_have_text(SAVED)
