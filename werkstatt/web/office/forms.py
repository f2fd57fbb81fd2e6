"""The office's forms."""

from __future__ import annotations

import re
from zoneinfo import ZoneInfo

from flask import current_app
from flask_babel import gettext
from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, DateTimeLocalField, EmailField, RadioField, ValidationError

from ...terms import LABELS, Rollup
from ..forms import AtMost, Form, Line, Name, Required, Text, choice_id, stripped

ADDRESS = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")


def row_id(value) -> int | None:
    """What a choice of rows sends: an id, or nothing."""
    return None if value in (None, "", "None") else choice_id(value)


def zone() -> ZoneInfo:
    return ZoneInfo(current_app.config["SETTINGS"].time_zone)


def Address(required: bool = True) -> EmailField:
    """An e-mail address, in lower case."""

    def is_address(_form, field):
        if field.data and not ADDRESS.fullmatch(field.data):
            raise ValidationError(
                gettext("Bitte geben Sie eine E-Mail-Adresse an, zum Beispiel name@beispiel.de.")
            )

    label = _l("E-Mail-Adresse") if required else _l("E-Mail-Adresse (freiwillig)")
    checks = [Required()] if required else []
    return EmailField(
        label,
        [*checks, AtMost(254), is_address],
        filters=[stripped, lambda value: value.lower() if value else value],
        render_kw={"autocomplete": "off"},
    )


class Moment(DateTimeLocalField):
    """Date and time as the clock on the wall shows them; ``data`` is a moment with its zone."""

    def __init__(self, label=None, **kwargs):
        super().__init__(label, format=["%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S"], tz=zone, **kwargs)

    def process_formdata(self, values):
        if not values or not values[0]:
            self.data = None
            return
        try:
            super().process_formdata(values)
        except ValueError:
            raise ValueError(
                gettext("Bitte Datum und Uhrzeit angeben, zum Beispiel 23.11.2026, 09:00.")
            ) from None


class ProcessForm(Form):
    title = Line(_l("Titel"))
    question = Text(_l("Leitfrage"), most=1000, rows=3)


class ThemeForm(Form):
    title = Line(_l("Handlungsfeld"))


class SectorForm(Form):
    title = Line(_l("Akteursgruppe"), most=100)
    examples = Line(_l("Beispiele, die unter der Auswahl stehen"), most=300, required=False)
    rollup = RadioField(_l("Zählt in der Auswertung zu"), default=Rollup.OTHERS.value)

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.rollup.choices = [(one.value, gettext(LABELS[one])) for one in Rollup]


class WorkshopForm(Form):
    title = Line(_l("Titel"))
    kind = Line(_l("Art, zum Beispiel Regionalworkshop"), most=100, required=False)
    place = Line(_l("Ort"), required=False)
    starts_at = Moment(_l("Beginn"))
    ends_at = Moment(_l("Ende"))

    @property
    def facts(self) -> dict:
        """The values for the verbs."""
        return {
            "title": self.title.data,
            "kind": self.kind.data or "",
            "place": self.place.data or "",
            "starts_at": self.starts_at.data,
            "ends_at": self.ends_at.data,
        }


class CopyForm(Form):
    title = Line(_l("Titel der Kopie"))


class OrganiserForm(Form):
    email = Address()
    name = Name(_l("Name (nur nötig, wenn es noch kein Konto gibt)"), required=False)


class AccountForm(Form):
    name = Name(_l("Name"))
    email = Address()
    may_found = BooleanField(_l("darf Strategieprozesse anlegen"))


class PageForm(Form):
    de = Text(_l("Text auf Deutsch"), most=40000, required=False, rows=18)
    en = Text(_l("Text auf Englisch"), most=40000, required=False, rows=18)
