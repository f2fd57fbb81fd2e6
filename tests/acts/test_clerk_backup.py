"""C48, C55: a backup from inside a round, restored: its round neither open nor counted, and all else whole."""

from __future__ import annotations

import os
import secrets
import shutil
import subprocess
import threading
from contextlib import contextmanager
from itertools import count

import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.engine import make_url

from tests.browsing import Browser
from tests.conftest import POSTGRESQL, missing, settings_for
from tests.rounds import cast, close, keys_of, opened, reopened
from werkstatt import create_app
from werkstatt.acts import NotNow, backup, clerk, join, rank, result
from werkstatt.cli.serve import look_at_keys
from werkstatt.db import begin_write, db
from werkstatt.models import Ballot, Result, Round, UrnBallot
from werkstatt.terms import Phase, RoundState


@contextmanager
def backed_up(url: str, folder):
    """A real backup of the running database; yields a function that restores it and returns its address."""
    if url.startswith("sqlite"):
        file = backup.make(settings_for(folder, url), "asked").file
        yield lambda: f"sqlite:///{file}"
        return
    if shutil.which("pg_dump") is None:
        missing("pg_dump")
    plain = make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)
    dump, name = folder / "backup.dump", f"werkstatt_test_restored_{secrets.token_hex(3)}"
    done = subprocess.run(
        ["pg_dump", "--format=custom", f"--file={dump}", plain], capture_output=True, text=True
    )
    if "server version mismatch" in done.stderr:
        missing("a pg_dump as new as the server")
    assert done.returncode == 0, done.stderr
    admin = create_engine(POSTGRESQL, isolation_level="AUTOCOMMIT")

    def restore() -> str:
        with admin.connect() as connection:
            connection.execute(text(f'CREATE DATABASE "{name}"'))
        there = make_url(plain).set(database=name).render_as_string(hide_password=False)
        subprocess.run(["pg_restore", "--no-owner", f"--dbname={there}", str(dump)], check=True)
        return url.rsplit("/", 1)[0] + f"/{name}"

    try:
        yield restore
    finally:
        with admin.connect() as connection:
            connection.execute(text(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)'))
        admin.dispose()


@pytest.mark.parametrize(
    "inside", [RoundState.OPEN, pytest.param(RoundState.CLOSING, marks=pytest.mark.soak)]
)
def test_c55_a_backup_from_inside_the_round_is_neither_reopened_nor_counted(
    app, house, tmp_path, database_url, inside
):
    round = opened(app, house)
    for who in ("petra", "samuel"):
        cast(app, house, who, [[0]])
    if inside is RoundState.CLOSING:
        begin_write()
        round.state, round.deadline_at = inside, round.opened_at
        db.session.commit()
    round_id, boxes = round.id, set(db.session.scalars(db.select(Ballot.box)))
    with backed_up(database_url, tmp_path) as restore:
        if inside is RoundState.CLOSING:
            clerk.work_once(keys_of(app))
        else:
            close(app, house, round)
        db.session.expire_all()
        assert db.session.get(Round, round_id).state is RoundState.CLOSED
        settings = settings_for(tmp_path, restore())
        restored = create_app(settings)
        db.session.remove()
        with restored.app_context():
            assert db.session.get(Round, round_id).state is inside
            ours = db.engine.dialect.name == "sqlite"  # the clerk's own holds no ballot of an open round
            assert set(db.session.scalars(db.select(Ballot.box))) == (set() if ours else boxes)
            db.session.rollback()
            clerk.work_once(keys_of(app))
            assert_interrupted(restored, house, round_id, inside)
            db.session.remove()
            db.engine.dispose()
    assert not os.path.exists(f"{keys_of(app).path}/{round.key_id}.key")


def assert_interrupted(app, house, round_id, inside):
    """Nothing was counted, nothing can be cast, and the one way out is to take it back."""
    from werkstatt.acts import join
    from werkstatt.models import Session

    db.session.rollback()
    round = db.session.get(Round, round_id)
    assert (round.state, round.problem) == (inside, "interrupted")
    assert db.session.get(Result, round_id) is None and db.session.query(UrnBallot).count() == 0
    session = db.session.get(Session, round.session_id)
    mona = join.actor(session.workshop_id, _account("Mona Richter"))
    petra = join.actor(session.workshop_id, _account("Petra Vogel"))
    with pytest.raises(NotNow):
        from werkstatt.counting import Ranking
        from werkstatt.db import utcnow

        rank.cast(
            session, petra, keys_of(app), round_id, login_tag="ab" * 16, list_hash=round.list_hash,
            rev=1, vote=Ranking(((1,),)), arrived=round.deadline_at or utcnow(),
        )  # fmt: skip
    db.session.rollback()
    with pytest.raises(NotNow):
        rank.retry_close(session, mona, round_id)
    db.session.rollback()
    assert clerk.work_once(keys_of(app)) == 0
    rank.cancel(session, mona, round_id, reason="aus einer Sicherung")
    db.session.commit()
    clerk.work_once(keys_of(app))
    db.session.expire_all()
    assert db.session.get(Round, round_id).state is RoundState.CANCELLED
    assert db.session.query(Ballot).count() == 0


def _account(name: str) -> int:
    from werkstatt.models import Account

    return db.session.scalar(db.select(Account.id).where(Account.name == name))


PASSWORD = "im-alten-stellwerk-17"


@contextmanager
def casting(app, house, who: str):
    """Somebody who casts and changes as fast as it goes, from now on; yields the revisions answered so far."""
    over, revs = threading.Event(), []

    def work():
        with app.app_context():
            for rev in count():
                if over.is_set():
                    break
                revs.append(cast(app, house, who, [[rev % 5]], rev=rev))
            db.session.remove()

    thread = threading.Thread(target=work)
    thread.start()
    try:
        yield revs
    finally:
        over.set()
        thread.join()


def test_c48_a_backup_under_load_in_a_clean_install_has_the_closed_round_and_marks_the_open_one(
    app, house, tmp_path, database_url, browse
):
    """The other machine has neither the key folder nor the secret; people log in there, and the files are the same."""
    closed = opened(app, house)
    for who in ("petra", "samuel", "vera"):
        cast(app, house, who, [[0], [1]])
    close(app, house, closed)
    result.release(house.session, house.actor("mona"), closed.id)
    house.in_phase(Phase.RANK)
    begin_write()
    house.people["mona"].password = join.HASHER.hash(PASSWORD)
    db.session.commit()
    files = [f"/sessions/{house.session.id}/rounds/{closed.id}/result.{kind}" for kind in ("csv", "json")]
    here = [browse("mona").get(file).data for file in files]
    open_id = reopened(app, house).id
    cast(app, house, "petra", [[2]])
    mine = db.session.execute(db.select(Ballot.handle, Ballot.box, Ballot.rev)).all()
    db.session.rollback()
    console = f"/sessions/{house.session.id}/console"
    elsewhere = tmp_path / "elsewhere"
    with casting(app, house, "samuel") as revs, backed_up(database_url, tmp_path) as restore:
        assert revs, "nobody cast meanwhile"
        url = restore()
        settings = settings_for(elsewhere, url, WERKSTATT_SECRET_KEY="another-" * 5)
        restored = create_app(settings)
        restored.test_client_class = Browser
        with restored.app_context():
            look_at_keys(settings)
            clerk.work_once(keys_of(restored))
            ours = url.startswith("sqlite")  # the clerk's own backup holds no ballot of an open round
            there = db.session.execute(db.select(Ballot.handle, Ballot.box, Ballot.rev)).all()
            assert (there == []) if ours else set(mine) <= set(there)
            round = db.session.get(Round, open_id)
            assert (round.state, round.problem) == (RoundState.OPEN, "interrupted" if ours else "key")
            mona = restored.test_client()
            sent = mona.send("/login", {"email": "mona@example.org", "password": PASSWORD})
            assert sent.status_code == 303, sent.text
            assert [mona.get(file).data for file in files] == here
            assert mona.get(console).status_code == 200
            assert mona.send(
                f"/sessions/{house.session.id}/rounds/{open_id}/cancel", {"reason": "Sicherung"}
            ).location
            clerk.work_once(keys_of(restored))
            db.session.expire_all()
            assert db.session.get(Round, open_id).state is RoundState.CANCELLED
            db.session.remove()
            db.engine.dispose()
    assert close(app, house, db.session.get(Round, open_id)).state is RoundState.CLOSED, (
        "the first one goes on"
    )
