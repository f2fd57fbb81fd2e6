"""When a login was told "gespeichert": its page's own address says so, signed, and nothing here keeps it.

Person, time and ballot never stand together in anything of ours. So a page that is loaded again can
know the time only from the browser that asks for it; without it, the page names none.
"""

from __future__ import annotations

import functools
import hmac
from datetime import UTC, datetime

from flask import current_app, request

from ..db import utcnow
from ..secrecy import mac

SIGNS = 24  # hexadecimal digits of a signature


def stamp(secret: str, token_hash: str, round_id: int, box: bytes, at: datetime) -> str:
    """What goes into the address: the second, and a signature for this login, round and sealed ballot."""
    second = int(at.timestamp())
    return f"{second}.{_signed(secret, token_hash, round_id, box, second)}"


def read(secret: str, given: str, token_hash: str, round_id: int, box: bytes) -> datetime | None:
    """The moment in a stamp; none for anything but what this login was given for just this ballot."""
    second, _, signature = given.partition(".")
    if not (second.isascii() and second.isdigit() and len(second) <= 11 and signature.isascii()):
        return None
    if not hmac.compare_digest(signature, _signed(secret, token_hash, round_id, box, int(second))):
        return None
    return datetime.fromtimestamp(int(second), UTC)


def now(login, round_id: int, box: bytes) -> str:
    """A stamp for a login that is told just now."""
    return stamp(current_app.secret_key, login.token_hash, round_id, box, utcnow())


def told(login, round_id: int, box: bytes) -> datetime | None:
    """What the address of this request says of it."""
    return read(current_app.secret_key, request.args.get("at", ""), login.token_hash, round_id, box)


def _signed(secret: str, token_hash: str, round_id: int, box: bytes, second: int) -> str:
    said = f"{token_hash}|{round_id}|{second}|".encode() + box
    return mac(_key(secret), said).hex()[:SIGNS]


@functools.lru_cache(maxsize=8)
def _key(secret: str) -> bytes:
    return mac(secret.encode(), b"saved")
