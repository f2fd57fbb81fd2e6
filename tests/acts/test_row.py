"""One request at a time, in order of arrival; whoever steps aside or gives way holds up nobody."""

from __future__ import annotations

import contextlib
import threading
import time

from werkstatt.acts.row import ROW, InTurn, Row, aside


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
    assert not ROW._taken
