"""A body is read before its request gets its turn, and never more of it than a form may send."""

from __future__ import annotations

import io
import threading
import time

import pytest

from werkstatt.acts.row import InTurn
from werkstatt.web import BIGGER_BODIES, intake


class Slow(io.RawIOBase):
    """A body that goes on only when it is told to."""

    def __init__(self, begun: threading.Event, go_on: threading.Event):
        self.begun, self.go_on, self.parts = begun, go_on, [b"abc", b"def", b""]

    def read(self, size=-1):
        self.begun.set()
        self.go_on.wait(5)
        return self.parts.pop(0)


def echo(environ, start_response):
    return [environ["wsgi.input"].read()]


def test_c44_a_slow_body_waits_outside_of_the_row():
    server, begun, go_on = intake.WholeBody(InTurn(echo)), threading.Event(), threading.Event()
    answers = []
    slow = threading.Thread(
        target=lambda: answers.append(server({"CONTENT_LENGTH": "6", "wsgi.input": Slow(begun, go_on)}, None))
    )
    slow.start()
    assert begun.wait(5)
    assert server({"CONTENT_LENGTH": "2", "wsgi.input": io.BytesIO(b"ok")}, None) == [b"ok"]
    assert server({"wsgi.input": io.BytesIO(b"")}, None) == [b""]
    go_on.set()
    slow.join(5)
    assert answers == [[b"abcdef"]]


@pytest.mark.parametrize("length", [str(intake.BIGGEST + 1), "9" * 5000, "-1", "x", "１", "", "0", None])
def test_c44_what_is_too_large_or_has_no_length_is_never_read(length):
    body, asked = io.BytesIO(b"abc"), {} if length is None else {"CONTENT_LENGTH": length}
    given = intake.WholeBody(lambda environ, _: environ["wsgi.input"])({**asked, "wsgi.input": body}, None)
    assert body.tell() == 0 and (given is body) == (length in (str(intake.BIGGEST + 1), "9" * 5000))


def waiting(server, who: list[str]):
    """Bodies that never come, each of somebody; returns how to let them go."""
    go_on, begun = threading.Event(), [threading.Event() for _ in who]
    threads = [
        threading.Thread(
            target=server,
            args=({"CONTENT_LENGTH": "6", "wsgi.input": Slow(one, go_on), "who": name}, lambda *_: None),
        )
        for name, one in zip(who, begun, strict=True)
    ]
    for thread, one in zip(threads, begun, strict=True):
        thread.start()
        assert one.wait(5)

    def let_go():
        go_on.set()
        for thread in threads:
            thread.join(5)

    return let_go


def test_c44_when_many_bodies_are_awaited_strangers_come_again_and_ballots_come_through(monkeypatch):
    monkeypatch.setattr(intake, "AWAITED", 4)
    server, said = intake.WholeBody(echo, lambda environ: environ["who"]), []

    def send(who: str):
        body = {"CONTENT_LENGTH": "2", "wsgi.input": io.BytesIO(b"ok"), "who": who}
        return server(body, lambda status, headers: said.append((status, dict(headers))))

    let_go = waiting(server, [""] * 4)
    assert send("petra") == [b"ok"] and not said
    assert "überlastet" in send("")[0].decode() and said[0][0].startswith("503")
    assert said[0][1]["Retry-After"] and "default-src 'none'" in said[0][1]["Content-Security-Policy"]
    greedy = waiting(server, ["vera"] * intake.EACH)
    assert "überlastet" in send("vera")[0].decode() and send("petra") == [b"ok"]
    let_go()
    greedy()
    assert send("") == [b"ok"] and not server._awaited


def test_c44_slow_bodies_never_take_all_threads_whoever_sends_them(monkeypatch):
    monkeypatch.setattr(intake, "MOST", 3)
    monkeypatch.setattr(intake, "SLOW", 0.1)
    server, said = intake.WholeBody(echo, lambda environ: environ["who"]), []

    def send():
        body = {"CONTENT_LENGTH": "2", "wsgi.input": io.BytesIO(b"ok"), "who": "petra"}
        return server(body, lambda status, headers: said.append((status, dict(headers))))

    let_go = waiting(server, ["a", "b", "c"])
    assert send() == [b"ok"]  # they may be here any moment
    time.sleep(0.15)
    assert "überlastet" in send()[0].decode() and said[0][0].startswith("503") and said[0][1]["Retry-After"]
    let_go()
    assert send() == [b"ok"] and not server._since


def test_c44_who_is_silent_is_hung_up_on_unless_an_answer_takes_as_long(monkeypatch):
    monkeypatch.setattr(intake, "SILENCE", 0.2)
    monkeypatch.setattr(intake, "SILENCE_IN_A_CROWD", 0.1)
    monkeypatch.setattr(intake, "AWAITED", 2)
    monkeypatch.setattr(intake, "LOOKS", 0.0)
    go_on, begun = threading.Event(), threading.Event()

    def slow_answer(environ, _):
        begun.set()
        go_on.wait(5)
        return [environ["wsgi.input"].read()]

    server = intake.WholeBody(slow_answer, lambda environ: environ["who"])
    assert server.patience() is None
    one = waiting(server, ["a"])
    assert server.patience() is None
    time.sleep(0.12)
    assert server.patience() is None
    other = waiting(server, ["b"])
    assert server.patience() == 0.1
    time.sleep(0.1)
    other_answer = threading.Thread(target=server, args=({"wsgi.input": io.BytesIO(b"")}, None))
    other_answer.start()
    assert begun.wait(5) and server.patience() == 0.1
    time.sleep(0.22)
    assert server.patience() is None
    go_on.set()
    one()
    other()
    other_answer.join(5)


def test_c44_a_body_without_a_length_is_refused_before_its_turn():
    """Whoever sends it slowly would otherwise hold up everybody: the application reads it in its turn."""
    said = []
    body = {"HTTP_TRANSFER_ENCODING": "chunked", "wsgi.input": io.BytesIO(b"x")}
    answer = intake.WholeBody(echo)(body, lambda status, _: said.append(status))
    assert said == ["411 Length Required"] and b"problem" in answer[0] and body["wsgi.input"].tell() == 0


class Reset(io.RawIOBase):
    """A connection that is cut hard."""

    def read(self, size=-1):
        raise ConnectionResetError


@pytest.mark.parametrize("body", [io.BytesIO(b"step=cas"), io.BytesIO(b""), Reset()])
def test_c14_what_breaks_off_never_reaches_the_application(body):
    said, reached = [], []
    server = intake.WholeBody(lambda *_: reached.append(1))
    answer = server({"CONTENT_LENGTH": "9", "wsgi.input": body}, lambda status, _: said.append(status))
    assert said == ["400 Bad Request"] and "es wurde nichts gespeichert" in answer[0].decode() and not reached


def test_a_large_body_goes_to_a_file_and_comes_back_whole():
    data = bytes(range(256)) * 2_000
    assert intake.WholeBody(echo)(
        {"CONTENT_LENGTH": str(len(data)), "wsgi.input": io.BytesIO(data)}, None
    ) == [data]


def test_every_form_fits():
    assert max(BIGGER_BODIES.values()) <= intake.BIGGEST
