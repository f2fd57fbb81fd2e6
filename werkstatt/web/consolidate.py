"""Consolidating: the moderators' board and desk, and the page on which all others follow it."""

from __future__ import annotations

from collections import Counter

from flask import Blueprint, redirect, render_template, request, url_for
from flask_babel import gettext
from flask_babel import lazy_gettext as _l

from ..acts import Refused, collect, consolidate
from ..permits import Action
from ..terms import RecommendationState
from .collect import ReasonForm, RecommendationForm, recommendation_form, words_of
from .discuss import themes_of
from .forms import Line, Text, whole
from .guard import allow

bp = Blueprint("consolidate", __name__)


class WordingForm(RecommendationForm):
    """The moderators' wording of one or several sources."""

    problem = Text(_l("Welches Problem wird damit gelöst?"), required=False, rows=6)
    action = Text(_l("Was soll getan werden?"), required=False, rows=8)
    reason = Line(_l("Begründung (freiwillig)"), most=500, required=False)


def show(session, me):
    """The participants' page of this phase: the list as it stands, and where one's own went."""
    cards = collect.cards(session, me)
    return render_template(
        "consolidate/show.html",
        items=[card for card in cards if card.is_active and card.hidden is None],
        excluded=[
            card for card in cards if card.state is RecommendationState.EXCLUDED and card.hidden is None
        ],
        fates=consolidate.fates(session, me, cards),
    )


@bp.get("/sessions/<int:session_id>/board")
@allow(Action.RUN)
def board(session, me):
    return board_page(session, me)


def board_page(session, me, problem: str = ""):
    """All that stands on the list, what was merged or excluded, and the history of steps."""
    cards = collect.cards(session, me)
    active = [card for card in cards if card.is_active]
    theme = whole(request.args.get("theme"))
    return render_template(
        "consolidate/board.html",
        items=[card for card in active if theme is None or card.theme_id == theme],
        many=len(active),
        originals=[card for card in cards if card.state is RecommendationState.MERGED],
        excluded=[card for card in cards if card.state is RecommendationState.EXCLUDED],
        themes=themes_of(session, active),
        theme=theme,
        steps=consolidate.history(session, me),
        chosen={whole(one) for one in request.args.getlist("ids")},
        problem=problem,
    )


def board_url(session, card_id: int | None = None) -> str:
    return url_for("consolidate.board", session_id=session.id, _anchor=card_id and f"card-{card_id}")


def seen_in_form() -> dict[int, int]:
    """The sources and versions that the form had in view, from fields like ``12:1``."""
    pairs = [tuple(map(whole, text.split(":"))) for text in request.form.getlist("seen")]
    return {pair[0]: pair[1] for pair in pairs if len(pair) == 2 and None not in pair}


@bp.get("/sessions/<int:session_id>/board/merge")
@allow(Action.CONSOLIDATE)
def merging(session, me):
    wanted = {whole(one) for one in request.args.getlist("ids")}
    cards = [card for card in collect.cards(session, me) if card.id in wanted and card.is_active]
    if len(cards) < 2:
        return board_page(session, me, gettext("Bitte wählen Sie mindestens zwei Vorschläge aus.")), 422
    form = recommendation_form(session, key="desk", form=WordingForm, formdata=None, data=draft(cards))
    return desk(session, me, form, cards)


def draft(cards) -> dict:
    """A first wording from the sources: the first title, all problems and actions, the most frequent theme."""
    theme = Counter(card.theme_id for card in cards if card.theme_id).most_common(1)
    return {
        "title": cards[0].title,
        "problem": "\n\n".join(dict.fromkeys(card.problem for card in cards if card.problem)),
        "action": "\n\n".join(dict.fromkeys(card.action for card in cards if card.action)),
        "theme": theme[0][0] if theme else 0,
    }


def desk(session, me, form, cards, **more):
    """The merge desk: the sources on one side, the new wording on the other."""
    return render_template("consolidate/merge.html", form=form, items=cards, **more)


