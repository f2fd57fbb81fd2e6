"""Paper ballots through the pages: one person on paper, two who enter the sheet, one result."""

from __future__ import annotations

import pytest

from tests.rounds import cast, close, keys_of, opened, reopened
from werkstatt.acts import NotNow, clerk, rank
from werkstatt.db import db
from werkstatt.models import AuditEntry, Ballot, PaperBatch, Result
from werkstatt.terms import RoundState


def test_a_round_with_a_sheet_of_paper_from_the_mark_to_the_result(app, house, browse):
    round = opened(app, house)
    session = f"/sessions/{house.session.id}"
    sheets = f"{session}/rounds/{round.id}/sheets"
    mona, ines, heiko, petra = browse("mona"), browse("ines"), browse("heiko"), browse("petra")
    cast(app, house, "petra", [[0]])
    cast(app, house, "samuel", [[0]])
    assert f'href="{session}/papers"' in mona.get(f"{session}/console").text
    member = house.member("petra").id
    assert f'href="{session}/papers/{member}"' in mona.get(f"{session}/papers").text
    page = mona.get(f"{session}/papers/{member}").text
    assert "wird ihr Stimmzettel vernichtet" in page and "Ja, Papier geben" in page
    no = mona.send(f"{session}/papers/{member}", {"to": "paper"})
    assert no.status_code == 422 and "Bitte wählen Sie einen Grund" in no.text
    assert db.session.query(Ballot).count() == 2, "one press destroys nothing"
    db.session.rollback()
    assert mona.send(f"{session}/papers/{member}", {"to": "paper", "reason": "device"}).status_code == 303
    assert "stimmt schon auf Papier ab" in mona.get(f"{session}/papers/{member}").text
    assert "1 auf Papier" in mona.get(f"{session}/papers").text
    assert "Sie stimmen auf Papier ab." in petra.get(session).text
    assert mona.get(sheets).status_code == 409, "not before the close"
    close(app, house, round)
    assert "wartet auf 1 Papierstimmzettel" in mona.get(f"{session}/console").text
    assert "Die Auszählung wartet auf die Moderation." in petra.get(session).text
    assert f'href="{sheets}"' in heiko.get(session).text, "a helper may be one of the two"
    assert 'name="1-A"' in heiko.get(f"{sheets}?sheets=1").text
    body = {"sheets": "1", "1-A": "7", "1-B": "1", "1-group": str(house.sectors[0].id)}
    assert heiko.send(sheets, body).location.endswith(sheets)
    assert "Ihre Erfassung ist gespeichert." in heiko.get(sheets).text
    assert "Erfasst von Heiko Lang (Blätter: 1)" in mona.get(f"{session}/console").text
    page = mona.get(f"{sheets}?sheets=1").text
    assert "Sie sind die zweite Person." in page and 'name="1-A" value="7"' not in page, (
        "the second enters blindly"
    )
    assert mona.send(sheets, body | {"1-A": "1x"}).status_code == 422
    mona.send(sheets, body | {"1-A": "3"})
    ines_sees = ines.get(sheets)
    assert ines_sees.status_code == 409
    page = mona.get(sheets).text
    assert "stimmen noch nicht überein" not in page, "1, 3 and 1, 2 are the same order"
    db.session.expire_all()
    clerk.work_once(keys_of(app))
    db.session.refresh(round)
    assert round.state is RoundState.CLOSED
    assert db.session.get(Result, round.id).figures["cast"] == 2
    protocol = mona.get(f"{session}/rounds/{round.id}/protocol").text
    assert "Papierstimmzettel erfasst" in protocol
    assert "Person stimmt auf Papier ab (kein Gerät, oder es geht nicht)" in protocol


def test_a_difference_is_marked_at_its_letter(app, house, browse):
    round = opened(app, house)
    session = f"/sessions/{house.session.id}"
    sheets = f"{session}/rounds/{round.id}/sheets"
    mona, ines = browse("mona"), browse("ines")
    mona.send(f"{session}/papers/{house.member('petra').id}", {"to": "paper", "reason": "wish"})
    close(app, house, round)
    mona.send(sheets, {"sheets": "1", "1-A": "1", "1-B": "2"})
    ines.send(sheets, {"sheets": "1", "1-B": "1", "1-A": "2"})
    page = ines.get(sheets).text
    assert "stimmen noch nicht überein" in page and "A (andere Erfassung: 1)" in page
    for one, says in (
        (mona, "Vorschlagen: ohne Papier zählen"),
        (ines, "Mona Richter schlägt vor, ohne Papier zu zählen."),
    ):
        db.session.expire_all()
        clerk.work_once(keys_of(app))
        assert says in one.get(f"{session}/console").text
        assert one.send(f"{session}/rounds/{round.id}/without-papers").status_code == 303
    clerk.work_once(keys_of(app))
    db.session.refresh(round)
    assert round.state is RoundState.CLOSED


