"""The commands of ``flask --app werkstatt``."""

from __future__ import annotations

import contextlib
import functools
import os
import re
import threading
from dataclasses import replace

import pytest

from tests.rounds import keys_of, opened
from werkstatt.db import begin_write, db
from werkstatt.models import Account, AuditEntry, Process
from werkstatt.web import assets


@pytest.fixture
def command(app):
    """``command("assets", "add", file)`` -> the result of the command."""
    runner = app.test_cli_runner()
    return lambda *words: runner.invoke(args=[str(word) for word in words])


def test_c15_a_writing_command_refuses_beside_a_running_server_with_an_old_library(
    app, house, command, monkeypatch
):
    from werkstatt import db as database
    from werkstatt.acts import clerk

    monkeypatch.setattr(database.sqlite, "sqlite_version_info", (3, 40, 1))
    old = db.engine.dialect.name == "sqlite"
    assert command("admin", "link").exit_code == 0, "no server, no danger"
    assert clerk.holds_lease("the server's clerk")
    said = command("admin", "link")
    assert said.exit_code == (1 if old else 0)
    assert ("safe for one process only. Stop the server first" in said.output) is old
    monkeypatch.undo()
    assert command("admin", "link").exit_code == 0, "a newer library bears both"


def test_c15_backup_is_made_here_or_by_the_clerk(app, house, command, monkeypatch):
    """Without a server by the command; beside one by its clerk, whatever the library's age."""
    from werkstatt.acts import backup, clerk

    settings = app.config["SETTINGS"]
    said = command("backup")
    if db.engine.dialect.name != "sqlite":
        assert said.exit_code == 1 and "pg_dump" in said.output
        return
    assert said.exit_code == 0 and said.output.strip() == str(backup.made(settings.backups)[-1].file)
    assert clerk.holds_lease("the server's clerk")
    monkeypatch.setattr(backup, "PATIENCE", 0.5)
    monkeypatch.setattr(backup, "make", None)  # not by the command itself
    said = command("backup")
    assert said.exit_code == 1 and "clerk did not answer" in said.output
    assert not list(settings.instance.glob("backup.*")), "nobody makes one for a wish that was given up"
    monkeypatch.undo()
    monkeypatch.setattr(backup, "ask", lambda settings, works: clerk.give_back_lease("the server's clerk"))
    assert command("backup").exit_code == 0, "a clerk that ended meanwhile: then here"
    monkeypatch.undo()
    assert clerk.holds_lease("the server's clerk")
    with clerk_at_work(app, settings):
        said = command("backup")
    assert said.exit_code == 0 and said.output.strip() == str(backup.made(settings.backups)[-1].file)
    settings.backups.joinpath(".unfinished").mkdir()  # in the way
    with clerk_at_work(app, settings):
        said = command("backup")
    assert said.exit_code == 1 and "No backup was made" in said.output


@contextlib.contextmanager
def clerk_at_work(app, settings):
    """The backup's thread of a server."""
    from werkstatt.acts import backup
    from werkstatt.cli.serve import in_copy

    stop = threading.Event()
    elsewhere = functools.partial(in_copy, settings)
    thread = threading.Thread(target=backup.run, args=(app, settings, stop, elsewhere))
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join(10)


def test_backup_that_is_switched_off_says_so(app, command):
    app.config["SETTINGS"] = replace(app.config["SETTINGS"], backups=None)
    said = command("backup")
    assert said.exit_code == 1 and ("WERKSTATT_BACKUPS=off" in said.output or "pg_dump" in said.output)


def test_assets_add_refuses_another_file(app, command, tmp_path):
    other = tmp_path / "htmx.min.js"
    other.write_text("alert('not the release')")
    said = command("assets", "add", other)
    assert said.exit_code == 1 and "its hash is another one. Nothing was stored." in said.output
    assert not assets.local_htmx().exists()


