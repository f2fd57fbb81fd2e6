"""What happens elsewhere while a ballot is on a page: another device, another page, the key, paper (C16)."""

from __future__ import annotations

import contextlib
import re
import threading
import time

import pytest
from playwright.sync_api import Error, expect

from tests import rounds
from tests.story.ballots import (
    BALLOT,
    HURRY,
    NOT_CONFIRMED,
    SAVED,
    arrange,
    ballot_of,
    cast_by,
    cast_count,
    stands,
    unsorted,
)
from tests.story.conftest import PATIENCE
from werkstatt.acts import prepare, rank
from werkstatt.db import db
from werkstatt.terms import Phase

pytestmark = pytest.mark.browser
expect.set_options(timeout=PATIENCE)


def test_c16_an_older_sending_never_replaces_a_newer_ballot_by_itself(app, house, sits_down):
    """Offline at the laptop, meanwhile saved on the phone: back online the laptop asks, and replaces when told to."""
    laptop, phone = sits_down("petra"), sits_down("petra")
    laptop.allowed = ("ERR_", "htmx", "status of 409")
    letters = unsorted(laptop)
    arrange(laptop, *letters[:3])
    laptop.context.set_offline(True)
    laptop.press("Jetzt so abgeben")
    alert = laptop.page.locator("#alert")
    expect(alert).to_contain_text(NOT_CONFIRMED)
    arrange(phone, letters[6], letters[5])
    phone.press("Jetzt so abgeben")
    expect(phone.heading()).to_have_text(SAVED)
    laptop.context.set_offline(False)
    expect(alert).to_contain_text("Inzwischen liegt eine neuere Fassung Ihrer Stimme vor")
    stands(laptop, *letters[:3])
    laptop.page.wait_for_timeout(1500)  # longer than the pause before the next try would be
    assert (
        cast_by(app, house, "petra") == [letters[6], letters[5]] and ballot_of(app, house, "petra").rev == 1
    )
    laptop.press("Diese Fassung abgeben")
    expect(laptop.heading()).to_have_text(SAVED)
    assert cast_by(app, house, "petra") == letters[:3] and ballot_of(app, house, "petra").rev == 2


def test_c16_ones_own_lost_answer_is_no_stranger_even_after_a_change(app, house, sits_down):
    """It arrived and the answer was lost; the order was changed, reviewed and cast: no question, and the change holds."""
    petra = sits_down("petra")
    petra.allowed = ("ERR_", "htmx", "status of 409")
    page, (first, second, *_) = petra.page, unsorted(petra)
    arrange(petra, first)
    page.route("**/ballot", lambda route: (route.fetch(max_redirects=0), route.abort("connectionreset")))
    petra.press("Jetzt so abgeben")
    expect(page.locator("#alert")).to_contain_text(NOT_CONFIRMED)
    page.route("**/ballot", lambda route: route.abort("connectionreset"))
    petra.press(f"{second} hinzufügen")
    page.unroute("**/ballot")
    petra.press("Weiter")
    petra.press("Stimme abgeben")
    expect(petra.heading()).to_have_text(SAVED)
    assert cast_by(app, house, "petra") == [first, second] and ballot_of(app, house, "petra").rev == 2


def test_c16_a_page_of_somebody_else_ends_nothing(app, house, open_round, sits_down):
    """A proxy's 502, a hotel's 200 and our own 503 in the background: the ballot stays usable; the truth comes when it can."""
    petra, samuel = sits_down("petra"), sits_down("samuel")
    for one in (petra, samuel):
        one.allowed = ("status of",)
        one.page.evaluate(HURRY)
    arrange(petra, *unsorted(petra)[:2])
    arrange(samuel, unsorted(samuel)[0])
    samuel.press("Jetzt so abgeben")
    expect(samuel.heading()).to_have_text(SAVED)
    asked: dict[str, int] = {"petra": 0, "samuel": 0}

    def elsewhere(name):
        def answer(route):
            asked[name] += 1
            status = (502, 200, 503)[asked[name] % 3]
            page = "<title>Hotel-WLAN</title><h1>Willkommen</h1><form action='/login'></form>"
            route.fulfill(status=status, body=page, content_type="text/html")

        return answer

    here = re.compile(rf"/sessions/{house.session.id}(\?change=1)?$")
    for one in (petra, samuel):
        one.page.route(here, elsewhere(one.name))
    rank.announce(house.session, house.actor("mona"), open_round.id, seconds=600)
    db.session.commit()
    for name, one in (("petra", petra), ("samuel", samuel)):
        for _ in range(100):
            if asked[name] >= 4:
                break
            one.page.wait_for_timeout(100)
        assert asked[name] >= 4, "it looks again by itself"
    expect(petra.heading()).to_have_text(BALLOT)
    expect(petra.page.locator("#cast-now")).to_be_enabled()
    expect(petra.page.locator("#alert")).to_be_hidden()
    expect(samuel.heading()).to_have_text(SAVED)
    rank.cancel(house.session, house.actor("mona"), open_round.id, reason="ein Titel fehlte")
    db.session.commit()
    petra.page.unroute(here)
    expect(petra.page.locator("#alert")).to_contain_text("Grund: ein Titel fehlte")


