"""C30: hostile strings in every text of a whole workshop are shown letter for letter, and never run.

The demo with everything added is filled with about sixty strings, one or more in every free text of
every row. Then every page that people reach is opened in a real browser.
"""

from __future__ import annotations

import re

import pytest

from tests.story import hostile, visits
from tests.story.conftest import cookie_of
from werkstatt.db import db

pytestmark = pytest.mark.browser

WATCH = """
window.__reports = [];
document.addEventListener("securitypolicyviolation", (event) =>
  window.__reports.push(`${event.violatedDirective} ${event.blockedURI} ${event.sample}`));
"""
# What no page of ours has: handlers, frames, foreign addresses, scripts without the nonce.
LOOK = """() => {
  const wrong = [...window.__reports];
  for (const node of document.querySelectorAll("*")) {
    for (const { name, value } of node.attributes) {
      if (/^on|^hx-on|srcdoc|^style$/.test(name)) wrong.push(`${node.tagName} ${name}=${value}`);
      if (/^(href|src|action|formaction|hx-get|hx-post)$/.test(name) && /^\\s*(javascript|vbscript|data:text)/i.test(value)) wrong.push(`${node.tagName} ${name}=${value}`);
      if (/^(href|src|action|hx-get|hx-post)$/.test(name) && /evil\\.example/.test(new URL(value, location).host)) wrong.push(`${node.tagName} ${name}=${value}`);
    }
  }
  for (const tag of ["iframe", "object", "embed", "base", "math", "animate", "template", "style"])
    for (const node of document.getElementsByTagName(tag)) if (!/^controls-/.test(node.id)) wrong.push(`<${tag}> ${node.outerHTML.slice(0, 80)}`);
  for (const node of document.scripts) if (!node.nonce) wrong.push(`script without nonce ${node.outerHTML.slice(0, 80)}`);
  return wrong;
}"""
SEEN = """() => {
  const fields = [...document.querySelectorAll("input, textarea, option")].map((one) => one.value ?? one.text);
  return [document.title, document.body.textContent, ...fields].join("\\n");
}"""
LOST = re.compile(r"\s+")


def folded(text: str) -> str:
    """White space does not count: browsers fold it."""
    return LOST.sub("", text)


def test_c30_hostile_texts_are_shown_and_never_run(app, guest):
    filled = visits.fill(app)
    used = hostile.fill_everything()
    assert len(used) == len(hostile.STRINGS)
    db.session.remove()
    people, wrong, shown = {}, {}, set()
    for what in (one for one in filled.visits if not one.send):
        one = people.get(what.who)
        if one is None:
            one = people[what.who] = guest(what.who or "nobody", reduced_motion="reduce")
            one.allowed = ("the server responded with a status of",)
            one.dialogs = []
            one.page.on("dialog", lambda dialog, one=one: one.dialogs.append(dialog.message))
            one.page.add_init_script(WATCH)
            if what.who:
                one.context.add_cookies([cookie_of(app, 0, filled.logins[what.who])])
        status = one.page.goto(one.base + what.path).status
        found = one.page.evaluate(LOOK)
        if status >= 500 or found or one.dialogs:
            wrong[what.name] = [status, *found, *one.dialogs]
        text = folded(one.page.evaluate(SEEN))
        shown |= {number for number in used if folded(used[number].split(" ·")[0]) in text}
    assert not wrong, wrong
    hidden = {number: hostile.STRINGS[number] for number in used if number not in shown}
    assert not hidden, f"nowhere shown as they were written: {hidden}"
