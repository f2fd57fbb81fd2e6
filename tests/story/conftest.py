"""The stage of the stories: a real server on a real file, and people with a real browser.

Stories need SQLite alone. They run the system's Chromium; the one file from the CDN is answered
from the package as it was released, fetched once by npm and kept in ``.cache``.
"""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import tarfile
import tempfile
import threading
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Error, Page, Route, expect, sync_playwright
from werkzeug.serving import WSGIRequestHandler, make_server

from config import HERE
from tests import rounds
from tests.conftest import missing, settings_for
from tests.story.ballots import BALLOT, SEVEN
from werkstatt import create_app
from werkstatt.acts import clerk, join
from werkstatt.db import db
from werkstatt.secrecy import KeyFolder
from werkstatt.web import assets, pulse

CACHE = HERE / ".cache"
# The shell is Chromium without a window to paint: the same pages for a third of the work.
BROWSERS = (
    "chromium-headless-shell",
    "chromium",
    "chromium-browser",
    "google-chrome",
    "google-chrome-stable",
)
ARGUMENTS = [
    "--no-sandbox",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    "--disable-dev-shm-usage",
]
ANNOUNCED = 2  # seconds; long enough to be seen
PATIENCE = 15_000  # milliseconds, for a busy machine


def released_htmx() -> bytes:
    """The pinned htmx, from the cache or by npm; checked against the pinned hash either way."""
    kept = CACHE / f"htmx-{assets.HTMX_VERSION}.min.js"
    if kept.exists() and assets.fits(kept.read_bytes()):
        return kept.read_bytes()
    if shutil.which("npm") is None:
        missing("npm, which brings htmx for the stories,")
    with tempfile.TemporaryDirectory() as folder:
        command = ["npm", "pack", "--silent", f"htmx.org@{assets.HTMX_VERSION}", "--pack-destination", folder]
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=120)
        packed = next(Path(folder).glob("*.tgz"), None)
        if done.returncode or packed is None:
            missing(f"htmx (npm pack: {done.stderr.strip().splitlines()[-1:] or 'no package'})")
        with tarfile.open(packed) as archive:
            data = archive.extractfile("package/dist/htmx.min.js").read()
    assert assets.fits(data), f"the package is not htmx {assets.HTMX_VERSION} as pinned in web/assets.py"
    CACHE.mkdir(exist_ok=True)
    half = kept.with_suffix(f".{os.getpid()}")
    half.write_bytes(data)
    half.replace(kept)  # another worker may have been quicker; it has the same bytes
    return data


@pytest.fixture(scope="session")
def htmx_file() -> bytes:
    return released_htmx()


@contextmanager
def launched(kind, **more):
    """The system's Chromium, headless."""
    program = next(filter(None, map(shutil.which, BROWSERS)), None)
    if program is None:
        missing(f"a browser ({', '.join(BROWSERS[:4])})")
    browser = kind.launch(executable_path=program, args=ARGUMENTS, **more)
    yield browser
    browser.close()


@contextmanager
def chromium():
    """A browser for a whole run."""
    with sync_playwright() as playwright, launched(playwright.chromium) as browser:
        yield browser


@pytest.fixture(scope="module")
def browser():
    """One browser a module; its people have contexts of their own."""
    with chromium() as one:
        yield one


@pytest.fixture
def database_url(sqlite_template, memory) -> str:
    """A copy of the migrated file, without a choice of databases."""
    with tempfile.TemporaryDirectory(dir=memory) as folder:
        file = Path(folder) / "werkstatt.sqlite"
        shutil.copy(sqlite_template, file)
        yield f"sqlite:///{file}"


class Quiet(WSGIRequestHandler):
    def log(self, *args, **kwargs):
        """No address of the ranking is ever logged, and a story is told without noise."""


def whole(app):
    """Answers read to their end and closed here: Werkzeug leaves a file open when the browser goes in the middle."""

    def answer(environ, start_response):
        parts = app(environ, start_response)
        try:
            return [b"".join(parts)]
        finally:
            getattr(parts, "close", bool)()

    return answer


@contextmanager
def serving(folder: Path, url: str, **more):
    """An application behind a threaded server, with its clerk; yields it with its context pushed."""
    listening = socket.socket()
    listening.bind(("127.0.0.1", 0))
    listening.listen(64)
    port = str(listening.getsockname()[1])
    facts = {"WERKSTATT_PORT": port, "WERKSTATT_ANNOUNCE": str(ANNOUNCED), **more}
    app = create_app(settings_for(folder, url, **facts))
    server = make_server(
        "127.0.0.1", int(port), whole(app), threaded=True, request_handler=Quiet, fd=listening.fileno()
    )
    over = threading.Event()
    keys = KeyFolder(app.config["SETTINGS"].keys)
    threads = [
        threading.Thread(target=server.serve_forever, name="server"),
        threading.Thread(target=clerk.run, args=(app, keys, over), name="clerk"),
    ]
    for thread in threads:
        thread.start()
    try:
        with app.app_context():
            yield app
            db.session.remove()
    finally:
        over.set()
        server.shutdown()
        for thread in threads:
            thread.join()
        server.server_close()
        listening.close()
        with app.app_context():
            db.engine.dispose()


