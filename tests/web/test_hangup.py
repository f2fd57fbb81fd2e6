"""Whoever owes the rest of a request and falls silent is hung up on, and nobody else is."""

from __future__ import annotations

import socket
import time

import pytest

from werkstatt.web import hangup

pytestmark = pytest.mark.skipif(not hangup.OPEN.is_dir(), reason="only Linux says what this asks")
HALF = b"POST / HTTP/1.1\r\nContent-Length: 9\r\n\r\nabc"


class House:
    """A listener, and both ends of every connection to it."""

    def __init__(self):
        self.listens = socket.create_server(("127.0.0.1", 0))
        self.port = self.listens.getsockname()[1]
        self.open = []

    def visitor(self, says: bytes = b"") -> tuple[socket.socket, socket.socket]:
        there = socket.create_connection(("127.0.0.1", self.port), timeout=5)
        here, _ = self.listens.accept()
        here.settimeout(0.2)
        self.open += [here, there]
        there.sendall(says)
        return here, there

    def hung_up(self, here: socket.socket) -> bool:
        try:
            while here.recv(100):
                pass
        except TimeoutError:
            return False
        return True


@pytest.fixture
def house():
    house = House()
    yield house
    for one in (house.listens, *house.open):
        one.close()


def test_c44_half_a_body_and_silence_are_hung_up_on_and_the_answer_still_gets_through(house):
    here, there = house.visitor(HALF)
    assert hangup.hang_up(house.port, 5) == 0
    time.sleep(0.3)
    assert hangup.hang_up(house.port, 0.2) == 1 and house.hung_up(here)
    here.sendall(b"408")
    assert there.recv(3) == b"408"


def test_c44_whoever_was_answered_or_goes_on_sending_or_has_said_nothing_stays(house):
    answered, idle, slow = house.visitor(b"GET"), house.visitor(), house.visitor(HALF)
    answered[0].sendall(b"200")
    time.sleep(0.3)
    slow[1].sendall(b"d")
    time.sleep(0.02)
    assert hangup.hang_up(house.port, 0.2) == 0
    assert not any(house.hung_up(here) for here, _ in (answered, idle, slow))


def test_c44_a_later_request_on_the_same_connection_is_seen_too_and_so_is_endless_dripping(
    house, monkeypatch
):
    again, drips = house.visitor(b"GET"), house.visitor(HALF)
    again[0].sendall(b"200")
    time.sleep(0.1)
    again[1].sendall(HALF)
    time.sleep(0.4)
    drips[1].sendall(b"d")
    monkeypatch.setattr(hangup, "DRIPS", 0.4)
    assert hangup.hang_up(house.port, 0.2) == 2 and house.hung_up(again[0]) and house.hung_up(drips[0])


def test_c44_who_connects_is_asked_for_signs_of_life(house):
    assert hangup.ask_for_signs_of_life(house.port) and not hangup.ask_for_signs_of_life(1)
    here, _ = house.visitor()
    assert here.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE)
    assert here.getsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPIDLE) == 30
