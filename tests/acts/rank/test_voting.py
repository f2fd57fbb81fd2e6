"""Casting: once, exactly one row, only one's own, only in time, only what stands on the list."""

from __future__ import annotations

import hashlib
import threading
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import LargeBinary, inspect

from tests.rounds import TAG, cast, close, keys_of, opened
from werkstatt.acts import NotAllowed, NotNow, NotReady, Refused, rank
from werkstatt.counting import Ranking
from werkstatt.db import Base, begin_write, db, utcnow
from werkstatt.models import Ballot
from werkstatt.terms import MemberState

LETTERS = "ABCDE"


def form(**places) -> dict[str, list[str]]:
    """A complete form: every letter there, empty where nothing is said."""
    fields = {f"place-{sign}": [""] for sign in LETTERS}
    return fields | {f"place-{sign}": [place] for sign, place in places.items()}


def tables() -> dict[str, list[str]]:
    """All rows of all tables as text."""
    return {
        table.name: sorted(repr(tuple(row)) for row in db.session.execute(table.select()))
        for table in Base.metadata.sorted_tables
    }


def stand(app, house, who, tag=TAG):
    round = rank.unfinished(house.session.id)
    return rank.standing(round, house.member(who).id, tag, keys_of(app), 5)


def test_c18_one_cast_changes_exactly_one_row_of_one_table(app, house):
    opened(app, house)
    cast(app, house, "vera", [[0]])
    for who, rev in (("petra", 0), ("petra", 1)):
        before = tables()
        cast(app, house, who, [[1], [2]] if rev else [[1]], rev=rev)
        after = tables()
        changed = [name for name in after if after[name] != before[name]]
        assert changed == ["ballot"]
        assert len(set(after["ballot"]) - set(before["ballot"])) == 1


def test_c18_the_ballots_table_knows_no_person_time_address_or_serial():
    columns = {column.name: column for column in inspect(Ballot).columns}
    assert set(columns) == {"round_id", "handle", "box", "rev"}
    assert isinstance(columns["handle"].type, LargeBinary) and isinstance(columns["box"].type, LargeBinary)


def test_all_boxes_have_one_length(app, house):
    opened(app, house)
    cast(app, house, "petra", [[0], [1], [2], [3], [4]])
    cast(app, house, "samuel", [])
    cast(app, house, "vera", [[0, 1]], no_opinion=[2, 3], rest_below=False)
    assert len({len(box) for box in db.session.scalars(db.select(Ballot.box))}) == 1


def test_the_login_that_cast_sees_its_ranking_and_no_other_does(app, house):
    opened(app, house)
    cast(app, house, "petra", [[2], [0, 1]], no_opinion=[4])
    mine = stand(app, house, "petra")
    assert mine.rev == 1 and mine.vote.levels == ((2,), (0, 1)) and mine.vote.no_opinion == {4}
    other = stand(app, house, "petra", tag="cd" * 16)
    assert other.rev == 1 and other.vote is None and other.code == mine.code
    assert stand(app, house, "samuel").rev == 0


def test_c13_older_revision_with_other_content_is_refused_and_may_replace(app, house):
    opened(app, house)
    cast(app, house, "petra", [[0]])
    cast(app, house, "petra", [[1]], rev=1, tag="cd" * 16)
    with pytest.raises(NotNow):
        cast(app, house, "petra", [[2]], rev=1)
    db.session.rollback()
    # Equal content is saved, whatever its revision; but only its own login is told so.
    assert cast(app, house, "petra", [[1]], rev=0, tag="cd" * 16) == 2
    assert cast(app, house, "petra", [[2]], rev=2) == 3
    assert stand(app, house, "petra").vote.levels == ((2,),)


@pytest.mark.parametrize("rev", [1, 7, 999_999])
def test_c13_a_made_up_revision_stores_nothing_and_blocks_nobody(app, house, rev):
    """Otherwise somebody's second login could leave a revision that no page of theirs can ever follow."""
    opened(app, house)
    with pytest.raises(NotNow, match="liegt keine elektronische Stimme von Ihnen; war eine da"):
        cast(app, house, "petra", [[1]], rev=rev, tag="cd" * 16)
    db.session.rollback()
    assert db.session.query(Ballot).count() == 0
    assert [cast(app, house, "petra", [[item]], rev=item) for item in range(3)] == [1, 2, 3]


