"""The door: log in, come in by code or invitation, land in the running step, hand the device on."""

from __future__ import annotations

import secrets
from urllib.parse import urlsplit

from flask import Blueprint, current_app, g, redirect, render_template, request, url_for
from flask import session as cookie
from flask_babel import lazy_gettext as _l
from flask_login import login_user, logout_user
from wtforms import EmailField, HiddenField, PasswordField, RadioField

from ..acts import Gone, Missing, NotNow, Refused, join, office, prepare
from ..permits import Action
from ..terms import Phase, Role
from . import LANGUAGES, devices, language, letters, pulse
from .forms import AtMost, Form, Line, Required, choice_id, stripped
from .guard import allow

bp = Blueprint("join", __name__)


def AddressField() -> EmailField:
    """The address that somebody logs in with."""
    return EmailField(
        _l("E-Mail-Adresse"),
        [Required(), AtMost(254)],
        filters=[stripped],
        render_kw={"autocomplete": "username"},
    )


class LoginForm(Form):
    email = AddressField()
    password = PasswordField(
        _l("Passwort"), [Required(), AtMost(1000)], render_kw={"autocomplete": "current-password"}
    )
    next = HiddenField()


class CodeForm(Form):
    mailed = False  # a code from a mail was typed, which goes elsewhere

    code = Line(
        _l("Code von der Leinwand oder von Ihrer Karte"),
        most=40,
        render_kw={"autocomplete": "off", "autocapitalize": "characters", "spellcheck": "false"},
    )


class InvitationForm(Form):
    password = PasswordField(
        _l("Passwort wählen (freiwillig)"), [AtMost(1000)], render_kw={"autocomplete": "new-password"}
    )


class Bearer:
    """What Flask-Login keeps in the cookie: the login's token, nothing about the person."""

    is_active = True

    def __init__(self, token: str):
        self.token = token

    def get_id(self) -> str:
        return self.token


def enter(token: str) -> None:
    """Put a fresh login into a fresh cookie, and know the device again. The login that was here ends."""
    if g.me:
        join.log_out(g.me.login.id)
    empty_cookie()
    cookie.permanent = True
    login_user(Bearer(token))
    devices.know(join.device_of(token))
    told = join.way_of_late(token)
    if told:
        cookie["told"] = [told[0].isoformat(), told[1] or "", told[2].value]


@bp.post("/told")
@allow(Action.LOGGED_IN)
def understood():
    """The notice about a return code or a card was read."""
    cookie.pop("told", None)
    return redirect(safe_next(request.form.get("next")), 303)


KEPT = ("language", "device")  # what belongs to the device and says nothing about a person


def empty_cookie() -> None:
    """Forget everything about the person who used this device."""
    kept = {name: cookie[name] for name in KEPT if name in cookie}
    cookie.clear()
    cookie.update(kept)


def device(me) -> str:
    """Who types codes here: this login, or this device as long as nobody is logged in."""
    return f"login:{me.login.id}" if me else f"device:{this_browser()}"


def this_browser() -> str:
    """A random name for this browser, which says nothing about anybody."""
    return cookie.setdefault("device", secrets.token_hex(8))


def safe_next(target: str | None) -> str:
    """A path on this site, or the start page. Browsers read ``\\`` as ``/`` and skip control signs."""
    target = target or ""
    parts = urlsplit(target)
    inside = target.startswith("/") and not target.startswith("//") and "\\" not in target
    plain = target.isprintable() and not parts.scheme and not parts.netloc
    return target if inside and plain else url_for("join.home")


def hours() -> int:
    return current_app.config["SETTINGS"].login_hours


@bp.get("/")
@allow(Action.PUBLIC)
def home(me):
    if me is None:
        return welcome_page(LoginForm(key="login"), CodeForm(key="room"))
    places = join.places(me.id)
    if len(places) == 1 and "all" not in request.args:
        workshop, _, role, sessions = places[0]
        now = join.running(sessions)
        if role not in (Role.MODERATOR, Role.ORGANISER):  # it asks "Ich bin da", and leads on from there
            return redirect(url_for("join.workshop", workshop_id=workshop.id), 303)
        if now:
            return redirect(landing(now.id, role), 303)
    return render_template(
        "join/home.html", places=places, landing=landing, organises=bool(office.organised(me.id))
    )


def landing(session_id: int, role: Role) -> str:
    """Where somebody of this role goes: moderators to the console, all others to the running step."""
    if role in (Role.MODERATOR, Role.ORGANISER):
        return url_for("prepare.console", session_id=session_id)
    return url_for("prepare.step", session_id=session_id)


@bp.get("/login")
@allow(Action.PUBLIC)
def login(me):
    form = LoginForm(key="login", data={"next": request.args.get("next", "")})
    return welcome_page(form, CodeForm(key="room"))


def welcome_page(form, code, status: int = 200):
    return render_template("join/welcome.html", form=form, code=code, mail=letters.ready()), status


