"""Come in: log in, arrive with a code or a ticket, be let in, leave the device to the next.

Four files: :mod:`login` (passwords and logins), :mod:`tickets` (single-use ways in), :mod:`arrival` (the
room's code, presence), :mod:`places` (where somebody belongs).
"""

from __future__ import annotations

from .arrival import (
    CODE_SIGNS,
    approve,
    arrive,
    check_in,
    find_workshop,
    new_code,
    sectors,
    spoken,
    waiting,
)
from .codes import open_room, open_with, wrong_codes
from .login import (
    HASHER,
    SHORTEST_PASSWORD,
    begin_login,
    choose_language,
    count_failure,
    hash_of,
    log_in,
    log_out,
)
from .places import actor, membership_of, places, running, waits
from .tickets import (
    GONE,
    LIVES,
    Issued,
    Way,
    accept,
    invitation,
    invite,
    issue,
    look,
    look_at,
    look_by_code,
    mac_of,
    new_code_of,
    return_code_of_late,
    use,
    void,
)

__all__ = [
    "CODE_SIGNS",
    "GONE",
    "LIVES",
    "HASHER",
    "SHORTEST_PASSWORD",
    "Issued",
    "Way",
    "accept",
    "actor",
    "approve",
    "arrive",
    "begin_login",
    "check_in",
    "choose_language",
    "count_failure",
    "find_workshop",
    "hash_of",
    "invitation",
    "invite",
    "issue",
    "log_in",
    "log_out",
    "look",
    "look_at",
    "look_by_code",
    "mac_of",
    "membership_of",
    "new_code",
    "new_code_of",
    "open_room",
    "open_with",
    "places",
    "return_code_of_late",
    "running",
    "sectors",
    "spoken",
    "use",
    "void",
    "waiting",
    "waits",
    "wrong_codes",
]