@pytest.mark.parametrize("rev", [0, 1, 7])
def test_another_login_cannot_read_a_ballot_by_guessing(app, house, rev):
    """Whoever may replace it (a return code, a card) is told the same of a right guess and of a wrong one."""
    opened(app, house)
    cast(app, house, "petra", [[3], [1]])
    cast(app, house, "petra", [[3], [1]], rev=1)
    answers = []
    for guess in ([[3], [1]], [[1], [3]]):
        with pytest.raises(NotNow) as no:
            cast(app, house, "petra", guess, rev=rev, tag="cd" * 16)
        answers.append(no.value.message)
        db.session.rollback()
    assert answers[0] == answers[1]


def test_what_is_sent_again_too_late_is_saved_if_it_is_stored_already(app, house):
    """The answer was lost, the round closed, the browser sends the same once more: it was counted, and is told so."""
    round = opened(app, house)
    cast(app, house, "petra", [[0]])
    begin_write()
    round.deadline_at = utcnow() - timedelta(seconds=5)
    db.session.commit()
    assert cast(app, house, "petra", [[0]]) == 1
    for who, levels, tag in (("petra", [[1]], TAG), ("petra", [[0]], "cd" * 16), ("samuel", [[0]], TAG)):
        with pytest.raises(NotNow, match="Diese Fassung wurde nicht mehr gezählt"):
            cast(app, house, who, levels, tag=tag)
        db.session.rollback()
    close(app, house, round)
    with pytest.raises(NotNow, match="es gilt, was vorher gespeichert wurde"):  # now nobody can know
        cast(app, house, "petra", [[0]], round=round)


def test_c13_fifty_parallel_casts_of_one_voter_leave_one_of_the_sent_values(app, house):
    round = opened(app, house)
    sent = [((n % 5,), ((n + 1) % 5,)) for n in range(50)]
    answers = []

    def send(levels, tag):
        with app.app_context():
            try:
                answers.append(cast(app, house_ids, "petra", levels, tag=tag, round=frozen))
            except NotNow:
                answers.append(None)
            finally:
                db.session.remove()

    house_ids, frozen = _detached(house, round)
    threads = [
        threading.Thread(target=send, args=(levels, f"{n % 2:02x}" * 16)) for n, levels in enumerate(sent)
    ]
    for start in range(0, 50, 10):
        for thread in threads[start : start + 10]:
            thread.start()
        for thread in threads[start : start + 10]:
            thread.join()
    db.session.rollback()  # look anew
    assert len(answers) == 50 and any(answers)
    assert db.session.query(Ballot).count() == 1
    for tag in ("00" * 16, "01" * 16):
        vote = stand(app, house, "petra", tag=tag).vote
        assert vote is None or vote.levels in sent


def _detached(house, round):
    """Plain values that threads may share."""
    from types import SimpleNamespace

    plain = SimpleNamespace(
        session=SimpleNamespace(id=house.session.id),
        workshop=SimpleNamespace(id=house.workshop.id),
        people={"petra": SimpleNamespace(id=house.people["petra"].id)},
    )
    return plain, SimpleNamespace(id=round.id, list_hash=round.list_hash)


@pytest.mark.parametrize(
    ("fields", "named"),
    [
        (form(A="1") | {"place-Z": ["1"]}, "Z"),
        (form() | {"place-A": ["1", "2"]}, "A"),
        (form(B="0"), "B"),
        (form(B="-1"), "B"),
        (form(B="1.5"), "B"),
        (form(B="1e3"), "B"),
        (form(B="²"), "B"),
        (form(B="1000"), "B"),
        (form(B="9" * 200), "B"),
        (form(C="2") | {"none-C": ["1"]}, "C"),
        ({name: value for name, value in form(A="1").items() if name != "place-D"}, "D"),
        (form(A="1") | {"none-Q": ["1"]}, "Q"),
    ],
)
def test_c14_odd_forms_are_refused_and_the_item_is_named(fields, named):
    with pytest.raises(Refused) as refusal:
        rank.read_vote(LETTERS, fields, rest="below")
    assert refusal.value.values["item"] == named


