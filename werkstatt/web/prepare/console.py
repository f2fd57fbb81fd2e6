"""The console: one glance tells phase, clock, who takes part, what is left."""

from __future__ import annotations

import os

from flask import current_app, redirect, render_template, request, url_for
from flask_babel import gettext
from flask_babel import lazy_gettext as _l

from ...acts import NotNow, Refused, join, prepare, rank
from ...permits import Action
from ...secrecy import KeyFolder
from ...terms import Phase, RoundState
from .. import projector
from ..desk.door import known_at_the_door
from ..guard import allow
from . import bp
from .forms import BackForm, ClockForm

# The big line, what to read out, what the projector shows, and the button that leads on.
NOW = {
    Phase.PREPARE: _l("Jetzt: Vorbereiten"),
    Phase.COLLECT: _l("Jetzt: Vorschläge sammeln"),
    Phase.DISCUSS: _l("Jetzt: Vorschläge diskutieren"),
    Phase.CONSOLIDATE: _l("Jetzt: Zusammenführen"),
    Phase.RANK: _l("Jetzt: Abstimmen"),
    Phase.RESULT: _l("Jetzt: Ergebnis"),
}
READ_OUT = {
    Phase.PREPARE: _l(
        "„Bitte geben Sie den Code von der Leinwand ein oder lesen Sie ihn mit der Kamera."
        " Wählen Sie, für wen Sie heute sprechen.“"
    ),
    Phase.COLLECT: _l(
        "„Schreiben Sie auf, was Sie vorschlagen: ein Titel, das Problem, die Maßnahme."
        " Ihren Namen sehen nur Moderation und Geschäftsstelle.“"
    ),
    Phase.DISCUSS: _l(
        "„Lesen Sie die Vorschläge und sagen Sie etwas dazu: dafür, dagegen, eine Frage, eine Ergänzung.“"
    ),
    Phase.CONSOLIDATE: _l(
        "„Wir führen ähnliche Vorschläge zusammen. Ihr Original bleibt lesbar;"
        " auf Ihrer Seite sehen Sie, was daraus geworden ist.“"
    ),
    Phase.RANK: _l(
        "„Bringen Sie die Empfehlungen in Ihre Reihenfolge und geben Sie ab."
        " Ihre Stimme ist vertraulich; bis zum Schließen können Sie sie ändern.“"
    ),
    Phase.RESULT: _l(
        "„Das Ergebnis steht auf Ihren Geräten. Es gilt für die Anwesenden und ist nicht repräsentativ.“"
    ),
}
WAITING = _l(
    "„Gleich stimmen wir ab: das Wichtigste zuerst, gleichauf ist erlaubt, ändern geht bis zum Schließen.“"
)
INTERRUPTED = _l(
    "„Die Abstimmung wurde unterbrochen und wird wiederholt. Was bisher abgegeben wurde, zählt nicht."
    " Bitte warten Sie auf die neue Öffnung.“"
)
PAUSED = _l("„Bitte warten Sie kurz: Gerade lässt sich nichts abgeben. Ihre Reihenfolge bleibt stehen.“")
CLOSED = _l("„Geschlossen. Das Ergebnis sehen wir gemeinsam an.“")
NAMED = READ_OUT | {
    Phase.COLLECT: _l(
        "„Schreiben Sie auf, was Sie vorschlagen: ein Titel, das Problem, die Maßnahme."
        " In dieser Arbeitsrunde steht Ihr Name dabei.“"
    )
}
SCREEN = {
    Phase.PREPARE: _l("zeigt: Code und drei Schritte zum Eintreten"),
    Phase.COLLECT: _l("zeigt: Frage und Zahl der Vorschläge"),
    Phase.DISCUSS: _l("zeigt: Frage und Tische"),
    Phase.CONSOLIDATE: _l("zeigt: Frage und wie es weitergeht"),
    Phase.RANK: _l("zeigt: Regeln und Beteiligung"),
    Phase.RESULT: _l("zeigt: das Ergebnis"),
}
ONWARD = {
    Phase.COLLECT: _l("Sammeln beginnen"),
    Phase.DISCUSS: _l("Weiter zum Diskutieren"),
    Phase.CONSOLIDATE: _l("Weiter zum Zusammenführen"),
    Phase.RANK: _l("Weiter zum Abstimmen"),
    Phase.RESULT: _l(
        "Zurück zum Ergebnis"
    ),  # after going back by mistake; else "Ergebnis zeigen" leads there
}
ROUNDS = (Phase.RANK, Phase.RESULT)  # phases with something to annul or to take back


