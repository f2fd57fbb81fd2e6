"""The ranking in a real browser: keys, mouse, drafts, a cut connection, and a CDN that fails (A02, A03)."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from tests import rounds
from tests.story.conftest import PATIENCE, cookie_of
from werkstatt.acts import rank
from werkstatt.counting import Ranking
from werkstatt.db import db
from werkstatt.models import Ballot
from werkstatt.secrecy import handle_of, unpack, unseal

pytestmark = pytest.mark.browser
expect.set_options(timeout=PATIENCE)

SEVEN = (*rounds.TITLES, "InnoCamp Saxony", "Inno Slam Tour")
BALLOT = "Jetzt: Ordnen Sie die für Sie wichtigsten Empfehlungen, das Wichtigste zuerst"
SAVED = "Jetzt: Ihre Stimme ist gespeichert"
NOT_CONFIRMED = "Noch nicht bestätigt: keine Verbindung. Ihre Reihenfolge steht noch hier"


@pytest.fixture
def open_round(app, house):
    """Seven items, an open round."""
    return rounds.opened(app, house, SEVEN)


@pytest.fixture
def sits_down(guest, house, open_round):
    """``sits_down("petra")``: that person at a laptop with the ballot on it."""

    def sit(name: str, **how):
        one = guest(name, house.people[name].id, **how)
        one.go(f"/sessions/{house.session.id}")
        expect(one.heading()).to_have_text(BALLOT)
        return one

    return sit


def stands(one, *letters: str) -> None:
    expect(one.page.locator("#ranked .letter")).to_have_text(list(letters))


def unsorted(one) -> list[str]:
    return one.page.locator("#unsorted .letter").all_inner_texts()


def more(one, letter: str, name: str) -> None:
    """Open "Mehr" of a card and press."""
    menu = one.page.locator(f'[data-letter="{letter}"] details.more')
    menu.locator("summary").click()
    one.press(name, menu)


def cast_by(app, house, name: str, order: list[str]):
    """What the database holds of that person, read with the key."""
    db.session.rollback()
    round = rank.unfinished(house.session.id)
    member = house.member(name)
    key = rounds.keys_of(app).read(round.key_id)
    handle = handle_of(key, round.id, member.id)
    row = db.session.get(Ballot, (round.id, handle))
    vote: Ranking = unpack(unseal(key, round.id, handle, row.rev, row.box)[1])
    assert [[chr(65 + item) for item in level] for level in vote.levels] == [[one] for one in order]


# ---- with the keyboard alone


def test_a02_seven_items_take_nine_presses_of_a_key(app, house, sits_down):
    petra = sits_down("petra")
    keys, order = petra.page.keyboard, unsorted(petra)
    petra.page.locator("#unsorted [data-do=add]").first.focus()
    for number in range(7):
        focused = petra.page.evaluate("document.activeElement.closest('[data-letter]')?.dataset.letter")
        assert focused == order[number], "the focus goes on to the next card"
        keys.press("Enter")
        expect(petra.page.locator("#said")).to_contain_text(f"{order[number]} steht auf Platz {number + 1}")
    expect(petra.page.get_by_role("button", name="Weiter", exact=True)).to_be_focused()
    keys.press("Enter")
    expect(petra.heading()).to_have_text("Jetzt: Ihre Reihenfolge prüfen und abgeben")
    reach(petra, "Stimme abgeben")
    keys.press("Enter")
    expect(petra.heading()).to_have_text(SAVED)
    cast_by(app, house, "petra", order)


def reach(one, name: str) -> None:
    """Press Tab until the button of this name has the focus."""
    for _ in range(40):
        if one.page.evaluate("document.activeElement.textContent.trim()") == name:
            return
        one.page.keyboard.press("Tab")
    raise AssertionError(f"{name} cannot be reached with the Tab key")


def test_a02_the_ballot_with_keys_alone_from_the_top_of_the_page(sits_down):
    """Tab to the first card, add three, move with the arrows' buttons, the menu and Escape."""
    petra = sits_down("petra")
    page, keys = petra.page, petra.page.keyboard
    first, second, third, *_ = unsorted(petra)
    reach(petra, "Hinzufügen")
    for _ in range(3):
        keys.press("Enter")
    stands(petra, first, second, third)
    up = page.get_by_role("button", name=f"{third} nach oben")
    up.focus()
    keys.press("Enter")
    stands(petra, first, third, second)
    expect(up).to_be_focused()
    keys.press("Enter")
    stands(petra, third, first, second)
    expect(page.get_by_role("button", name=f"{third} nach unten")).to_be_focused()
    keys.press("Tab")
    keys.press("Enter")  # "Mehr"
    expect(page.get_by_role("button", name="ganz nach unten")).to_be_visible()
    keys.press("Escape")
    expect(page.get_by_role("button", name="ganz nach unten")).to_be_hidden()
    expect(page.locator(f'[data-letter="{third}"] summary', has_text="Mehr")).to_be_focused()


