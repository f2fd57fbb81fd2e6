"""C57: whoever is told that something is gone is told the truth, a moment later also about every file."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import pytest

from tests.rounds import keys_of, propose
from werkstatt.acts import backup, privacy
from werkstatt.acts.housekeeping import Housekeeping
from werkstatt.cli.serve import in_copy
from werkstatt.db import begin_write, db, sqlite
from werkstatt.models import Comment
from werkstatt.terms import CommentKind, Phase, RedactionReason

pytestmark = pytest.mark.embedded
NAME, ADDRESS, WORD = "Xanthippe Quitzow", "xq@probe.example", "Schnösel"


@pytest.fixture
def told(app, house):
    """Petra under a name that nothing else has, and an insult; the clerk has been at work for long."""
    propose(house)
    begin_write()
    house.people["petra"].name, house.people["petra"].email = NAME, ADDRESS
    one = Comment(recommendation_id=1, author_id=house.people["vera"].id, kind=CommentKind.AGAINST)
    one.text = f"So ein {WORD}!"
    db.session.add(one)
    db.session.commit()
    clerk = Housekeeping(keys_of(app), app.config["SETTINGS"].instance)
    clerk.work()
    clerk.next.clear()
    return clerk


def erase_as_the_pages_do(app, house) -> None:
    """Delete Petra's account and black the insult out; then the journal, then the answer."""
    settings = app.config["SETTINGS"]
    house.in_phase(Phase.DISCUSS)
    places = privacy.find(house.session, WORD)
    how = {"passage": WORD, "reason": RedactionReason.INSULT, "chosen": [one.name for one in places]}
    privacy.redact(house.session, house.actor("mona"), **how)
    db.session.commit()
    privacy.delete_account(house.actor("petra"), keys_of(app))
    db.session.commit()
    privacy.write_journal(privacy.Journal(settings.keys, settings.instance))


def left(app) -> set[tuple[str, str]]:
    """Which of the words stand in which file of the installation, byte by byte."""
    settings = app.config["SETTINGS"]
    database = Path(db.engine.url.database)
    folders = (settings.instance, settings.keys, settings.backups)
    files = [
        *database.parent.glob(database.name + "*"),
        *(file for one in folders for file in one.rglob("*")),
    ]
    return {
        (file.name, word)
        for file in files
        if file.is_file()
        for word in (NAME, ADDRESS, WORD)
        if word.encode() in file.read_bytes()
    }


def test_c57_what_was_erased_stands_in_no_file_after_the_clerks_next_step(app, house, told):
    assert left(app)
    erase_as_the_pages_do(app, house)
    told.work()
    assert left(app) == set()


def test_c57_the_clerk_comes_back_when_somebody_was_reading(app, house, told):
    reader = sqlite.connect(db.engine.url.database, isolation_level=None)
    reader.execute("BEGIN")
    reader.execute("SELECT count(*) FROM account").fetchone()
    erase_as_the_pages_do(app, house)
    told.work()
    assert left(app)
    reader.close()
    told.next.clear()
    told.work()
    assert left(app) == set()


def test_c57_what_was_erased_leaves_the_old_backups_which_stay_whole(app, house, told):
    settings = app.config["SETTINGS"]
    keeper, elsewhere = backup.Keeper(settings), partial(in_copy, settings)
    one = backup.make(settings, "night").file
    assert keeper.scrub(elsewhere) == 0
    erase_as_the_pages_do(app, house)
    told.work()
    assert {name for name, _ in left(app)} == {one.name}
    assert keeper.scrub(elsewhere) == 1
    assert left(app) == set()
    assert keeper.scrub(elsewhere) == 0 and backup.Keeper(settings).scrub(elsewhere) == 0
    assert one.stat().st_mode & 0o077 == 0 and not list(one.parent.glob("*-wal"))
    with in_copy(settings, one):
        assert db.session.get(Comment, 1).text == "So ein ████████!"
    assert NAME not in house.people["petra"].name and house.people["vera"].name


def test_c57_a_backup_of_an_earlier_form_of_the_tables_is_left_as_it_is(app, house, told):
    settings = app.config["SETTINGS"]
    one = backup.make(settings, "night").file
    with sqlite.connect(one) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '0001'")
    connection.close()
    erase_as_the_pages_do(app, house)
    before = one.read_bytes()
    assert backup.Keeper(settings).scrub(partial(in_copy, settings)) == 0
    assert one.read_bytes() == before
