"""The body of a request is here before the request gets its turn.

A server process answers one request at a time (:class:`werkstatt.acts.row.InTurn`). Whoever sends a
body slowly waits outside of that row, in a thread of their own that costs next to nothing, and holds up
nobody. What breaks off before its announced length goes no further: half a form may say the opposite of
the whole one, and the server's own end of input hides from the application that there was more. What is too large is not read at all: the application refuses it by its length. Nor is a body of
unknown length: no browser sends a form like that, and the application would read it in its turn.

Threads are many, but not without end. When many bodies are awaited at once, strangers are told to come
again, and whoever is logged in may have a few on their way: their ballots come through. Some threads are
never given to bodies that come slowly, and whoever falls silent is hung up on (:mod:`werkstatt.web.hangup`).
"""

from __future__ import annotations

import contextlib
import io
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable

from .hangup import LOOKS

IN_MEMORY = 64_000  # bytes; a larger body goes to a temporary file
BIGGEST = 6_000_000  # bytes; the largest that any form may send (werkstatt.web.BIGGER_BODIES)
LONGEST = 12  # digits of a length
AWAITED = 48  # bodies at once in one process, of its 128 threads; beyond it only of people who are logged in
EACH = 3  # at most so many for one login
MOST = 96  # slow ones of anybody: the other threads serve those who send at once
SLOW = 0.5  # seconds; whatever is here sooner takes nobody's place
SILENCE = 15.0  # seconds that the rest of a body may stay away
SILENCE_IN_A_CROWD = 4.0  # the same while many are awaited

HEADERS = [
    ("Content-Type", "text/html; charset=utf-8"),
    ("Cache-Control", "no-store"),
    ("X-Content-Type-Options", "nosniff"),
    ("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'"),
    ("Referrer-Policy", "same-origin"),
]


def _page(german: str, english: str) -> str:
    """Before the application nobody knows the reader's language."""
    return (
        f"<!doctype html><html lang='de'><title>{german} · Werkstatt</title>"
        f"<h1 id='problem'>{german}</h1><p lang='en'>{english}</p></html>"
    )


CROWDED = _page(
    "Der Server ist gerade überlastet. Bitte versuchen Sie es gleich noch einmal.",
    "The server is overloaded at the moment. Please try again shortly.",
)
NO_LENGTH = _page(
    "Die Anfrage war unvollständig: Ihre Länge fehlt.",
    "The request was incomplete: its length is missing.",
)

BROKEN_OFF = _page(
    "Die Anfrage kam nur zum Teil an; es wurde nichts gespeichert. Bitte laden Sie die Seite neu und senden Sie noch einmal.",
    "Only a part of the request arrived; nothing was saved. Please reload the page and send it again.",
)
SHORT = ("400 Bad Request", BROKEN_OFF)


class WholeBody:
    """WSGI middleware: read first, then go on."""

    def __init__(self, app, whose: Callable[[dict], str] = lambda environ: ""):
        """
        :param whose: who is logged in by the cookie of this request; nothing for a stranger.
        """
        self.app, self.whose = app, whose
        self._guard, self._awaited = threading.Lock(), Counter()
        # Since when bodies are awaited, and since when others that were whole are being answered.
        self._since: dict[object, float] = {}
        self._answered: dict[object, float] = {}

    def __call__(self, environ, start_response):
        if environ.get("HTTP_TRANSFER_ENCODING"):
            return refuse(start_response, "411 Length Required", NO_LENGTH)
        length = environ.get("CONTENT_LENGTH") or "0"
        if not length.isascii() or not length.isdigit() or not length.strip("0"):
            environ["wsgi.input"] = io.BytesIO()  # whatever may come still, nobody waits for it
            return self._answer(environ, start_response)
        if len(length) > LONGEST or int(length) > BIGGEST:
            return self._answer(environ, start_response)
        with io.BytesIO() if int(length) <= IN_MEMORY else tempfile.TemporaryFile() as whole:
            with self._place(environ) as place:
                if not place:
                    return refuse(start_response, "503 Service Unavailable", CROWDED, ("Retry-After", "5"))
                if not self._copy(environ["wsgi.input"], whole, int(length)):
                    return refuse(start_response, *SHORT)
            environ["wsgi.input"] = whole
            return self._answer(environ, start_response)

    def _answer(self, environ, start_response):
        this = object()
        self._answered[this] = time.monotonic()
        try:
            return self.app(environ, start_response)
        finally:
            del self._answered[this]

    def patience(self) -> float | None:
        """Seconds of silence after which somebody may be hung up on now.

        Nobody may where no body is awaited for that long, or where an answer takes that long: whoever waits
        for it is silent, too.
        """
        now = time.monotonic()
        with self._guard:
            awaited = sorted(self._since.values())
        answered = min(self._answered.copy().values(), default=now)
        for seconds in (SILENCE_IN_A_CROWD, SILENCE):
            crowd = len(awaited) >= AWAITED or seconds == SILENCE
            if crowd and awaited and now - awaited[0] >= seconds > now - answered + LOOKS:
                return seconds
        return None

    @contextlib.contextmanager
    def _place(self, environ):
        """A place among the awaited, or none. Who it is for is looked up only when they are many."""
        who = self.whose(environ) if self._awaited.total() >= AWAITED else None
        this, now = object(), time.monotonic()
        with self._guard:
            free = (who is None or (who and self._awaited[who] < EACH)) and not self._full(now)
            if free:
                self._awaited[who] += 1
                self._since[this] = now
        try:
            yield free
        finally:
            if free:
                with self._guard:
                    del self._since[this]
                    self._awaited[who] -= 1
                    if not self._awaited[who]:
                        del self._awaited[who]

    def _full(self, now: float) -> bool:
        """A burst of whole forms fills nothing."""
        return len(self._since) >= MOST and sum(now - one >= SLOW for one in self._since.values()) >= MOST

    @staticmethod
    def _copy(source, whole, length: int) -> bool:
        """Exactly ``length`` bytes; whether they came before the connection ended."""
        while length > 0:
            try:
                part = source.read(min(length, IN_MEMORY))
            except OSError:
                return False
            if not part:
                return False
            whole.write(part)
            length -= len(part)
        whole.seek(0)
        return True


def refuse(start_response, status: str, page: str, *more: tuple[str, str]):
    start_response(status, [*HEADERS, *more])
    return [page.encode()]
