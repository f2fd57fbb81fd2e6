"""How many have voted, as it is shown while a round is open: in steps, and never going down.

Giving somebody paper or deleting an account destroys a ballot, if there is one. A number that went down with it
would say whether this person had voted. So what is shown while the round is open is rounded down
to fives, and what was shown before such a deed stays until others have cast so many more. The exact number is in the result.
"""

from __future__ import annotations

from sqlalchemy import func, select

from ...db import db
from ...models import Ballot, RollEntry, Round

STEP = 5
BEFORE_THE_COUNT = ("shown", "speaks_for", "clock", "shut")


def turnout(round_id: int) -> tuple[int, int] | None:
    """(about so many have voted, on the roll); ``None`` below five."""
    options = db.session.scalar(select(Round.options).where(Round.id == round_id))
    about = max(_in_steps(round_id), (options or {}).get("shown", 0))
    roll = db.session.scalar(select(func.count()).where(RollEntry.round_id == round_id))
    return (about, roll) if about else None


def keep_shown(round: Round) -> None:
    """Before ballots are destroyed: whatever was shown stays shown."""
    shown = max(_in_steps(round.id), round.options.get("shown", 0))
    round.options = {**round.options, "shown": shown}
    db.session.flush()


def without_shown(options: dict) -> dict:
    """A round's options as they were fixed, without what only the round before its count needs."""
    return {name: value for name, value in options.items() if name not in BEFORE_THE_COUNT}


def _in_steps(round_id: int) -> int:
    cast = db.session.scalar(select(func.count()).where(Ballot.round_id == round_id))
    return cast - cast % STEP
