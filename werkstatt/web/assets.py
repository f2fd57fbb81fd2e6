"""Own files by a hashed address, and the one third-party script."""

from __future__ import annotations

import hashlib
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

from flask import current_app, url_for

HTMX_VERSION = "2.0.11"


class Script(NamedTuple):
    src: str
    integrity: str


# The only place that names the address; the hash is of the file in the released package.
HTMX = Script(
    f"https://cdn.jsdelivr.net/npm/htmx.org@{HTMX_VERSION}/dist/htmx.min.js",
    "sha384-2OatzQy1H+Zd/IIrjr1TcuDGqLXeHhbooAyJY1KdQMKnr4LZ22k31GBLdYKHmVjg",
)


def local_htmx() -> Path:
    """Where `flask assets pull` puts the file; served by the app itself when it is there."""
    return Path(current_app.instance_path) / "assets" / "htmx.min.js"


def fits(data: bytes) -> bool:
    """Whether these bytes are the pinned release."""
    import base64

    return "sha384-" + base64.b64encode(hashlib.sha384(data).digest()).decode() == HTMX.integrity


def htmx() -> Script:
    """The script tag's address and hash: our own copy if there is one, else the CDN's."""
    return Script(url_for("office.htmx"), HTMX.integrity) if local_htmx().exists() else HTMX


@lru_cache
def _version(path: str, _changed: float) -> str:
    return hashlib.sha256(Path(path).read_bytes()).hexdigest()[:12]


def url(name: str) -> str:
    """The address of a file in ``static/``, with its content's hash, so that it may be kept for a year."""
    path = Path(current_app.static_folder) / name
    return url_for("static", filename=name, v=_version(str(path), path.stat().st_mtime))
