"""The desk at the door, on the blueprint of ``join``: who is here, and the cards. Nothing else."""

from __future__ import annotations

from . import behalf, cards, door, same  # noqa: F401 - their views hang on the blueprint of join
