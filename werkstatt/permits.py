"""Who may do what, in one table: (role, phase) -> actions.

A view names its action (``@allow(Action.PROPOSE)``), the guard asks this table, and the
verb asks it again under the session's lock. Rules that depend on more than role and phase
(how many proposals a person may make, who stands on the roll) live in the verbs.
"""

from __future__ import annotations

from enum import StrEnum

from .terms import Phase, Role


class Action(StrEnum):
    """What a view does. The first three groups need no session."""

    # Anybody, logged in or not; anybody logged in; installation.
    PUBLIC = "public"
    LOGGED_IN = "logged_in"
    ADMINISTER = "administer"
    FOUND = "found"  # create a process
    # A process or a workshop.
    ORGANISE = "organise"
    ENTER = "enter"  # see the workshop's start page, arrive
    APPROVE = "approve"  # let people in, check in, correct a sector
    REGISTER = "register"  # edit the register and the workshop
    # A session.
    READ = "read"
    RUN = "run"  # console, settings, projector
    STEER = "steer"  # change the phase
    PROPOSE = "propose"
    COMMENT = "comment"
    BEHALF = "behalf"  # enter a proposal or comment for somebody who is here
    HIDE = "hide"
    EXPORT_TEXTS = "export_texts"
    CONSOLIDATE = "consolidate"
    OPEN = "open"  # open, close, cancel a round, add to the roll
    VOTE = "vote"
    PREVIEW = "preview"
    RELEASE = "release"
    PAPER = "paper"  # enter paper ballots
    ANNUL = "annul"  # by two, once a round is counted


EVERY = frozenset(Phase)

# Actions that change what everybody in the room may do; their verbs hold the session's lock alone.
EXCLUSIVE = frozenset({Action.STEER, Action.OPEN, Action.RELEASE, Action.ANNUL, Action.PAPER})

# Actions of a workshop or a process, whatever the phase of its sessions.
WORKSHOP_PERMITS: dict[Role, frozenset[Action]] = {
    Role.ORGANISER: frozenset({Action.ORGANISE, Action.ENTER, Action.APPROVE, Action.REGISTER}),
    Role.MODERATOR: frozenset({Action.ENTER, Action.APPROVE, Action.REGISTER}),
    Role.HELPER: frozenset({Action.ENTER, Action.APPROVE}),
    Role.PARTICIPANT: frozenset({Action.ENTER}),
    Role.OBSERVER: frozenset({Action.ENTER}),
    Role.PENDING: frozenset({Action.ENTER}),
}

_MODERATION: dict[Action, frozenset[Phase]] = {
    Action.READ: EVERY,
    Action.RUN: EVERY,
    Action.STEER: EVERY,
    Action.HIDE: EVERY,
    Action.EXPORT_TEXTS: EVERY,
    Action.PROPOSE: frozenset({Phase.COLLECT, Phase.DISCUSS}),
    Action.COMMENT: frozenset({Phase.DISCUSS}),
    Action.BEHALF: frozenset({Phase.COLLECT, Phase.DISCUSS}),
    Action.CONSOLIDATE: frozenset({Phase.CONSOLIDATE}),
    Action.OPEN: frozenset({Phase.RANK}),
    Action.VOTE: frozenset({Phase.RANK}),
    Action.PREVIEW: frozenset({Phase.RANK, Phase.RESULT}),
    Action.RELEASE: frozenset({Phase.RANK}),
    Action.PAPER: frozenset({Phase.RANK}),
    Action.ANNUL: frozenset({Phase.RANK, Phase.RESULT}),
}
_PARTICIPATION: dict[Action, frozenset[Phase]] = {
    Action.READ: EVERY,
    Action.PROPOSE: frozenset({Phase.COLLECT, Phase.DISCUSS}),
    Action.COMMENT: frozenset({Phase.DISCUSS}),
    Action.VOTE: frozenset({Phase.RANK}),
}
_HELP: dict[Action, frozenset[Phase]] = {
    Action.READ: EVERY,
    Action.VOTE: frozenset({Phase.RANK}),  # only where the session put staff on the roll
    Action.PAPER: frozenset({Phase.RANK}),  # one of the two at the box
    Action.BEHALF: frozenset({Phase.COLLECT, Phase.DISCUSS}),
}
_OBSERVATION: dict[Action, frozenset[Phase]] = {
    Action.READ: EVERY,
    Action.VOTE: frozenset({Phase.RANK}),  # only where the session put staff on the roll
}

SESSION_PERMITS: dict[Role, dict[Action, frozenset[Phase]]] = {
    Role.ORGANISER: _MODERATION,
    Role.MODERATOR: _MODERATION,
    Role.HELPER: _HELP,
    Role.PARTICIPANT: _PARTICIPATION,
    Role.OBSERVER: _OBSERVATION,
    Role.PENDING: {Action.READ: EVERY},
}

PERMITS: dict[tuple[Role, Phase], frozenset[Action]] = {
    (role, phase): frozenset(action for action, phases in table.items() if phase in phases)
    for role, table in SESSION_PERMITS.items()
    for phase in Phase
}


def ever(role: Role, action: Action) -> bool:
    """Whether this role may do this in any phase at all (no: 403; yes, but not now: 409)."""
    return action in WORKSHOP_PERMITS[role] or action in SESSION_PERMITS[role]


def now(role: Role, phase: Phase, action: Action) -> bool:
    """Whether this role may do this in this phase."""
    return action in WORKSHOP_PERMITS[role] or action in PERMITS[role, phase]
