"""A list of people into the register: upload or paste, look at every line, choose, take over."""

from __future__ import annotations

from flask import Response, redirect, render_template, request, url_for
from flask_babel import gettext
from flask_babel import lazy_gettext as _l
from flask_wtf.file import FileField
from wtforms import TextAreaField

from ...acts import Refused, join, prepare
from ...exports.csv_writer import table
from ...permits import Action
from .. import letters
from ..forms import Form, whole
from ..guard import allow, confirm_first
from . import bp


class UploadForm(Form):
    file = FileField(_l("Datei (CSV oder XLSX)"), render_kw={"accept": ".csv,.txt,.tsv,.xlsx"})
    text = TextAreaField(
        _l("Oder hier einfügen, aus einer Tabelle kopiert"), render_kw={"rows": 4, "autocomplete": "off"}
    )

    def bytes(self) -> bytes:
        """The uploaded file, else the pasted text."""
        if self.file.data:
            return self.file.data.read()
        return (self.text.data or "").encode()


@bp.get("/workshops/<int:workshop_id>/register/import")
@allow(Action.REGISTER)
def new_list(workshop):
    return render_template("prepare/upload.html", form=UploadForm(formdata=None, key="upload"))


@bp.post("/workshops/<int:workshop_id>/register/import")
@allow(Action.REGISTER, late=True)
def upload_list(workshop, me):
    form = UploadForm(key="upload")
    try:
        found = prepare.read_list(form.bytes())
        kept = prepare.keep_list(workshop, me, found)
        read = {"sheet": found.sheet if found.others else None, "unused": found.unused[:8]}
        return redirect(url_for("prepare.list_seen", workshop_id=workshop.id, upload_id=kept.id, **read), 303)
    except Refused as no:
        form.say(no)
    return render_template("prepare/upload.html", form=form), 422


@bp.get("/workshops/<int:workshop_id>/register/import/<int:upload_id>")
@allow(Action.REGISTER)
def list_seen(workshop, upload, me):
    look = prepare.look_at(workshop, me, upload.id, closely=True)
    return render_template(
        "prepare/look.html",
        upload=upload,
        look=look,
        bad=look.of(prepare.Verdict.BAD),
        new=look.of(prepare.Verdict.NEW),
        asked=look.of(prepare.Verdict.ASK),
        changed=look.of(prepare.Verdict.CHANGE),
        same=look.of(prepare.Verdict.SAME),
        sectors=join.sectors(workshop.process_id),
        sheet=request.args.get("sheet", ""),
        unused=request.args.getlist("unused"),
        say=lambda note: gettext(note[0], **{key: said(value) for key, value in note[1].items()}),
    )


def said(value):
    """A value in a note: the names of fields are message ids themselves."""
    return gettext(value) if value in ("Name", "E-Mail-Adresse", "Organisation") else value


@bp.post("/workshops/<int:workshop_id>/register/import/<int:upload_id>")
@allow(Action.REGISTER)
def take_list_over(workshop, upload, me):
    if prepare.was_taken_over(upload):
        return redirect(url_for("prepare.register", workshop_id=workshop.id), 303)
    look = prepare.look_at(workshop, me, upload.id)
    meant = {
        text: whole(request.form.get(f"sector-{number}")) or 0 for number, text in enumerate(look.unknown)
    }
    chosen = {line for text in request.form.getlist("take") if (line := whole(text))}
    done = prepare.take_over(workshop, me, upload.id, chosen, meant, mail=letters.ready())
    return redirect(url_for("prepare.register", workshop_id=workshop.id, **done._asdict()), 303)


@bp.post("/workshops/<int:workshop_id>/register/import/<int:upload_id>/discard")
@allow(Action.REGISTER)
def discard_list(workshop, upload):
    prepare.throw_away(workshop, upload.id)
    return redirect(url_for("prepare.new_list", workshop_id=workshop.id), 303)


@bp.get("/workshops/<int:workshop_id>/register/import/<int:upload_id>/problems.csv")
@allow(Action.REGISTER)
def bad_lines(workshop, upload, me):
    confirm_first(me)
    look = prepare.look_at(workshop, me, upload.id)
    rows = [
        [
            *line.entry[1:],
            line.entry.line,
            "; ".join(gettext(text, **{k: said(v) for k, v in more.items()}) for text, more in line.notes),
        ]
        for line in look.of(prepare.Verdict.BAD)
    ]
    return csv_file(
        [*headings(), gettext("Zeile"), gettext("Problem")], rows, "werkstatt-zeilen-mit-problem.csv"
    )


@bp.get("/workshops/<int:workshop_id>/register/sample.csv")
@allow(Action.REGISTER)
def sample_list(workshop):
    titles = [sector.title for sector in join.sectors(workshop.process_id)] or [""]
    rows = [
        ["Nora Neu", "nora.neu@example.org", "Maschinenbau Neu GmbH", titles[0]],
        ["Milan Vogt", "milan.vogt@example.org", "Technische Hochschule", titles[len(titles) // 2]],
    ]
    return csv_file(headings(), rows, "werkstatt-register-muster.csv")


def headings() -> list[str]:
    return ["Name", gettext("E-Mail"), gettext("Organisation"), gettext("Akteursgruppe")]


def csv_file(header: list[str], rows: list[list[str]], name: str) -> Response:
    answer = Response(table(header, rows), mimetype="text/csv")
    answer.headers["Content-Disposition"] = f"attachment; filename={name}"
    return answer
