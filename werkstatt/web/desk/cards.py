"""The cards: print them from the register, hand out blank ones, see and void them."""

from __future__ import annotations

from flask import Response, redirect, render_template, request, url_for
from flask_babel import lazy_gettext as _l
from wtforms import IntegerField, RadioField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import NumberRange

from ...acts import NotNow, Refused
from ...acts import desk as acts
from ...exports import cards as sheets
from ...permits import Action
from ...terms import N_
from ..forms import Form, Line, whole
from ..guard import allow, confirm_first
from ..join import bp
from . import printing

WHO = (
    SelectChoice("new", _l("Wer noch keine Karte hat")),
    SelectChoice("all", _l("Alle im Register")),
    SelectChoice("some", _l("Nur die unten angekreuzten")),
    SelectChoice("none", _l("Niemand, nur leere Karten")),
)


class PrintForm(Form):
    who = RadioField(_l("Für wen?"), choices=WHO, default="new")
    blank = IntegerField(
        _l("Leere Karten für Gäste ohne Anmeldung"),
        [NumberRange(0, acts.MOST_BLANK, _l("Bitte eine Zahl von 0 bis 200."))],
        default=10,
        render_kw={"min": "0", "max": str(acts.MOST_BLANK)},
    )


class BlankForm(Form):
    card = Line(_l("Nummer auf der leeren Karte"), most=200, render_kw={"autocomplete": "off"})


@bp.get("/workshops/<int:workshop_id>/cards")
@allow(Action.REGISTER)
def print_cards(workshop, me):
    return print_page(workshop, me, PrintForm(formdata=None, key="cards"))


def print_page(workshop, me, form, status: int = 200):
    holders, others = acts.cards(workshop, me)
    order = printing.ordered(workshop)
    page = render_template(
        "join/print.html",
        form=form,
        holders=holders,
        others=others,
        unused=sum(one.number is not None for one in holders),
        new=sum(one.fresh for one in holders),
        chosen={whole(id) for id in request.form.getlist("member")},
        order=order,
        unprintable=sheets.without_glyphs(printing.faces(workshop, order)) if order else [],
    )
    return page, status


@bp.post("/workshops/<int:workshop_id>/cards")
@allow(Action.REGISTER)
def make_cards(workshop, me):
    confirm_first(me)
    form = PrintForm(key="cards")
    if form.validate():
        try:
            members = chosen(workshop, me, form.who.data)
            printing.order(workshop, me, members, form.blank.data or 0)
            return redirect(url_for("join.print_cards", workshop_id=workshop.id) + "#ready", 303)
        except Refused as no:
            if no.status != 422:
                raise
            form.say(no)
    return print_page(workshop, me, form, 422)


def chosen(workshop, me, who: str) -> list[int]:
    """The membership ids that a form means."""
    if who == "some":
        return [id for text in request.form.getlist("member") if (id := whole(text))]
    holders, _ = acts.cards(workshop, me)
    return [one.row.member.id for one in holders if who == "all" or (who == "new" and one.fresh)]


@bp.get("/workshops/<int:workshop_id>/cards.pdf")
@allow(Action.APPROVE)
def cards_file(workshop):
    order = printing.ordered(workshop)
    found = printing.faces(workshop, order) if order else []
    if not found:
        raise NotNow(
            N_(
                "Diese Karten sind nicht mehr zum Drucken bereit: Was darauf steht, wird nirgends aufbewahrt."
                " Bitte drucken Sie sie neu; die früheren gelten dann nicht mehr."
            )
        )
    name = f"karten-{order.first:03}-{order.last:03}.pdf"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response(printing.pdf(workshop, found), mimetype="application/pdf", headers=headers)


@bp.get("/workshops/<int:workshop_id>/desk/cards")
@allow(Action.APPROVE)
def cards(workshop):
    search = request.args.get("q", "").strip()[:100]
    found = [one for one in acts.listed(workshop.id) if fits(one, search.casefold().split())]
    return render_template("join/cards.html", cards=found, search=search, spoken=sheets.spoken_number)


def fits(one, words: list[str]) -> bool:
    """Whether every word stands in a card's number, name or organisation."""
    parts = [sheets.spoken_number(one.ticket.number)]
    parts += [one.account.name, one.account.organisation] if one.account else []
    return all(word in " ".join(parts).casefold() for word in words)


@bp.post("/workshops/<int:workshop_id>/desk/cards/<int:ticket_id>/void")
@allow(Action.APPROVE)
def void_card(workshop, ticket, me):
    acts.void_card(workshop, me, ticket.id)
    return redirect(url_for("join.cards", workshop_id=workshop.id), 303)