def test_a_form_made_by_hand_writes_nothing(app, house, browse):
    round = opened(app, house)
    session, mona = f"/sessions/{house.session.id}", browse("mona")
    sheets = f"{session}/rounds/{round.id}/sheets"
    petra, samuel = (f"{session}/papers/{house.member(name).id}" for name in ("petra", "samuel"))
    for odd in ({}, {"to": "device"}):
        no = mona.send(petra, odd)
        assert no.status_code == 422 and "auf Papier oder am Gerät" in no.text
    assert mona.send(petra, {"to": "screen"}).status_code == 303, (
        "she has no paper, so there is nothing to do"
    )
    assert mona.send(samuel, {"to": "paper", "reason": "wish"}).status_code == 303
    assert mona.send(samuel, {"to": "paper", "reason": "wish"}).status_code == 303
    deeds = db.session.scalars(db.select(AuditEntry.deed).where(AuditEntry.deed.like("%_paper"))).all()
    assert deeds == ["give_paper"]
    close(app, house, round)
    for odd in ({"sheets": "-1"}, {"sheets": "1.5"}, {}):
        no = mona.send(sheets, odd)
        assert no.status_code == 422 and "Zahl der Blätter als ganze Zahl" in no.text
    assert db.session.query(PaperBatch).count() == 0


def test_a_third_person_takes_over_for_one_of_the_two_who_has_left(app, house, browse):
    round = opened(app, house)
    session = f"/sessions/{house.session.id}"
    sheets = f"{session}/rounds/{round.id}/sheets"
    mona, ines, heiko = browse("mona"), browse("ines"), browse("heiko")
    mona.send(f"{session}/papers/{house.member('petra').id}", {"to": "paper", "reason": "wish"})
    close(app, house, round)
    one, other = {"sheets": "1", "1-A": "1", "1-B": "2"}, {"sheets": "1", "1-B": "1", "1-A": "2"}
    heiko.send(sheets, other)
    mona.send(sheets, one)
    assert "eine dritte ihre Erfassung übernehmen" in mona.get(sheets).text
    page = ines.get(sheets).text
    assert "Für Heiko Lang übernehmen" in page and "Für Mona Richter übernehmen" in page
    assert 'name="1-A"' not in page and ines.send(sheets, one).status_code == 409
    left = {"instead": str(house.people["heiko"].id)}
    assert mona.send(sheets, left).status_code == 409, "one of the two can correct their own"
    assert ines.send(sheets, {"instead": "x"}).status_code == 404
    assert ines.send(sheets, left).status_code == 303
    assert ines.send(sheets, left).status_code == 409, "pressed twice"
    assert "Sie sind die zweite Person." in ines.get(sheets).text
    ines.send(sheets, one)
    db.session.expire_all()
    clerk.work_once(keys_of(app))
    db.session.refresh(round)
    assert round.state is RoundState.CLOSED
    protocol = mona.get(f"{session}/rounds/{round.id}/protocol").text
    assert "Papiererfassung übernommen: Eine der beiden Personen war nicht mehr da" in protocol


def test_a_sheet_to_print_has_every_letter_and_group_while_the_round_is_open(app, house, browse):
    round = opened(app, house)
    session = f"/sessions/{house.session.id}"
    mona, sheet = browse("mona"), f"{session}/rounds/{round.id}/sheet"
    assert f'href="{sheet}"' in mona.get(f"{session}/papers").text
    page = mona.get(sheet).text
    for item in rank.frozen_items(round.id):
        assert f'<b class="letter">{item.letter}</b>' in page and item.title in page
    assert page.count('class="box wide"') == len(rank.letters(round)), "one field for each place"
    assert all(title in page for _, title in rank.groups_of(house.session))
    assert "weniger wichtig als alles mit einer Zahl" in page and round.list_hash[:8] in page
    close(app, house, round)
    assert mona.get(sheet).status_code == 409, "no sheet of a list that is closed"


def test_who_had_paper_stands_on_the_next_opening_sheet_by_name_until_somebody_changes_it(app, house, browse):
    """The mark belongs to the person, so it goes on into the next round; nobody is to be surprised by it."""
    round = opened(app, house)
    session, mona = f"/sessions/{house.session.id}", browse("mona")
    petra, samuel = (f"{session}/papers/{house.member(name).id}" for name in ("petra", "samuel"))
    assert mona.send(petra, {"to": "paper", "reason": "wish"}).status_code == 303
    assert mona.send(samuel, {"to": "paper", "reason": "wish"}).status_code == 303
    assert mona.send(samuel, {"to": "screen"}).status_code == 303
    rank.cancel(house.session, house.actor("mona"), round.id, reason="ein Titel fehlte")
    db.session.commit()
    clerk.work_once(keys_of(app))
    page = mona.get(f"{session}/opening").text
    assert "<b>Auf Papier:</b> <span>Petra Vogel</span>" in page and f'href="{session}/papers"' in page
    again = reopened(app, house)
    assert rank.marked(again.id) == 1
    with pytest.raises(NotNow, match="auf Papier"):
        cast(app, house, "petra", [[0]])
    db.session.rollback()
    assert mona.send(petra, {"to": "screen"}).status_code == 303
    cast(app, house, "petra", [[0]])


def test_an_annulled_round_announces_no_check_codes(app, house, browse):
    round = opened(app, house)
    cast(app, house, "petra", [[0]])
    close(app, house, round)
    codes, petra = f"/sessions/{house.session.id}/rounds/{round.id}/codes", browse("petra")
    assert petra.get(codes).status_code == 200
    rank.propose_annulment(house.session, house.actor("mona"), round.id, reason="falsche Liste")
    db.session.commit()
    assert petra.get(codes).status_code == 200, "one alone annuls nothing"
    rank.confirm_annulment(house.session, house.actor("ines"), round.id)
    db.session.commit()
    gone = petra.get(codes)
    assert gone.status_code == 409 and "ihre Prüfcodes gelten nicht mehr" in gone.text
