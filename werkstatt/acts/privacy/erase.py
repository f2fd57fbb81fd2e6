"""Delete an account: its name and address go from everywhere, its contributions stay without a name.

The row of the account stays as a number that belongs to nobody, so that the record's chain holds
and the number of people behind a recommendation stays right. A cast ballot of a counted round is
not touched: nobody knows which it is. In a round that is not counted yet, entry and ballot go.
"""

from __future__ import annotations

from sqlalchemy import delete, select, update

from ...db import Base, begin_write, db, utcnow
from ...models import Account, Deletion, Membership, Organiser, Process, Workshop
from ...secrecy import KeyFolder
from ...terms import FORMER_PERSON, N_, MemberState
from .. import Missing, NotNow, audit, rank
from ..office.process import darken
from .own import names, same_person, second_accounts
from .personal import OWN, PERSONAL, Erased

CLEARED = {"email": None, "name": FORMER_PERSON, "organisation": "", "password": None}


def check_may_go(account_id: int) -> None:
    """Nobody leaves an installation without an admin, or a process without its office; blocked ones do not count.

    :raises NotNow: with what to do first.
    """
    found = db.session.get(Account, account_id)
    others = select(Account.id).where(
        Account.is_admin, Account.id != account_id, Account.blocked_at.is_(None), Account.deleted_at.is_(None)
    )
    if found.is_admin and db.session.scalar(others.limit(1)) is None:
        raise NotNow(
            N_(
                "Sie sind die letzte Person mit Verwaltungsrecht. Geben Sie es zuerst jemand anderem; danach"
                " können Sie Ihr Konto löschen."
            )
        )
    others = (
        select(Organiser.process_id)
        .join(Account)
        .where(Account.id != account_id, Account.blocked_at.is_(None), Account.deleted_at.is_(None))
    )
    lonely = (
        select(Process.title)
        .join(Organiser)
        .where(Organiser.account_id == account_id, Process.id.not_in(others))
        .order_by(Process.id)
    )
    title = db.session.scalar(lonely.limit(1))
    if title is not None:
        raise NotNow(
            N_(
                "Sie sind die letzte Person der Geschäftsstelle von „%(title)s“. Nehmen Sie zuerst jemanden auf;"
                " danach können Sie Ihr Konto löschen."
            ),
            title=title,
        )


def delete_account(me, keys: KeyFolder) -> None:
    """A person deletes their own account, and with it what the desk made for them beside it.

    :raises NotNow: the last admin, the last of an office, or a round whose key is missing.
    """
    begin_write()
    check_may_go(me.id)
    along = [one.account_id for one in second_accounts(me.id) if one.along]
    places = [place for account_id in (me.id, *along) for place in memberships(account_id)]
    rank.forget(me.id, keys, places)
    for account_id in (*along, me.id):
        erase(db.session.get(Account, account_id))
    audit.note(me.id, "delete_account", account=me.id)


def erase(account: Account) -> None:
    """Do to every column what :data:`PERSONAL` says, and remember it for the journal."""
    begin_write()
    if account is None or account.deleted_at:
        raise Missing()
    for joined in same_person(account.id)[1:]:
        other = db.session.get(Account, joined)
        if other.deleted_at is None:
            erase(other)
    _give_back(account.id)
    for place, fact in PERSONAL.items():
        if place in OWN or fact.erased is Erased.NUMBER:
            continue
        table, column = place.split(".")
        known = Base.metadata.tables[table]
        which = names(known.c[column], fact.by, account)
        if fact.erased is Erased.DELETED:
            db.session.execute(delete(known).where(which))
        else:
            db.session.execute(update(known).where(which).values({column: None}))
    _end_places(account.id)
    for column, value in CLEARED.items():
        setattr(account, column, value)
    account.is_admin = account.may_found = False
    account.deleted_at = utcnow()
    db.session.add(Deletion(mark=account.opaque))
    db.session.flush()


def memberships(account_id: int) -> list[int]:
    """The ids of all places that a person has or had."""
    query = select(Membership.id).where(Membership.account_id.in_(same_person(account_id)))
    return list(db.session.scalars(query.order_by(Membership.id)))


def _give_back(account_id: int) -> None:
    """A place on the register that this person had taken waits for its own person again."""
    mine = select(Membership.id).where(Membership.account_id == account_id)
    places = update(Membership).where(Membership.taken_by_id.in_(mine), Membership.ended_at.is_(None))
    db.session.execute(
        places.where(Membership.state == MemberState.ENDED)
        .values(state=MemberState.INVITED)
        .execution_options(synchronize_session="fetch")
    )


def _end_places(account_id: int) -> None:
    """Access ends, the seat is free; role and sector stay, as the figures of the day need them."""
    darken(Workshop.id.in_(select(Membership.workshop_id).where(Membership.account_id == account_id)))
    db.session.execute(
        update(Membership)
        .where(Membership.account_id == account_id)
        .values(state=MemberState.ENDED, table_id=None)
    )
