"""Annul a counted round: never deleted, and never by one person alone.

The first moderator proposes it with a reason; the request stands on the console for everybody who
moderates; another account confirms or turns it down. From the confirmation on the round has no
result any more; its record, its reason and its figures (for the moderators) stay.
"""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import select

from ...db import db, utcnow
from ...models import Account, Annulment, Round
from ...permits import Action
from ...terms import N_, RoundState
from .. import Missing, NotAllowed, NotNow, Refused, audit
from ..hold import hold, touch

COUNTED = (RoundState.CLOSED, RoundState.RELEASED)
LONGEST_REASON = 400


@dataclass(frozen=True)
class Request:
    """A round that may be annulled, and what has been proposed for it, if anything."""

    round: Round
    reason: str = ""
    by: str = ""
    by_id: int | None = None


def annullable(session_id: int) -> list[Request]:
    """The counted rounds of a session with their open requests, newest first."""
    rows = db.session.execute(
        select(Round, Annulment, Account.name)
        .outerjoin(Annulment, Annulment.round_id == Round.id)
        .outerjoin(Account, Account.id == Annulment.proposed_by_id)
        .where(Round.session_id == session_id, Round.state.in_(COUNTED))
        .order_by(Round.number.desc())
    )
    return [
        Request(round, request.reason, name, request.proposed_by_id) if request else Request(round)
        for round, request, name in rows
    ]


def annulled_because(round_id: int) -> str:
    """The reason for which a round was annulled; empty for all others."""
    query = select(Annulment.reason).where(
        Annulment.round_id == round_id, Annulment.confirmed_at.is_not(None)
    )
    return db.session.scalar(query) or ""


def last_annulled(session_id: int) -> Round | None:
    """The newest round that was not taken back, if it was annulled: everybody is told."""
    gone = (RoundState.CANCELLED, RoundState.CANCELLING)
    query = select(Round).where(Round.session_id == session_id, Round.state.not_in(gone))
    newest = db.session.scalars(query.order_by(Round.number.desc()).limit(1)).first()
    return newest if newest is not None and newest.state is RoundState.ANNULLED else None


def propose_annulment(session, me, round_id: int, *, reason: str) -> Annulment:
    """Ask for a second person's consent; until then everything stays as it is.

    :raises NotNow: not counted yet, or somebody has proposed it already.
    """
    round = _held(session, me, round_id)
    if not reason.strip():
        raise Refused(N_("Bitte nennen Sie den Grund; er steht im Protokoll."), field="reason")
    if db.session.get(Annulment, round.id) is not None:
        raise NotNow(N_("Das ist schon beantragt. Bitte sehen Sie auf die Konsole."))
    request = Annulment(round_id=round.id, reason=reason.strip()[:LONGEST_REASON], proposed_by_id=me.id)
    db.session.add(request)
    return _record(me, round, "propose_annulment", request)


def confirm_annulment(session, me, round_id: int) -> Annulment:
    """Agree as the second person: from now on this round has no result.

    :raises NotAllowed: it is one's own proposal.
    """
    round, request = _requested(session, me, round_id)
    if request.proposed_by_id == me.id:
        raise NotAllowed(
            N_("Dazu braucht es zwei Personen: Sie haben es beantragt, bestätigen muss jemand anderes.")
        )
    request.confirmed_by_id, request.confirmed_at = me.id, utcnow()
    round.state = RoundState.ANNULLED
    return _record(me, round, "annul", request)


def withdraw_annulment(session, me, round_id: int) -> Round:
    """Drop an open request, one's own or somebody else's: the round counts as before."""
    round, request = _requested(session, me, round_id)
    db.session.delete(request)
    _record(me, round, "withdraw_annulment", request)
    return round


def _requested(session, me, round_id: int) -> tuple[Round, Annulment]:
    round = _held(session, me, round_id)
    request = db.session.get(Annulment, round.id, populate_existing=True)
    if request is None:
        raise NotNow(N_("Dafür liegt kein Antrag mehr vor. Bitte sehen Sie auf die Konsole."))
    return round, request


def _held(session, me, round_id: int) -> Round:
    hold(session.id, me.role, Action.ANNUL)
    round = db.session.get(Round, round_id, populate_existing=True)
    if round is None or round.session_id != session.id:
        raise Missing()
    if round.state not in COUNTED:
        raise NotNow(N_("Für ungültig erklären lässt sich nur eine Abstimmung, die ausgezählt ist."))
    return round


def _record(me, round: Round, deed: str, request: Annulment) -> Annulment:
    db.session.flush()
    audit.note(me.id, deed, round.session_id, round=round.id)
    touch(round.session_id, step=True)
    return request