def test_assets_add_stores_what_fits(app, command, tmp_path, monkeypatch):
    brought = tmp_path / "brought.js"
    brought.write_bytes(b"the release, let us say")
    monkeypatch.setattr(assets, "fits", lambda data: data == b"the release, let us say")
    said = command("assets", "add", brought)
    assert said.exit_code == 0 and assets.local_htmx().read_bytes() == brought.read_bytes()
    assert [file.name for file in assets.local_htmx().parent.iterdir()] == ["htmx.min.js"]


def test_assets_pull_without_a_network_says_what_else_can_be_done(command, monkeypatch):
    def refuse(*_args, **_kwargs):
        raise OSError("no route")

    monkeypatch.setattr("urllib.request.urlopen", refuse)
    said = command("assets", "pull")
    assert said.exit_code == 1 and "flask --app werkstatt assets add FILE" in said.output


def test_admin_link_is_for_an_admin_only(app, command):
    assert "no admin yet" in command("admin", "link").output
    begin_write()
    db.session.add(Account(name="Ada Winter", email="ada@example.org", is_admin=True))
    db.session.commit()
    said = command("admin", "link")
    assert said.exit_code == 0 and re.search(r"http://127\.0\.0\.1:\d+/invitation/\S{20,}", said.output)
    path = re.search(r"/invitation/\S+", said.output).group()
    assert app.test_client().get(path).status_code == 200
    assert command("admin", "link", "--email", "nobody@example.org").exit_code == 1


def test_a_new_admin_link_ends_the_one_before(app, command):
    begin_write()
    db.session.add(Account(name="Ada Winter", email="ada@example.org", is_admin=True))
    db.session.commit()
    first, second = (re.search(r"/invitation/\S+", command("admin", "link").output).group() for _ in range(2))
    assert app.test_client().get(first).status_code == 410
    assert app.test_client().get(second).status_code == 200


def test_demo_load_wants_an_empty_database(app, command):
    begin_write()
    db.session.add(Process(title="Schon da"))
    db.session.commit()
    said = command("demo", "load")
    assert said.exit_code == 1 and "not empty" in said.output
    assert db.session.query(Account).count() == 0


def test_check_is_content_with_a_good_installation(app, command):
    said = command("check")
    assert said.exit_code == 0, said.output
    assert "Anchor of the record" in said.output


def test_check_names_keys_that_no_round_of_this_database_has(app, command, house):
    """Left behind by a restored backup, or another installation's: named, never removed by itself, and no problem."""
    keys, own = keys_of(app), opened(app, house).key_id
    left, young = keys.create("0badcafe"), keys.create("0badcafe")
    for key_id in (own, left):
        os.utime(keys.path / f"{key_id}.key", (0, 0))
    said = command("check")
    assert said.exit_code == 0 and f"rm {keys.path / left}.key" in said.output
    assert own not in said.output and young not in said.output
    assert keys.readable(left)


def test_check_sees_open_keys(app, command):
    keys = app.config["SETTINGS"].keys
    keys.chmod(0o755)
    said = command("check")
    assert said.exit_code == 1 and f"chmod go= {keys}" in said.output


def test_check_sees_a_changed_record(app, command):
    from werkstatt.acts import audit

    begin_write()
    audit.note(None, "first")
    audit.note(None, "second")
    db.session.query(AuditEntry).order_by(AuditEntry.id).first().deed = "another"
    db.session.commit()
    said = command("check")
    assert said.exit_code == 1 and "The record was changed" in said.output


def test_without_tables_the_commands_say_what_to_do(tmp_path):
    from tests.conftest import settings_for
    from werkstatt import create_app

    app = create_app(settings_for(tmp_path, f"sqlite:///{tmp_path / 'new.sqlite'}"))
    for words in (["check"], ["admin", "link"]):
        said = app.test_cli_runner().invoke(args=words)
        assert said.exit_code == 1 and "flask --app werkstatt db upgrade" in said.output
        assert said.output.count("\n") == 1
    said = app.test_cli_runner().invoke(args=["demo", "load"])
    assert said.exit_code == 0 and "moderation@demo.example" in said.output
    with app.app_context():
        db.session.remove()
        db.engine.dispose()
