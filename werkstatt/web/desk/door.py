"""Who is at the door: approve, check in, correct, register, and give a card or a return code."""

from __future__ import annotations

from flask import redirect, render_template, request, url_for
from flask_babel import gettext
from flask_babel import lazy_gettext as _l
from wtforms import RadioField

from ...acts import Refused, join, post, prepare
from ...acts import desk as acts
from ...db import utcnow
from ...exports import cards as sheets
from ...permits import Action
from ...terms import Role
from .. import handover, letters
from ..forms import Form, Line, Name, choice_id, whole
from ..guard import allow, confirm_first
from ..join import beat_of, bp, safe_next
from . import printing
from .cards import BlankForm

AT_ONCE = 30  # people nobody knows of who are shown in full; a flood is folded away behind them
MANY = 60  # who wait: then the desk and the console say so


class WalkInForm(Form):
    name = Name(_l("Name"))
    organisation = Line(_l("Organisation"), required=False, render_kw={"autocomplete": "off"})
    sector = RadioField(_l("Für wen sprechen Sie heute?"), coerce=choice_id, validate_choice=False)
    card = Line(
        _l("Leere Karte (Nummer oder Scan)"), most=200, required=False, render_kw={"autocomplete": "off"}
    )


class SectorForm(Form):
    sector = RadioField(_l("Für wen sprechen Sie heute?"), coerce=choice_id, validate_choice=False)


def with_sectors(form, workshop):
    form.sector.choices = [(sector.id, sector.title) for sector in join.sectors(workshop.process_id)]
    return form


@bp.get("/workshops/<int:workshop_id>/desk")
@allow(Action.APPROVE)
def desk(workshop):
    number = whole(request.args.get("card"))
    known = {"card": sheets.spoken_number(number)} if number else None
    return desk_page(workshop, with_sectors(WalkInForm(formdata=None, key="walk-in", data=known), workshop))


def desk_page(workshop, form, status: int = 200, perhaps: acts.PerhapsHere | None = None):
    search = request.args.get("q", "").strip()[:100]
    rows = [row for row in prepare.register(workshop.id, search) if row.stands]
    waiting = prepare.waiting(workshop.id)
    page = render_template(
        "join/desk.html",
        waiting=waiting,
        **known_at_the_door(workshop.id, waiting),
        rows=rows,
        many=sum(not row.taken for row in rows),
        perhaps=perhaps.rows if perhaps else [],
        on_roll=perhaps.on_roll if perhaps else (),
        shut=perhaps.shut if perhaps else False,
        why=gettext(perhaps.message) if perhaps else "",
        here_now=sum(row.member.state == "checked_in" for row in rows),
        search=search,
        form=form,
        sectors=join.sectors(workshop.process_id),
        beat=beat_of(workshop, prepare.sessions(workshop.id)),
    )
    return page, status


def known_at_the_door(workshop_id: int, waiting: list) -> dict:
    """What the desk and the console say about those who wait."""
    likely = acts.likely(workshop_id, waiting) if waiting else {}
    matched = [match.row.member for found in likely.values() for match in found]
    holders = {row.member.id: holder for row in waiting if (holder := acts.holder(row.member))}
    others = [
        row
        for row in waiting
        if row.member.id not in likely
        and row.member.id not in holders
        and not join.by_moderation_alone(row.member)
    ]
    later, unknown = others[AT_ONCE:], {row.member.id for row in others}
    at_once = waiting
    if later:  # those who resemble the register first, however late they came
        at_once = [row for row in waiting if row.member.id not in unknown] + others[:AT_ONCE]
    return {
        "free": join.free(matched),
        "holders": holders,
        "likely": likely,
        "expected": acts.expected(waiting, likely),
        "others": others,
        "later": later,
        "at_once": at_once,
        "crowded": len(waiting) >= MANY,
        "full": bool(waiting) and len(waiting) >= join.most_waiting(workshop_id),
    }


