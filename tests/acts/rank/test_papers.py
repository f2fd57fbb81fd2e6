"""Paper ballots: no electronic one beside them, entered by two alike, mixed with the others, then gone."""

from __future__ import annotations

import pytest

from tests.rounds import cast, close, keys_of, opened, reopened
from werkstatt.acts import Missing, NotAllowed, NotNow, Refused, audit, clerk, rank
from werkstatt.db import begin_write, db
from werkstatt.models import AuditEntry, Ballot, CheckCode, PaperBatch, Result, RollEntry, UrnBallot
from werkstatt.secrecy import BrokenSeal, unpack, unseal_papers
from werkstatt.terms import Phase, RoundState

BLANK = {"1-A": "", "1-B": "", "1-C": "", "1-D": "", "1-E": ""}


def give(app, house, who="petra", *, on_paper=True, by="mona", reason="device"):
    member = house.member(who).id
    rank.mark(house.session, house.actor(by), keys_of(app), member, on_paper=on_paper, reason=reason)
    db.session.commit()


def enter(app, house, round, who, *sheets):
    """Each sheet: letter -> place, with "group" as an index of the house's sectors."""
    form = {"sheets": str(len(sheets))}
    for number, sheet in enumerate(sheets, start=1):
        for sign, value in sheet.items():
            value = str(house.sectors[value].id) if sign == "group" else value
            form[f"{number}-{sign}"] = value
    equal = rank.enter(house.session, house.actor(who), keys_of(app), round.id, rank.read_sheets(round, form))
    db.session.commit()
    return equal


def counted(app, house, round):
    clerk.work_once(keys_of(app))
    db.session.refresh(round)
    return db.session.get(Result, round.id)


@pytest.fixture
def waiting(app, house):
    """Petra votes on paper, Samuel at his laptop; the round is closed and waits for one sheet."""
    round = opened(app, house)
    give(app, house)
    cast(app, house, "samuel", [[0]])
    close(app, house, round)
    assert (round.state, round.problem) == (RoundState.CLOSING, "papers")
    return round


def test_two_alike_entries_are_counted_in_the_same_urn(app, house, waiting):
    sheet = {"A": "2", "B": "1", "C": "2", "D": "–", "group": 1}
    assert not enter(app, house, waiting, "mona", sheet)
    assert counted(app, house, waiting) is None, "one person's entry is not enough"
    assert enter(app, house, waiting, "ines", sheet)
    figures = counted(app, house, waiting).figures
    assert waiting.state is RoundState.CLOSED and waiting.options["papers"] == 1
    assert (figures["roll"], figures["cast"]) == (3, 2)
    rankings = {unpack(row) for row in db.session.scalars(db.select(UrnBallot.ranking))}
    assert any(vote.levels == ((1,), (0, 2)) and vote.no_opinion == {3} for vote in rankings)
    assert db.session.query(PaperBatch).count() == 0
    assert db.session.query(CheckCode).count() == 1, "a sheet has no check code"
    assert audit.broken_at() is None


def test_a_person_with_paper_has_no_electronic_ballot(app, house):
    opened(app, house)
    give(app, house)
    with pytest.raises(NotNow, match="auf Papier"):
        cast(app, house, "petra", [[0]])
    db.session.rollback()
    give(app, house, on_paper=False)
    cast(app, house, "petra", [[0]])


def test_a_ballot_cast_before_is_destroyed_and_the_record_does_not_say_whether_there_was_one(app, house):
    opened(app, house)
    cast(app, house, "petra", [[0]])
    cast(app, house, "samuel", [[0]])
    give(app, house, "petra")
    give(app, house, "vera")
    assert db.session.query(Ballot).count() == 1
    facts = db.session.scalars(db.select(AuditEntry.facts).where(AuditEntry.deed == "give_paper")).all()
    assert [set(one) for one in facts] == [{"round", "member", "reason"}] * 2


def test_paper_given_before_the_opening_is_on_the_roll(app, house):
    house.in_phase(Phase.RANK)
    give(app, house)
    round = opened(app, house)
    assert db.session.get(RollEntry, (round.id, house.member("petra").id)).on_paper
    assert not db.session.get(RollEntry, (round.id, house.member("samuel").id)).on_paper
    assert rank.marked(round.id) == 1


def test_who_votes_on_paper_is_fixed_at_the_close_and_only_the_roll_is_asked(app, house, waiting):
    with pytest.raises(NotNow):
        give(app, house, on_paper=False)
    db.session.rollback()
    with pytest.raises(Missing):
        give(app, house, "paul")  # not let in yet
    db.session.rollback()
    with pytest.raises(NotAllowed):
        give(app, house, "samuel", by="heiko")
    db.session.rollback()


def test_differences_are_shown_to_both_and_resolved_by_correcting_ones_own(app, house, waiting):
    enter(app, house, waiting, "mona", {"A": "1", "B": "2", "group": 1})
    assert not enter(app, house, waiting, "heiko", {"A": "1", "C": "2"})
    mona = rank.desk_of(house.session, house.actor("mona"), keys_of(app), waiting.id)
    heiko = rank.desk_of(house.session, house.actor("heiko"), keys_of(app), waiting.id)
    assert mona.differ and mona.mine[0].differs == {"B": "", "C": "2", "group": 0}
    assert heiko.mine[0].differs == {"B": "2", "C": "", "group": house.sectors[1].id}
    with pytest.raises(NotNow, match="Zwei Personen"):
        enter(app, house, waiting, "ines", {"A": "1"})
    db.session.rollback()
    assert enter(app, house, waiting, "heiko", {"A": "1", "B": "2", "group": 1})
    assert counted(app, house, waiting).figures["cast"] == 2


