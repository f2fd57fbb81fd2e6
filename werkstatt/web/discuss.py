"""Discussing: the list with its comments, the page of one recommendation, comments and replies."""

from __future__ import annotations

from flask import Blueprint, redirect, render_template, request, url_for
from flask_babel import gettext
from flask_babel import lazy_gettext as _l
from wtforms import RadioField

from ..acts import Missing, Refused, collect, consolidate, discuss
from ..permits import Action
from ..terms import CommentKind, Phase, RecommendationState, label
from .collect import ReasonForm, recommendation_form
from .forms import Form, Text, whole
from .guard import allow

bp = Blueprint("discuss", __name__)

SHOWN = {
    Phase.DISCUSS: (RecommendationState.ACTIVE,),
    None: (RecommendationState.ACTIVE, RecommendationState.MERGED, RecommendationState.EXCLUDED),
}


class CommentForm(Form):
    kind = RadioField(_l("Ihr Kommentar ist"), validate_choice=False)
    text = Text(_l("Kommentar"), most=2000, rows=3)


class ReplyForm(Form):
    text = Text(_l("Antwort"), most=2000, rows=2)


def comment_form(key: str, *, form=CommentForm, **kwargs) -> CommentForm:
    made = form(key=key, **kwargs)
    made.kind.choices = [(kind.value, label(kind, gettext)) for kind in CommentKind]
    return made


def show(session, me):
    """The participants' page of this phase."""
    return page(session, me, recommendation_form(session, key="new", formdata=None))


def page(session, me, form):
    """The list with its comments; ``form`` is the one for a late proposal."""
    return render_template("discuss/show.html", form=form, **listed(session, me, SHOWN[Phase.DISCUSS]))


def listed(session, me, states) -> dict:
    """The cards of these states, of one theme if the address names one, with comments and themes to choose."""
    cards = [card for card in collect.cards(session, me) if card.state in states or can_return(card)]
    theme = whole(request.args.get("theme"))
    return {
        "items": [card for card in cards if theme is None or card.theme_id == theme],
        "many": len(cards),
        "themes": themes_of(session, cards),
        "theme": theme,
        "remarks": discuss.remarks(session, me),
    }


def can_return(card) -> bool:
    """One's own withdrawn late proposal stays in one's own list, with the way back."""
    return card.is_mine and card.is_late and card.state is RecommendationState.WITHDRAWN


def themes_of(session, cards) -> list[tuple[int, str, int]]:
    """The themes that occur, in their order: (id, title, how many)."""
    counted = [
        (one.id, one.title, sum(card.theme_id == one.id for card in cards))
        for one in collect.themes(session.id)
    ]
    return [row for row in counted if row[2]]


@bp.get("/sessions/<int:session_id>/recommendations")
@allow(Action.READ)
def listing(session, me):
    return render_template("discuss/listing.html", **listed(session, me, SHOWN[None]))


@bp.get("/sessions/<int:session_id>/recommendations/<int:recommendation_id>")
@allow(Action.READ)
def recommendation(session, me, recommendation):
    return one_page(session, me, recommendation.id)


def one_page(session, me, recommendation_id: int, bad: Form | None = None):
    """One recommendation with all that belongs to it, and exactly one form for a text.

    ``?reply=7`` puts that form under comment 7, ``?edit=7`` in its place; ``bad`` is the form that
    was just refused, shown where it was.
    """
    cards = collect.cards(session, me)
    card = next((one for one in cards if one.id == recommendation_id), None)
    if card is None:
        raise Missing()
    remarks = discuss.remarks(session, me, card.id)[card.id]
    where, form = (bad.place, bad) if bad is not None else asked_for(remarks)
    siblings = [one for one in cards if one.state == card.state]
    at = siblings.index(card)
    return render_template(
        "discuss/recommendation.html",
        card=card,
        remarks=remarks,
        where=where,
        form=form,
        wordings=discuss.wordings(session, me, card.id),
        steps=consolidate.history(session, me, card.id),
        before=siblings[at - 1] if at else None,
        after=siblings[at + 1] if at + 1 < len(siblings) else None,
    )


