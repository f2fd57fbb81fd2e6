"""Forms of the console, the set-up page and the register."""

from __future__ import annotations

from flask_babel import gettext
from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, IntegerField, RadioField, SelectField
from wtforms.fields.choices import SelectChoice

from ...acts import join, office, prepare
from ...terms import LABELS, MEMBER_ROLES, Role, Visibility
from ..forms import Form, Line, Name, Required, Text
from ..office.forms import Address, row_id

SETTINGS = ("proposals_each", "visibility", "names_visible", "late_proposals", "staff_votes")


class Whole(IntegerField):
    """A whole number, with a sentence that says so."""

    def process_formdata(self, values):
        try:
            super().process_formdata(values)
        except ValueError:
            raise ValueError(gettext("Bitte eine ganze Zahl eingeben.")) from None


class SessionForm(Form):
    title = Line(_l("Titel der Arbeitsrunde"))
    question = Text(_l("Leitfrage"), most=1000, rows=3)


class SettingsForm(SessionForm):
    proposals_each = Whole(_l("Vorschläge je Person"), [Required()], render_kw={"min": 1, "max": 50})
    visibility = RadioField(_l("Wann sehen Teilnehmende die Vorschläge der anderen?"))
    names_visible = BooleanField(_l("Namen der Verfasserinnen und Verfasser zeigen"))
    late_proposals = BooleanField(_l("In der Diskussion sind noch Vorschläge möglich (Nachtrag)"))
    staff_votes = BooleanField(_l("Moderation, Helfende und Beobachtung stimmen mit ab"))

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.visibility.choices = [(one.value, gettext(LABELS[one])) for one in Visibility]

    @property
    def facts(self) -> dict:
        """The values for the verb."""
        kept = {name: self[name].data for name in SETTINGS}
        kept["visibility"] = Visibility(kept["visibility"])
        return {"title": self.title.data, "question": self.question.data, **kept}


class CodeForm(Form):
    hours = SelectField(
        _l("Gilt"),
        coerce=int,
        default=12,
        choices=[
            SelectChoice(2, _l("zwei Stunden")),
            SelectChoice(12, _l("zwölf Stunden")),
            SelectChoice(48, _l("zwei Tage")),
            SelectChoice(0, _l("bis zum nächsten Code")),
        ],
    )


class TablesForm(Form):
    many = Whole(_l("Wie viele Tische?"), [Required()], render_kw={"min": 1, "max": 60})
    theme = SelectField(_l("Handlungsfeld (freiwillig)"), coerce=row_id, validate_choice=False)

    def __init__(self, process_id: int, **kwargs):
        super().__init__(**kwargs)
        self.theme.choices = theme_choices(process_id)


class TableForm(Form):
    number = Whole(_l("Nummer"), [Required()], render_kw={"min": 1, "max": 999})
    theme = SelectField(_l("Handlungsfeld"), coerce=row_id, validate_choice=False)

    def __init__(self, process_id: int, **kwargs):
        super().__init__(**kwargs)
        self.theme.choices = theme_choices(process_id)


class MemberForm(Form):
    """Role, sector and table of somebody in a workshop."""

    role = SelectField(_l("Rolle"), coerce=str, default=Role.PARTICIPANT.value)
    sector = SelectField(_l("Spricht für"), coerce=row_id, validate_choice=False)
    table = SelectField(_l("Tisch"), coerce=row_id, validate_choice=False)

    def __init__(self, workshop, **kwargs):
        super().__init__(**kwargs)
        self.role.choices = [(role.value, gettext(LABELS[role])) for role in MEMBER_ROLES]
        sectors = join.sectors(workshop.process_id)
        self.sector.choices = [("", gettext("– bitte wählen –")), *((one.id, one.title) for one in sectors)]
        tables = [(table, theme) for table, theme, _ in prepare.tables(workshop.id)]
        self.table.choices = [
            ("", gettext("noch keiner")),
            *((one.id, table_name(one, theme)) for one, theme in tables),
        ]

    @property
    def facts(self) -> dict:
        """The values for the verbs."""
        return {"role": Role(self.role.data), "sector_id": self.sector.data, "table_id": self.table.data}


class PersonForm(MemberForm):
    """Somebody new on the register."""

    name = Name(_l("Name"))
    email = Address(required=False)
    organisation = Line(_l("Organisation"), required=False, render_kw={"autocomplete": "off"})


class KnownPersonForm(MemberForm):
    """Somebody on the register; name, address and organisation where they may be corrected here."""

    name = Name(_l("Name"), required=False)
    email = Address(required=False)
    organisation = Line(_l("Organisation"), required=False, render_kw={"autocomplete": "off"})


class ClockForm(Form):
    minutes = Whole(
        _l("Minuten"), [Required()], default=15, render_kw={"min": 1, "max": 600, "class": "short"}
    )


class BackForm(Form):
    reason = RadioField(_l("Warum geht es zurück?"), validate_choice=False)

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.reason.choices = [(key, gettext(text)) for key, text in prepare.BACK_REASONS.items()]


def theme_choices(process_id: int) -> list:
    return [("", gettext("keines")), *((theme.id, theme.title) for theme in office.themes(process_id))]


def table_name(table, theme: str | None) -> str:
    name = gettext("Tisch %(number)s", number=table.number)
    return f"{name} · {theme}" if theme else name
