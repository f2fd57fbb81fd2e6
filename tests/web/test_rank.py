"""The ranking room as pages: arrange, review, cast, saved; too late; not on the roll; other logins."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from tests.rounds import close, keys_of, opened, reopened
from werkstatt.acts import clerk, rank
from werkstatt.acts.rank.turnout import STEP
from werkstatt.counting import groups
from werkstatt.db import begin_write, db
from werkstatt.models import Ballot, RollEntry, Round
from werkstatt.secrecy import check_code
from werkstatt.terms import MemberState, Phase, RoundState

LETTERS = "ABCDE"


@pytest.fixture
def round(app, house) -> Round:
    return opened(app, house)


def form(round, rev=0, step="cast", **places) -> dict:
    fields = {f"place-{sign}": "" for sign in LETTERS} | {
        f"place-{sign}": place for sign, place in places.items()
    }
    return {"list": round.list_hash, "rev": str(rev), "step": step, **fields}


def address(round, tail="ballot") -> str:
    return f"/sessions/{round.session_id}/rounds/{round.id}/{tail}"


def test_petra_ranks_reviews_casts_and_reads_it_back(browse, round):
    petra = browse("petra")
    page = petra.get(f"/sessions/{round.session_id}")
    assert "Noch nicht abgegeben." in page.text and page.text.count('data-letter="') == 5
    review = petra.send(address(round), form(round, step="review", A="1", C="1", B="2"))
    assert review.status_code == 200 and "Stimme abgeben" in review.text
    assert "3 von 5 eingeordnet" in review.text and "Die übrigen 2 gelten als weniger wichtig" in review.text
    assert db.session.query(Ballot).count() == 0
    cast = petra.send(address(round), form(round, A="1", C="1", B="2"))
    assert cast.status_code == 303
    saved = petra.get(cast.headers["Location"])
    assert "Gespeichert um" in saved.text and "Meine Reihenfolge: 3 von 5 eingeordnet" in saved.text
    assert "Meine Reihenfolge: 3 von 5" in petra.get(f"/sessions/{round.session_id}").text


def test_arranging_sorts_and_stores_nothing(browse, round):
    answer = browse("petra").send(address(round), form(round, step="arrange", D="7", B="3", E="7"))
    assert answer.status_code == 200
    ranked = answer.text.partition('id="ranked"')[2]
    assert ranked.index('data-letter="B"') < ranked.index('data-letter="D"') < ranked.index('data-letter="E"')
    assert [
        f'name="place-{sign}" value="{place}"' in ranked for sign, place in (("B", 1), ("D", 2), ("E", 2))
    ]
    assert db.session.query(Ballot).count() == 0


def test_casting_nothing_asks_and_abstaining_is_a_ballot(browse, round):
    petra = browse("petra")
    empty = petra.send(address(round), form(round))
    assert empty.status_code == 422 and "noch nichts eingeordnet" in empty.text
    assert petra.send(address(round), form(round, step="abstain")).status_code == 303
    assert "Sie haben sich enthalten." in petra.get(address(round, "saved")).text


def test_a_bad_place_names_the_item_and_keeps_the_page(browse, round):
    answer = browse("petra").send(address(round), form(round, A="eins"))
    assert answer.status_code == 422
    assert "Der Platz von A muss eine ganze Zahl ab 1 sein." in answer.text and 'id="ballot"' in answer.text


def test_c14_ten_thousand_entries_are_too_many(browse, round):
    many = form(round) | {f"place-X{n}": "1" for n in range(10_000)}
    assert browse("petra").send(address(round), many).status_code in (413, 422)
    assert db.session.query(Ballot).count() == 0


def test_another_login_of_petra_may_replace_and_not_read(browse, round):
    browse("petra").send(address(round), form(round, A="1", B="2", C="3"))
    tablet = browse("petra")
    page = tablet.get(f"/sessions/{round.session_id}").text
    assert "Ihre Stimme liegt vor." in page and "wird hier nicht gezeigt" in page
    assert "Sie haben 0 von 5 eingeordnet." in page
    refused = tablet.send(address(round), form(round, rev=0, E="1"))
    assert refused.status_code == 409 and "neuere Fassung" in refused.text
    assert 'name="rev" value="0"' in refused.text or 'name="rev" value="1"' in refused.text
    assert tablet.send(address(round), form(round, rev=1, E="1")).status_code == 303


def test_a_refused_older_revision_can_be_sent_again_from_the_page_it_got(browse, round):
    browse("petra").send(address(round), form(round, A="1"))
    tablet = browse("petra")
    refused = tablet.send(address(round), form(round, rev=0, E="1"))
    assert 'name="rev" value="1"' in refused.text
    assert 'name="place-E" value="1"' in refused.text.partition('id="ranked"')[2]


def test_a_slip_beside_a_newer_ballot_does_not_replace_it_unasked(browse, round):
    browse("petra").send(address(round), form(round, A="1"))
    tablet = browse("petra")
    slip = tablet.send(address(round), form(round, rev=0, E="1", B="no"))
    assert slip.status_code == 422 and 'name="rev" value="0"' in slip.text
    assert "neuere Fassung" in tablet.send(address(round), form(round, rev=0, E="1")).text


def test_a_missing_key_is_said_on_the_ballot_itself_and_costs_no_order(app, browse, round):
    """Without the script as well: the sentence, the order, and the buttons to try again (503, not "zu spät")."""
    petra = browse("petra")
    file = keys_of(app).path / f"{round.key_id}.key"
    away = file.rename(file.with_suffix(".away"))
    for step in ("cast", "review"):
        answer = petra.send(address(round), form(round, step=step, D="1", B="2"))
        assert answer.status_code == 503 and answer.headers["Retry-After"] == "5"
        assert "Dem Server fehlt der Schlüssel. Bitte Hand heben." in answer.text
        ranked = answer.text.partition('id="ranked"')[2]
        assert ranked.index('data-letter="D"') < ranked.index('data-letter="B"')
        assert 'value="cast"' in answer.text and 'name="rev" value="0"' in answer.text
    away.rename(file)
    assert petra.send(address(round), form(round, D="1", B="2")).status_code == 303


def test_without_the_key_a_page_still_shows_the_list_and_says_what_to_do(app, browse, round):
    petra = browse("petra")
    petra.send(address(round), form(round, D="1"))
    file = keys_of(app).path / f"{round.key_id}.key"
    away = file.rename(file.with_suffix(".away"))
    for path in (f"/sessions/{round.session_id}", address(round, "saved")):
        page = petra.get(path)
        assert page.status_code == 503 and page.headers["Retry-After"] == "5"
        assert "Dem Server fehlt der Schlüssel. Bitte Hand heben." in page.text
        assert "die Sie schon abgegeben haben, gilt weiter" in page.text
        assert page.text.count('<span class="letter">') == 5 and "Noch nicht abgegeben" not in page.text
    away.rename(file)
    assert "Gespeichert." in petra.get(f"/sessions/{round.session_id}").text


def test_the_closing_minute_names_a_time_and_the_button_that_is_there(browse, house, round):
    petra = browse("petra")
    rank.announce(house.session, house.actor("mona"), round.id, seconds=60)
    db.session.commit()
    page = petra.get(f"/sessions/{round.session_id}").text
    assert re.search(r'class="js-off">Die Abstimmung schließt um \d\d:\d\d:\d\d Uhr\.<', page)
    assert "bitte jetzt auf „Jetzt so abgeben“" in page
    review = petra.send(address(round), form(round, step="review", A="1")).text
    assert "bitte jetzt auf „Stimme abgeben“" in review and "Jetzt so abgeben" not in review
    nothing = petra.send(address(round), form(round, step="review")).text
    assert "bitte jetzt auf" not in nothing


def test_a_late_comer_is_told_and_added_by_the_moderator(browse, house, round):
    begin_write()
    house.member("paul").state = MemberState.CHECKED_IN
    db.session.commit()
    paul, mona = browse("paul"), browse("mona")
    assert "Sie stehen nicht im Stimmverzeichnis." in paul.get(f"/sessions/{round.session_id}").text
    assert paul.send(address(round), form(round, A="1")).status_code == 403
    late = {"member": house.member("paul").id, "reason": "später gekommen"}
    assert mona.send(address(round, "late"), late).status_code == 303
    assert db.session.query(RollEntry).filter_by(late_reason="später gekommen").count() == 1
    assert paul.send(address(round), form(round, A="1")).status_code == 303


@pytest.mark.parametrize("tail", ["announce", "extend", "keep-open", "cancel", "late", "retry", "without"])
def test_participants_and_strangers_steer_nothing(browse, round, tail):
    assert browse("petra").send(address(round, tail)).status_code == 403
    assert browse("gregor").send(address(round, tail)).status_code == 404
    assert browse(None).send(address(round, tail)).status_code == 401


def test_opening_through_the_sheet(app, house, browse):
    from tests.rounds import propose

    propose(house)
    house.in_phase(Phase.RANK)
    mona = browse("mona")
    page = mona.get(f"/sessions/{house.session.id}/opening").text
    mark = page.partition('name="mark" value="')[2].partition('"')[0]
    stale = mona.send(f"/sessions/{house.session.id}/opening", {"leading": "person", "mark": "x"})
    assert stale.status_code == 409 and "geändert" in stale.text
    assert (
        mona.send(f"/sessions/{house.session.id}/opening", {"leading": "person", "mark": mark}).status_code
        == 303
    )
    assert (
        mona.send(f"/sessions/{house.session.id}/opening", {"leading": "person", "mark": mark}).status_code
        == 409
    )


def test_announce_extend_and_withdraw(browse, round):
    mona = browse("mona")
    app_settings_have_no_seconds = mona.send(address(round, "announce"))
    assert app_settings_have_no_seconds.status_code == 303
    assert mona.send(address(round, "extend")).status_code == 409  # the deadline has passed
    begin_write()
    db.session.get(Round, round.id).deadline_at = None
    db.session.commit()
    assert mona.send(address(round, "extend")).status_code == 303
    assert mona.send(address(round, "keep-open")).status_code == 303


def test_after_the_close_everybody_waits_for_the_result(app, browse, house, round):
    petra = browse("petra")
    petra.send(address(round), form(round, A="1"))
    close(app, house, round)
    page = petra.get(f"/sessions/{round.session_id}").text
    assert "Geschlossen. Das Ergebnis sehen wir gemeinsam an." in page
    assert "Die Stimmen sind ausgezählt." in page and "werden gemischt" not in page
    late = petra.send(address(round), form(round, rev=1, B="1"))
    assert late.status_code == 409 and "nicht mehr gezählt" in late.text
    code = petra.get(address(round, "codes")).text.partition('class="code">')[2][:9]
    assert code[4] == "-" and code.replace("-", "") == rank.check_codes(round.id)[0]


def test_codes_are_not_there_before_the_close(browse, round):
    assert browse("petra").get(address(round, "codes")).status_code == 409


def test_taking_back_tells_everybody_why(app, browse, house, round):
    mona, petra = browse("mona"), browse("petra")
    petra.send(address(round), form(round, A="1"))
    assert mona.send(address(round, "cancel"), {"reason": ""}).status_code == 422
    assert mona.send(address(round, "cancel"), {"reason": "zu früh"}).status_code == 303
    clerk.work_once(keys_of(app))
    page = petra.get(f"/sessions/{round.session_id}").text
    assert "ist zurückgenommen" in page and "zu früh" in page
    db.session.expire_all()
    assert db.session.get(Round, round.id).state is RoundState.CANCELLED


def test_the_secrecy_page_is_true_to_the_code_and_says_what_is_not_promised(app, browse, monkeypatch):
    """Its figures are the code's own; the warning stands there, and at the login, wherever there is no TLS."""
    stranger = browse(None)

    def with_settings(**more) -> str:
        monkeypatch.setitem(app.config, "SETTINGS", replace(app.config["SETTINGS"], **more))
        return stranger.get("/vertraulich").text

    page = with_settings(grace=17)
    for sentence in (
        "bis 17 Sekunden nach dem Ende",
        f"mindestens {groups.MINIMUM} Stimmen, die zu beiden Empfehlungen etwas sagen",
        f"Ihr Prüfcode ({len(check_code(bytes(32), bytes(32)))} Zeichen",
        "keine geheime Wahl",
        "Geht der Schlüsselordner vor dem Schließen verloren",
        "vor Druck durch andere",
        "Wer sich an Ihrer Stelle anmeldet",
        "in Schritten von fünf; wer, sieht niemand",
        "Unverschlüsselt im WLAN.",
    ):
        assert sentence in page, sentence
    kept = "PostgreSQL" if db.engine.dialect.name == "postgresql" else "SQLite"
    other = {"PostgreSQL", "SQLite"} - {kept}
    assert f"Datenbank ({kept})" in page and "(WAL)" in page and not any(one in page for one in other)
    assert STEP == 5
    assert "Unverschlüsselt im WLAN." in stranger.get("/login").text
    page = with_settings(grace=0, https=True)
    assert "Es zählt, was bis zum Ende beim Server eintrifft." in page
    for quiet in (page, stranger.get("/login").text):
        assert "Unverschlüsselt" not in quiet


