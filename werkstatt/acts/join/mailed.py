"""Log in without a password: by the link in a mail, or by its code in the browser that asked for it.

Whether an address is known shows in nothing: the same statements are made, the same page comes, in the
same time. For an unknown one the ticket belongs to nobody and the mail is dropped before it begins.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import NamedTuple

from sqlalchemy import delete, func, select, update

from ...db import begin_write, db, utcnow
from ...models import Account, FailureCounter, Login, Mail, Ticket
from ...terms import N_, MemberState, TicketKind
from .. import Gone, NotNow, Refused, post
from .codes import check_guesses, wrong_guess
from .limits import CODES, DEVICE, PASSWORDS, TICKET, await_code, mailed_in
from .login import begin_login, check_current, checked_password
from .places import is_new, membership_of
from .proof import open_places
from .reach import was_mailed
from .single import claim, claim_all
from .tickets import GONE, Way, issue, look, look_by_code, use

WRONG_CODE = N_("Dieser Code stimmt nicht, oder er ist abgelaufen oder schon benutzt.")
TOO_MANY_CODES = N_(
    "Zu viele falsche Codes in diesem Browser. Lassen Sie sich unten eine neue Nachricht schicken, oder öffnen Sie den Link in der Nachricht."
)
CODE_IS_OVER = N_(
    "Für diese Adresse wurden zu viele falsche Codes eingegeben; der Code der Einladung allein reicht nicht mehr. Lassen Sie sich unten eine Nachricht mit einem neuen Code schicken. Auch der Link in der Einladung und der Einlass helfen sofort."
)
NOBODY_SHOWS = N_(
    "Dieses Recht lässt sich so nicht geben: Ohne Mail zeigt nichts, wer in dieses Konto hineinkommt, und einen Link dafür"
    " dürfen Sie nicht übergeben, denn die Person ist auch anderswo dabei. Nehmen Sie für das Recht ein neues Konto, oder"
    " richten Sie Mail ein."
)
PROOF_LIVES = timedelta(days=2)
LINKS = (TicketKind.LOGIN, TicketKind.INVITATION)


class Reader(NamedTuple):
    """What a letter needs of somebody; without values it stands for an account that is not there."""

    id: int | None = None
    name: str = "–"
    email: str = ""
    language: str = "de"


def ask_for_login(email: str, *, secret: str, write: Callable, device: str = "", browser: str = "") -> int:
    """Send a link and a code to this address, if it has an account and was not sent enough of them.

    Without a mail of its own a browser awaits the code of an earlier one, see :func:`.limits.await_code`.

    :param write: ``write(account, token, code, expires_at)`` makes the letter.
    :param device: what :func:`.login.device_of` said on that device; checked by the caller to be ours.
    :param browser: something that tells this browser from others, and nothing about its owner.
    :returns: the ticket's id, for the cookie of the browser that asked.
    :raises Refused: it was asked for so often that this browser has to wait a minute.
    """
    email = email.lower()
    columns = (Account.id, Account.name, Account.email, Account.language)
    whose = select(*columns, Account.opaque).where(Account.email == email, Account.blocked_at.is_(None))
    row = db.session.execute(whose).one_or_none()
    db.session.rollback()
    sends = await_code(email, browser, device if row and row.opaque == device else "")
    reader = Reader(*row[:-1]) if row else Reader()
    made = issue(TicketKind.LOGIN, account_id=reader.id, secret=secret if sends else None)
    if sends:
        letter = write(reader, made.token, made.code, made.ticket.expires_at)
        post.put(reader, "login", letter, ticket=made.ticket, send=row is not None)
    return made.ticket.id


def by_code_here(ticket_id: int, code: str, *, secret: str, hours: int) -> str:
    """Log in with a code that was mailed to the address which this browser asked for; returns the login's token.

    :param ticket_id: what :func:`ask_for_login` gave this browser. It bounds how often this browser may be wrong.
    :raises Refused: wrong, over, or too often wrong here.
    """
    if TICKET.spent(str(ticket_id)):
        raise Refused(TOO_MANY_CODES, field="code")
    asked = db.session.execute(
        select(Ticket.account_id, Ticket.expires_at).where(Ticket.id == ticket_id)
    ).first()
    whose = asked.account_id if asked and asked.expires_at > utcnow() else None
    way = look_by_code(code, TicketKind.LOGIN, secret=secret, account_id=whose)
    if way is None or way.account is None:
        TICKET.count(str(ticket_id))
        raise Refused(WRONG_CODE, field="code")
    return _enter(way, hours=hours)


def by_code_of_invitation(
    email: str, code: str, *, secret: str, hours: int, language: str = "", who: str = ""
) -> str:
    """Log in with an address and the code of the invitation that was sent to it; returns the login's token.

    Six digits are typed here without anything having been asked for, so they bear few mistakes: of each
    invitation's code ten, by whomever, before it needs more than itself: a mail that is asked for here and
    now, the invitation's link, or the desk. One in 100,000 such codes is found by guessing, however
    long it is valid. A browser that guesses is stopped for ten minutes after twelve, at all addresses together.

    :param language: of the page, which somebody new is written to in from now on.
    :param who: the browser that types, by which wrong codes of every kind are counted.
    :raises Refused: one of the two is wrong, or it was too often wrong.
    :raises TooOften: this browser has guessed enough for now.
    """
    email = email.lower()
    check_guesses(who)
    account_id = db.session.scalar(select(Account.id).where(Account.email == email))
    if _spent(email, account_id):
        raise Refused(CODE_IS_OVER, field="code")
    way = look_by_code(code, TicketKind.INVITATION, secret=secret, account_id=account_id)
    if way is None or way.account is None:
        wrong_guess(who)
        CODES.count(email)
        if CODES.spent(email):
            _end_codes(account_id)
            raise Refused(CODE_IS_OVER, field="code")
        raise Refused(WRONG_CODE, field="code")
    return _enter(way, hours=hours, language=language)


def _spent(email: str, account_id: int | None) -> bool:
    """Whether the code beside this address is over. A newer invitation has a code that nobody has guessed at."""
    since = db.session.scalar(select(FailureCounter.since).where(FailureCounter.key == CODES.key(email)))
    fresh = db.session.scalar(
        select(func.max(Ticket.created_at)).where(
            Ticket.account_id == (account_id or 0),
            Ticket.kind == TicketKind.INVITATION,
            Ticket.code_mac.is_not(None),
        )
    )
    if since and fresh and fresh > since and CODES.spent(email):
        begin_write()
        CODES.forget(email)
        db.session.commit()
    return CODES.spent(email)


def _end_codes(account_id: int | None) -> None:
    """So many wrong ones: the codes of this person's invitations are over for good, not for a day alone.

    Otherwise ten guesses a day beside three hundred addresses would find one in sixty days sooner or later.
    """
    begin_write()
    whose = Ticket.account_id == (account_id or 0)  # an unknown address asks the same
    mine = (whose, Ticket.kind == TicketKind.INVITATION, Ticket.used_at.is_(None))
    db.session.execute(update(Ticket).where(*mine).values(code_mac=None))
    db.session.commit()


def link(token: str) -> Way | None:
    """Whose mailed link this is; looking consumes nothing. ``None``: used, voided, expired, unknown."""
    way = look(token, *LINKS)
    return way if way and way.account else None


def by_link(token: str, password: str, *, hours: int, language: str = "") -> str:
    """Use a mailed link, and set a password if one was given; returns the login's token.

    A new password ends all other logins: whoever forgot it may also have lost a device.

    :param language: of the page, which somebody new is written to in from now on.
    :raises Gone: used, voided, expired, unknown.
    """
    hashed = _chosen(token, password) if password else None
    begin_write()
    way = link(token)
    if way is None:
        raise Gone(GONE)
    return _enter(way, hours=hours, password=hashed, language=language)


def _chosen(token: str, password: str) -> str:
    """The hash of a new password, for whoever holds a link; nobody has us hash without one."""
    way = link(token)
    if way is None:
        raise Gone(GONE)
    account_id = way.account.id
    db.session.rollback()
    return checked_password(password, account_id)


def _enter(way: Way, *, hours: int, password: str | None = None, language: str = "") -> str:
    """Use the ticket up and begin the login; an invited person is confirmed by this."""
    begin_write()
    use(way.ticket)
    if language and way.ticket.kind is TicketKind.INVITATION and is_new(way.account.id):
        way.account.language = language
    proven = _by_mail(way.ticket)
    if way.ticket.kind is TicketKind.INVITATION and not proven:
        _by_hand(way)
    if password:
        way.account.password, way.account.password_proven = password, proven
        db.session.flush()
        end_logins(way.account.id)
    if proven or way.workshop is not None:
        open_places(way.account, None if proven else way.workshop.id)
    if way.workshop is not None:
        member = membership_of(way.workshop.id, way.account.id)
        if not claim(member) and member is not None and member.state is MemberState.INVITED:
            member.state = MemberState.ACTIVE
    claim_all(way.account.id)
    if way.account.email:
        CODES.forget(way.account.email)
        mailed_in(way.account.email, way.account.opaque)
    DEVICE.forget(way.account.opaque)  # so that a new password is not refused for the old one's mistakes
    PASSWORDS.forget(f"current {way.account.id}")
    db.session.flush()
    return begin_login(way.account.id, hours=hours, proven=proven)


def _by_hand(way: Way) -> None:
    """A link that somebody handed over is like a return code: other logins of the person end, and they are told."""
    mine = delete(Login).where(Login.account_id == way.account.id)
    way.ticket.ended_logins = db.session.execute(mine).rowcount > 0


def _by_mail(ticket: Ticket) -> bool:
    """Whether only its person can have this link: mailed to their address, or from the command line."""
    alone = ticket.workshop_id is None and ticket.issued_by_id is None
    return ticket.kind is TicketKind.LOGIN or alone or was_mailed(ticket.id)


def end_unproven(account_id: int, *, write: Callable) -> bool:
    """An account got a right by its address: who came in otherwise than by that address is out.

    Whoever entered the address first may have opened the account for themselves. So its logins end, its
    password is void, and a link goes to the address; a password chosen behind a mailed link stays.

    :param write: ``write(account, token, expires_at)`` makes the letter.
    :returns: whether anything ended.
    """
    begin_write()
    account = db.session.get(Account, account_id)
    if not account.email or not end_unmailed(account_id):
        return False
    if not account.password_proven:
        end_logins(account_id)
    made = issue(TicketKind.LOGIN, account_id=account_id, lives=PROOF_LIVES)
    letter = write(account, made.token, made.ticket.expires_at)
    post.put(account, "right", letter, ticket=made.ticket)
    return True


def is_open(account_id: int) -> bool:
    """Whether somebody is in as this account, or has a password for it, that its address has not proven.

    Whom the administration gave a right before went through :func:`after_right` then.
    """
    account = db.session.get(Account, account_id)
    if account is None or account.is_admin or account.may_found:
        return False
    unproven = select(Login.id).where(
        Login.account_id == account_id, Login.proven.is_(False), Login.expires_at > utcnow()
    )
    guessed = bool(account.password) and not account.password_proven
    return guessed or db.session.scalar(unproven.limit(1)) is not None


def after_right(account_id: int, *, was_open: bool, may_hand: bool, write: Callable | None) -> str:
    """An account got a right: whoever came in otherwise than by its address is out, and its person told how to come in.

    By mail, where one goes out to them. Else the giver hands over a link, if they may; and if they may not, because it
    would open other people's workshops to them, the right is not given: nothing would show whose account it is.

    :param was_open: what :func:`is_open` said before.
    :param write: as of :func:`end_unproven`; ``None``: no mail goes out.
    :returns: ``"mailed"``, ``"link"`` (to hand over), ``"ended"`` (a proven password stays), or ``""``: nothing ended.
    :raises NotNow: no mail, and no link.
    """
    begin_write()
    account = db.session.get(Account, account_id)
    if account.email and write is not None:
        return "mailed" if end_unproven(account_id, write=write) else ""
    if not was_open:
        return ""
    if not may_hand:
        raise NotNow(NOBODY_SHOWS)
    end_unmailed(account_id)
    return "ended" if account.password else "link"


def end_unmailed(account_id: int) -> bool:
    """The same where no mail can prove anything: no address, or no mail server.

    Whoever gave the right hands over a link afterwards, face to face; so this is for accounts of which they may.

    :returns: whether anything ended.
    """
    begin_write()
    account = db.session.get(Account, account_id)
    unproven = (Login.account_id == account_id, Login.proven.is_(False))
    ended = db.session.execute(delete(Login).where(*unproven)).rowcount
    if account.password and not account.password_proven:
        account.password, ended = None, ended + 1
    db.session.flush()
    return ended > 0


def end_logins(account_id: int, *, but: int | None = None) -> None:
    """End the logins of an account at once, copied cookies too, and the links mailed for them."""
    begin_write()
    db.session.execute(delete(Login).where(Login.account_id == account_id, Login.id != (but or 0)))
    db.session.execute(
        update(Ticket)
        .where(Ticket.account_id == account_id, Ticket.kind == TicketKind.LOGIN, Ticket.used_at.is_(None))
        .values(voided_at=utcnow())
        .execution_options(synchronize_session=False)
    )


def set_password(account_id: int, login_id: int, current: str, new: str | None) -> None:
    """Set, change or (``None``) remove the password of the person behind this login; others of theirs end.

    :raises Refused: the current one is wrong, or the new one too short; at its field.
    """
    check_current(account_id, current)
    hashed = checked_password(new, account_id, field="new") if new is not None else None
    begin_write()
    account = db.session.get(Account, account_id)
    account.password_proven = account.password_proven and bool(account.password and hashed)
    account.password = hashed
    db.session.flush()
    end_logins(account_id, but=login_id)


def sweep_requests() -> None:
    """Remove what requests for a login have left after a day (the clerk)."""
    over = utcnow() - timedelta(days=1)
    old = (Ticket.kind == TicketKind.LOGIN, Ticket.expires_at < over)
    if db.session.scalar(select(Ticket.id).where(*old).limit(1)) is not None:
        begin_write()
        mails = Mail.ticket_id.in_(select(Ticket.id).where(*old))
        db.session.execute(delete(Mail).where(mails, Mail.account_id.is_(None)))
        db.session.execute(delete(Ticket).where(*old))
        db.session.commit()
    db.session.rollback()
