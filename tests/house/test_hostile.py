"""C30 without a browser: hostile strings through every field, file name, query value and mail.

No answer is a 500, and whatever comes back or is stored is the string, letter for letter: markup in it
never becomes markup. In the small form each field gets one of the strings, in turns.
"""

from __future__ import annotations

import html
import io
import re
from pathlib import Path

import pytest
from sqlalchemy import select

import werkstatt
from tests import pages
from tests.house import asking
from tests.house import bodies as forms
from tests.house.permissions import Row
from tests.house.places import TABLE, address, endpoints, round_as
from tests.story.hostile import STRINGS, marked
from werkstatt.acts import post
from werkstatt.db import begin_write, db, utcnow
from werkstatt.models import Mail, Workshop
from werkstatt.terms import Phase
from werkstatt.web import LANGUAGES, letters

pytestmark = pytest.mark.soak_on_postgresql

FULL = pytest.mark.parametrize("full", [False, pytest.param(True, marks=pytest.mark.soak)])
MADE = {"iframe", "object", "embed", "base", "math", "animate", "template", "style", "img", "mtext"}
ADDRESSES = ("href", "src", "action", "formaction", "hx-get", "hx-post")
BAD_ADDRESS = re.compile(r"\s*(javascript|vbscript|data:text)|\s*(https?:)?//evil\.example", re.IGNORECASE)
MARK = re.compile(r"H0\d+0H", re.IGNORECASE)
# Queries that a page reads as a whole form, so that no name stands beside "request.args".
ALSO_READ = {"sheets", "1-A", "place-A", "v"}


def chosen(turn: int, full: bool) -> list[str]:
    """All strings, or the one whose turn it is."""
    numbers = range(len(STRINGS)) if full else [turn % len(STRINGS)]
    return [marked(number, STRINGS[number]) for number in numbers]


def folded(text: str) -> str:
    """Without white space and signs that cannot be seen: forms strip them, parsers fold them."""
    return "".join(sign for sign in text if sign.isprintable() and not sign.isspace()).casefold()


def shown_wrong(text: str, sent: str) -> list[str]:
    """What a page has made of a string: an element, a handler, an address, or other letters."""
    wrong = []
    for node in pages.parse(text).walk():
        ours = node.attrs.get("id", "").startswith("controls-") or node.attrs.get("class") == "qr"
        if (node.tag in MADE and not ours) or (node.tag == "script" and MARK.search(" ".join(node.texts))):
            wrong.append(f"<{node.tag}> {node.attrs}")
        for name, value in node.attrs.items():
            if re.match(r"on|hx-on|srcdoc|style$", name) or name in ADDRESSES and BAD_ADDRESS.match(value):
                wrong.append(f"{node.tag} {name}={value}")
    mark = MARK.search(sent)[0]
    if mark in text and any(sign in sent for sign in "<\"'&") and sent.strip() in text:
        wrong.append("not escaped")
    return wrong


def literal(texts: list[str], sent: str) -> list[str]:
    """The texts that hold the mark of a string, and not the string as it was written (its first sixty signs)."""
    mark, whole = MARK.search(sent)[0].casefold(), folded(sent)[:60]
    return [
        text
        for text in texts
        if mark in text.casefold() and whole not in folded(text) and folded(text)[:100] not in whole
    ]


def stored_texts(stored: dict | None) -> list[str]:
    """Every text of every row, those inside lists and facts too."""

    def inside(value):
        if isinstance(value, str):
            yield value
        elif isinstance(value, dict):
            for one in value.values():
                yield from inside(one)
        elif isinstance(value, list):
            for one in value:
                yield from inside(one)

    rows = (row for rows in (stored or {}).values() for row in rows)
    return [text for row in rows for text in inside(row)]


def sender(row: Row) -> str:
    """Somebody who may, with a body that is right for them."""
    if row.door == "public":
        return "-"
    may = [who for who in row.may if who not in row.other]
    return "p" if "p" in may else [*may, row.may[-1]][0]


def rendered(app, stage, logins) -> dict[str, set[str]]:
    """endpoint -> the fields of its forms, as the pages show them."""
    known, found, routes = endpoints(app), {}, app.url_map.bind("localhost")
    for row in (row for row in TABLE if row.method == "GET" and not row.other):
        endpoint, phase = known[row.method, row.rule], row.phases[0]
        with round_as(stage, endpoint, phase):
            answer = asking.ask(app, logins[sender(row)], "GET", address(stage, row, endpoint, phase))
        if answer.status == 200 and "html" in answer.headers.get("Content-Type", ""):
            for action, fields in asking.forms_of(answer.text):
                name, _ = routes.match(action.partition("?")[0], "POST")
                found.setdefault(name, set()).update(fields)
    return found


PARTS = 6  # of the long form, each a test of its own


@pytest.mark.parametrize("part", [None, *(pytest.param(n, marks=pytest.mark.soak) for n in range(PARTS))])
def test_c30_every_field_of_every_form_takes_hostile_strings(app, backend, stage, logins, part):
    if part is not None and backend != "sqlite":
        pytest.skip("the long form is about forms and pages, which know no database")
    known, shown, wrong, tried = endpoints(app), rendered(app, stage, logins), [], 0
    assert len(shown) > 40
    ready = {phase: forms.bodies(stage, phase) for phase in Phase}
    forms_sent = [row for row in TABLE if row.method == "POST"]
    for row in forms_sent if part is None else forms_sent[part::PARTS]:
        endpoint, phase = known[row.method, row.rule], row.phases[0]
        path, body = address(stage, row, endpoint, phase), ready[phase][endpoint]
        with round_as(stage, endpoint, phase):
            for name in sorted(body.keys() | shown.get(endpoint, set())):
                for sent in chosen(tried, part is not None):
                    answer = asking.ask(
                        app, logins[sender(row)], "POST", path, body | {name: sent}, watch=True
                    )
                    found = [f"status {answer.status}"] if answer.status >= 500 else []
                    found += shown_wrong(answer.text, sent) if answer.status != 303 else []
                    found += literal(stored_texts(answer.stored), sent)
                    wrong += [f"{row.rule} {name}={sent!r}: {one}" for one in found]
                tried += 1
    assert tried > (150 if part is None else 15) and not wrong, "\n".join(wrong)


