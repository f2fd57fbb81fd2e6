"""How long things are kept: a default for each, which the admin may change; the clerk removes what is due."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import NamedTuple

from sqlalchemy import delete, func, select

from ...db import begin_write, db, utcnow
from ...models import (
    AuditEntry,
    CheckCode,
    FailureCounter,
    Login,
    Mail,
    Period,
    Process,
    Round,
    Session,
    Ticket,
    UrnBallot,
    Workshop,
)
from ...terms import N_, MailState
from .. import Missing, Refused, audit


class Kept(NamedTuple):
    """``days`` by default, between ``least`` and ``most``; ``after`` says from when on they run."""

    title: str
    after: str
    days: int
    least: int
    most: int


KEPT: dict[str, Kept] = {
    "logins": Kept(N_("Anmeldungen"), N_("nach ihrem Ende"), 1, 0, 90),
    "tickets": Kept(N_("Zugänge (Links, Karten, Codes)"), N_("nach ihrem Ablauf"), 30, 0, 365),
    "failures": Kept(N_("Fehlversuche beim Anmelden"), N_("nach dem ersten Versuch"), 1, 1, 30),
    "mail": Kept(
        N_("Angaben über verschickte E-Mails"), N_("nach dem Versand oder dem letzten Versuch"), 30, 1, 365
    ),
    "urn": Kept(
        N_("Gemischte Stimmzettel und Prüfcodes"),
        N_("nach dem Abschluss des Strategieprozesses"),
        90,
        0,
        3650,
    ),
    "record": Kept(N_("Protokolleinträge"), N_("nach dem Eintrag"), 3650, 365, 36500),
}


def periods() -> dict[str, int]:
    """Days by name, as they hold now."""
    changed = dict(db.session.execute(select(Period.name, Period.days)).all())
    return {name: changed.get(name, kept.days) for name, kept in KEPT.items()}


def set_periods(actor_id: int, days: dict[str, int]) -> None:
    """Change how long things are kept.

    :raises Refused: at the one that is out of its bounds.
    """
    begin_write()
    before = periods()
    for name, many in days.items():
        if name not in KEPT:
            raise Missing()
        kept = KEPT[name]
        if not kept.least <= many <= kept.most:
            raise Refused(
                N_("Bitte %(least)s bis %(most)s Tage."), field=name, least=kept.least, most=kept.most
            )
        if many != before[name]:
            db.session.merge(Period(name=name, days=many))
            audit.note(actor_id, "set_period", period=name, days=many)
    db.session.flush()


def tidy() -> dict[str, int]:
    """Remove what was kept long enough, and nothing else; how much of each. Commits each kind by itself."""
    days, removed = periods(), {}
    db.session.rollback()
    for name, remove in REMOVERS.items():
        if _due(name, utcnow() - timedelta(days=days[name])):
            begin_write()
            removed[name] = remove(utcnow() - timedelta(days=days[name]))
            db.session.commit()
    return removed


def _due(name: str, before: datetime) -> bool:
    """Whether there is anything: the write lock is taken for that only."""
    found = db.session.scalar(select(LOOKS[name](before).exists()))
    db.session.rollback()
    return bool(found)


def _old_logins(before: datetime):
    return select(Login.id).where(Login.expires_at < before)


def _old_tickets(before: datetime):
    return select(Ticket.id).where(Ticket.expires_at < before)


def _old_failures(before: datetime):
    return select(FailureCounter.key).where(FailureCounter.since < before)


def _old_mail(before: datetime):
    """Sent ones by their sending, given up ones by the end of trying; waiting ones never."""
    over = func.coalesce(Mail.sent_at, Mail.expires_at)
    return select(Mail.id).where(Mail.state != MailState.WAITING, over < before)


def _old_urns(before: datetime):
    """Rounds of processes that are long closed and whose urn is still there."""
    return (
        select(Round.id)
        .join(Session, Session.id == Round.session_id)
        .join(Workshop, Workshop.id == Session.workshop_id)
        .join(Process, Process.id == Workshop.process_id)
        .where(
            Process.closed_at < before,
            select(UrnBallot.pos).where(UrnBallot.round_id == Round.id).exists()
            | select(CheckCode.code).where(CheckCode.round_id == Round.id).exists(),
        )
    )


def _old_entries(before: datetime):
    """Entries that may go; the newest always stays, because the chain goes on from it."""
    newest = select(func.max(AuditEntry.id)).scalar_subquery()
    waited = before - timedelta(days=1)  # each cut is an entry of its own, so at most one a day
    return select(AuditEntry.id).where(AuditEntry.at < waited, AuditEntry.id < newest)


def _remove_urns(before: datetime) -> int:
    rounds = list(db.session.scalars(_old_urns(before)))
    gone = db.session.execute(delete(UrnBallot).where(UrnBallot.round_id.in_(rounds))).rowcount
    db.session.execute(delete(CheckCode).where(CheckCode.round_id.in_(rounds)))
    audit.note(None, "remove_urns", rounds=sorted(rounds))
    return gone


LOOKS = {
    "logins": _old_logins,
    "tickets": _old_tickets,
    "failures": _old_failures,
    "mail": _old_mail,
    "urn": _old_urns,
    "record": _old_entries,
}
REMOVERS = {
    "logins": lambda before: _delete(Login.id, _old_logins(before)),
    "tickets": lambda before: _delete(Ticket.id, _old_tickets(before)),
    "failures": lambda before: _delete(FailureCounter.key, _old_failures(before)),
    "mail": lambda before: _delete(Mail.id, _old_mail(before)),
    "urn": _remove_urns,
    "record": lambda before: audit.cut_before(before),
}


def _delete(key, which) -> int:
    return db.session.execute(
        delete(key.class_).where(key.in_(which)).execution_options(synchronize_session=False)
    ).rowcount
