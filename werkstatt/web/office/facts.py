"""The details of an entry of the record, in words: one table for the keys, the glossary for the values."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from flask_babel import format_decimal, gettext
from flask_babel import lazy_gettext as _l

from ...terms import LABELS, SAME_SPELLING, MemberState, Role

SHOWN = 6  # of a list of numbers; how many there are is said of all
KEYS = {
    "account": _l("Konto"),
    "again": _l("wieder dabei"),
    "ballots": _l("Stimmzettel"),
    "blank": _l("leere Karten"),
    "both": _l("zwei Menschen"),
    "cast": _l("abgegeben"),
    "changed": _l("geändert"),
    "comment": _l("Kommentar"),
    "days": _l("Tage"),
    "ended": _l("beendete Anmeldungen"),
    "entries": _l("Einträge"),
    "first": _l("von Karte"),
    "hash": _l("Prüfsumme"),
    "here": _l("war bestätigt oder da"),
    "hours": _l("Stunden"),
    "instead_of": _l("anstelle von Konto"),
    "items": _l("Empfehlungen"),
    "kept": _l("bleibt: Konto"),
    "kind": _l("Art"),
    "language": _l("Sprache"),
    "last": _l("bis Karte"),
    "left": _l("verlassen"),
    "list": _l("Prüfsumme der Liste"),
    "made": _l("entstanden: Empfehlung"),
    "many": _l("Anzahl"),
    "marked": _l("Vermerke"),
    "may_found": _l("darf Prozesse anlegen"),
    "member": _l("Teilnahme"),
    "members": _l("Teilnahmen"),
    "method": _l("Verfahren"),
    "minutes": _l("Minuten"),
    "new": _l("neu"),
    "number": _l("Nummer"),
    "open": _l("geöffnet"),
    "period": _l("Frist"),
    "other": _l("andere Teilnahme"),
    "place": _l("Platz"),
    "places": _l("Stellen"),
    "process": _l("Strategieprozess"),
    "reason": _l("Grund"),
    "recommendation": _l("Empfehlung"),
    "recommendations": _l("Empfehlungen"),
    "redaction": _l("Schwärzung"),
    "retired": _l("stillgelegt: Konto"),
    "right": _l("Recht"),
    "role": _l("Rolle"),
    "roll": _l("im Stimmverzeichnis"),
    "rollup": _l("zählt als"),
    "round": _l("Abstimmung"),
    "rounds": _l("Abstimmungen"),
    "seconds": _l("Sekunden"),
    "sector": _l("Akteursgruppe"),
    "sheets": _l("Papierstimmzettel"),
    "signs": _l("Zeichen"),
    "slug": _l("Seite"),
    "source": _l("Vorlage"),
    "step": _l("Schritt"),
    "table": _l("Tisch"),
    "tables": _l("Tische"),
    "theme": _l("Handlungsfeld"),
    "through": _l("bis Eintrag"),
    "ticket": _l("Zugang"),
    "to": _l("nach"),
    "until": _l("bis"),
    "urn": _l("Prüfsumme der Urne"),
    "voided": _l("ungültig gemachte Karten"),
    "was": _l("vorher"),
    "workshop": _l("Workshop"),
}
LEFT_OVER = _l("nicht übernommen")  # lines of a list; a phase is "left", too
VALUES = {
    "is_admin": _l("Verwaltungsrecht"),
    "may_found": _l("Prozesse anlegen"),
    "name": _l("Name"),
    "organisation": _l("Organisation"),
    "language": _l("Sprache"),
    "all": _l("alle"),
    "others": _l("die übrigen"),
    "de": _l("Deutsch"),
    "en": _l("Englisch"),
}
NUMBERED = (
    "account",
    "made",
    "member",
    "members",
    "process",
    "workshop",
    "round",
    "rounds",
    "table",
    "tables",
    "other",
    "place",
)
GLOSSARY: dict[str, StrEnum] = {word.value: word for word in reversed(LABELS)}


def said(key: str, value) -> str:
    """One detail, for example "Tische: 3 (Nr. 1, 2, 3)"."""
    word = LEFT_OVER if key == "left" and isinstance(value, int) else KEYS.get(key, key)
    return f"{word}: {_value(key, value)}"


def _value(key: str, value) -> str:
    if value is None:
        return "–"
    if isinstance(value, bool):
        return gettext("ja") if value else gettext("nein")
    if isinstance(value, int):
        return str(value) if key in NUMBERED else format_decimal(value)
    if isinstance(value, list):
        return _list(key, value)
    if isinstance(value, dict):
        return ", ".join(said(*one) for one in sorted(value.items()))
    return _word(key, str(value))


def _list(key: str, value: list) -> str:
    """A long one by how many there are and the first."""
    shown = ", ".join(_value(key, one) for one in value[:SHOWN])
    if len(value) <= SHOWN:
        return shown or "–"
    return gettext("%(many)s (%(first)s …)", many=format_decimal(len(value)), first=shown)


def _word(key: str, value: str) -> str:
    if value in VALUES and key != "role":
        return str(VALUES[value])
    if key in ("role", "was") and value in list(Role):
        return gettext(SAME_SPELLING.get((Role, value)) or LABELS[Role(value)])
    if value in GLOSSARY and value not in list(MemberState):
        return gettext(LABELS[GLOSSARY[value]])
    if key == "until":
        from .. import day

        return day(datetime.fromisoformat(value))
    return value[:16] + "…" if len(value) == 64 else value