def test_c16_a_missing_key_is_said_and_sent_again_by_itself(app, house, open_round, sits_down):
    petra = sits_down("petra")
    petra.allowed = ("status of 503",)
    first, second, *_ = unsorted(petra)
    arrange(petra, first, second)
    file = rounds.keys_of(app).path / f"{open_round.key_id}.key"
    away = file.rename(file.with_suffix(".away"))
    petra.page.evaluate(HURRY)
    petra.press("Jetzt so abgeben")
    expect(petra.page.locator("#alert")).to_contain_text("Dem Server fehlt der Schlüssel. Bitte Hand heben.")
    expect(petra.page.locator("#cast-now")).to_be_enabled()
    stands(petra, first, second)
    away.rename(file)
    expect(petra.heading()).to_have_text(SAVED)


def test_c16_a_line_that_is_slower_than_the_first_patience_gets_more_of_it(app, house, sits_down):
    """Each answer takes longer than the first try waits: it must not be cut off for ever."""
    petra = sits_down("petra")
    petra.allowed = ("ERR_",)
    arrange(petra, unsorted(petra)[0])

    def slowly(route):
        answer = route.fetch()
        time.sleep(1.5)
        with contextlib.suppress(Error):  # the page has given this one up
            route.fulfill(response=answer)

    petra.page.route("**/ballot", slowly)
    petra.page.evaluate(HURRY)  # 1, 2, then 3 seconds
    petra.press("Jetzt so abgeben")
    expect(petra.heading()).to_have_text(SAVED)
    assert ballot_of(app, house, "petra").rev == 1


def test_paper_and_back_is_told_to_whoever_had_a_ballot(app, house, open_round, sits_down):
    """One had saved, one has only sorted; both get paper, and both get their device back."""
    petra, samuel = sits_down("petra"), sits_down("samuel")
    orders = {one: unsorted(one)[:2] for one in (petra, samuel)}
    for one, order in orders.items():
        arrange(one, *order)
    petra.press("Jetzt so abgeben")
    expect(petra.heading()).to_have_text(SAVED)

    def mark(*, on_paper: bool) -> None:
        for name in ("petra", "samuel"):
            member = house.member(name).id
            rank.mark(
                house.session,
                house.actor("mona"),
                rounds.keys_of(app),
                member,
                on_paper=on_paper,
                reason="device",
            )
        db.session.commit()

    mark(on_paper=True)
    expect(petra.page.locator("#no-vote")).to_contain_text("Sie stimmen auf Papier ab.")
    expect(petra.page.locator("#notice")).to_have_text(
        "Sie stimmen jetzt auf Papier ab; Ihre elektronische Stimme ist gelöscht."
    )
    expect(samuel.page.locator("#alert")).to_contain_text("Sie stimmen auf Papier ab.")
    expect(samuel.page.locator("#cast-now")).to_be_disabled()
    mark(on_paper=False)
    for one, order in orders.items():
        expect(one.heading()).to_have_text(BALLOT)
        stands(one, *order)
        expect(one.page.locator("#cast-now")).to_be_enabled()
        expect(one.page.locator("#alert")).to_be_hidden()
        expect(one.page.locator("#ballot-status")).to_contain_text("Noch nicht abgegeben.")
    gone = "Ihre elektronische Stimme wurde gelöscht, weil Sie zwischenzeitlich auf Papier eingetragen waren."
    expect(petra.page.locator("#notice")).to_contain_text(gone)
    expect(samuel.page.locator("#notice")).to_be_hidden()
    petra.press("Jetzt so abgeben")
    expect(petra.heading()).to_have_text(SAVED)
    mark(on_paper=True)
    mark(on_paper=False)  # quicker than any page looks: the saved page still notices
    expect(petra.page.locator("#notice")).to_contain_text(gone)
    stands(petra, *orders[petra])
    assert cast_count(house) == 0


