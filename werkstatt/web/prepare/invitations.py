"""Invitations by mail, from the register."""

from __future__ import annotations

from flask import current_app, redirect, request, url_for

from ...acts import Refused, prepare
from ...permits import Action
from .. import letters
from ..forms import whole
from ..guard import allow
from ..handover import outside
from ..mailed import NO_MAIL
from . import bp


@bp.post("/workshops/<int:workshop_id>/invitations")
@allow(Action.REGISTER, late=True)
def invite(workshop, me):
    if not letters.ready():
        raise Refused(NO_MAIL)
    chosen = {member for text in request.form.getlist("member") if (member := whole(text))}
    many = prepare.invite_by_mail(
        workshop,
        me,
        None if "all" in request.form else chosen,
        secret=current_app.config["SECRET_KEY"],
        write=letter_for(workshop),
    )
    return redirect(url_for("prepare.register", workshop_id=workshop.id, invited=many), 303)


def letter_for(workshop):
    """A function that writes one person's invitation to this workshop."""
    login_url = outside(url_for("join.code_by_mail"))

    def write(reader, token, code, expires_at):
        return letters.write(
            reader,
            "invitation",
            url=outside(url_for("join.invitation", token=token)),
            code=code,
            expires_at=expires_at,
            workshop=workshop,
            login_url=login_url,
        )

    return write