def test_the_list_of_check_codes_finds_a_code_without_the_script(app, house, browse, round):
    petra = browse("petra")
    petra.send(address(round), form(round, A="1"))
    saved = petra.get(address(round, "saved")).text
    code = re.search(r'<b class="code">(.{4}-.{4})</b>', saved)[1]
    assert f'data-code="{code}"' in saved
    assert petra.get(address(round, "codes")).status_code == 409
    close(app, house, round)
    assert "steht in der Liste: Diese Stimme" in petra.get(address(round, f"codes?code={code.lower()}")).text
    assert "steht nicht in der Liste. Bitte" in petra.get(address(round, "codes?code=2222-2222")).text
    assert petra.get(address(round, "codes?code=" + "%3Cb%3E" * 50)).status_code == 200


def test_only_a_round_that_was_taken_back_hands_its_orders_on(app, house, browse, round):
    petra, there = browse("petra"), f"/sessions/{round.session_id}"
    assert 'data-carries=""' in petra.get(there).text
    rank.cancel(house.session, house.actor("mona"), round.id, reason="zu früh")
    db.session.commit()
    clerk.work_once(keys_of(app))
    second = reopened(app, house)
    assert f'data-carries="{round.id}"' in petra.get(there).text
    close(app, house, second)
    assert rank.taken_back_before(second) == round.id
    begin_write()
    house.session.phase, second.state = Phase.RANK, RoundState.RELEASED
    db.session.commit()
    reopened(app, house)
    assert 'data-carries=""' in petra.get(there).text


