"""The door of every view: who is this, what does the address name, may they do this now?

``@allow(Action.PROPOSE)`` loads login, account and what the address names, each *within its
parents*, in one SELECT, and hands small read-only tuples to the view. Foreign and missing are
the same 404; the wrong role is 403; the right role in the wrong phase 409. The wrapper ends the
transaction: the view returned below 400, commit; anything else, roll back.
"""

from __future__ import annotations

import functools
import inspect
from collections import namedtuple
from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

from flask import Flask, g, make_response, request
from flask import session as cookie
from flask_login import LoginManager, current_user
from sqlalchemy import and_, bindparam, select
from werkzeug.exceptions import Conflict, Forbidden, NotFound, Unauthorized
from werkzeug.routing import IntegerConverter

from ..acts import NotAllowed
from ..acts.hold import TOO_LATE
from ..acts.join import LIVE_LOGIN, PROVE_FIRST, confirmed, hash_of, role_here, shut
from ..db import Asked, begin_write, db, utcnow
from ..models import (
    Account,
    Comment,
    Login,
    Membership,
    Organiser,
    Process,
    Recommendation,
    Round,
    Sector,
    Session,
    Step,
    Table,
    Theme,
    Ticket,
    Upload,
    Workshop,
)
from ..permits import Action, ever, now
from ..terms import Role

logins = LoginManager()
logins.session_protection = None  # people change networks in the middle of a workshop


class Number(IntegerConverter):
    """A number in an address: one that no table could hold names nothing (404)."""

    def __init__(self, map, *args, **kwargs):
        super().__init__(map, *args, **{"max": 2**31 - 1, **kwargs})


def facts_of(model) -> type:
    """A read-only tuple with the columns of a table."""
    return namedtuple(model.__name__, [column.key for column in model.__table__.columns])


# What an address may name: parameter -> (model, how it hangs on its parent).
LEAVES = {
    "theme_id": (Theme, Theme.process_id == Process.id),
    "sector_id": (Sector, Sector.process_id == Process.id),
    "membership_id": (Membership, Membership.workshop_id == Workshop.id),
    "ticket_id": (Ticket, Ticket.workshop_id == Workshop.id),
    "table_id": (Table, Table.workshop_id == Workshop.id),
    "upload_id": (Upload, Upload.workshop_id == Workshop.id),
    "recommendation_id": (Recommendation, Recommendation.session_id == Session.id),
    "comment_id": (Comment, Comment.recommendation_id == Recommendation.id),
    "round_id": (Round, Round.session_id == Session.id),
    "step_id": (Step, Step.session_id == Session.id),
}
ROOTS = ("session_id", "workshop_id", "process_id")
FACTS = {
    model: facts_of(model)
    for model in (Account, Login, Organiser, Process, Workshop, Session, *(m for m, _ in LEAVES.values()))
}


@dataclass(frozen=True)
class Me:
    """The person behind a request, and what they are in the place that the address names."""

    account: NamedTuple
    login: NamedTuple
    membership: NamedTuple | None
    role: Role | None
    things: dict[str, NamedTuple]

    is_authenticated = True
    is_active = True
    is_anonymous = False

    def get_id(self) -> str:
        return self.account.opaque

    @property
    def id(self) -> int:
        return self.account.id

    @property
    def name(self) -> str:
        return self.account.name

    @property
    def shut(self) -> bool:
        """Whether their place here waits for a login by their address."""
        return shut(self.membership, self.login)

    @property
    def moderates(self) -> bool:
        return self.role in (Role.MODERATOR, Role.ORGANISER)

    def may(self, action: Action) -> bool:
        """Whether this person may do this here and now; pages show only what would work."""
        session = self.things.get("session")
        if self.role is None:
            return False
        return now(self.role, session.phase, action) if session else ever(self.role, action)


@logins.user_loader
def load(token: str) -> Me | None:
    """Login, account and everything the address names, in one SELECT."""
    ids = {name: value for name, value in (request.view_args or {}).items() if name.endswith("_id")}
    asked, parts = _look(tuple(ids))
    row = asked.first(token=hash_of(token), now=utcnow(), **ids)
    return None if row is None else _me(row, parts)


@functools.cache
def _look(names: tuple[str, ...]):
    """The SELECT for an address that names these, and its parts as (name, tuple, first and last column)."""
    root = next((name for name in ROOTS if name in names), None)
    account, login = Account.__table__, Login.__table__
    joined = account.join(login, login.c.account_id == account.c.id)
    columns, parts = [], []

    def take(name, model, table):
        parts.append((name, FACTS[model], len(columns), len(columns) + len(table.columns)))
        columns.extend(table.columns)

    take("account", Account, account)
    take("login", Login, login)
    for name, model, table, condition in _chain(root, names):
        joined = joined.outerjoin(table, condition)
        take(name, model, table)
    statement = select(*columns).select_from(joined).where(LIVE_LOGIN)
    return Asked(statement), parts


