"""The cast and the stage: a real database, a real application, named people.

Every test that asks for ``app`` runs on SQLite and, where a server answers, on PostgreSQL. The
database is built by the migrations once a run and emptied for every test. SQLite's file lies in
memory where the machine has such a folder: no test here outlives the machine, and those that do
(``tests/urn``) have disks of their own.
"""

from __future__ import annotations

import os
import secrets
import shutil
import tempfile
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text

from config import Settings
from tests.browsing import Browser
from tests.compiled import compile_once
from werkstatt import create_app
from werkstatt.acts import Actor, clerk, join
from werkstatt.acts.rank import ending
from werkstatt.db import Base, begin_write, db
from werkstatt.models import (
    Account,
    Membership,
    Organiser,
    Process,
    Sector,
    Session,
    Theme,
    Workshop,
)
from werkstatt.terms import MemberState, Phase, Role, Rollup
from werkstatt.web.pulse import Pulse

IN_CI = os.environ.get("CI") == "true"
POSTGRESQL = os.environ.get("WERKSTATT_TEST_POSTGRESQL", "")
BACKENDS = os.environ.get("WERKSTATT_TEST_BACKENDS", "sqlite,postgresql").split(",")
ROOM_IN_MEMORY = 256 * 1024 * 1024  # bytes


compile_once()


def pytest_generate_tests(metafunc):
    if "backend" in metafunc.fixturenames:
        embedded = metafunc.definition.get_closest_marker("embedded")
        long = metafunc.definition.get_closest_marker("soak_on_postgresql")
        marks = {"postgresql": [pytest.mark.soak] if long else []}
        fitting = [
            pytest.param(one, marks=marks.get(one, ())) for one in BACKENDS if one == "sqlite" or not embedded
        ]
        metafunc.parametrize("backend", fitting, scope="session")


def pytest_xdist_auto_num_workers(config) -> int:
    """One worker more than there are processors: stories wait for a page or a clock, and others work meanwhile."""
    return len(os.sched_getaffinity(0)) + 1 if hasattr(os, "sched_getaffinity") else os.cpu_count()


def pytest_collection_modifyitems(items):
    """The long stories in the browser come first, so that no worker is left alone with them at the end."""
    items.sort(key=lambda item: "browser" not in item.keywords)


def missing(what: str):
    """Skip on a user's machine with one clear line; fail in CI."""
    if IN_CI:
        pytest.fail(f"{what} is missing, and CI must have it")
    pytest.skip(f"{what} is missing on this machine")


def settings_for(folder: Path, url: str, **more) -> Settings:
    """Settings of a test installation: no grace, no announcement."""
    environ = {
        "WERKSTATT_INSTANCE": str(folder / "instance"),
        "WERKSTATT_KEYS": str(folder / "keys"),
        "WERKSTATT_DATABASE_URL": url,
        "WERKSTATT_SECRET_KEY": "test-" * 8,
        "WERKSTATT_ANNOUNCE": "0",
        "WERKSTATT_GRACE": "0",
        "WERKSTATT_SMTP_URL": "console:",  # mail is set up; a postman works only where a test sends one
        **more,
    }
    return Settings.from_environment(environ)


def migrated(settings: Settings) -> None:
    """Build the tables by walking the migrations."""
    from flask_migrate import upgrade

    app = create_app(settings)
    with app.app_context():
        upgrade()
        db.engine.dispose()


@pytest.fixture(scope="session")
def memory(tmp_path_factory) -> Path:
    """A folder that no disk slows down; an ordinary one where there is none, or little room in it."""
    shared = Path("/dev/shm")
    if not os.access(shared, os.W_OK) or shutil.disk_usage(shared).free < ROOM_IN_MEMORY:
        yield tmp_path_factory.mktemp("memory")
        return
    with tempfile.TemporaryDirectory(dir=shared, prefix="werkstatt-test-") as folder:
        yield Path(folder)


@pytest.fixture(scope="session")
def sqlite_template(memory) -> Path:
    """One migrated, empty SQLite file; tests copy it."""
    folder = memory / "template"
    folder.mkdir()
    settings = settings_for(folder, f"sqlite:///{folder / 'template.sqlite'}")
    settings.make_folders()
    migrated(settings)
    return folder / "template.sqlite"


