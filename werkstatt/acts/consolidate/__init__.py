"""Consolidate: merge, reword, exclude, undo; and what will be voted on.

``steps`` holds the verbs, ``look`` the reading: history, ballot items, what became of a proposal.
"""

from .look import Fate, Past, ballot_items, fates, history, versions_at
from .steps import Changed, exclude, merge, reword, undo

__all__ = [
    "Changed",
    "Fate",
    "Past",
    "ballot_items",
    "exclude",
    "fates",
    "history",
    "merge",
    "reword",
    "undo",
    "versions_at",
]
