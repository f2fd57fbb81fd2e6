"""Mail: put into the database by the acting transaction, carried out by the clerk's second thread.

So a dead mail server loses nothing, and a slow one holds up neither a request nor the close of a round.
"""

from __future__ import annotations

from .carriers import Carrier, Console, Later, Nowhere, Smtp, Undeliverable, carrier_for, message_of
from .queue import Letter, counts, deliver_due, last_of, put, put_all, run, stuck

__all__ = [
    "Carrier",
    "Console",
    "Later",
    "Letter",
    "Nowhere",
    "Smtp",
    "Undeliverable",
    "carrier_for",
    "counts",
    "deliver_due",
    "last_of",
    "message_of",
    "put",
    "put_all",
    "run",
    "stuck",
]
