"""Whoever has sent half a body and falls silent is hung up on, so that their thread is free for others.

The server's input cannot be read with a time limit, nor does it say which connection it comes from. So a
watcher asks the system about this process's connections: one that has sent something, has had no answer
to it, and has been silent since, is the one that somebody waits for. Its reader meets the end and says
so (:class:`werkstatt.web.intake.WholeBody`). Linux only; elsewhere the number of places is the only limit.

A visitor who is gone without a word (out of the room, an empty battery) is noticed by the system, which
asks idle connections for a sign of life.
"""

from __future__ import annotations

import contextlib
import os
import socket
import struct
import threading
import time
from collections.abc import Iterator
from pathlib import Path

OPEN = Path("/proc/self/fd")
LOOKS = 1.0  # seconds between two looks
DRIPS = 240.0  # seconds for the slowest body of all; more is no upload
# Of the system's ``tcp_info``: milliseconds since something was sent and received; bytes that the other side
# has acknowledged (beginning with one for the connection itself), and bytes that came.
AGES, BYTES, LENGTH = struct.Struct("@I4xI"), struct.Struct("@QQ"), 136
AGES_AT, BYTES_AT = 44, 120
SIGNS_OF_LIFE = (("TCP_KEEPIDLE", 30), ("TCP_KEEPINTVL", 10), ("TCP_KEEPCNT", 3))


def watch(patience, port: int) -> None:
    """Look after this process's connections as long as it lives.

    :param patience: seconds after which a silent one may be hung up on now; nothing: none may.
    """
    if OPEN.is_dir():
        threading.Thread(
            target=_watch, args=(patience, port), name="connections' watcher", daemon=True
        ).start()


def _watch(patience, port: int) -> None:
    ready = False
    while True:
        time.sleep(LOOKS)
        ready = ready or ask_for_signs_of_life(port)
        seconds = patience()
        if seconds is not None:
            hang_up(port, seconds)


def ask_for_signs_of_life(port: int) -> bool:
    """Of everybody who connects from now on; whether this process listens there already."""
    found = False
    for one in _sockets(port):
        if one.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN):
            found = True
            one.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
            for name, value in SIGNS_OF_LIFE:
                one.setsockopt(socket.IPPROTO_TCP, getattr(socket, name), value)
    return found


def hang_up(port: int, seconds: float) -> int:
    """On all who owe the rest of a request and have sent nothing for so long; how many they were."""
    those = 0
    for one in _sockets(port):
        with contextlib.suppress(OSError):
            if not one.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN) and _owes(one, seconds):
                one.shutdown(socket.SHUT_RD)  # the answer still gets through
                those += 1
    return those


def _owes(one: socket.socket, seconds: float) -> bool:
    told = one.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, LENGTH)
    if len(told) < LENGTH:
        return False  # an old system does not say
    since_sent, since_came = (age / 1000 for age in AGES.unpack_from(told, AGES_AT))
    acknowledged, came = BYTES.unpack_from(told, BYTES_AT)
    unanswered = came > 0 and (acknowledged <= 1 or since_came < since_sent)
    return unanswered and since_sent >= seconds and (since_came >= seconds or since_sent >= DRIPS)


def _sockets(port: int) -> Iterator[socket.socket]:
    """This process's sockets with that port of its own, each by a second handle: nobody's own is closed."""
    for entry in os.listdir(OPEN):
        with contextlib.suppress(OSError):
            if not os.readlink(OPEN / entry).startswith("socket:"):
                continue
            with socket.socket(fileno=os.dup(int(entry))) as one:
                inet = one.family in (socket.AF_INET, socket.AF_INET6) and one.type == socket.SOCK_STREAM
                if inet and one.getsockname()[1] == port:
                    yield one
