"""Everybody ranks, and the round ends: nothing jumps, the last minute, taken back, the proof (C17)."""

from __future__ import annotations

import contextlib
import re
import time

import pytest
from playwright.sync_api import Error, expect

from tests import rounds
from tests.story.ballots import (
    BALLOT,
    CLOSED,
    HURRY,
    NOT_CONFIRMED,
    SAVED,
    arrange,
    cast_by,
    cast_count,
    kept,
    stands,
    unsorted,
)
from tests.story.conftest import PATIENCE
from werkstatt.acts import prepare, rank, result
from werkstatt.db import begin_write, db
from werkstatt.terms import Phase, RoundState

pytestmark = pytest.mark.browser
expect.set_options(timeout=PATIENCE)


WATCH_DEADLINE = """window.said = []; new MutationObserver(() => {
  const text = document.querySelector("#deadline").innerText;
  if (window.ended) window.said.push(text);
  window.ended ||= text.startsWith("Die Zeit ist um");
}).observe(document.querySelector("#deadline"), { childList: true, attributes: true, subtree: true })"""


def gone(house) -> None:
    """Wait until the clerk has destroyed what was taken back."""
    until = time.monotonic() + PATIENCE / 1000
    while rank.unfinished(house.session.id) is not None:
        assert time.monotonic() < until, "the clerk does not come"
        db.session.rollback()
        time.sleep(0.1)
    db.session.rollback()


def test_c17_nothing_jumps_while_others_cast_and_the_moderator_steers(app, house, open_round, guest):
    """Order, focus, an open menu and the scroll stay: 20 casts, announcement, extension, one taken back."""
    crowd = house.crowd(20)
    mona = house.actor("mona")
    rank.cancel(house.session, mona, open_round.id, reason="noch einmal mit allen")
    db.session.commit()
    gone(house)
    round = rounds.reopened(app, house)
    petra = guest("petra", house.people["petra"].id, viewport={"width": 390, "height": 700})
    petra.go(f"/sessions/{house.session.id}")
    letters = unsorted(petra)
    arrange(petra, *letters[:4])
    page = petra.page
    page.locator(f'[data-letter="{letters[3]}"] summary', has_text="Mehr").click()
    page.get_by_label("Platz").and_(page.locator(f'[data-letter="{letters[3]}"] [data-goto]')).fill("2")
    page.evaluate("scrollTo(0, document.body.scrollHeight / 2)")
    look = """() => ({ y: scrollY, focus: document.activeElement.matches("[data-goto]") && document.activeElement.value,
        ranked: document.querySelector("#ranked").innerText, unsorted: document.querySelector("#unsorted").innerText,
        top: Math.round(document.querySelector("#ranked").getBoundingClientRect().top) })"""
    before = page.evaluate(look)
    assert before["focus"] == "2" and before["y"] > 100
    samuel = guest(
        "samuel", house.people["samuel"].id
    )  # at the top of the page, where nothing anchors the view
    samuel.go(f"/sessions/{house.session.id}")
    arrange(samuel, *unsorted(samuel)[:2])
    seen = samuel.page.evaluate(look)
    for number, account in enumerate(crowd):
        rounds.cast(app, house, account.id, [[number % 7]], round=round)
    rank.announce(house.session, mona, round.id, seconds=60)
    db.session.commit()
    clock = page.locator("#deadline .clock")
    expect(clock).to_have_text(re.compile(r"00:5\d"))
    expect(samuel.page.locator("#deadline.warn")).to_contain_text("Die Abstimmung schließt in")
    rank.extend(house.session, mona, round.id)
    db.session.commit()
    expect(clock).to_have_text(re.compile(r"02:5\d"))
    assert samuel.page.evaluate(look) == seen
    expect(page.locator("#ballot-status")).to_contain_text("Noch nicht abgegeben.")
    rank.withdraw_announcement(house.session, mona, round.id)
    db.session.commit()
    expect(page.locator("#deadline [data-open]")).to_be_visible()
    assert page.evaluate(look) == before
    petra.press("Setzen", page.locator(f'[data-letter="{letters[3]}"]'))
    stands(petra, letters[0], letters[3], letters[1], letters[2])


