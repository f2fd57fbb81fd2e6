"""What a server asks and does before it starts: is the database empty, is it a demo, who is the first admin?"""

from __future__ import annotations

from sqlalchemy import select

from ...db import begin_write, db
from ...models import Account, Process
from ...terms import N_
from .. import Missing, audit, join
from .people import new_account

FIRST_ADDRESS = "admin@localhost"


def is_empty() -> bool:
    """Whether nobody and nothing is in the database yet."""
    return not any(db.session.scalar(select(model.id).limit(1)) for model in (Account, Process))


def is_demo() -> bool:
    """Whether there are demo accounts, whose password everybody knows."""
    return db.session.scalar(select(Account.id).where(Account.is_demo).limit(1)) is not None


def first_admin() -> str:
    """Make the installation's first admin; returns the token of the one-time link."""
    begin_write()
    admin = new_account(name=N_("Verwaltung"), email=FIRST_ADDRESS, is_admin=True, may_found=True)
    audit.note(None, "first_admin", account=admin.id)
    return join.invite(admin.id)


def admin_link(email: str | None = None) -> tuple[Account, str]:
    """A new one-time link for an admin, the eldest unless an address names one: (account, token).

    :raises Missing: there is no such admin.
    """
    begin_write()
    query = select(Account).where(Account.is_admin, Account.blocked_at.is_(None)).order_by(Account.id)
    if email:
        query = query.where(Account.email == email.lower())
    admin = db.session.scalars(query.limit(1)).first()
    if admin is None:
        raise Missing()
    audit.note(None, "issue_link", account=admin.id)
    return admin, join.invite(admin.id)
