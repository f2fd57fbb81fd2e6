"""Rank: open a round over a frozen list, cast sealed ballots, announce the close, take it back.

``opening`` freezes list, roll and options and makes the key; ``voting`` reads and casts one
ballot; ``papers`` are the ballots on paper; ``roll`` is what a deleted account takes along; ``steering`` is what the moderator does while a round is unfinished; ``annulment`` is what two of them do when it is over. The close itself is
the clerk's (:mod:`werkstatt.acts.clerk`).
"""

from .annulment import (
    annullable,
    annulled_because,
    confirm_annulment,
    last_annulled,
    propose_annulment,
    withdraw_annulment,
)
from .opening import Sheet, frozen_items, open_round, sheet
from .papers import (
    count_without_papers,
    desk_of,
    enter,
    groups_of,
    mark,
    number_of_sheets,
    read_sheets,
    voters,
)
from .roll import entered, forget, marked
from .steering import (
    add_late,
    announce,
    cancel,
    clerk_works,
    count_without,
    desk,
    extend,
    retry_close,
    withdraw_announcement,
)
from .trouble import trouble
from .voting import (
    Standing,
    cast,
    check_codes,
    last_cancelled,
    letters,
    not_empty,
    not_on_roll,
    not_yet,
    on_roll,
    read_vote,
    salvage,
    sector_title,
    standing,
    taken_back_before,
    takes_ballots,
    unfinished,
    votes_by,
)

__all__ = [
    "Sheet",
    "Standing",
    "add_late",
    "announce",
    "annullable",
    "annulled_because",
    "cancel",
    "cast",
    "check_codes",
    "clerk_works",
    "confirm_annulment",
    "count_without",
    "count_without_papers",
    "desk",
    "desk_of",
    "enter",
    "entered",
    "extend",
    "forget",
    "frozen_items",
    "groups_of",
    "last_annulled",
    "last_cancelled",
    "letters",
    "mark",
    "marked",
    "not_empty",
    "not_on_roll",
    "not_yet",
    "number_of_sheets",
    "on_roll",
    "open_round",
    "propose_annulment",
    "read_sheets",
    "read_vote",
    "retry_close",
    "salvage",
    "sector_title",
    "sheet",
    "standing",
    "taken_back_before",
    "takes_ballots",
    "trouble",
    "unfinished",
    "voters",
    "votes_by",
    "withdraw_announcement",
    "withdraw_annulment",
]
