"""The steps of consolidation. Nothing is overwritten: each step has an inverse and stays in the history.

Forms carry the versions that they showed (``seen``: recommendation id -> version number). What has
changed meanwhile is refused with :class:`Changed`, so that the second to save sees both and loses
no text.
"""

from __future__ import annotations

from sqlalchemy import func, select

from ...db import db, utcnow
from ...models import Lineage, Recommendation, Round, RoundItem, Step
from ...permits import Action
from ...terms import N_, Kind, LineageKind, RecommendationState, RoundState, StepKind
from .. import Missing, NotNow, Refused, audit
from ..collect.write import add_version, current_version, fresh, hold_texts, next_number, wording
from ..hold import touch

# Rounds whose list stands for good: what was on it cannot be dissolved.
STANDING = (RoundState.OPEN, RoundState.CLOSING, RoundState.COUNTED, RoundState.CLOSED, RoundState.RELEASED)


class Changed(NotNow):
    """What the form had in view is no longer so; nothing was stored."""


def merge(
    session,
    me,
    source_ids: list[int],
    *,
    title: str,
    problem: str = "",
    action: str = "",
    theme_id: int | None = None,
    reason: str = "",
    seen: dict[int, int] | None = None,
) -> Recommendation:
    """Put several recommendations into one new wording (E-n); the sources stay readable.

    :raises Refused: fewer than two sources, a hidden one, or no title.
    :raises Changed: a source is no longer on the list, or has other words than the form showed.
    """
    session = hold_texts(session.id, me.role, Action.CONSOLIDATE)
    sources = [fresh(one, session.id) for one in sorted(set(source_ids))]
    if len(sources) < 2:
        raise Refused(N_("Bitte wählen Sie mindestens zwei Vorschläge aus."))
    _check_current(sources, seen)
    title, problem, action = wording(session, title, problem, action, theme_id)
    made = _consolidated(session, me, title, problem, action, theme_id, reason)
    _become(session, me, StepKind.MERGE, LineageKind.MERGE, sources, made, reason)
    return made


def reword(
    session,
    me,
    recommendation_id: int,
    *,
    title: str,
    problem: str = "",
    action: str = "",
    theme_id: int | None = None,
    reason: str = "",
    version: int | None = None,
) -> Recommendation:
    """Give a recommendation other words: E-n gets its next version, a proposal becomes a new E-n.

    The proposal itself keeps its words and stays readable, with its lineage.

    :raises Refused: the words are the same.
    :raises Changed: see :func:`merge`.
    """
    session = hold_texts(session.id, me.role, Action.CONSOLIDATE)
    one = fresh(recommendation_id, session.id)
    words = wording(session, title, problem, action, theme_id)
    now = current_version(one)
    same = (now.title, now.problem, now.action, now.theme_id) == (*words, theme_id)
    if same and one.kind is Kind.CONSOLIDATED and version is not None and version < one.current:
        return one  # the form was sent twice
    _check_current([one], None if version is None else {one.id: version})
    if same:
        raise Refused(N_("Der Wortlaut ist unverändert."), field="title")
    title, problem, action = words
    if one.kind is Kind.PROPOSAL:
        made = _consolidated(session, me, title, problem, action, theme_id, reason)
        _become(session, me, StepKind.REWORD, LineageKind.REWORD, [one], made, reason)
        return made
    step = _step(session, me, StepKind.REWORD, [one], reason)
    add_version(one, me, title=title, problem=problem, action=action, theme_id=theme_id, reason=reason)
    _record(session, me, step, made=None)
    return one


def exclude(
    session, me, recommendation_id: int, *, reason: str, version: int | None = None
) -> Recommendation:
    """Take a recommendation off the list, with a reason that everybody may read.

    :raises Refused: without a reason.
    :raises Changed: see :func:`merge`.
    """
    session = hold_texts(session.id, me.role, Action.CONSOLIDATE)
    one = fresh(recommendation_id, session.id)
    if not reason.strip():
        raise Refused(
            N_("Bitte nennen Sie einen Grund; er steht beim Vorschlag und im Bericht."), field="reason"
        )
    _check_current([one], None if version is None else {one.id: version}, hidden_too=True)
    step = _step(session, me, StepKind.EXCLUDE, [one], reason.strip())
    one.state = RecommendationState.EXCLUDED
    _record(session, me, step, made=None)
    return one


