"""The register: who takes part, in which role, for whom, at which table."""

from __future__ import annotations

from flask import current_app, redirect, render_template, request, url_for

from ...acts import Refused, desk, join, office, post, prepare
from ...db import utcnow
from ...permits import Action
from ...terms import Role
from .. import handover, letters
from ..forms import whole
from ..guard import allow, confirm_first
from ..mailed import after_right
from . import bp
from .forms import KnownPersonForm, PersonForm


@bp.get("/workshops/<int:workshop_id>/register")
@allow(Action.REGISTER)
def register(workshop):
    return register_page(workshop, PersonForm(workshop, formdata=None, key="person"))


def register_page(workshop, form, status: int = 200):
    search = request.args.get("q", "").strip()[:100]
    page = render_template(
        "prepare/register.html",
        rows=prepare.register(workshop.id, search),
        balance=prepare.balance(workshop.id, workshop.process_id),
        search=search,
        form=form,
        taken={name: whole(request.args.get(name)) for name in ("new", "changed", "left", "invited")},
        invited=prepare.invited(workshop.id),
        to_invite=len(prepare.to_invite(workshop.id)),
        at_once=prepare.MOST_AT_ONCE,
        mail=current_app.config["SETTINGS"].mail,
    )
    return page, status


@bp.post("/workshops/<int:workshop_id>/register")
@allow(Action.REGISTER)
def add_person(workshop, me):
    form = PersonForm(workshop, key="person")
    if form.role.data != Role.PARTICIPANT.value:
        confirm_first(me)
    if form.validate():
        try:
            member = office.add_person(
                workshop,
                me.id,
                name=form.name.data,
                email=form.email.data or None,
                organisation=form.organisation.data or "",
                mail=letters.ready(),
                **form.facts,
            )
            if office.may_link(workshop, me.role, member):
                keep_link(workshop, me, member.id)
            return with_role(workshop, me, member)
        except Refused as no:
            form.say(no)
    return register_page(workshop, form, 422)


def keep_link(workshop, me, membership_id: int) -> None:
    handover.keep(office.fresh_link(workshop, me, membership_id), f"member-{membership_id}")


def person_seen(workshop, membership_id: int, *, proof: str = ""):
    where = {"workshop_id": workshop.id, "membership_id": membership_id, "proof": proof or None}
    return redirect(url_for("prepare.person", **where), 303)


def with_role(workshop, me, member):
    """Somebody stands in the register with a role: above a participant their address has to be theirs."""
    proof = ""
    if member.role is not Role.PARTICIPANT:
        may_hand, was_open = office.may_link(workshop, me.role, member), join.is_open(member.account_id)
        proof = after_right(me, member.account_id, was_open=was_open, may_hand=may_hand)
    if proof == "link":
        keep_link(workshop, me, member.id)
    return person_seen(workshop, member.id, proof=proof)


@bp.get("/workshops/<int:workshop_id>/register/<int:membership_id>")
@allow(Action.REGISTER)
def person(workshop, membership, me):
    row = prepare.row(workshop.id, membership.id)
    known = {
        "name": row.account.name,
        "email": row.account.email,
        "organisation": row.account.organisation,
        "role": membership.role.value,
        "sector": membership.sector_id,
        "table": membership.table_id,
    }
    return person_page(workshop, me, row, KnownPersonForm(workshop, key="person", data=known))


def person_page(workshop, me, row, form, status: int = 200):
    page = render_template(
        "prepare/person.html",
        row=row,
        form=form,
        holder=desk.holder(row.member),
        link=handover.take(f"member-{row.member.id}"),
        may_link=office.may_link(workshop, me.role, row.member),
        may_correct=prepare.may_correct(workshop, me.role, row.member),
        not_ours=prepare.not_ours(row.account),
    )
    return page, status


@bp.post("/workshops/<int:workshop_id>/register/<int:membership_id>")
@allow(Action.REGISTER)
def edit_person(workshop, membership, me):
    form = KnownPersonForm(workshop, key="person")
    if form.role.data != membership.role.value:
        confirm_first(me)
    if form.validate():
        try:
            names = {"name": form.name.data, "organisation": form.organisation.data}
            if "email" in request.form:
                names |= corrected(workshop, me, membership, form)
            before = membership.role
            member = prepare.edit_member(workshop, me, membership.id, **form.facts, **names)
            if member.role is not before:
                return with_role(workshop, me, member)
            return person_seen(workshop, member.id)
        except Refused as no:
            form.say(no)
    return person_page(workshop, me, prepare.row(workshop.id, membership.id), form, 422)


def corrected(workshop, me, membership, form) -> dict:
    """The address of the form; another one than before is confirmed first, and told to the one before."""
    email, before = form.email.data or "", prepare.row(workshop.id, membership.id).account.email or ""
    if email.lower() != before:
        confirm_first(me)

    def notice(account):
        return letters.write(account, "address_changed", at=utcnow())

    return {"email": email, "mail": letters.ready(), "write": notice if letters.ready() else None}


@bp.post("/workshops/<int:workshop_id>/register/<int:membership_id>/link")
@allow(Action.REGISTER)
def fresh_link(workshop, membership, me):
    confirm_first(me)
    keep_link(workshop, me, membership.id)
    tell_person(workshop, me, membership)
    return person_seen(workshop, membership.id)


def tell_person(workshop, me, membership) -> None:
    """Write to somebody who is logged in that a way into their account was handed out; a first link ends nothing."""
    account = prepare.row(workshop.id, membership.id).account
    if account.email and letters.ready() and join.elsewhere(account.id):
        letter = letters.write(account, "by_hand", at=utcnow(), by=me.name, workshop=workshop)
        post.put(account, "by_hand", letter)


@bp.post("/workshops/<int:workshop_id>/register/<int:membership_id>/end")
@allow(Action.REGISTER)
def end_person(workshop, membership, me):
    prepare.end(workshop, me, membership.id)
    return person_seen(workshop, membership.id)


@bp.post("/workshops/<int:workshop_id>/register/<int:membership_id>/restore")
@allow(Action.REGISTER)
def restore_person(workshop, membership, me):
    if membership.role is not Role.PARTICIPANT:
        confirm_first(me)
    return with_role(workshop, me, prepare.restore(workshop, me, membership.id, mail=letters.ready()))
