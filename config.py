"""Every setting of Werkstatt, read once from the environment.

All names begin with ``WERKSTATT_``, so that two installations can run side by side
on one machine. A setting that makes no sense stops the start with one sentence
(:class:`BadSetting`); nothing is guessed.
"""

from __future__ import annotations

import os
import re
import secrets
from contextlib import suppress
from dataclasses import dataclass
from email.utils import parseaddr
from pathlib import Path
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from click import ClickException

SHORTEST_SECRET, FEWEST_SIGNS = 32, 10
PLACEHOLDER = re.compile(r"change.?me|secret|password|example|placeholder|default", re.IGNORECASE)
HERE = Path(__file__).resolve().parent


class BadSetting(ClickException):
    """A setting cannot be used. Its text is one sentence for the person who starts the server.

    On the command line it is shown as just that sentence, without a traceback.
    """


@dataclass(frozen=True)
class Settings:
    """One installation's settings; times are in seconds unless the name says otherwise."""

    instance: Path
    keys: Path
    backups: Path | None
    backups_kept: int
    database_url: str
    host: str
    port: int
    base_url: str
    secret_key: str
    https: bool
    proxies: int
    announce: int
    grace: int
    login_hours: int
    time_zone: str
    local_htmx: bool
    smtp_url: str
    mail_from: str

    @classmethod
    def from_environment(cls, environ: dict[str, str] | None = None) -> Settings:
        """Read the settings; create nothing.

        :raises BadSetting: naming the variable and what it may hold.
        """
        env = os.environ if environ is None else environ
        instance = Path(env.get("WERKSTATT_INSTANCE") or HERE / "instance").absolute()
        keys = Path(env.get("WERKSTATT_KEYS") or instance.with_name(instance.name + "-keys")).absolute()
        if keys == instance or instance in keys.parents:
            raise BadSetting(
                "WERKSTATT_KEYS must not lie inside WERKSTATT_INSTANCE: what is backed up must not hold the keys."
            )
        backups = _backups(env, instance, keys)
        url = env.get("WERKSTATT_DATABASE_URL") or f"sqlite:///{instance / 'werkstatt.sqlite'}"
        if not url.startswith(("sqlite:///", "postgresql+psycopg://")):
            raise BadSetting("WERKSTATT_DATABASE_URL must begin with sqlite:/// or postgresql+psycopg://.")
        port = _whole(env, "WERKSTATT_PORT", 5000, 1, 65535)
        zone = env.get("WERKSTATT_TIME_ZONE", "Europe/Berlin")
        try:
            ZoneInfo(zone)
        except (KeyError, ValueError) as no:
            raise BadSetting(f"WERKSTATT_TIME_ZONE: {zone!r} is not a known time zone.") from no
        return cls(
            instance=instance,
            keys=keys,
            backups=backups,
            backups_kept=_whole(env, "WERKSTATT_BACKUPS_KEPT", 14, 1, 365),
            database_url=url,
            host=env.get("WERKSTATT_HOST", "127.0.0.1"),
            port=port,
            base_url=env.get("WERKSTATT_BASE_URL", f"http://127.0.0.1:{port}").rstrip("/"),
            secret_key=env.get("WERKSTATT_SECRET_KEY", ""),
            https=_yes(env, "WERKSTATT_HTTPS"),
            proxies=_whole(env, "WERKSTATT_PROXIES", 0, 0, 5),
            announce=_whole(env, "WERKSTATT_ANNOUNCE", 60, 0, 600),
            grace=_whole(env, "WERKSTATT_GRACE", 15, 0, 120),
            login_hours=_whole(env, "WERKSTATT_LOGIN_HOURS", 14, 1, 24 * 14),
            time_zone=zone,
            local_htmx=_yes(env, "WERKSTATT_LOCAL_HTMX"),
            smtp_url=_smtp_url(env),
            mail_from=_mail_from(env),
        )

    @property
    def mail(self) -> str:
        """How mail goes out: ``"smtp"``, ``"console"`` (printed where the server runs), or ``""``: not at all."""
        return "smtp" if self.smtp_url.startswith("smtp") else self.smtp_url.rstrip(":")

    def make_folders(self) -> None:
        """Create the instance and key folders, the latter readable by the owner alone."""
        for folder, mode in ((self.instance, 0o750), (self.keys, 0o700)):
            try:
                folder.mkdir(mode=mode, parents=True, exist_ok=True)
            except OSError as no:
                raise BadSetting(f"The folder {folder} cannot be created: {no.strerror}.") from no
            if not os.access(folder, os.W_OK | os.X_OK):
                raise BadSetting(f"The folder {folder} is not writable for this user.")
        file = self.database_url.removeprefix("sqlite:///").partition("?")[0]
        if self.database_url.startswith("sqlite:///") and file not in ("", ":memory:"):
            self._close_to_others(
                self.instance / file
            )  # a relative path begins there, as Flask-SQLAlchemy reads it

    @staticmethod
    def _close_to_others(file: Path) -> None:
        """The database is its owner's alone, and so are the files beside it, which take its mode."""
        with suppress(OSError):  # said by whoever opens it
            os.close(os.open(file, os.O_CREAT | os.O_RDONLY, 0o600))
            file.chmod(0o600)

    def weak_secret(self) -> str | None:
        """Why a secret that was set is none for production: a placeholder, or too regular."""
        given = self.secret_key
        repeats = any(given[: len(given) - step] == given[step:] for step in range(1, len(given) // 2 + 1))
        if given and (repeats or len(set(given)) < FEWEST_SIGNS or PLACEHOLDER.search(given)):
            return (
                "WERKSTATT_SECRET_KEY looks like a placeholder, which others may guess. Leave it out, and one is"
                " made; or set a random one."
            )
        return None

    def secret(self) -> str:
        """The secret that signs cookies and pulses: the setting, or a file made once beside the keys."""
        if self.secret_key:
            if len(self.secret_key) < SHORTEST_SECRET:
                raise BadSetting(f"WERKSTATT_SECRET_KEY must have at least {SHORTEST_SECRET} characters.")
            return self.secret_key
        file = self.keys / "cookie.secret"
        try:
            handle = os.open(file, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
        except FileExistsError:
            kept = file.read_text()
            if (
                len(kept) < SHORTEST_SECRET
            ):  # cut short by a full disk or a crash: it would sign nothing safely
                raise BadSetting(
                    f"{file} is damaged. Remove it and start again; everybody logs in anew."
                ) from None
            return kept
        with os.fdopen(handle, "w") as out:
            out.write(secrets.token_hex(32))
        return file.read_text()


def _whole(env: dict[str, str], name: str, default: int, low: int, high: int) -> int:
    text = env.get(name) or str(default)
    if not text.isascii() or not text.isdigit() or not low <= int(text) <= high:
        raise BadSetting(f"{name} must be a whole number from {low} to {high}, not {text!r}.")
    return int(text)


def _backups(env: dict[str, str], instance: Path, keys: Path) -> Path | None:
    """Where the clerk keeps backups: beside the instance, elsewhere, or (``off``) nowhere."""
    given = env.get("WERKSTATT_BACKUPS") or ""
    if given.lower() == "off":
        return None
    folder = Path(given or instance.with_name(instance.name + "-backups")).absolute()
    if folder == keys or keys in folder.parents or folder in keys.parents:
        raise BadSetting(
            "WERKSTATT_BACKUPS and WERKSTATT_KEYS must lie apart: whoever has a backup must not have the keys."
        )
    return folder


def _smtp_url(env: dict[str, str]) -> str:
    """``smtp://user:password@host:587`` (STARTTLS where offered), ``smtps://host``, ``console:``, or nothing."""
    url = env.get("WERKSTATT_SMTP_URL") or ""
    if url in ("", "console:"):
        return url
    parts, fits = urlsplit(url), False
    with suppress(ValueError):  # of a port that is no number
        fits = parts.scheme in ("smtp", "smtps") and bool(parts.hostname) and (parts.port or 25) > 0
    if not fits or parts.path.strip("/") or parts.query not in ("", "tls=no"):
        raise BadSetting(
            "WERKSTATT_SMTP_URL must be like smtp://user:password@host:587, smtps://host:465 or console:, "
            "with signs such as @ in user and password written as %40."
        )
    return url


def _mail_from(env: dict[str, str]) -> str:
    """The sender of all mail: ``Werkstatt <werkstatt@example.org>``."""
    sender = env.get("WERKSTATT_MAIL_FROM") or ""
    if not sender and (env.get("WERKSTATT_SMTP_URL") or "").startswith("smtp"):
        raise BadSetting(
            "WERKSTATT_MAIL_FROM must be set with WERKSTATT_SMTP_URL: who is the sender of mail?"
        )
    if not sender:
        return "Werkstatt <werkstatt@localhost>"
    name, address = parseaddr(sender)
    if not re.fullmatch(r"[^@\s<>]+@[^@\s<>]+", address) or not (sender + name).isprintable():
        raise BadSetting("WERKSTATT_MAIL_FROM must be an address like Werkstatt <werkstatt@example.org>.")
    return sender


def _yes(env: dict[str, str], name: str) -> bool:
    text = (env.get(name) or "0").lower()
    if text not in ("0", "1", "no", "yes", "false", "true"):
        raise BadSetting(f"{name} must be 0 or 1, not {text!r}.")
    return text in ("1", "yes", "true")
