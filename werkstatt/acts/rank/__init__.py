"""Rank: open a round over a frozen list, cast sealed ballots, announce the close, take it back.

``opening`` freezes list, roll and options and makes the key; ``form`` reads a ballot, ``voting`` casts
it; ``slot`` stores many that come at once; ``papers`` are the ballots on paper; ``roll`` is what a deleted account takes along; ``steering`` is what the moderator does while a round is unfinished; ``annulment`` is what two of them do when it is over. The close itself is
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
from .form import not_empty, read_vote, salvage
from .opening import Sheet, frozen_items, open_round, sheet
from .papers import (
    blank,
    count_without_papers,
    desk_of,
    enter,
    groups_of,
    mark,
    number_of_sheets,
    read_sheets,
    voter,
    voters,
)
from .roll import entered, forget, marked
from .slot import Slip, Slot
from .steering import (
    PROBLEM_INTERRUPTED,
    PROBLEM_KEY,
    add_late,
    announce,
    cancel,
    clerk_works,
    count_without,
    desk,
    extend,
    keys_readable,
    retry_close,
    withdraw_announcement,
)
from .trouble import trouble
from .turnout import turnout
from .voting import (
    Standing,
    cast,
    check_codes,
    last_cancelled,
    letters,
    not_on_roll,
    not_yet,
    on_roll,
    packed_for,
    sector_title,
    standing,
    taken_back_before,
    takes_ballots,
    unfinished,
    votes_by,
)

__all__ = [
    "PROBLEM_INTERRUPTED",
    "PROBLEM_KEY",
    "Sheet",
    "Slip",
    "Slot",
    "Standing",
    "add_late",
    "announce",
    "annullable",
    "annulled_because",
    "blank",
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
    "keys_readable",
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
    "packed_for",
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
    "turnout",
    "unfinished",
    "voter",
    "voters",
    "votes_by",
    "withdraw_announcement",
    "withdraw_annulment",
]
