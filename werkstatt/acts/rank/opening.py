"""The opening sheet and the opening: freeze the list, the roll and every option, and make the key."""

from __future__ import annotations

import hashlib
import json
import secrets
from dataclasses import dataclass

from sqlalchemy import func, select

from ...db import db, utcnow
from ...models import Installation, Membership, RollEntry, Round, RoundItem, Sector, Session, Theme, Workshop
from ...permits import Action
from ...secrecy import MOST_ITEMS, KeyFolder
from ...terms import N_, UNFINISHED, MemberState, Role, Rollup, RoundState
from .. import NotNow, Refused, audit, consolidate
from ..hold import hold, touch

FEWEST_ITEMS, REST_ASKED_ABOVE, APPROVAL_FIRST_ABOVE = 2, 15, 15
LEADING = ("person", "sector")
STAFF = (Role.MODERATOR, Role.HELPER, Role.OBSERVER)


def letter(position: int) -> str:
    """A to Z, then AA, AB ...: the spoken name of an item in the frozen list."""
    first, last = divmod(position, 26)
    return ("" if first == 0 else chr(64 + first)) + chr(65 + last)


@dataclass(frozen=True)
class Sheet:
    """What an opening would freeze, as it stands now.

    ``items``: (letter, recommendation, version, theme title); ``roll``: number of people by
    sector title; ``members``: their membership ids; ``pending``: how many still wait to be let
    in; ``absent_sectors``: titles of sectors nobody on the roll speaks for; ``mark``: a digest
    of list and settings, so that what is opened is what was shown.
    """

    items: list[tuple]
    roll: dict[str, int]
    members: list[int]
    pending: int
    absent_sectors: list[str]
    mark: str

    @property
    def asks_rest(self) -> bool:
        return len(self.items) > REST_ASKED_ABOVE


def sheet(session) -> Sheet:
    """Look at what would be voted on and by whom; changes nothing."""
    titles = dict(db.session.execute(select(Theme.id, Theme.title)).all())
    items = [
        (letter(position), recommendation, version, titles.get(version.theme_id, ""))
        for position, (recommendation, version) in enumerate(consolidate.ballot_items(session.id))
    ]
    sectors = db.session.execute(
        select(Sector.id, Sector.title)
        .join(Workshop, Workshop.process_id == Sector.process_id)
        .where(Workshop.id == session.workshop_id)
        .order_by(Sector.position, Sector.id)
    ).all()
    people = db.session.execute(eligible(session)).all()
    roll = {title: sum(1 for person in people if person.sector_id == id) for id, title in sectors}
    staff = sum(1 for person in people if person.sector_id is None)
    if staff:
        roll[""] = staff
    pending = db.session.scalar(
        select(func.count()).where(
            Membership.workshop_id == session.workshop_id, Membership.state == MemberState.PENDING
        )
    )
    shown = [[recommendation.id, version.number] for _, recommendation, version, _ in items]
    mark = hashlib.sha256(json.dumps([shown, session.staff_votes]).encode()).hexdigest()[:16]
    absent = [title for title, many in roll.items() if many == 0]
    return Sheet(items, roll, [person.id for person in people], pending, absent, mark)