@pytest.fixture
def app(database_url, tmp_path, monkeypatch):
    """The served application; pages ask twice as often as in a room."""
    monkeypatch.setattr(pulse, "ASK_AGAIN", {True: 800, False: 800})
    with serving(tmp_path, database_url) as app:
        yield app


def cookie_of(app, account_id: int, login: str | None = None) -> dict:
    """The cookie of a fresh login of this account, for a browser."""
    token = login or join.begin_login(account_id, hours=2)
    db.session.commit()
    value = app.session_interface.get_signing_serializer(app).dumps({"_user_id": token, "_fresh": True})
    return {"name": app.config["SESSION_COOKIE_NAME"], "value": value, "url": app.config["SETTINGS"].base_url}


class Guest:
    """A person with a browser: pages are checked for errors while they are used.

    :ivar allowed: parts of console messages that this story provokes on purpose.
    :ivar asked: the questions of the browser's dialogs ("beforeunload" for the one without words).
    :ivar agrees: what is answered to them.
    """

    def __init__(self, name: str, context: BrowserContext, base: str, *, script: bool):
        self.name, self.context, self.base, self.script = name, context, base, script
        self.wrong: list[str] = []
        self.allowed: tuple[str, ...] = ()
        self.asked: list[str] = []
        self.agrees = True
        self.page = self.open()

    def open(self) -> Page:
        """One more tab."""
        page = self.context.new_page()
        page.set_default_timeout(PATIENCE)
        page.on("console", self._console)
        page.on("pageerror", lambda error: self.wrong.append(f"page error: {error}"))
        page.on("dialog", self._dialog)
        return page

    def _dialog(self, dialog) -> None:
        self.asked.append(dialog.message or dialog.type)
        if self.agrees:
            dialog.accept()
        else:
            dialog.dismiss()

    def _console(self, message) -> None:
        if message.type in ("error", "warning"):
            self.wrong.append(f"{message.type} on {message.location.get('url')}: {message.text}")

    def faults(self) -> list[str]:
        return [one for one in self.wrong if not any(part in one for part in self.allowed)]

    def go(self, path: str) -> Page:
        self.page.goto(path if path.startswith("http") else self.base + path, wait_until="commit")
        return self.page

    def press(self, name: str, within=None, **how) -> None:
        """Press the one button or link of this name."""
        where = within or self.page
        named = where.get_by_role("button", name=name, exact=True, **how)
        named.or_(where.get_by_role("link", name=name, exact=True, **how)).click()

    def fill(self, label: str, text: str, within=None) -> None:
        (within or self.page).get_by_label(label, exact=True).fill(text)

    def until(self, truth: str) -> None:
        """Wait until this expression is true in the page, which allows no script to be made of text while it waits."""
        for _ in range(PATIENCE // 50):
            if self.page.evaluate(truth):
                return
            self.page.wait_for_timeout(50)
        raise AssertionError(f"not true in {PATIENCE} ms: {truth}")

    def heading(self):
        return self.page.get_by_role("heading", level=1)


def reloaded(page: Page) -> None:
    """Load it again; a page without the script that does so by itself may be doing it just now."""
    for _ in range(5):
        try:
            page.reload()
            return
        except Error as no:
            if "Not attached" not in str(no):
                raise
            page.wait_for_timeout(200)
    raise AssertionError(f"{page.url} is never still")


def answer_cdn(context: BrowserContext, way: str, file: bytes) -> None:
    """How the CDN behaves today: good, refused, silent, tampered."""
    headers = {"access-control-allow-origin": "*", "content-type": "text/javascript"}

    def answer(route: Route) -> None:
        if way == "good":
            route.fulfill(body=file, headers=headers)
        elif way == "tampered":
            route.fulfill(body=file + b"\n/* and more */", headers=headers)
        elif way == "refused":
            route.abort("connectionrefused")
        # silent: connected, and never a word

    context.route(assets.HTMX.src, answer)


@pytest.fixture
def guest(app, browser: Browser, htmx_file):
    """``guest("petra", account_id)``: a person with a browser of their own, logged in or not."""
    came: list[Guest] = []

    def come(
        name: str,
        account_id: int | None = None,
        *,
        script: bool = True,
        cdn: str = "good",
        locale: str = "de-DE",
        **how,
    ) -> Guest:
        context = browser.new_context(
            locale=locale, timezone_id="Europe/Berlin", java_script_enabled=script, **how
        )
        answer_cdn(context, cdn, htmx_file)
        if account_id is not None:
            context.add_cookies([cookie_of(app, account_id)])
        one = Guest(name, context, app.config["SETTINGS"].base_url, script=script)
        came.append(one)
        return one

    yield come
    wrong = {one.name: one.faults() for one in came if one.faults()}
    for one in came:
        one.context.close()
    assert not wrong, f"pages complained: {wrong}"


@pytest.fixture
def open_round(app, house):
    """Seven items, an open round."""
    return rounds.opened(app, house, SEVEN)


@pytest.fixture
def sits_down(guest, house, open_round):
    """``sits_down("petra")``: that person at a laptop with the ballot on it."""

    def sit(name: str, **how):
        one = guest(name, house.people[name].id, **how)
        one.go(f"/sessions/{house.session.id}")
        expect(one.heading()).to_have_text(BALLOT)
        return one

    return sit
