"""C57: a deleted account leaves no name and no address anywhere; texts, figures and the record stay."""

from __future__ import annotations

import shutil
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, select

from tests.house.asking import tables
from tests.rounds import cast, close, keys_of, opened
from werkstatt.acts import Missing, NotNow, audit, desk, discuss, join, office, prepare, privacy
from werkstatt.acts.join.limits import PASSWORDS
from werkstatt.db import begin_write, db, utcnow
from werkstatt.models import (
    Account,
    AuditEntry,
    Ballot,
    Deletion,
    Login,
    Mail,
    Organiser,
    Recommendation,
    RollEntry,
    Ticket,
    Upload,
)
from werkstatt.terms import FORMER_PERSON, MemberState, Phase

MARKS = ("Xanthippe", "Quitzow", "xq@probe.example", "Zwirnerei")


@pytest.fixture
def journal(app) -> privacy.Journal:
    settings = app.config["SETTINGS"]
    return privacy.Journal(settings.keys, settings.instance)


@pytest.fixture
def xanthippe(app, house):
    """Petra under a name that nothing else has, with a trace everywhere."""
    begin_write()
    person = house.people["petra"]
    person.name, person.email, person.organisation = "Xanthippe Quitzow", "xq@probe.example", "Zwirnerei"
    person.password = join.HASHER.hash("zehn Zeichen und mehr")
    db.session.commit()
    join.begin_login(person.id, hours=1)
    join.invite(person.id, house.workshop.id)
    letter = {"kind": "notice", "language": "de", "subject": "Xanthippe", "text": "Quitzow", "html": ""}
    later = utcnow() + timedelta(days=1)
    for to, account in ((person.email, None), ("alte@probe.example", person.id)):
        db.session.add(Mail(to=to, account_id=account, expires_at=later, **letter))
    db.session.commit()
    PASSWORDS.count("xq@probe.example")
    return person


def test_c57_no_name_and_no_address_stays(app, house, backend, xanthippe, journal):
    opened(app, house)
    cast(app, house, "petra", [[0], [1]])
    cast(app, house, "samuel", [[1], [0]])
    one = db.session.query(Recommendation).filter_by(number=1).one().id
    house.in_phase(Phase.DISCUSS)
    comment = discuss.comment(house.session, house.actor("petra"), one, kind="for", text="Das trägt.")
    house.in_phase(Phase.RANK)
    authors = select(func.count(Recommendation.author_id.distinct()))
    before = db.session.scalar(authors)
    member = house.member("petra").id
    privacy.delete_account(house.actor("petra"), keys_of(app))
    db.session.commit()
    said = repr(tables())
    assert not [mark for mark in MARKS if mark.lower() in said.lower()]
    assert audit.broken_at() is None
    assert db.session.scalar(authors) == before
    assert db.session.get(Account, xanthippe.id).name == FORMER_PERSON
    remark = discuss.remarks(house.session, house.actor("mona"), one)[one][0]
    assert (remark.id, remark.author, remark.text) == (comment.id, FORMER_PERSON, "Das trägt.")
    assert not db.session.query(RollEntry).filter_by(membership_id=member).count()
    assert db.session.query(Ballot).count() == 1
    assert not db.session.query(Ticket).filter_by(account_id=xanthippe.id).count()
    if backend == "sqlite":
        privacy.reconcile(journal, keys_of(app))
        assert not marks_in_files(app)


def marks_in_files(app) -> list[tuple[str, str]]:
    """Which of the words stand in which file of the installation, byte by byte."""
    settings = app.config["SETTINGS"]
    database = Path(settings.database_url.removeprefix("sqlite:///"))
    files = [
        *database.parent.glob(database.name + "*"),
        *settings.instance.rglob("*"),
        *settings.keys.rglob("*"),
    ]
    found = []
    for file in {file for file in files if file.is_file()}:
        content = file.read_bytes().lower()
        found += [(file.name, mark) for mark in MARKS if mark.lower().encode() in content]
    return found


def on_the_register(house, who: str, mail: bool = True):
    """Somebody who is known elsewhere is expected here too, under a name that this office typed."""
    facts = {"name": "Xanthippe Quitzow", "organisation": "Zwirnerei", "sector_id": house.sectors[0].id}
    email = house.people[who].email
    member = office.add_person(house.workshop, house.people["mona"].id, email=email, mail=mail, **facts)
    db.session.commit()
    return member


