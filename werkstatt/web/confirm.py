"""The password once more, before what must not happen on a laptop left open; on the blueprint of ``join``.

Who has none types a code that only they have: of their own card, or of a mail that is sent at one press.
"""

from __future__ import annotations

from flask import redirect, render_template, request, url_for
from flask_babel import lazy_gettext as _l
from wtforms import HiddenField, PasswordField

from ..acts import Refused, join
from ..permits import Action
from . import letters
from .forms import Form, Line, Required
from .guard import allow
from .join import bp, safe_next
from .mailed import ask_for_mail, secret


class ConfirmForm(Form):
    password = PasswordField(_l("Passwort"), [Required()], render_kw={"autocomplete": "current-password"})
    next = HiddenField()


class ConfirmByCodeForm(Form):
    code = Line(
        _l("Code Ihrer Karte oder aus der Nachricht"),
        most=40,
        render_kw={"autocomplete": "one-time-code", "autocapitalize": "characters", "spellcheck": "false"},
    )
    next = HiddenField()


def form_of(me, **how) -> Form:
    return (ConfirmForm if me.account.password else ConfirmByCodeForm)(key="confirm", **how)


def confirm_page(me, form, status: int = 200):
    can_mail = bool(me.account.email) and letters.ready()
    return render_template(
        "join/confirm.html", form=form, can_mail=can_mail, sent="sent" in request.args
    ), status


@bp.get("/confirm")
@allow(Action.LOGGED_IN)
def confirmation(me):
    return confirm_page(me, form_of(me, formdata=None, data={"next": request.args.get("next", "")}))


@bp.post("/confirm")
@allow(Action.LOGGED_IN, late=True)
def confirm(me):
    form = form_of(me)
    try:
        if "mail" in request.form and not me.account.password:
            ask_for_mail(me.account.email or "", device=me.account.opaque)
            return redirect(url_for("join.confirmation", sent=1, next=form.next.data or None), 303)
        if form.validate():
            if me.account.password:
                join.confirm(me.login.id, me.account, form.password.data)
            else:
                join.confirm_by_code(me.login.id, me.account, form.code.data, secret=secret())
            return redirect(safe_next(form.next.data), 303)
    except Refused as no:
        if no.status == 429:
            raise
        form.say(no)
    return confirm_page(me, form, 422)
