"""The cards: print them from the register, hand out blank ones, see and void them."""

from __future__ import annotations

from flask import Response, redirect, render_template, request, url_for
from flask_babel import format_decimal, gettext
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
    """For whom cards are printed. Where more are in the register than one file holds, all are printed in parts."""

    who = RadioField(_l("Für wen?"), choices=WHO, default="new")
    blank = IntegerField(
        _l("Leere Karten für Gäste ohne Anmeldung"),
        [NumberRange(0, acts.MOST_BLANK, _l("Bitte eine Zahl von 0 bis 200."))],
        default=10,
        render_kw={"min": "0", "max": str(acts.MOST_BLANK)},
    )

    def __init__(self, holders: list[acts.Holder], **more):
        super().__init__(**more)
        self.parts = parts(holders)
        if len(self.parts) > 1:
            words = [(value, says) for value, (says, _) in self.parts.items()]
            new, _, *others = WHO
            self.who.choices = [new, *(SelectChoice(*word) for word in words), *others]

    def members(self, holders: list[acts.Holder]) -> list[int]:
        """The membership ids that are meant, of new people no more than one file holds."""
        who = self.who.data
        if who == "some":
            return [id for text in request.form.getlist("member") if (id := whole(text))]
        new = [one for one in holders if one.fresh][: acts.MOST_CARDS]
        _, meant = ("", new) if who == "new" else self.parts.get(who, ("", []))
        return [one.row.member.id for one in meant]


def parts(holders: list[acts.Holder]) -> dict[str, tuple[str, list[acts.Holder]]]:
    """All in the register, as many at once as one file holds: each part's value, name and people."""
    found = {}
    for start in range(0, max(len(holders), 1), acts.MOST_CARDS):
        part = holders[start : start + acts.MOST_CARDS]
        facts = {"first": format_decimal(start + 1), "last": format_decimal(start + len(part))}
        says = gettext("Alle im Register, Personen %(first)s bis %(last)s", **facts)
        found[f"all-{start}" if start else "all"] = says, part
    return found


class BlankForm(Form):
    card = Line(_l("Nummer auf der leeren Karte"), most=200, render_kw={"autocomplete": "off"})


@bp.get("/workshops/<int:workshop_id>/cards")
@allow(Action.REGISTER)
def print_cards(workshop, me):
    holders, others = acts.cards(workshop, me)
    return print_page(workshop, PrintForm(holders, formdata=None, key="cards"), holders, others)


def print_page(workshop, form, holders, others, status: int = 200):
    order = printing.ordered(workshop)
    page = render_template(
        "join/print.html",
        form=form,
        holders=holders,
        others=others,
        most=acts.MOST_CARDS,
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
    holders, others = acts.cards(workshop, me)
    form = PrintForm(holders, key="cards")
    if form.validate():
        try:
            printing.order(workshop, me, form.members(holders), form.blank.data or 0)
            return redirect(url_for("join.print_cards", workshop_id=workshop.id) + "#ready", 303)
        except Refused as no:
            if no.status != 422:
                raise
            form.say(no)
    return print_page(workshop, form, holders, others, 422)


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
