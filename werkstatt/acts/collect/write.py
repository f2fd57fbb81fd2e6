"""The verbs of collecting: propose, edit, withdraw, take back, hide, show again.

Numbers are given under the lock of the session's texts, so that two people at once get V-7 and
V-8. The same form sent twice is one proposal; an edit is a new version, nothing is overwritten.
"""

from __future__ import annotations

from sqlalchemy import func, select

from ...db import db, lock_texts, utcnow
from ...models import Comment, Recommendation, Session, Theme, Version, Workshop
from ...permits import Action
from ...terms import N_, Kind, Phase, RecommendationState, Role
from .. import Missing, NotAllowed, NotNow, Refused, audit
from ..hold import hold, touch
from .look import one_card

LONGEST_TITLE, LONGEST_TEXT = 200, 4000


def hold_texts(session_id: int, role, action: Action) -> Session:
    """Hold the session and, inside it, its numbers and wordings."""
    session = hold(session_id, role, action)
    lock_texts(session.id)
    return session


def propose(
    session, me, *, title: str, problem: str = "", action: str = "", theme_id: int | None = None
) -> Recommendation:
    """Submit a proposal, in the phase of discussion as a late one ("Nachtrag").

    :returns: the new proposal, or the one that this person has already submitted in these words.
    :raises Refused: no title, no such theme, or as many proposals as a participant may have.
    :raises NotNow: late proposals are switched off.
    """
    session = hold_texts(session.id, me.role, Action.PROPOSE)
    late = session.phase is Phase.DISCUSS
    if late and not session.late_proposals:
        raise NotNow(
            N_("In dieser Arbeitsrunde sind keine Nachträge vorgesehen. Nutzen Sie einen Kommentar.")
        )
    title, problem, action = wording(session, title, problem, action, theme_id)
    same = _already(session, me, title, problem, action)
    if same is not None:
        return same
    _check_limit(session, me, late=late)
    one = Recommendation(
        session_id=session.id,
        kind=Kind.PROPOSAL,
        number=next_number(session.id, Kind.PROPOSAL),
        author_id=me.id,
        sector_id=me.membership.sector_id if me.membership else None,
        table_id=me.membership.table_id if me.membership else None,
        is_late=late,
    )
    db.session.add(one)
    db.session.flush()
    add_version(one, me, title=title, problem=problem, action=action, theme_id=theme_id)
    touch(session.id, news=True)
    return one


def edit(
    session,
    me,
    recommendation_id: int,
    *,
    title: str,
    problem: str = "",
    action: str = "",
    theme_id: int | None = None,
) -> Recommendation:
    """Give one's own proposal a new version; equal words change nothing.

    :raises NotAllowed: somebody else's.
    :raises NotNow: withdrawn, or no longer in the phase it was made in.
    """
    session = hold_texts(session.id, me.role, Action.PROPOSE)
    one = check_own(session, me, recommendation_id)
    if one.state is not RecommendationState.ACTIVE:
        raise NotNow(N_("%(name)s ist zurückgezogen. Holen Sie den Vorschlag zuerst zurück."), name=one.name)
    title, problem, action = wording(session, title, problem, action, theme_id)
    words = current_version(one)
    if (words.title, words.problem, words.action, words.theme_id) != (title, problem, action, theme_id):
        add_version(one, me, title=title, problem=problem, action=action, theme_id=theme_id)
        touch(session.id, news=True)
    return one


def withdraw(session, me, recommendation_id: int) -> Recommendation:
    """Take one's own proposal off the list; it can be brought back."""
    session = hold_texts(session.id, me.role, Action.PROPOSE)
    one = check_own(session, me, recommendation_id)
    if one.state is RecommendationState.ACTIVE:
        one.state = RecommendationState.WITHDRAWN
        db.session.flush()
        touch(session.id, news=True)
    return one


def restore(session, me, recommendation_id: int) -> Recommendation:
    """Bring back what one has withdrawn, within the limit."""
    session = hold_texts(session.id, me.role, Action.PROPOSE)
    one = check_own(session, me, recommendation_id)
    if one.state is RecommendationState.WITHDRAWN:
        _check_limit(session, me, late=one.is_late)
        one.state = RecommendationState.ACTIVE
        db.session.flush()
        touch(session.id, news=True)
    return one


def hide(session, me, recommendation_id: int, *, reason: str, comment_id: int | None = None):
    """Hide a recommendation, or one of its comments, from everybody but moderators and its author.

    :raises Refused: without a reason.
    """
    session = hold_texts(session.id, me.role, Action.HIDE)
    one = _text(session, recommendation_id, comment_id)
    if not reason.strip():
        raise Refused(N_("Bitte nennen Sie einen Grund; die verfassende Person liest ihn."), field="reason")
    if one.hidden_at is None:
        one.hidden_at, one.hidden_reason = utcnow(), reason.strip()
        _note_hiding(me, "hide", session, recommendation_id, comment_id)
    return one


def unhide(session, me, recommendation_id: int, *, comment_id: int | None = None):
    """Show a hidden text again; the audit keeps that it was hidden."""
    session = hold_texts(session.id, me.role, Action.HIDE)
    one = _text(session, recommendation_id, comment_id)
    if one.hidden_at is not None:
        one.hidden_at, one.hidden_reason = None, ""
        _note_hiding(me, "unhide", session, recommendation_id, comment_id)
    return one


def themes(session_id: int) -> list[Theme]:
    """The themes that a recommendation of this session may belong to, in their order."""
    return list(
        db.session.scalars(
            select(Theme)
            .join(Workshop, Workshop.process_id == Theme.process_id)
            .join(Session, Session.workshop_id == Workshop.id)
            .where(Session.id == session_id)
            .order_by(Theme.position, Theme.id)
        )
    )