def test_the_last_minute_and_what_an_unsent_order_sees(app, house, open_round, sits_down):
    """One saves, one has changed a saved vote, one is on the way with it, one has sent nothing; then the proof."""
    petra, samuel, vera = (sits_down(name) for name in ("petra", "samuel", "vera"))
    vera.allowed = ("ERR_", "status of 409")
    for one in (petra, samuel, vera):
        arrange(one, unsorted(one)[0])
    samuel.press("Jetzt so abgeben")
    expect(samuel.heading()).to_have_text(SAVED)
    code = samuel.page.locator("#saved").get_attribute("data-code")

    def loses_the_answer(route):
        route.fetch(max_redirects=0)
        with contextlib.suppress(Error):  # it was let go meanwhile
            route.abort("connectionreset")

    vera.page.route("**/ballot", loses_the_answer)
    vera.page.evaluate(HURRY)
    rank.announce(house.session, house.actor("mona"), open_round.id, seconds=3)
    db.session.commit()
    for one in (petra, samuel):
        expect(one.page.locator("#deadline.warn")).to_contain_text("Die Abstimmung schließt in")
    expect(petra.page.locator("#deadline")).to_contain_text("Wer sortiert, aber nicht abgegeben hat")
    expect(petra.page.get_by_role("button", name="Jetzt so abgeben")).to_be_in_viewport()
    expect(samuel.page.locator("#deadline")).not_to_contain_text("Wer sortiert")
    vera.press("Jetzt so abgeben")  # it arrives; she never hears of it
    expect(vera.page.locator("#alert")).to_contain_text(NOT_CONFIRMED)
    expect(petra.page.locator("#alert")).to_have_text(
        "Geschlossen. Diese Reihenfolge wurde nicht abgegeben und nicht gezählt."
    )
    expect(samuel.heading()).to_have_text(CLOSED)
    expect(petra.page.get_by_role("button", name="Weiter", exact=True)).to_be_disabled()
    assert petra.page.locator("#ranked .letter").count() == 1 and kept(petra) == []
    expect(petra.page.locator("#ballot [data-do]:visible")).to_have_count(0)
    expect(petra.page.locator("#ranked .letter")).to_be_visible()
    vera.page.unroute("**/ballot")
    expect(vera.page.locator("#alert")).to_contain_text(re.compile("Ihr Prüfcode .* steht in der Liste"))
    samuel.page.locator("summary", has_text="Nachweis").click()
    proof = f"Ihr Prüfcode {code} steht in der Liste: Ihre Stimme wurde gezählt."
    expect(samuel.page.locator("#proof")).to_have_text(proof)
    samuel.press("Liste aller Prüfcodes")
    expect(samuel.page.locator("#proof")).to_have_text(proof)
    expect(samuel.page.locator("#codes .code")).to_have_count(2)
    samuel.fill("Ihr Prüfcode", code.lower())
    samuel.press("In der Liste suchen")
    expect(samuel.page.locator(".status.good")).to_contain_text("steht in der Liste")
    petra.press("Es geht weiter. Seite aktualisieren")
    expect(petra.heading()).to_have_text(CLOSED)
    expect(petra.page.locator("#proof")).to_be_hidden()
    assert petra.asked == []


def test_c17_unconfirmed_at_the_close_is_told_so_and_no_more_than_is_known(app, house, open_round, sits_down):
    """One never confirmed, one with a change of a saved ballot: closed is said and stays; then the proof, truly."""
    petra, samuel = sits_down("petra"), sits_down("samuel")
    orders = {one: unsorted(one)[:3] for one in (petra, samuel)}
    for one in orders:
        one.allowed = ("ERR_", "status of 409")
    arrange(samuel, *orders[samuel][:2])
    samuel.press("Jetzt so abgeben")
    expect(samuel.heading()).to_have_text(SAVED)
    samuel.press("Ändern")
    samuel.press(f"{orders[samuel][2]} hinzufügen")
    arrange(petra, *orders[petra])
    for one in orders:
        one.page.route("**/ballot", lambda route: route.abort("connectionreset"))
        one.press("Jetzt so abgeben")
        expect(one.page.locator("#alert")).to_contain_text(NOT_CONFIRMED)
        expect(one.page.locator("#ballot-status b")).to_have_text("Noch nicht bestätigt.")
        one.page.evaluate(WATCH_DEADLINE)
    rank.announce(house.session, house.actor("mona"), open_round.id, seconds=2)
    db.session.commit()
    for one, order in orders.items():
        expect(one.page.locator("#deadline")).to_have_text(
            "Die Abstimmung ist geschlossen.", use_inner_text=True
        )
        for _ in range(2):
            with one.page.expect_response("**/pulse/*"):
                pass
        expect(one.page.locator("#deadline")).to_have_text(
            "Die Abstimmung ist geschlossen.", use_inner_text=True
        )
        assert "offen" not in " ".join(one.page.evaluate("window.said")), "closed is not open again"
        expect(one.page.locator("#alert")).to_contain_text(NOT_CONFIRMED)
        stands(one, *order)
        one.page.unroute("**/ballot")
        one.press("Jetzt noch einmal senden")
    alert = samuel.page.locator("#alert")
    expect(alert).to_contain_text("steht in der Liste: Eine Stimme von Ihnen wurde gezählt. Welche Fassung")
    expect(alert).to_contain_text(
        "Kam die hier gezeigte Reihenfolge nicht an, zählt, was vorher angekommen ist."
    )
    expect(petra.page.locator("#alert")).to_contain_text("Von Ihnen wurde keine Stimme gezählt.")


