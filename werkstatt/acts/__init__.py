"""What may happen, as verbs. The only place with queries and rules.

A verb takes objects and plain values, holds the session (:func:`werkstatt.acts.hold.hold`),
checks its rule, changes, records, flushes and returns an object. It never commits: the caller
ends the transaction, so verbs compose. What it refuses, it says in one sentence: a German
message id and its values, translated where it is shown.
"""

from __future__ import annotations

from dataclasses import dataclass

from ..names import is_name, tidy
from ..terms import N_, Role

NO_NAME = N_("Bitte einen Namen mit mindestens zwei Buchstaben oder Ziffern.")


class Refused(Exception):
    """The rule says no (422). ``field`` names the input that the sentence belongs to."""

    status = 422

    def __init__(self, message: str, *, field: str | None = None, **values):
        super().__init__(message)
        self.message, self.field, self.values = message, field, values


class NotNow(Refused):
    """Right person, wrong moment (409)."""

    status = 409


class NotAllowed(Refused):
    """Not this person (403)."""

    status = 403


class TooOften(Refused):
    """The same device or account has tried too often; later again (429)."""

    status = 429


class Missing(Refused):
    """There is no such thing here, or it is somebody else's (404)."""

    status = 404

    def __init__(self, message: str = "", **values):
        super().__init__(message, **values)


class Gone(Refused):
    """There was such a thing, and it can be used no more (410)."""

    status = 410


class NotReady(Refused):
    """The server lacks what it needs for this; nobody is too late, and later it works (503)."""

    status = 503


def checked_name(name: str) -> str:
    """A person's name as it is kept, wherever somebody enters one.

    :raises Refused: nobody could read it.
    """
    if not is_name(name):
        raise Refused(NO_NAME, field="name")
    return tidy(name)


@dataclass(frozen=True)
class Actor:
    """Who acts, as verbs need it: an account's id, the role here, the own membership if any.

    The guard's ``Me`` has the same three; commands, the clerk and tests use this one.
    """

    id: int
    role: Role
    membership: object | None = None
