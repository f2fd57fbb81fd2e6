"""The installation: accounts and rights, periods, mail. No content, no ballots."""

from __future__ import annotations

from flask import current_app, redirect, render_template, request, url_for
from flask_babel import format_decimal, gettext
from wtforms import IntegerField

from ...acts import NotNow, Refused, backup, join, office, post, privacy
from ...db import old_sqlite, utcnow
from ...permits import Action
from ...terms import N_
from .. import handover, letters
from ..forms import Form
from ..guard import allow, confirm_first
from ..handover import outside
from ..mailed import after_right
from . import bp
from .forms import AccountForm
from .pages import TITLES

NO_BACKUP = {
    backup.Why.FULL: N_("Der Datenträger ist voll. Bitte Platz schaffen."),
    backup.Why.DENIED: N_(
        "In den Ordner darf Werkstatt nicht schreiben. Bitte die Rechte des Ordners ändern."
    ),
    backup.Why.DAMAGED: N_(
        "Die Datenbank ist beschädigt. Bitte den Server anhalten und die letzte Sicherung einspielen."
    ),
    backup.Why.OTHER: N_("Der Datenträger oder die Datenbank hat einen Fehler gemeldet."),
}
NO_ADDRESS = N_("Ihr Konto hat keine E-Mail-Adresse, an die eine Testmail gehen könnte.")


@bp.get("/admin")
@allow(Action.ADMINISTER)
def admin():
    return admin_page(AccountForm(formdata=None, key="account"))


def admin_page(form, status: int = 200):
    search = request.args.get("q", "").strip()[:100]
    blocked = "blocked" in request.args
    found = office.accounts(search, request.args.get("page", 1, type=int), blocked=blocked)
    backups = backup.state(current_app.config["SETTINGS"])
    page = render_template(
        "office/admin.html",
        found=found,
        search=search,
        blocked=blocked,
        given={name: request.args[name] for name in ("q", "blocked") if name in request.args},
        form=form,
        titles=TITLES,
        old_sqlite=old_sqlite(),
        backups=backups,
        megabytes=backups.last and format_decimal(backups.last.size / 1e6, format="0.0"),
        whys=NO_BACKUP,
    )
    return page, status


@bp.post("/admin")
@allow(Action.ADMINISTER)
def create_account(me):
    confirm_first(me)
    form = AccountForm(key="account")
    if form.validate():
        try:
            made = office.create_account(
                me.id, name=form.name.data, email=form.email.data, may_found=form.may_found.data
            )
            return give_link(made, office.reissue(me.id, made.id))
        except Refused as no:
            form.say(no)
    return admin_page(form, 422)


@bp.get("/admin/accounts/<int:account_id>")
@allow(Action.ADMINISTER)
def account(account_id):
    found = office.account(account_id)
    return render_template(
        "office/account.html",
        account=found,
        link=handover.take(f"account-{found.id}"),
        may_reissue=office.may_reissue(found),
        by_mail=mails_to(found),
        sent="sent" in request.args,
    )


@bp.post("/admin/accounts/<int:account_id>/block")
@allow(Action.ADMINISTER)
def block(account_id, me):
    office.block(me.id, account_id)
    return redirect(url_for("office.account", account_id=account_id), 303)


@bp.post("/admin/accounts/<int:account_id>/unblock")
@allow(Action.ADMINISTER)
def unblock(account_id, me):
    office.unblock(me.id, account_id)
    return redirect(url_for("office.account", account_id=account_id), 303)


@bp.post("/admin/accounts/<int:account_id>/rights")
@allow(Action.ADMINISTER)
def grant(account_id, me):
    confirm_first(me)
    to, was_open = request.form.get("to") == "yes", join.is_open(account_id)
    may_hand = join.may_hand(me.id, account_id)
    office.grant(me.id, account_id, right=request.form.get("right", ""), to=to)
    proof = to and after_right(me, account_id, was_open=was_open, may_hand=may_hand)
    if proof == "link":
        handover.keep(office.hand_over(me.id, account_id), f"account-{account_id}")
    return redirect(url_for("office.account", account_id=account_id, proof=proof or None), 303)


@bp.post("/admin/accounts/<int:account_id>/link")
@allow(Action.ADMINISTER)
def account_link(account_id, me):
    confirm_first(me)
    return give_link(office.account(account_id), office.reissue(me.id, account_id))


def mails_to(account) -> bool:
    """Whether a link for this account goes to its own address."""
    return bool(account.email) and letters.ready()


def give_link(account, token: str):
    """To its person's address, where mail goes there, so that nobody else can use it; else shown once, to be handed over."""
    mailed = mails_to(account)
    if mailed:
        ticket = join.invitation(token).ticket
        url = outside(url_for("join.invitation", token=token))
        letter = letters.write(account, "own_link", url=url, expires_at=ticket.expires_at)
        post.put(account, "own_link", letter, ticket=ticket)
    else:
        handover.keep(token, f"account-{account.id}")
    return redirect(url_for("office.account", account_id=account.id, sent=1 if mailed else None), 303)


@bp.get("/admin/periods")
@allow(Action.ADMINISTER)
def periods():
    return periods_page(periods_form(formdata=None))


def periods_form(**how):
    """A whole number of days for everything that is kept for a time."""
    now = privacy.periods()
    fields = {
        name: IntegerField(gettext(kept.title), render_kw={"min": kept.least, "max": kept.most})
        for name, kept in privacy.KEPT.items()
    }
    return type("PeriodsForm", (Form,), fields)(key="periods", data=now, **how)


def periods_page(form, status: int = 200):
    return render_template("office/periods.html", form=form, kept=privacy.KEPT), status


@bp.post("/admin/periods")
@allow(Action.ADMINISTER)
def save_periods(me):
    form = periods_form()
    for field in form:
        if field.data is None:
            field.errors = [gettext("Bitte eine ganze Zahl von Tagen.")]
    if not any(field.errors for field in form):
        try:
            privacy.set_periods(me.id, {field.short_name: field.data for field in form})
            return redirect(url_for("office.periods"), 303)
        except Refused as no:
            form.say(no)
    return periods_page(form, 422)


@bp.get("/admin/mail")
@allow(Action.ADMINISTER)
def mail(me):
    settings = current_app.config["SETTINGS"]
    return render_template(
        "office/mail.html",
        way=settings.mail,
        sender=settings.mail_from,
        counts=post.counts(),
        to=me.account.email,
        test=post.last_of("test", me.id),
        stuck=post.stuck() if settings.mail == "smtp" else None,
        now=utcnow(),
    )


@bp.post("/admin/mail")
@allow(Action.ADMINISTER)
def test_mail(me):
    if not me.account.email:
        raise NotNow(NO_ADDRESS)
    account = office.account(me.id)
    post.put(account, "test", letters.write(account, "test"))
    return redirect(url_for("office.mail") + "#mail-state", 303)