def seen(workshop):
    """Back to where the button was: the desk with its search, or the console."""
    there = request.form.get("next")
    return redirect(safe_next(there) if there else url_for("join.desk", workshop_id=workshop.id), 303)


def person_seen(workshop, membership_id: int):
    return redirect(url_for("join.person", workshop_id=workshop.id, membership_id=membership_id), 303)


@bp.post("/workshops/<int:workshop_id>/desk")
@allow(Action.APPROVE)
def register(workshop, me):
    form = with_sectors(WalkInForm(key="walk-in"), workshop)
    if form.validate():
        try:
            facts = {
                "name": form.name.data,
                "organisation": form.organisation.data or "",
                "sector_id": form.sector.data,
                "seen": named("seen"),
            }
            if form.card.data:
                member = acts.bind(workshop, me, form.card.data, secret=printing.secret(), **facts)
            else:
                member = acts.register(workshop, me, **facts)
                printing.order(workshop, me, [member.id])
            return person_seen(workshop, member.id)
        except acts.PerhapsHere as no:
            return desk_page(workshop, form, 422, no)
        except Refused as no:
            form.say(no)
    return desk_page(workshop, form, 422)


@bp.post("/workshops/<int:workshop_id>/desk/approve")
@allow(Action.APPROVE)
def approve_all(workshop, me):
    for place in acts.let_in_all(workshop, me, named(), pairs()):
        tell_owner(workshop, place)
    return seen(workshop)


def pairs() -> list[tuple[int, int]]:
    """Who is let in as whom of the register, as the form names them: ``12-34``."""
    both = (text.split("-", 1) for text in request.form.getlist("place")[:1000] if "-" in text)
    return [(whole(one) or 0, whole(other) or 0) for one, other in both]


def tell_owner(workshop, membership_id: int) -> None:
    """Write to the address of a place that somebody has taken who came by the room's code."""
    owner = acts.owner_of(membership_id)
    if owner.email and letters.ready():
        post.put(owner, "place_taken", letters.write(owner, "place_taken", at=utcnow(), workshop=workshop))


@bp.post("/workshops/<int:workshop_id>/desk/refuse")
@allow(Action.APPROVE)
def refuse_all(workshop, me):
    acts.refuse_all(workshop, me.id, named())
    return seen(workshop)


def named(field: str = "member") -> list[int]:
    """The people whom a form names, so that a list that has grown meanwhile decides about nobody unseen."""
    return [found for text in request.form.getlist(field)[: join.MOST_EVER] if (found := whole(text))]


@bp.post("/workshops/<int:workshop_id>/desk/<int:membership_id>/approve")
@allow(Action.APPROVE)
def approve(workshop, membership, me):
    if membership.role is not Role.PARTICIPANT:
        confirm_first(me)
    for _, known in pairs()[:1]:
        acts.take_place(workshop, me, membership.id, known)
        tell_owner(workshop, known)
        return seen(workshop)
    acts.let_in(workshop, me, membership.id, seen=named("seen"))
    return seen(workshop)


@bp.post("/workshops/<int:workshop_id>/desk/<int:membership_id>/refuse")
@allow(Action.APPROVE)
def refuse(workshop, membership, me):
    acts.refuse(workshop, me.id, membership.id)
    return seen(workshop)


@bp.post("/workshops/<int:workshop_id>/desk/<int:membership_id>/check-in")
@allow(Action.APPROVE)
def check_in(workshop, membership, me):
    acts.check_in(workshop, me.id, membership.id)
    return seen(workshop)


@bp.get("/workshops/<int:workshop_id>/desk/<int:membership_id>")
@allow(Action.APPROVE)
def person(workshop, membership, me):
    form = with_sectors(SectorForm(key="sector", data={"sector": membership.sector_id}), workshop)
    return person_page(workshop, me, membership, form)


