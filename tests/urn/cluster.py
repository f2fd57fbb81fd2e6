"""A PostgreSQL of one's own, to be killed in the middle of everything and started again."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import tempfile
import time
from pathlib import Path

from sqlalchemy import create_engine
from sqlalchemy.exc import OperationalError

from tests.cli.servers import free_port
from tests.conftest import missing

PATIENCE = 30


def programs() -> Path:
    """The folder of initdb and postgres; Debian keeps them off the path."""
    found = shutil.which("initdb")
    kept = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    if not found and not kept:
        missing("PostgreSQL's own programs (initdb, postgres)")
    return Path(found or kept[-1]).parent


class Cluster:
    """Data, a port, and the server that is running, if one is."""

    def __init__(self, folder: Path):
        self.folder, self.port = folder, free_port()
        self.url = f"postgresql+psycopg://postgres@127.0.0.1:{self.port}/postgres"
        self.server: subprocess.Popen | None = None
        # A PostgreSQL does not run as root.
        self.user = ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups"]
        if os.geteuid() != 0:
            self.user = []
        else:
            shutil.chown(folder, "postgres")
        self._run("initdb", "-D", folder / "data", "-U", "postgres", "-A", "trust", "-E", "UTF8")

    def _run(self, program: str, *given) -> None:
        command = [*self.user, programs() / program, *map(str, given)]
        subprocess.run(command, cwd=self.folder, check=True, capture_output=True, timeout=PATIENCE)

    def up(self) -> None:
        """Start it, and wait until it has done again what its log holds."""
        settings = {
            "port": self.port,
            "listen_addresses": "127.0.0.1",
            "unix_socket_directories": "",
            "fsync": "on",
        }
        given = [one for name, value in settings.items() for one in ("-c", f"{name}={value}")]
        with open(self.folder / "log", "ab") as log:
            self.server = subprocess.Popen(
                [*self.user, programs() / "postgres", "-D", self.folder / "data", *given],
                cwd=self.folder,
                stdout=log,
                stderr=log,
            )
        engine = create_engine(self.url)
        ends = time.monotonic() + PATIENCE
        while True:
            try:
                engine.connect().close()
                break
            except OperationalError:
                assert time.monotonic() < ends and self.server.poll() is None, (
                    self.folder / "log"
                ).read_text()
                time.sleep(0.05)
        engine.dispose()

    def kill(self) -> None:
        """Every process of it at once, without a last word."""
        own = self.server.pid
        children = Path(f"/proc/{own}/task/{own}/children").read_text().split()
        for pid in (own, *map(int, children)):
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        self.server.wait(PATIENCE)
        self.server = None

    def down(self) -> None:
        if self.server is not None:
            self.server.send_signal(signal.SIGINT)
            self.server.wait(PATIENCE)


@contextlib.contextmanager
def cluster():
    """One that is running, and gone afterwards."""
    folder = Path(tempfile.mkdtemp(prefix="werkstatt-cluster-"))
    try:
        one = Cluster(folder)
        one.up()
        try:
            yield one
        finally:
            one.down()
    finally:
        shutil.rmtree(folder, ignore_errors=True)
