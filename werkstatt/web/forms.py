"""The base of all forms: token outside, sentences in German, ids that stay unique on a page."""

from __future__ import annotations

from flask_babel import gettext
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import StringField, TextAreaField
from wtforms.validators import DataRequired, Length, ValidationError

from ..acts import NO_NAME, Refused
from ..names import is_name, readable, tidy


def stripped(value):
    """Without surrounding white space and signs that turn text around, and with one kind of line break."""
    return (
        readable(value.strip().replace("\r\n", "\n").replace("\x00", "")) if isinstance(value, str) else value
    )


def on_one_line(value):
    """The same for a line: a line break that was pasted is a space."""
    return " ".join(stripped(value).splitlines()) if isinstance(value, str) else value


def whole(text: str | None) -> int | None:
    """A small whole number from an address or a form, or ``None``; never one that a database cannot hold."""
    fits = text is not None and text.isascii() and text.isdecimal() and len(text) < 10
    return int(text) if fits else None


def choice_id(value) -> int:
    """The id that a choice of rows sends; 0, which no row has, for a number that no table holds."""
    number = int(value)
    return number if 0 < number < 2**31 else 0


class Form(FlaskForm):
    """A form. ``key`` goes before every id, so that two forms may stand on one page."""

    class Meta:
        csrf = False  # the token is checked for every POST before any view (web/__init__.py)

    def __init__(self, *args, key: str = "", **kwargs):
        super().__init__(*args, **kwargs)
        self.key = key
        if key:
            for field in self:
                field.id = f"{key}-{field.name}"
                field.label.field_id = field.id

    def say(self, no: Refused) -> None:
        """Show a verb's sentence at the field it names, or above the form."""
        sentence = gettext(no.message, **no.values)
        if no.field and no.field in self:
            self[no.field].errors = [*self[no.field].errors, sentence]
        else:
            self.form_errors.append(sentence)


def Required() -> DataRequired:
    return DataRequired(_l("Bitte füllen Sie dieses Feld aus."))


def AtMost(signs: int) -> Length:
    return Length(max=signs, message=_l("Bitte höchstens %(max)d Zeichen."))


def Line(label: str, *, most: int = 200, required: bool = True, **kwargs) -> StringField:
    """One line of text."""
    checks = [Required()] if required else []
    return StringField(label, [*checks, AtMost(most)], filters=[on_one_line], **kwargs)


def called(_form, field) -> None:
    if field.data and not is_name(field.data):
        raise ValidationError(gettext(NO_NAME))


def Name(label: str, *, required: bool = True, autocomplete: str = "off") -> StringField:
    """A person's name, by the one rule for names."""
    checks = [Required()] if required else []
    return StringField(
        label,
        [*checks, AtMost(120), called],
        filters=[lambda text: tidy(text) if text else text],
        render_kw={"autocomplete": autocomplete},
    )


def Text(label: str, *, most: int = 4000, required: bool = True, rows: int = 4, **kwargs) -> TextAreaField:
    """Several lines of text."""
    checks = [Required()] if required else []
    return TextAreaField(
        label, [*checks, AtMost(most)], filters=[stripped], render_kw={"rows": rows}, **kwargs
    )
