"""A personal link on its way to its person: shown once, on the screen of whoever hands it over.

Between the POST that makes the link and the page that shows it, the token travels in the signed
cookie of that one browser; the database knows its hash alone.
"""

from __future__ import annotations

from typing import NamedTuple

import segno
from flask import current_app, url_for
from flask import session as cookie


class Link(NamedTuple):
    """The address, and the same as a picture to scan (a data URI)."""

    url: str
    picture: str


def keep(token: str, whose: str) -> None:
    """Keep a token for the next page about this person (``"member-12"``, ``"account-3"``)."""
    cookie["handover"] = [whose, token]


def take(whose: str) -> Link | None:
    """The link made just now for this person, if there is one; it is forgotten with this."""
    kept = cookie.get("handover")
    if not kept or kept[0] != whose:
        return None
    cookie.pop("handover")
    url = outside(url_for("join.invitation", token=kept[1]))
    return Link(url, picture(url))


def picture(url: str) -> str:
    """An address as a picture to scan (a data URI)."""
    return segno.make(url, error="m").svg_data_uri(scale=4, border=2, omitsize=True)


def outside(path: str) -> str:
    """A path as an address for other devices; the host comes from the settings, never from the request."""
    return current_app.config["SETTINGS"].base_url + path


def keep_code(code: str, membership_id: int) -> None:
    """Keep a return code for the next page about this person."""
    cookie["return_code"] = [membership_id, code]


def take_code(membership_id: int) -> str | None:
    """The return code made just now for this person; it is forgotten with this."""
    kept = cookie.get("return_code")
    if not kept or kept[0] != membership_id:
        return None
    cookie.pop("return_code")
    return f"{kept[1][:4]}-{kept[1][4:]}"
