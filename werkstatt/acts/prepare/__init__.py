"""Prepare and lead a workshop: its sessions and their phases, tables, join code, register."""

from .address import may_correct, not_ours
from .figures import Figures, database_answers, figures
from .invitations import MOST_AT_ONCE, invite_by_mail, invited, to_invite
from .phases import BACK_REASONS, CHANGED, Next, advance, back, extend, next_step, set_clock, stop_clock
from .register import Row, balance, edit_member, end, register, restore, row, team, waiting
from .sessions import copy_session, create_session, edit_session, move_session, sessions
from .tables import add_tables, edit_table, new_code, remove_table, set_joining, tables
from .uploads import (
    Verdict,
    keep_list,
    look_at,
    read_list,
    sweep_lists,
    take_over,
    throw_away,
    was_taken_over,
)

__all__ = [
    "BACK_REASONS",
    "CHANGED",
    "Figures",
    "MOST_AT_ONCE",
    "Next",
    "Row",
    "Verdict",
    "add_tables",
    "advance",
    "back",
    "balance",
    "copy_session",
    "create_session",
    "database_answers",
    "edit_member",
    "edit_session",
    "edit_table",
    "end",
    "extend",
    "figures",
    "invite_by_mail",
    "invited",
    "keep_list",
    "look_at",
    "may_correct",
    "not_ours",
    "move_session",
    "new_code",
    "next_step",
    "read_list",
    "register",
    "remove_table",
    "restore",
    "row",
    "sessions",
    "set_clock",
    "set_joining",
    "stop_clock",
    "sweep_lists",
    "tables",
    "take_over",
    "team",
    "throw_away",
    "was_taken_over",
    "to_invite",
    "waiting",
]