@bp.post("/sessions/<int:session_id>/board/merge")
@allow(Action.CONSOLIDATE)
def merge(session, me):
    form = recommendation_form(session, key="desk", form=WordingForm)
    seen = seen_in_form()
    status = 422
    if form.validate():
        try:
            made = consolidate.merge(
                session, me, list(seen), **form.wording, reason=form.reason.data or "", seen=seen
            )
            return redirect(board_url(session, made.id), 303)
        except consolidate.Changed as no:
            status = 409
            form.say(no)
        except Refused as no:
            if no.status != 422:
                raise
            form.say(no)
    cards = [card for card in collect.cards(session, me) if card.id in seen]
    return desk(session, me, form, cards, changed=changes(session, cards, seen)), status


def changes(session, cards, seen: dict[int, int]) -> list[tuple]:
    """The sources that are no longer as the form showed them: (card now, the wording seen)."""
    before = consolidate.versions_at(session.id, seen)
    return [
        (card, before.get(card.id)) for card in cards if not card.is_active or card.version != seen[card.id]
    ]


@bp.get("/sessions/<int:session_id>/recommendations/<int:recommendation_id>/reword")
@allow(Action.CONSOLIDATE)
def rewording(session, me, recommendation):
    card = collect.one_card(session, me, recommendation.id)
    form = recommendation_form(session, key="desk", form=WordingForm, formdata=None, data=words_of(card))
    return render_template(
        "consolidate/reword.html", form=form, card=card, changed=unchanged_or(session, card, {})
    )


def unchanged_or(session, card, seen: dict[int, int]) -> list[tuple]:
    """What has changed since the form was opened; a fresh form of something gone says so at once."""
    return changes(session, [card], seen or {card.id: card.version})


@bp.post("/sessions/<int:session_id>/recommendations/<int:recommendation_id>/reword")
@allow(Action.CONSOLIDATE)
def reword(session, me, recommendation):
    form = recommendation_form(session, key="desk", form=WordingForm)
    seen = {recommendation.id: seen_in_form().get(recommendation.id, 0)}
    status = 422
    if form.validate():
        try:
            made = consolidate.reword(
                session,
                me,
                recommendation.id,
                **form.wording,
                reason=form.reason.data or "",
                version=seen[recommendation.id],
            )
            return redirect(board_url(session, made.id), 303)
        except consolidate.Changed as no:
            status = 409
            form.say(no)
        except Refused as no:
            if no.status != 422:
                raise
            form.say(no)
    card = collect.one_card(session, me, recommendation.id)
    changed = unchanged_or(session, card, seen)
    return render_template("consolidate/reword.html", form=form, card=card, changed=changed), status


@bp.get("/sessions/<int:session_id>/recommendations/<int:recommendation_id>/exclude")
@allow(Action.CONSOLIDATE)
def excluding(session, me, recommendation):
    card = collect.one_card(session, me, recommendation.id)
    return render_template(
        "consolidate/exclude.html", form=ReasonForm(key="exclude", formdata=None), card=card
    )


@bp.post("/sessions/<int:session_id>/recommendations/<int:recommendation_id>/exclude")
@allow(Action.CONSOLIDATE)
def exclude(session, me, recommendation):
    form = ReasonForm(key="exclude")
    status = 422
    if form.validate():
        try:
            version = seen_in_form().get(recommendation.id)
            consolidate.exclude(session, me, recommendation.id, reason=form.reason.data, version=version)
            return redirect(board_url(session), 303)
        except consolidate.Changed as no:
            status = 409
            form.say(no)
    card = collect.one_card(session, me, recommendation.id)
    return render_template("consolidate/exclude.html", form=form, card=card), status


@bp.post("/sessions/<int:session_id>/steps/<int:step_id>/undo")
@allow(Action.CONSOLIDATE)
def undo(session, me, step):
    consolidate.undo(session, me, step.id)
    return redirect(board_url(session), 303)
