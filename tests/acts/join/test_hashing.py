"""One request at a time, in order of arrival; while a password is hashed, others go on."""

from __future__ import annotations

import contextlib
import threading
import time

from werkstatt.acts.join import hashing
from werkstatt.acts.join.hashing import Hasher, InTurn, Row, aside


def all_of(calls) -> None:
    threads = [threading.Thread(target=call) for call in calls]
    for thread in threads:
        thread.start()
        time.sleep(0.01)  # so that the order of arrival is known
    for thread in threads:
        thread.join(5)
        assert not thread.is_alive()


def test_the_row_keeps_the_order_of_arrival():
    row, seen = Row(), []

    def pass_through(number):
        row.enter()
        time.sleep(0.02 if number == 0 else 0)
        seen.append(number)
        row.leave()

    all_of([lambda number=number: pass_through(number) for number in range(6)])
    assert seen == list(range(6))


def test_one_request_at_a_time_and_others_pass_whoever_steps_aside():
    inside, most, order = [], [], []

    def application(environ, _start):
        inside.append(environ["who"])
        most.append(len(inside))
        if environ["who"] == "login":
            inside.remove("login")
            with aside():
                time.sleep(0.1)
            inside.append("login")
            most.append(len(inside))
        time.sleep(0.005)
        inside.remove(environ["who"])
        order.append(environ["who"])
        return []

    server = InTurn(application)
    all_of([lambda who=who: server({"who": who}, None) for who in ("login", "cast", "page")])
    assert max(most) == 1 and order == ["cast", "page", "login"]


def test_a_request_that_fails_leaves_the_row():
    def application(_environ, _start):
        raise RuntimeError("broken")

    for _ in range(2):  # the second would wait for ever
        with contextlib.suppress(RuntimeError):
            InTurn(application)({}, None)
    assert not hashing.ROW._taken


def test_hashes_are_made_one_at_a_time(monkeypatch):
    running, most = [], []

    def slow(_self, _password, *, salt=None):
        running.append(1)
        most.append(len(running))
        time.sleep(0.02)
        running.pop()
        return "hash"

    monkeypatch.setattr(hashing.PasswordHasher, "hash", slow)
    hasher = Hasher()
    all_of([lambda: hasher.hash("Kennwort 2018")] * 5)
    assert max(most) == 1 and len(most) == 5


def test_a_hash_is_argon2id_with_the_figures_of_the_design():
    hashed = Hasher().hash("Kennwort 2018")
    assert hashed.startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    assert Hasher().verify(hashed, "Kennwort 2018")
