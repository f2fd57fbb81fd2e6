"""Is what was seen of one ballot possible? A small check of linearizability, for one voter at a time.

A ballot is a register with a revision: a write names the revision that its page saw, and takes
effect if that is still the one (or there is no ballot yet); the same content is saved already. Each operation must have
happened at one moment between its sending and its answer, so that all of them in the order of
their moments make sense (Wing and Gong 1993; done operations and state are remembered, as by
Lowe 2017). A write that nobody answered may have happened until the server was killed, or never.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

Value = tuple[int, ...] | None
State = tuple[int, Value]  # revision, value
NOTHING: State = (0, None)


@dataclass(frozen=True)
class Seen:
    """One operation as the client saw it: ``read`` or ``write``, when, with what outcome.

    ``outcome``: saved, refused (409), unknown (no answer, or 503) for a write; read for a read.
    ``until`` is the moment of the answer; for an unknown one, the last moment at which it may
    still have taken effect.
    """

    kind: str
    outcome: str
    value: Value
    sent: float
    until: float = math.inf
    rev: int = 0

    @property
    def must(self) -> bool:
        return self.outcome != "unknown"

    def after(self, state: State) -> State | None:
        """The state after it, or ``None`` where it cannot happen in this state."""
        rev, value = state
        if self.kind == "read":
            return state if self.value == value else None
        takes = self.rev == rev or not rev
        if self.outcome == "refused":
            return state if not takes and self.value != value else None
        if takes:
            return self.rev + 1, self.value
        return state if self.value == value else None


def possible(history: Sequence[Seen], start: State = NOTHING) -> bool:
    """Whether some order of the operations explains everything that was seen."""
    everything = sorted(history, key=lambda one: one.sent)
    needed = sum(1 << at for at, one in enumerate(everything) if one.must)
    stack, known = [(0, start)], {(0, start)}
    while stack:
        done, state = stack.pop()
        if done & needed == needed:
            return True
        for at in _next(everything, done):
            state_after = everything[at].after(state)
            place = (done | 1 << at, state_after)
            if state_after is not None and place not in known:
                known.add(place)
                stack.append(place)
    return False


def _next(everything: Sequence[Seen], done: int) -> Iterator[int]:
    """The operations that may come next: sent before any other one that must happen was over."""
    open_still = [at for at in range(len(everything)) if not done >> at & 1]
    over = min((everything[at].until for at in open_still if everything[at].must), default=math.inf)
    latest = max((everything[at].sent for at in range(len(everything)) if done >> at & 1), default=-math.inf)
    for at in open_still:
        if everything[at].sent <= over and everything[at].until >= latest:
            yield at