def person_page(workshop, me, membership, form, status: int = 200, blank: BlankForm | None = None):
    row = prepare.row(workshop.id, membership.id)
    page = render_template(
        "join/person.html",
        row=row,
        **known_at_the_door(workshop.id, [row] if membership.state == "pending" else []),
        form=form,
        holder=acts.holder(row.member),
        blank=blank or BlankForm(formdata=None, key="blank"),
        sectors=join.sectors(workshop.process_id),
        card=card_on_screen(workshop, row),
        cards=acts.listed(workshop.id, account_id=row.account.id),
        spoken=sheets.spoken_number,
        picture=handover.picture,
        code=handover.take_code(membership.id),
        reserved=acts.RESERVED,
        may_apart=acts.may_apart(workshop, me.role, row.member),
        may_card=row.member.id in join.reachable(workshop, me.role, [row.member]),
    )
    return page, status


def card_on_screen(workshop, row) -> sheets.Card | None:
    """The card made just now for this one person, to scan from the screen or to print."""
    order = printing.ordered(workshop)
    if order is None or order.many > 1:
        return None
    whose = {one.ticket.number for one in acts.listed(workshop.id, account_id=row.account.id)}
    return next((one for one in printing.faces(workshop, order) if one.number in whose), None)


@bp.post("/workshops/<int:workshop_id>/desk/<int:membership_id>")
@allow(Action.APPROVE)
def correct(workshop, membership, me):
    form = with_sectors(SectorForm(key="sector"), workshop)
    if form.validate():
        try:
            acts.correct(workshop, me.id, membership.id, sector_id=form.sector.data)
            return person_seen(workshop, membership.id)
        except Refused as no:
            form.say(no)
    return person_page(workshop, me, membership, form, 422)


def gives(me) -> None:
    """A way into somebody's account is given: confirmed, and by a helper without a password anew with each."""
    confirm_first(me)
    if me.role is Role.HELPER and not me.account.password:
        join.keep_confirmed(me.login.id)


@bp.post("/workshops/<int:workshop_id>/desk/<int:membership_id>/card")
@allow(Action.APPROVE)
def fresh_card(workshop, membership, me):
    gives(me)
    printing.order(workshop, me, [membership.id])
    announce(workshop, me, membership, "card")
    return person_seen(workshop, membership.id)


@bp.post("/workshops/<int:workshop_id>/desk/<int:membership_id>/blank")
@allow(Action.APPROVE)
def give_blank(workshop, membership, me):
    gives(me)
    blank = BlankForm(key="blank")
    if blank.validate():
        try:
            acts.give_blank(workshop, me, membership.id, blank.card.data, secret=printing.secret())
            announce(workshop, me, membership, "card")
            return person_seen(workshop, membership.id)
        except Refused as no:
            if no.status == 403:
                raise
            blank.say(no)
    form = with_sectors(
        SectorForm(formdata=None, key="sector", data={"sector": membership.sector_id}), workshop
    )
    return person_page(workshop, me, membership, form, 422, blank)


@bp.post("/workshops/<int:workshop_id>/desk/<int:membership_id>/return-code")
@allow(Action.APPROVE)
def give_return_code(workshop, membership, me):
    gives(me)
    code = acts.give_return_code(workshop, me, membership.id, secret=printing.secret())
    announce(workshop, me, membership, "return_code")
    handover.keep_code(code, membership.id)
    return person_seen(workshop, membership.id)


@bp.post("/workshops/<int:workshop_id>/desk/<int:membership_id>/apart")
@allow(Action.APPROVE)
def sit_apart(workshop, membership, me):
    gives(me)
    made = acts.apart(workshop, me, membership.id)
    tell_owner(workshop, membership.id)
    printing.order(workshop, me, [made.id])
    return person_seen(workshop, made.id)


def announce(workshop, me, membership, kind: str) -> None:
    """Write to somebody who can be written to that a way into their account was given out.

    Of a card nobody is told who is logged in nowhere: it is their first, and ends nothing.
    """
    account = prepare.row(workshop.id, membership.id).account
    if kind == "card" and not join.elsewhere(account.id):
        return
    if account.email and letters.ready():
        letter = letters.write(account, kind, at=utcnow(), by=me.name, workshop=workshop)
        post.put(account, kind, letter)
