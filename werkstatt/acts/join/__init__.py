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
    new_code,
    sectors,
    spoken,
    waiting,
    workshop_by_code,
)
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
    Issued,
    Way,
    accept,
    invitation,
    invite,
    issue,
    look,
    look_by_code,
    mac_of,
    new_code_of,
    use,
    void,
)

__all__ = [
    "CODE_SIGNS",
    "GONE",
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
    "hash_of",
    "invitation",
    "invite",
    "issue",
    "log_in",
    "log_out",
    "look",
    "look_by_code",
    "mac_of",
    "membership_of",
    "new_code",
    "new_code_of",
    "places",
    "running",
    "sectors",
    "spoken",
    "use",
    "void",
    "waiting",
    "waits",
    "workshop_by_code",
]
