"""Black out a passage: name it, look where it stands, confirm. The words travel in the form's body alone."""

from __future__ import annotations

from flask import redirect, render_template, request, url_for
from flask_babel import gettext
from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, RadioField

from ...acts import Refused, collect, privacy
from ...permits import Action
from ...terms import LABELS, N_, RedactionReason
from ..forms import Form, Text
from ..guard import allow
from . import bp
from .own import write_down

# Where a passage stands, in words.
COLUMNS = {
    ("version", "title"): _l("Titel"),
    ("version", "problem"): _l("Problem"),
    ("version", "action"): _l("Vorgeschlagene Maßnahme"),
    ("version", "reason"): _l("Grund einer Fassung"),
    ("comment", "text"): _l("Kommentar"),
    ("comment", "hidden_reason"): _l("Grund des Ausblendens"),
    ("recommendation", "hidden_reason"): _l("Grund des Ausblendens"),
    ("recommendation", "source"): _l("Quelle"),
    ("step", "reason"): _l("Grund eines Schritts beim Zusammenführen"),
    ("round_item", "title"): _l("eingefrorene Liste: Titel"),
    ("round_item", "problem"): _l("eingefrorene Liste: Problem"),
    ("round_item", "action"): _l("eingefrorene Liste: Maßnahme"),
    ("roll_entry", "late_reason"): _l("Grund eines Nachtrags ins Stimmverzeichnis"),
    ("annulment", "reason"): _l("Grund einer Annullierung"),
    ("round", "options"): _l("Grund einer Zurücknahme"),
}
CHECK_FIRST = N_(
    "Noch nichts geschwärzt. Bitte prüfen Sie die Stellen, nennen Sie den Grund und bestätigen Sie."
)


class RedactForm(Form):
    passage = Text(_l("Die Stelle, genau wie sie dasteht"), most=500, rows=2)
    reason = RadioField(_l("Grund"), validate_choice=False)
    sure = BooleanField(_l("Ich habe die Stellen geprüft. Das lässt sich nicht zurücknehmen."))

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.reason.choices = [(one.value, gettext(LABELS[one])) for one in RedactionReason]

    @property
    def is_confirmed(self) -> bool:
        return bool(self.sure.data) and self.reason.data in [one.value for one in RedactionReason]


@bp.get("/sessions/<int:session_id>/redact")
@allow(Action.HIDE)
def redacting(session, me):
    return redact_page(session, RedactForm(formdata=None, key="redact"))


def redact_page(session, form, places=(), chosen=(), status: int = 200):
    return render_template(
        "privacy/redact.html", form=form, places=places, chosen=set(chosen), columns=COLUMNS
    ), status


@bp.post("/sessions/<int:session_id>/redact")
@allow(Action.HIDE)
def redact(session, me):
    form, chosen = RedactForm(key="redact"), request.form.getlist("place")
    if not form.validate():
        return redact_page(session, form, status=422)
    try:
        places = privacy.find(session, form.passage.data)
        if not chosen or not form.is_confirmed:
            form.say(Refused(CHECK_FIRST))
            return redact_page(session, form, places, chosen or [one.name for one in places], 422)
        privacy.redact(session, me, passage=form.passage.data, reason=form.reason.data, chosen=chosen)
        write_down()
        return redirect(url_for("privacy.redactions", session_id=session.id), 303)
    except Refused as no:
        if no.status != 422:
            raise
        form.say(no)
    return redact_page(session, form, status=422)


@bp.get("/sessions/<int:session_id>/redactions")
@allow(Action.HIDE)
def redactions(session):
    return render_template("privacy/redactions.html", found=collect.redactions(session.id))
