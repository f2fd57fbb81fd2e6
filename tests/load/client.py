"""A small HTTP client for many voters at once: raw, keep-alive, one connection a voter.

It knows nothing of the application but its forms, so that what it measures and what it is told
are the shipped server's own answers. A cut connection or a time-out is an answer, too: status 0.
"""

from __future__ import annotations

import asyncio
import contextlib
import re
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from urllib.parse import urlencode

CUT = 0  # the status of a request that nobody answered
SHOWN = re.compile(r'<span class="letter">([A-Z]+)</span>')
REVISION = re.compile(r'name="rev" value="(\d+)"')


@dataclass(frozen=True)
class Answer:
    """What came back: status (0: nothing), headers in lower case, body; when asked and how long it took."""

    status: int
    headers: dict[str, str]
    body: bytes
    began: float  # time.monotonic()
    took: float  # seconds

    @property
    def text(self) -> str:
        return self.body.decode("utf-8", "replace")

    @property
    def ended(self) -> float:
        return self.began + self.took


class Line:
    """One connection to the server, opened when needed and again after a cut.

    ``source``: the address of this machine that it comes from; all of 127.0.0.0/8 are ours on Linux.
    """

    def __init__(self, port: int, host: str = "127.0.0.1", source: str = ""):
        self.host, self.port = host, port
        self.source = (source, 0) if source else None
        self.reader: asyncio.StreamReader | None = None
        self.writer: asyncio.StreamWriter | None = None

    async def ask(
        self, method: str, path: str, *, cookie: str = "", body: bytes = b"", patience: float = 20
    ) -> Answer:
        """One request; whatever goes wrong on the way is an answer with status 0."""
        began = time.monotonic()
        try:
            async with asyncio.timeout(patience):
                status, headers, content = await self._exchange(method, path, cookie, body)
        except (OSError, EOFError, TimeoutError, ValueError):
            await self.hang_up()
            status, headers, content = CUT, {}, b""
        return Answer(status, headers, content, began, time.monotonic() - began)

    async def _exchange(self, method: str, path: str, cookie: str, body: bytes):
        if self.writer is None:
            self.reader, self.writer = await asyncio.open_connection(
                self.host, self.port, local_addr=self.source
            )
        lines = [f"{method} {path} HTTP/1.1", f"Host: {self.host}:{self.port}"]
        if cookie:
            lines.append(f"Cookie: {cookie}")
        if body:
            lines += ["Content-Type: application/x-www-form-urlencoded", f"Content-Length: {len(body)}"]
        self.writer.write("\r\n".join([*lines, "", ""]).encode() + body)
        await self.writer.drain()
        head = (await self.reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
        pairs = (line.partition(":") for line in head[1:] if line)
        headers = {name.lower(): value.strip() for name, _, value in pairs}
        content = await self._content(headers)
        if headers.get("connection", "").lower() == "close":
            await self.hang_up()
        return int(head[0].split()[1]), headers, content

    async def _content(self, headers: dict[str, str]) -> bytes:
        if headers.get("transfer-encoding", "").lower() != "chunked":
            return await self.reader.readexactly(int(headers.get("content-length", "0")))
        parts = []
        while size := int(await self.reader.readuntil(b"\r\n"), 16):
            parts.append((await self.reader.readexactly(size + 2))[:-2])
        await self.reader.readexactly(2)
        return b"".join(parts)

    async def hang_up(self) -> None:
        writer, self.reader, self.writer = self.writer, None, None
        if writer is not None:
            writer.close()
            with contextlib.suppress(OSError):
                await writer.wait_closed()


@dataclass
class Voter:
    """A logged-in person with a page open: cookie, form token, the revision that the page shows."""

    member_id: int
    cookie: str
    token: str
    port: int
    rev: int = 0
    line: Line = field(init=False)
    turn: asyncio.Lock = field(init=False, default_factory=asyncio.Lock)  # one request at a time on the line

    def __post_init__(self) -> None:
        self.line = Line(self.port)

    async def get(self, path: str, *, patience: float = 20) -> Answer:
        return await self.line.ask("GET", path, cookie=self.cookie, patience=patience)

    async def post(self, path: str, fields: dict, *, patience: float = 20) -> Answer:
        body = urlencode({"csrf_token": self.token, **fields}).encode()
        return await self.line.ask("POST", path, cookie=self.cookie, body=body, patience=patience)

    async def cast(self, ballot: Paper, order: Sequence[int], *, patience: float = 20) -> Answer:
        """Send a ranking as the page would; follow the revision that the answer tells."""
        answer = await self.post(ballot.address("ballot"), ballot.fields(order, self.rev), patience=patience)
        if answer.status == 303:
            self.rev += 1
        elif answer.status == 409 and (found := REVISION.search(answer.text)):
            self.rev = int(found.group(1))
        return answer

    async def hang_up(self) -> None:
        await self.line.hang_up()


@dataclass(frozen=True)
class Paper:
    """An open round as a page knows it: where to send, the list's hash and its letters."""

    session_id: int
    round_id: int
    list_hash: str
    letters: tuple[str, ...]

    def address(self, tail: str) -> str:
        return f"/sessions/{self.session_id}/rounds/{self.round_id}/{tail}"

    def fields(self, order: Sequence[int], rev: int) -> dict[str, str]:
        """The form of a ranking: items in their order, the rest left empty."""
        places = {item: place for place, item in enumerate(order, start=1)}
        return {
            "list": self.list_hash,
            "rev": str(rev),
            "step": "cast",
            **{f"place-{sign}": str(places.get(item, "")) for item, sign in enumerate(self.letters)},
        }

    def shown(self, page: str) -> tuple[int, ...] | None:
        """The ranking that a page "gespeichert" shows; ``None`` where it shows none."""
        found = tuple(self.letters.index(sign) for sign in SHOWN.findall(page))
        return found or None