def _chain(root: str | None, names: tuple[str, ...]):
    """The outer joins for what an address names: (name, model, table or alias, condition)."""
    if root is None:
        return
    session, workshop, process = Session.__table__, Workshop.__table__, Process.__table__
    own, organiser = Membership.__table__.alias("own"), Organiser.__table__
    account = Account.__table__
    if root == "session_id":
        yield "session", Session, session, session.c.id == bindparam(root)
    if root != "process_id":
        here = session.c.workshop_id if root == "session_id" else bindparam(root)
        yield "workshop", Workshop, workshop, workshop.c.id == here
        yield (
            "own",
            Membership,
            own,
            and_(own.c.workshop_id == workshop.c.id, own.c.account_id == account.c.id),
        )
    here = bindparam(root) if root == "process_id" else workshop.c.process_id
    yield "process", Process, process, process.c.id == here
    yield (
        "organiser",
        Organiser,
        organiser,
        and_(organiser.c.process_id == process.c.id, organiser.c.account_id == account.c.id),
    )
    for name in names:
        if name in LEAVES:
            model, parent = LEAVES[name]
            table = model.__table__
            yield name.removesuffix("_id"), model, table, and_(table.c.id == bindparam(name), parent)


def _me(row, parts) -> Me:
    found = {
        name: facts._make(row[first:last]) if row[first] is not None else None
        for name, facts, first, last in parts
    }
    account, login = found.pop("account"), found.pop("login")
    own, organiser = found.pop("own", None), found.pop("organiser", None)
    return Me(
        account,
        login,
        own,
        role_here(
            own and own.state, own and own.role, organised=organiser is not None, shut=shut(own, login)
        ),
        found,
    )


class Unconfirmed(Exception):
    """The person must first show once more that it is they who sit there (C38)."""


def confirm_first(me: Me) -> None:
    """For role changes, return codes, files with names, and one's own address and account.

    The question leads back to the page asked for, or whose form was sent.

    :raises Unconfirmed: the password was not given lately.
    """
    if not confirmed(me.login, me.account):
        raise Unconfirmed()


def allow(action: Action, *, late: bool | Callable[[], bool] = False):
    """Declare what a view does; without a declaration the app does not start.

    :param late: the verb begins the write transaction itself, after slow work such as hashing; or a
        function that says whether it is so for this request.
    """

    def guard(view):
        wanted = list(inspect.signature(view).parameters)

        @functools.wraps(view)
        def guarded(**given):
            try:
                answer = make_response(view(**_enter(action, late, wanted, given)))
                if request.method == "POST" and answer.status_code < 400:
                    db.session.commit()
                return answer
            finally:
                db.session.rollback()

        guarded.action = action
        return guarded

    return guard


def _enter(action: Action, late: bool | Callable[[], bool], wanted: list[str], given: dict) -> dict:
    if request.method == "POST" and action is not Action.PUBLIC and not (late() if callable(late) else late):
        if "_user_id" not in cookie:
            raise Unauthorized()
        begin_write()
    me = current_user._get_current_object()
    g.me = me = me if me.is_authenticated else None
    if action is not Action.PUBLIC:
        _check(me, action)
    things = {"me": me, **given, **(me.things if me else {})}
    g.things = things
    return {name: things[name] for name in wanted}


def _check(me: Me | None, action: Action) -> None:
    if me is None:
        raise Unauthorized()
    if action is Action.LOGGED_IN:
        return
    if action is Action.ADMINISTER:
        if not me.account.is_admin:
            raise Forbidden()
        return
    if action is Action.FOUND:
        if not me.account.may_found:
            raise Forbidden()
        return
    if me.role is None or any(thing is None for thing in me.things.values()):
        raise NotFound()
    if not ever(me.role, action):
        if me.shut and ever(me.membership.role, action):
            g.things = {"me": me, **me.things}
            raise NotAllowed(PROVE_FIRST)
        raise Forbidden()
    session = me.things.get("session")
    if session and not now(me.role, session.phase, action):
        raise Conflict(TOO_LATE)


class Unguarded(Exception):
    """A route was registered without ``@allow``."""


def check_every_route(app: Flask) -> None:
    """Stop the start when a view has no declaration (C02)."""
    for rule in app.url_map.iter_rules():
        if rule.endpoint != "static" and not hasattr(app.view_functions[rule.endpoint], "action"):
            raise Unguarded(f"{rule.endpoint} ({rule.rule}) has no @allow(...): who may use it?")
