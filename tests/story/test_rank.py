"""The ranking in a real browser: keys, mouse, no script, and a CDN that fails (A02, A03)."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.story.ballots import SAVED, cast_by, more, stands, unsorted
from tests.story.conftest import PATIENCE
from werkstatt.acts import rank
from werkstatt.db import db

pytestmark = pytest.mark.browser
expect.set_options(timeout=PATIENCE)

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
    assert cast_by(app, house, "petra") == order


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
    for n, letter in enumerate((first, second), 1):
        drag(petra, grip_of(petra, letter), petra.page.locator("#ranked-empty:visible, #ranked > li").last)
        expect(petra.page.locator("#ranked .letter")).to_have_count(n)
    one, two = petra.page.locator("#ranked .letter").all_inner_texts()
    drag(petra, grip_of(petra, two), petra.page.locator(f'#ranked [data-letter="{one}"]'), top=True)
    stands(petra, two, one)
    drag(petra, grip_of(petra, third), petra.page.locator(f'#ranked [data-letter="{one}"]'), top=True)
    stands(petra, two, third, one)


def grip_of(one, letter: str):
    return one.page.locator(f'[data-letter="{letter}"] [data-grip]')


def drag(one, grip, target, *, top: bool = False) -> None:
    """Pull with the mouse to the upper or lower edge of a target."""
    grip.hover()
    box = target.bounding_box()
    one.page.mouse.down()
    y = box["y"] + (3 if top else box["height"] - 3)
    one.page.mouse.move(box["x"] + box["width"] / 2, y, steps=4)
    one.page.mouse.up()


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
    assert cast_by(app, house, "petra") == [third, first, second]
    rank.announce(house.session, house.actor("mona"), open_round.id, seconds=0)
    db.session.commit()
    expect(petra.heading()).to_have_text("Geschlossen. Das Ergebnis sehen wir gemeinsam an.")
