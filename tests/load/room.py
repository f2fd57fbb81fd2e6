"""An installation of its own with one open session and many logged-in voters, for real servers.

People, logins and cookies are made directly in the database, so that a thousand are there in a
second; everything after that goes through the server that ``make serve`` starts. The test's own
process keeps an application on the same database and keys, to open and close rounds through the
verbs and to look into the boxes.
"""

from __future__ import annotations

import contextlib
import os
import secrets
import signal
from dataclasses import dataclass, field
from pathlib import Path

from flask import Flask
from itsdangerous import URLSafeTimedSerializer
from sqlalchemy import create_engine, insert, select, text, update

from config import Settings
from tests.cli.servers import Server, environment, free_port
from tests.load.client import Paper, Voter
from werkstatt import create_app
from werkstatt.acts import join, rank
from werkstatt.db import begin_write, db, utcnow
from werkstatt.models import (
    Account,
    Ballot,
    Login,
    Membership,
    Process,
    Recommendation,
    Result,
    Round,
    Sector,
    Session,
    Theme,
    Version,
    Workshop,
)
from werkstatt.secrecy import KeyFolder, handle_of, unpack, unseal
from werkstatt.terms import Kind, MemberState, Phase, Role, Rollup, RoundState

SECRET = secrets.token_hex(32)  # the server refuses one that looks like a placeholder


@dataclass(frozen=True)
class Cast:
    """One opened box: the ranking as item numbers in their order, and its revision."""

    order: tuple[int, ...]
    rev: int


