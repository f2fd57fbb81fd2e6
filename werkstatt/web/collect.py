"""Collecting: the form for proposals, one's own cards, others' as the session says, hiding, the file of texts."""

from __future__ import annotations

from zoneinfo import ZoneInfo

from flask import Blueprint, Response, current_app, redirect, render_template, url_for
from flask_babel import gettext
from flask_babel import lazy_gettext as _l
from wtforms import SelectField

from ..acts import NotNow, Refused, collect
from ..exports import file_name
from ..exports.texts import texts_csv
from ..permits import Action
from ..terms import Kind, Phase, Role
from .forms import Form, Line, Text
from .guard import allow, confirm_first

bp = Blueprint("collect", __name__)


class RecommendationForm(Form):
    """Title, problem, proposed action, theme: the same for a proposal and for the moderators' wording."""

    title = Line(_l("Titel"), most=200)
    problem = Text(_l("Welches Problem wird damit gelöst?"), required=False, rows=3)
    action = Text(_l("Was soll getan werden?"), rows=3)
    theme = SelectField(_l("Handlungsfeld"), coerce=int, default=0, validate_choice=False)

    @property
    def wording(self) -> dict:
        """The words as verbs take them."""
        return {
            "title": self.title.data or "",
            "problem": self.problem.data or "",
            "action": self.action.data or "",
            "theme_id": self.theme.data or None,
        }


class ReasonForm(Form):
    reason = Text(_l("Grund"), most=500, rows=2)


def recommendation_form(session, *, key: str, form=RecommendationForm, **kwargs) -> RecommendationForm:
    """The form with the themes of this process to choose from."""
    made = form(key=key, **kwargs)
    made.theme.choices = [(0, gettext("noch keins"))]
    made.theme.choices += [(theme.id, theme.title) for theme in collect.themes(session.id)]
    return made


def words_of(card) -> dict:
    """A card's wording as a form's data."""
    return {"title": card.title, "problem": card.problem, "action": card.action, "theme": card.theme_id or 0}


def show(session, me):
    """The participants' page of this phase."""
    return page(session, me, recommendation_form(session, key="new", formdata=None))


def page(session, me, form):
    """The form, one's own proposals, and those of others that this person may see now."""
    cards = [card for card in collect.cards(session, me) if card.kind is Kind.PROPOSAL]
    mine = [card for card in cards if card.is_mine]
    used = collect.proposed(session.id, me.id)
    limited = me.role is Role.PARTICIPANT
    return render_template(
        "collect/show.html",
        form=form,
        mine=mine,
        others=[card for card in cards if not card.is_mine],
        shown=collect.sees_others(session, me),
        used=used,
        limited=limited,
        full=limited and used >= session.proposals_each,
    )


def step_url(session) -> str:
    return url_for("prepare.step", session_id=session.id)


def see(session, card_id: int):
    """Back to the page of one recommendation, which reads back what was saved."""
    return redirect(url_for("discuss.recommendation", session_id=session.id, recommendation_id=card_id), 303)


@bp.post("/sessions/<int:session_id>/recommendations")
@allow(Action.PROPOSE)
def propose(session, me):
    form = recommendation_form(session, key="new")
    if form.validate():
        try:
            made = collect.propose(session, me, **form.wording)
            return redirect(f"{step_url(session)}#card-{made.id}", 303)
        except NotNow:
            raise
        except Refused as no:
            form.say(no)
    if session.phase is Phase.DISCUSS:
        from . import discuss

        return discuss.page(session, me, form), 422
    return page(session, me, form), 422


@bp.get("/sessions/<int:session_id>/recommendations/<int:recommendation_id>/edit")
@allow(Action.PROPOSE)
def editing(session, me, recommendation):
    card = own_card(session, me, recommendation)
    form = recommendation_form(session, key="edit", formdata=None, data=words_of(card))
    return render_template("collect/edit.html", card=card, form=form)


@bp.post("/sessions/<int:session_id>/recommendations/<int:recommendation_id>/edit")
@allow(Action.PROPOSE)
def edit(session, me, recommendation):
    form = recommendation_form(session, key="edit")
    if form.validate():
        try:
            made = collect.edit(session, me, recommendation.id, **form.wording)
            return redirect(f"{step_url(session)}#card-{made.id}", 303)
        except NotNow:
            raise
        except Refused as no:
            if no.status != 422:
                raise
            form.say(no)
    return render_template("collect/edit.html", card=own_card(session, me, recommendation), form=form), 422


def own_card(session, me, recommendation):
    """One's own proposal, as a card, while it may be edited."""
    card = collect.one_card(session, me, recommendation.id)
    collect.check_own(session, me, recommendation.id)
    return card


@bp.post("/sessions/<int:session_id>/recommendations/<int:recommendation_id>/withdraw")
@allow(Action.PROPOSE)
def withdraw(session, me, recommendation):
    collect.withdraw(session, me, recommendation.id)
    return redirect(f"{step_url(session)}#card-{recommendation.id}", 303)


@bp.post("/sessions/<int:session_id>/recommendations/<int:recommendation_id>/restore")
@allow(Action.PROPOSE)
def restore(session, me, recommendation):
    collect.restore(session, me, recommendation.id)
    return redirect(f"{step_url(session)}#card-{recommendation.id}", 303)


@bp.get("/sessions/<int:session_id>/recommendations/<int:recommendation_id>/hide")
@allow(Action.HIDE)
def hiding(session, me, recommendation):
    card = collect.one_card(session, me, recommendation.id)
    return render_template("collect/hide.html", card=card, form=ReasonForm(key="hide", formdata=None))


@bp.post("/sessions/<int:session_id>/recommendations/<int:recommendation_id>/hide")
@allow(Action.HIDE)
def hide(session, me, recommendation):
    form = ReasonForm(key="hide")
    if form.validate():
        collect.hide(session, me, recommendation.id, reason=form.reason.data)
        return see(session, recommendation.id)
    card = collect.one_card(session, me, recommendation.id)
    return render_template("collect/hide.html", card=card, form=form), 422


@bp.post("/sessions/<int:session_id>/recommendations/<int:recommendation_id>/unhide")
@allow(Action.HIDE)
def unhide(session, me, recommendation):
    collect.unhide(session, me, recommendation.id)
    return see(session, recommendation.id)


@bp.get("/sessions/<int:session_id>/texts.csv")
@allow(Action.EXPORT_TEXTS)
def texts(session, me):
    confirm_first(me)
    zone = ZoneInfo(current_app.config["SETTINGS"].time_zone)
    body = texts_csv(collect.text_rows(session), gettext, zone)
    headers = {
        "Content-Disposition": f'attachment; filename="{file_name("texte", session.title, suffix="csv")}"'
    }
    return Response(body, mimetype="text/csv", headers=headers)
