"""The password once more, before what must not happen on a laptop left open; on the blueprint of ``join``."""

from __future__ import annotations

from flask import redirect, render_template, request
from flask_babel import lazy_gettext as _l
from wtforms import HiddenField, PasswordField

from ..acts import Refused, join
from ..permits import Action
from .forms import Form, Required
from .guard import allow
from .join import bp, safe_next


class ConfirmForm(Form):
    password = PasswordField(_l("Passwort"), [Required()], render_kw={"autocomplete": "current-password"})
    next = HiddenField()


@bp.get("/confirm")
@allow(Action.LOGGED_IN)
def confirmation():
    form = ConfirmForm(formdata=None, key="confirm", data={"next": request.args.get("next", "")})
    return render_template("join/confirm.html", form=form)


@bp.post("/confirm")
@allow(Action.LOGGED_IN, late=True)
def confirm(me):
    form = ConfirmForm(key="confirm")
    if form.validate():
        try:
            join.confirm(me.login.id, me.account, form.password.data)
            return redirect(safe_next(form.next.data), 303)
        except Refused as no:
            form.say(no)
    return render_template("join/confirm.html", form=form), 422