@dataclass
class Room:
    """The installation: application, server settings, the session, its moderator and voters."""

    app: Flask
    folder: Path
    port: int
    environ: dict[str, str]
    session_id: int = 0
    workshop_id: int = 0
    moderator_id: int = 0
    voters: list[Voter] = field(default_factory=list)
    running: RoomServer | None = None

    @property
    def keys(self) -> KeyFolder:
        return KeyFolder(self.app.config["SETTINGS"].keys)

    @contextlib.contextmanager
    def inside(self):
        """The test's own look: a context whose connections are given back."""
        with self.app.app_context():
            try:
                yield
            finally:
                db.session.remove()
                db.engine.dispose()

    def up(self, **more: str) -> RoomServer:
        """``make serve`` on this installation, answering; started only if it does not run already."""
        if self.running is None:
            self.running = RoomServer("serve", self.folder, port=self.port, **{**self.environ, **more})
            self.running.wait_until_it_answers()
        return self.running

    def kill(self) -> None:
        """The power is gone: every process at once, without a last word."""
        server, self.running = self.running, None
        server.signal_all(signal.SIGKILL)
        server.end(signal.SIGKILL)

    def down(self) -> int:
        """The server in order; its exit status."""
        server, self.running = self.running, None
        return server.end() if server else 0

    def open_round(self) -> Paper:
        """A new round over the session's list, opened by the moderator."""
        with self.inside():
            session, mona = self._session(), self._moderator()
            mark = rank.sheet(session).mark
            round = rank.open_round(session, mona, self.keys, leading="person", mark=mark, grace=0)
            letters = tuple(item.letter for item in rank.frozen_items(round.id))
            paper = Paper(self.session_id, round.id, round.list_hash, letters)
            db.session.commit()
        for voter in self.voters:
            voter.rev = 0
        return paper

    def announce(self, paper: Paper, seconds: int = 0) -> None:
        """The moderator announces the close."""
        with self.inside():
            rank.announce(self._session(), self._moderator(), paper.round_id, seconds=seconds)
            db.session.commit()

    def state(self, paper: Paper) -> RoundState:
        with self.inside():
            return db.session.scalar(select(Round.state).where(Round.id == paper.round_id))

    def figures(self, paper: Paper) -> dict:
        """The frozen result's figures."""
        with self.inside():
            return db.session.scalar(select(Result.figures).where(Result.round_id == paper.round_id))

    def release(self, paper: Paper) -> None:
        """Make room for the next round."""
        with self.inside():
            begin_write()
            db.session.get(Round, paper.round_id).state = RoundState.RELEASED
            db.session.commit()

    def boxes(self, paper: Paper) -> dict[int, Cast]:
        """Member -> what the urn holds for them now, opened with the key; fails on a box of nobody."""
        with self.inside():
            key_id = db.session.scalar(select(Round.key_id).where(Round.id == paper.round_id))
            key = self.keys.read(key_id)
            members = {
                handle_of(key, paper.round_id, voter.member_id): voter.member_id for voter in self.voters
            }
            found = {}
            for handle, box, rev in db.session.execute(
                select(Ballot.handle, Ballot.box, Ballot.rev).where(Ballot.round_id == paper.round_id)
            ):
                packed = unseal(key, paper.round_id, handle, rev, box)[1]
                order = tuple(item for level in unpack(packed).levels for item in level)
                assert members[handle] not in found, "a voter with two ballots"
                found[members[handle]] = Cast(order, rev)
            return found

    def whole(self) -> bool:
        """What SQLite says about its own file (PostgreSQL has no such question)."""
        with self.inside():
            if db.engine.dialect.name != "sqlite":
                return True
            return db.session.execute(text("PRAGMA integrity_check")).scalars().all() == ["ok"]

    def second_login(self, voter: Voter) -> Voter:
        """The same person on another device."""
        with self.inside():
            account_id = db.session.scalar(
                select(Membership.account_id).where(Membership.id == voter.member_id)
            )
        return self.login_of(account_id, voter.member_id)

    def login_of(self, account_id: int, member_id: int = 0) -> Voter:
        """A login of somebody, for example of the moderator."""
        with self.inside():
            cookie, token = self._logins([account_id])[0]
            db.session.commit()
        return Voter(member_id, cookie, token, self.port)

    def passwords(self, password: str = "Werkstatt-2018") -> list[tuple[str, str]]:
        """Give every voter an address and this password; (address, password) of each."""
        with self.inside():
            begin_write()
            hashed = join.HASHER.hash(password)  # one for all: hashing is slow on purpose
            members = select(Membership.account_id).where(
                Membership.id.in_([voter.member_id for voter in self.voters])
            )
            ids = list(db.session.scalars(members))
            rows = [{"id": id, "email": f"gast-{id}@example.org", "password": hashed} for id in ids]
            db.session.execute(update(Account), rows)
            db.session.commit()
        return [(row["email"], password) for row in rows]

    def _session(self) -> Session:
        return db.session.get(Session, self.session_id)

    def _moderator(self):
        return join.actor(self.workshop_id, self.moderator_id)

    def _logins(self, account_ids: list[int]) -> list[tuple[str, str]]:
        """Fresh logins: (cookie, form token) for each account."""
        begin_write()
        tokens = [secrets.token_urlsafe(32) for _ in account_ids]
        expires = utcnow() + (self.app.permanent_session_lifetime)
        db.session.execute(
            insert(Login),
            [
                {"token_hash": join.hash_of(token), "account_id": id, "expires_at": expires}
                for token, id in zip(tokens, account_ids, strict=True)
            ],
        )
        return [self._cookie(token) for token in tokens]

    def _cookie(self, login_token: str) -> tuple[str, str]:
        seed = secrets.token_hex(20)
        content = {"_user_id": login_token, "_permanent": True, "csrf_token": seed}
        signed = self.app.session_interface.get_signing_serializer(self.app).dumps(content)
        token = URLSafeTimedSerializer(SECRET, salt="wtf-csrf-token").dumps(seed)
        return f"{self.app.config['SESSION_COOKIE_NAME']}={signed}", token

    def _people(self, voters: int, sectors: list[int]) -> None:
        now = {"created_at": utcnow()}
        accounts = [{"name": f"Gast {n}", "opaque": secrets.token_hex(12), **now} for n in range(voters + 1)]
        ids = list(db.session.scalars(insert(Account).returning(Account.id), accounts))
        self.moderator_id = ids.pop()
        present = {"workshop_id": self.workshop_id, "state": MemberState.CHECKED_IN, **now}
        rows = [
            {**present, "account_id": id, "role": Role.PARTICIPANT, "sector_id": sectors[n % len(sectors)]}
            for n, id in enumerate(ids)
        ]
        made = db.session.execute(insert(Membership).returning(Membership.account_id, Membership.id), rows)
        members = dict(made.all())
        db.session.execute(
            insert(Membership).values(**present, account_id=self.moderator_id, role=Role.MODERATOR)
        )
        self.voters = [
            Voter(members[id], cookie, token, self.port)
            for id, (cookie, token) in zip(ids, self._logins(ids), strict=True)
        ]


