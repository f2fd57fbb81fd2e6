"""Sessions of a workshop: create, settings, order, copy."""

from __future__ import annotations

from sqlalchemy import func, select

from ...db import begin_write, db
from ...models import Recommendation, Round, Session, Workshop
from ...permits import Action
from ...terms import N_, UNFINISHED, RoundState, Visibility
from .. import Missing, Refused, audit
from ..hold import hold, touch
from ..office.lists import shift
from ..office.workshops import SETTINGS

MOST_PROPOSALS = 50


def sessions(workshop_id: int) -> list[Session]:
    """A workshop's sessions, in their order."""
    query = select(Session).where(Session.workshop_id == workshop_id)
    return list(db.session.scalars(query.order_by(Session.position, Session.id)))


def create_session(workshop, actor_id: int, *, title: str, question: str, **settings) -> Session:
    """A session at the end of the list, in phase prepare. ``settings``: any of :data:`SETTINGS`."""
    begin_write()
    _check(settings)
    last = db.session.scalar(select(func.max(Session.position)).where(Session.workshop_id == workshop.id))
    session = Session(
        workshop_id=workshop.id,
        title=title,
        question=question,
        position=0 if last is None else last + 1,
        **settings,
    )
    db.session.add(session)
    db.session.flush()
    audit.note(actor_id, "create_session", session.id, workshop=workshop.id)
    return session


def copy_session(session, actor_id: int, *, title: str) -> Session:
    """The same question and settings once more, at the end, in phase prepare; no contents."""
    begin_write()
    source = db.session.get(Session, session.id)
    if source is None:
        raise Missing()
    kept = {name: getattr(source, name) for name in SETTINGS}
    workshop = db.session.get(Workshop, source.workshop_id)
    return create_session(workshop, actor_id, title=title, question=source.question, **kept)


def edit_session(session, me, *, title: str, question: str, **settings) -> Session:
    """Change the question and any of :data:`SETTINGS`; open pages fetch themselves again.

    :raises Refused: names shown after proposals came in under the promise that they are not; or the
        roll's rule while a round is unfinished.
    """
    held = hold(session.id, me.role, Action.RUN)
    _check(settings)
    if (
        settings.get("names_visible")
        and not held.names_visible
        and _any(Recommendation.session_id == held.id)
    ):
        raise Refused(
            N_(
                "Es liegen schon Vorschläge vor, und ihre Verfasserinnen und Verfasser haben gelesen,"
                " dass andere ihren Namen nicht sehen. Das gilt."
            ),
            field="names_visible",
        )
    voted = [state for state in UNFINISHED if state is not RoundState.DRAFT]
    if settings.get("staff_votes", held.staff_votes) != held.staff_votes and _any(
        (Round.session_id == held.id) & Round.state.in_(voted)
    ):
        raise Refused(
            N_(
                "Wer abstimmt, steht seit dem Öffnen der Abstimmung fest. Ändern können Sie das erst nach der Abstimmung."
            ),
            field="staff_votes",
        )
    held.title, held.question = title, question
    changed = sorted(name for name in settings if getattr(held, name) != settings[name])
    for name in changed:
        setattr(held, name, settings[name])
    audit.note(me.id, "edit_session", held.id, **{name: settings[name] for name in changed})
    touch(held.id, step=True)
    db.session.flush()
    return held


def move_session(session, *, by: int) -> None:
    """One place up (-1) or down (+1) in its workshop."""
    begin_write()
    shift(sessions(session.workshop_id), session.id, by)


def _check(settings: dict) -> None:
    unknown = set(settings) - set(SETTINGS)
    if unknown:
        raise TypeError(f"no such setting: {', '.join(sorted(unknown))}")
    if not 1 <= settings.get("proposals_each", 1) <= MOST_PROPOSALS:
        raise Refused(N_("Bitte eine Zahl von 1 bis %(most)s."), field="proposals_each", most=MOST_PROPOSALS)
    if "visibility" in settings:
        Visibility(settings["visibility"])


def _any(condition) -> bool:
    return db.session.scalar(select(select(1).where(condition).exists()))
