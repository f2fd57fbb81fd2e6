"""The ordinary cast, ahead of Flask's own work: in the closing minute everybody does the same thing.

A form as our pages send it, from somebody who is logged in, is read here and dropped into the
urn's slot (:mod:`werkstatt.acts.rank.slot`), which asks the guard's own rules. Anything else, and
whatever the slot does not take, goes on to the view as if nobody had looked at it; only the view
refuses, and only it has sentences.
"""

from __future__ import annotations

import functools
import hmac
import io
import re
import time
from urllib.parse import parse_qs

from flask import Flask
from itsdangerous import BadSignature, URLSafeTimedSerializer
from sqlalchemy.exc import SQLAlchemyError
from werkzeug.sansio.http import parse_cookie

from ..acts import Refused, join, rank
from ..acts.row import give_way, stand_in
from ..counting import Ranking
from ..db import db, utcnow
from ..models import Round
from ..secrecy import KeyFolder
from . import headers
from .intake import IN_MEMORY, SHORT, refuse
from .stamps import stamp

BALLOT = re.compile(r"/sessions/([1-9]\d{0,8})/rounds/([1-9]\d{0,8})/ballot", re.ASCII)
MOST_FIELDS = 1000  # as Flask's own limit


class Awaited:
    """WSGI middleware, before any waiting for a turn: the clerk shuts no round while a cast that came in time is here."""

    def __init__(self, inner):
        self.inner = inner

    def __call__(self, environ, start_response):
        here = environ["REQUEST_METHOD"] == "POST" and BALLOT.fullmatch(environ.get("PATH_INFO", ""))
        if not here or "werkstatt.inside" in environ:
            return self.inner(environ, start_response)
        cast, environ["werkstatt.arrived"] = rank.INSIDE.enter()
        environ["werkstatt.inside"] = True
        try:
            return self.inner(environ, start_response)
        finally:
            rank.INSIDE.leave(cast)


class BrokenOff(Exception):
    """The body ended before its length."""


class Casting:
    """WSGI middleware that takes casts and passes everything else on."""

    def __init__(self, app: Flask, inner):
        self.app, self.inner = app, inner
        self.slot = rank.Slot(lambda: self.engine, lambda: KeyFolder(app.config["SETTINGS"].keys))
        self.lists: dict[tuple[int, str], tuple[tuple[str, ...], str]] = {}
        self.cookie = app.config["SESSION_COOKIE_NAME"]
        self.signed = app.session_interface.get_signing_serializer(app)
        self.signed_tokens = URLSafeTimedSerializer(app.secret_key, salt="wtf-csrf-token")
        self.headers = [
            ("Content-Length", "0"),
            ("Vary", "Cookie"),
            *headers.without_page(app),
        ]

    def __call__(self, environ, start_response):
        place = BALLOT.fullmatch(environ.get("PATH_INFO", ""))
        if place is None or environ["REQUEST_METHOD"] != "POST" or environ.get("QUERY_STRING"):
            return self.inner(environ, start_response)
        try:
            slip = self.read(environ, int(place[1]), int(place[2]))
        except BrokenOff:
            return refuse(start_response, *SHORT)
        if slip is None or not self.store(slip):
            return self.inner(environ, start_response)
        at = stamp(self.app.secret_key, slip.token_hash, slip.round_id, slip.box, utcnow())
        saved = f"{environ.get('SCRIPT_NAME', '')}{place[0].removesuffix('ballot')}saved?at={at}"
        start_response("303 SEE OTHER", [("Location", saved), *self.headers])
        return []

    def store(self, slip: rank.Slip) -> bool:
        """Drop it, and let the requests behind this one go on while the disk works."""
        stood = give_way()
        stored = self.slot.drop(slip)
        if stood and not stored:
            stand_in()
        return stored

    def read(self, environ, session_id: int, round_id: int) -> rank.Slip | None:
        """The cast that a request is, if it is an ordinary one."""
        if environ.get("HTTP_SEC_FETCH_SITE") in headers.OTHER_SITES:
            return None
        form = self.form(environ)
        try:
            cookie = self.signed.loads(parse_cookie(environ.get("HTTP_COOKIE"))[self.cookie])
            token = self.signed_tokens.loads(form["csrf_token"][0])
            if not hmac.compare_digest(cookie["csrf_token"], token):
                return None
            who, (list_hash,), (rev,) = cookie["_user_id"], form["list"], form["rev"]
            letters, rest = self.list_of(session_id, round_id, list_hash)
            packed = rank.packed_for(self.vote(form, letters, rest), len(letters))
            rev = rank.revision(rev)
        except (BadSignature, LookupError, TypeError, ValueError, Refused, SQLAlchemyError):
            return None
        arrived = rank.Arrival(environ.setdefault("werkstatt.arrived", time.monotonic()))
        return rank.Slip(join.hash_of(who), session_id, round_id, list_hash, rev, packed, arrived)

    @staticmethod
    def form(environ) -> dict[str, list[str]]:
        """The fields of a plain form; what is none, or too large, has none. The body stays readable.

        :raises BrokenOff: half a form may say the opposite of the whole one; no view is shown it.
        """
        length = environ.get("CONTENT_LENGTH") or ""
        plain = environ.get("CONTENT_TYPE", "").partition(";")[0].strip().lower()
        if plain != "application/x-www-form-urlencoded" or not (length.isascii() and length.isdigit()):
            return {}
        if int(length) > IN_MEMORY:
            return {}
        body = environ["wsgi.input"].read(int(length))
        environ["wsgi.input"] = io.BytesIO(body)
        if len(body) != int(length):
            raise BrokenOff
        try:
            return parse_qs(body.decode(), keep_blank_values=True, max_num_fields=MOST_FIELDS)
        except ValueError:
            return {}

    @staticmethod
    def vote(form: dict[str, list[str]], letters: tuple[str, ...], rest: str) -> Ranking:
        """What a cast or an abstention says; :raises ValueError: for a step that stores nothing, or none."""
        (step,), vote = form["step"], rank.read_vote(letters, form, rest=rest)
        if step not in rank.CASTS:
            raise ValueError(step)
        return rank.meant(vote, step)

    def list_of(self, session_id: int, round_id: int, list_hash: str) -> tuple[tuple[str, ...], str]:
        """Letters and rule for the rest, which a round's hash fixes; :raises LookupError: no such list."""
        found = self.lists.get((round_id, list_hash))
        if found is None:
            with self.app.app_context():
                round = db.session.get(Round, round_id)
                if round is None or round.session_id != session_id or round.list_hash != list_hash:
                    raise LookupError
                found = rank.letters(round), round.options["rest"]
            self.lists[round_id, list_hash] = found
        return found

    @functools.cached_property
    def engine(self):
        """Asked for at the first cast, in the process that casts."""
        with self.app.app_context():
            return db.engine
