"""Settings: a bad one is one sentence that names the variable."""

from __future__ import annotations

import pytest

from config import BadSetting, Settings
from werkstatt import create_app
from werkstatt.db import db


def read(**env: str) -> Settings:
    return Settings.from_environment({"WERKSTATT_INSTANCE": "/tmp/somewhere", **env})


@pytest.mark.parametrize(
    ("url", "mail"),
    [
        ("", ""),
        ("console:", "console"),
        ("smtp://127.0.0.1:2525", "smtp"),
        ("smtp://user:p%40ss@mail.example.org:587", "smtp"),
        ("smtps://mail.example.org", "smtp"),
        ("smtp://mail.example.org?tls=no", "smtp"),
    ],
)
def test_how_mail_goes_out(url, mail):
    settings = read(WERKSTATT_SMTP_URL=url, WERKSTATT_MAIL_FROM="Werkstatt <werkstatt@example.org>")
    assert settings.mail == mail


@pytest.mark.parametrize(
    "url",
    [
        "mail.example.org",
        "http://mail.example.org",
        "smtp://",
        "smtp://host:port",
        "smtp://host:99999",
        "smtp://h/x",
        "smtp://h?tls=maybe",
    ],
)
def test_a_bad_mail_server_stops_the_start(url):
    with pytest.raises(BadSetting, match="WERKSTATT_SMTP_URL"):
        read(WERKSTATT_SMTP_URL=url, WERKSTATT_MAIL_FROM="a@example.org")


@pytest.mark.parametrize("sender", ["", "Werkstatt", "a@b\nBcc: c@d", "<>", "a b@c"])
def test_mail_needs_a_sender(sender):
    with pytest.raises(BadSetting, match="WERKSTATT_MAIL_FROM"):
        read(WERKSTATT_SMTP_URL="smtp://127.0.0.1", WERKSTATT_MAIL_FROM=sender)


def test_backups_lie_beside_the_instance_elsewhere_or_nowhere():
    assert str(read().backups) == "/tmp/somewhere-backups"
    assert str(read(WERKSTATT_BACKUPS="/mnt/backups").backups) == "/mnt/backups"
    assert read(WERKSTATT_BACKUPS="off").backups is None


@pytest.mark.parametrize("folder", ["/tmp/somewhere-keys", "/tmp/somewhere-keys/backups", "/tmp"])
def test_c15_backups_and_keys_lie_apart(folder):
    with pytest.raises(BadSetting, match="must lie apart"):
        read(WERKSTATT_BACKUPS=folder)


def test_how_many_backups_are_kept_is_a_number():
    assert read(WERKSTATT_BACKUPS_KEPT="30").backups_kept == 30
    with pytest.raises(BadSetting, match="WERKSTATT_BACKUPS_KEPT"):
        read(WERKSTATT_BACKUPS_KEPT="0")


def test_the_database_is_its_owners_alone(tmp_path):
    settings = read(WERKSTATT_INSTANCE=str(tmp_path / "i"), WERKSTATT_KEYS=str(tmp_path / "k"))
    settings.make_folders()
    file = tmp_path / "i" / "werkstatt.sqlite"
    assert file.stat().st_mode & 0o777 == 0o600
    file.chmod(0o644)
    settings.make_folders()
    assert file.stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("url", ["sqlite:///rel.sqlite", "sqlite:///rel.sqlite?timeout=5"])
def test_a_relative_database_lies_in_the_instance_and_nowhere_else(tmp_path, monkeypatch, url):
    """As Flask-SQLAlchemy opens it; nothing is made where the server happens to be started."""
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    folders = {"WERKSTATT_INSTANCE": str(tmp_path / "i"), "WERKSTATT_KEYS": str(tmp_path / "k")}
    settings = read(WERKSTATT_DATABASE_URL=url, **folders)
    settings.make_folders()
    assert [file.name for file in (tmp_path / "i").iterdir()] == ["rel.sqlite"]
    assert not list((tmp_path / "here").iterdir())
    app = create_app(settings)
    with app.app_context():
        assert db.engine.url.database == str(tmp_path / "i" / "rel.sqlite")
        db.engine.dispose()