# ---- with the mouse


def test_every_way_of_placing_a_card(sits_down):
    petra = sits_down("petra")
    a, b, c, d, e, f, g = unsorted(petra)
    for letter in (a, b, c, d, e):
        petra.press(f"{letter} hinzufügen")
    more(petra, d, "ganz nach oben")
    stands(petra, d, a, b, c, e)
    more(petra, a, "ganz nach unten")
    stands(petra, d, b, c, e, a)
    menu = petra.page.locator(f'[data-letter="{a}"] details.more')
    menu.locator("summary").click()
    menu.get_by_label("Platz").fill("2")
    petra.press("Setzen", menu)
    stands(petra, d, a, b, c, e)
    more(petra, b, "gleichauf mit dem Platz darüber")
    stands(petra, d, a, b, c, e)
    expect(petra.page.locator(f'[data-letter="{b}"] [data-tie]')).to_contain_text(f"gleichauf mit {a}")
    expect(petra.page.locator("#ranked [data-place]")).to_have_text(["1", "2", "2", "4", "5"])
    more(petra, e, "keine Meinung")
    expect(petra.page.locator("#silent .letter")).to_have_text([e])
    more(petra, c, "entfernen")
    stands(petra, d, a, b)
    assert unsorted(petra) == [f, g, c]
    petra.press(f"keine Meinung zu {f}")
    expect(petra.page.locator("#silent .letter")).to_have_text([e, f])
    expect(petra.page.locator("#ballot-count")).to_have_text("Sie haben 3 von 7 eingeordnet.")
    petra.press("Weiter")
    expect(petra.page.locator("ol .place")).to_have_text(["1", "2", "2"])
    expect(petra.page.get_by_text("Die übrigen 2 gelten als weniger wichtig als diese.")).to_be_visible()
    petra.press("Zurück")
    stands(petra, d, a, b)
    petra.press("Jetzt so abgeben")
    expect(petra.heading()).to_have_text(SAVED)


def test_a_card_is_dragged_into_the_list_and_above_another(sits_down):
    petra = sits_down("petra")
    first, second, third, *_ = unsorted(petra)
    for letter in (first, second):
        drag(petra, grip_of(petra, letter), petra.page.locator("#ranked-empty:visible, #ranked > li").last)
    assert petra.page.locator("#ranked .letter").count() == 2
    one, two = petra.page.locator("#ranked .letter").all_inner_texts()
    drag(petra, grip_of(petra, two), petra.page.locator(f'#ranked [data-letter="{one}"]'), top=True)
    stands(petra, two, one)
    drag(petra, grip_of(petra, third), petra.page.locator(f'#ranked [data-letter="{one}"]'), top=True)
    stands(petra, two, third, one)


def grip_of(one, letter: str):
    return one.page.locator(f'[data-letter="{letter}"] [data-grip]')


def drag(one, grip, target, *, top: bool = False) -> None:
    """Pull with the mouse to the upper or lower edge of a target."""
    box = target.bounding_box()
    grip.hover()
    one.page.mouse.down()
    y = box["y"] + (3 if top else box["height"] - 3)
    one.page.mouse.move(box["x"] + box["width"] / 2, y, steps=4)
    one.page.mouse.up()


# ---- drafts


def kept(one) -> list[str]:
    """The keys of what we keep in this tab."""
    return one.page.evaluate("Object.keys(sessionStorage).filter((key) => key.startsWith('werkstatt:'))")