def test_c57_c56_the_account_that_the_desk_made_beside_is_told_and_goes_along(app, house):
    """Franka is known elsewhere and reads no mail: at the desk she sat down with an account of its own, and has voted."""
    known = on_the_register(house, "franka")
    made = desk.apart(house.workshop, house.actor("heiko"), known.id)
    db.session.commit()
    opened(app, house)
    cast(app, house, made.account_id, [[0], [1]])
    franka = house.people["franka"].id
    [told] = privacy.second_accounts(franka)
    assert (told.name, told.workshop, told.along) == ("Xanthippe Quitzow", "Workshop Dresden", True)
    assert privacy.document(franka)["second_account"] == [told._asdict()]
    login = join.begin_login(franka, hours=1)
    db.session.commit()
    stranger = db.session.query(Login).filter_by(account_id=franka).one()
    with pytest.raises(NotNow):  # who opened the account elsewhere deletes nothing of its reader's
        join.check_proven(franka, stranger)
    assert login
    privacy.delete_account(join.actor(house.other_workshop.id, franka), keys_of(app))
    db.session.commit()
    assert not [mark for mark in MARKS if mark.lower() in repr(tables()).lower()]
    assert db.session.query(Ballot).count() == 0 and db.session.query(Deletion).count() == 2
    assert not db.session.query(RollEntry).filter_by(membership_id=made.id).count()


def test_c57_whoever_came_by_themselves_as_that_person_is_told_of_and_stays(app, house):
    known = on_the_register(house, "franka", mail=False)
    made = desk.apart(house.workshop, house.actor("heiko"), known.id)
    begin_write()
    db.session.get(Account, made.account_id).email = "eigene@probe.example"
    db.session.commit()
    franka = house.people["franka"].id
    assert [one.along for one in privacy.second_accounts(franka)] == [False]
    privacy.delete_account(join.actor(house.other_workshop.id, franka), keys_of(app))
    db.session.commit()
    assert db.session.get(Account, made.account_id).name == "Xanthippe Quitzow"
    assert privacy.second_accounts(house.people["petra"].id) == []
    assert "second_account" not in privacy.document(house.people["petra"].id)


def test_c57_a_counted_round_keeps_its_roll_and_its_figures(app, house, xanthippe):
    round = opened(app, house)
    for who in ("petra", "samuel", "vera"):
        cast(app, house, who, [[0], [1]])
    close(app, house, round)
    privacy.delete_account(house.actor("petra"), keys_of(app))
    assert db.session.query(RollEntry).filter_by(round_id=round.id).count() == 3


def test_c57_a_deleted_account_is_on_no_list_and_comes_back_by_no_door(app, house, xanthippe):
    member, token = house.member("petra"), join.invite(xanthippe.id, house.workshop.id)
    privacy.delete_account(house.actor("petra"), keys_of(app))
    assert member.state is MemberState.ENDED
    assert join.invitation(token) is None
    assert member.id not in [row.member.id for row in prepare.register(house.workshop.id)]
    with pytest.raises(Missing):
        prepare.restore(house.workshop, house.actor("mona"), member.id)
    with pytest.raises(Missing):
        privacy.document(xanthippe.id)


def test_c57_the_last_admin_and_the_last_of_an_office_stay(app, house):
    admin, ines = house.people["admin"], house.people["ines"]
    with pytest.raises(NotNow, match="Verwaltungsrecht"):
        privacy.check_may_go(admin.id)
    with pytest.raises(NotNow) as no:
        privacy.check_may_go(ines.id)
    assert no.value.values == {"title": "Industrie der Zukunft"}
    begin_write()
    house.people["vera"].is_admin = True
    db.session.add(Organiser(process_id=house.process.id, account_id=house.people["mona"].id))
    db.session.flush()
    privacy.check_may_go(admin.id)
    privacy.check_may_go(ines.id)
    house.people["mona"].blocked_at = house.people["vera"].blocked_at = utcnow()
    db.session.flush()
    for whom in (admin, ines):
        with pytest.raises(NotNow):
            privacy.check_may_go(whom.id)


