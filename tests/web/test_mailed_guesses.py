"""C39: whoever guesses codes, or asks for mails in somebody's name, slows only himself."""

from __future__ import annotations

from tests.house import asking
from tests.web.test_mailed import KNOWN, SECRET, ask, mailed
from tests.web.test_mailed import petra as petra
from werkstatt.acts import join
from werkstatt.db import db
from werkstatt.terms import TicketKind


def test_c39_strangers_who_guess_or_ask_keep_the_owner_out_of_nothing(petra, house, browse):
    """A borrowed laptop, the mail on the phone, and somebody who knows the address: wrong codes, many requests."""
    for _ in range(2):
        thief = browse(None)
        ask(thief)
        for _ in range(6):
            assert thief.send("/login/code?sent=1", {"code": "AAAA AAAA"}).status_code == 422
    laptop = browse(None)
    ask(laptop)
    for _ in range(4):  # more than are mailed in an hour
        ask(browse(None))
    last = mailed()
    assert laptop.send("/login/code?sent=1", {"code": last.code.lower()}).status_code == 303
    assert "Petra Vogel" in laptop.get("/me").text


def test_c39_whoever_asks_for_the_first_time_after_many_strangers_awaits_the_last_mails_code(petra, browse):
    for _ in range(6):
        ask(browse(None))
    laptop = browse(None)
    page = laptop.get(ask(laptop).location).text
    assert "aus jeder Nachricht der letzten Stunde" in page
    assert laptop.send("/login/code?sent=1", {"code": mailed().code}).status_code == 303


def test_c39_a_mistyped_code_is_followed_by_a_new_mail_at_one_press(petra, browse):
    laptop = browse(None)
    ask(laptop)
    for _ in range(6):
        page = laptop.send("/login/code?sent=1", {"code": "AAAA AAAA"})
    assert "Zu viele falsche Codes in diesem Browser" in page.text
    form = next(form for form in asking.forms_of(page.text) if form[0] == "/login" and "mail" in form[1])
    assert laptop.send("/login", {name: values[0] for name, values in form[1].items()}).status_code == 303
    assert laptop.send("/login/code?sent=1", {"code": mailed().code}).status_code == 303


def test_c39_ten_guesses_beside_an_address_leave_its_owner_a_way_in_on_the_same_page(petra, house, browse):
    made = join.issue(
        TicketKind.INVITATION, account_id=petra.id, workshop_id=house.workshop.id, secret=SECRET
    )
    db.session.commit()
    for n in range(10):
        browse(None).send("/login/code", {"email": KNOWN, "code": f"{n:06}"})
    laptop = browse(None)
    page = laptop.send("/login/code", {"email": KNOWN, "code": made.code})
    assert page.status_code == 422 and "der Code der Einladung allein reicht nicht mehr" in page.text
    form = next(form for form in asking.forms_of(page.text) if form[0] == "/login" and "mail" in form[1])
    assert laptop.send("/login", {name: values[0] for name, values in form[1].items()}).status_code == 303
    assert laptop.send("/login/code?sent=1", {"code": mailed().code}).status_code == 303


def test_c39_one_browser_guesses_at_all_addresses_together(house, browse):
    thief = browse(None)
    said = [
        thief.send("/login/code", {"email": f"p{n}@example.org", "code": "000000"}).status_code
        for n in range(14)
    ]
    assert said == [422] * 12 + [429] * 2
