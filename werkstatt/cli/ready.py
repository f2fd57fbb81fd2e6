"""What must hold before a server starts; whatever does not is :class:`NotReady`, one sentence."""

from __future__ import annotations

import contextlib
import errno
import io
import ipaddress
import logging
import socket

from flask import Flask
from sqlalchemy.exc import SQLAlchemyError

from config import BadSetting, Settings

from ..acts import rank
from ..db import UnsafeDatabase, check_durability, old_sqlite


class NotReady(Exception):
    """The server cannot start; the text is one sentence that says what to do."""


def application(settings: Settings, *, migrations: bool = True) -> Flask:
    """The application, or one sentence why not."""
    from .. import create_app

    try:
        return create_app(settings, migrations=migrations)
    except BadSetting as no:
        raise NotReady(str(no)) from no
    except ModuleNotFoundError as no:
        if no.name and no.name.startswith("psycopg"):
            raise NotReady("PostgreSQL needs its driver: pip install 'werkstatt[postgresql]'.") from no
        raise


def migrate(app: Flask) -> None:
    """Bring the database's tables to this version. Needs the app's context."""
    from flask_migrate import upgrade

    said = io.StringIO()
    catcher = logging.StreamHandler(said)
    log = logging.getLogger("flask_migrate")
    log.addHandler(catcher)
    log.propagate = False
    try:
        upgrade()
    except SystemExit as no:  # that is how Flask-Migrate refuses
        raise NotReady(
            f"The database cannot be brought to this version ({said.getvalue().strip() or 'no reason given'}). "
            "Is it of a newer Werkstatt? Nothing was changed."
        ) from no
    except SQLAlchemyError as no:
        reason = str(getattr(no, "orig", None) or no).strip().splitlines()[0]
        raise NotReady(f"The database does not answer as it should: {reason}") from no
    finally:
        log.removeHandler(catcher)
        log.propagate = True


def durability() -> list[str]:
    """The database's warnings; it refuses where a saved ballot could be lost."""
    try:
        return check_durability()
    except UnsafeDatabase as no:
        raise NotReady(str(no)) from no


def one_process_only() -> bool:
    """Whether the SQLite library is too old for a second process on the same file."""
    return bool(old_sqlite())


def nobody_else_writes() -> None:
    """Refuse a writing command beside a running server where the library bears one process only.

    :raises NotReady: a server's clerk holds the lease.
    """
    if one_process_only() and rank.clerk_works():
        raise NotReady(
            f"The server is running, and the embedded SQLite library ({old_sqlite()}) is safe for one process"
            " only. Stop the server first, or install the package pysqlite3. Nothing was changed."
        )


def listening(host: str, port: int) -> socket.socket:
    """A socket that already listens, so that a taken port is noticed before anything is done."""
    found = None
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        found = socket.socket(family, kind, protocol)
        found.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        found.bind(address)
        found.listen(128)
    except OSError as no:
        if found is not None:
            found.close()
        raise NotReady(_why(no, host, port)) from no
    return found


def _why(no: OSError, host: str, port: int) -> str:
    if isinstance(no, socket.gaierror) or no.errno == errno.EADDRNOTAVAIL:
        return f"WERKSTATT_HOST: {host!r} is no address of this machine."
    if no.errno == errno.EADDRINUSE:
        free = port + 1 if port < 65535 else 5000
        return f"Port {port} on {host} is taken. Choose another one, for example WERKSTATT_PORT={free}."
    if no.errno == errno.EACCES:
        return (
            f"Port {port} is not open to this user. Choose one above 1023, for example WERKSTATT_PORT=5000."
        )
    return f"Port {port} on {host} cannot be used: {no.strerror}."


def is_loopback(host: str) -> bool:
    """Whether only this machine itself can reach the address."""
    if host == "localhost":
        return True
    with contextlib.suppress(ValueError):
        return ipaddress.ip_address(host).is_loopback
    return False


def own_address() -> str:
    """This machine's address as others in the network see it; asks nobody."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe, contextlib.suppress(OSError):
        probe.connect(("192.0.2.1", 9))  # an address reserved for documentation; nothing is sent
        return probe.getsockname()[0]
    return "127.0.0.1"