def test_a_draft_survives_a_reload_and_is_no_vote(house, sits_down):
    petra = sits_down("petra")
    first, second, *_ = unsorted(petra)
    petra.press(f"{second} hinzufügen")
    petra.press(f"{first} hinzufügen")
    petra.page.reload()
    stands(petra, second, first)
    expect(petra.page.locator("#ballot-status")).to_contain_text("Noch nicht abgegeben.")
    assert rank.desk(house.session.id).cast == 0
    db.session.rollback()
    petra.press("Jetzt so abgeben")
    expect(petra.heading()).to_have_text(SAVED)
    assert kept(petra) == [], "what is saved is no draft any more"
    assert rank.desk(house.session.id).cast == 1


def test_c37_the_next_person_at_the_device_sees_nothing(app, house, sits_down):
    petra = sits_down("petra")
    letter = unsorted(petra)[0]
    petra.press(f"{letter} hinzufügen")
    assert len(kept(petra)) == 1
    petra.press("Gerät weitergeben")
    expect(petra.heading()).to_have_text("Dieses Gerät ist frei für die nächste Person")
    assert kept(petra) == []
    petra.page.go_back()
    expect(petra.page.get_by_label("Passwort")).to_be_visible()
    expect(petra.page.locator("#ranked")).to_have_count(0)


def test_another_account_in_the_same_tab_sees_no_draft(app, house, sits_down):
    """Without "Gerät weitergeben": the login ended, somebody else logged in."""
    petra = sits_down("petra")
    petra.press(f"{unsorted(petra)[0]} hinzufügen")
    petra.context.clear_cookies()
    petra.context.add_cookies([cookie_of(app, house.people["samuel"].id)])
    petra.go(f"/sessions/{house.session.id}")
    expect(petra.heading()).to_have_text(BALLOT)
    expect(petra.page.get_by_text("Samuel Roth")).to_be_visible()
    stands(petra)
    assert kept(petra) == []


def test_another_login_of_the_same_person_may_replace_but_not_read(house, guest, sits_down):
    petra = sits_down("petra")
    petra.press(f"{unsorted(petra)[0]} hinzufügen")
    petra.press("Jetzt so abgeben")
    expect(petra.heading()).to_have_text(SAVED)
    second = sits_down("petra")
    expect(second.page.locator("#ballot-status")).to_contain_text("Ihre Stimme liegt vor.")
    stands(second)
    second.press(f"{unsorted(second)[1]} hinzufügen")
    second.press("Jetzt so abgeben")
    expect(second.heading()).to_have_text(SAVED)
    petra.page.reload()
    expect(petra.page.locator("#ballot-status")).to_contain_text("Ihre Stimme liegt vor.")


# ---- when something fails


def test_c16_a_connection_cut_while_casting(house, sits_down):
    """The sentence, the order, and the sending by itself when the connection is back."""
    petra = sits_down("petra")
    petra.allowed = ("ERR_INTERNET_DISCONNECTED", "htmx:sendError", "htmx:afterRequest")
    first, second, *_ = unsorted(petra)
    petra.press(f"{first} hinzufügen")
    petra.press(f"{second} hinzufügen")
    petra.context.set_offline(True)
    petra.press("Jetzt so abgeben")
    expect(petra.page.locator("#alert")).to_contain_text(NOT_CONFIRMED)
    expect(petra.page.locator("#connection")).to_have_text(re.compile("keine Verbindung"))
    stands(petra, first, second)
    expect(petra.page.locator("#cast-now")).to_be_enabled()
    assert rank.desk(house.session.id).cast == 0
    db.session.rollback()
    petra.context.set_offline(False)
    expect(petra.heading()).to_have_text(SAVED)
    assert rank.desk(house.session.id).cast == 1


@pytest.mark.parametrize("status", [500, 503])
def test_c16_a_failing_server_and_the_button_again(house, sits_down, status):
    petra = sits_down("petra")
    petra.allowed = (f"status of {status}", "Response Status Error Code")
    first = unsorted(petra)[0]
    petra.press(f"{first} hinzufügen")
    petra.page.route("**/ballot", lambda route: route.fulfill(status=status, body="<p>oh</p>"))
    petra.press("Jetzt so abgeben")
    expect(petra.page.locator("#alert")).to_contain_text("nichts gespeichert")
    stands(petra, first)
    petra.page.unroute("**/ballot")
    petra.press("Jetzt so abgeben")
    expect(petra.heading()).to_have_text(SAVED)


