"""The slot: one durable commit for many, each ballot checked by itself, nothing promised in vain."""

from __future__ import annotations

import contextlib
import dataclasses
import multiprocessing
import os
import signal
import threading
import time
from datetime import UTC, datetime

import pytest
from sqlalchemy import event, text

from tests.rounds import keys_of, opened
from tests.silence import Way
from werkstatt import db as database
from werkstatt import reach
from werkstatt.acts import join, rank, row
from werkstatt.acts.rank import batch, line
from werkstatt.acts.rank import slot as slots
from werkstatt.counting import Ranking
from werkstatt.db import begin_write, db
from werkstatt.models import Account, Ballot, Login

BALLOT = rank.packed_for(Ranking(((0,), (1, 2))), 5)


@pytest.fixture
def round(app, house):
    house.crowd(20)
    return opened(app, house)


@pytest.fixture
def slip(house, round):
    """A slip for somebody, by name or number of the guest."""

    def of(who: str, **other) -> rank.Slip:
        account = db.session.query(Account).filter_by(name=who).one()
        token = join.begin_login(account.id, hours=1)
        db.session.commit()
        known = {"list_hash": round.list_hash, "rev": 0, "packed": BALLOT} | other
        return rank.Slip(join.hash_of(token), round.session_id, round.id, arrived=datetime.now(UTC), **known)

    return of


@pytest.fixture
def slot(app):
    engine, keys = db.engine, keys_of(app)
    return rank.Slot(lambda: engine, lambda: keys)


