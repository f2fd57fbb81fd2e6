"""A strategy process as its office sees it: question, organisers, and all its workshops at a glance."""

from __future__ import annotations

from dataclasses import dataclass, field

from sqlalchemy import delete, func, select, update

from ...db import begin_write, db
from ...models import Account, Membership, Organiser, Process, Sector, Session, Workshop
from ...terms import N_, MemberState, Role, Rollup
from .. import Missing, NotNow, Refused, audit, join
from .people import new_account

# What a fresh process starts with: title, examples under the choice, roll-up.
FIRST_SECTORS = (
    ("Industrie", "Betriebe, Betriebsräte, Kammern, Verbände", Rollup.INDUSTRY),
    ("Wissenschaft", "Hochschulen, Forschungsinstitute", Rollup.SCIENCE),
    ("Verwaltung", "Ministerien, Landkreise, Städte, regionale Wirtschaftsförderung", Rollup.ADMINISTRATION),
)


@dataclass
class Place:
    """A workshop in the overview: its sessions in order, and people by sector (invited, present)."""

    workshop: Workshop
    sessions: list[Session] = field(default_factory=list)
    people: dict[int | None, tuple[int, int]] = field(default_factory=dict)

    @property
    def registered(self) -> int:
        return sum(known for known, _ in self.people.values())


def create_process(actor_id: int, *, title: str, question: str) -> Process:
    """A new process with the three usual sectors; whoever creates it organises it."""
    begin_write()
    process = Process(title=title, question=question)
    db.session.add(process)
    db.session.flush()
    db.session.add(Organiser(process_id=process.id, account_id=actor_id))
    db.session.add_all(
        Sector(process_id=process.id, position=n, title=name, examples=examples, rollup=rollup)
        for n, (name, examples, rollup) in enumerate(FIRST_SECTORS)
    )
    audit.note(actor_id, "create_process", process=process.id)
    return process


def edit_process(process, actor_id: int, *, title: str, question: str) -> Process:
    """Change title and guiding question."""
    begin_write()
    found = db.session.get(Process, process.id)
    if found is None:
        raise Missing()
    found.title, found.question = title, question
    audit.note(actor_id, "edit_process", process=found.id)
    return found


def organised(account_id: int) -> list[Process]:
    """The processes that a person organises, newest first."""
    query = select(Process).join(Organiser).where(Organiser.account_id == account_id)
    return list(db.session.scalars(query.order_by(Process.id.desc())))


def organisers(process_id: int) -> list[Account]:
    """Who organises a process, by name."""
    query = select(Account).join(Organiser).where(Organiser.process_id == process_id)
    return list(db.session.scalars(query.order_by(Account.name, Account.id)))


def add_organiser(process, actor_id: int, *, email: str, name: str = "") -> tuple[Account, bool]:
    """One more organiser, by address; an unknown address gets an account.

    :returns: the account, and whether it is new (only then may its link be handed over).
    :raises Refused: already an organiser; or unknown, and no name was given.
    """
    begin_write()
    account = db.session.scalars(select(Account).where(Account.email == email.lower())).one_or_none()
    is_new = account is None
    if is_new:
        if not name:
            raise Refused(
                N_("Zu dieser Adresse gibt es noch kein Konto. Bitte geben Sie auch den Namen an."),
                field="name",
            )
        account = new_account(name=name, email=email)
    if db.session.get(Organiser, (process.id, account.id)):
        raise Refused(N_("Diese Person gehört schon zur Geschäftsstelle dieses Prozesses."), field="email")
    join.void_for_rights(account.id)
    db.session.add(Organiser(process_id=process.id, account_id=account.id))
    audit.note(actor_id, "add_organiser", process=process.id, account=account.id)
    return account, is_new


def remove_organiser(process, actor_id: int, account_id: int) -> None:
    """Take the organiser's right away; nobody removes oneself, so one always remains."""
    begin_write()
    found = db.session.get(Organiser, (process.id, account_id))
    if found is None:
        raise Missing()
    if account_id == actor_id:
        raise NotNow(
            N_(
                "Sich selbst können Sie nicht entfernen. Bitten Sie eine andere Person der Geschäftsstelle darum."
            )
        )
    db.session.execute(
        delete(Organiser).where(Organiser.process_id == process.id, Organiser.account_id == account_id)
    )
    darken(Workshop.process_id == process.id)
    audit.note(actor_id, "remove_organiser", process=process.id, account=account_id)


def darken(which) -> None:
    """Raise the epoch of workshops: the pulses of open pages there stop answering."""
    db.session.execute(
        update(Workshop)
        .where(which)
        .values(epoch=Workshop.epoch + 1)
        .execution_options(synchronize_session=False)
    )


def overview(process_id: int) -> list[Place]:
    """The workshops of a process, next ones first, with sessions and the number of participants."""
    order = (Workshop.starts_at.desc().nulls_last(), Workshop.id.desc())
    places = {
        workshop.id: Place(workshop)
        for workshop in db.session.scalars(
            select(Workshop).where(Workshop.process_id == process_id).order_by(*order)
        )
    }
    for session in db.session.scalars(
        select(Session)
        .join(Workshop)
        .where(Workshop.process_id == process_id)
        .order_by(Session.position, Session.id)
    ):
        places[session.workshop_id].sessions.append(session)
    here = func.count().filter(Membership.state == MemberState.CHECKED_IN)
    for workshop_id, sector_id, known, present in db.session.execute(
        select(Membership.workshop_id, Membership.sector_id, func.count(), here)
        .join(Workshop)
        .where(
            Workshop.process_id == process_id,
            Membership.role == Role.PARTICIPANT,
            Membership.state != MemberState.ENDED,
        )
        .group_by(Membership.workshop_id, Membership.sector_id)
        .order_by(Membership.workshop_id, Membership.sector_id)
    ):
        places[workshop_id].people[sector_id] = (known, present)
    return list(places.values())
