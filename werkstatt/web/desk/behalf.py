"""Enter a proposal or a comment for somebody who is here and has no device: their text, their name."""

from __future__ import annotations

from flask import redirect, render_template, url_for
from flask_babel import lazy_gettext as _l
from wtforms import RadioField, SelectField
from wtforms.fields.choices import SelectChoice

from ...acts import Refused
from ...acts import desk as acts
from ...permits import Action
from ..collect import RecommendationForm, recommendation_form
from ..discuss import CommentForm, comment_form
from ..forms import Line, choice_id
from ..guard import allow
from ..join import bp


def Person() -> SelectField:
    return SelectField(_l("Im Namen von"), coerce=choice_id, validate_choice=False)


class ProposalForForm(RecommendationForm):
    person = Person()


class CommentForForm(CommentForm):
    person = Person()
    kind = RadioField(_l("Der Kommentar ist"), validate_choice=False)
    name = Line(
        _l("Zu welchem Vorschlag?"), most=12, render_kw={"autocomplete": "off", "placeholder": "V-12"}
    )


@bp.get("/sessions/<int:session_id>/behalf")
@allow(Action.BEHALF)
def behalf(session, me):
    return behalf_page(session, me)


def behalf_page(session, me, proposal=None, comment=None, status: int = 200):
    people = [(0, _l("bitte wählen"))]
    people += [(row.member.id, row.name) for row in acts.people(session.workshop_id)]
    proposal = proposal or new_proposal(session, formdata=None)
    comment = comment or new_comment(formdata=None)
    proposal.person.choices = comment.person.choices = [SelectChoice(*one) for one in people]
    page = render_template(
        "join/behalf.html", proposal=proposal, comment=comment, entered=acts.entered(session, me)
    )
    return page, status


def new_proposal(session, **kwargs) -> ProposalForForm:
    return recommendation_form(session, key="proposal", form=ProposalForForm, **kwargs)


def new_comment(**kwargs) -> CommentForForm:
    return comment_form("comment", form=CommentForForm, **kwargs)


@bp.post("/sessions/<int:session_id>/behalf/proposal")
@allow(Action.BEHALF)
def propose_for(session, me):
    form = new_proposal(session)
    if form.validate():
        try:
            acts.propose_for(session, me, form.person.data, **form.wording)
            return redirect(url_for("join.behalf", session_id=session.id), 303)
        except Refused as no:
            if no.status != 422:
                raise
            form.say(no)
    return behalf_page(session, me, proposal=form, status=422)


@bp.post("/sessions/<int:session_id>/behalf/comment")
@allow(Action.BEHALF)
def comment_for(session, me):
    form = new_comment()
    if form.validate():
        try:
            facts = {"kind": form.kind.data, "text": form.text.data}
            acts.comment_for(session, me, form.person.data, form.name.data, **facts)
            return redirect(url_for("join.behalf", session_id=session.id), 303)
        except Refused as no:
            if no.status != 422:
                raise
            form.say(no)
    return behalf_page(session, me, comment=form, status=422)
