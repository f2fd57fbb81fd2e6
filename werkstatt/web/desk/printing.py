"""Cards on their way to the printer: ordered by one browser, set when they are fetched.

Between the POST that makes cards and the pages that show them, a nonce travels in the signed cookie of
that one browser. With the application's secret it gives what stands on the cards; the database alone,
or another browser, does not.
"""

from __future__ import annotations

import secrets
import time
from typing import NamedTuple

from flask import current_app, url_for
from flask import session as cookie
from flask_babel import gettext

from ...acts import desk
from ...exports import cards as sheets
from .. import day, handover, language

MINUTES = 15


class Order(NamedTuple):
    """The cards that this browser has ordered: their workshop, nonce and numbers."""

    workshop_id: int
    nonce: str
    first: int
    last: int
    at: float

    @property
    def many(self) -> int:
        return self.last - self.first + 1


def secret() -> str:
    return current_app.config["SECRET_KEY"]


def order(workshop, me, members: list[int], blank: int = 0) -> Order:
    """Make cards, and remember in this browser how to print them."""
    nonce = secrets.token_hex(16)
    first, last = desk.make(workshop, me, members=members, blank=blank, secret=secret(), nonce=nonce)
    made = Order(workshop.id, nonce, first, last, time.time())
    cookie["cards"] = list(made)
    return made


def ordered(workshop) -> Order | None:
    """What this browser has ordered here in the last minutes."""
    kept = cookie.get("cards")
    found = Order(*kept) if kept else None
    fits = found and found.workshop_id == workshop.id and found.at > time.time() - MINUTES * 60
    return found if fits else None


def faces(workshop, order: Order) -> list[sheets.Card]:
    """The ordered cards that still work, as they are printed."""
    found = desk.printed(workshop.id, order.first, order.last, secret=secret(), nonce=order.nonce)
    return [
        sheets.Card(
            one.number,
            sheets.spoken_code(one.code),
            handover.outside(url_for("join.card", token=one.token)),
            one.name,
            one.organisation,
            one.sector,
        )
        for one in found
    ]


def pdf(workshop, cards: list[sheets.Card]) -> bytes:
    """The cards as a file to print and cut."""
    address = handover.outside(url_for("join.code_entry")).partition("://")[2]
    words = {
        "title": gettext("Karten für %(workshop)s", workshop=workshop.title),
        "howto": gettext(
            "Bild scannen, oder den Code unter %(address)s eintippen. Gilt einmal.", address=address
        ),
        "name": gettext("Name"),
        "organisation": gettext("Organisation"),
        "sector": gettext("Spricht für"),
        "alt": gettext("QR-Code der Karte"),
    }
    heading = " · ".join(filter(None, (workshop.title, day(workshop.starts_at).partition(",")[0])))
    return sheets.sheet(cards, heading=heading, words=words, language=language())
