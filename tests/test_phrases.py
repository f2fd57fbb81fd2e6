"""What page and projector say of one place and of one group, taken at its word against the figures."""

from __future__ import annotations

import re
from fractions import Fraction

import pytest

from tests.counting.test_explain_true import a_room
from tests.exports.test_report import made, plainly
from werkstatt import phrases
from werkstatt.counting import Profile, Ranking, reasons, stability

WINS = r"Gewinnt (\d+) von (\d+) Vergleichen(?:, (\d+) unentschieden)?, verliert (.+)\."


def orders(text: str, n_items: int = 4):
    """ "4 ABC, 3 A=B" as votes; what is not named stands below."""
    votes = []
    for part in text.split(", "):
        times, order = part.split()
        levels = [
            tuple(ord(name) - 65 for name in one.split("=")) for one in re.findall(r"\w(?:=\w)*", order)
        ]
        votes += [(Ranking(levels), None)] * int(times)
    return made(votes, n_items)


def said(found, letter: str) -> str:
    return phrases.reason(found, found.at(ord(letter) - 65), plainly)


def margins(found, position: int) -> dict[str, Fraction]:
    """By how many votes the item is ahead of each other."""
    every = range(len(found.items))
    duels = {other: reasons.duel(found.outcome, position, other) for other in every if other != position}
    return {found.letters[other]: duel.votes - duel.against for other, duel in duels.items()}


def bears_out(found, item) -> str:
    """Hold the sentence of one place against the matrix; returns which kind of sentence it was."""
    text, ahead = phrases.reason(found, item, plainly), margins(found, item.position)
    won = [name for name, margin in ahead.items() if margin > 0]
    drawn = [name for name, margin in ahead.items() if margin == 0]
    lost = {name: margin for name, margin in ahead.items() if margin < 0}
    if text == ("Gewinnt beide Vergleiche." if len(ahead) == 2 else f"Gewinnt alle {len(ahead)} Vergleiche."):
        assert len(won) == len(ahead)
        return "all"
    if match := re.fullmatch(r"Gewinnt (\d+) von \d+ Vergleichen, verliert keinen \(.+: (.+)\)\.", text):
        assert (int(match[1]), re.split(", | und ", match[2]), lost) == (len(won), drawn, {})
        return "none lost"
    numbers = re.fullmatch(WINS, text)
    assert numbers, text
    assert [int(number or 0) for number in numbers.groups()[:3]] == [len(won), len(ahead), len(drawn)]
    for name, votes, against in re.findall(r"(\w)\s\((\S+)\s:\s(\S+)\)", text):
        assert Fraction(votes) - Fraction(against) == lost[name]
    if " gleich deutlich" in text:
        assert int(re.match(r"\d+", numbers[4])[0]) == len(lost) > 3
        assert len(set(lost.values())) == 1
        return "equal"
    if "am deutlichsten" not in text:
        assert set(re.findall(r"(\w)\s\(", numbers[4])) == set(lost)
        return "few"
    clear, close = numbers[4].split(", am knappsten ")
    for part, end in ((clear, min(lost.values())), (close, max(lost.values()))):
        there = {name for name, margin in lost.items() if margin == end}
        named = set(re.findall(r"(\w)\s\(", part))
        assert named <= there if "unter anderem" in part else named == there
        assert ("unter anderem" in part) == (len(there) > 3)
    return "drawn and lost" if drawn else "many"


def test_every_reason_and_every_group_is_borne_out():
    heard, groups = set(), set()
    for seed in range(150):
        n_items, ballots = a_room(seed)
        found = made([(ballot, None) for ballot in ballots], n_items)
        if found.places_only or n_items < 3:
            continue
        heard |= {bears_out(found, item) for item in found.items}
        heard_groups(found, ballots, groups)
    two = [orders("7 ABC, 1 BAC", 3), orders("7 ABCD", 4)]
    assert [phrases.reason(one, one.items[0], plainly) for one in two] == [
        "Gewinnt beide Vergleiche.",
        "Gewinnt alle 3 Vergleiche.",
    ]
    assert {"all", "none lost", "few", "many", "drawn and lost"} <= heard
    assert {"vor allen", "hinter allen", "zwischen", "nicht jede"} <= groups


def heard_groups(found, ballots, heard: set[str]) -> None:
    """What is said of each group, against the spans beside it and against 1,000 recounts."""
    seed = found.outcome.data["stability"]["seed"]
    profile = Profile.from_ballots(ballots, len(found.items))
    ahead = stability.stability(profile, found.outcome.places, seed).ahead
    for item in found.items:
        assert item.span[0] <= item.place[0] and item.place[1] <= item.span[1]
    for number, items in enumerate(found.firm_groups, 1):
        text = phrases.firm_group(found, number, items, plainly)
        above = [item for item in found.items if item.firmness < number]
        below = [item for item in found.items if item.firmness > number]
        if "liegt sicher" in text:
            [alone] = items
            assert all(ahead[one.position, alone.position] >= 900 for one in above)
            assert all(ahead[alone.position, other.position] >= 900 for other in below)
            assert all(one.span[1] < alone.span[0] for one in above)
            assert all(alone.span[1] < other.span[0] for other in below)
            if "vor allen" in text:
                assert "fast immer Platz 1" in phrases.span(alone, plainly)
            heard.add(re.search("vor allen|hinter allen|zwischen", text)[0])
        else:
            assert "nicht jede Reihenfolge" in text
            pairs = [(a, b) for a in items for b in items if a is not b and a.place <= b.place]
            assert any(a.span[1] >= b.span[0] for a, b in pairs)
            heard.add("nicht jede")


