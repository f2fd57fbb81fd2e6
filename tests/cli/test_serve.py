"""The servers, as people start and end them."""

from __future__ import annotations

import contextlib
import gc
import re
import signal
import socket
import sqlite3
import subprocess
import threading
import time
from types import SimpleNamespace

import pytest

from tests.cli.servers import Server, Visitor, environment, free_port
from werkstatt.cli import serve
from werkstatt.db import begin_write, db
from werkstatt.demo.people import CAST, PASSWORD
from werkstatt.models import Account


@pytest.fixture(scope="module")
def first_run(tmp_path_factory):
    """`make run` in an empty folder, once for this file: what it served, what it said, and its folder."""
    folder = tmp_path_factory.mktemp("demo")
    server, answers = Server("run", folder), []
    try:
        server.wait_until_it_answers()
        petra = Visitor(server)
        answers.append(petra.log_in("industrie@demo.example", PASSWORD))
        answers.append(petra.get("/sessions/2"))
        answers.append(petra.get(re.search(r'data-pulse="([^"]+)"', answers[-1][1]).group(1)))
        rooms = set(re.findall(r"/sessions/2/rounds/\d+[^\"#? ]*", answers[1][1]))
        for room in rooms | {"/sessions/2/rounds/2/ballot"}:
            petra.get(room)
    finally:
        status = server.end()
    return SimpleNamespace(folder=folder, answers=answers, status=status, output=server.output)


@pytest.fixture
def settings_in(monkeypatch, tmp_path):
    """Settings for a server that is started inside this process, and is expected to refuse."""
    for name, value in environment(tmp_path).items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("WERKSTATT_PORT", str(free_port()))
    return monkeypatch.setenv


def refusal(capsys, what: str) -> str:
    """What a server says that does not start: one sentence, no traceback."""
    assert serve.main([what]) == 1
    said = capsys.readouterr()
    assert said.err.count("\n") == 1 and "Traceback" not in said.err + said.out
    return said.err


def running_children(server: Server) -> list[str]:
    rows = subprocess.run(["ps", "-eo", "pid,ppid,args"], capture_output=True, text=True, check=True).stdout
    return [row for row in rows.splitlines() if f" {server.process.pid} " in row]


def test_c24_run_serves_the_demo_and_logs_no_address(first_run):
    (_, page), (_, _), (_, beat) = first_run.answers
    assert [status for status, _ in first_run.answers] == [200] * 3
    assert "Industrie der Zukunft" in page and '"step"' in beat
    said = first_run.output
    assert first_run.status == 0
    assert "http://127.0.0.1" in said and PASSWORD in said
    assert all(person.email in said for person in CAST)
    assert "/sessions" not in said and "/rounds" not in said and "GET" not in said
    assert "Traceback" not in said


def test_the_demo_has_one_round_open_and_one_released(first_run):
    with contextlib.closing(sqlite3.connect(first_run.folder / "instance" / "werkstatt.sqlite")) as database:
        states = [state for (state,) in database.execute("SELECT state FROM round ORDER BY state")]
    assert states == ["open", "released"]


def test_a_second_start_keeps_what_is_there_and_ctrl_c_ends_it(first_run):
    server = Server("run", first_run.folder)
    try:
        began = time.monotonic()
        server.wait_until_it_answers()
        took = time.monotonic() - began
        assert Visitor(server).log_in("moderation@demo.example", PASSWORD)[0] == 200
    finally:
        status = server.end(signal.SIGINT)
    assert status == 0
    assert "Loading the demo" not in server.output
    assert took < 20, "a second start must be quick"  # two seconds on a quiet machine


def test_serve_makes_the_first_admin_and_ends_with_all_its_processes(tmp_path):
    server = Server("serve", tmp_path, WERKSTATT_HOST="127.0.0.1")
    try:
        server.wait_until_it_answers()
        link = re.search(r"/invitation/\S+", server.output).group()
        status, page = Visitor(server).get(link)
        assert status == 200 and 'name="password"' in page
        assert len(running_children(server)) >= 3  # two workers and the clerk
    finally:
        status = server.end()
    assert status == 0 and running_children(server) == []
    assert "unverschlüsselt im WLAN" in server.output and "demo" not in server.output.lower()
    assert server.output.count("/invitation/") == 1 and "GET" not in server.output


def test_serve_refuses_demo_accounts(app, settings_in, capsys):
    begin_write()
    db.session.add(Account(name="Mona Musterfrau", is_demo=True))
    db.session.commit()
    settings_in("WERKSTATT_DATABASE_URL", app.config["SETTINGS"].database_url)
    assert "demo accounts" in refusal(capsys, "serve")


def test_serve_refuses_debug_mode(settings_in, capsys):
    settings_in("FLASK_DEBUG", "1")
    assert "FLASK_DEBUG" in refusal(capsys, "serve")


def test_c15_the_clerk_works_inside_the_one_worker(app, settings_in, monkeypatch):
    settings_in("WERKSTATT_DATABASE_URL", app.config["SETTINGS"].database_url)
    settings_in(serve.CLERK_HERE, "1")
    monkeypatch.setattr(serve, "end_with", lambda _parent: None)
    one = serve.worker()
    gc.collect()
    try:
        assert [thread.is_alive() for thread in threading.enumerate() if thread.name == "clerk"] == [True]
    finally:
        one.extensions["clerk"].__exit__(None, None, None)
        with serve.starting(one):
            pass
    assert not any(thread.name == "clerk" for thread in threading.enumerate())


def test_serve_prints_no_second_link(app, settings_in):
    settings_in("WERKSTATT_DATABASE_URL", app.config["SETTINGS"].database_url)
    assert "/invitation/" in serve.first_link()
    assert serve.first_link() is None
    admin = db.session.query(Account).one()
    assert admin.is_admin and admin.password is None and not admin.is_demo


@pytest.mark.parametrize("what", ["run", "serve"])
def test_a_taken_port_is_one_sentence(what, settings_in, capsys):
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        settings_in("WERKSTATT_PORT", str(port))
        said = refusal(capsys, what)
    assert f"Port {port} on " in said and "is taken" in said and f"WERKSTATT_PORT={port + 1}" in said


@pytest.mark.parametrize(
    ("name", "value", "sentence"),
    [
        ("WERKSTATT_PORT", "80a", "WERKSTATT_PORT must be a whole number"),
        ("WERKSTATT_HTTPS", "perhaps", "WERKSTATT_HTTPS must be 0 or 1"),
        ("WERKSTATT_TIME_ZONE", "Mars/Base", "not a known time zone"),
        ("WERKSTATT_DATABASE_URL", "mysql://x", "must begin with sqlite:/// or postgresql+psycopg://"),
        ("WERKSTATT_SECRET_KEY", "short", "at least 32 characters"),
        ("WERKSTATT_HOST", "203.0.113.7", "make run serves this machine alone"),
    ],
)
def test_a_bad_setting_is_one_sentence(name, value, sentence, settings_in, capsys):
    settings_in(name, value)
    assert sentence in refusal(capsys, "run")


def test_a_folder_that_cannot_be_made_is_one_sentence(settings_in, tmp_path, capsys):
    (tmp_path / "file").write_text("in the way")
    settings_in("WERKSTATT_INSTANCE", str(tmp_path / "file" / "instance"))
    assert "cannot be created" in refusal(capsys, "run")


def test_keys_inside_the_instance_are_refused(settings_in, tmp_path, capsys):
    settings_in("WERKSTATT_KEYS", str(tmp_path / "instance" / "keys"))
    assert "WERKSTATT_KEYS must not lie inside" in refusal(capsys, "run")