def test_a_round_on_paper_alone_is_counted(app, house):
    """No electronic ballot, so no check code at all."""
    round = opened(app, house)
    give(app, house)
    close(app, house, round)
    for who in ("mona", "ines"):
        enter(app, house, round, who, {"A": "1"})
    assert counted(app, house, round).figures["cast"] == 1 and round.state is RoundState.CLOSED
    assert db.session.query(CheckCode).count() == 0


def test_one_person_who_enters_twice_is_still_one(app, house, waiting):
    for _ in range(2):
        assert not enter(app, house, waiting, "mona", {"A": "1"})
    assert counted(app, house, waiting) is None


def test_never_more_sheets_than_people_with_paper(app, house, waiting):
    with pytest.raises(Refused, match="nur %") as refusal:
        enter(app, house, waiting, "mona", {"A": "1"}, {"A": "2"})
    db.session.rollback()
    assert refusal.value.values == {"found": 2, "most": 1}
    for who in ("mona", "ines"):
        enter(app, house, waiting, who)  # nobody has put a sheet into the box
    assert counted(app, house, waiting).figures["cast"] == 1


@pytest.mark.parametrize("place", ["0", "1.5", "x", "1000", "²"])
def test_an_odd_place_is_refused_by_sheet_and_letter(app, house, waiting, place):
    with pytest.raises(Refused) as refusal:
        enter(app, house, waiting, "mona", {"A": "1", "B": place} if place != "0" else {"B": "0.0"})
    db.session.rollback()
    assert refusal.value.values == {"sheet": 1, "item": "B"}


def test_counting_without_paper_is_decided_by_hand_and_recorded(app, house, waiting):
    enter(app, house, waiting, "mona", {"A": "1"})
    rank.count_without_papers(house.session, house.actor("mona"), waiting.id)
    db.session.commit()
    assert counted(app, house, waiting) is None, "one person alone decides nothing"
    assert rank.desk(house.session.id).without_asked[1] == "Mona Richter"
    with pytest.raises(NotAllowed, match="zwei Personen"):
        rank.count_without_papers(house.session, house.actor("mona"), waiting.id)
    db.session.rollback()
    rank.count_without_papers(house.session, house.actor("ines"), waiting.id)
    db.session.commit()
    assert counted(app, house, waiting).figures["cast"] == 1
    assert db.session.query(PaperBatch).count() == 0
    assert "count_without_papers" in set(db.session.scalars(db.select(AuditEntry.deed)))


def test_c54_a_sector_corrected_after_the_close_does_not_move_a_ballot(app, house, waiting):
    """Neither where the count waits for paper: whom somebody speaks for is fixed with the close."""
    begin_write()
    samuel = house.member("samuel")
    fixed, samuel.sector_id = (
        samuel.sector_id,
        next(one.id for one in house.sectors if one.id != samuel.sector_id),
    )
    db.session.commit()
    assert waiting.options["speaks_for"][str(samuel.id)] == fixed
    seen = []
    real = clerk._store
    clerk._store = lambda round, opened, codes: (seen.extend(opened), real(round, opened, codes))
    try:
        for who in ("mona", "ines"):
            rank.count_without_papers(house.session, house.actor(who), waiting.id)
            db.session.commit()
        assert counted(app, house, waiting).figures["cast"] == 1
    finally:
        clerk._store = real
    assert [rollup for _, rollup in seen] == [waiting.options["sectors"][str(fixed)]]
    assert "speaks_for" not in waiting.options


def test_the_sheets_lie_sealed_and_go_with_a_cancelled_round(app, house, waiting):
    enter(app, house, waiting, "mona", {"A": "1"})
    batch = db.session.scalars(db.select(PaperBatch)).one()
    key = keys_of(app).read(waiting.key_id)
    assert unseal_papers(key, waiting.id, batch.account_id, batch.box)
    for wrong in (
        (bytes(32), waiting.id, batch.account_id),
        (key, waiting.id, 4711),
        (key, 4711, batch.account_id),
    ):
        with pytest.raises(BrokenSeal):
            unseal_papers(*wrong, batch.box)
    rank.cancel(house.session, house.actor("mona"), waiting.id, reason="falsche Liste")
    db.session.commit()
    clerk.work_once(keys_of(app))
    assert db.session.query(PaperBatch).count() == 0
    assert rank.marked(reopened(app, house).id) == 1, "who has paper keeps it in the next round"


def test_sheets_are_entered_only_between_close_and_count(app, house):
    round = opened(app, house)
    give(app, house)
    with pytest.raises(NotNow, match="sobald"):
        enter(app, house, round, "mona", {"A": "1"})
    db.session.rollback()


def test_nobody_on_paper_nothing_to_enter(app, house):
    round = opened(app, house, grace=120)
    close(app, house, round)
    assert round.state is RoundState.CLOSING
    with pytest.raises(NotNow, match="niemand"):
        enter(app, house, round, "mona", {"A": "1"})
    db.session.rollback()


def test_c54_a_sheet_in_the_box_outlives_its_account(app, house, waiting):
    """Nobody knows which sheet is whose, so the entry on the roll stays with it."""
    assert rank.forget(house.people["ines"].id, keys_of(app), [house.member("petra").id]) == 0
    db.session.commit()
    assert rank.marked(waiting.id) == 1