class RoomServer(Server):
    """The server with all its processes: workers and clerk."""

    def family(self) -> list[int]:
        """The server's process and all its descendants, the server first."""
        parents = {}
        for folder in Path("/proc").glob("[0-9]*"):
            with contextlib.suppress(OSError, ValueError, IndexError):
                parents[int(folder.name)] = int((folder / "stat").read_text().rpartition(")")[2].split()[1])
        found = [self.process.pid]
        for pid in found:
            found += [child for child, parent in parents.items() if parent == pid]
        return found

    def signal_all(self, sign: int) -> None:
        for pid in self.family():
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, sign)


def furnish(folder: Path, url: str, *, voters: int, items: int) -> Room:
    """An installation with a session in phase rank, ``items`` proposals and ``voters`` present people."""
    port = free_port()
    environ = {
        "WERKSTATT_DATABASE_URL": url,
        "WERKSTATT_SECRET_KEY": SECRET,
        "WERKSTATT_HOST": "127.0.0.1",
        "WERKSTATT_ANNOUNCE": "0",
        "WERKSTATT_GRACE": "0",
    }
    settings = Settings.from_environment(environment(folder, WERKSTATT_PORT=str(port), **environ))
    settings.make_folders()
    room = Room(create_app(settings), folder, port, environ)
    with room.inside():
        _tables()
        begin_write()
        process = Process(title="Industrie der Zukunft", question="Wie weiter?")
        db.session.add(process)
        db.session.flush()
        theme = Theme(process_id=process.id, position=0, title="Innovation")
        sectors = [
            Sector(process_id=process.id, position=n, title=rollup.value, rollup=rollup)
            for n, rollup in enumerate((Rollup.INDUSTRY, Rollup.SCIENCE, Rollup.ADMINISTRATION))
        ]
        workshop = Workshop(
            process_id=process.id, title="Dresden", place="Dresden", join_code=join.new_code()
        )
        db.session.add_all([theme, *sectors, workshop])
        db.session.flush()
        session = Session(workshop_id=workshop.id, title="Regionen", question="Was hilft?", phase=Phase.RANK)
        db.session.add(session)
        db.session.flush()
        room.session_id, room.workshop_id = session.id, workshop.id
        room._people(voters, [sector.id for sector in sectors])
        for number in range(1, items + 1):
            one = Recommendation(
                session_id=session.id, kind=Kind.PROPOSAL, number=number,
                author_id=room.moderator_id, sector_id=sectors[0].id,
            )  # fmt: skip
            db.session.add(one)
            db.session.flush()
            db.session.add(
                Version(recommendation_id=one.id, number=1, title=f"Empfehlung {number}", theme_id=theme.id)
            )
        db.session.commit()
    return room


def _tables() -> None:
    """Build the tables by walking the migrations."""
    from flask_migrate import upgrade

    upgrade()


@contextlib.contextmanager
def postgresql_database(server_url: str):
    """A database of its own on a server, gone afterwards; its address."""
    name = f"werkstatt_load_{secrets.token_hex(4)}"
    admin = create_engine(server_url, isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        connection.execute(text(f'CREATE DATABASE "{name}"'))
    try:
        yield f"{server_url.rpartition('/')[0]}/{name}"
    finally:
        with admin.connect() as connection:
            connection.execute(text(f'DROP DATABASE "{name}" WITH (FORCE)'))
        admin.dispose()
