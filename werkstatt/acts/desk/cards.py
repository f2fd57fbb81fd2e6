"""Cards: printed from the register or blank, bound to a walk-in, used once, voided, made anew.

A card is a ticket with a number. What is printed on it follows from the application's secret and a
nonce that stays in the browser which ordered the cards (:func:`werkstatt.secrecy.card_secrets`), so the
database holds neither link nor code. Nobody gets a card for an account that can do more than they
manage themselves, when it is given and when it is used (:mod:`werkstatt.acts.join.reach`).
"""

from __future__ import annotations

import re
from collections.abc import Collection
from typing import NamedTuple

from sqlalchemy import delete, func, select, update

from ...db import begin_write, db, utcnow
from ...models import Account, Login, Membership, Sector, Ticket, Workshop
from ...secrecy import card_secrets
from ...terms import N_, MemberState, Role, TicketKind
from .. import Gone, NotAllowed, NotNow, Refused, audit, join, prepare
from ..office.people import NO_LINK
from .door import opened, own
from .same import PERHAPS_KNOWN, likely
from .walk_in import register

MOST_BLANK, MOST_CARDS = 200, 1000
STILL_BLANK = N_("Diese Karte gehört noch niemandem. Am Einlass wird sie in einer Minute die Ihre.")


class Printed(NamedTuple):
    """What stands on one card. Without a name it is blank."""

    number: int
    token: str
    code: str
    name: str
    organisation: str
    sector: str


class Listed(NamedTuple):
    """A card on the desk's list; ``state`` is used, voided, expired, blank or unused."""

    ticket: Ticket
    account: Account | None
    membership_id: int | None
    state: str


class Holder(NamedTuple):
    """Somebody who can get a card here; ``number``: of the one that waits for them; ``fresh``: had none yet."""

    row: object
    number: int | None
    fresh: bool


def cards(workshop, me) -> tuple[list[Holder], list]:
    """Who can be given a card by this person, and the rows of those who cannot (other rights, elsewhere)."""
    rows = [
        row
        for row in prepare.register(workshop.id)
        if row.member.state not in (MemberState.ENDED, MemberState.PENDING)
    ]
    within = join.reachable(workshop, me.role, [row.member for row in rows])
    unused = dict(
        db.session.execute(
            select(Ticket.account_id, func.max(Ticket.number))
            .where(*_of(workshop.id), *_unused())
            .group_by(Ticket.account_id)
        ).all()
    )
    had = set(
        db.session.scalars(select(Ticket.account_id).where(*_of(workshop.id), Ticket.voided_at.is_(None)))
    )
    holders = [
        Holder(row, unused.get(row.account.id), row.account.id not in had)
        for row in rows
        if row.member.id in within
    ]
    return holders, [row for row in rows if row.member.id not in within]


def make(workshop, me, *, members: list[int], blank: int = 0, secret: str, nonce: str) -> tuple[int, int]:
    """Cards with fresh secrets; earlier unused ones of the same people stop working.

    :param members: membership ids of this workshop.
    :returns: the first and the last number.
    :raises Refused: nobody at all, or too many.
    :raises NotAllowed: somebody among them has other rights.
    """
    begin_write()
    if not members and not blank:
        raise Refused(N_("Bitte wählen Sie, für wen Karten gedruckt werden, oder eine Zahl leerer Karten."))
    if blank > MOST_BLANK or len(members) > MOST_CARDS:
        raise Refused(
            N_("Bitte höchstens %(blank)s leere Karten und %(cards)s Karten auf einmal."),
            blank=MOST_BLANK,
            cards=MOST_CARDS,
        )
    chosen = [own(workshop, id) for id in dict.fromkeys(members)]
    if len(join.reachable(workshop, me.role, chosen)) < len(chosen):
        raise NotAllowed(NO_LINK)
    _check_let_in(*chosen)
    first = _next_number(workshop.id)
    whose = [member.account_id for member in chosen]
    voided = join.void(*_of(workshop.id), Ticket.account_id.in_(whose)) if whose else 0
    holders = [*whose, *[None] * blank]
    db.session.add_all(_ticket(workshop, me, first + at, id, secret, nonce) for at, id in enumerate(holders))
    last = first + len(holders) - 1
    audit.note(me.id, "print_cards", workshop=workshop.id, first=first, last=last, blank=blank, voided=voided)
    db.session.flush()
    return first, last


