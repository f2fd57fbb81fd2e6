"""Come in by a code or a card, on the blueprint of ``join``: one field for all codes, then one question.

Opening a card's address consumes nothing; its button does, once. A typed code becomes a ticket's number
in the signed cookie, so that no code stands in an address.
"""

from __future__ import annotations

from flask import current_app, redirect, render_template, url_for
from flask import session as cookie
from flask_babel import lazy_gettext as _l
from wtforms import RadioField

from ..acts import Gone, Missing, Refused, desk, join
from ..permits import Action
from ..terms import Role, TicketKind
from . import language
from .forms import Form, Line, Name, choice_id
from .guard import allow
from .join import CodeForm, bp, device, enter, hours, over


class ArrivalForm(Form):
    name = Name(_l("Ihr Name"), autocomplete="name")
    organisation = Line(
        _l("Organisation"), most=200, required=False, render_kw={"autocomplete": "organization"}
    )
    email = Line(
        _l("E-Mail-Adresse (freiwillig)"),
        most=254,
        required=False,
        render_kw={"autocomplete": "email", "inputmode": "email"},
    )
    sector = RadioField(_l("Für wen sprechen Sie heute?"), coerce=choice_id, validate_choice=False)


class CardForm(Form):
    sector = RadioField(_l("Für wen sprechen Sie heute?"), coerce=choice_id, validate_choice=False)


@bp.get("/j/")
@allow(Action.PUBLIC)
def code_entry():
    return render_template("join/code.html", form=CodeForm(key="room"))


@bp.post("/j/")
@allow(Action.PUBLIC)
def enter_code(me):
    form = CodeForm(key="room")
    if form.validate():
        try:
            found = join.open_with(form.code.data, who=device(me), secret=current_app.config["SECRET_KEY"])
            if isinstance(found, join.Way):
                cookie["card"] = found.ticket.id
                return redirect(url_for("join.typed_card"), 303)
            return redirect(url_for("join.arrival", code=join.spoken(found.join_code)), 303)
        except Refused as no:
            if no.status == 429:
                raise
            form.say(no)
            form.mailed = no.message == join.MAILED
    return render_template("join/code.html", form=form), 422


@bp.get("/j/<code>")
@allow(Action.PUBLIC)
def arrival(code, me):
    return arrival_page(open_room(code, me), me, arrival_form(me))


@bp.post("/j/<code>")
@allow(Action.PUBLIC)
def arrive(code, me):
    found, form = open_room(code, me), ArrivalForm(key="arrival")
    if me:
        form.name.validators, form.name.data = [], me.name
    if form.validate():
        try:
            member = join.arrive(
                found,
                me and me.id,
                name=form.name.data,
                organisation=form.organisation.data or "",
                email=form.email.data or "",
                sector_id=form.sector.data or 0,
                language=language(),
                login=me and me.login,
            )
            if me is None:
                enter(join.begin_login(member.account_id, hours=hours()))
            return redirect(url_for("join.workshop", workshop_id=found.id), 303)
        except Refused as no:
            form.say(no)
    return arrival_page(found, me, form, 422)


def open_room(code: str, me):
    try:
        return join.open_room(code, who=device(me))
    except Refused as no:
        raise (no if no.status == 429 else Missing(no.message)) from None


def arrival_form(me) -> ArrivalForm:
    return ArrivalForm(
        key="arrival", data={"name": me.name, "organisation": me.account.organisation} if me else None
    )


def arrival_page(found, me, form, status: int = 200):
    choices = join.sectors(found.process_id)
    form.sector.choices = [(sector.id, sector.title) for sector in choices]
    code = join.spoken(found.join_code)
    return render_template("join/arrival.html", form=form, there=found, code=code, sectors=choices), status


@bp.get("/c/<token>")
@allow(Action.PUBLIC)
def card(token, me):
    way = join.look(token, TicketKind.CARD)
    if way is None:
        return over(token, join.SPENT[TicketKind.CARD])
    return card_page(way, me, url_for("join.use_card", token=token))


@bp.post("/c/<token>")
@allow(Action.PUBLIC)
def use_card(token, me):
    way = join.look(token, TicketKind.CARD)
    if way is None:
        return over(token, join.SPENT[TicketKind.CARD])
    return use(way, me, url_for("join.use_card", token=token))


@bp.post("/c/<token>/me-too")
@allow(Action.LOGGED_IN)
def join_card(token, me):
    return join_mine(join.look(token, TicketKind.CARD), me)


@bp.post("/c/me-too")
@allow(Action.LOGGED_IN)
def join_typed_card(me):
    return join_mine(typed(), me)


def join_mine(way, me):
    """ "Das bin auch ich": the card's account is joined into the one that is logged in."""
    desk.account_of_card(way)
    there = way.workshop.id
    desk.is_me(me.id, way, me.login)
    return redirect(url_for("join.workshop", workshop_id=there), 303)


@bp.get("/c/")
@allow(Action.PUBLIC)
def typed_card(me):
    return card_page(typed(), me, url_for("join.use_typed_card"))


@bp.post("/c/")
@allow(Action.PUBLIC)
def use_typed_card(me):
    return use(typed(), me, url_for("join.use_typed_card"))


def typed():
    """The ticket whose code was typed in this browser just now."""
    way = join.look_at(cookie.get("card"), TicketKind.CARD, TicketKind.RETURN_CODE)
    if way is None:
        raise Gone(join.why_not_at(cookie.get("card")))
    return way


def card_page(way, me, action: str, form: CardForm | None = None, status: int = 200):
    """ "Sind Sie Erika Muster?" A blank card sends its bearer to the desk, and a helper to the desk's form."""
    if way and way.account is None and me and desk.stands_there(me.id, way.workshop.id):
        return redirect(url_for("join.desk", workshop_id=way.workshop.id, card=way.ticket.number), 303)
    account = desk.account_of_card(way)
    if me and me.id == account.id:
        return redirect(url_for("join.workshop", workshop_id=way.workshop.id), 303)
    member = join.membership_of(way.workshop.id, account.id)
    sectors = join.sectors(way.workshop.process_id)
    form = form or CardForm(formdata=None, key="card")
    form.sector.choices = [(sector.id, sector.title) for sector in sectors]
    speaks_for = next((one.title for one in sectors if member and one.id == member.sector_id), None)
    asks = member is not None and member.sector_id is None and member.role is Role.PARTICIPANT
    page = render_template(
        "join/card.html",
        account=account,
        mine=bool(me) and desk.has_place_of(me.id, way),
        joins=bool(me) and desk.may_be_me(me.id, way),
        not_by_card=desk.NOT_BY_CARD,
        there=way.workshop,
        returns=way.ticket.kind is TicketKind.RETURN_CODE,
        elsewhere=join.elsewhere(account.id),
        speaks_for=speaks_for,
        sectors=sectors if asks else [],
        form=form,
        action=action,
        me_too=f"{action.rstrip('/')}/me-too",
    )
    return page, status


def use(way, me, action: str):
    if me and way.account and desk.has_place_of(me.id, way):
        return join_mine(way, me)
    form = CardForm(key="card")
    try:
        enter(desk.enter(way, sector_id=form.sector.data, hours=hours(), language=language()))
        return redirect(url_for("join.workshop", workshop_id=way.workshop.id), 303)
    except Gone:
        raise
    except Refused as no:
        form.say(no)
    return card_page(way, me, action, form, 422)
