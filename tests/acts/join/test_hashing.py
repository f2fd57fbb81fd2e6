"""Hashes are made one at a time, and whoever is known waits in front of strangers."""

from __future__ import annotations

import threading
import time

import pytest

from tests.acts.test_row import all_of
from werkstatt.acts import Refused
from werkstatt.acts.join import hashing
from werkstatt.acts.join.hashing import Hasher, Line


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


def order_of(line: Line, *comers: tuple[str, int | None]) -> list[str]:
    """In which order the line does what is asked while its thread is busy: (name, whose)."""
    busy, done = threading.Event(), []
    jobs = [
        (lambda: busy.wait(5), None),
        *((lambda name=name: done.append(name), who) for name, who in comers),
    ]
    threads = [threading.Thread(target=line.do, args=(job,), kwargs={"whose": who}) for job, who in jobs]
    for thread in threads:
        thread.start()
        time.sleep(0.005)
    busy.set()
    for thread in threads:
        thread.join(5)
        assert not thread.is_alive()
    return done


def test_c39_whoever_is_known_waits_in_front_of_strangers_who_guess():
    guesses = [(f"guess {n}", None) for n in range(6)]
    done = order_of(Line(), *guesses, ("Petra", 1), ("Vera", 2), ("Samuel", 3))
    assert done == ["Petra", "Vera", "guess 0", "Samuel", *(f"guess {n}" for n in range(1, 6))]


def test_c39_one_account_has_one_place_in_front_and_strangers_get_every_fourth_turn():
    greedy = [(f"again {n}", 1) for n in range(4)]
    assert order_of(Line(), ("stranger", None), *greedy)[:3] == ["again 0", "stranger", "again 1"]
    many = [(f"known {n}", n) for n in range(8)]
    done = order_of(Line(), ("stranger 0", None), ("stranger 1", None), *many)
    assert [done.index("stranger 0"), done.index("stranger 1")] == [2, 6]


def test_c44_so_many_strangers_wait_and_no_more(monkeypatch):
    monkeypatch.setattr(hashing, "MOST_STRANGERS", 3)
    line, refused = Line(), []

    def turned_away():
        assert line.crowded
        with pytest.raises(Refused, match="Gerade melden sich sehr viele"):
            line.do(lambda: None, whose=None)
        refused.append(True)

    busy = threading.Event()
    waiting = [threading.Thread(target=line.do, args=(busy.wait,), kwargs={"whose": None}) for _ in range(4)]
    for thread in waiting:
        thread.start()
        time.sleep(0.01)
    turned_away()
    busy.set()
    assert line.do(lambda: "known", whose=1) == "known" and refused
    for thread in waiting:
        thread.join(5)
    assert line.do(lambda: "next", whose=None) == "next"


def test_what_a_job_raises_reaches_whoever_asked():
    line = Line()
    with pytest.raises(ZeroDivisionError):
        line.do(lambda: 1 / 0, whose=None)
    assert line.do(lambda: 2, whose=None) == 2


def test_a_hash_is_argon2id_with_the_figures_of_the_design():
    hashed = Hasher().hash("Kennwort 2018")
    assert hashed.startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    assert Hasher().verify(hashed, "Kennwort 2018")
