"""A person's own page: everything that is stored about them, and what they can do about it."""

from __future__ import annotations

import json
import logging

from flask import Response, after_this_request, current_app, redirect, render_template, url_for
from flask import session as cookie
from flask_babel import gettext
from flask_babel import lazy_gettext as _l
from flask_login import logout_user
from wtforms import BooleanField, RadioField

from ...acts import Refused, join, privacy
from ...permits import Action
from ...secrecy import KeyFolder
from .. import LANGUAGES, devices
from ..forms import Form, Line, Name, Required
from ..guard import allow, confirm_first
from ..office import record
from . import bp

log = logging.getLogger(__name__)
# What is rare on the page: counted there, whole in the file.
OTHER = {
    "upload": _l("Hochgeladene Listen, die noch niemand bestätigt hat"),
    "annulment": _l("Annullierungen, an denen ich beteiligt war"),
    "paper_batch": _l("Von mir erfasste Papierstimmzettel"),
    "mail": _l("E-Mails an mich"),
    "failure_counter": _l("Fehlversuche beim Anmelden"),
    "page": _l("Bearbeitete Seiten der Installation"),
    "redaction": _l("Schwärzungen, die ich vorgenommen habe"),
}
NAMES = {"de": "Deutsch", "en": "English"}


class OwnForm(Form):
    name = Name(_l("Ihr Name"), autocomplete="name")
    organisation = Line(
        _l("Organisation"), most=200, required=False, render_kw={"autocomplete": "organization"}
    )
    language = RadioField(_l("Sprache"))

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.language.choices = [(one, NAMES[one]) for one in LANGUAGES]


class DeleteForm(Form):
    sure = BooleanField(_l("Ja, mein Konto soll endgültig gelöscht werden."), [Required()])


@bp.get("/me")
@allow(Action.LOGGED_IN)
def me_page(me):
    return own_page(me, OwnForm(key="me", data=own_facts(me)))


def own_facts(me) -> dict:
    return {"name": me.name, "organisation": me.account.organisation, "language": me.account.language}


def own_page(me, form, status: int = 200):
    return render_template(
        "privacy/show.html",
        form=form,
        data=privacy.document(me.id),
        logins=privacy.valid_logins(me.id),
        deeds=record.words(),
        other=OTHER,
    ), status


@bp.post("/me")
@allow(Action.LOGGED_IN)
def change(me):
    form = OwnForm(key="me")
    if form.validate():
        try:
            privacy.change(
                me,
                name=form.name.data,
                organisation=form.organisation.data or "",
                language=form.language.data,
            )
            cookie["language"] = form.language.data
            return redirect(url_for("privacy.me_page"), 303)
        except Refused as no:
            form.say(no)
    return own_page(me, form, 422)


@bp.get("/me/data.json")
@allow(Action.LOGGED_IN)
def data(me):
    found = privacy.document(me.id)
    name = gettext("werkstatt-meine-daten.json")
    return Response(
        json.dumps(found, ensure_ascii=False, indent=1, default=lambda moment: moment.isoformat()) + "\n",
        mimetype="application/json",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


@bp.post("/me/logins/others")
@allow(Action.LOGGED_IN)
def end_others(me):
    privacy.end_logins(me, keep=me.login.id)
    return redirect(url_for("privacy.me_page") + "#logins", 303)


@bp.post("/me/logins/all")
@allow(Action.LOGGED_IN)
def end_all(me):
    privacy.end_logins(me)
    leave()
    return redirect(url_for("join.handed_over"), 303)


def leave() -> None:
    """Forget the person in this browser; the language stays."""
    logout_user()
    kept = cookie.get("language")
    cookie.clear()
    if kept:
        cookie["language"] = kept


@bp.get("/me/delete")
@allow(Action.LOGGED_IN)
def deletion(me):
    return delete_page(me, DeleteForm(formdata=None, key="delete"))


def delete_page(me, form, status: int = 200):
    try:
        privacy.check_may_go(me.id)
        blocked = None
    except Refused as no:
        blocked = gettext(no.message, **no.values)
    others = privacy.second_accounts(me.id)
    return render_template("privacy/delete.html", form=form, blocked=blocked, others=others), status


@bp.post("/me/delete")
@allow(Action.LOGGED_IN)
def delete(me):
    join.check_proven(me.id, me.login)
    if me.account.password:
        confirm_first(me)
    form = DeleteForm(key="delete")
    if not form.validate():
        return delete_page(me, form, 422)
    privacy.delete_account(me, KeyFolder(current_app.config["SETTINGS"].keys))
    write_down()
    leave()
    cookie["gone"] = True
    devices.forget()
    return redirect(url_for("privacy.deleted"), 303)


def write_down() -> None:
    """Write what this request erases to the journal, after it is committed and before it is answered."""

    @after_this_request
    def journal(answer):
        settings = current_app.config["SETTINGS"]
        try:
            if answer.status_code < 400:
                privacy.write_journal(privacy.Journal(settings.keys, settings.instance))
        except OSError:  # the clerk tries again
            log.exception("the journal of erasures cannot be written")
        return answer


@bp.get("/deleted")
@allow(Action.PUBLIC)
def deleted(me):
    return render_template("privacy/deleted.html", gone=me is None and "gone" in cookie)