def test_an_unsent_order_is_told_when_the_round_closes(app, house, open_round, sits_down):
    """The deadline shows, the order stays, the button stops; the result takes the page along."""
    petra, samuel = sits_down("petra"), sits_down("samuel")
    first = unsorted(petra)[0]
    petra.press(f"{first} hinzufügen")
    rank.announce(house.session, house.actor("mona"), open_round.id, seconds=3)
    db.session.commit()
    expect(petra.page.locator("#deadline")).to_contain_text("Die Abstimmung schließt in")
    expect(petra.page.locator("#alert")).to_contain_text("Geschlossen.")
    stands(petra, first)
    expect(petra.page.get_by_role("button", name="Weiter", exact=True)).to_be_disabled()
    expect(samuel.heading()).to_have_text("Geschlossen. Das Ergebnis sehen wir gemeinsam an.")
    petra.press("Es geht weiter. Seite aktualisieren")
    expect(petra.heading()).to_have_text("Geschlossen. Das Ergebnis sehen wir gemeinsam an.")


def test_a_round_that_is_taken_back_leaves_the_order_on_the_page(house, open_round, sits_down):
    petra, samuel = sits_down("petra"), sits_down("samuel")
    first = unsorted(petra)[0]
    petra.press(f"{first} hinzufügen")
    samuel.press(f"{unsorted(samuel)[0]} hinzufügen")
    samuel.press("Jetzt so abgeben")
    expect(samuel.heading()).to_have_text(SAVED)
    rank.cancel(house.session, house.actor("mona"), open_round.id, reason="ein Titel fehlte")
    db.session.commit()
    expect(petra.page.locator("#alert")).to_contain_text("Grund: ein Titel fehlte")
    stands(petra, first)
    expect(samuel.page.get_by_text("Grund: ein Titel fehlte")).to_be_visible()


def test_a03_the_ballot_without_any_script(app, house, sits_down):
    """Place fields and "Anordnen": ties, no opinion, a wrong number, nothing lost on the way."""
    petra = sits_down("petra", script=False)
    petra.allowed = ("status of 422",)
    first, second, third, fourth, *_ = unsorted(petra)

    def place(letter: str, number: str) -> None:
        petra.page.locator(f"#place-{letter}").fill(number)

    place(first, "2")
    place(second, "1")
    place(third, "2")
    petra.page.locator(f"#none-{fourth}").check()
    petra.press("Anordnen")
    ranked = petra.page.locator("#ranked .letter").all_inner_texts()
    assert ranked[0] == second and sorted(ranked[1:]) == sorted([first, third])
    assert petra.page.locator("#ranked .tied").count() == 1
    expect(petra.page.locator("#silent .letter")).to_have_text([fourth])
    place(second, "ganz vorn")
    petra.press("Weiter")
    expect(petra.page.get_by_role("alert")).to_contain_text(second)
    assert petra.page.locator(f"#none-{fourth}").count() == 1, "the form is still there"
    assert rank.desk(house.session.id).cast == 0


@pytest.mark.parametrize("cdn", ["refused", "silent", "tampered"])
def test_a03_the_ranking_without_htmx(app, house, open_round, sits_down, cdn):
    """Nothing from outside is needed: cast, change, and the page follows the close."""
    petra = sits_down("petra", cdn=cdn)
    petra.allowed = ("htmx",)
    first, second, third, *_ = unsorted(petra)
    for letter in (first, second, third):
        petra.press(f"{letter} hinzufügen")
    petra.press("Weiter")
    expect(petra.heading()).to_have_text("Jetzt: Ihre Reihenfolge prüfen und abgeben")
    petra.press("Zurück")
    stands(petra, first, second, third)
    petra.press("Weiter")
    petra.press("Stimme abgeben")
    expect(petra.heading()).to_have_text(SAVED)
    petra.press("Ändern")
    more(petra, third, "ganz nach oben")
    petra.press("Jetzt so abgeben")
    expect(petra.heading()).to_have_text(SAVED)
    cast_by(app, house, "petra", [third, first, second])
    rank.announce(house.session, house.actor("mona"), open_round.id, seconds=0)
    db.session.commit()
    expect(petra.heading()).to_have_text("Geschlossen. Das Ergebnis sehen wir gemeinsam an.")
