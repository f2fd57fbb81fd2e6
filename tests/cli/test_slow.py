"""C44: slow connections to the shipped server hold up nobody else."""

from __future__ import annotations

import contextlib
import resource
import socket
import time

import pytest

from tests.cli.servers import Server, Visitor

BODY = (
    "POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: {kind}\r\n"
    "Content-Length: 900000\r\n\r\ncsrf_token="
)
LINES = {
    "headers": "GET /login HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Slow: ",
    "body": BODY.format(path="/login", kind="application/x-www-form-urlencoded"),
    "file": BODY.format(path="/workshops/1/register/import", kind="multipart/form-data; boundary=x"),
    "nothing": "",
    "no length": "POST /login HTTP/1.1\r\nHost: 127.0.0.1\r\nTransfer-Encoding: chunked\r\n\r\n5\r\ncsrf_",
}


def slow(server: Server, many: int) -> list[socket.socket]:
    """Connections that have said a little and now say a byte now and then."""
    opened = []
    for number in range(many):
        one = socket.create_connection(("127.0.0.1", server.port), timeout=10)
        one.sendall(list(LINES.values())[number % len(LINES)].encode())
        opened.append(one)
    return opened


@pytest.mark.parametrize("many", [30, pytest.param(1200, marks=pytest.mark.soak)])
def test_c44_slow_connections_hold_up_nobody_else(tmp_path, many):
    server, opened = Server("serve", tmp_path, WERKSTATT_HOST="127.0.0.1"), []
    if many > 500:
        resource.setrlimit(resource.RLIMIT_NOFILE, (4096, resource.getrlimit(resource.RLIMIT_NOFILE)[1]))
    try:
        server.wait_until_it_answers()
        opened = slow(server, many)
        slowest = 0.0
        for _ in range(10):
            for one in opened:
                with contextlib.suppress(OSError):
                    one.sendall(b"x")
            began = time.monotonic()
            assert Visitor(server).get("/login")[0] == 200
            slowest = max(slowest, time.monotonic() - began)
        assert slowest < 5, "somebody else waited for them"  # tens of milliseconds on a quiet machine
    finally:
        for one in opened:
            one.close()
        server.end()
