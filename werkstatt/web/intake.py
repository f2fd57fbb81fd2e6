"""The body of a request is here before the request gets its turn.

A server process answers one request at a time (:class:`werkstatt.acts.join.hashing.InTurn`). Whoever sends a
body slowly waits outside of that row, in a thread of their own that costs next to nothing, and holds up
nobody. What is too large is not read at all: the application refuses it by its length.
"""

from __future__ import annotations

import io
import tempfile

IN_MEMORY = 64_000  # bytes; a larger body goes to a temporary file
BIGGEST = 6_000_000  # bytes; the largest that any form may send (werkstatt.web.BIGGER_BODIES)


class WholeBody:
    """WSGI middleware: read first, then go on."""

    def __init__(self, app):
        self.app = app

    def __call__(self, environ, start_response):
        length = environ.get("CONTENT_LENGTH") or "0"
        if not length.isascii() or not length.isdigit() or not 0 < int(length) <= BIGGEST:
            return self.app(environ, start_response)
        with io.BytesIO() if int(length) <= IN_MEMORY else tempfile.TemporaryFile() as whole:
            self._copy(environ["wsgi.input"], whole, int(length))
            environ["wsgi.input"] = whole
            return self.app(environ, start_response)

    @staticmethod
    def _copy(source, whole, length: int) -> None:
        """At most ``length`` bytes; fewer when the connection ends, which the application notices."""
        while length > 0:
            part = source.read(min(length, IN_MEMORY))
            if not part:
                break
            whole.write(part)
            length -= len(part)
        whole.seek(0)
