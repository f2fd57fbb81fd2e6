"""Collect: propose, edit, withdraw, hide; and what a person may read of it all.

``write`` holds the verbs, ``look`` the reading that all rooms with recommendations share,
``rows`` the table of all texts that moderators and office take home.
"""

from .look import Card, Line, cards, group_titles, lines, moderates, one_card, sees_names, sees_others
from .marks import Marks, marks, redactions
from .rows import text_rows
from .write import check_own, edit, hide, propose, proposed, restore, themes, unhide, withdraw, wording

__all__ = [
    "Card",
    "Line",
    "Marks",
    "cards",
    "check_own",
    "edit",
    "group_titles",
    "hide",
    "lines",
    "marks",
    "moderates",
    "one_card",
    "propose",
    "redactions",
    "proposed",
    "restore",
    "sees_names",
    "sees_others",
    "text_rows",
    "themes",
    "unhide",
    "withdraw",
    "wording",
]