def together(slot, slips) -> list[bool]:
    """Drop them all at the same moment, each in a thread of its own."""
    answers = [None] * len(slips)

    def one(at: int) -> None:
        answers[at] = slot.drop(slips[at])

    threads = [threading.Thread(target=one, args=(at,)) for at in range(len(slips))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
        assert not thread.is_alive()
    return answers


@contextlib.contextmanager
def slow_disk(slot, seconds: float):
    """Each commit of the slot takes that long; how many there were."""
    commits = []

    def wait(_connection):
        commits.append(1)
        time.sleep(seconds)

    event.listen(slot.way.engine, "commit", wait)
    try:
        yield commits
    finally:
        event.remove(slot.way.engine, "commit", wait)


def test_who_comes_while_the_disk_works_shares_the_next_commit(slot, slip):
    slips = [slip(f"Gast 0-{n}") for n in range(20)]
    with slow_disk(slot, 0.1) as commits:
        assert together(slot, slips) == [True] * 20
    db.session.rollback()
    assert db.session.query(Ballot).count() == 20
    assert len(commits) <= 4


def test_one_bad_slip_spoils_nobody_elses(slot, slip):
    slips = [slip(f"Gast 0-{n}") for n in range(6)]
    slips[2].list_hash = "0" * 64
    slips[4].token_hash = "0" * 64
    with slow_disk(slot, 0.05):
        assert together(slot, slips) == [True, True, False, True, False, True]
    db.session.rollback()
    assert db.session.query(Ballot).count() == 4


def test_two_devices_of_one_person_in_one_batch_store_one_ballot(slot, slip):
    first = slip("Gast 0-0")
    pair = [slip("Gast 0-1"), slip("Gast 0-1")]
    with slow_disk(slot, 0.1):
        answers = together(slot, [first, *pair])
    assert answers[0] and sorted(answers[1:]) == [False, True]
    db.session.rollback()
    assert db.session.query(Ballot).count() == 2


def test_more_than_one_transaction_takes_is_stored_in_several(slot, slip, monkeypatch):
    monkeypatch.setattr(slots, "MOST", 3)
    slips = [slip(f"Gast 0-{n}") for n in range(10)]
    with slow_disk(slot, 0.05) as commits:
        assert together(slot, slips) == [True] * 10
    assert 4 <= len(commits) <= 10


@contextlib.contextmanager
def broken_commits(slot, backend):
    """No commit of a ballot succeeds; on PostgreSQL it is the database that refuses, at the end."""
    if backend == "postgresql":
        for words in BREAK:
            db.session.execute(text(words))
        db.session.commit()
        yield
        db.session.execute(text("DROP FUNCTION broken CASCADE"))
        db.session.commit()
        return

    def fail(_connection):
        raise slots.SQLAlchemyError("the disk is full")

    event.listen(slot.way.engine, "commit", fail)
    yield
    event.remove(slot.way.engine, "commit", fail)


BREAK = (
    "CREATE FUNCTION broken() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RAISE disk_full; END'",
    "CREATE CONSTRAINT TRIGGER broken AFTER INSERT OR UPDATE ON ballot"
    " DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION broken()",
)


def test_a_commit_that_fails_promises_nothing_and_lets_the_next_go_on(slot, slip, backend):
    slips = [slip(f"Gast 0-{n}") for n in range(4)]
    with broken_commits(slot, backend):
        assert together(slot, slips) == [False] * 4
    db.session.rollback()
    assert db.session.query(Ballot).count() == 0
    assert slot.drop(slip("Gast 0-9"))


def test_a_batch_that_writes_nothing_leaves_the_line_in_order(slot, slip):
    """Also the very first, whose statements were given to keep just then."""
    assert not slot.drop(slip("Gast 0-0", rev=7))
    assert slot.drop(slip("Gast 0-1")) and slot.drop(slip("Gast 0-0"))


def test_a_line_that_is_cut_promises_nothing_and_the_next_cast_has_another(slot, slip, backend):
    if backend != "postgresql":
        return
    assert slot.drop(slip("Gast 0-0"))
    with slot.way.engine.connect() as own:
        number = own.scalar(text("SELECT pg_backend_pid()"))
    mine, late = slip("Gast 0-1"), slip("Gast 0-2")
    db.session.execute(text("SELECT pg_terminate_backend(:number, 5000)"), {"number": number})
    db.session.rollback()
    assert not slot.drop(mine)
    assert slot.drop(late) and slot.drop(mine)


@pytest.mark.parametrize(("when", "many"), [("before", 1), ("at the rows", 4)])
def test_a_postgresql_that_falls_silent_holds_up_nobody_and_the_next_batch_is_stored(
    app, slip, backend, monkeypatch, when, many
):
    """Its machine lost its power: no connection ends, and nothing is answered."""
    if backend != "postgresql":
        return
    way, keys = Way(db.engine.url), keys_of(app)
    slot = rank.Slot(lambda: way.engine, lambda: keys)
    assert slot.drop(slip("Gast 0-0"))
    monkeypatch.setattr(reach, "SILENT", 0.3)
    slips, write, began = [slip(f"Gast 0-{n}") for n in range(1, 5)], slot.way.write, time.monotonic()
    with monkeypatch.context() as patch:
        if when == "before":
            way.cut()
        else:
            patch.setattr(slot.way, "write", lambda *given: way.cut() or write(*given))
        assert together(slot, slips[:many]) == [False] * many
    assert time.monotonic() - began < 5
    assert together(slot, slips) == [True] * 4
    way.close()


def test_c13_of_a_batch_only_first_ballots_and_the_next_revisions_are_stored(slot, slip):
    """The slot leaves a made-up revision to the ordinary way, which refuses it."""
    assert slot.drop(slip("Gast 0-0")) and slot.drop(slip("Gast 0-1"))
    revs = {"Gast 0-0": 1, "Gast 0-1": 7, "Gast 0-2": 0, "Gast 0-3": 1, "Gast 0-4": 999_999}
    slips = [slip(who, rev=rev) for who, rev in revs.items()]
    with slow_disk(slot, 0.1):
        assert together(slot, slips) == [True, False, True, False, False]
    db.session.rollback()
    assert sorted(db.session.scalars(db.select(Ballot.rev))) == [1, 1, 2]
    assert slot.drop(slip("Gast 0-4")), "their own page is in nobody's way"


def test_whatever_else_breaks_nobody_waits_for_ever(slot, slip, monkeypatch):
    def broken(*_given, **_named):
        raise RuntimeError("broken on purpose")

    slips = [slip(f"Gast 0-{n}") for n in range(4)]
    with monkeypatch.context() as patch:
        patch.setattr(slots, "_may", broken)
        answers = []

        def one(mine):
            with contextlib.suppress(RuntimeError):
                answers.append(slot.drop(mine))

        threads = [threading.Thread(target=one, args=(mine,)) for mine in slips]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(10)
            assert not thread.is_alive()
    assert not any(answers)
    assert slot.drop(slip("Gast 0-9"))


def test_a_cast_and_another_write_of_the_same_process_do_not_wait_for_each_other(app, slot, slip):
    """Whoever has the row may want the database's lock; so the slot takes the row first."""
    slips = [slip(f"Gast 0-{n}") for n in range(12)]

    def application(environ, _start):
        if environ["slip"] is None:
            with app.app_context():
                begin_write()
                db.session.query(Login).filter_by(id=0).delete()
                db.session.commit()
            return True
        row.give_way()
        return slot.drop(environ["slip"])

    served, answers = row.InTurn(application), []
    work = [one for mine in slips for one in (mine, None)]
    threads = [
        threading.Thread(target=lambda one=one: answers.append(served({"slip": one}, None))) for one in work
    ]
    start = time.monotonic()
    with slow_disk(slot, 0.01):
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(20)
    assert answers == [True] * len(work)
    assert time.monotonic() - start < 5  # a wait in vain takes eight


def test_processes_take_turns_and_nobody_waits_for_a_dead_one(monkeypatch):
    monkeypatch.setattr(slots, "TURN", 0.1)
    turns = slots.Turns()
    turns.share()
    fork = multiprocessing.get_context("fork")

    def be_killed():
        with turns.one():
            os.kill(os.getpid(), signal.SIGKILL)

    killed = fork.Process(target=be_killed)
    killed.start()
    killed.join(10)
    assert killed.exitcode == -signal.SIGKILL
    start = time.monotonic()
    with turns.one():  # whoever had the turn is gone
        assert 0.1 <= time.monotonic() - start < 5
    start = time.monotonic()
    with turns.one():  # and the turn is there again
        assert time.monotonic() - start < 0.1


def test_a_whole_batch_costs_postgresql_two_messages(slot, slip, backend, monkeypatch):
    if backend != "postgresql":
        return
    sent, send = [], line.Line._send
    monkeypatch.setattr(line.Line, "_send", lambda self: sent.append(self._said) or send(self))
    slips = [slip(f"Gast 0-{n}") for n in range(20)]
    slot._waiting.extend(slips)
    with slots.TURNS.one() as turn:
        slot._store(slot._take(), turn)
    assert all(mine.stored for mine in slips)
    assert sum(sent) == 2


def test_postgresql_finds_each_voter_by_a_key_however_little_it_knows(slot, slip, backend):
    """Fresh tables have no statistics; guessing, PostgreSQL would read the whole workshop for each voter."""
    if backend != "postgresql":
        return
    assert slot.drop(slip("Gast 0-0"))
    with slot.way.engine.connect() as own:
        plan = own.exec_driver_sql("EXPLAIN EXECUTE voters (1, 1, '{}', now())").all()
    assert "Index" in str(plan) and "Seq Scan" not in str(plan)


def test_those_who_come_together_go_together_and_a_lone_cast_waits_for_nobody(
    slot, slip, backend, monkeypatch
):
    monkeypatch.setattr(slots, "GATHER", 5)
    slips = [slip(f"Gast 0-{n}") for n in range(4)]
    slot._around, slot._seen = 3, time.monotonic()
    start = time.monotonic()
    with slow_disk(slot, 0) as commits:
        assert together(slot, slips[:3]) == [True] * 3
    assert len(commits) == 1 or backend == "sqlite"
    slot._around, slot._seen = 3, time.monotonic() - 1
    assert slot.drop(slips[3])
    assert time.monotonic() - start < slots.GATHER


def test_batches_with_the_same_people_never_wait_in_a_circle(app, round, backend):
    """Two processes, each with the same eight people in another order: rows are locked in one order all the same."""
    if backend != "postgresql":
        return
    ways = [batch.way_to(db.engine) for _ in range(2)]
    people = [batch.Sealed(bytes([n]) * 32, bytes(66), 1) for n in range(8)]
    failed = []

    def process(way, order: list) -> None:
        for rev in range(1, 150):
            try:
                with way.transaction(round.session_id) as connection:
                    way.write(connection, number, [dataclasses.replace(one, rev=rev) for one in order])
            except slots.SQLAlchemyError as no:
                failed.append(no)

    number = round.id
    threads = [
        threading.Thread(target=process, args=(way, people[::step]))
        for way, step in zip(ways, (1, -1), strict=True)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
        assert not thread.is_alive()
    assert not failed


def test_a_batch_that_waits_for_the_session_in_vain_promises_nothing(slot, slip, round, backend):
    if backend != "postgresql":
        return
    mine = slip("Gast 0-1")
    session_id = round.session_id
    with db.engine.connect() as other, other.begin():
        batch_lock = text("SELECT pg_advisory_xact_lock(:space, :id)")
        other.execute(batch_lock, {"space": database.SESSION_LOCKS, "id": session_id})
        database._waiting.in_vain = True  # then it waits a tenth of a second only
        assert not slot.drop(mine)
        assert database.hurried()
    assert slot.drop(slip("Gast 0-2")) and not database.hurried()
