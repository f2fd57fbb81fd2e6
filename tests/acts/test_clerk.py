"""The close: every step by itself, resumed after a crash, the key gone before anybody reads."""

from __future__ import annotations

import os
import threading
from collections import Counter
from datetime import timedelta

import pytest

from tests.rounds import cast, close, keys_of, opened, reopened
from werkstatt.acts import NotAllowed, NotNow, audit, clerk, copies, lease, rank
from werkstatt.db import begin_write, db, utcnow
from werkstatt.models import Ballot, CheckCode, ClerkLease, Result, Round, UrnBallot
from werkstatt.secrecy import KeyGone, handle_of
from werkstatt.terms import RoundState


def test_a_close_counts_every_cast_ballot_once(app, house):
    round = opened(app, house)
    for who, levels in (("petra", [[0], [1]]), ("samuel", [[1], [0]]), ("vera", [])):
        cast(app, house, who, levels)
    close(app, house, round)
    assert round.state is RoundState.CLOSED
    figures = db.session.get(Result, round.id).figures
    assert (figures["roll"], figures["cast"], figures["abstained"], figures["counted"]) == (3, 3, 1, 2)
    assert db.session.query(Ballot).count() == 0
    assert db.session.query(UrnBallot).count() == 3
    assert audit.broken_at() is None
    assert (rank.desk(house.session.id).cast, rank.desk(house.session.id).roll) == (3, 3)


def test_c21_closed_only_when_the_key_is_gone(app, house):
    round = opened(app, house)
    cast(app, house, "petra", [[0]])
    code = rank.standing(round, house.member("petra").id, "ab" * 16, keys_of(app), 5).code
    close(app, house, round)
    with pytest.raises(KeyGone):
        keys_of(app).read(round.key_id)
    assert rank.check_codes(round.id) == [code]


STEPS = ["_close", "_count", "_destroy"]


@pytest.mark.parametrize("crash_in", STEPS)
@pytest.mark.parametrize("when", ["before", "after"])
def test_c21_every_step_resumes_after_a_crash(app, house, monkeypatch, crash_in, when):
    """A crash inside a step, before or after its work but before its commit, loses and doubles nothing."""
    round = opened(app, house)
    cast(app, house, "petra", [[0]])
    cast(app, house, "samuel", [[1]])
    real = getattr(clerk, crash_in)

    def crashing(round, keys):
        if when == "after":
            real(round, keys)
        raise KeyboardInterrupt  # what ends a process is not caught

    crashing.__name__ = crash_in
    monkeypatch.setattr(clerk, crash_in, crashing)
    with pytest.raises(KeyboardInterrupt):
        close(app, house, round)
    db.session.rollback()
    monkeypatch.setattr(clerk, crash_in, real)
    clerk.work_once(keys_of(app))
    db.session.refresh(round)
    assert round.state is RoundState.CLOSED
    assert db.session.get(Result, round.id).figures["cast"] == 2
    assert db.session.query(UrnBallot).count() == 2
    assert db.session.query(CheckCode).count() == 2


def test_a_repeated_close_gives_the_same_result(app, house):
    round = opened(app, house)
    cast(app, house, "petra", [[0]])
    close(app, house, round)
    before = db.session.get(Result, round.id).figures
    assert clerk.work_once(keys_of(app)) == 0
    db.session.expire_all()
    assert db.session.get(Result, round.id).figures == before


def test_c11_the_close_falls_into_arriving_casts(app, house):
    """Counted are exactly the voters whose cast came back; all others were told that it was too late."""
    for _ in range(3):
        crowd = house.crowd(24, 1)
        round = (
            reopened(app, house) if rank.unfinished(house.session.id) is None and _ else opened(app, house)
        )
        answers: Counter[str] = Counter()
        house_ids, frozen, ids = _plain(house, round), _frozen(round), [person.id for person in crowd]

        def send(batch, answers=answers, house_ids=house_ids, frozen=frozen):
            with app.app_context():
                for account_id in batch:
                    try:
                        cast(app, house_ids, account_id, [[account_id % 5]], round=frozen)
                        answers["saved"] += 1
                    except NotNow:
                        answers["late"] += 1
                    finally:
                        db.session.remove()

        threads = [threading.Thread(target=send, args=(ids[n::4],)) for n in range(4)]
        for thread in threads:
            thread.start()
        while answers["saved"] < 3:
            pass
        close(app, house, round)
        for thread in threads:
            thread.join()
        assert answers["saved"] + answers["late"] == 24
        assert db.session.get(Result, round.id).figures["cast"] == answers["saved"]
        release(house, round)


