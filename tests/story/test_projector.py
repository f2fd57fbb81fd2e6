"""The projector in a real browser: everything stands on one screen, and nobody has to scroll a wall."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.results import SIZES, TITLES, ballots, counted
from werkstatt.counting import Ranking
from werkstatt.db import begin_write, db
from werkstatt.terms import RoundState
from werkstatt.web import projector

pytestmark = pytest.mark.browser

SCREENS = [(1920, 1080), (1366, 768)]
LONG = (
    *TITLES,
    "Gemeinsame Erprobungsräume für die Kreislaufwirtschaft in ländlichen Regionen und Mittelstädten",
    "Ein Fonds für die Nachfolge in Familienunternehmen mit weniger als fünfzig Beschäftigten",
    "Eine Anlaufstelle für Fachkräfte aus dem Ausland, die Behördengänge bündelt und begleitet",
    "Lernfabriken an allen Berufsschulzentren, mit Werkstätten, die auch abends offen sind",
    "Offene Labore",
)
ROOMS = {
    "usual": {},
    "long": {"titles": LONG, "votes": ballots(SIZES, len(LONG), noise=9)},
    "tied": {"titles": LONG, "votes": ballots({"industry": 3, "science": 1, "administration": 2}, len(LONG))},
    "five": {"titles": LONG[-5:], "votes": ballots(SIZES, 5, noise=9)},
    "longest": {
        "titles": tuple(f"{n}. {'Ein langer Titel mit vielen Worten ' * 6}"[:160] for n in range(12)),
        "votes": ballots(SIZES, 12, noise=9),
    },
    "all tied": {
        "titles": LONG[:12],
        "votes": [(Ranking((tuple(range(12)),)), g) for g in ("industry", "science")] * 6,
    },
    "all tied and long": {
        "titles": tuple(f"{n}. {'Ein langer Titel mit vielen Worten ' * 6}"[:160] for n in range(12)),
        "votes": [(Ranking((tuple(range(12)),)), None)] * 12,
    },
    "few": {"titles": TITLES[:3], "votes": ballots(SIZES, 3)},
}
# At least so many items; ten of them where they have short titles.
SHOWN = {
    "usual": 9,
    "long": 7,
    "tied": 9,
    "five": 5,
    "longest": 4,
    "few": 3,
    "all tied": 12,
    "all tied and long": 0,  # letters alone
}
# What stands outside of the window, or under something else; a picture or a text.
OUTSIDE = """() => [...document.querySelectorAll("#page h1, #page h2, #page p, #page li, #page small, #page img, #page .code")]
  .filter((one) => { const box = one.getBoundingClientRect();
    return box.height && (box.bottom > innerHeight + 1 || box.right > innerWidth + 1 || box.top < 0); })
  .map((one) => one.textContent.trim().slice(0, 40) || one.className)"""


@pytest.fixture
def wall(app, house, guest):
    """``wall("de-DE", (1920, 1080))``: the result's page on a projector of this size."""

    def hang(width: int, height: int, **how):
        with app.test_request_context():
            address = projector.screen_url(house.session, house.workshop)
        one = guest("projector", viewport={"width": width, "height": height}, **how)
        one.go(address)
        expect(one.page.locator("#front")).to_be_visible()
        one.page.wait_for_load_state("load")  # its own styles, and the picture of the code
        return one.page

    return hang


@pytest.mark.parametrize("room", ROOMS)
def test_the_result_stands_on_one_screen_with_the_code(house, wall, room):
    counted(house, RoundState.RELEASED, **ROOMS[room])
    begin_write()
    house.session.question = "Mit welchen Maßnahmen können wir die Zusammenarbeit von Industrie, Wissenschaft und Verwaltung bis 2030 stärken?"
    db.session.commit()
    for locale in ("de-DE", "en-GB"):
        page = wall(*SCREENS[0], locale=locale, color_scheme="dark" if locale == "en-GB" else "light")
        for width, height in SCREENS:
            page.set_viewport_size({"width": width, "height": height})
            if folder := os.environ.get("WERKSTATT_TEST_PICTURES"):
                page.screenshot(path=Path(folder) / f"{room}-{locale}-{height}.png")
            tall = page.evaluate("document.documentElement.scrollHeight")
            assert (tall, page.evaluate(OUTSIDE)) == (height, []), (locale, width)
        assert page.locator("#front .place").count() >= SHOWN[room]
