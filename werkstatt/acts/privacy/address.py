"""Change of address: asked for here, confirmed by whoever reads the new one, told to the old one.

Whether the new address belongs to an account already shows in nothing to whoever asks: the same rows are
stored and the same kind of mail goes out, which then says to its reader that nothing changes, and holds
neither link nor code. It is sent even if the next address is asked for at once: its reader is to hear of it.

Nobody else's mailbox is a toy: who was let in nowhere sends nothing, these mails have a limit of their own that never
holds up a login, and until the address is confirmed no word that its asker chose goes to it, not even a name.
"""

from __future__ import annotations

from collections.abc import Callable

from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError

from ...db import begin_write, db, utcnow
from ...models import Account, Login, Membership, Ticket
from ...terms import N_, MemberState, TicketKind
from .. import Gone, NotNow, Refused, TooOften, audit, post
from ..join import Way, has_rights, issue, look, look_by_code, use, void
from ..join.limits import NEW_ADDRESS, TICKET
from ..join.mailed import WRONG_CODE, Reader

ADDRESS_GONE = N_(
    "Dieser Link wurde schon benutzt oder ist abgelaufen. Einen neuen bekommen Sie unter „Meine Daten“."
)
TOO_MANY_MAILS = N_(
    "Dafür gingen schon mehrere Nachrichten hinaus. Bitte versuchen Sie es in einer Stunde wieder."
)
TOO_MANY_CODES = N_("Zu viele falsche Codes. Der Link in der Nachricht geht weiterhin.")
TAKEN = N_("Diese Adresse gehört inzwischen zu einem anderen Konto. Bitte nehmen Sie eine andere.")
LET_IN_FIRST = N_(
    "Eine Adresse können Sie angeben, sobald Sie am Einlass hereingelassen sind. Bis dahin brauchen Sie keine."
)
MAILED = (TicketKind.LOGIN, TicketKind.INVITATION, TicketKind.ADDRESS)


def ask_for_address(me, email: str, *, secret: str, write: Callable, write_taken: Callable) -> Ticket:
    """Send a link and a code to the new address. Nothing changes before one of them is used.

    :param write: ``write(reader, token, code, expires_at)`` makes the letter.
    :param write_taken: ``write_taken(owner)`` makes the one to an address that has an account.
    :raises Refused: it is one's own already.
    :raises NotNow: nobody has let this person in yet.
    :raises TooOften: too many in this hour, from this account or to this address.
    """
    if not may_change_address(me.id):
        raise NotNow(LET_IN_FIRST)
    email = email.lower()
    counted = f"by {me.id}", f"to {email}"
    if any(map(NEW_ADDRESS.spent, counted)):
        raise TooOften(TOO_MANY_MAILS)
    account = db.session.get(Account, me.id)
    if email == account.email:
        raise Refused(N_("Das ist schon Ihre Adresse."), field="email")
    reader = Reader(account.id, "", email, account.language)
    for whose in counted:
        NEW_ADDRESS.count(whose)
    begin_write()
    void(Ticket.account_id == me.id, Ticket.kind == TicketKind.ADDRESS)
    made = issue(TicketKind.ADDRESS, account_id=me.id, secret=secret)
    made.ticket.email = email
    letter = write(reader, made.token, made.code, made.ticket.expires_at)
    owner = db.session.scalar(select(Account.name).where(Account.email == email))
    if owner is not None:
        letter = write_taken(reader._replace(name=owner))
    post.put(reader, "address", letter, ticket=made.ticket if owner is None else None)
    return made.ticket


def may_change_address(account_id: int) -> bool:
    """Whether somebody has ever let this person in or put them on a register; or they have rights, or no place at all."""
    every = select(Membership.id).where(Membership.account_id == account_id)
    at_the_door = (Membership.state == MemberState.PENDING) & Membership.taken_by_id.is_(None)
    refused = (
        (Membership.state == MemberState.ENDED)
        & Membership.ended_at.is_(None)
        & Membership.taken_by_id.is_(None)
    )
    known = every.where(~at_the_door & ~refused).limit(1)
    return (
        db.session.scalar(known) is not None
        or has_rights(account_id)
        or db.session.scalar(every.limit(1)) is None
    )


def waiting_address(account_id: int) -> Ticket | None:
    """The ticket of a new address that waits to be confirmed."""
    query = select(Ticket).where(
        Ticket.account_id == account_id,
        Ticket.kind == TicketKind.ADDRESS,
        Ticket.used_at.is_(None),
        Ticket.voided_at.is_(None),
        Ticket.expires_at > utcnow(),
    )
    return db.session.scalars(query.order_by(Ticket.id.desc()).limit(1)).first()


def new_address(token: str) -> Way:
    """What this link would confirm, and for whom; looking consumes nothing.

    :raises Gone: used, voided, expired, unknown.
    """
    way = look(token, TicketKind.ADDRESS)
    if way is None or way.account is None:
        raise Gone(ADDRESS_GONE)
    return way


def by_link(token: str, *, write: Callable) -> Account:
    """Confirm with the link of the mail; it logs nobody in.

    :param write: ``write(account)`` makes the notice to the old address.
    :raises Gone: used, voided, expired, unknown.
    """
    begin_write()
    return _confirm(new_address(token), write)


def by_code(me, code: str, *, secret: str, write: Callable, login_id: int | None = None) -> Account:
    """Confirm with the code of the mail, where it was asked for.

    :param login_id: in which it was typed.
    :raises Refused: wrong, over, or too often wrong.
    """
    waiting = waiting_address(me.id)
    if waiting is None:
        raise Refused(WRONG_CODE, field="code")
    if TICKET.spent(str(waiting.id)):
        raise Refused(TOO_MANY_CODES, field="code")
    way = look_by_code(code, TicketKind.ADDRESS, secret=secret, account_id=me.id)
    if way is None or way.ticket.id != waiting.id:
        TICKET.count(str(waiting.id))
        raise Refused(WRONG_CODE, field="code")
    begin_write()
    return _confirm(way, write, login_id=login_id)


def _confirm(way: Way, write: Callable, *, login_id: int | None = None) -> Account:
    """The new address holds, and no other mailed link or code opens anything any more.

    What a login has shown it has shown for the old address: a place that is given to the new one is not for it.

    :param login_id: in which the code was typed that only the reader of the new address has.
    :raises NotNow: the address was given to another account meanwhile.
    """
    use(way.ticket)
    account, old = way.account, way.account.email
    account.email, account.password_proven = way.ticket.email, False
    try:
        db.session.flush()
    except IntegrityError as no:
        raise NotNow(TAKEN) from no
    void(Ticket.account_id == account.id, Ticket.kind.in_(MAILED))
    others = (Login.account_id == account.id, Login.id != (login_id or 0))
    db.session.execute(update(Login).where(*others).values(proven=False))
    if old:
        post.put(account, "address_changed", write(account), to=old)
    audit.note(account.id, "change_address", account=account.id)
    return account