def printed(workshop_id: int, first: int, last: int, *, secret: str, nonce: str) -> list[Printed]:
    """What stands on the cards with these numbers, as far as they still work and were made with this nonce."""
    rows = db.session.execute(
        select(Ticket, join.NAME, join.ORGANISATION, Sector.title)
        .outerjoin(Account, Account.id == Ticket.account_id)
        .outerjoin(
            Membership, (Membership.account_id == Account.id) & (Membership.workshop_id == workshop_id)
        )
        .outerjoin(Sector, Sector.id == Membership.sector_id)
        .where(*_of(workshop_id), *_unused(), Ticket.number.between(first, last))
        .order_by(Ticket.number)
    )
    found = []
    for ticket, name, organisation, sector in rows:
        token, code = card_secrets(secret, nonce, workshop_id, ticket.number)
        if join.hash_of(token) == ticket.token_hash:
            facts = (name or "", organisation or "", sector or "")
            found.append(Printed(ticket.number, token, code, *facts))
    return found


def listed(workshop_id: int, *, account_id: int | None = None) -> list[Listed]:
    """All cards of a workshop, or of one person, by number; the newest first."""
    query = (
        select(Ticket, Account, Membership)
        .outerjoin(Account, Account.id == Ticket.account_id)
        .outerjoin(
            Membership, (Membership.account_id == Account.id) & (Membership.workshop_id == workshop_id)
        )
        .where(*_of(workshop_id))
        .order_by(Ticket.number.desc())
    )
    if account_id is not None:
        query = query.where(Ticket.account_id == account_id)
    now = utcnow()
    return [
        Listed(
            ticket,
            member and join.called(member, account) or account,
            member and member.id,
            _state(ticket, now),
        )
        for ticket, account, member in db.session.execute(query)
    ]


def _state(ticket: Ticket, now) -> str:
    if ticket.used_at:
        return "used"
    if ticket.voided_at:
        return "voided"
    if ticket.expires_at <= now:
        return "expired"
    return "blank" if ticket.account_id is None else "unused"


def void_card(workshop, me, ticket_id: int) -> None:
    """A lost card opens nothing any more. Whoever came in with it before stays in."""
    if join.void(*_of(workshop.id), Ticket.id == ticket_id):
        audit.note(me.id, "void_card", workshop=workshop.id, ticket=ticket_id)


def bind(
    workshop,
    me,
    text: str,
    *,
    name: str,
    organisation: str,
    sector_id: int | None,
    secret: str,
    seen: Collection[int] = (),
) -> Membership:
    """A walk-in with a blank card, in one step: on the register, present, and the card is theirs.

    :param text: the card's number, its code, or the address from its picture.
    :param seen: as of :func:`register`.
    """
    begin_write()
    ticket = _blank(workshop, text, secret)
    member = register(workshop, me, name=name, organisation=organisation, sector_id=sector_id, seen=seen)
    return _bound(workshop, me, ticket, member)


def give_blank(workshop, me, membership_id: int, text: str, *, secret: str) -> Membership:
    """A blank card for somebody on the register who has none at hand; their earlier cards stop working.

    :raises NotAllowed: the account can do more than this person manages.
    """
    begin_write()
    member = own(workshop, membership_id)
    if not join.reachable(workshop, me.role, [member]):
        raise NotAllowed(NO_LINK)
    _check_let_in(member)
    ticket = _blank(workshop, text, secret)
    join.void(*_of(workshop.id), Ticket.account_id == member.account_id)
    return _bound(workshop, me, ticket, member)


def _bound(workshop, me, ticket: Ticket, member: Membership) -> Membership:
    done = db.session.execute(
        update(Ticket)
        .where(Ticket.id == ticket.id, Ticket.account_id.is_(None), *_unused())
        .values(account_id=member.account_id, issued_by_id=me.id)
        .execution_options(synchronize_session="fetch")
    )
    if done.rowcount != 1:
        raise NotNow(N_("Diese Karte hat gerade jemand anderes bekommen. Bitte nehmen Sie die nächste."))
    audit.note(me.id, "bind_card", workshop=workshop.id, member=member.id, number=ticket.number)
    return member


def _blank(workshop, text: str, secret: str) -> Ticket:
    ticket = _find(workshop.id, text, secret)
    if ticket is None:
        raise Refused(
            N_("Diese Karte kennen wir hier nicht. Die Nummer steht unten links, zum Beispiel K-017."),
            field="card",
        )
    if ticket.account_id is not None or _state(ticket, utcnow()) != "blank":
        raise Refused(
            N_("Diese Karte gehört schon jemandem oder gilt nicht mehr. Bitte nehmen Sie eine leere."),
            field="card",
        )
    return ticket


def _find(workshop_id: int, text: str, secret: str) -> Ticket | None:
    """A card of this workshop by what a helper types or scans."""
    text = text.strip()
    number = re.fullmatch(r"(?:[Kk]\s*-?\s*)?(\d{1,6})", text)
    if number:
        how = Ticket.number == int(number[1])
    elif "/c/" in text:
        how = Ticket.token_hash == join.hash_of(text.rpartition("/c/")[2])
    else:
        how = Ticket.code_mac == join.mac_of(secret, TicketKind.CARD, text)
    return db.session.scalars(select(Ticket).where(*_of(workshop_id), how)).one_or_none()


