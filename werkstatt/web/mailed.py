"""In without a password: a link or a code by mail; and the password of whoever is logged in."""

from __future__ import annotations

from flask import current_app, redirect, render_template, request, url_for
from flask import session as cookie
from flask_babel import lazy_gettext as _l
from wtforms import HiddenField, PasswordField

from ..acts import Refused, join
from ..permits import Action
from ..terms import N_
from . import devices, language, letters
from .forms import AtMost, Form, Line
from .guard import allow, confirm_first
from .handover import outside
from .join import AddressField, bp, come_in, device, enter, hours, over, safe_next, this_browser

NO_MAIL = N_("Mail ist hier nicht eingerichtet. Fragen Sie die Geschäftsstelle oder am Einlass.")


class CodeByMailForm(Form):
    """The code of the mail that this browser asked for; without one also the address it was sent to."""

    email = AddressField()
    code = Line(_l("Code aus der Nachricht"), most=20, render_kw={"autocomplete": "one-time-code"})
    next = HiddenField()


class LinkForm(Form):
    password = PasswordField(
        _l("Neues Passwort (freiwillig)"), [AtMost(1000)], render_kw={"autocomplete": "new-password"}
    )


class PasswordForm(Form):
    current = PasswordField(
        _l("Jetziges Passwort"), [AtMost(1000)], render_kw={"autocomplete": "current-password"}
    )
    new = PasswordField(_l("Neues Passwort"), [AtMost(1000)], render_kw={"autocomplete": "new-password"})


def secret() -> str:
    return current_app.config["SECRET_KEY"]


def send_link(email: str, next: str):
    """Send the mail, if mail goes out and the address is known; the answer is the same in any case."""
    cookie["asked"] = ask_for_mail(email, device=devices.known())
    cookie["asked_for"] = email
    return redirect(url_for("join.code_by_mail", sent=1, next=next or None), 303)


def ask_for_mail(email: str, *, device: str) -> int:
    """Have a link and a code sent; the number of the request."""
    if not letters.ready():
        raise Refused(NO_MAIL)

    def letter(reader, token, code, expires_at):
        url = outside(url_for("join.mailed_link", token=token))
        return letters.write(reader, "login", url=url, code=code, expires_at=expires_at)

    here = {"device": device, "browser": this_browser()}
    return join.ask_for_login(email, secret=secret(), write=letter, **here)


def after_right(me, account_id: int, *, was_open: bool, may_hand: bool) -> str:
    """An account got a right from this person; see :func:`werkstatt.acts.join.after_right`."""

    def letter(reader, token, expires_at):
        url = outside(url_for("join.mailed_link", token=token))
        return letters.write(reader, "right", url=url, expires_at=expires_at)

    if account_id == me.id:
        return ""
    write = letter if letters.ready() else None
    return join.after_right(account_id, was_open=was_open, may_hand=may_hand, write=write)


@bp.get("/login/code")
@allow(Action.PUBLIC)
def code_by_mail():
    form = CodeByMailForm(formdata=None, key="mailed", data={"next": request.args.get("next", "")})
    return code_page(form)


def code_page(form, status: int = 200):
    sent = "sent" in request.args and "asked_for" in cookie
    keyboard = {"autocapitalize": "characters", "spellcheck": "false"} if sent else {"inputmode": "numeric"}
    form.code.render_kw = form.code.render_kw | keyboard
    again = cookie["asked_for"] if sent else form.email.data if status == 422 else None
    return render_template(
        "join/mailed.html", form=form, sent=sent, again=again, mail=current_app.config["SETTINGS"].mail
    ), status


@bp.post("/login/code")
@allow(Action.PUBLIC)
def use_code(me):
    form = CodeByMailForm(key="mailed")
    here = "sent" in request.args and "asked_for" in cookie
    if here:
        form.email.validators = []
    if form.validate():
        how = {"secret": secret(), "hours": hours()}
        try:
            if here:
                enter(join.by_code_here(cookie["asked"], form.code.data, **how))
            else:
                how |= {"language": language(), "who": device(me)}
                enter(join.by_code_of_invitation(form.email.data, form.code.data, **how))
            return redirect(safe_next(form.next.data), 303)
        except Refused as no:
            if no.status == 429:
                raise
            form.say(no)
    return code_page(form, 422)


@bp.get("/login/<token>")
@allow(Action.PUBLIC)
def mailed_link(token):
    return link_page(token, LinkForm(formdata=None, key="link"))


@bp.post("/login/<token>")
@allow(Action.PUBLIC, late=True)
def use_link(token):
    return come_in(token, LinkForm(key="link"), link_page)


def link_page(token: str, form, status: int = 200):
    way = join.link(token)
    if way is None:
        return over(token)
    return render_template("join/link.html", form=form, way=way, token=token), status


@bp.get("/password")
@allow(Action.LOGGED_IN)
def password(me):
    return password_page(PasswordForm(formdata=None, key="password"))


def password_page(form, status: int = 200):
    done = request.args.get("done")
    return render_template("join/password.html", form=form, done=done, mail=letters.ready()), status


@bp.post("/password")
@allow(Action.LOGGED_IN, late=True)
def set_password(me):
    if not me.account.password and join.has_rights(me.id):
        confirm_first(me)  # else whoever finds the laptop open chooses the password that confirms
    form = PasswordForm(key="password")
    if form.validate():
        try:
            removed = "remove" in request.form
            new = None if removed else form.new.data or ""
            join.set_password(me.id, me.login.id, form.current.data or "", new)
            return redirect(url_for("join.password", done="removed" if removed else "set"), 303)
        except Refused as no:
            form.say(no)
    return password_page(form, 422)
