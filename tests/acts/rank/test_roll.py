"""The roll's rules (C54): added with a reason, corrected until the close, deleted with the ballot or not at all."""

from __future__ import annotations

from collections import Counter

import pytest

from tests.rounds import TAG, cast, close, keys_of, opened
from werkstatt import phrases
from werkstatt.acts import Actor, NotAllowed, NotNow, Refused, audit, clerk, desk, prepare, rank, result
from werkstatt.counting import Ranking
from werkstatt.db import begin_write, db, utcnow
from werkstatt.models import AuditEntry, Ballot, Membership, Result, RollEntry, UrnBallot
from werkstatt.secrecy import handle_of
from werkstatt.terms import MemberState, Role


def forget(app, house, *names):
    begin_write()
    return rank.forget(house.people["ines"].id, keys_of(app), [house.member(name).id for name in names])


def test_c54_deleting_before_the_close_takes_entry_and_ballot_together(app, house):
    round = opened(app, house)
    for who in ("petra", "samuel"):
        cast(app, house, who, [[0]])
    theirs = handle_of(keys_of(app).read(round.key_id), round.id, house.member("samuel").id)
    assert forget(app, house, "petra") == 1
    db.session.commit()
    assert list(db.session.scalars(db.select(Ballot.handle))) == [theirs]
    assert db.session.get(RollEntry, (round.id, house.member("petra").id)) is None
    close(app, house, round)
    figures = db.session.get(Result, round.id).figures
    assert (figures["roll"], figures["cast"]) == (2, 1)
    assert audit.broken_at() is None


def test_c54_the_record_says_that_an_entry_was_deleted_and_not_whose(app, house):
    round = opened(app, house)
    cast(app, house, "petra", [[0]])
    forget(app, house, "petra", "vera")  # one has voted, the other has not
    db.session.commit()
    entry = db.session.scalars(db.select(AuditEntry).where(AuditEntry.deed == "forget_voter")).one()
    assert entry.facts == {"round": round.id, "entries": 2}


def test_c54_deleting_after_the_count_leaves_roll_and_urn(app, house):
    round = opened(app, house)
    cast(app, house, "petra", [[0]])
    close(app, house, round)
    assert forget(app, house, "petra") == 0
    db.session.commit()
    assert db.session.get(RollEntry, (round.id, house.member("petra").id)) is not None
    assert db.session.get(Result, round.id).figures["cast"] == 1


def test_c54_without_the_key_nothing_is_deleted(app, house):
    round = opened(app, house)
    cast(app, house, "petra", [[0]])
    (keys_of(app).path / f"{round.key_id}.key").unlink()
    with pytest.raises(NotNow, match="Schlüssel"):
        forget(app, house, "petra")
    db.session.rollback()
    assert db.session.query(Ballot).count() == 1
    assert db.session.get(RollEntry, (round.id, house.member("petra").id)) is not None


def test_c54_a_late_addition_is_recorded_with_its_reason(app, house):
    round = opened(app, house)
    late = house.crowd(1)[0]
    with pytest.raises(Refused):
        add_late(house, round, late, reason=" ")
    db.session.rollback()
    add_late(house, round, late, reason="Zug hatte Verspätung")
    cast(app, house, late.id, [[0]])
    close(app, house, round)
    protocol = result.protocol(round)
    assert (protocol.on_roll_at_opening, protocol.roll, protocol.late) == (3, 4, ["Zug hatte Verspätung"])
    assert db.session.get(Result, round.id).figures["roll"] == 4
    with pytest.raises(NotNow):
        add_late(house, round, house.crowd(1)[0], reason="zu spät")
    db.session.rollback()


def test_c54_the_protocol_counts_sectors_corrected_while_the_round_is_open(app, house):
    """At the door, in the register and by a list; neither before the opening nor after the close, and nobody else's."""
    workshop, heiko, mona = house.workshop, house.people["heiko"].id, house.actor("mona")
    industry, science, administration = (one.id for one in house.sectors[:3])

    def at_the_door(name: str, sector: int) -> None:
        desk.correct(workshop, heiko, house.member(name).id, sector_id=sector)
        db.session.commit()

    at_the_door("petra", science)
    round = opened(app, house)
    at_the_door("petra", industry)
    at_the_door("petra", industry)  # the same again corrects nothing
    at_the_door("paul", science)  # waits to be let in, so on no roll
    edited = house.member("samuel")
    for sector in (administration, administration):
        prepare.edit_member(workshop, mona, edited.id, role=edited.role, sector_id=sector, table_id=None)
    text = "Name;E-Mail;Organisation;Akteursgruppe\nVera Kunze;vera@example.org;;Wissenschaft\n"
    upload = prepare.keep_list(workshop, mona, prepare.read_list(text.encode()))
    prepare.take_over(workshop, mona, upload.id, {2}, {})
    db.session.commit()
    close(app, house, round)
    at_the_door("petra", science)
    assert result.protocol(round).corrected == 3
    said = phrases.by_hand(result.protocol(round), {}, "", lambda text, **values: text % values)
    assert "Akteursgruppen im Stimmverzeichnis berichtigt: 3-mal." in said


def add_late(house, round, account, *, reason):
    member = db.session.scalar(db.select(Membership.id).where(Membership.account_id == account.id))
    rank.add_late(house.session, house.actor("mona"), round.id, member, reason=reason)
    db.session.commit()


def test_c54_a_sector_is_read_at_the_close_and_not_before(app, house):
    five, four = house.crowd(5, 0), house.crowd(4, 1)
    round = opened(app, house)
    for account in (*five, *four):
        cast(app, house, account.id, [[0]])
    cast(app, house, "petra", [[0]])  # registered as industry: 6 against 4, so no groups
    begin_write()
    house.member("petra").sector_id = house.sectors[1].id
    db.session.commit()
    close(app, house, round)
    groups = Counter(db.session.scalars(db.select(UrnBallot.group)))
    assert groups == {"industry": 5, "science": 5}
    before = db.session.get(Result, round.id).figures
    begin_write()
    house.member("petra").sector_id = house.sectors[0].id
    db.session.commit()
    clerk.work_once(keys_of(app))
    assert db.session.get(Result, round.id, populate_existing=True).figures == before


@pytest.mark.parametrize("how", ["ended", "blocked"])
def test_c54_blocking_and_leaving_end_access_and_neither_entry_nor_ballot(app, house, how):
    round = opened(app, house)
    cast(app, house, "petra", [[0]])
    me = Actor(house.people["petra"].id, Role.PARTICIPANT, house.member("petra"))
    begin_write()
    if how == "ended":
        house.member("petra").state = MemberState.ENDED
    else:
        house.people["petra"].blocked_at = utcnow()
    db.session.commit()
    if how == "ended":
        with pytest.raises(NotAllowed):
            rank.cast(
                house.session, me, keys_of(app), round.id, login_tag=TAG, list_hash=round.list_hash,
                rev=1, vote=Ranking(((1,),)), arrived=utcnow(),
            )  # fmt: skip
        db.session.rollback()
    assert db.session.get(RollEntry, (round.id, house.member("petra").id)) is not None
    close(app, house, round)
    figures = db.session.get(Result, round.id).figures
    assert (figures["roll"], figures["cast"]) == (3, 1)


def test_c54_a_blocked_account_is_out_with_its_next_request(house, browse, app):
    opened(app, house)
    petra = browse("petra")
    assert petra.get(f"/sessions/{house.session.id}").status_code == 200
    begin_write()
    house.people["petra"].blocked_at = utcnow()
    db.session.commit()
    assert petra.get(f"/sessions/{house.session.id}").status_code == 303
