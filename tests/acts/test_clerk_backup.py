"""C55: a backup from inside a round, restored after the close: neither open nor counted, and said so."""

from __future__ import annotations

import os
import secrets
import shutil
import subprocess
from contextlib import contextmanager

import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.engine import make_url

from tests.conftest import POSTGRESQL, missing, settings_for
from tests.rounds import cast, close, keys_of, opened
from werkstatt import create_app
from werkstatt.acts import NotNow, backup, clerk, rank
from werkstatt.db import begin_write, db
from werkstatt.models import Ballot, Result, Round, UrnBallot
from werkstatt.terms import RoundState


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