def test_one_slip_costs_one_field_and_no_more(browse, round):
    """Without the script: a bad number names its item, and all other entries stay."""
    answer = browse("petra").send(
        address(round), form(round, step="arrange", A="2", B="abc", C="1") | {"none-D": "1"}
    )
    assert answer.status_code == 422 and "Der Platz von B" in answer.text
    ranked = answer.text.partition('id="ranked"')[2]
    assert 'name="place-C" value="1"' in ranked and 'name="place-A" value="2"' in ranked
    assert 'name="none-D" value="1" checked' in answer.text


def test_the_leading_view_is_said_rightly_in_both_languages(app, house, browse):
    opened(app, house, leading="person")
    petra = browse("petra")
    assert "Führend ist die Sicht je Person;" in petra.get(f"/sessions/{house.session.id}").text
    petra.send("/language", {"language": "en", "next": "/"})
    assert "The view per person leads;" in petra.get(f"/sessions/{house.session.id}").text


def test_c55_a_round_from_a_backup_is_said_to_everybody_as_one_to_be_repeated(app, house, browse, round):
    keys_of(app).destroy(round.key_id)
    clerk.work_once(keys_of(app))
    for who, path in (("petra", ""), ("otto", ""), ("petra", "/mirror")):
        page = browse(who).get(f"/sessions/{house.session.id}{path}", follow_redirects=True).text
        assert "Die Abstimmung wird wiederholt" in page and "aus einer Sicherung wiederhergestellt" in page
        assert "ausgezählt" not in page and "jetzt abgeben" not in page