def release(house, round):
    """Let the session have another round."""
    begin_write()
    db.session.get(Round, round.id).state = RoundState.RELEASED
    db.session.commit()


def _plain(house, round):
    from types import SimpleNamespace

    return SimpleNamespace(
        session=SimpleNamespace(id=house.session.id),
        workshop=SimpleNamespace(id=house.workshop.id),
        people={},
    )


def _frozen(round):
    from types import SimpleNamespace

    return SimpleNamespace(id=round.id, list_hash=round.list_hash)


def test_cancelling_destroys_ballots_and_key_and_a_new_round_has_a_new_one(app, house):
    round = opened(app, house)
    cast(app, house, "petra", [[0]])
    rank.cancel(house.session, house.actor("mona"), round.id, reason="zu früh")
    db.session.commit()
    clerk.work_once(keys_of(app))
    db.session.refresh(round)
    assert round.state is RoundState.CANCELLED
    assert db.session.query(Ballot).count() == 0 and db.session.get(Result, round.id) is None
    with pytest.raises(KeyGone):
        keys_of(app).read(round.key_id)
    again = reopened(app, house)
    assert again.number == 2 and again.key_id != round.key_id


def test_c48_a_missing_key_of_an_open_round_is_said_at_once_and_heals_by_itself(app, house):
    round = opened(app, house)
    cast(app, house, "petra", [[0]])
    file = keys_of(app).path / f"{round.key_id}.key"
    away = file.rename(file.with_suffix(".away"))
    for moved in (1, 0):  # once
        assert clerk.work_once(keys_of(app)) == moved
    db.session.refresh(round)
    assert (round.state, round.problem) == (RoundState.OPEN, "key")
    away.rename(file)
    clerk.work_once(keys_of(app))
    db.session.refresh(round)
    assert round.problem == "" and close(app, house, round).state is RoundState.CLOSED


def test_a_missing_key_raises_an_alarm_and_the_close_can_be_tried_again(app, house):
    round = opened(app, house)
    cast(app, house, "petra", [[0]])
    file = keys_of(app).path / f"{round.key_id}.key"
    kept = file.read_bytes()
    file.unlink()
    close(app, house, round)
    assert (round.state, round.problem) == (RoundState.CLOSING, "key")
    file.write_bytes(kept)
    rank.retry_close(house.session, house.actor("mona"), round.id)
    db.session.commit()
    clerk.work_once(keys_of(app))
    db.session.refresh(round)
    assert round.state is RoundState.CLOSED and db.session.get(Result, round.id).figures["cast"] == 1


def test_ballots_without_a_roll_entry_wait_for_a_decision(app, house):
    round = opened(app, house)
    cast(app, house, "petra", [[0]])
    begin_write()
    db.session.add(Ballot(round_id=round.id, handle=b"x" * 32, box=b"y" * 60, rev=1))
    db.session.commit()
    close(app, house, round)
    assert (round.state, round.problem) == (RoundState.CLOSING, "orphans:1")
    assert rank.desk(house.session.id).orphans == 1
    rank.count_without(house.session, house.actor("mona"), round.id)
    db.session.commit()
    assert clerk.work_once(keys_of(app)) == 0, "one person alone decides nothing"
    with pytest.raises(NotAllowed, match="zwei Personen"):
        rank.count_without(house.session, house.actor("mona"), round.id)
    db.session.rollback()
    assert rank.desk(house.session.id).without_asked == (house.people["mona"].id, "Mona Richter")
    rank.count_without(house.session, house.actor("ines"), round.id)
    db.session.commit()
    clerk.work_once(keys_of(app))
    db.session.refresh(round)
    assert round.state is RoundState.CLOSED and round.options["without"] == 1


def test_a_box_that_does_not_open_waits_for_a_decision_and_can_be_replaced(app, house):
    round = opened(app, house)
    cast(app, house, "petra", [[0]])
    cast(app, house, "vera", [[1]])
    handle = handle_of(keys_of(app).read(round.key_id), round.id, house.member("petra").id)
    begin_write()
    db.session.execute(db.update(Ballot).where(Ballot.handle == handle).values(box=b"y" * 60))
    db.session.commit()
    seen = rank.standing(round, house.member("petra").id, "ab" * 16, keys_of(app), 5)
    assert seen.rev == 1 and seen.vote is None
    close(app, house, round)
    assert (round.state, round.problem) == (RoundState.CLOSING, "orphans:1")


