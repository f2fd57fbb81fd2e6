"""A machine that loses its power: what was not synced is gone, or some of it, in any order.

``harm/faults.c`` logs what the server's processes write and sync; here the files are rebuilt as
they would be found after the failure. The model is the strict one of POSIX: bytes are safe once a
sync of their file that began after the write has ended; a name is safe (or gone) once its
folder was synced.
"""

from __future__ import annotations

import os
import shutil
import struct
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from tests.conftest import missing

SOURCE = Path(__file__).with_name("harm") / "faults.c"
HEAD = struct.Struct("=IIqq")


def shim(folder: Path) -> Path:
    """The library that the server's processes are started with, compiled once a folder."""
    library = folder / "faults.so"
    if not library.exists():
        compiler = shutil.which("cc") or shutil.which("gcc")
        if compiler is None:
            missing("a C compiler (Debian: gcc and libc6-dev)")
        words = [compiler, "-O2", "-fPIC", "-shared", "-o", str(library), str(SOURCE)]
        done = subprocess.run(words, capture_output=True, text=True)
        if done.returncode:
            missing(f"a C compiler that works ({done.stderr.strip()[-200:]})")
    return library


@dataclass(frozen=True)
class Machine:
    """The environment of a bad machine over one folder, and its switches."""

    folder: Path
    place: Path

    @classmethod
    def over(cls, folder: Path, place: Path) -> Machine:
        place.mkdir(exist_ok=True)
        (place / "control").write_bytes(bytes(16))
        shim(place)
        return cls(folder.resolve(), place)

    def environ(self, **more: str) -> dict[str, str]:
        return {
            "LD_PRELOAD": str(self.place / "faults.so"),
            "FAULTS_FOLDER": str(self.folder),
            "FAULTS_LOG": str(self.log),
            "FAULTS_CONTROL": str(self.place / "control"),
            "PYTHONPATH": str(SOURCE.parent),
            **more,
        }

    @property
    def log(self) -> Path:
        return self.place / "log"

    def switch(self, *, clock: float = 0, full: bool = False) -> None:
        """Step the wall clock by seconds; let the disk be full."""
        with (self.place / "control").open("r+b") as file:
            file.write(struct.pack("=qq", int(clock * 1e9), full))

    def photograph(self) -> dict[str, bytes]:
        """All files as they are, taken as safe; the log begins anew."""
        self.log.unlink(missing_ok=True)
        files = (path for path in self.folder.rglob("*") if path.is_file())
        return {str(path): path.read_bytes() for path in files if is_kept(str(path))}

    def put(self, image: dict[str, bytes]) -> None:
        """Replace the files by those that were found after the failure."""
        for path in self.folder.rglob("*"):
            if path.is_file():
                path.unlink()
        for name, content in image.items():
            Path(name).write_bytes(content)
            os.chmod(name, 0o600)


def is_kept(path: str) -> bool:
    """Whether a file survives a reboot at all; SQLite makes its shared memory anew."""
    return not path.endswith("-shm")


@dataclass(frozen=True)
class Record:
    kind: str
    path: str
    number: int
    data: bytes


def records(log: Path) -> list[Record]:
    """The log, in the order in which things happened."""
    return list(_parsed(log.read_bytes()))


def _parsed(raw: bytes) -> Iterator[Record]:
    at = 0
    while at < len(raw):
        path, data, kind, number = HEAD.unpack_from(raw, at)
        at += HEAD.size
        yield Record(chr(kind), raw[at : at + path].decode(), number, raw[at + path : at + path + data])
        at += path + data


@dataclass
class File:
    """One file: its safe bytes, and what was done to it since, in order."""

    safe: bytearray = field(default_factory=bytearray)
    since: list[Record] = field(default_factory=list)
    syncing: dict[int, int] = field(default_factory=dict)

    def left(self, survives: Callable[[], bool]) -> bytes:
        content = bytearray(self.safe)
        for record in self.since:
            if survives():
                _apply(content, record)
        return bytes(content)


def _apply(content: bytearray, record: Record) -> None:
    if record.kind == "t":
        content.extend(bytes(max(record.number - len(content), 0)))
        del content[record.number :]
        return
    end = record.number + len(record.data)
    content.extend(bytes(max(end - len(content), 0)))
    content[record.number : end] = record.data


class Disk:
    """The files of a folder, followed record by record; ask at any moment what would be left."""

    def __init__(self, base: dict[str, bytes]):
        self.names = {name: File(bytearray(content)) for name, content in base.items()}
        self.safe_names = dict(self.names)
        self.changed: dict[str, list[str]] = {}  # folder -> names that changed since its last sync
        self.syncing: dict[int, tuple[str, dict[str, File | None]]] = {}

    def follow(self, record: Record) -> None:
        if not is_kept(record.path) or record.path.endswith(" (deleted)"):
            return
        if record.kind in "wt":
            self._file(record.path).since.append(record)
        elif record.kind == "c":
            self._file(record.path)
        elif record.kind == "x":
            if self.names.pop(record.path, None):
                self._changed(record.path)
        elif record.kind == "r":
            self.names[record.data.decode()] = self.names.pop(record.path)
            self._changed(record.path)
            self._changed(record.data.decode())
        elif record.path in self.names:
            self._sync_file(self.names[record.path], record)
        else:
            self._sync_folder(record)

    def left(self, survives: Callable[[], bool] = lambda: False) -> dict[str, bytes]:
        """What a failure leaves now, if of what was not synced just this survives."""
        found = dict(self.safe_names)
        for names in self.changed.values():
            for name in names:
                if survives():
                    found[name] = self.names.get(name)
        return {name: file.left(survives) for name, file in found.items() if file is not None}

    def _file(self, path: str) -> File:
        if path not in self.names:
            self.names[path] = File()
            self._changed(path)
        return self.names[path]

    def _changed(self, path: str) -> None:
        names = self.changed.setdefault(str(Path(path).parent), [])
        if path not in names:
            names.append(path)

    def _sync_file(self, file: File, record: Record) -> None:
        if record.kind == "s":
            file.syncing[record.number] = len(file.since)
            return
        many = file.syncing.pop(record.number, 0)
        for one in file.since[:many]:
            _apply(file.safe, one)
        del file.since[:many]
        file.syncing = {number: max(count - many, 0) for number, count in file.syncing.items()}

    def _sync_folder(self, record: Record) -> None:
        if record.kind == "s":
            names = self.changed.get(record.path, [])
            self.syncing[record.number] = (record.path, {name: self.names.get(name) for name in names})
            return
        folder, seen = self.syncing.pop(record.number, (record.path, {}))
        for name, file in seen.items():
            if file is None:
                self.safe_names.pop(name, None)
            else:
                self.safe_names[name] = file
            if self.names.get(name) is file and name in self.changed.get(folder, []):
                self.changed[folder].remove(name)


def after_failure(base: dict[str, bytes], log: Path, survives=lambda: False) -> dict[str, bytes]:
    """What is left when the power fails at the end of the log."""
    disk = Disk(base)
    for record in records(log):
        disk.follow(record)
    return disk.left(survives)