def test_whoever_sorts_keeps_hearing_the_round_when_somebody_elses_membership_ends(
    app, house, open_round, sits_down
):
    """The pulse has a new address then: an unsent order must not miss the close for it, nor may the page jump."""
    petra, samuel = sits_down("petra"), sits_down("samuel")
    petra.allowed = ("status of 404",)
    samuel.allowed = ("status of 404", "ERR_")
    arrange(petra, unsorted(petra)[0])
    prepare.end(house.workshop, house.actor("mona"), house.member("samuel").id)
    db.session.commit()
    expect(samuel.page.locator("form#ballot")).to_have_count(0)
    rank.announce(house.session, house.actor("mona"), open_round.id, seconds=600)
    db.session.commit()
    expect(petra.page.locator("#deadline.warn")).to_contain_text("Die Abstimmung schließt in")
    expect(petra.page.locator("#notice")).to_be_hidden()
    petra.press("Jetzt so abgeben")
    expect(petra.heading()).to_have_text(SAVED)


def test_a_membership_that_ends_before_the_first_pulse_takes_the_page_away(house, open_round, guest):
    """The page has never heard a pulse then, and the address of it is gone: it must not stand there for ever."""
    samuel = guest("samuel", house.people["samuel"].id)
    samuel.allowed = ("status of 404", "ERR_")
    samuel.page.route("**/pulse/*", lambda route: route.abort("connectionreset"))
    samuel.go(f"/sessions/{house.session.id}")
    expect(samuel.heading()).to_have_text(BALLOT)
    prepare.end(house.workshop, house.actor("mona"), house.member("samuel").id)
    db.session.commit()
    samuel.page.unroute("**/pulse/*")
    expect(samuel.page.locator("form#ballot")).to_have_count(0)


def test_a_step_between_the_page_and_its_first_pulse_is_noticed(app, house, guest):
    """On a slow network the page is old when it arrives: it must not wait for the step after that."""
    rounds.propose(house)
    house.in_phase(Phase.RANK)
    petra = guest("petra", house.people["petra"].id)
    petra.allowed = ("ERR_",)
    petra.page.route("**/pulse/*", lambda route: route.abort("connectionreset"))
    petra.go(f"/sessions/{house.session.id}")
    expect(petra.heading()).to_have_text("Jetzt: Gleich stimmen wir ab")
    rounds.reopened(app, house)
    petra.page.unroute("**/pulse/*")
    expect(petra.heading()).to_have_text(BALLOT)


def test_a_step_between_the_welcome_and_its_first_pulse_is_noticed_too(app, house, guest):
    """The workshop's page belongs to no session by itself, and neither does the desk's or the projector's."""
    rounds.propose(house)
    petra = guest("petra", house.people["petra"].id)
    petra.allowed = ("ERR_",)
    petra.page.route("**/pulse/*", lambda route: route.abort("connectionreset"))
    petra.go(f"/workshops/{house.workshop.id}")
    expect(petra.heading()).to_have_text("Willkommen, Petra Vogel")
    prepare.advance(house.session, house.actor("mona"), leaving=house.session.phase)
    db.session.commit()
    petra.page.unroute("**/pulse/*")
    expect(petra.heading()).to_contain_text("Jetzt: ")


def test_a_step_while_the_page_of_the_last_one_is_on_its_way_is_noticed(app, house, guest, monkeypatch):
    """On a slow network the next step comes before the page of this one does."""
    rounds.propose(house)
    house.in_phase(Phase.COLLECT)
    here = f"/sessions/{house.session.id}"
    petra = guest("petra", house.people["petra"].id)
    petra.go(here)
    petra.until("window.htmx !== undefined")
    rendered, may_leave, inner = threading.Event(), threading.Event(), app.wsgi_app

    def slow(environ, start_response):
        answer = inner(environ, start_response)
        if environ["PATH_INFO"] == here and not rendered.is_set():
            rendered.set()
            may_leave.wait(PATIENCE / 1000)
        return answer

    def step(leaving: Phase) -> None:
        prepare.advance(house.session, house.actor("mona"), leaving=leaving)
        db.session.commit()

    monkeypatch.setattr(app, "wsgi_app", slow)
    step(Phase.COLLECT)
    assert rendered.wait(PATIENCE / 1000)
    step(Phase.DISCUSS)
    petra.page.wait_for_timeout(3000)  # longer than a page waits between two pulses
    may_leave.set()
    expect(petra.heading()).to_have_text("Jetzt: Die Moderation führt Vorschläge zusammen")
