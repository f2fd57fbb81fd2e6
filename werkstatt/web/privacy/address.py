"""Change one's own address: ask for it, then confirm it by the link or the code of the mail."""

from __future__ import annotations

from flask import current_app, redirect, render_template, url_for
from flask_babel import lazy_gettext as _l

from ...acts import Gone, NotNow, Refused, join, privacy
from ...db import utcnow
from ...permits import Action
from .. import letters
from ..forms import Form, Line
from ..guard import allow, confirm_first
from ..handover import outside
from ..mailed import NO_MAIL, secret
from ..office.forms import Address
from . import bp


class AddressForm(Form):
    email = Address()


class AddressCodeForm(Form):
    code = Line(
        _l("Code aus der Nachricht"),
        most=20,
        render_kw={"inputmode": "numeric", "autocomplete": "one-time-code"},
    )


@bp.get("/me/address")
@allow(Action.LOGGED_IN)
def address(me):
    if not privacy.waiting_address(me.id):
        confirm_first(me)
    return address_page(me)


def address_page(me, form=None, code=None, status: int = 200):
    return render_template(
        "privacy/address.html",
        form=form or AddressForm(formdata=None, key="address"),
        code=code or AddressCodeForm(formdata=None, key="code"),
        waiting=privacy.waiting_address(me.id),
        mail=current_app.config["SETTINGS"].mail,
        no_mail=NO_MAIL,
        may=privacy.may_change_address(me.id),
        let_in_first=privacy.LET_IN_FIRST,
    ), status


@bp.post("/me/address")
@allow(Action.LOGGED_IN, late=True)
def ask_for_address(me):
    join.check_proven(me.id, me.login)
    confirm_first(me)
    form = AddressForm(key="address")
    if form.validate():
        try:
            send_to(me, form.email.data)
            return redirect(url_for("privacy.address"), 303)
        except NotNow:
            raise
        except Refused as no:
            form.say(no)
    return address_page(me, form, status=422)


def send_to(me, email: str) -> None:
    """Send the mail, if mail goes out at all."""
    if not letters.ready():
        raise Refused(NO_MAIL)

    def letter(reader, token, code, expires_at):
        url = outside(url_for("privacy.confirm_address", token=token))
        return letters.write(reader, "address", url=url, code=code, expires_at=expires_at)

    def taken(reader):
        return letters.write(reader, "address_taken")

    privacy.ask_for_address(me, email, secret=secret(), write=letter, write_taken=taken)


def notice(account):
    """The letter to the old address."""
    return letters.write(account, "address_changed", at=utcnow())


@bp.post("/me/address/code")
@allow(Action.LOGGED_IN, late=True)
def type_address_code(me):
    form = AddressCodeForm(key="code")
    if form.validate():
        try:
            privacy.by_code(me, form.code.data, secret=secret(), write=notice, login_id=me.login.id)
            return redirect(url_for("privacy.address_changed"), 303)
        except Gone:
            raise
        except Refused as no:
            form.say(no)
    return address_page(me, code=form, status=422)


@bp.get("/address/<token>")
@allow(Action.PUBLIC)
def confirm_address(token):
    return render_template("privacy/confirm_address.html", way=privacy.new_address(token), token=token)


@bp.post("/address/<token>")
@allow(Action.PUBLIC, late=True)
def use_address(token):
    privacy.by_link(token, write=notice)
    return redirect(url_for("privacy.address_changed"), 303)


@bp.get("/address")
@allow(Action.PUBLIC)
def address_changed():
    return render_template("privacy/address_changed.html")
