"""Hold a session: take its lock, then ask the permits table once more.

The guard has asked already, but between its look and the verb's write another console may
have changed the phase. Under the lock the answer stays true until the transaction ends.
"""

from __future__ import annotations

from sqlalchemy import select, update

from ..db import db, lock_session
from ..models import Session
from ..permits import EXCLUSIVE, Action, ever, now
from ..terms import N_
from . import Missing, NotAllowed, NotNow

TOO_LATE = N_("Das ist in der jetzigen Phase nicht mehr möglich. Es wurde nichts gespeichert.")


def hold(session_id: int, role, action: Action) -> Session:
    """The session, locked (alone for :data:`EXCLUSIVE` actions), if this role may do this now.

    :raises NotAllowed: the role may never do this.
    :raises NotNow: not in the phase that the session is in now.
    """
    lock_session(session_id, alone=action in EXCLUSIVE)
    session = db.session.scalars(
        select(Session).where(Session.id == session_id).execution_options(populate_existing=True)
    ).one_or_none()
    if session is None:
        raise Missing()
    if not ever(role, action):
        raise NotAllowed(N_("Dafür fehlt Ihnen die Berechtigung."))
    if not now(role, session.phase, action):
        raise NotNow(TOO_LATE)
    return session


def touch(session_id: int, *, step: bool = False, news: bool = False) -> None:
    """Raise the versions that the pulse shows, so that open pages fetch what changed."""
    raised = {}
    if step:
        raised["step"] = Session.step + 1
    if news:
        raised["news"] = Session.news + 1
    db.session.execute(
        update(Session)
        .where(Session.id == session_id)
        .values(raised)
        .execution_options(synchronize_session="fetch")
    )
