"""The stairs of the database: what earlier versions kept goes along, up and down."""

from __future__ import annotations

import shutil

from flask_migrate import downgrade, upgrade
from sqlalchemy import create_engine, text

from tests.conftest import settings_for
from werkstatt import create_app
from werkstatt.db import db

INVITED = (
    "INSERT INTO account (id, opaque, name, organisation, language, is_admin, may_found, is_demo, created_at)"
    " VALUES (7, 'x', 'Petra Vogel', '', 'de', false, false, false, '2026-11-01 08:00:00')",
    "INSERT INTO invitation (id, token_hash, account_id, created_at, expires_at, used_at) VALUES"
    " (3, 'ab', 7, '2026-11-01 09:00:00', '2026-12-31 09:00:00', NULL),"
    " (4, 'cd', 7, '2026-11-01 09:00:00', '2026-12-31 09:00:00', '2026-11-02 09:00:00')",
)


def walked(sqlite_template, folder, statements):
    """A database of an earlier version with these rows, then up, down and up; a connection after each step."""
    shutil.copy(sqlite_template, folder / "old.sqlite")
    settings = settings_for(folder, f"sqlite:///{folder / 'old.sqlite'}")
    app, engine = create_app(settings), create_engine(settings.database_url)
    with app.app_context():
        downgrade(revision="0004")
        with engine.begin() as connection:
            for statement in statements:
                connection.execute(text(statement))
        for step in (upgrade, lambda: downgrade(revision="0004"), upgrade):
            step()
            with engine.connect() as connection:
                yield connection
        db.engine.dispose()
    engine.dispose()


def test_c49_links_that_were_handed_out_work_after_the_step_to_tickets(sqlite_template, tmp_path):
    """Links of an earlier version: none is lost, none revived."""
    asked = text("SELECT id, kind, token_hash, account_id, used_at IS NULL FROM ticket ORDER BY id")
    steps = walked(sqlite_template, tmp_path, INVITED)
    for connection, up in zip(steps, (True, False, True), strict=True):
        if up:
            rows = connection.execute(asked).all()
            assert rows == [(3, "invitation", "ab", 7, 1), (4, "invitation", "cd", 7, 0)]


FILLED = (
    INVITED[0],
    "INSERT INTO process (id, title, question, source, is_demo, created_at)"
    " VALUES (1, 'a', '', '', false, '2026-11-01')",
    "INSERT INTO workshop (id, process_id, title, kind, place, join_code, join_open, epoch)"
    " VALUES (1, 1, 'w', '', '', 'ABCDEF', true, 1)",
    "INSERT INTO session (id, workshop_id, position, title, question, phase, phase_since, proposals_each,"
    " visibility, names_visible, late_proposals, staff_votes, step, news)"
    " VALUES (1, 1, 0, 's', 'q', 'rank', '2026-11-01', 3, 'at_once', false, true, false, 1, 0)",
    "INSERT INTO membership (id, workshop_id, account_id, role, state, created_at)"
    " VALUES (1, 1, 7, 'participant', 'active', '2026-11-01')",
    "INSERT INTO login (id, token_hash, account_id, tag, created_at, expires_at)"
    " VALUES (1, 'x', 7, 'y', '2026-11-01', '2026-12-01')",
    "INSERT INTO round (id, session_id, number, state, kind, options, list_hash, salt, is_simulated, problem,"
    " created_at) VALUES (1, 1, 1, 'closed', 'ranking', '{}', '', '', false, '', '2026-11-01')",
    "INSERT INTO roll_entry (round_id, membership_id, late_reason) VALUES (1, 1, '')",
)


def test_c49_people_and_rolls_survive_every_step(sqlite_template, tmp_path):
    """SQLite makes some tables anew: what hangs on their rows stays."""
    for connection in walked(sqlite_template, tmp_path, FILLED):
        for table in ("account", "membership", "login", "roll_entry"):
            assert connection.execute(text(f"SELECT count(*) FROM {table}")).scalar() == 1, table
