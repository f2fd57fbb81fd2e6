"""A request that breaks off on its way to the shipped server stores nothing: half a form is no form."""

from __future__ import annotations

import contextlib
import socket
import struct
import time
from urllib.parse import urlencode

import pytest

from tests.load.client import Paper, Voter
from tests.load.room import Room
from werkstatt.db import db
from werkstatt.models import AuditEntry, Upload
from werkstatt.terms import RoundState

FORM = "application/x-www-form-urlencoded"
FILE = "multipart/form-data; boundary=seam"
AWAY = {
    "shutdown": lambda line: line.shutdown(socket.SHUT_WR),
    "close": lambda line: line.close(),
    "reset": lambda line: (
        line.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0)),
        line.close(),
    ),
}


@pytest.fixture
def room(backend, furnished):
    room = furnished(backend, voters=30)
    room.up()
    return room


def begun(room: Room, who: Voter, path: str, body: bytes, kind: str, cut: int) -> socket.socket:
    """A request that announces its whole length and lacks its last bytes."""
    line = socket.create_connection(("127.0.0.1", room.port), timeout=10)
    head = (
        f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1:{room.port}\r\nCookie: {who.cookie}\r\n"
        f"Content-Type: {kind}\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    line.sendall(head.encode() + body[: len(body) - cut])
    return line


CUTS = (  # fields behind the others, and how many bytes are lost
    ({"step": "cast", "place-last": "15"}, 1),  # the last place 15 becomes 1
    ({"step": "cast"}, len("&step=cast")),
    ({"step": "review"}, len("w")),
    ({"step": "review"}, len("&step=review")),
    ({"step": "abstain"}, len("n")),
)


def ballot(paper: Paper, who: Voter, rev: int, last: dict[str, str]) -> bytes:
    """A ballot whose beginning says something else than the whole."""
    fields = {"csrf_token": who.token} | paper.fields(range(len(paper.letters)), rev)
    behind = {name.replace("last", paper.letters[-1]): value for name, value in last.items()}
    before = {name: value for name, value in fields.items() if name not in {"step", *behind}}
    return urlencode(before | behind).encode()


def upload(who: Voter) -> bytes:
    """A list of people as a browser sends the file."""
    fields = f'--seam\r\nContent-Disposition: form-data; name="csrf_token"\r\n\r\n{who.token}\r\n'
    fields += '--seam\r\nContent-Disposition: form-data; name="text"\r\n\r\n\r\n'
    file = '--seam\r\nContent-Disposition: form-data; name="file"; filename="liste.csv"\r\n'
    rows = "\r\n".join(["Name;E-Mail", *(f"Gast {n};gast-{n}@example.org" for n in range(50))])
    return f"{fields}{file}Content-Type: text/csv\r\n\r\n{rows}\r\n--seam--\r\n".encode()


@pytest.mark.parametrize("away", AWAY)
def test_c14_a_form_that_breaks_off_stores_nothing(room, away):
    paper, mona = room.open_round(), room.login_of(room.moderator_id)
    try:
        voters, saved = room.voters[:5], room.voters[5:10]
        for one in saved:
            assert send_whole(room, one, paper, 0).startswith(b"HTTP/1.1 303")
        before = room.boxes(paper)
        with contextlib.ExitStack() as lines:
            for line in [
                lines.enter_context(begun(room, *form)) for form in broken(room, paper, mona, voters, saved)
            ]:
                AWAY[away](line)
                assert away != "shutdown" or refused(line)
            time.sleep(0.5)
        assert len(before) == 5 and room.boxes(paper) == before and room.state(paper) is RoundState.OPEN
        with room.inside():
            assert db.session.query(Upload).count() == 0
            assert db.session.query(AuditEntry).filter_by(deed="cancel_round").count() == 0
        for one, rev in (
            (voters[0], 0),
            (saved[0], 1),
        ):  # whoever was cut off comes through with the whole form
            assert send_whole(room, one, paper, rev).startswith(b"HTTP/1.1 303")
    finally:
        room.release(paper)


def broken(room: Room, paper: Paper, mona: Voter, voters: list[Voter], saved: list[Voter]):
    """What breaks off: ballots of people without and with a saved one, and forms of the moderator."""
    for rev, people in ((0, voters), (1, saved)):
        for one, (last, lost) in zip(people, CUTS, strict=True):
            yield one, paper.address("ballot"), ballot(paper, one, rev, last), FORM, lost
    yield (
        mona,
        paper.address("cancel"),
        urlencode({"csrf_token": mona.token, "reason": "zu früh"}).encode(),
        FORM,
        4,
    )
    for lost in (60, 4):
        yield mona, f"/workshops/{room.workshop_id}/register/import", upload(mona), FILE, lost


def send_whole(room: Room, one: Voter, paper: Paper, rev: int) -> bytes:
    order = range(len(paper.letters))[:: -1 if rev else 1]
    body = urlencode({"csrf_token": one.token, **paper.fields(order, rev)}).encode()
    with begun(room, one, paper.address("ballot"), body, FORM, 0) as line:
        return line.recv(200)


def refused(line: socket.socket) -> bool:
    """Whether the server says so to somebody who still listens; it may hang up as well."""
    said = b"".join(iter(lambda: line.recv(65536), b""))
    return not said or (b" 400 " in said.partition(b"\r\n")[0] and b"es wurde nichts gespeichert" in said)
