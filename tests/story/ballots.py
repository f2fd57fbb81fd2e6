"""What stories read off a ballot's page, and what the database holds of it."""

from __future__ import annotations

from playwright.sync_api import expect

from tests import rounds
from werkstatt.acts import rank
from werkstatt.db import db
from werkstatt.models import Ballot, Round
from werkstatt.secrecy import handle_of, unpack, unseal

SEVEN = (*rounds.TITLES, "InnoCamp Saxony", "Inno Slam Tour")
BALLOT = "Jetzt: Ordnen Sie die für Sie wichtigsten Empfehlungen, das Wichtigste zuerst"
SAVED = "Jetzt: Ihre Stimme ist gespeichert"
CLOSED = "Geschlossen. Das Ergebnis sehen wir gemeinsam an."
NOT_CONFIRMED = (
    "Noch nicht bestätigt: keine Verbindung. Ihre Reihenfolge steht noch hier, wir senden sie weiter."
)
OVERLOADED = "Noch nicht bestätigt: Der Server kommt gerade nicht nach. Ihre Reihenfolge steht noch hier"
# Ten times faster waiting, so that a story of failures is told in seconds.
HURRY = """(() => {
  const timer = window.setTimeout, limit = AbortSignal.timeout;
  window.setTimeout = (run, wait, ...more) => timer(run, wait / 10, ...more);
  AbortSignal.timeout = (wait) => limit.call(AbortSignal, wait / 10);
})()"""


def stands(one, *letters: str) -> None:
    expect(one.page.locator("#ranked .letter")).to_have_text(list(letters))


def unsorted(one) -> list[str]:
    return one.page.locator("#unsorted .letter").all_inner_texts()


def more(one, letter: str, name: str) -> None:
    """Open "Mehr" of a card and press."""
    menu = one.page.locator(f'[data-letter="{letter}"] details.more')
    menu.locator("summary").click()
    one.press(name, menu)


def arrange(one, *letters: str) -> None:
    """Add these cards, in this order."""
    for letter in letters:
        one.press(f"{letter} hinzufügen")
    stands(one, *letters)


def ballot_of(app, house, name: str) -> Ballot | None:
    """The stored ballot of that person, found with the key."""
    db.session.rollback()
    round = rank.unfinished(house.session.id)
    key = rounds.keys_of(app).read(round.key_id)
    return db.session.get(Ballot, (round.id, handle_of(key, round.id, house.member(name).id)))


def cast_by(app, house, name: str) -> list[str]:
    """The letters that the database holds of that person, best first, read with the key."""
    row = ballot_of(app, house, name)
    key = rounds.keys_of(app).read(rank.unfinished(house.session.id).key_id)
    vote = unpack(unseal(key, row.round_id, row.handle, row.rev, row.box)[1])
    return ["=".join(chr(65 + item) for item in level) for level in vote.levels]


def kept(one, what: str = "draft") -> list[str]:
    """The keys of what this tab keeps: drafts, codes, or all (``""``)."""
    keys = one.page.evaluate("Object.keys(sessionStorage).filter((key) => key.startsWith('werkstatt:'))")
    return [key for key in keys if not what or f":{what}:" in key]


def cast_count(house) -> int:
    """How many sealed ballots there are; no page says it so exactly while a round is open."""
    of_session = Ballot.round_id == Round.id, Round.session_id == house.session.id
    cast = db.session.query(Ballot).filter(*of_session).count()
    db.session.rollback()
    return cast
