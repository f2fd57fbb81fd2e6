"""The roll: whose account is deleted takes entry and ballot along; who on it votes on paper."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import delete, func, select

from ...db import db, lock_session
from ...models import Account, Ballot, PaperBatch, RollEntry, Round
from ...secrecy import KeyFolder, KeyGone, KeyMissing, handle_of
from ...terms import N_, RoundState
from .. import NotNow, audit
from ..hold import touch
from .turnout import keep_shown

BEFORE_THE_COUNT = (RoundState.OPEN, RoundState.CLOSING)


def forget(actor_id: int | None, keys: KeyFolder, membership_ids: Iterable[int]) -> int:
    """Take these memberships off the rolls of all rounds that are not counted yet, with their ballots.

    For the deletion of an account: call it before the memberships change, in the same transaction.
    Entries of counted rounds stay, because nobody knows any more which ballot was whose; so the
    figures do not change. The record says that an entry was deleted, not whose, and not whether
    there was a ballot.

    :param actor_id: whose deed it is.
    :returns: how many entries were deleted.
    :raises NotNow: a key is missing, without which the ballot cannot be found; nothing is deleted.
    """
    wanted = sorted(set(membership_ids))
    found = db.session.execute(
        select(Round.session_id, Round.id)
        .join(RollEntry, RollEntry.round_id == Round.id)
        .where(RollEntry.membership_id.in_(wanted), Round.state.in_(BEFORE_THE_COUNT))
        .distinct()
        .order_by(Round.session_id, Round.id)
    ).all()
    return sum(_forget(actor_id, keys, session_id, round_id, wanted) for session_id, round_id in found)


def _forget(actor_id, keys: KeyFolder, session_id: int, round_id: int, wanted: list[int]) -> int:
    lock_session(session_id, alone=True)
    round = db.session.get(Round, round_id, populate_existing=True)
    if round.state not in BEFORE_THE_COUNT:
        return 0  # counted while we waited
    mine = [RollEntry.round_id == round_id, RollEntry.membership_id.in_(wanted)]
    if round.state is RoundState.CLOSING:
        mine.append(RollEntry.on_paper.is_(False))  # nobody knows which sheet in the box is theirs
    members = list(db.session.scalars(select(RollEntry.membership_id).where(*mine)))
    destroy_ballots(keys, round, members)
    db.session.execute(delete(RollEntry).where(*mine))
    audit.note(actor_id, "forget_voter", session_id, round=round_id, entries=len(members))
    touch(session_id, step=True)
    return len(members)


def destroy_ballots(keys: KeyFolder, round: Round, members: list[int]) -> None:
    """Delete the ballots of these members, whether there are any or not; nobody is told which.

    :raises NotNow: the key, which alone finds them, is missing.
    """
    try:
        key = keys.read(round.key_id)
    except (KeyMissing, KeyGone) as no:
        raise NotNow(
            N_(
                "Der Schlüssel der laufenden Abstimmung fehlt; ohne ihn lässt sich der Stimmzettel dieser Person"
                " nicht finden. Stellen Sie den Schlüsselordner wieder her und versuchen Sie es noch einmal."
            )
        ) from no
    keep_shown(round)
    handles = [handle_of(key, round.id, member) for member in members]
    db.session.execute(delete(Ballot).where(Ballot.round_id == round.id, Ballot.handle.in_(handles)))


def marked(round_id: int) -> int:
    """How many people on the roll vote on paper: so many sheets at most."""
    query = select(func.count()).select_from(RollEntry)
    return db.session.scalar(query.where(RollEntry.round_id == round_id, RollEntry.on_paper.is_(True)))


def entered(round_id: int) -> list[tuple[int, str, int]]:
    """Who has entered a batch: account id, name, number of sheets."""
    query = select(PaperBatch.account_id, Account.name, PaperBatch.sheets).join(
        Account, Account.id == PaperBatch.account_id
    )
    rows = db.session.execute(query.where(PaperBatch.round_id == round_id).order_by(PaperBatch.account_id))
    return [tuple(row) for row in rows]