def test_whoever_came_in_before_it_began_follows_to_the_result(app, house, guest):
    """The welcome page is the same document all day, only its work is swapped: saved, closed, released reach it."""
    rounds.propose(house)
    petra = guest("petra", house.people["petra"].id)
    petra.go(f"/workshops/{house.workshop.id}")
    expect(petra.heading()).to_have_text("Willkommen, Petra Vogel")
    petra.page.evaluate("window.document.documentElement.dataset.arrived = 'once'")
    mona = house.actor("mona")
    for phase in (Phase.COLLECT, Phase.DISCUSS, Phase.CONSOLIDATE, Phase.RANK):
        prepare.advance(house.session, mona, leaving=house.session.phase)
        db.session.commit()
        assert house.session.phase is phase
    expect(petra.heading()).to_have_text("Jetzt: Gleich stimmen wir ab")
    round = rounds.reopened(app, house)
    expect(petra.heading()).to_have_text(BALLOT)
    assert petra.page.locator("html[data-arrived]").count() == 1, "it was swapped, not loaded"
    arrange(petra, unsorted(petra)[0])
    petra.press("Jetzt so abgeben")
    expect(petra.heading()).to_have_text(SAVED)
    rank.announce(house.session, mona, round.id, seconds=0)
    db.session.commit()
    expect(petra.heading()).to_have_text(CLOSED)
    until = time.monotonic() + PATIENCE / 1000
    while round.state is not RoundState.CLOSED:
        assert time.monotonic() < until, "the clerk does not come"
        db.session.rollback()
        time.sleep(0.1)
    result.release(house.session, mona, round.id)
    db.session.commit()
    expect(petra.heading()).to_have_text(f"Ergebnis: {house.session.title}")


def test_a_round_that_is_taken_back_goes_on_as_a_draft_in_the_next(app, house, open_round, sits_down):
    """The unsent order stays and is carried over, and so is what was cast and destroyed."""
    petra, samuel = sits_down("petra"), sits_down("samuel")
    first, second, third, *_ = unsorted(petra)
    arrange(petra, third, first)
    arrange(samuel, second, third)
    samuel.press(f"keine Meinung zu {first}")
    samuel.press("Jetzt so abgeben")
    expect(samuel.heading()).to_have_text(SAVED)
    rank.cancel(house.session, house.actor("mona"), open_round.id, reason="ein Titel fehlte")
    db.session.commit()
    expect(petra.page.locator("#alert")).to_contain_text("Grund: ein Titel fehlte")
    stands(petra, third, first)
    expect(samuel.page.get_by_text("Grund: ein Titel fehlte")).to_be_visible()
    gone(house)
    rounds.reopened(app, house)
    for one, order in ((petra, (third, first)), (samuel, (second, third))):
        expect(one.heading()).to_have_text(BALLOT)
        stands(one, *order)
        expect(one.page.locator("#notice")).to_contain_text(
            "aus der zurückgenommenen Abstimmung steht als Entwurf hier"
        )
    expect(samuel.page.locator("#silent .letter")).to_have_text([first])
    assert cast_count(house) == 0 and len(kept(petra)) == 1
    petra.press("Jetzt so abgeben")
    expect(petra.heading()).to_have_text(SAVED)
    assert cast_by(app, house, "petra") == [third, first]
    assert petra.asked == []


def test_without_htmx_an_alert_on_the_console_goes_by_itself_unless_somebody_types(
    app, house, open_round, guest
):
    rank.announce(house.session, house.actor("mona"), open_round.id, seconds=600)
    open_round.problem = "failed"
    db.session.commit()
    mona = guest("mona", house.people["mona"].id, cdn="refused")
    mona.allowed = ("ERR_CONNECTION_REFUSED",)
    mona.page.clock.install()
    page = mona.go(f"/sessions/{house.session.id}/console")
    alert = page.locator("#round-problem [role=alert]")
    expect(alert).to_have_count(1)
    begin_write()
    open_round.problem = ""
    db.session.commit()
    minutes = page.locator("#page input[type=number]").first
    minutes.focus()
    page.clock.run_for(20_000)
    expect(alert).to_have_count(1)
    minutes.blur()
    page.clock.run_for(9_000)
    expect(alert).to_have_count(0)
