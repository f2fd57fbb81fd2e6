"""Start and stop the servers: ``python -m werkstatt.cli.serve run | serve | clerk``.

``run`` is one process for one machine: loopback, the demo in an empty database, the clerk as a
thread. ``serve`` is the production server: granian with two processes of one thread, the clerk
as a process of its own; never the demo. ``clerk`` is that process, and may run on a second host.
Nothing of a request is ever written to the output: no address of the ranking room is logged.
"""

from __future__ import annotations

import argparse
import contextlib
import functools
import os
import signal
import sys
import threading
import time
from dataclasses import replace
from pathlib import Path

from flask import Flask

from config import BadSetting, Settings

from . import ready
from .clerkship import CLERK_HERE
from .ready import NotReady

ALL_ADDRESSES = "0.0.0.0"
LAST_WORDS = 5  # seconds in which open requests and the clerk's step may end


def main(arguments: list[str] | None = None) -> int:
    """Do one of the three; returns the exit status. What cannot be done is one sentence."""
    parser = argparse.ArgumentParser(prog="werkstatt", description=__doc__.splitlines()[0])
    parser.add_argument("what", choices=("run", "serve", "clerk"))
    what = parser.parse_args(arguments).what
    try:
        settings = Settings.from_environment()
        settings.make_folders()
        {"run": run, "serve": serve, "clerk": clerk}[what](settings)
    except (BadSetting, NotReady) as no:
        print(no, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        pass
    return 0


def say(text: str = "") -> None:
    print(text, flush=True)


# -- one machine ---------------------------------------------------------------------------------


def run(settings: Settings) -> None:
    """The demo server: until Ctrl-C or SIGTERM."""
    from werkzeug.serving import WSGIRequestHandler, make_server

    from ..acts.office import start

    class Silent(WSGIRequestHandler):
        def log(self, type, message, *values):
            """Nothing: an access log would say who voted when."""

    if not ready.is_loopback(settings.host):
        raise NotReady(
            "make run serves this machine alone (WERKSTATT_HOST=127.0.0.1). For everybody: make serve."
        )
    settings = replace(settings, smtp_url=settings.smtp_url or "console:")
    with contextlib.closing(ready.listening(settings.host, settings.port)) as door:
        app = ready.application(settings)
        stop_on_signals()
        with starting(app):
            ready.migrate(app)
            warnings = ready.durability()
            if start.is_empty():
                from ..demo import load

                say("Loading the demo process ...")
                load(settings)
            demo = start.is_demo()
            look_at_keys(settings)
            repeat_erasures(settings)
        server = make_server(
            settings.host, settings.port, app, threaded=True, request_handler=Silent, fd=door.fileno()
        )
    for warning in warnings:
        say(f"Warning: {warning}")
    say(f"Werkstatt: http://{settings.host}:{settings.port}   (Ctrl-C ends it)")
    if demo:
        from ..demo import logins

        say(logins())
    if settings.mail == "console":
        say("Mail is not set up (WERKSTATT_SMTP_URL): what would be sent is printed here.")
    with clerk_thread(app, settings):
        try:
            server.serve_forever()
        finally:
            server.server_close()
    say("Werkstatt has ended.")


# -- production ----------------------------------------------------------------------------------


def serve(settings: Settings) -> None:
    """The production server: until Ctrl-C or SIGTERM."""
    host = os.environ.get("WERKSTATT_HOST") or ALL_ADDRESSES
    settings = replace(settings, host=host)
    ready.listening(host, settings.port).close()
    app = ready.application(settings)
    if weak := settings.weak_secret():
        raise NotReady(weak)
    if app.debug:
        raise NotReady("Debug mode shows strangers the inside of the server. Unset FLASK_DEBUG.")
    with starting(app):
        ready.migrate(app)
        warnings = ready.durability()
        link = first_link()
        alone = ready.one_process_only()
        look_at_keys(settings)
        repeat_erasures(settings)
    announce(settings, warnings, link, alone)
    os.environ["WERKSTATT_HOST"] = host
    if alone:
        os.environ[CLERK_HERE] = "1"
    os.environ.setdefault("MALLOC_ARENA_MAX", "2")  # a worker has many threads, and one of them works
    # This process has all of the application in its memory and needs none of it any more.
    os.execv(sys.executable, [sys.executable, "-m", "werkstatt.cli.workers"])


def worker() -> Flask:
    """The application of one server process; for its one process also the clerk, if it must be there."""
    from ..acts.row import InTurn
    from ..web import hangup
    from ..web.casting import Awaited
    from ..web.cookies import login_in
    from ..web.intake import WholeBody

    settings = Settings.from_environment()
    app = ready.application(settings, migrations=False)
    app.wsgi_app = whole = WholeBody(Awaited(InTurn(app.wsgi_app)), login_in(app))
    hangup.watch(whole.patience, settings.port)
    if os.environ.get(CLERK_HERE):
        # Kept with the app: a context that nobody holds is closed at once, and the clerk with it.
        app.extensions["clerk"] = clerk_thread(app, settings)
        app.extensions["clerk"].__enter__()
    watch_parent()
    return app


def watch_parent() -> None:
    """End this process with the one that started it."""
    threading.Thread(target=end_with, args=(os.getppid(),), name="parent's watcher", daemon=True).start()


def end_with(parent: int) -> None:
    """End this process when the server that started it was killed: nobody else would free the port."""
    while os.getppid() == parent:
        time.sleep(1)
    os.kill(os.getpid(), signal.SIGTERM)


def first_link() -> str | None:
    """Refuse the demo; make the first admin of an empty database and return the one-time link."""
    from ..acts.office import start
    from ..db import db
    from .commands import invitation_url

    if start.is_demo():
        raise NotReady(
            "This database holds demo accounts, whose password everybody knows. Serve another one, "
            "for example WERKSTATT_INSTANCE=/srv/werkstatt."
        )
    if not start.is_empty():
        return None
    url = invitation_url(start.first_admin())
    db.session.commit()
    return url


def announce(settings: Settings, warnings: list[str], link: str | None, alone: bool) -> None:
    """What whoever starts the server must know."""
    there = ready.own_address() if settings.host in (ALL_ADDRESSES, "::") else settings.host
    say(f"Werkstatt: http://{there}:{settings.port}   (Ctrl-C ends it)")
    for warning in warnings:
        say(f"Warning: {warning}")
    if alone:
        say("Warning: one server process only, with the clerk inside it.")
    if not settings.https:
        say(
            "Warning: unverschlüsselt im WLAN. Whoever shares the network can read along, ballots too. "
            "Put a proxy with TLS in front (deploy/) and set WERKSTATT_HTTPS=1."
        )
    if settings.base_url == f"http://127.0.0.1:{settings.port}":
        say(
            f"Warning: links and QR codes will name {settings.base_url}, which only this machine understands. "
            f"Set WERKSTATT_BASE_URL, for example http://{there}:{settings.port}."
        )
    if not settings.mail:
        say(
            "Warning: mail is not set up, so nobody can be invited or log in by mail. "
            "Set WERKSTATT_SMTP_URL (smtp://user:password@host:587) and WERKSTATT_MAIL_FROM."
        )
    if link:
        from ..acts.office import start

        say(f"The first admin ({start.FIRST_ADDRESS}) chooses a password with this one-time link:")
        say(f"  {link}")
        say("If it gets lost: flask --app werkstatt admin link")


# -- the clerk -----------------------------------------------------------------------------------


def clerk(settings: Settings) -> None:
    """The clerk alone, until SIGTERM."""
    stop_on_signals()
    app = ready.application(settings, migrations=False)
    with clerk_thread(app, settings) as thread:
        thread.join()


def clerk_of_server() -> None:
    """The clerk of a server on this machine: it ends with the process that forked it."""
    watch_parent()
    with contextlib.suppress(KeyboardInterrupt):
        clerk(Settings.from_environment())


@contextlib.contextmanager
def clerk_thread(app: Flask, settings: Settings):
    """The clerk at work in a thread of this process; its step is finished before this ends.

    Mail and backups go in threads of their own: a mail server that does not answer, or a slow disk,
    never delays a close.
    """
    from ..acts import backup, post
    from ..acts import clerk as work
    from ..secrecy import KeyFolder

    keys, stop = KeyFolder(settings.keys), threading.Event()
    carrier = post.carrier_for(settings.smtp_url, settings.mail_from)
    thread = threading.Thread(target=work.run, args=(app, keys, stop), name="clerk", daemon=True)
    postman = threading.Thread(
        target=post.run, args=(app, carrier, settings.mail_from, stop), name="postman", daemon=True
    )
    elsewhere = functools.partial(in_copy, settings)
    keeper = threading.Thread(
        target=backup.run, args=(app, settings, stop, elsewhere), name="backup", daemon=True
    )
    for one in (thread, postman, keeper):
        one.start()
    try:
        yield thread
    finally:
        stop.set()
        thread.join(LAST_WORDS)
        postman.join(1)  # a mail in its hand is claimed, and sent by the next one
        keeper.join(1)  # a half backup is none, and is swept away by the next one


def look_at_keys(settings: Settings) -> None:
    """Interrupt the rounds of a restored database, and remove keys of openings that were never committed.

    Only here, before anything can be opened.
    """
    from ..acts import clerk, copies
    from ..secrecy import KeyFolder

    keys = KeyFolder(settings.keys)
    if interrupted := copies.start(keys):
        say(
            f"This database is an older copy: {interrupted} open rounds lack what was cast since then. "
            "They are interrupted and must be repeated (see the console)."
        )
    clerk.sweep_keys(keys)


@contextlib.contextmanager
def in_copy(settings: Settings, file: Path):
    """The context of an application whose database is this file, for as long as it takes."""
    from .. import create_app

    with starting(
        create_app(replace(settings, database_url=f"sqlite:///{file.absolute()}"), migrations=False)
    ):
        yield


def repeat_erasures(settings: Settings) -> None:
    """A restored backup brings nothing back that was deleted or blacked out; before anybody can read."""
    from ..acts import privacy
    from ..secrecy import KeyFolder

    again = privacy.reconcile(privacy.Journal(settings.keys, settings.instance), KeyFolder(settings.keys))
    if again:
        say(f"{again} deletions and redactions were done again in this older database.")


def stop_on_signals() -> None:
    """SIGTERM ends a server as Ctrl-C does."""

    def end(_signal, _frame):
        raise KeyboardInterrupt

    for sign in (signal.SIGTERM, signal.SIGINT):
        signal.signal(sign, end)


@contextlib.contextmanager
def starting(app: Flask):
    """The app's context for a while; nothing that was read is held open afterwards."""
    from ..db import db

    with app.app_context():
        try:
            yield
        finally:
            db.session.remove()
            db.engine.dispose()


if __name__ == "__main__":
    sys.exit(main())
