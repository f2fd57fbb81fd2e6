"""The commands of the office's technician: demo, admin link, the script of others, a look at everything."""

from __future__ import annotations

import contextlib
import stat
import urllib.request
from pathlib import Path

import click
from flask import current_app, url_for
from flask.cli import AppGroup, with_appcontext
from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError

from ..acts import Missing, audit, rank
from ..acts import backup as copies
from ..acts.office import start
from ..db import UnsafeDatabase, check_durability, db
from ..models import Round
from ..secrecy import KeyFolder
from ..web import assets as script
from . import ready

BIGGEST_SCRIPT = 1_000_000  # bytes

demo = AppGroup("demo", help="The demo process.")
admin = AppGroup("admin", help="The installation's admins.")
assets = AppGroup("assets", help="The one script that is not ours (htmx), served from here instead of a CDN.")


@demo.command("load")
def load_demo() -> None:
    """Load the demo process into an empty database."""
    with plainly():
        ready.migrate(current_app)
        ready.nobody_else_writes()
        empty = start.is_empty()
    if not empty:
        raise click.ClickException("The database is not empty. The demo goes into an empty one only.")
    from ..demo import load, logins

    load(current_app.config["SETTINGS"])
    click.echo(logins())


@admin.command("link")
@click.option("--email", help="Of which admin; without it the one who was first.")
def admin_link(email: str | None) -> None:
    """Print a new one-time link for an admin; earlier unused links stop working."""
    try:
        with plainly():
            ready.nobody_else_writes()
            account, token = start.admin_link(email)
    except Missing as no:
        raise click.ClickException(
            f"There is no admin with the address {email}."
            if email
            else "There is no admin yet: make serve makes one."
        ) from no
    db.session.commit()
    click.echo(f"One-time link for {account.email or account.name}, to choose a password with:")
    click.echo(invitation_url(token))


@contextlib.contextmanager
def plainly():
    """A database that is not there, or not of this version, is one sentence and no traceback."""
    try:
        yield
    except ready.NotReady as no:
        raise click.ClickException(str(no)) from no
    except SQLAlchemyError as no:
        reason = str(getattr(no, "orig", None) or no).strip().splitlines()[0]
        raise click.ClickException(
            f"The database cannot be used ({reason}). A new or older one is made ready with: flask --app werkstatt db upgrade"
        ) from no


def invitation_url(token: str) -> str:
    """A link's full address, by the settings and never by a request."""
    with current_app.test_request_context(base_url=current_app.config["SETTINGS"].base_url):
        return url_for("join.invitation", token=token, _external=True)


@assets.command("pull")
def pull() -> None:
    """Fetch htmx from its CDN once, check its hash, and serve it from here."""
    try:
        with urllib.request.urlopen(script.HTMX.src, timeout=20) as answer:
            data = answer.read(BIGGEST_SCRIPT)
    except OSError as no:
        raise click.ClickException(
            f"{script.HTMX.src} could not be fetched ({getattr(no, 'reason', no)}). "
            "Bring the file by other means: flask --app werkstatt assets add FILE"
        ) from no
    keep(data, script.HTMX.src)


@assets.command("add")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
def add(file: Path) -> None:
    """Take htmx from a FILE that somebody brought, check its hash, and serve it from here."""
    keep(file.read_bytes(), str(file))


def keep(data: bytes, origin: str) -> None:
    """Store the script if it is the pinned release, byte for byte."""
    if not script.fits(data):
        raise click.ClickException(
            f"{origin} is not htmx {script.HTMX_VERSION} as it was released: its hash is another one. Nothing was stored."
        )
    place = script.local_htmx()
    place.parent.mkdir(parents=True, exist_ok=True)
    half = place.with_suffix(".part")
    half.write_bytes(data)
    half.replace(place)
    click.echo(f"htmx {script.HTMX_VERSION} is now served from here.")


def clerk_works() -> bool:
    """Whether a server's clerk is at work; one that was killed counts until its lease ends."""
    works = rank.clerk_works()
    db.session.rollback()
    return works


@click.command("backup")
@with_appcontext
def backup() -> None:
    """Make a backup now: by the clerk of the running server, or here when none runs."""
    settings = current_app.config["SETTINGS"]
    with plainly():
        works, by = clerk_works(), copies.state(settings).by
    if by == "operator":
        raise click.ClickException("PostgreSQL is backed up by its own tools: pg_dump.")
    if by == "nobody":
        raise click.ClickException("Backups are switched off: WERKSTATT_BACKUPS=off.")
    if works and copies.ask(settings, clerk_works):
        now = copies.state(settings)
        if now.failed or now.last is None:
            raise click.ClickException(f"No backup was made: {now.failed and now.failed['reason']}.")
        click.echo(now.last.file)
        return
    if clerk_works():
        raise click.ClickException("The server's clerk did not answer. Is it running? Try again.")
    try:
        click.echo(copies.make(settings, "asked").file)
    except copies.NoBackup as no:
        raise click.ClickException(f"No backup was made: {no}.") from no


@click.command("check")
@with_appcontext
def check() -> None:
    """Check what must hold: the database keeps what it says, the keys are private, the record is whole."""
    with plainly():
        findings, left = list(problems()), strange_keys()
    for file in left:
        click.echo(
            f"Note: {file} belongs to no round of this database. If no other installation shares the key folder, an older "
            f"backup was restored and the key was left behind: the database of then can be opened with it. Remove it: rm {file}"
        )
    for finding in findings:
        click.echo(f"Problem: {finding}", err=True)
    if findings:
        raise SystemExit(1)
    click.echo(f"All is well. Anchor of the record: {audit.anchor()}")


def strange_keys() -> list[Path]:
    """Files of keys that no round of this database names."""
    keys = KeyFolder(current_app.config["SETTINGS"].keys)
    left = keys.strange(db.session.scalars(select(Round.key_id).where(Round.key_id.is_not(None))))
    return [keys.path / f"{key_id}.key" for key_id in left]


def problems():
    """Every finding in one sentence."""
    try:
        yield from check_durability()
    except UnsafeDatabase as no:
        yield str(no)
    keys = current_app.config["SETTINGS"].keys
    for path in (keys, *sorted(keys.iterdir())):
        if path.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO):
            yield f"{path} can be read by others than its owner: chmod go= {path}"
    broken = audit.broken_at()
    if broken is not None:
        yield f"The record was changed: entry {broken} does not fit the one before it."
