"""What the legal pages must say, and what they do not say yet. Hints for the admin, and no legal advice.

A duty is met when its words stand in the text and nothing in square brackets is left to fill in
beside them: each looks at the block (paragraph or list) that its pattern finds, and the blocks up to
the next heading.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from flask_babel import lazy_gettext as _l

ADDRESS, DAY = r"[^@\s]+@[^@\s]+\.\w+", r"\b\d{1,2}\.\s?(\d{1,2}\.|\w+)\s?\d{4}\b|\b\d{4}-\d\d-\d\d\b"
OPEN = re.compile(r"\[[^\]\n]{3,}\]")


class Duty(NamedTuple):
    """``law``: where it is written; ``needs``: patterns that all must be found in the whole text."""

    title: str
    law: str
    needs: tuple[str, ...]


DUTIES: dict[str, tuple[Duty, ...]] = {
    "impressum": (
        Duty(_l("Name und Anschrift der Stelle"), "§ 5 Abs. 1 Nr. 1 DDG", (r"\b\d{5}\s+\w+",)),
        Duty(_l("Vertretung"), "§ 5 Abs. 1 Nr. 1 DDG", (r"(?i)vertreten|vertretung|represented",)),
        Duty(_l("E-Mail-Adresse"), "§ 5 Abs. 1 Nr. 2 DDG", (ADDRESS,)),
        Duty(
            _l("ein zweiter schneller Weg, zum Beispiel Telefon"),
            "§ 5 Abs. 1 Nr. 2 DDG",
            (r"(?i)tel[^\d\n]{0,20}[\d+(]",),
        ),
        Duty(_l("Aufsichtsbehörde"), "§ 5 Abs. 1 Nr. 3 DDG", (r"(?i)aufsicht|supervis",)),
        Duty(
            _l("verantwortliche Person für den Inhalt"),
            "§ 18 Abs. 2 MStV",
            (r"(?i)verantwortlich|responsible",),
        ),
    ),
    "datenschutz": (
        Duty(
            _l("Verantwortliche Stelle mit Kontakt"), "Art. 13 Abs. 1 a DSGVO", (r"\b\d{5}\s+\w+|" + ADDRESS,)
        ),
        Duty(
            _l("Datenschutzbeauftragte"),
            "Art. 13 Abs. 1 b DSGVO",
            (r"(?i)datenschutzbeauftragt|data protection officer",),
        ),
        Duty(
            _l("Zwecke und Rechtsgrundlage"),
            "Art. 13 Abs. 1 c DSGVO",
            (r"(?i)rechtsgrundlage|legal basis", r"(?i)art\.?\s?6|einwilligung|consent|§"),
        ),
        Duty(
            _l("Empfänger und Auftragsverarbeiter"),
            "Art. 13 Abs. 1 e DSGVO",
            (r"(?i)auftragsverarbeit|processor",),
        ),
        Duty(
            _l("Dauer der Speicherung"), "Art. 13 Abs. 2 a DSGVO", (r"(?i)wie lange|frist|how long|period",)
        ),
        Duty(
            _l("Rechte der Betroffenen"),
            "Art. 13 Abs. 2 b DSGVO",
            (r"(?i)auskunft|access", r"(?i)löschung|erasure|deletion", r"(?i)widerspruch|objection|object"),
        ),
        Duty(
            _l("Beschwerde bei der Aufsichtsbehörde"),
            "Art. 13 Abs. 2 d DSGVO",
            (r"(?i)beschwer|complain",),
        ),
    ),
    "barrierefreiheit": (
        Duty(
            _l("Stand der Vereinbarkeit"),
            "§ 12b Abs. 2 Nr. 1 BGG",
            (r"(?i)vereinbar|conform|complian",),
        ),
        Duty(
            _l("was nicht zugänglich ist, mit Gründen"),
            "§ 12b Abs. 2 Nr. 1 BGG",
            (r"(?i)nicht zugänglich|not accessible|not yet accessible",),
        ),
        Duty(_l("Rückmeldung: Adresse, an die man schreiben kann"), "§ 12b Abs. 2 Nr. 2 BGG", (ADDRESS,)),
        Duty(
            _l("Schlichtungs- oder Durchsetzungsstelle"),
            "§ 12b Abs. 2 Nr. 3, § 16 BGG",
            (r"(?i)schlichtung|durchsetzung|arbitration|enforcement|conciliation",),
        ),
        Duty(_l("Datum der Erklärung"), "§ 7 Abs. 5 BITV 2.0", (DAY,)),
    ),
}


class Found(NamedTuple):
    """One duty and whether the text meets it, as far as a program can tell."""

    duty: Duty
    met: bool


def check(slug: str, text: str) -> list[Found]:
    """The duties of a page, in their order."""
    return [Found(duty, all(_said(need, text) for need in duty.needs)) for duty in DUTIES.get(slug, ())]


def open_places(text: str) -> list[str]:
    """What still stands in square brackets, waiting to be filled in."""
    return OPEN.findall(text)


def _said(pattern: str, text: str) -> bool:
    """Whether a block says it, and nothing is left to fill in there up to the next heading."""
    wanted = re.compile(pattern)
    for part in re.split(r"\n(?=## )", "\n" + text):
        if wanted.search(OPEN.sub("", part)) and not OPEN.search(part):
            return True
    return False