def give_return_code(workshop, me, membership_id: int, *, secret: str) -> str:
    """For somebody who has forgotten everything: a code to be said face to face, once, for ten minutes.

    When it is used, all other logins of that person end, and they are told. It logs in and shows no
    ballot: a box is opened for the login that cast it alone.

    :raises NotAllowed: the account can do more than this person manages.
    :raises NotNow: not let in yet.
    """
    begin_write()
    member = own(workshop, membership_id)
    if not join.reachable(workshop, me.role, [member]):
        raise NotAllowed(NO_LINK)
    if member.state is MemberState.PENDING or join.taken(member):
        raise NotNow(N_("Die Teilnahme muss erst bestätigt werden."))
    join.void(Ticket.kind == TicketKind.RETURN_CODE, Ticket.account_id == member.account_id)
    made = join.issue(
        TicketKind.RETURN_CODE,
        account_id=member.account_id,
        workshop_id=workshop.id,
        issued_by_id=me.id,
        secret=secret,
    )
    audit.note(me.id, "return_code", workshop=workshop.id, member=member.id)
    return made.code


def account_of_card(way) -> Account:
    """Whose card this is, before anybody presses the button.

    :raises Gone: used, voided, expired, unknown.
    :raises NotNow: still blank.
    """
    if way is None:
        raise Gone(join.SPENT[TicketKind.CARD])
    if way.account is None:
        raise NotNow(STILL_BLANK)
    return way.account


def enter(way, *, sector_id: int | None, hours: int, language: str = "") -> str:
    """ "Ja, das bin ich": the card is used up, its person is present; returns the new login's token.

    Other logins of that person end, and they are told: nobody is logged in a second time unawares.

    :param language: of the page, which somebody new is written to in from now on.
    :raises Gone: used meanwhile, or the person's place here has ended.
    :raises Refused: a participant who has not said for whom they speak.
    """
    begin_write()
    account = account_of_card(way)
    member = opened(way)
    join.use(way.ticket)
    claims = join.claim(member)
    if language and join.is_new(account.id):
        account.language = language
    if not claims:
        _be_here(way.workshop, member, sector_id)
    join.open_places(account, way.workshop.id)
    ended = db.session.execute(delete(Login).where(Login.account_id == account.id)).rowcount
    way.ticket.ended_logins = ended > 0
    deed = "use_card" if way.ticket.kind is TicketKind.CARD else "use_return_code"
    facts = {"member": member.id, "ticket": way.ticket.id} | ({"ended": ended} if ended else {})
    audit.note(account.id, deed, workshop=way.workshop.id, **facts)
    return join.begin_login(account.id, hours=hours)


def _be_here(workshop, member: Membership, sector_id: int | None) -> None:
    if member.state is MemberState.PENDING:
        member.state = MemberState.ACTIVE  # whoever handed out the card let them in
    if member.sector_id is not None or member.role is not Role.PARTICIPANT:
        sector_id = None  # the desk corrects it, not the card
    join.check_in(workshop, member.id, sector_id=sector_id)


def _check_let_in(*members: Membership) -> None:
    """
    :raises NotNow: somebody waits whom only moderation lets in, or who may stand on the register already; a card
        would be a way around looking at them.
    """
    waiting = [one for one in members if one.state is MemberState.PENDING or join.taken(one)]
    if any(join.by_moderation_alone(one) or join.taken(one) for one in waiting):
        raise NotNow(N_("Die Teilnahme muss erst bestätigt werden."))
    rows = [prepare.row(one.workshop_id, one.id) for one in waiting]
    if rows and likely(rows[0].member.workshop_id, rows):
        raise NotNow(PERHAPS_KNOWN)


def _ticket(workshop, me, number: int, account_id: int | None, secret: str, nonce: str) -> Ticket:
    token, code = card_secrets(secret, nonce, workshop.id, number)
    return Ticket(
        kind=TicketKind.CARD,
        token_hash=join.hash_of(token),
        code_mac=join.mac_of(secret, TicketKind.CARD, code),
        account_id=account_id,
        workshop_id=workshop.id,
        number=number,
        issued_by_id=me.id,
        expires_at=utcnow() + join.LIVES[TicketKind.CARD],
    )


def _next_number(workshop_id: int) -> int:
    """The next free number; the workshop's row is held, so that two printers do not share numbers."""
    db.session.execute(select(Workshop.id).where(Workshop.id == workshop_id).with_for_update())
    return 1 + (db.session.scalar(select(func.max(Ticket.number)).where(*_of(workshop_id))) or 0)


def _of(workshop_id: int):
    return Ticket.kind == TicketKind.CARD, Ticket.workshop_id == workshop_id


def _unused():
    return Ticket.used_at.is_(None), Ticket.voided_at.is_(None), Ticket.expires_at > utcnow()