def test_c22_groups_are_joined_before_they_are_stored(app, house):
    """Industry 1 + 6, science 1 + 4, administration 1: science and administration are joined."""
    six, four = house.crowd(6, 0), house.crowd(4, 1)
    round = opened(app, house)
    for account in (*six, *four):
        cast(app, house, account.id, [[account.id % 5]])
    for who in ("petra", "samuel", "vera"):
        cast(app, house, who, [[0]])
    close(app, house, round)
    groups = Counter(db.session.scalars(db.select(UrnBallot.group)))
    assert sorted(groups.values()) == [6, 7]
    assert {frozenset(name.split("+")) for name in groups} == {
        frozenset({"industry"}), frozenset({"science", "administration"})
    }  # fmt: skip


def test_c22_with_one_group_left_none_is_stored(app, house):
    round = opened(app, house)
    for who in ("petra", "samuel", "vera"):
        cast(app, house, who, [[0]])
    close(app, house, round)
    assert set(db.session.scalars(db.select(UrnBallot.group))) == {None}


def test_a_step_that_keeps_failing_is_said_on_the_console_and_heals_by_itself(app, house, monkeypatch):
    round = opened(app, house)
    cast(app, house, "petra", [[0]])
    monkeypatch.setattr(clerk, "_store", lambda *_: 1 / 0)
    monkeypatch.setattr(clerk, "AGAIN", 0.0)
    close(app, house, round)
    assert (round.state, round.problem) == (RoundState.CLOSING, ""), "once may be a hiccup"
    clerk.work_once(keys_of(app))
    db.session.refresh(round)
    assert round.problem == "failed"
    assert db.session.query(Ballot).count() == 1
    monkeypatch.undo()
    clerk.work_once(keys_of(app))
    db.session.refresh(round)
    assert (round.state, round.problem) == (RoundState.CLOSED, "")
    assert db.session.get(Result, round.id).figures["cast"] == 1


def test_a_step_that_keeps_failing_does_not_spin_and_trying_again_is_a_button(app, house, monkeypatch):
    round = opened(app, house)
    tried = []
    monkeypatch.setattr(clerk, "_store", lambda *_: tried.append(1) or 1 / 0)
    close(app, house, round)
    for _ in range(10):
        clerk.work_once(keys_of(app))
    assert len(tried) == 2
    rank.retry_close(house.session, house.actor("mona"), round.id)
    db.session.commit()
    assert round.problem == ""


def test_a_clerk_that_does_not_run_is_said_on_the_console(app, house):
    round = opened(app, house)
    begin_write()
    round.deadline_at = utcnow() - timedelta(seconds=4)
    db.session.commit()
    assert rank.desk(house.session.id).clerk_missing
    assert clerk.holds_lease("one")
    assert not rank.desk(house.session.id).clerk_missing


def test_keys_of_openings_that_never_committed_are_swept(app, house):
    lost = keys_of(app).create(copies.mark())
    round = opened(app, house)
    assert clerk.sweep_keys(keys_of(app)) == [], "an opening may be on its way"
    for file in keys_of(app).path.glob("*.key"):
        os.utime(file, (0, 0))
    assert clerk.sweep_keys(keys_of(app)) == [lost]
    assert keys_of(app).read(round.key_id)


def test_only_one_clerk_works_at_a_time(app):
    assert clerk.holds_lease("one")
    assert not clerk.holds_lease("two")
    assert clerk.holds_lease("one")


@pytest.mark.parametrize("holder", ["dead", "one"])
def test_c29_a_lease_from_before_the_clock_was_set_back_stops_nobody(app, holder):
    begin_write()
    db.session.add(ClerkLease(name="clerk", holder=holder, until=utcnow() + timedelta(hours=1)))
    db.session.commit()
    assert clerk.holds_lease("one")
    assert db.session.get(ClerkLease, "clerk").until <= utcnow() + lease.LEASE
    assert not clerk.holds_lease("two")


def test_a_clerk_that_ends_gives_its_lease_back(app):
    assert clerk.holds_lease("one")
    clerk.give_back_lease("one")
    assert clerk.holds_lease("two")


def test_the_loop_closes_a_due_round_and_stops_when_told(app, house):
    round = opened(app, house)
    cast(app, house, "petra", [[0]])
    rank.announce(house.session, house.actor("mona"), round.id, seconds=0)
    db.session.commit()
    stop = threading.Event()
    loop = threading.Thread(target=clerk.run, args=(app, keys_of(app), stop))
    loop.start()
    try:
        for _ in range(100):
            db.session.rollback()
            if db.session.get(Round, round.id).state is RoundState.CLOSED:
                break
            stop.wait(0.05)
    finally:
        stop.set()
        loop.join(timeout=10)
    assert not loop.is_alive()
    db.session.rollback()
    assert db.session.get(Round, round.id).state is RoundState.CLOSED
    assert clerk.holds_lease("another")
