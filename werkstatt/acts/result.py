"""Result: from opened ballots to frozen figures, from frozen figures to the report, and its release.

The figures are made once, at the close, and never change; afterwards nothing needs the ballots.
Who may see them when is one function, :func:`shows`, asked by every page and file.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import func, select

from ..counting import Ranking
from ..counting.full import full_outcome
from ..db import db, utcnow
from ..exports import report
from ..exports.report import Report
from ..models import (
    Account,
    AuditEntry,
    Lineage,
    Membership,
    Organiser,
    Process,
    Recommendation,
    Result,
    RollEntry,
    Round,
    RoundItem,
    Session,
    Step,
    Workshop,
)
from ..permits import Action
from ..terms import N_, Kind, Phase, Role, RoundState
from . import Missing, NotNow, audit
from .hold import hold, touch

FINAL = (RoundState.RELEASED, RoundState.ANNULLED, RoundState.CANCELLED)
MODERATION = (Role.MODERATOR, Role.ORGANISER)
COUNTED_OUT = (RoundState.CLOSED, RoundState.RELEASED, RoundState.ANNULLED)  # the key is gone


def tally(
    n_items: int,
    ballots: list[tuple[Ranking, str | None]],
    *,
    options: dict,
    roll: int,
    cast: int,
    seed: int,
) -> dict:
    """The figures of a round, complete and plain, from its opened ballots.

    :param ballots: each with the name of the group it may be reported under ("science+administration"),
        or ``None``.
    :param options: the round's options; ``leading``, ``method``, ``strength`` and ``without`` are read.
    :param cast: ballots that were opened, abstentions included.
    :returns: ``version, roll, cast, abstained, counted, set_aside, seed, leading, groups, outcome``.
        With fewer than five counted ballots the outcome holds places only.
    """
    named = [
        Ranking(
            ballot.levels,
            ballot.no_opinion,
            ballot.rest_below,
            ballot.weight,
            group if ballot.levels else None,
        )
        for ballot, group in ballots
    ]
    full = full_outcome(
        named,
        n_items,
        leading=options.get("leading", "person"),
        seed=seed,
        method=options.get("method", "schulze"),
        strength=options.get("strength", "margins"),
    )
    return {
        "version": report.VERSION,
        "roll": roll,
        "cast": cast,
        "abstained": full.data["abstentions"],
        "counted": full.data["ballots"],
        "set_aside": int(options.get("without", 0)),
        "seed": seed,
        "leading": full.leading,
        "groups": [group["name"] for group in full.data.get("groups", ())],
        "outcome": full.to_json(),
    }


def release(session, me, round_id: int) -> Round:
    """Show a closed round's result to everybody; the session enters its last phase.

    :raises NotNow: the round is not closed, or its session has moved on.
    """
    session = hold(session.id, me.role, Action.RELEASE)
    round = db.session.scalars(
        select(Round)
        .where(Round.id == round_id, Round.session_id == session.id)
        .execution_options(populate_existing=True)
    ).one_or_none()
    if round is None:
        raise Missing()
    if round.state is not RoundState.CLOSED:
        raise NotNow(
            N_("Erst wenn die Abstimmung geschlossen und ausgezählt ist, lässt sich das Ergebnis zeigen.")
        )
    round.state, round.released_at = RoundState.RELEASED, utcnow()
    session.phase, session.phase_since, session.clock_ends_at = Phase.RESULT, round.released_at, None
    audit.note(me.id, "release", session.id, round=round.id)
    touch(session.id, step=True)
    db.session.flush()
    return round


def shows(round, role: Role) -> bool:
    """Whether this role may see this round's figures: everybody once released, moderators from the close on."""
    if round.state is RoundState.RELEASED:
        return True
    return round.state in COUNTED_OUT and role in MODERATION


def rounds(session_id: int) -> list[Round]:
    """The rounds of a session that are over for everybody, newest first."""
    query = select(Round).where(Round.session_id == session_id, Round.state.in_(FINAL))
    return list(db.session.scalars(query.order_by(Round.number.desc())))


def newest(session_id: int) -> Round | None:
    """The newest released round of a session."""
    return next((round for round in rounds(session_id) if round.state is RoundState.RELEASED), None)


def report_for(session, round, role: Role) -> Report:
    """The report as this role may see it.

    :raises NotNow: not yet, with the sentence for the room; or never again.
    """
    found = of_round(session, round) if shows(round, role) else None
    if found is None:
        raise NotNow(NOT_YET.get(round.state, NO_RESULT_YET))
    return found