@bp.get("/sessions/<int:session_id>/console")
@allow(Action.RUN)
def console(session, workshop, me):
    return console_page(session, workshop)


def console_page(session, workshop, status: int = 200, clock_form=None, back_form=None):
    step = prepare.next_step(session)
    round_desk = rank.desk(session.id) if session.phase is Phase.RANK else None
    dead = rank.last_annulled(session.id) if session.phase is Phase.RESULT else None
    waiting = prepare.waiting(workshop.id)
    page = render_template(
        "prepare/console.html",
        **known_at_the_door(workshop.id, waiting),
        now=NOW[session.phase],
        read_out=read_out(session, round_desk),
        screen=SCREEN[session.phase],
        screen_url=projector.screen_url(session, workshop),
        onward=None if step.to is Phase.RESULT and step.blocked else ONWARD.get(step.to),
        blocked=[gettext(message, **values) for message, values in step.blocked],
        hints=[gettext(message, **values) for message, values in step.hints],
        balance=prepare.balance(workshop.id, workshop.process_id),
        team=prepare.team(workshop.id),
        figures=prepare.figures(session.id),
        waiting=waiting,
        code=join.spoken(workshop.join_code),
        wrong_codes=join.wrong_codes(),
        faults=faults(),
        round_desk=round_desk,
        trouble=rank.trouble(session.id) if session.phase in ROUNDS else None,
        annulled_because=rank.annulled_because(dead.id) if dead else "",
        clock_form=clock_form or ClockForm(formdata=None, key="clock"),
        back_form=back_form or BackForm(formdata=None, key="back"),
        back_open=back_form is not None,
    )
    return page, status


def read_out(session, round_desk):
    """The sentence for the room: by the phase, and while it votes by the state of the round."""
    problem = round_desk.round.problem if round_desk and round_desk.round else ""
    if problem == rank.PROBLEM_INTERRUPTED:
        return INTERRUPTED
    if problem == rank.PROBLEM_KEY and round_desk.round.state is RoundState.OPEN:
        return PAUSED
    if round_desk is None or (round_desk.round and round_desk.round.state is RoundState.OPEN):
        return (NAMED if session.names_visible else READ_OUT)[session.phase]
    return CLOSED if round_desk.round else WAITING


def faults() -> list[str]:
    """What does not answer; only what can truly be looked at here."""
    found = []
    if not prepare.database_answers():
        found.append(gettext("Datenbank"))
    if not os.access(current_app.config["SETTINGS"].keys, os.R_OK | os.W_OK | os.X_OK):
        found.append(gettext("Schlüssel"))
    elif not rank.keys_readable(KeyFolder(current_app.config["SETTINGS"].keys)):
        found.append(gettext("Schlüssel einer offenen Abstimmung"))
    return found


def back_to_console(session):
    return redirect(url_for("prepare.console", session_id=session.id), 303)


def leaving() -> Phase:
    """The phase that the form was made in, so that two consoles cannot skip one."""
    named = request.form.get("leaving")
    if named not in list(Phase):
        raise NotNow(prepare.CHANGED)
    return Phase(named)


@bp.post("/sessions/<int:session_id>/advance")
@allow(Action.STEER)
def advance(session, me):
    prepare.advance(session, me, leaving=leaving())
    return back_to_console(session)


@bp.post("/sessions/<int:session_id>/back")
@allow(Action.STEER)
def go_back(session, workshop, me):
    form = BackForm(key="back")
    try:
        prepare.back(session, me, reason=form.reason.data or "", leaving=leaving())
        return back_to_console(session)
    except Refused as no:
        if no.status != 422:
            raise
        form.say(no)
    return console_page(session, workshop, 422, back_form=form)


@bp.post("/sessions/<int:session_id>/clock")
@allow(Action.STEER)
def set_clock(session, workshop, me):
    form = ClockForm(key="clock")
    if form.validate():
        try:
            prepare.set_clock(session, me, minutes=form.minutes.data)
            return back_to_console(session)
        except Refused as no:
            form.say(no)
    return console_page(session, workshop, 422, clock_form=form)


@bp.post("/sessions/<int:session_id>/clock/extend")
@allow(Action.STEER)
def extend_clock(session, me):
    prepare.extend(session, me, minutes=2)
    return back_to_console(session)


@bp.post("/sessions/<int:session_id>/clock/stop")
@allow(Action.STEER)
def stop_clock(session, me):
    prepare.stop_clock(session, me)
    return back_to_console(session)