def test_draws_are_told():
    found = orders("7 DABC, 7 ADBC, 1 A=D")
    assert said(found, "A") == "Gewinnt 2 von 3 Vergleichen, verliert keinen (unentschieden: D)."
    found = orders("3 ABCD, 3 ACBD, 1 AB=CD")
    assert said(found, "B") == "Gewinnt 1 von 3 Vergleichen, 1 unentschieden, verliert gegen A (0 : 7)."


@pytest.mark.parametrize(
    ("order", "letter", "words"),
    [
        ("9 ABCD", "C", "Gewinnt 1 von 3 Vergleichen, verliert gegen A (0 : 9) und B (0 : 9)."),
        ("9 ABCD", "D", "Gewinnt 0 von 3 Vergleichen, verliert gegen A (0 : 9), B (0 : 9) und C (0 : 9)."),
        (
            "6 ABCD, 3 ABDC",
            "D",
            "Gewinnt 0 von 3 Vergleichen, verliert am deutlichsten gegen A (0 : 9) und B (0 : 9), am knappsten gegen "
            "C (3 : 6).",
        ),
    ],
)
def test_equally_clear_losses_are_all_named(order, letter, words):
    assert said(orders(order), letter) == words


def test_of_more_than_three_equally_clear_losses_one_is_named_among_others():
    found = orders("9 ABCDEF", 6)
    assert (
        said(found, "E")
        == "Gewinnt 1 von 5 Vergleichen, verliert 4 gleich deutlich, unter anderem gegen A (0 : 9)."
    )
    found = orders("5 ABCDEF, 4 ABCDFE", 6)
    assert said(found, "F") == (
        "Gewinnt 0 von 5 Vergleichen, verliert am deutlichsten unter anderem gegen A (0 : 9), am knappsten gegen "
        "E (4 : 5)."
    )


def test_a_list_of_one_compares_nothing_and_is_no_group():
    found = made([(Ranking(((0,),)), None)] * 6, 1)
    (item,) = found.items
    assert phrases.reason(found, item, plainly) == phrases.span(item, plainly) == ""
    assert phrases.room(found, plainly) == phrases.firmness(found, plainly) == ""
    assert phrases.firm_group(found, 1, [item], plainly) == ""


def test_the_only_comparison_may_be_drawn():
    found = made([(Ranking(((0,), (1,))), None), (Ranking(((1,), (0,))), None)] * 3, 2)
    assert phrases.reason(found, found.items[0], plainly) == "Der einzige Vergleich endet unentschieden."


def test_one_voter_is_one():
    assert phrases.turnout(made([(Ranking(((0,),)), None)]), plainly) == "1 von 99 hat abgestimmt."
    assert phrases.closed(1, 5, plainly) == "Geschlossen. 1 von 5 Stimmberechtigten hat abgestimmt."
    assert phrases.closed(2, 5, plainly) == "Geschlossen. 2 von 5 Stimmberechtigten haben abgestimmt."


def test_an_empty_room_is_told_nothing_of_an_order():
    nobody = made([(Ranking(), None)] * 3)
    assert phrases.counting(nobody, plainly) == ["Zu zählen war nichts."]
    few = made([(Ranking(), None)] * 6 + [(Ranking(((0,), (1,))), None)] * 4, 2)
    assert phrases.room(few, plainly).startswith("Weniger als fünf haben etwas eingeordnet. Deshalb")
    alone = made([(Ranking(((0,),)), None)] * 6, 1)
    assert phrases.counting(alone, plainly) == [
        "Zur Abstimmung stand eine einzige Empfehlung; zu vergleichen war nichts."
    ]


def test_a_sure_list_says_how_often_its_first_place_came_out():
    found = orders("9 ABCD")
    assert phrases.firmness(found, plainly).endswith("In mindestens neun von zehn Fällen kam Platz 1 heraus.")


def test_c22_a_pair_few_compared_is_told_as_a_pair():
    """Eight, eight and sixteen have an opinion on each; nobody has one on both of the first two."""
    votes = [(Ranking(((0,), (2,)), {1}), None)] * 8 + [(Ranking(((1,), (2,)), {0}), None)] * 8
    found = made(votes, 3)
    assert found.places_only
    assert phrases.room(found, plainly) == (
        "Manche zwei Empfehlungen wurden von weniger als fünf Personen miteinander verglichen. Deshalb stehen hier nur "
        "die Plätze: Weitere Zahlen ließen auf einzelne Stimmen schließen."
    )
    assert phrases.tie(found, found.at(0), plainly) == (
        "Plätze 1 und 2 sind geteilt: Diese beiden liegen gleichauf. Es wurde nicht gelost."
    )


def test_one_vote_without_a_sector_is_not_told_as_too_few_sectors():
    """Twenty, twenty and one of no sector: the sentence must name that as a reason as well."""
    sectors = ["industry"] * 20 + ["science"] * 20 + [None]
    found = made([(Ranking(((0,), (1,))), sector) for sector in sectors], 2, leading="sector")
    assert found.groups == ()
    assert "wenn alle gezählten Stimmen einer Gruppe angehören und" in phrases.leading(found, plainly)
    assert "wenn alle gezählten Stimmen einer Gruppe angehören und" in phrases.small_groups(found, plainly)
