"""A01: axe finds nothing on any page, in light and in dark; and every page is on the list."""

from __future__ import annotations

import json
from pathlib import Path

import axe_playwright_python
import pytest
from playwright.sync_api import Page

from tests.story import visits
from tests.story.conftest import cookie_of

pytestmark = pytest.mark.browser

AXE = (Path(axe_playwright_python.__file__).parent / "axe.min.js").read_text()
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22a", "wcag22aa", "best-practice"]
EVERYTHING = {"runOnly": {"type": "tag", "values": TAGS}, "resultTypes": ["violations"]}
# Colours are all that a theme changes.
COLOURS = {
    "runOnly": {"type": "rule", "values": ["color-contrast", "link-in-text-block"]},
    "resultTypes": ["violations"],
}
RUN = "(options) => axe.run(document, options).then((found) => found.violations)"
UNFOLD = "for (const fold of document.querySelectorAll('details')) fold.open = true;"


def findings(page: Page, options: dict) -> list[str]:
    return [
        f"{one['id']} ({one['help']}): " + " | ".join(node["html"][:160] for node in one["nodes"][:3])
        for one in page.evaluate(RUN, options)
    ]


def send(page: Page, ending: str) -> int:
    """Send a form as it stands, whatever the browser would say about empty fields; the answer's status."""
    action, _, how = ending.partition("#")
    with page.expect_navigation() as coming:
        page.evaluate(SEND, [action, how])
    return coming.value.status


SEND = """([ending, how]) => {
  const form = [...document.forms].find((one) => one.getAttribute("action").endsWith(ending) && one.getAttribute("method") === "post");
  if (!form) throw new Error(`${location.pathname} has no form for ${ending}`);
  if (how === "review") form.append(Object.assign(document.createElement("input"), { type: "hidden", name: "step", value: "review" }));
  if (how === "nameless") form.elements.name.value = "";
  if (how === "passage") form.elements.passage.value = "und";
  if (how === "mark") form.elements.mark.value = "outdated";
  HTMLFormElement.prototype.submit.call(form);
}"""


def come_to(page: Page, base: str, what: visits.Visit) -> int:
    """Go there; the status of what is shown."""
    status = page.goto(base + what.path).status
    return send(page, what.send) if what.send else status


def visit(one, what: visits.Visit) -> list[str]:
    """Go there, unfold everything, look, and turn the lights off."""
    page = one.page
    status = come_to(page, one.base, what)
    wrong = [] if status == what.status else [f"status {status} instead of {what.status}"]
    page.evaluate(UNFOLD + AXE)
    wrong += findings(page, EVERYTHING)
    page.emulate_media(color_scheme="dark")
    wrong += [f"dark: {text}" for text in findings(page, COLOURS)]
    page.emulate_media(color_scheme="light")
    return wrong


@pytest.mark.timeout(900)  # one world for all pages; on a busy machine they take their time
def test_a01_axe_finds_nothing_on_any_page(app, guest):
    filled = visits.fill(app)
    assert not visits.unvisited(app, filled.visits), "add them to tests/story/visits.py"
    people, wrong = {}, {}
    for what in filled.visits:
        if what.who not in people:
            people[what.who] = guest(what.who or "nobody", color_scheme="light", reduced_motion="reduce")
            people[what.who].allowed = ("the server responded with a status of 4",)
            if what.who:
                people[what.who].context.add_cookies([cookie_of(app, 0, filled.logins[what.who])])
        found = visit(people[what.who], what)
        if found:
            wrong[f"{what.name} ({what.who}, {what.path})"] = found
    assert not wrong, json.dumps(wrong, indent=1, ensure_ascii=False)
