"""Side by side: is who waits on the register already? "Ist dieselbe Person" makes two accounts one."""

from __future__ import annotations

from flask import redirect, render_template, request, url_for

from ...acts import Refused, post, prepare
from ...acts import desk as acts
from ...db import utcnow
from ...permits import Action
from .. import letters
from ..forms import Form, whole
from ..guard import allow, confirm_first
from ..join import bp

FEW = 12


@bp.get("/workshops/<int:workshop_id>/desk/<int:membership_id>/same")
@allow(Action.REGISTER)
def compare(workshop, me, membership):
    return compare_page(workshop, me, membership, Form(formdata=None, key="same"))


def compare_page(workshop, me, membership, form, status: int = 200):
    row = prepare.row(workshop.id, membership.id)
    search = request.args.get("q", "").strip()[:100]
    matches = acts.at_hand(acts.likely(workshop.id, [row]).get(row.member.id, []), row.member.id)
    near = {match.row.member.id for match in matches}
    found = [
        other
        for other in (prepare.register(workshop.id, search) if search else [])
        if other.member.id not in near | {row.member.id} and other.stands and not other.taken
    ][:FEW]
    holder, held = acts.holder(row.member), acts.held(row.member)
    at_hand = [*(match.row for match in matches), *found, *filter(None, (holder, held))]
    page = render_template(
        "join/same.html",
        holder=holder,
        held=held,
        row=row,
        matches=matches,
        found=found,
        choices={other.member.id: acts.choice(workshop, me.role, row, other) for other in at_hand},
        search=search,
        form=form,
    )
    return page, status


@bp.post("/workshops/<int:workshop_id>/desk/<int:membership_id>/same")
@allow(Action.REGISTER)
def is_same(workshop, membership, me):
    confirm_first(me)
    form = Form(key="same")
    try:
        kept, retired = acts.is_same(workshop, me, membership.id, whole(request.form.get("other")) or 0)
        tell_joined(workshop, me, kept, retired)
        return redirect(url_for("join.person", workshop_id=workshop.id, membership_id=kept.id), 303)
    except Refused as no:
        if no.status != 422:
            raise
        form.say(no)
    return compare_page(workshop, me, membership, form, 422)


def tell_joined(workshop, me, kept, retired) -> None:
    """Write to whom another account was joined into, and to the address that holds no more by it."""
    for reader, kind in ((acts.owner_of(kept.id), "joined"), (retired, "address_retired")):
        if reader and reader.email and letters.ready():
            letter = letters.write(reader, kind, at=utcnow(), by=me.name, workshop=workshop)
            post.put(reader, kind, letter)


@bp.post("/workshops/<int:workshop_id>/desk/<int:membership_id>/settle")
@allow(Action.REGISTER)
def settle(workshop, membership, me):
    member = acts.settle(workshop, me, membership.id, both=request.form.get("both") == "yes")
    return redirect(url_for("join.person", workshop_id=workshop.id, membership_id=member.id), 303)