def proposed(session_id: int, account_id: int) -> int:
    """How many of this person's proposals count against the limit."""
    return db.session.scalar(
        select(func.count()).where(
            Recommendation.session_id == session_id,
            Recommendation.author_id == account_id,
            Recommendation.kind == Kind.PROPOSAL,
            Recommendation.state != RecommendationState.WITHDRAWN,
        )
    )


def wording(session, title: str, problem: str, action: str, theme_id: int | None) -> tuple[str, str, str]:
    """The words as they are kept: without white space around them.

    :raises Refused: no title, too long, or a theme of another process.
    """
    texts = {"title": title.strip(), "problem": problem.strip(), "action": action.strip()}
    if not texts["title"]:
        raise Refused(N_("Bitte geben Sie einen Titel an."), field="title")
    for name, text in texts.items():
        most = LONGEST_TITLE if name == "title" else LONGEST_TEXT
        if len(text) > most:
            raise Refused(N_("Bitte höchstens %(max)d Zeichen."), field=name, max=most)
    if theme_id is not None and theme_id not in {theme.id for theme in themes(session.id)}:
        raise Refused(N_("Bitte wählen Sie ein Handlungsfeld aus der Liste."), field="theme")
    return texts["title"], texts["problem"], texts["action"]


def next_number(session_id: int, kind: Kind) -> int:
    """The next free number; call it under the lock of the session's texts."""
    highest = select(func.max(Recommendation.number)).where(
        Recommendation.session_id == session_id, Recommendation.kind == kind
    )
    return (db.session.scalar(highest) or 0) + 1


def current_version(one: Recommendation) -> Version:
    """The wording that holds now."""
    return db.session.scalars(
        select(Version).where(Version.recommendation_id == one.id, Version.number == one.current)
    ).one()


def add_version(
    one: Recommendation, me, *, title: str, problem: str, action: str, theme_id: int | None, reason: str = ""
) -> Version:
    """Append a wording and let it hold; numbers are never used twice."""
    highest = select(func.max(Version.number)).where(Version.recommendation_id == one.id)
    version = Version(
        recommendation_id=one.id,
        number=(db.session.scalar(highest) or 0) + 1,
        title=title,
        problem=problem,
        action=action,
        theme_id=theme_id,
        actor_id=me.id,
        reason=reason,
    )
    db.session.add(version)
    one.current = version.number
    db.session.flush()
    return version


def fresh(recommendation_id: int, session_id: int) -> Recommendation:
    """A recommendation as it is under the lock, whatever was read before."""
    one = db.session.scalars(
        select(Recommendation)
        .where(Recommendation.id == recommendation_id, Recommendation.session_id == session_id)
        .execution_options(populate_existing=True)
    ).one_or_none()
    if one is None:
        raise Missing()
    return one


def check_own(session, me, recommendation_id: int) -> Recommendation:
    one_card(session, me, recommendation_id)  # what one may not read does not exist
    one = fresh(recommendation_id, session.id)
    if one.kind is not Kind.PROPOSAL or one.author_id != me.id:
        raise NotAllowed(N_("Das ist nicht Ihr Vorschlag. Ändern kann ihn nur, wer ihn eingereicht hat."))
    if session.phase is Phase.DISCUSS and not one.is_late:
        raise NotNow(N_("Das Sammeln ist beendet. Ergänzen Sie Ihren Vorschlag mit einem Kommentar."))
    if one.state not in (RecommendationState.ACTIVE, RecommendationState.WITHDRAWN):
        raise NotNow(N_("%(name)s ist schon weiter bearbeitet und steht fest."), name=one.name)
    return one


def _already(session, me, title: str, problem: str, action: str) -> Recommendation | None:
    """The proposal that this person has submitted in exactly these words: the form was sent twice."""
    return db.session.scalars(
        select(Recommendation)
        .join(Version, Version.recommendation_id == Recommendation.id)
        .where(
            Recommendation.session_id == session.id,
            Recommendation.author_id == me.id,
            Recommendation.kind == Kind.PROPOSAL,
            Recommendation.state != RecommendationState.WITHDRAWN,
            Version.title == title,
            Version.problem == problem,
            Version.action == action,
        )
        .order_by(Recommendation.number)
        .limit(1)
    ).first()


def _check_limit(session, me, *, late: bool) -> None:
    if me.role is not Role.PARTICIPANT or proposed(session.id, me.id) < session.proposals_each:
        return
    if late:
        raise Refused(
            N_(
                "Mehr als %(most)s Vorschläge je Person sind nicht vorgesehen. Schreiben Sie einen Kommentar,"
                " oder bitten Sie die Moderation, den Nachtrag einzutragen."
            ),
            most=session.proposals_each,
        )
    raise Refused(
        N_("Mehr als %(most)s Vorschläge je Person sind nicht vorgesehen. Ziehen Sie zuerst einen zurück."),
        most=session.proposals_each,
    )


def _text(session, recommendation_id: int, comment_id: int | None):
    one = fresh(recommendation_id, session.id)
    if comment_id is None:
        return one
    comment = db.session.scalars(
        select(Comment)
        .where(Comment.id == comment_id, Comment.recommendation_id == one.id)
        .execution_options(populate_existing=True)
    ).one_or_none()
    if comment is None:
        raise Missing()
    return comment


def _note_hiding(me, deed: str, session, recommendation_id: int, comment_id: int | None) -> None:
    which = {"recommendation": recommendation_id} | ({"comment": comment_id} if comment_id else {})
    db.session.flush()
    audit.note(me.id, deed, session.id, **which)
    touch(session.id, news=True)