def parameters() -> list[str]:
    """Every name that a page reads from its address."""
    found = set(ALSO_READ)
    for file in (Path(werkstatt.__file__).parent / "web").rglob("*.py"):
        for line in file.read_text().splitlines():
            if "request.args" in line:
                found |= set(re.findall(r'"([\w-]+)"', line))
    return sorted(found)


@FULL
def test_c30_every_query_value_takes_hostile_strings(app, stage, logins, full):
    """In the small form all names carry the same string at once, in the long one each by itself, too."""
    known, names, wrong = endpoints(app), parameters(), []
    assert {"q", "next", "theme", "since", "ids", "sheets"} <= set(names)
    for turn, row in enumerate(row for row in TABLE if row.method == "GET"):
        endpoint, phase = known[row.method, row.rule], row.phases[0]
        path = address(stage, row, endpoint, phase).partition("?")[0]
        with round_as(stage, endpoint, phase):
            for sent, query in [
                *((sent, names) for sent in chosen(turn, full)),
                *((chosen(turn + n, False)[0], [name]) for n, name in enumerate(names) if full),
            ]:
                answer = asking.ask(app, logins[sender(row)], "GET", path, query=dict.fromkeys(query, sent))
                found = [f"status {answer.status}"] if answer.status >= 500 else []
                if "html" in answer.headers.get("Content-Type", ""):
                    found += shown_wrong(answer.text, sent)
                wrong += [f"{row.rule} {query}={sent!r}: {one}" for one in found]
    assert not wrong, "\n".join(wrong)


@FULL
def test_c30_file_names_and_the_cells_of_lists(house, browse, full):
    mona, there = browse("mona"), f"/workshops/{house.workshop.id}/register/import"
    for turn in range(len(STRINGS)) if full else range(0, len(STRINGS), 6):
        (sent,) = chosen(turn, False)
        name = sent.replace('"', "%22").replace("\r", "%0D").replace("\n", "%0A")  # as browsers send it
        cell = sent.replace('"', '""')
        listed = f'Name;E-Mail;Organisation;Akteursgruppe\n"{cell}";;"{cell}";"{cell}"\n;"{cell}";;\n'
        for content in (b"\x00\xff kaputt", listed.encode()):
            data = {"csrf_token": mona.token(), "text": "", "file": (io.BytesIO(content), name)}
            answer = mona.post(there, data=data, content_type="multipart/form-data")
            assert answer.status_code in (303, 422), (sent, answer.status_code)
            assert not shown_wrong(answer.text, sent), sent
        page = mona.get(answer.location).text
        assert not shown_wrong(page, sent) and not literal([html.unescape(page)], sent), sent
        assert mona.get(answer.location + "/problems.csv").status_code == 200


FACTS = {
    "login": {"url": "https://w.example/x", "code": "123456", "expires_at": utcnow()},
    "address": {"url": "https://w.example/x", "code": "123456", "expires_at": utcnow()},
    "address_taken": {},
    "address_changed": {"at": utcnow()},
    "invitation": {
        "url": "https://w.example/x",
        "code": "123456",
        "expires_at": utcnow(),
        "login_url": "https://w.example/login/code",
    },
    "return_code": {"at": utcnow()},
    "by_hand": {"at": utcnow()},
    "card": {"at": utcnow()},
    "joined": {"at": utcnow()},
    "address_retired": {"at": utcnow()},
    "place_taken": {"at": utcnow()},
    "own_link": {"url": "https://w.example/x", "expires_at": utcnow()},
    "right": {"url": "https://w.example/x", "expires_at": utcnow()},
    "test": {},
}


@FULL
@pytest.mark.parametrize("language", LANGUAGES)
def test_c30_mails_show_hostile_names_and_titles_letter_for_letter(app, house, language, full):
    """Every kind of letter: its subject is one header, its text is the string, its HTML only shows it."""
    assert FACTS.keys() == letters.KINDS.keys(), "a new kind of mail: say what it is made of"
    for turn in range(len(STRINGS)) if full else range(LANGUAGES.index(language), len(STRINGS), 5):
        (sent,) = chosen(turn, False)
        reader = house.people["petra"]
        begin_write()
        reader.name, reader.language = sent[:120], language
        workshop = Workshop(title=sent, place=sent, starts_at=None)
        given = {"workshop": workshop, "by": sent}
        more = {"invitation": {"workshop": workshop}, "return_code": given, "card": given, "by_hand": given}
        more |= {"place_taken": {"workshop": workshop}, "joined": given, "address_retired": given}
        with app.test_request_context():
            for kind, facts in FACTS.items():
                letter = letters.write(reader, kind, **facts, **more.get(kind, {}))
                mail = Mail(to="petra@example.org", language=language, **letter._asdict())
                message = post.message_of(mail, "werkstatt@example.org")
                assert message["Bcc"] is None and len(message.get_all("Subject")) == 1
                assert folded(sent[:120]) in folded(letter.text), (kind, sent)
                assert folded(sent[:120]) in folded(html.unescape(letter.html)), (kind, sent)
                assert not shown_wrong(letter.html, sent), (kind, sent)
        db.session.rollback()
    assert not db.session.scalars(select(Mail)).all()