def open_round(session, me, keys: KeyFolder, *, leading: str, mark: str, grace: int) -> Round:
    """Open a round over what the sheet showed.

    The key lies on disk before the caller commits; a key whose opening never committed is
    swept away at the next start.

    :param leading: the view that leads in the result, ``person`` or ``sector``.
    :param mark: the sheet's mark; another one means that the list has changed since.
    :param grace: seconds after the deadline in which an arrived request still counts.
    """
    session = hold(session.id, me.role, Action.OPEN)
    if leading not in LEADING:
        raise Refused(N_("Bitte wählen Sie, welche Sicht führt."), field="leading")
    busy = select(Round.id).where(Round.session_id == session.id, Round.state.in_(UNFINISHED))
    if db.session.scalar(busy) is not None:
        raise NotNow(
            N_("Es läuft schon eine Abstimmung. Sie muss erst abgeschlossen oder zurückgenommen sein.")
        )
    found = sheet(session)
    if found.mark != mark:
        raise NotNow(
            N_(
                "Die Liste hat sich seit Ihrem Blick geändert. Bitte prüfen Sie den Eröffnungsbogen noch einmal."
            )
        )
    if len(found.items) < FEWEST_ITEMS:
        raise Refused(N_("Zum Abstimmen braucht es mindestens zwei Empfehlungen."))
    if len(found.items) > MOST_ITEMS:
        raise Refused(
            N_("Über mehr als %(most)s Empfehlungen lässt sich nicht abstimmen. Bitte führen Sie zusammen."),
            most=MOST_ITEMS,
        )
    if not found.members:
        raise Refused(N_("Es ist noch niemand eingecheckt. Ohne Stimmberechtigte gibt es keine Abstimmung."))
    round = _freeze(session, found, leading, grace)
    round.key_id = keys.create(db.session.scalar(select(Installation.mark)))
    audit.note(
        me.id,
        "open_round",
        session.id,
        round=round.id,
        list=round.list_hash,
        items=len(found.items),
        roll=len(found.members),
    )
    touch(session.id, step=True)
    db.session.flush()
    return round


def _freeze(session: Session, found: Sheet, leading: str, grace: int) -> Round:
    number = 1 + (
        db.session.scalar(select(func.max(Round.number)).where(Round.session_id == session.id)) or 0
    )
    rollups = db.session.execute(
        select(Sector.id, Sector.rollup)
        .join(Workshop, Workshop.process_id == Sector.process_id)
        .where(Workshop.id == session.workshop_id)
        .order_by(Sector.id)
    )
    options = {
        "leading": leading,
        "rest": "ask" if found.asks_rest else "below",
        "staff_votes": session.staff_votes,
        "sectors": {str(id): rollup.value for id, rollup in rollups},
        "grace": grace,
        "method": "schulze",
        "strength": "margins",
    }
    round = Round(
        session_id=session.id,
        number=number,
        state=RoundState.OPEN,
        options=options,
        salt=secrets.token_hex(32),
        opened_at=utcnow(),
    )
    db.session.add(round)
    db.session.flush()
    for position, (sign, recommendation, version, theme) in enumerate(found.items):
        db.session.add(
            RoundItem(
                round_id=round.id,
                position=position,
                letter=sign,
                recommendation_id=recommendation.id,
                version=version.number,
                title=version.title,
                problem=version.problem,
                action=version.action,
                theme=theme,
            )
        )
    papers = set(
        db.session.scalars(
            select(Membership.id).where(
                Membership.on_paper.is_(True), Membership.workshop_id == session.workshop_id
            )
        )
    )
    db.session.add_all(
        RollEntry(round_id=round.id, membership_id=member, on_paper=member in papers)
        for member in found.members
    )
    frozen = [
        [sign, r.id, v.number, v.title, v.problem, v.action, theme] for sign, r, v, theme in found.items
    ]
    round.list_hash = hashlib.sha256(
        json.dumps([round.salt, frozen, found.members, options], ensure_ascii=False, sort_keys=True).encode()
    ).hexdigest()
    return round


def frozen_items(round_id: int) -> list[RoundItem]:
    """The frozen list, in its order."""
    query = select(RoundItem).where(RoundItem.round_id == round_id).order_by(RoundItem.position)
    return list(db.session.scalars(query))


def rollup_of(options: dict, sector_id: int | None) -> str:
    """The roll-up that a sector counts as in this round; without a sector: the others."""
    return options["sectors"].get(str(sector_id), Rollup.OTHERS.value)


def eligible(session):
    roles = (Role.PARTICIPANT, *STAFF) if session.staff_votes else (Role.PARTICIPANT,)
    return (
        select(Membership.id, Membership.sector_id)
        .where(
            Membership.workshop_id == session.workshop_id,
            Membership.state == MemberState.CHECKED_IN,
            Membership.role.in_(roles),
        )
        .order_by(Membership.id)
    )
