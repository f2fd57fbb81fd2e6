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


def test_c49_links_that_were_handed_out_work_after_the_step_to_tickets(sqlite_template, tmp_path):
    """Up, down, up on links of an earlier version: none is lost, none revived."""
    shutil.copy(sqlite_template, tmp_path / "old.sqlite")
    settings = settings_for(tmp_path, f"sqlite:///{tmp_path / 'old.sqlite'}")
    app, engine = create_app(settings), create_engine(settings.database_url)
    with app.app_context():
        downgrade(revision="0004")
        with engine.begin() as connection:
            for statement in INVITED:
                connection.execute(text(statement))
        for step in (upgrade, lambda: downgrade(revision="0004"), upgrade):
            step()
        db.engine.dispose()
    with engine.connect() as connection:
        rows = connection.execute(
            text("SELECT id, kind, token_hash, account_id, used_at IS NULL FROM ticket ORDER BY id")
        ).all()
    assert rows == [(3, "invitation", "ab", 7, 1), (4, "invitation", "cd", 7, 0)]
    engine.dispose()
