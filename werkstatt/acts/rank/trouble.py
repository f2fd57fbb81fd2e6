"""The bad minutes: what the console offers, in words, when something goes wrong."""

from __future__ import annotations

from dataclasses import dataclass

from .annulment import Request, annullable


@dataclass(frozen=True)
class Trouble:
    """What can go wrong now, and what somebody has already asked for."""

    annullable: list[Request]

    @property
    def requested(self) -> bool:
        """Whether a decision of this console is waited for."""
        return any(one.by for one in self.annullable)


def trouble(session_id: int) -> Trouble:
    """What applies in a session now."""
    return Trouble(annullable(session_id))