def asked_for(remarks) -> tuple[tuple[str, int], Form]:
    """Where the one form stands, and the form: a reply, an edit, or a new comment."""
    flat = {one.id: one for top in remarks for one in (top, *top.replies)}
    reply, edit = whole(request.args.get("reply")), whole(request.args.get("edit"))
    if reply in {top.id for top in remarks}:
        return ("reply", reply), ReplyForm(key="reply", formdata=None)
    if edit in flat and flat[edit].is_mine:
        one = flat[edit]
        data = {"kind": one.kind.value, "text": one.text}
        is_reply = edit not in {top.id for top in remarks}
        form = (
            ReplyForm(key="edit", formdata=None, data=data)
            if is_reply
            else comment_form("edit", formdata=None, data=data)
        )
        return ("edit", edit), form
    return ("new", 0), comment_form("comment", formdata=None)


def comments_url(session, recommendation, comment_id: int) -> str:
    return url_for(
        "discuss.recommendation",
        session_id=session.id,
        recommendation_id=recommendation.id,
        _anchor=f"comment-{comment_id}",
    )


@bp.post("/sessions/<int:session_id>/recommendations/<int:recommendation_id>/comments")
@allow(Action.COMMENT)
def comment(session, me, recommendation):
    parent_id = whole(request.form.get("parent"))
    form = ReplyForm(key="reply") if parent_id else comment_form("comment")
    form.place = ("reply", parent_id) if parent_id else ("new", 0)
    if form.validate():
        kind = CommentKind.ADDITION if parent_id else form.kind.data
        try:
            made = discuss.comment(
                session, me, recommendation.id, kind=kind, text=form.text.data, parent_id=parent_id
            )
            return redirect(comments_url(session, recommendation, made.id), 303)
        except Refused as no:
            if no.status != 422:
                raise
            form.say(no)
    return one_page(session, me, recommendation.id, form), 422


@bp.post("/sessions/<int:session_id>/recommendations/<int:recommendation_id>/comments/<int:comment_id>/edit")
@allow(Action.COMMENT)
def edit(session, me, recommendation, comment):
    form = ReplyForm(key="edit") if comment.parent_id else comment_form("edit")
    form.place = ("edit", comment.id)
    if form.validate():
        kind = None if comment.parent_id else form.kind.data
        try:
            discuss.edit(session, me, recommendation.id, comment.id, text=form.text.data, kind=kind)
            return redirect(comments_url(session, recommendation, comment.id), 303)
        except Refused as no:
            if no.status != 422:
                raise
            form.say(no)
    return one_page(session, me, recommendation.id, form), 422


@bp.get("/sessions/<int:session_id>/recommendations/<int:recommendation_id>/comments/<int:comment_id>/hide")
@allow(Action.HIDE)
def hiding(session, me, recommendation, comment):
    return hide_page(session, me, recommendation, comment, ReasonForm(key="hide", formdata=None))


def hide_page(session, me, recommendation, comment, form):
    card = collect.one_card(session, me, recommendation.id)
    return render_template("discuss/hide.html", card=card, comment=comment, form=form)


@bp.post("/sessions/<int:session_id>/recommendations/<int:recommendation_id>/comments/<int:comment_id>/hide")
@allow(Action.HIDE)
def hide(session, me, recommendation, comment):
    form = ReasonForm(key="hide")
    if form.validate():
        discuss.hide(session, me, recommendation.id, comment.id, reason=form.reason.data)
        return redirect(comments_url(session, recommendation, comment.id), 303)
    return hide_page(session, me, recommendation, comment, form), 422


@bp.post(
    "/sessions/<int:session_id>/recommendations/<int:recommendation_id>/comments/<int:comment_id>/unhide"
)
@allow(Action.HIDE)
def unhide(session, me, recommendation, comment):
    discuss.unhide(session, me, recommendation.id, comment.id)
    return redirect(comments_url(session, recommendation, comment.id), 303)