@pytest.fixture(scope="session")
def postgresql_url(worker_id, tmp_path_factory) -> str:
    """One migrated PostgreSQL database for this worker, dropped at the end."""
    if not POSTGRESQL:
        missing("a PostgreSQL server (WERKSTATT_TEST_POSTGRESQL)")
    name = f"werkstatt_test_{worker_id}_{secrets.token_hex(3)}"
    admin = create_engine(POSTGRESQL, isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        connection.execute(text(f'CREATE DATABASE "{name}"'))
    url = POSTGRESQL.rsplit("/", 1)[0] + f"/{name}"
    settings = settings_for(tmp_path_factory.mktemp("pg"), url)
    migrated(settings)
    yield url
    with admin.connect() as connection:
        connection.execute(text(f'DROP DATABASE "{name}" WITH (FORCE)'))
    admin.dispose()


@pytest.fixture(scope="session")
def worker_id(request) -> str:
    """The xdist worker, or "main" when tests run in one process."""
    return getattr(request.config, "workerinput", {}).get("workerid", "main")


@pytest.fixture
def database_url(backend, request) -> str:
    return emptied(backend, request)


def emptied(backend: str, request) -> str:
    """The address of the worker's database of this kind, without a row."""
    if backend == "sqlite":
        template = request.getfixturevalue("sqlite_template")
        file = template.with_name("werkstatt.sqlite")
        for stale in template.parent.glob("werkstatt.sqlite*"):
            stale.unlink()
        shutil.copy(template, file)
        return f"sqlite:///{file}"
    request.getfixturevalue("empty")()
    return request.getfixturevalue("postgresql_url")


@pytest.fixture(scope="session")
def empty(postgresql_url):
    """Takes every row out of the worker's database, in one message over a line that stays open."""
    engine = create_engine(postgresql_url)
    made_once = "installation"  # by the migration
    tables = [table for table in reversed(Base.metadata.sorted_tables) if table.name != made_once]
    everything = ";".join(str(table.delete()) for table in tables)

    def empty() -> None:
        with engine.begin() as connection:
            connection.exec_driver_sql(everything)

    yield empty
    engine.dispose()


@pytest.fixture(scope="session")
def built() -> dict:
    """Applications that were built already, by database: building one takes longer than most tests."""
    made = {}
    yield made
    for app in made.values():
        with app.app_context():
            db.engine.dispose()


@pytest.fixture
def app(database_url, tmp_path, built):
    """The application with its context pushed, with folders and a pulse of its own for every test."""
    with on_stage(built, database_url, tmp_path) as app:
        yield app


@contextmanager
def on_stage(built: dict, url: str, folder: Path):
    """The application of this database, with its context pushed. A server's connections are kept for the next."""
    settings = settings_for(folder, url)
    app = built.get(url)
    if app is None:
        app = built[url] = create_app(settings)
        app.inner = app.wsgi_app.inner
    settings.make_folders()
    app.instance_path = str(settings.instance)
    app.test_client_class = None
    clerk.failures.clear()
    ending.latest.clear()
    app.wsgi_app = Pulse(app, app.inner, app.config["SECRET_KEY"])
    app.config.update(SETTINGS=settings, TESTING=True, PROPAGATE_EXCEPTIONS=False)
    with app.app_context():
        yield app
        db.session.remove()
        if url.startswith("sqlite"):
            db.engine.dispose()


@dataclass
class House:
    """One process with one workshop and one session, and the people in it.

    Ines Adler organises for the ministry's office; Mona Richter moderates at the front; Heiko
    Lang helps at the desk; Otto Beyer watches. Petra (machine builder, Chemnitz), Samuel
    (Fraunhofer institute, Dresden) and Vera (district office, Bautzen) take part; Paul waits to
    be let in. Franka takes part in another workshop of another process, which Gregor moderates.
    """

    process: Process
    themes: list[Theme]
    sectors: list[Sector]
    workshop: Workshop
    session: Session
    other_workshop: Workshop
    other_session: Session
    people: dict[str, Account]

    def actor(self, name: str) -> Actor:
        """A person as verbs need them."""
        return join.actor(self.workshop.id, self.people[name].id)

    def in_phase(self, phase: Phase) -> House:
        """Put the session into a phase, directly."""
        begin_write()
        self.session.phase = phase
        db.session.commit()
        return self

    def member(self, name: str) -> Membership:
        return (
            db.session.query(Membership)
            .filter_by(workshop_id=self.workshop.id, account_id=self.people[name].id)
            .one()
        )

    def crowd(self, many: int, sector: int = 0) -> list[Account]:
        """More participants of one sector, present."""
        begin_write()
        accounts = [Account(name=f"Gast {sector}-{n}") for n in range(many)]
        db.session.add_all(accounts)
        db.session.flush()
        db.session.add_all(
            Membership(
                workshop_id=self.workshop.id,
                account_id=account.id,
                sector_id=self.sectors[sector].id,
                state=MemberState.CHECKED_IN,
            )
            for account in accounts
        )
        db.session.commit()
        return accounts


@pytest.fixture
def house(app) -> House:
    """The usual stage, in phase prepare."""
    begin_write()
    process, other = _process("Industrie der Zukunft"), _process("Gesundheit im Land")
    themes = [
        Theme(process_id=process.id, position=n, title=title)
        for n, title in enumerate(("Innovation", "Transfer"))
    ]
    sectors = [
        Sector(process_id=process.id, position=n, title=title, examples=examples, rollup=rollup)
        for n, (title, examples, rollup) in enumerate(
            (
                ("Industrie", "Betriebe, Betriebsräte, Kammern", Rollup.INDUSTRY),
                ("Wissenschaft", "Hochschulen, Institute", Rollup.SCIENCE),
                ("Verwaltung", "Landkreise, Ministerien", Rollup.ADMINISTRATION),
            )
        )
    ]
    foreign_sector = Sector(process_id=other.id, title="Kliniken", rollup=Rollup.OTHERS)
    db.session.add_all([*themes, *sectors, foreign_sector])
    workshop, other_workshop = _workshop(process, "Workshop Dresden"), _workshop(other, "Workshop Leipzig")
    session = Session(workshop_id=workshop.id, title="Regionen", question="Was stärkt die Regionen?")
    other_session = Session(workshop_id=other_workshop.id, title="Pflege", question="Was hilft der Pflege?")
    db.session.add_all([session, other_session])
    people = {name: Account(name=full, email=f"{name}@example.org") for name, full in CAST.items()}
    people["admin"].is_admin = True
    people["ines"].may_found = True
    db.session.add_all(people.values())
    db.session.flush()
    db.session.add(Organiser(process_id=process.id, account_id=people["ines"].id))
    for name, role, sector in MEMBERS:
        state = MemberState.PENDING if name == "paul" else MemberState.CHECKED_IN
        sector_id = None if sector is None else sectors[sector].id
        db.session.add(
            Membership(
                workshop_id=workshop.id,
                account_id=people[name].id,
                role=role,
                sector_id=sector_id,
                state=state,
            )
        )
    for name, role in (("franka", Role.PARTICIPANT), ("gregor", Role.MODERATOR)):
        db.session.add(
            Membership(
                workshop_id=other_workshop.id,
                account_id=people[name].id,
                role=role,
                sector_id=foreign_sector.id,
                state=MemberState.CHECKED_IN,
            )
        )
    db.session.commit()
    return House(process, themes, sectors, workshop, session, other_workshop, other_session, people)


CAST = {
    "ines": "Ines Adler",
    "mona": "Mona Richter",
    "heiko": "Heiko Lang",
    "otto": "Otto Beyer",
    "petra": "Petra Vogel",
    "samuel": "Samuel Roth",
    "vera": "Vera Kunze",
    "paul": "Paul Sommer",
    "franka": "Franka Weiß",
    "gregor": "Gregor Thiel",
    "admin": "Ada Winter",
}
MEMBERS = (
    ("mona", Role.MODERATOR, 2),
    ("heiko", Role.HELPER, 2),
    ("otto", Role.OBSERVER, None),
    ("petra", Role.PARTICIPANT, 0),
    ("samuel", Role.PARTICIPANT, 1),
    ("vera", Role.PARTICIPANT, 2),
    ("paul", Role.PARTICIPANT, 0),
)


def _process(title: str) -> Process:
    process = Process(title=title, question="Wie weiter?")
    db.session.add(process)
    db.session.flush()
    return process


def _workshop(process: Process, title: str) -> Workshop:
    workshop = Workshop(process_id=process.id, title=title, place="Dresden", join_code=join.new_code())
    db.session.add(workshop)
    db.session.flush()
    return workshop


@pytest.fixture
def browse(app, house):
    """``browse("petra")``: a client logged in as that person; ``browse(None)``: as nobody."""
    app.test_client_class = Browser

    def open_browser(name: str | None) -> Browser:
        client = app.test_client()
        if name is not None:
            token = join.begin_login(house.people[name].id, hours=1)
            db.session.commit()
            with client.session_transaction() as cookie:
                cookie["_user_id"] = token
        return client

    return open_browser
