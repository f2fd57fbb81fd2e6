"""C44: slow connections to the shipped server hold up nobody else."""

from __future__ import annotations

import contextlib
import resource
import socket
import time

import pytest

from tests.cli.servers import Server, Visitor
from werkstatt.web import hangup, intake

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


@pytest.mark.soak
@pytest.mark.skipif(not hangup.OPEN.is_dir(), reason="only Linux says who is silent")
def test_c44_who_sends_half_a_form_and_falls_silent_is_told_so_and_holds_no_thread(tmp_path):
    """More strangers than two processes have places for: some wait in vain, the others are told to come again."""
    server, opened = Server("serve", tmp_path, WERKSTATT_HOST="127.0.0.1"), []
    try:
        server.wait_until_it_answers()
        for _ in range(2 * intake.AWAITED + 60):
            one = socket.create_connection(("127.0.0.1", server.port), timeout=intake.SILENCE + 10)
            one.sendall(LINES["body"].encode())
            opened.append(one)
        answers = [one.recv(12).decode() for one in opened]
        assert (
            set(answers) == {"HTTP/1.1 400", "HTTP/1.1 503"}
            and answers.count("HTTP/1.1 400") > intake.AWAITED
        )
        answer = Visitor(server).send(
            "/login", {"email": "nobody@example.org", "password": "x"}, page="/login"
        )
        assert answer[0] != 503
    finally:
        for one in opened:
            one.close()
        server.end()
