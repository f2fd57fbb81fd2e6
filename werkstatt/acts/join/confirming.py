"""Show once more that one's own person sits there, without a password: by a code that only they have.

Helpers often have no password: they came in by a card or a mailed link. They confirm with the code of the
card or return code with which they came in (used up, it opens nothing any more, but lies in their pocket),
or with the code of a login mail that was asked for here. At the desk each card and each return code that such a
helper gives confirms anew, so that nobody is asked in the rush; ten minutes without one, and the laptop asks. A whole
working day would leave a laptop at the door open to everybody who walks past it.
"""

from __future__ import annotations

from sqlalchemy import select, update

from ...db import begin_write, db, utcnow
from ...models import Login, Ticket
from ...terms import N_, TicketKind
from .. import Refused
from .codes import check_guesses, wrong_guess
from .tickets import look_by_code, mac_of, use

OWN = (TicketKind.CARD, TicketKind.RETURN_CODE)
NOT_YOURS = N_(
    "Dieser Code gehört nicht zu Ihnen. Nehmen Sie den Ihrer Karte, mit der Sie hereingekommen sind, oder den der neuesten Nachricht."
)


def confirm_by_code(login_id: int, account, code: str, *, secret: str) -> None:
    """It holds for ten minutes, as a password does.

    :raises Refused: not this person's code; at its field.
    :raises TooOften: this login has guessed enough for now.
    """
    who = f"login:{login_id}"
    check_guesses(who)
    mailed = look_by_code(code, TicketKind.LOGIN, secret=secret, account_id=account.id)
    if mailed is not None:
        use(mailed.ticket)
    elif not _came_with_code(account.id, code, secret):
        wrong_guess(who)
        raise Refused(NOT_YOURS, field="code")
    keep_confirmed(login_id)


def keep_confirmed(login_id: int) -> None:
    """From now on for ten minutes."""
    begin_write()
    db.session.execute(update(Login).where(Login.id == login_id).values(confirmed_at=utcnow()))


def _came_with_code(account_id: int, code: str, secret: str) -> bool:
    """Whether this is the code of a card or return code with which this person came in."""
    known = select(Ticket.id).where(
        Ticket.account_id == account_id,
        Ticket.kind.in_(OWN),
        Ticket.code_mac.in_([mac_of(secret, kind, code) for kind in OWN]),
        Ticket.used_at.is_not(None),
        Ticket.voided_at.is_(None),
    )
    return db.session.scalar(known.limit(1)) is not None
