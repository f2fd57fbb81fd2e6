"""Reports without an application: read from figures, written to bytes."""

from __future__ import annotations

import csv
import io
import json
from datetime import UTC, datetime
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.results import ballots
from werkstatt import phrases
from werkstatt.acts.result import tally
from werkstatt.counting import Ranking
from werkstatt.exports import FORMATS, file_name, report
from werkstatt.exports.csv_writer import cell, table


def plainly(message: str, **values) -> str:
    return message % values if values else message


def made(votes, n_items=6, *, title="Titel", leading="person"):
    figures = json.loads(
        json.dumps(tally(n_items, votes, options={"leading": leading}, roll=99, cast=len(votes), seed=7))
    )
    items = [
        {
            "position": n,
            "letter": chr(65 + n),
            "name": f"E-{n + 1}",
            "title": title,
            "problem": "",
            "action": "",
            "theme": "",
            "origin": ("V-1",),
        }
        for n in range(n_items)
    ]
    moment = datetime(2026, 11, 23, 13, 45, tzinfo=UTC)
    setting = report.Setting("Prozess", "Workshop", "Dresden", moment, "Regionen", "Was nun?")
    facts = {
        "number": 1,
        "kind": "ranking",
        "state": "released",
        "opened_at": moment,
        "closed_at": moment,
        "released_at": moment,
        "simulated": False,
        "rest": "below",
        "staff_votes": False,
        "list_hash": "ab",
        "anchor": "1234-5678-9ABC",
    }
    return report.read(figures, items, setting=setting, round=facts)


SECTORS = {"industry": 12, "science": 7, "administration": 3}


@pytest.mark.parametrize("name", FORMATS)
def test_c47_each_format_gives_the_same_bytes(name):
    votes = ballots(SECTORS, 6)
    assert FORMATS[name].write(made(votes), plainly) == FORMATS[name].write(made(votes[::-1]), plainly)


def test_json_is_sorted_and_names_its_schema():
    text = FORMATS["json"].write(made(ballots(SECTORS, 6)), plainly).decode()
    data = json.loads(text)
    assert (data["schema"], data["version"]) == ("werkstatt-result", 1)
    assert text == json.dumps(data, ensure_ascii=False, indent=2, sort_keys=True) + "\n"
    assert data["round"]["closed_at"] == "2026-11-23T13:45:00Z"


def test_csv_numbers_equal_the_figures():
    found = made(ballots(SECTORS, 6))
    text = FORMATS["csv"].write(found, plainly).decode("utf-8-sig")
    rows = list(csv.DictReader(io.StringIO(text), delimiter=";"))
    for row, item in zip(rows, found.items, strict=True):
        assert (int(row["Platz von"]), int(row["Platz bis"])) == item.place
        assert int(row["Gewonnene Vergleiche"]) == item.wins
        assert Fraction(row["Punkte je Stimme"].replace(",", ".")) == round(item.points, 4)
        assert int(row["Platz Wissenschaft + Verwaltung von"]) == item.groups[1][0]


def test_points_are_averaged_borda():
    found = made([(Ranking(((0,), (1,), (2,))), None)] * 5 + [(Ranking(((1,),)), None)] * 5, 3)
    assert [found.at(n).points for n in range(3)] == [Fraction(5, 4), Fraction(3, 2), Fraction(1, 4)]


@given(st.text(max_size=30))
def test_c32_no_text_becomes_a_formula(text):
    shown = cell(text)
    assert shown.lstrip(" \u00a0\u200b\u200e\u200f\ufeff")[:1] not in tuple("=+-@＝＋－＠\t\r\n")
    assert text.replace("\x00", "") in shown


def test_c32_negative_numbers_stay_numbers():
    assert [cell(value) for value in (-3, -0.5, Fraction(-1, 3), None)] == ["-3", "-0,5", "-0,3333", ""]


def test_table_is_what_spreadsheets_read():
    assert table(["a"], [['x;"y"\nz'], [1.25]]) == '\ufeffa\r\n"x;""y""\nz"\r\n1,25\r\n'.encode()


@given(st.text(max_size=60))
def test_c33_file_names_are_safe(text):
    name = file_name("Ergebnis", text, suffix="csv")
    assert name.isascii() and set(name) <= set("abcdefghijklmnopqrstuvwxyz0123456789-.") and len(name) < 90
    assert name.count(".") == 1


def test_figures_of_another_version_are_refused():
    with pytest.raises(ValueError, match="version"):
        report.read({"version": 2}, [], setting=None, round={})


def test_front_never_cuts_a_tie():
    alike = made([(Ranking(((0, 1, 2, 3, 4, 5),)), None)] * 6)
    assert len(alike.front(3)[0]) == 6
    found = made(ballots({"industry": 40}, 6, noise=0.4))
    shown, cut = found.front(3)
    assert [item.place for item in shown] == [(1, 1), (2, 2), (3, 3)] and not cut


def test_groups_stand_in_the_glossarys_order():
    assert [group.sectors for group in made(ballots(SECTORS, 6)).groups] == [
        ("industry",),
        ("science", "administration"),
    ]


def test_phrases_for_places():
    assert phrases.place((4, 4)) == "4." and phrases.place((4, 6)) == "4.–6."
    found = made([(Ranking(((0,), (1,), (2,))), None)] * 4 + [(Ranking(((1,), (0,), (2,))), None)] * 3, 3)
    said = [phrases.reason(found, item, plainly) for item in found.items]
    assert said == [
        "Gewinnt beide Vergleiche.",
        "Gewinnt 1 von 2 Vergleichen, verliert gegen A (3 : 4).",
        "Gewinnt 0 von 2 Vergleichen, verliert gegen A (0 : 7) und B (0 : 7).",
    ]


def test_a_low_place_names_its_clearest_and_its_closest_loss():
    votes = [(Ranking(((0,), (1,), (2,), (3,))), None)] * 4 + [(Ranking(((3,), (1,), (0,), (2,))), None)] * 3
    found = made([*votes, (Ranking(((0,), (1,))), None)], 4)
    last = phrases.reason(found, found.items[-1], plainly)
    assert last.startswith("Gewinnt 0 von 3 Vergleichen, verliert am deutlichsten gegen ")
    assert last.endswith("am knappsten gegen C (3 : 4).")


def test_every_pair_is_explained():
    found = made(ballots(SECTORS, 6))
    for one in range(6):
        for other in range(6):
            said = phrases.why(found, one, other, plainly)
            assert ("zwei verschiedene" in said) == (one == other)
            if one != other:
                assert said == phrases.why(found, other, one, plainly)
                assert "Im direkten Vergleich " in said


def test_phrases_tell_why_the_asked_view_does_not_lead():
    for sizes in ({"industry": 9}, {"industry": 20, "science": 3}):  # one sector only; one and a small one
        alone = made(ballots(sizes, 6), leading="sector")
        assert phrases.leading(alone, plainly) == (
            "Führend: je Person. Je Akteursgruppe wird nur gezählt, wenn alle gezählten Stimmen einer Gruppe angehören und mindestens zwei Gruppen herauskommen, in denen zu je zwei Empfehlungen fünf oder mehr eine Meinung haben."
        )
        assert phrases.small_groups(alone, plainly).startswith(
            "Nach Akteursgruppen getrennt wird nur gezählt, wenn"
        )
    unequal = made(ballots({"industry": 60, "science": 6}, 6), leading="sector")
    assert "mehr als fünfmal" in phrases.leading(unequal, plainly)
    assert (
        phrases.leading(made(ballots(SECTORS, 6), leading="sector"), plainly) == "Führend: je Akteursgruppe."
    )
