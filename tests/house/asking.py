"""Requests without lasting effects, what they would have stored, and what stays the same in two answers."""

from __future__ import annotations

import contextlib
import hashlib
import re
from dataclasses import dataclass
from datetime import datetime
from unittest.mock import patch

from sqlalchemy import select

from tests import pages
from werkstatt.acts import join
from werkstatt.acts.rank import batch
from werkstatt.acts.rank.line import COMMIT, Line
from werkstatt.db import Base, begin_write, db, lock_session


@dataclass
class Answer:
    """What came back, and what would have been stored (``None``: no transaction was committed)."""

    status: int
    text: str
    headers: dict
    stored: dict | None = None


def cookie_of(app, house, name: str | None) -> tuple[str, str]:
    """A login for a person, as (cookie, form token); for nobody a cookie with a token alone."""
    client = app.test_client()
    if name is not None:
        begin_write()
        token = join.begin_login(house.people[name].id, hours=1, confirmed=True)
        db.session.commit()
        with client.session_transaction() as cookie:
            cookie["_user_id"] = token
    with app.app_context():
        form_token = pages.tokens(client.get("/j/").text)[0]
    jar = client.get_cookie(app.config["SESSION_COOKIE_NAME"])
    return f"{jar.key}={jar.value}", form_token


def ask(
    app,
    who: tuple[str, str],
    method: str,
    path: str,
    data: dict | None = None,
    *,
    query: dict | None = None,
    watch=False,
) -> Answer:
    """One request whose transaction is rolled back where it would have been committed.

    :param watch: read all tables at that moment into ``stored`` (else it is ``{}``).
    """
    cookie, token = who
    seen: list[dict] = []

    def commit():
        db.session.flush()
        seen.append(tables() if watch else {})
        db.session.rollback()

    @contextlib.contextmanager
    def transaction(_way, session_id):
        """The slot's transaction, where it can be taken back."""
        lock_session(session_id, alone=False)
        yield db.session.connection()
        commit()

    @contextlib.contextmanager
    def on_the_line(way, session_id):
        """The same on PostgreSQL's line."""
        with transaction(way, session_id) as connection, Uncommitted(connection) as line:
            yield line

    db.session.rollback()
    client = app.test_client(use_cookies=False)
    sent = {"csrf_token": token, **(data or {})} if method == "POST" else None
    db.session.commit = commit
    try:
        with (
            app.app_context(),
            patch.object(batch.OneByOne, "transaction", transaction),
            patch.object(batch.AtOnce, "transaction", on_the_line),
        ):
            got = client.open(path, method=method, data=sent, query_string=query, headers={"Cookie": cookie})
    finally:
        del db.session.commit
    db.session.rollback()
    text = got.get_data(as_text=True)
    got.close()
    return Answer(got.status_code, text, dict(got.headers), seen[-1] if seen else None)


IN_TRANSACTION = 2  # libpq's PQTRANS_INTRANS: not one that failed


class Uncommitted(Line):
    """A line inside of a transaction that somebody else ends, on a connection that others use, too.

    The driver forgets all that is kept on it at a rollback, once it keeps statements of its own; so nothing stays.
    """

    def __exit__(self, *reason) -> None:
        super().__exit__(*reason)
        if self._line.transaction_status == IN_TRANSACTION:
            for one in self._kept:
                self.connection.exec_driver_sql(f"DEALLOCATE {one.name.decode()}")
            self._kept.clear()

    def say(self, statement, **values):
        if statement is not COMMIT:
            super().say(statement, **values)


def tables() -> dict[str, list[dict]]:
    """Every row of every table, in an order that the rows themselves give."""
    found = {}
    for table in Base.metadata.sorted_tables:
        rows = db.session.execute(select(table).order_by(*table.primary_key.columns)).mappings()
        found[table.name] = [dict(row) for row in rows]
    return found


def fingerprint() -> str:
    """One hash over all tables."""
    db.session.rollback()
    found = hashlib.sha256(repr(tables()).encode()).hexdigest()
    db.session.rollback()
    return found


def forms_of(html: str) -> list[tuple[str, dict[str, list[str]]]]:
    """The forms that write, as a browser would send them: (action, fields) with every field filled."""
    found = []
    for form in pages.parse(html).all("form"):
        if form.attrs.get("method", "").lower() == "post":
            found.append((form.attrs["action"], _fields(form)))
    return found


def _fields(form) -> dict[str, list[str]]:
    sent: dict[str, list[str]] = {}
    for node in form.all("input", "textarea", "select", "button"):
        name, kind = node.attrs.get("name"), node.attrs.get("type", "")
        if not name or name == "csrf_token":
            continue
        if node.tag == "select":
            chosen = [one.attrs.get("value", "") for one in node.all("option")]
            sent[name] = [next((one for one in chosen if one), "")]
        elif kind in ("radio", "checkbox", "submit") or node.tag == "button":
            sent.setdefault(name, [node.attrs.get("value", "on")])
        else:
            sent[name] = [node.attrs.get("value") or node.text() or "Ein Wort"]
    return sent


# ---- the same, apart from chance and time

CHANCE = re.compile(
    r'nonce="[^"]*"|nonce-[\w-]+|name="csrf_token" value="[^"]*"|"now": \d+|data-left="\d+"|\b\d\d:\d\d(:\d\d)?\b'
)
RANDOM_COLUMNS = (
    "hash",
    "token_hash",
    "code_mac",
    "tag",
    "opaque",
    "password",
    "join_code",
    "key_id",
    "salt",
    "list_hash",
    "box",
    "mark",
)


def plain(text: str) -> str:
    """An answer without nonces, form tokens and clock times."""
    return CHANCE.sub("-", text)


def without_numbers(text: str) -> str:
    """An answer in which no two ids can be told apart."""
    return re.sub(r"\d+", "N", plain(text))


def steady(stored: dict, before: dict) -> dict:
    """Stored tables without moments and random values; new ids by their order, whatever the sequence gave."""
    new = {}
    for name, found in stored.items():
        known = {row["id"] for row in before[name] if "id" in row}
        new[name] = {}
        for row in found:
            if "id" in row and row["id"] not in known:
                new[name][row["id"]] = f"new {len(new[name])}"

    def value(column, given, is_new):
        letter = column.table.name == "mail" and column.name in ("text", "html")  # with a link and a code
        if isinstance(given, datetime) or (given and (letter or column.name in RANDOM_COLUMNS)):
            return "..."
        if isinstance(given, dict):
            given = {
                key: "..." if key == "clock" else one for key, one in given.items()
            }  # the machine's own count
            return {key: _fact(one) for key, one in given.items()} if is_new else given
        target = column.table.name if column.name == "id" else None
        for key in column.foreign_keys:
            target = key.column.table.name
        return new.get(target, {}).get(given, given) if target else given

    return {
        table.name: [
            {
                column.name: value(column, row[column.name], row.get("id") in new[table.name])
                for column in table.columns
            }
            for row in stored[table.name]
        ]
        for table in Base.metadata.sorted_tables
    }


def _fact(given):
    """A fact of a new entry: its numbers may be ids that the sequence gave, so only their place counts."""
    if isinstance(given, list):
        return [_fact(one) for one in given]
    if isinstance(given, str) and len(given) > 15:
        return "..."  # a hash or a moment
    return "number" if type(given) is int else given