def test_c57_deletion_is_repeated_in_a_restored_backup(app, house, backend, xanthippe, journal, tmp_path):
    """Backup, deletion, restore, start: the name is gone again, and the chain is whole."""
    mark = xanthippe.opaque
    saved = {name: getattr(xanthippe, name) for name in ("name", "email", "organisation", "password")}
    file = app.config["SETTINGS"].database_url.removeprefix("sqlite:///")
    if backend == "sqlite":
        checkpoint()
        shutil.copy(file, tmp_path / "backup.sqlite")
    privacy.delete_account(house.actor("petra"), keys_of(app))
    db.session.commit()
    assert privacy.reconcile(journal, keys_of(app)) == 0
    assert mark in journal.lines()
    if backend == "sqlite":
        restore(file, tmp_path / "backup.sqlite")
    else:
        begin_write()
        db.session.delete(db.session.get(Deletion, mark))
        account = db.session.query(Account).filter_by(opaque=mark).one()
        account.deleted_at = None
        for name, value in saved.items():
            setattr(account, name, value)
        db.session.commit()
    assert "Xanthippe" in repr(tables())
    db.session.rollback()
    assert privacy.reconcile(journal, keys_of(app)) == 1
    assert not [one for one in MARKS if one.lower() in repr(tables()).lower()]
    assert audit.broken_at() is None
    assert db.session.query(AuditEntry).filter_by(deed="repeat_deletion").count() == 1
    db.session.rollback()
    assert privacy.reconcile(journal, keys_of(app)) == 0
    if backend == "sqlite":
        assert not marks_in_files(app)


def checkpoint() -> None:
    db.session.rollback()
    privacy.journal.forget_old_pages()


def restore(file: str, backup: Path) -> None:
    db.session.remove()
    db.engine.dispose()
    for stale in Path(file).parent.glob(Path(file).name + "-*"):
        stale.unlink()
    shutil.copy(backup, file)


def test_c57_the_journal_survives_a_lost_copy_and_half_a_line(app, house, xanthippe, journal):
    privacy.delete_account(house.actor("petra"), keys_of(app))
    db.session.commit()
    privacy.reconcile(journal, keys_of(app))
    first, second = journal.files
    assert first.read_text() == second.read_text() and first.stat().st_mode & 0o077 == 0
    first.unlink()
    second.write_text(second.read_text()[:-20])
    assert not journal.lines()
    privacy.reconcile(journal, keys_of(app))
    assert journal.lines().keys() == {xanthippe.opaque}
    assert privacy.journal._read(first).keys() == privacy.journal._read(second).keys()


def test_c57_a_joined_account_goes_along(app, house, xanthippe):
    begin_write()
    twin = Account(name="X. Quitzow", email="zwirnerei@probe.example", joined_into_id=xanthippe.id)
    db.session.add(twin)
    house.member("paul").typed_email = "xq@probe.example"  # said by somebody at the door
    house.member("petra").typed_email = "quitzow@probe.example"
    rows = [{"name": "Xanthippe Quitzow", "email": "andere@example.org"}]
    for entries in (rows, [{"name": "Nora Neu", "email": "nora@example.org"}]):
        later = utcnow() + timedelta(days=1)
        who = house.people["ines"].id
        db.session.add(
            Upload(workshop_id=house.workshop.id, account_id=who, entries=entries, expires_at=later)
        )
    db.session.commit()
    assert len(privacy.document(xanthippe.id)["account"]) == 2
    privacy.delete_account(house.actor("petra"), keys_of(app))
    assert twin.name == FORMER_PERSON
    assert db.session.query(Upload).count() == 1
    assert not [mark for mark in MARKS if mark.lower() in repr(tables()).lower()]


def test_c57_an_address_typed_at_two_doors_is_gone_from_both(app, house):
    """Somebody without an address of their own typed one, and came a second time as somebody new."""
    facts = {"organisation": "", "sector_id": house.sectors[0].id, "email": "typed@example.org"}
    one, other = (join.arrive(house.workshop, None, name=name, **facts) for name in ("Nora Neu", "N. Neu"))
    db.session.commit()
    privacy.erase(db.session.get(Account, one.account_id))
    db.session.commit()
    assert (one.typed_email, other.typed_email) == (None, None)
