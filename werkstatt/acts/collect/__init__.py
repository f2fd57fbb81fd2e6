"""Collect: propose, edit, withdraw, hide; and what a person may read of it all.

``write`` holds the verbs, ``look`` the reading that all rooms with recommendations share,
``rows`` the table of all texts that moderators and office take home.
"""

from .look import Card, Line, cards, group_titles, lines, moderates, one_card, sees_names, sees_others
from .rows import text_rows
from .write import check_own, edit, hide, propose, proposed, restore, themes, unhide, withdraw, wording

__all__ = [
    "Card",
    "Line",
    "cards",
    "check_own",
    "edit",
    "group_titles",
    "hide",
    "lines",
    "moderates",
    "one_card",
    "propose",
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
