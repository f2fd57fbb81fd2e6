"""The installation: accounts and rights, and the record. No content, no ballots."""

from __future__ import annotations

from flask import redirect, render_template, request, url_for
from flask_babel import lazy_gettext as _l

from ...acts import Refused, office
from ...db import old_sqlite
from ...permits import Action
from .. import handover
from ..guard import allow, confirm_first
from . import bp
from .forms import AccountForm
from .pages import TITLES

# What the record's words mean; a word that is missing here is shown as it is kept.
DEEDS = {
    "add_late": _l("ins Stimmverzeichnis nachgetragen"),
    "add_organiser": _l("in die Geschäftsstelle aufgenommen"),
    "add_person": _l("ins Register eingetragen"),
    "add_sector": _l("Akteursgruppe hinzugefügt"),
    "add_tables": _l("Tische hinzugefügt"),
    "add_theme": _l("Handlungsfeld hinzugefügt"),
    "advance": _l("eine Phase weiter"),
    "announce_close": _l("Schließen angekündigt"),
    "approve": _l("Teilnahme bestätigt"),
    "back": _l("eine Phase zurück"),
    "block": _l("Konto gesperrt"),
    "change_account": _l("eigene Angaben geändert"),
    "cancel_round": _l("Abstimmung zurückgenommen"),
    "check_in": _l("als anwesend eingetragen"),
    "clock": _l("Uhr gestellt"),
    "closed": _l("Abstimmung geschlossen, Schlüssel vernichtet"),
    "closing": _l("Abstimmung wird geschlossen"),
    "copy_workshop": _l("Workshop kopiert"),
    "correct_sector": _l("Akteursgruppe berichtigt"),
    "counted": _l("Abstimmung ausgezählt"),
    "create_account": _l("Konto angelegt"),
    "create_process": _l("Strategieprozess angelegt"),
    "create_session": _l("Arbeitsrunde angelegt"),
    "create_workshop": _l("Workshop angelegt"),
    "cut_record": _l("alte Protokolleinträge nach Frist entfernt"),
    "delete_account": _l("Konto gelöscht"),
    "edit_member": _l("Registereintrag geändert"),
    "edit_page": _l("Seite bearbeitet"),
    "edit_process": _l("Strategieprozess geändert"),
    "edit_sector": _l("Akteursgruppe geändert"),
    "edit_session": _l("Einstellungen der Arbeitsrunde geändert"),
    "edit_table": _l("Tisch geändert"),
    "edit_workshop": _l("Workshop geändert"),
    "end_member": _l("Teilnahme beendet"),
    "end_logins": _l("eigene Anmeldungen beendet"),
    "forget_voter": _l("Eintrag und Stimmzettel eines gelöschten Kontos entfernt"),
    "grant": _l("Recht gegeben"),
    "issue_link": _l("persönlichen Link ausgestellt"),
    "joining": _l("Eintreten geöffnet oder geschlossen"),
    "new_code": _l("neuer Code"),
    "open_round": _l("Abstimmung geöffnet"),
    "redact": _l("Textstelle geschwärzt"),
    "refuse": _l("Teilnahme abgelehnt"),
    "release": _l("Ergebnis gezeigt"),
    "remove_organiser": _l("aus der Geschäftsstelle entfernt"),
    "remove_sector": _l("Akteursgruppe entfernt"),
    "remove_table": _l("Tisch entfernt"),
    "remove_theme": _l("Handlungsfeld entfernt"),
    "rename_theme": _l("Handlungsfeld umbenannt"),
    "remove_urns": _l("Stimmzettel nach Frist entfernt"),
    "repeat_deletion": _l("Löschung nach einer Wiederherstellung wiederholt"),
    "repeat_redaction": _l("Schwärzung nach einer Wiederherstellung wiederholt"),
    "reset_page": _l("Seite auf den Mustertext zurückgesetzt"),
    "restore_member": _l("Teilnahme wieder aufgenommen"),
    "revoke": _l("Recht genommen"),
    "set_period": _l("Aufbewahrungsfrist geändert"),
    "unblock": _l("Sperre aufgehoben"),
}


@bp.get("/admin")
@allow(Action.ADMINISTER)
def admin():
    return admin_page(AccountForm(formdata=None, key="account"))


def admin_page(form, status: int = 200):
    search = request.args.get("q", "").strip()[:100]
    found = office.accounts(search, request.args.get("page", 1, type=int))
    page = render_template(
        "office/admin.html", found=found, search=search, form=form, titles=TITLES, old_sqlite=old_sqlite()
    )
    return page, status


@bp.post("/admin")
@allow(Action.ADMINISTER)
def create_account(me):
    form = AccountForm(key="account")
    if form.validate():
        try:
            made = office.create_account(
                me.id, name=form.name.data, email=form.email.data, may_found=form.may_found.data
            )
            handover.keep(office.reissue(me.id, made.id), f"account-{made.id}")
            return redirect(url_for("office.account", account_id=made.id), 303)
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
    office.grant(me.id, account_id, right=request.form.get("right", ""), to=request.form.get("to") == "yes")
    return redirect(url_for("office.account", account_id=account_id), 303)


@bp.post("/admin/accounts/<int:account_id>/link")
@allow(Action.ADMINISTER)
def account_link(account_id, me):
    handover.keep(office.reissue(me.id, account_id), f"account-{account_id}")
    return redirect(url_for("office.account", account_id=account_id), 303)


@bp.get("/admin/record")
@allow(Action.ADMINISTER)
def record():
    found, broken_at, anchor = office.entries(request.args.get("page", 1, type=int))
    return render_template("office/record.html", found=found, broken_at=broken_at, anchor=anchor, deeds=DEEDS)