NO_RESULT_YET = N_(
    "Vor dem Schließen sieht niemand ein Ergebnis. Bitte warten Sie, bis die Abstimmung geschlossen ist."
)
NOT_YET = {
    RoundState.CLOSED: N_("Geschlossen. Das Ergebnis sehen wir gemeinsam an."),
    RoundState.CANCELLED: N_("Diese Abstimmung wurde zurückgenommen. Abgegebene Stimmen sind vernichtet."),
    RoundState.ANNULLED: N_("Diese Abstimmung wurde für ungültig erklärt. Es gilt kein Ergebnis aus ihr."),
}


def of_round(session, round) -> Report | None:
    """The report of a round whose key is gone; ``None`` before, or where nothing was counted.

    Who may see it is :func:`shows`; this function does not ask.
    """
    if round.state not in COUNTED_OUT:
        return None
    stored = db.session.get(Result, round.id)
    if stored is None:
        return None
    workshop = db.session.get(Workshop, session.workshop_id)
    process = db.session.get(Process, workshop.process_id)
    setting = report.Setting(
        process.title, workshop.title, workshop.place, workshop.starts_at, session.title, session.question
    )
    facts = {
        "number": round.number,
        "kind": round.kind,
        "state": round.state.value,
        "opened_at": round.opened_at,
        "closed_at": round.closed_at,
        "released_at": round.released_at,
        "simulated": round.is_simulated,
        "rest": round.options.get("rest", "below"),
        "staff_votes": bool(round.options.get("staff_votes")),
        "list_hash": round.list_hash,
        "anchor": anchor_of(round),
    }
    return report.read(stored.figures, _words(round), setting=setting, round=facts)


def anchor_of(round) -> str:
    """The audit chain's hash at the newest entry about this round, as people read it."""
    entries = _entries(round)
    return audit.spoken(entries[-1].hash) if entries else ""


def _entries(round) -> list[AuditEntry]:
    query = select(AuditEntry).where(AuditEntry.session_id == round.session_id).order_by(AuditEntry.id)
    return [entry for entry in db.session.scalars(query) if entry.facts.get("round") == round.id]


def _words(round) -> list[dict]:
    rows = db.session.execute(
        select(RoundItem, Recommendation)
        .join(Recommendation, Recommendation.id == RoundItem.recommendation_id)
        .where(RoundItem.round_id == round.id)
        .order_by(RoundItem.position)
    ).all()
    origins = _origins([recommendation for _, recommendation in rows], round.opened_at)
    return [
        {
            "position": item.position,
            "letter": item.letter,
            "name": recommendation.name,
            "title": item.title,
            "problem": item.problem,
            "action": item.action,
            "theme": item.theme,
            "origin": origins[recommendation.id],
        }
        for item, recommendation in rows
    ]


def _origins(voted: Sequence[Recommendation], opened_at: datetime | None) -> dict[int, tuple[str, ...]]:
    """The proposals behind each recommendation, as the lineage stood when the list was frozen."""
    parents: dict[int, set[int]] = {}
    waiting, seen = {recommendation.id for recommendation in voted}, set()
    while waiting:
        steps = (
            select(Lineage.to_id, Lineage.from_id)
            .join(Step, Step.id == Lineage.step_id)
            .where(Lineage.to_id.in_(waiting), Lineage.from_id != Lineage.to_id)
            .where(Step.undone_at.is_(None) | (Step.undone_at > (opened_at or utcnow())))
        )
        if opened_at is not None:
            steps = steps.where(Step.created_at <= opened_at)
        seen |= waiting
        waiting = set()
        for to_id, from_id in db.session.execute(steps):
            parents.setdefault(to_id, set()).add(from_id)
            waiting |= {from_id} - seen
    known = {
        one.id: one
        for one in db.session.scalars(
            select(Recommendation).where(Recommendation.id.in_(seen)).order_by(Recommendation.id)
        )
    }
    return {recommendation.id: _roots(recommendation.id, parents, known) for recommendation in voted}


def _roots(start: int, parents: dict[int, set[int]], known: dict[int, Recommendation]) -> tuple[str, ...]:
    found, stack, seen = set(), [start], set()
    while stack:
        here = stack.pop()
        if here in seen:
            continue
        seen.add(here)
        stack.extend(parents.get(here, ()))
        if known[here].kind is Kind.PROPOSAL:
            found.add(here)
    return tuple(
        known[id].name for id in sorted(found, key=lambda id: (known[id].session_id, known[id].number))
    )