@bp.post("/login")
@allow(Action.PUBLIC, late=True)
def log_in():
    form = LoginForm(key="login")
    by_mail = "mail" in request.form
    if by_mail:
        form.password.validators = []
    if form.validate():
        try:
            if by_mail:
                return mailed.send_link(form.email.data, form.next.data or "")
            here = {"device": devices.known(), "browser": this_browser()}
            enter(join.log_in(form.email.data, form.password.data, hours=hours(), **here))
            return redirect(safe_next(form.next.data), 303)
        except Refused as no:
            form.say(no)
    return welcome_page(form, CodeForm(formdata=None, key="room"), 422)


@bp.post("/login/stay")
@allow(Action.LOGGED_IN)
def stay(me):
    join.stay(me.login.id, hours=hours())
    return redirect(safe_next(request.form.get("next")), 303)


@bp.post("/logout")
@allow(Action.PUBLIC)
def log_out(me):
    if me:
        join.log_out(me.login.id)
    logout_user()
    empty_cookie()
    return redirect(url_for("join.handed_over"), 303)


@bp.get("/bye")
@allow(Action.PUBLIC)
def handed_over():
    return render_template("join/bye.html", code=CodeForm(key="room"))


@bp.post("/language")
@allow(Action.PUBLIC)
def choose_language(me):
    chosen = request.form.get("language")
    if chosen in LANGUAGES:
        cookie["language"] = chosen
        if me:
            join.choose_language(me.id, chosen)
    return redirect(safe_next(request.form.get("next")), 303)


@bp.get("/workshops/<int:workshop_id>")
@allow(Action.ENTER)
def workshop(workshop, me):
    places = {place.id: sessions for place, _, _, sessions in join.places(me.id)}
    sessions = places.get(workshop.id, [])
    now = join.running(sessions)
    here = me.membership is None or (me.membership.state == "checked_in" and not me.shut)
    if now and here and not me.moderates and "all" not in request.args:
        return redirect(landing(now.id, me.role), 303)
    return render_template(
        "join/workshop.html",
        sessions=[one for one in sessions if one.phase is not Phase.PREPARE or me.moderates],
        form=presence_form(workshop, me),
        sectors=join.sectors(workshop.process_id),
        place=prepare.row(workshop.id, me.membership.id) if here and me.membership else None,
        to_come=next((one for one in sessions if one.phase is Phase.PREPARE), None) if here else None,
        landing=landing,
        code=join.spoken(workshop.join_code),
        mail=letters.ready(),
        beat=beat_of(workshop, sessions),
    )


def beat_of(workshop, sessions) -> pulse.Beat | None:
    """The pulse of the running session, else of the next one, tells a workshop's pages what happens."""
    to_come = [one for one in sessions if one.phase is not Phase.RESULT]
    now = join.running(sessions) or next(iter(to_come or sessions), None)
    return now and pulse.beat(now, workshop)


class PresenceForm(Form):
    sector = RadioField(_l("Für wen sprechen Sie heute?"), coerce=choice_id, validate_choice=False)


def presence_form(workshop, me) -> PresenceForm:
    form = PresenceForm(key="presence", data={"sector": me.membership.sector_id} if me.membership else None)
    form.sector.choices = [(sector.id, sector.title) for sector in join.sectors(workshop.process_id)]
    return form


@bp.post("/workshops/<int:workshop_id>/presence")
@allow(Action.ENTER)
def be_here(workshop, me):
    if me.membership is None:
        raise Missing()
    if me.shut:
        raise NotNow(join.PROVE_FIRST)
    form = presence_form(workshop, me)
    join.own_name(join.check_in(workshop, me.membership.id, sector_id=form.sector.data))
    return redirect(url_for("join.workshop", workshop_id=workshop.id), 303)


@bp.get("/invitation/<token>")
@allow(Action.PUBLIC)
def invitation(token):
    return invitation_page(token, InvitationForm(key="invitation"))


@bp.post("/invitation/<token>")
@allow(Action.PUBLIC, late=True)
def accept(token):
    return come_in(token, InvitationForm(key="invitation"), invitation_page)


def come_in(token: str, form, page):
    """The button of a personal link, with a password or without."""
    try:
        if form.validate():
            how = {"hours": hours(), "language": language()}
            enter(join.by_link(token, form.password.data or "", **how))
            return redirect(url_for("join.home"), 303)
    except Gone:
        return over(token)
    except Refused as no:
        form.say(no)
    return page(token, form, 422)


def over(token: str, sentence: str = join.GONE):
    """A personal link once more: whoever came in with it goes on, all others read where to get a new one."""
    if g.me and join.came_with(token, g.me.id):
        return redirect(url_for("join.home"), 303)
    raise Gone(join.why_not(token, sentence))


def invitation_page(token: str, form, status: int = 200):
    found = join.invitation(token)
    if found is None or found.account is None:
        return over(token)
    _, account, workshop = found
    return render_template(
        "join/invitation.html", form=form, account=account, there=workshop, token=token
    ), status


from . import mailed  # noqa: E402 - its views hang on bp