def test_a_cast_into_a_round_that_was_taken_back_is_told_why_and_keeps_its_order(house, browse, round):
    """Without the script this page is all there is: what was saved before is destroyed, and it says so."""
    petra = browse("petra")
    token = petra.token()
    assert petra.send(address(round), form(round, A="1")).status_code == 303
    rank.cancel(house.session, house.actor("mona"), round.id, reason="zu früh")
    db.session.commit()
    late = petra.post(address(round), data=form(round, rev=1, C="1", B="2") | {"csrf_token": token})
    assert late.status_code == 409 and "wurde zurückgenommen" in late.text and "„zu früh“" in late.text
    assert "vorher gespeichert" not in late.text
    order = late.text.partition("<ol>")[2]
    assert order.index(">C<") < order.index(">B<") and f'href="/sessions/{round.session_id}"' in late.text


def test_another_login_is_not_told_that_its_own_version_is_saved(browse, round):
    petra, other = browse("petra"), browse("petra")
    petra.send(address(round), form(round, A="1"))
    assert "zählt in dieser Fassung" in petra.get(address(round, "saved")).text
    page = other.get(address(round, "saved")).text
    assert "in einer anderen Anmeldung abgegeben" in page
    assert "Gespeichert um" not in page and "zählt in dieser Fassung" not in page


def test_a_console_whose_deadline_has_passed_offers_no_more_time(house, browse, round):
    """The clerk may be late, or its disk full: the end is not put off any more, and no time of day counts down."""
    rank.announce(house.session, house.actor("mona"), round.id, seconds=0)
    db.session.commit()
    page = browse("mona").get(f"/sessions/{round.session_id}/console").text
    assert "Wird geschlossen" in page and "+ 2 Minuten" not in page and "Schließt in" not in page