@dataclass(frozen=True)
class Protocol:
    """What the protocol of a round prints beside its rules: the roll, its late entries, what was done by whom.

    ``late``: reasons, in a fixed order that says nothing about names; ``deeds``: (moment, person or
    ``""`` for the clerk, deed, facts); ``roles``: what these persons are in the workshop; ``cast``,
    ``abstained``, ``papers`` (counted sheets) and ``urn_hash`` only after the key is gone.
    """

    roll: int
    late: list[str]
    deeds: list[tuple[datetime, str, str, dict]]
    anchor: str
    cast: int | None
    abstained: int | None = None
    marked: int = 0  # on the roll with paper
    papers: int = 0
    without: int = 0  # ballots set aside by two
    corrected: int = 0  # sectors of people on the roll, corrected from the opening to the close
    urn_hash: str = ""
    roles: dict[str, Role] = field(default_factory=dict)

    @property
    def forgotten(self) -> int:
        """Entries deleted with their accounts."""
        return sum(facts.get("entries", 0) for _, _, deed, facts in self.deeds if deed == "forget_voter")

    @property
    def on_roll_at_opening(self) -> int:
        return self.roll - len(self.late) + self.forgotten

    def times(self, name: str) -> int:
        """How often somebody did this."""
        return sum(1 for _, _, deed, _ in self.deeds if deed == name)


def protocol(round) -> Protocol:
    """The protocol of a round, from its opening on; turnout only after the key is gone.

    :raises NotNow: a round that was never opened.
    """
    if round.state is RoundState.DRAFT:
        raise NotNow(N_("Diese Abstimmung ist noch nicht eröffnet; ein Protokoll gibt es danach."))
    on_roll = select(func.count()).select_from(RollEntry).where(RollEntry.round_id == round.id)
    late = select(RollEntry.late_reason).where(RollEntry.round_id == round.id, RollEntry.late_reason != "")
    entries = _entries(round)
    names = dict(
        db.session.execute(
            select(Account.id, Account.name).where(Account.id.in_({entry.actor_id for entry in entries}))
        ).all()
    )
    stored = db.session.get(Result, round.id) if round.state in COUNTED_OUT else None
    papers = on_roll.where(RollEntry.on_paper.is_(True))
    return Protocol(
        roll=db.session.scalar(on_roll),
        late=sorted(db.session.scalars(late)),
        deeds=[(entry.at, names.get(entry.actor_id, ""), entry.deed, entry.facts) for entry in entries],
        anchor=audit.anchor(),
        cast=stored.figures["cast"] if stored else None,
        abstained=stored.figures["abstained"] if stored else None,
        marked=db.session.scalar(papers),
        papers=int(round.options.get("papers", 0)) if stored else 0,
        without=int(round.options.get("without", 0)),
        corrected=_corrected(round, entries),
        urn_hash=next((e.facts["urn"] for e in entries if "urn" in e.facts), "") if stored else "",
        roles=_roles(round, names),
    )


def _corrected(round, entries: list[AuditEntry]) -> int:
    """How often the sector of somebody on the roll was corrected while the round was open; not whose."""
    at = {entry.deed: entry.id for entry in reversed(entries)}
    ends = [at[deed] for deed in ("closing", "cancel_round", "interrupted") if deed in at]
    if "open_round" not in at:
        return 0  # taken out of the record in time
    query = select(AuditEntry.facts).where(
        AuditEntry.deed.in_(("correct_sector", "edit_member")), AuditEntry.id > at["open_round"]
    )
    if ends:
        query = query.where(AuditEntry.id < min(ends))
    roll = set(db.session.scalars(select(RollEntry.membership_id).where(RollEntry.round_id == round.id)))
    return sum("sector" in facts and facts.get("member") in roll for facts in db.session.scalars(query))


def _roles(round, names: dict[int, str]) -> dict[str, Role]:
    """What each of these accounts is in the round's workshop, by name."""
    here = select(Session.workshop_id).where(Session.id == round.session_id).scalar_subquery()
    members = select(Membership.account_id, Membership.role).where(
        Membership.workshop_id == here, Membership.account_id.in_(names)
    )
    organisers = (
        select(Organiser.account_id)
        .join(Workshop, Workshop.process_id == Organiser.process_id)
        .where(Workshop.id == here, Organiser.account_id.in_(names))
    )
    found = {names[account_id]: role for account_id, role in db.session.execute(members)}
    return found | {names[account_id]: Role.ORGANISER for account_id in db.session.scalars(organisers)}


def frozen(round) -> list[RoundItem]:
    """The frozen list of a round, in its order."""
    query = select(RoundItem).where(RoundItem.round_id == round.id).order_by(RoundItem.position)
    return list(db.session.scalars(query))
