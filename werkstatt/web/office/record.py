"""The record, filtered; whether its chain is whole; whether a printed anchor is in it."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta

from flask import render_template, request
from flask_babel import gettext
from flask_babel import lazy_gettext as _l

from ... import phrases
from ...acts import audit, office
from ...permits import Action
from ...terms import LABELS, N_, StepKind
from ..forms import whole
from ..guard import allow
from . import bp, facts
from .forms import zone

# What the record's words mean; a word that is missing here is shown as it is kept.
DEEDS = {
    "ask_again": _l("kam nach beendeter Teilnahme noch einmal mit dem Code"),
    "own_sector": _l("eigene Akteursgruppe geändert"),
    "add_late": _l("ins Stimmverzeichnis nachgetragen"),
    "add_organiser": _l("in die Geschäftsstelle aufgenommen"),
    "add_person": _l("ins Register eingetragen"),
    "add_sector": _l("Akteursgruppe hinzugefügt"),
    "add_tables": _l("Tische hinzugefügt"),
    "add_theme": _l("Handlungsfeld hinzugefügt"),
    "advance": _l("eine Phase weiter"),
    "announce_close": _l("Schließen angekündigt"),
    "approve": _l("Teilnahme bestätigt"),
    "back": _l("eine Phase zurück"),
    "block": _l("Konto gesperrt"),
    "change_account": _l("eigene Angaben geändert"),
    "change_address": _l("eigene E-Mail-Adresse geändert"),
    "cancel_round": _l("Abstimmung zurückgenommen"),
    "check_in": _l("als anwesend eingetragen"),
    "clock": _l("Uhr gestellt"),
    "closed": _l("Abstimmung geschlossen, Schlüssel vernichtet"),
    "closing": _l("Abstimmung wird geschlossen"),
    "copy_workshop": _l("Workshop kopiert"),
    "correct_sector": _l("Akteursgruppe berichtigt"),
    "counted": _l("Abstimmung ausgezählt"),
    "create_account": _l("Konto angelegt"),
    "create_process": _l("Strategieprozess angelegt"),
    "create_session": _l("Arbeitsrunde angelegt"),
    "create_workshop": _l("Workshop angelegt"),
    "cut_record": _l("alte Protokolleinträge nach Frist entfernt"),
    "delete_account": _l("Konto gelöscht"),
    "edit_member": _l("Registereintrag geändert"),
    "edit_page": _l("Seite bearbeitet"),
    "edit_process": _l("Strategieprozess geändert"),
    "edit_sector": _l("Akteursgruppe geändert"),
    "edit_session": _l("Einstellungen der Arbeitsrunde geändert"),
    "edit_table": _l("Tisch geändert"),
    "edit_workshop": _l("Workshop geändert"),
    "end_member": _l("Teilnahme beendet"),
    "end_logins": _l("eigene Anmeldungen beendet"),
    "forget_voter": _l("Eintrag und Stimmzettel eines gelöschten Kontos entfernt"),
    "grant": _l("Recht gegeben"),
    "issue_link": _l("persönlichen Link ausgestellt"),
    "joining": _l("Eintreten geöffnet oder geschlossen"),
    "new_code": _l("neuer Code"),
    "open_round": _l("Abstimmung geöffnet"),
    "redact": _l("Textstelle geschwärzt"),
    "refuse": _l("Teilnahme abgelehnt"),
    "release": _l("Ergebnis gezeigt"),
    "remove_organiser": _l("aus der Geschäftsstelle entfernt"),
    "remove_sector": _l("Akteursgruppe entfernt"),
    "remove_table": _l("Tisch entfernt"),
    "remove_theme": _l("Handlungsfeld entfernt"),
    "rename_theme": _l("Handlungsfeld umbenannt"),
    "remove_urns": _l("Stimmzettel nach Frist entfernt"),
    "repeat_deletion": _l("Löschung nach einer Wiederherstellung wiederholt"),
    "repeat_redaction": _l("Schwärzung nach einer Wiederherstellung wiederholt"),
    "reset_page": _l("Seite auf den Mustertext zurückgesetzt"),
    "restore_member": _l("Teilnahme wieder aufgenommen"),
    "revoke": _l("Recht genommen"),
    "set_period": _l("Aufbewahrungsfrist geändert"),
    "unblock": _l("Sperre aufgehoben"),
    "bind_card": _l("Karte einer Person gegeben"),
    "first_admin": _l("erstes Verwaltungskonto angelegt"),
    "hide": _l("Text ausgeblendet"),
    "import_register": _l("Liste ins Register übernommen"),
    "invite_by_mail": _l("Einladung verschickt"),
    "correct_address": _l("Adresse im Register berichtigt"),
    "sit_apart": _l("mit eigenem Konto hereingelassen"),
    "take_place": _l("als Person des Registers hereingelassen"),
    "claim_place": _l("zweites Mal angemeldet: der Platz war vergeben"),
    "settle_place": _l("entschieden, wem ein Platz gehört"),
    "join_accounts": _l("zwei Konten verbunden"),
    "on_behalf": _l("für eine Person eingetragen"),
    "print_cards": _l("Karten gedruckt"),
    "return_code": _l("Rückkehrcode ausgestellt"),
    "undo": _l("Schritt rückgängig gemacht"),
    "unhide": _l("Text wieder gezeigt"),
    "use_card": _l("mit einer Karte hereingekommen"),
    "use_return_code": _l("mit einem Rückkehrcode hereingekommen"),
    "void_card": _l("Karte gesperrt"),
}


def words() -> dict[str, str]:
    """Every deed in words; those of a round as its protocol says them, steps as they are called."""
    steps = {kind.value: LABELS[kind] for kind in StepKind}
    return {**{name: gettext(text) for name, text in (steps | phrases.DEEDS).items()}, **DEEDS}


NO_DAY = N_("Bitte ein Datum zwischen 2000 und 2100, zum Beispiel 2026-11-25.")
NO_NUMBER = N_("Bitte die Nummer der Arbeitsrunde als Zahl.")


def day_of(text: str) -> date | None:
    """A day from the address, of a year that can be meant; ``None`` for anything else."""
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return None
    return day if 2000 <= day.year <= 2100 else None


def wanted() -> tuple[office.Filter, dict[str, str], dict[str, str]]:
    """The filter that the address names, its parts as the form sends them, and what is wrong with which."""
    given = {
        name: request.args.get(name, "").strip()[:100] for name in ("deed", "q", "session", "since", "until")
    }
    since, until = day_of(given["since"]), day_of(given["until"])
    found = office.Filter(
        deed=given["deed"],
        person=given["q"],
        session=whole(given["session"]),
        since=since and datetime.combine(since, time(), zone()),
        until=until and datetime.combine(until + timedelta(days=1), time(), zone()),
    )
    read = {"since": (since, NO_DAY), "until": (until, NO_DAY), "session": (found.session, NO_NUMBER)}
    wrong = {
        name: gettext(sentence) for name, (value, sentence) in read.items() if given[name] and value is None
    }
    return found, {name: value for name, value in given.items() if value}, wrong


@bp.get("/admin/record")
@allow(Action.ADMINISTER)
def record():
    looked_for, given, wrong = wanted()
    anchor = request.args.get("anchor", "").strip()[:100]
    page = render_template(
        "office/record.html",
        found=office.entries(whole(request.args.get("page")) or 1, looked_for),
        wrong=wrong,
        given=given,
        broken_at=audit.broken_at(),
        anchor=audit.anchor(),
        asked=anchor,
        anchored=audit.find(anchor) if anchor else None,
        known=office.deeds(),
        deeds=words(),
        said=facts.said,
    )
    return page, 422 if wrong else 200
