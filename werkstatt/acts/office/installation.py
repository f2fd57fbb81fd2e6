"""The installation: accounts and their rights, editable pages, the record. No content, no ballots."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, func, or_, select

from ...db import begin_write, db, utcnow
from ...models import Account, AuditEntry, Login, Membership, Organiser, Page, Workshop
from ...terms import N_, MemberState
from .. import Missing, NotAllowed, NotNow, audit, join
from .people import new_account
from .process import darken

A_PAGE = 50
RIGHTS = ("may_found", "is_admin")


@dataclass(frozen=True)
class Leaf:
    """One page of a longer list, counted from 1."""

    rows: list
    page: int
    total: int
    size: int = A_PAGE

    @property
    def pages(self) -> int:
        return max(1, -(-self.total // self.size))


def spellings(search: str) -> list[str]:
    """SQLite folds the case of ASCII letters only; so umlauts are tried in both."""
    return sorted({search, search.lower(), search.upper(), search.capitalize()})


def accounts(search: str = "", page: int = 1, *, blocked: bool = False) -> Leaf:
    """Accounts by name, those whose name, address or organisation contains the words searched for.

    :param blocked: of those the blocked ones alone.
    """
    query = select(Account).where(Account.deleted_at.is_(None), Account.joined_into_id.is_(None))
    if blocked:
        query = query.where(Account.blocked_at.is_not(None))
    if search:
        query = query.where(
            or_(
                *(
                    column.icontains(spelling, autoescape=True)
                    for column in (Account.name, Account.email, Account.organisation)
                    for spelling in spellings(search)
                )
            )
        )
    total = db.session.scalar(select(func.count()).select_from(query.subquery()))
    page = max(1, min(page, -(-total // A_PAGE)))
    rows = query.order_by(func.lower(Account.name), Account.id).offset((page - 1) * A_PAGE).limit(A_PAGE)
    return Leaf(list(db.session.scalars(rows)), page, total)


def account(account_id: int) -> Account:
    """One account.

    :raises Missing: there is none, or it was joined into another and is retired for good.
    """
    found = db.session.get(Account, account_id)
    if found is None or found.deleted_at or found.joined_into_id is not None:
        raise Missing()
    return found


def create_account(actor_id: int, *, name: str, email: str, may_found: bool = False) -> Account:
    """An account for somebody who will log in with the link that :func:`reissue` gives."""
    created = new_account(name=name, email=email, may_found=may_found)
    audit.note(actor_id, "create_account", account=created.id, may_found=may_found)
    return created


def block(actor_id: int, account_id: int) -> Account:
    """Nobody logs in to this account any more, and all its logins end now. Roll entries and ballots stay.

    :raises NotNow: one's own account.
    """
    begin_write()
    found = account(account_id)
    if account_id == actor_id:
        raise NotNow(N_("Ihr eigenes Konto können Sie nicht sperren."))
    if found.blocked_at is None:
        found.blocked_at = utcnow()
        db.session.execute(delete(Login).where(Login.account_id == account_id))
        places = select(Membership.workshop_id).where(Membership.account_id == account_id)
        darken(Workshop.id.in_(places))
        audit.note(actor_id, "block", account=account_id)
    db.session.flush()
    return found


def unblock(actor_id: int, account_id: int) -> Account:
    """The account works again; its person logs in anew."""
    begin_write()
    found = account(account_id)
    if found.blocked_at is not None:
        found.blocked_at = None
        audit.note(actor_id, "unblock", account=account_id)
    db.session.flush()
    return found


def grant(actor_id: int, account_id: int, *, right: str, to: bool) -> Account:
    """Give or take a right of the installation: ``may_found`` or ``is_admin``.

    :raises NotNow: one's own admin right, so that one admin always remains.
    """
    begin_write()
    found = account(account_id)
    if right not in RIGHTS:
        raise Missing()
    if right == "is_admin" and account_id == actor_id and not to:
        raise NotNow(
            N_("Ihr eigenes Verwaltungsrecht können Sie nicht abgeben. Bitten Sie eine andere Person darum.")
        )
    if to and not getattr(found, right):
        join.void_for_rights(account_id)
    setattr(found, right, to)
    audit.note(actor_id, "grant" if to else "revoke", account=account_id, right=right)
    return found


def may_reissue(found: Account) -> bool:
    """Whether an admin may make a link for an account: not for people of workshops, nor for admins.

    The link would lead to contents and ballots, which are no business of the installation. An
    organiser without a password gets one all the same: nobody else could let them in again.
    """
    if found.blocked_at or found.is_admin:
        return False
    places = [
        select(Membership.id).where(Membership.account_id == found.id, Membership.state != MemberState.ENDED)
    ]
    if found.password:
        places.append(select(Organiser.process_id).where(Organiser.account_id == found.id))
    return not any(db.session.scalar(query.limit(1)) for query in places)


def reissue(actor_id: int, account_id: int) -> str:
    """A personal link's token for an account that no workshop looks after.

    :raises NotAllowed: the account has places in workshops; those issue its links.
    """
    begin_write()
    found = account(account_id)
    if not may_reissue(found):
        raise NotAllowed(
            N_(
                "Für dieses Konto gibt es hier keinen Link. Links für Personen in Workshops stellt der Workshop aus."
            )
        )
    return hand_over(actor_id, account_id)


def hand_over(actor_id: int, account_id: int) -> str:
    """The same for whoever is given a right just now, by somebody who may hand over a link to them (:mod:`..join.reach`)."""
    audit.note(actor_id, "issue_link", account=account_id)
    return join.invite(account_id, issued_by_id=actor_id)


@dataclass(frozen=True)
class Filter:
    """What is looked for in the record; empty parts let everything through. Moments are aware."""

    deed: str = ""
    person: str = ""
    session: int | None = None
    since: datetime | None = None
    until: datetime | None = None

    def conditions(self) -> list:
        found = [AuditEntry.deed == self.deed] if self.deed else []
        if self.person:
            found.append(
                or_(*(Account.name.icontains(one, autoescape=True) for one in spellings(self.person)))
            )
        if self.session is not None:
            found.append(AuditEntry.session_id == self.session)
        if self.since:
            found.append(AuditEntry.at >= self.since)
        if self.until:
            found.append(AuditEntry.at < self.until)
        return found


def entries(page: int = 1, wanted: Filter | None = None) -> Leaf:
    """The record, newest first, with the actors' names."""
    query = select(AuditEntry, Account.name).outerjoin(Account, Account.id == AuditEntry.actor_id)
    query = query.where(*(wanted or Filter()).conditions())
    total = db.session.scalar(select(func.count()).select_from(query.subquery()))
    page = max(1, min(page, -(-total // A_PAGE)))
    rows = query.order_by(AuditEntry.id.desc()).offset((page - 1) * A_PAGE).limit(A_PAGE)
    return Leaf(list(db.session.execute(rows)), page, total)


def deeds() -> list[str]:
    """The deeds that occur in the record, by name."""
    return list(db.session.scalars(select(AuditEntry.deed).distinct().order_by(AuditEntry.deed)))


def page_text(slug: str, language: str) -> Page | None:
    """The edited text of a page, or ``None`` while the template text holds."""
    return db.session.get(Page, (slug, language))


def save_page(actor_id: int, slug: str, language: str, text: str) -> Page | None:
    """Replace a page's text; an empty one brings the template text back."""
    begin_write()
    found = page_text(slug, language)
    if not text:
        if found is not None:
            db.session.delete(found)
            audit.note(actor_id, "reset_page", slug=slug, language=language)
        db.session.flush()
        return None
    if found is None:
        found = Page(slug=slug, language=language, text=text)
        db.session.add(found)
    elif found.text == text:
        return found
    found.text, found.updated_at, found.updated_by_id = text, utcnow(), actor_id
    audit.note(actor_id, "edit_page", slug=slug, language=language)
    return found
