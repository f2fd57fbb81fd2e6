"""Every refusal as a page with one sentence that says what to do. Never a traceback."""

from __future__ import annotations

from urllib.parse import urlsplit

from flask import Flask, current_app, g, make_response, redirect, render_template, request, url_for
from flask.globals import request_ctx
from flask_babel import gettext
from flask_login import current_user
from flask_wtf.csrf import CSRFError
from sqlalchemy.exc import OperationalError
from werkzeug.exceptions import HTTPException

from ..acts import Refused, join
from ..db import Trouble, db, trouble_of
from ..terms import N_
from .guard import Unconfirmed

SENTENCES = {
    400: N_("Die Anfrage war unvollständig. Bitte laden Sie die Seite neu und versuchen Sie es noch einmal."),
    401: N_("Sie sind nicht angemeldet. Bitte melden Sie sich an; danach geht es hier weiter."),
    403: N_("Dafür fehlt Ihnen die Berechtigung. Wenn das nicht stimmen kann, fragen Sie die Moderation."),
    404: N_("Diese Seite gibt es nicht, oder sie ist nicht für Sie bestimmt."),
    405: N_("So lässt sich diese Adresse nicht aufrufen."),
    409: N_("Das ist in der jetzigen Phase nicht mehr möglich. Es wurde nichts gespeichert."),
    410: N_("Das gibt es nicht mehr."),
    413: N_("Das ist zu groß. Bitte kürzen Sie den Text oder die Datei."),
    422: N_("So konnte das nicht gespeichert werden."),
    429: N_("Zu viele Versuche. Bitte warten Sie einen Moment."),
    500: N_(
        "Da ist bei uns etwas schiefgegangen. Es wurde nichts gespeichert; bitte versuchen Sie es noch einmal."
    ),
    503: N_("Der Server ist gerade überlastet. Bitte versuchen Sie es gleich noch einmal."),
}
TROUBLES = {
    Trouble.BUSY: SENTENCES[503],
    Trouble.FULL: N_(
        "Der Speicherplatz des Servers ist voll; das wurde nicht gespeichert. Was vorher gespeichert war, gilt weiter."
        " Bitte Hand heben und es gleich noch einmal versuchen."
    ),
    Trouble.GONE: N_(
        "Die Datenbank antwortet gerade nicht. Bitte versuchen Sie es gleich noch einmal; bleibt es dabei, Hand heben."
    ),
}
RETRY_AFTER = 5  # seconds
FAILED = N_("Das hat nicht geklappt")
TITLES = {
    401: N_("Bitte anmelden"),
    403: N_("Keine Berechtigung"),
    404: N_("Nicht gefunden"),
    409: N_("Jetzt nicht möglich"),
    410: N_("Nicht mehr gültig"),
    413: N_("Zu groß"),
    422: N_("Nicht gespeichert"),
    429: N_("Bitte kurz warten"),
    503: N_("Gerade nicht möglich"),
}


EARLIER_LOGIN = N_(
    "Diese Seite gehört zu einer früheren Anmeldung, darum wurde nichts gespeichert. Bitte öffnen Sie die"
    " Seite neu, melden Sie sich wenn nötig an, und senden Sie noch einmal."
)
TEXTS = ("title", "problem", "action", "text", "reason", "question", "de", "en")
A_TEXT = 20  # signs; what is shorter is typed again as fast as copied


def typed() -> list[str]:
    """The texts that this request sent from a page of ours, so that they are not lost; never a password."""
    if request.headers.get("Sec-Fetch-Site", "same-origin") != "same-origin":
        return []
    fields = request.form.items(multi=True)
    return [text for name, text in fields if name in TEXTS and len(text) > A_TEXT]


def problem(status: int, sentence: str | None = None, typed: list[str] = ()):
    """The error page for a status, with a sentence of its own or the usual one."""
    if request_ctx.url_adapter is None:  # a host that cannot be: there is no address for any link
        return make_response(gettext(SENTENCES[400]), 400, {"Content-Type": "text/plain; charset=utf-8"})
    know_again(status)
    sentence = sentence or gettext(SENTENCES.get(status, SENTENCES[500]))
    title = gettext(TITLES.get(status, FAILED))
    answer = make_response(
        render_template("error.html", title=title, sentence=sentence, status=status, typed=typed), status
    )
    if status in (429, 503):
        answer.headers["Retry-After"] = str(RETRY_AFTER)
    return answer


def know_again(status: int) -> None:
    """Who reads this page, where no view has asked: whoever is logged in can hand the device on from here too."""
    if "me" not in g and status < 500:
        me = current_user._get_current_object()
        g.me = me if me.is_authenticated else None


def install(app: Flask) -> None:
    @app.errorhandler(Refused)
    def refused(no: Refused):
        return problem(no.status, gettext(no.message, **no.values) if no.message else None)

    @app.errorhandler(Unconfirmed)
    def unconfirmed(_no):
        came_from = urlsplit(request.full_path if request.method == "GET" else request.referrer or "")
        there = came_from.path + (f"?{came_from.query}" if came_from.query else "")
        return redirect(url_for("join.confirmation", next=there), 303)

    @app.errorhandler(CSRFError)
    def bad_token(_no):
        know_again(400)
        token = (request.view_args or {}).get("token")
        if g.me and token and join.came_with(token, g.me.id):  # the button of one's link, pressed twice
            return redirect(url_for("join.home"), 303)
        return problem(400, gettext(EARLIER_LOGIN), typed=typed())

    @app.errorhandler(HTTPException)
    def http(no: HTTPException):
        lost = no.code == 401 and request.method == "GET" and "HX-Request" not in request.headers
        if lost:
            return redirect(url_for("join.login", next=request.full_path.rstrip("?")), 303)
        if no.response is not None:
            return no.response
        return problem(no.code or 500)

    @app.errorhandler(OperationalError)
    def database_busy(no):
        db.session.rollback()
        current_app.logger.error("database: %s", no.orig)
        return problem(503, gettext(TROUBLES[trouble_of(no.orig)]))

    @app.errorhandler(Exception)
    def broken(no):
        db.session.rollback()
        g.things = {}
        current_app.logger.error("unexpected error in %s", request.endpoint, exc_info=no)
        return problem(500)