def undo(session, me, step_id: int | None = None) -> Step:
    """Take a step back, the last one or the named one; it stays in the history, marked.

    Undoing a merge dissolves the merged recommendation and brings its sources back.

    :raises NotNow: nothing to undo, undone already, or something later depends on it.
    """
    session = hold_texts(session.id, me.role, Action.CONSOLIDATE)
    steps = list(
        db.session.scalars(
            select(Step)
            .where(Step.session_id == session.id)
            .order_by(Step.number.desc())
            .execution_options(populate_existing=True)
        )
    )
    standing = [step for step in steps if step.undone_at is None]
    if step_id is None:
        if not standing:
            raise NotNow(N_("Es gibt keinen Schritt, der sich rückgängig machen ließe."))
        step = standing[0]
    else:
        step = next((one for one in steps if one.id == step_id), None)
        if step is None:
            raise Missing()
        if step.undone_at is not None:
            raise NotNow(N_("Dieser Schritt ist schon rückgängig gemacht."))
    made = made_by([step.id])
    _check_undoable(step, [one for one in standing if one.number > step.number], made.get(step.id, set()))
    for one_id, (state, version) in step.before.items():
        one = fresh(int(one_id), session.id)
        one.state = RecommendationState(state)
        if step.kind is StepKind.REWORD and one.kind is Kind.CONSOLIDATED:
            one.current = version
    for one_id in made.get(step.id, ()):
        fresh(one_id, session.id).state = RecommendationState.RETIRED
    step.undone_at, step.undone_by_id = utcnow(), me.id
    db.session.flush()
    audit.note(me.id, "undo", session.id, step=step.number, kind=step.kind.value)
    touch(session.id, step=True)
    return step


def made_by(step_ids: list[int]) -> dict[int, set[int]]:
    """The recommendations that each step made."""
    rows = db.session.execute(
        select(Lineage.step_id, Lineage.to_id).where(Lineage.step_id.in_(step_ids)).order_by(Lineage.id)
    )
    made: dict[int, set[int]] = {}
    for step_id, to_id in rows:
        made.setdefault(step_id, set()).add(to_id)
    return made


def touched(step: Step, made: set[int]) -> set[int]:
    """The recommendations that a step changed or made."""
    return {int(one) for one in step.before} | made


def voted(session_id: int) -> set[int]:
    """The recommendations that stand on the list of a round that counts."""
    return set(
        db.session.scalars(
            select(RoundItem.recommendation_id)
            .join(Round, Round.id == RoundItem.round_id)
            .where(Round.session_id == session_id, Round.state.in_(STANDING))
        )
    )


def _check_undoable(step: Step, later: list[Step], made: set[int]) -> None:
    mine = touched(step, made)
    after = made_by([one.id for one in later])
    for one in later:
        shared = mine & touched(one, after.get(one.id, set()))
        if shared:
            names = _names(shared)
            raise NotNow(
                N_("Ein späterer Schritt hängt davon ab (%(names)s). Machen Sie zuerst diesen rückgängig."),
                names=names,
            )
    frozen = mine & voted(step.session_id)
    if frozen:
        raise NotNow(
            N_("Über %(names)s wurde in dieser Fassung schon abgestimmt; der Schritt bleibt."),
            names=_names(frozen),
        )


def _names(ids: set[int]) -> str:
    found = db.session.scalars(
        select(Recommendation)
        .where(Recommendation.id.in_(ids))
        .order_by(Recommendation.kind, Recommendation.number, Recommendation.id)
    )
    return ", ".join(one.name for one in found)


def _check_current(
    sources: list[Recommendation], seen: dict[int, int] | None, hidden_too: bool = False
) -> None:
    changed = [
        one
        for one in sources
        if one.state is not RecommendationState.ACTIVE
        or (seen is not None and seen.get(one.id) != one.current)
    ]
    if changed:
        raise Changed(
            N_("Inzwischen geändert: %(names)s. Es wurde nichts gespeichert."),
            names=", ".join(one.name for one in changed),
        )
    hidden = [one.name for one in sources if one.hidden_at]
    if hidden and not hidden_too:
        raise Refused(
            N_("Ausgeblendet: %(names)s. Zeigen Sie den Text zuerst wieder, oder lassen Sie ihn weg."),
            names=", ".join(hidden),
        )


def _consolidated(session, me, title, problem, action, theme_id, reason) -> Recommendation:
    made = Recommendation(
        session_id=session.id, kind=Kind.CONSOLIDATED, number=next_number(session.id, Kind.CONSOLIDATED)
    )
    db.session.add(made)
    db.session.flush()
    add_version(
        made, me, title=title, problem=problem, action=action, theme_id=theme_id, reason=reason.strip()
    )
    return made


def _become(
    session, me, kind: StepKind, how: LineageKind, sources, made: Recommendation, reason: str
) -> None:
    step = _step(session, me, kind, sources, reason)
    for source in sources:
        db.session.add(
            Lineage(from_id=source.id, to_id=made.id, kind=how, step_id=step.id, version=source.current)
        )
        source.state = RecommendationState.MERGED
    _record(session, me, step, made=made.id)


def _step(session, me, kind: StepKind, sources: list[Recommendation], reason: str) -> Step:
    """A step with what its inverse needs; written before anything changes."""
    highest = select(func.max(Step.number)).where(Step.session_id == session.id)
    step = Step(
        session_id=session.id,
        number=(db.session.scalar(highest) or 0) + 1,
        kind=kind,
        actor_id=me.id,
        reason=reason.strip(),
        before={str(one.id): [one.state.value, one.current] for one in sources},
    )
    db.session.add(step)
    db.session.flush()
    return step


def _record(session, me, step: Step, *, made: int | None) -> None:
    db.session.flush()
    ids = sorted(int(one) for one in step.before)
    more = {} if made is None else {"made": made}
    audit.note(me.id, step.kind.value, session.id, step=step.number, recommendations=ids, **more)
    touch(session.id, step=True)
