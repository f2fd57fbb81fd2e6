"""The rooms that are open: each a blueprint of its own."""

from __future__ import annotations

from flask import Flask

from . import codes as _codes  # noqa: F401 - these views hang on the blueprint of join
from . import collect, consolidate, discuss, join, office, prepare, privacy, projector, rank, result
from . import confirm as _confirm  # noqa: F401
from . import desk as _desk  # noqa: F401
from . import papers as _papers  # noqa: F401 - these on the blueprint of rank

ROOMS = (join, prepare, collect, discuss, consolidate, rank, result, office, projector, privacy)


def open_all(app: Flask) -> None:
    """Register every room's blueprint."""
    for room in ROOMS:
        app.register_blueprint(room.bp)