def test_c14_a_form_says_levels_ties_silence_and_rest():
    vote = rank.read_vote(LETTERS, form(A="2", B="1", C="2") | {"none-D": ["1"]}, rest="below")
    assert vote == Ranking(((1,), (0, 2)), frozenset({3}), rest_below=True)


@pytest.mark.parametrize(
    ("rest", "given", "below"),
    [("ask", "no_opinion", False), ("ask", "below", True), ("below", "no_opinion", True)],
)
def test_the_rest_is_read_by_the_rounds_rule(rest, given, below):
    vote = rank.read_vote(LETTERS, form(A="1") | {"rest": [given]}, rest=rest)
    assert vote.rest_below is below


def test_c14_a_refused_cast_leaves_the_old_ballot_byte_identical(app, house):
    opened(app, house)
    cast(app, house, "petra", [[0]])
    before = db.session.execute(db.select(Ballot.box, Ballot.rev)).all()
    for levels in ([[7]], [[0], [0]], [[-1]]):
        with pytest.raises(Refused):
            cast(app, house, "petra", levels, rev=1)
        db.session.rollback()
    assert db.session.execute(db.select(Ballot.box, Ballot.rev)).all() == before


def test_c52_a_form_with_another_lists_hash_is_refused(app, house):
    from types import SimpleNamespace

    round = opened(app, house)
    with pytest.raises(NotNow):
        cast(app, house, "petra", [[0]], round=SimpleNamespace(id=round.id, list_hash="0" * 64))


def test_only_people_on_the_roll_cast(app, house):
    opened(app, house)
    for name in ("paul", "mona", "otto"):
        with pytest.raises(NotAllowed):
            cast(app, house, name, [[0]])
        db.session.rollback()


def test_an_ended_membership_casts_no_more(app, house):
    from werkstatt.acts import Actor
    from werkstatt.terms import Role

    round = opened(app, house)
    me = Actor(house.people["petra"].id, Role.PARTICIPANT, house.member("petra"))
    begin_write()
    house.member("petra").state = MemberState.ENDED
    db.session.commit()
    with pytest.raises(NotAllowed):
        rank.cast(
            house.session, me, keys_of(app), round.id,
            login_tag=TAG, list_hash=round.list_hash, rev=0, vote=Ranking(((0,),)), arrived=utcnow(),
        )  # fmt: skip


def test_what_arrived_before_deadline_plus_grace_counts(app, house):
    round = opened(app, house, grace=15)
    begin_write()
    round.deadline_at = utcnow() - timedelta(seconds=10)
    db.session.commit()
    cast(app, house, "petra", [[0]], arrived=round.deadline_at + timedelta(seconds=14.9))
    with pytest.raises(NotNow):
        cast(app, house, "samuel", [[0]], arrived=round.deadline_at + timedelta(seconds=15.1))


def test_nothing_is_cast_after_the_count(app, house):
    round = opened(app, house)
    cast(app, house, "petra", [[0]])
    close(app, house, round)
    with pytest.raises(NotNow):
        cast(app, house, "samuel", [[0]], round=round, arrived=datetime.now(UTC) - timedelta(minutes=1))


def test_a_missing_key_is_said_and_nothing_is_stored(app, house):
    round = opened(app, house)
    file = keys_of(app).path / f"{round.key_id}.key"
    kept = file.read_bytes()
    file.unlink()
    with pytest.raises(NotReady, match="Schlüssel"):
        cast(app, house, "petra", [[0]])
    db.session.rollback()
    assert db.session.query(Ballot).count() == 0
    file.write_bytes(kept)
    assert cast(app, house, "petra", [[0]]) == 1


def test_the_handle_is_no_hash_of_anything_public(app, house):
    round = opened(app, house)
    cast(app, house, "petra", [[0]])
    handle = db.session.scalar(db.select(Ballot.handle))
    member, account = house.member("petra").id, house.people["petra"].id
    public = (f"{round.id}|{member}", f"{round.id}|{account}", str(member), str(account))
    assert handle not in {hashlib.sha256(text.encode()).digest() for text in public}
