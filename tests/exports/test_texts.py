"""The file of texts: no formulas, no hidden words, equal bytes."""

from __future__ import annotations

import csv
import io
from dataclasses import replace
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from werkstatt.exports.texts import COLUMNS, TextRow, texts_csv
from werkstatt.terms import CommentKind, Kind, RecommendationState

BERLIN = ZoneInfo("Europe/Berlin")
ROW = TextRow(
    number="V-1",
    kind=Kind.PROPOSAL,
    state=RecommendationState.ACTIVE,
    title="Mehr; Netz",
    problem="Erste Zeile\nzweite",
    action='Ein "Mast"',
    theme="Innovation",
    name="Petra Vogel",
    organisation="Vogel GmbH",
    sector="Industrie",
    table=7,
    is_late=True,
    part_of="E-1",
    excluded="",
    time=datetime(2026, 7, 1, 12, 30, tzinfo=UTC),
)


def plain(message, **values):
    return message % values if values else message


def read(body: bytes) -> list[list[str]]:
    assert body.startswith(b"\xef\xbb\xbf")
    return list(csv.reader(io.StringIO(body.decode("utf-8-sig"), newline=""), delimiter=";"))


def test_one_line_for_each_text_and_times_in_the_zone_of_the_house():
    head, line = read(texts_csv([ROW], plain, BERLIN))
    assert head == list(COLUMNS)
    assert line == [
        "V-1", "Vorschlag", "gültig", "Mehr; Netz", "Erste Zeile\nzweite", 'Ein "Mast"', "Innovation", "Petra Vogel",
        "Vogel GmbH", "Industrie", "7", "ja", "E-1", "", "", "", "01.07.2026 14:30",
    ]  # fmt: skip


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r"])
def test_c32_no_cell_becomes_a_formula(start):
    bad = f"{start}HYPERLINK(1)"
    row = replace(ROW, title=bad, name=bad, comment_kind=CommentKind.FOR, comment_text=bad)
    _, line = read(texts_csv([row], plain, BERLIN))
    assert [line[3], line[7], line[15]] == [f"'{bad}"] * 3


def test_a_hidden_text_leaves_with_its_reason_only():
    hidden = replace(
        ROW, hidden="grob", part_of="", title="Schimpfwort", problem="Schimpfwort", action="Schimpfwort"
    )
    comment = replace(ROW, hidden="grob", comment_kind=CommentKind.AGAINST, comment_text="Schimpfwort")
    body = texts_csv([hidden, comment], plain, BERLIN).decode()
    assert "Schimpfwort" not in body
    assert body.count("(von der Moderation ausgeblendet: grob)") == 2


def test_equal_rows_give_equal_bytes():
    assert texts_csv([ROW], plain, BERLIN) == texts_csv([ROW], plain, BERLIN)
