"""Damaged files: never a traceback, never another count than the text says.

What the text says is read a second time here, in plain Python, by a reader that shares no code with the
library: a state machine over the signs of a PrefLib order, and the standard library's own JSON.
"""

import json
import random
import re
from contextlib import suppress
from pathlib import Path

import pytest

from werkstatt.counting import METHODS, MethodError, decide
from werkstatt.counting.files import FileError, read

FOLDER = Path(__file__).parent.parent / "data" / "elections"
SMALL = [FOLDER / f"{name}.json" for name in ("S03-schulze-ex10-ties", "S23-abcbook-running-example")]
POINTS = (
    '{"candidates": ["ä", "b", "c"], "ballot_type": "points",\n'
    ' "ballots": [{"count": 2, "scores": [[0, 3], [1, 0]]}, {"count": 11, "scores": [[2, 5]]}]}'
)
HEAD = (
    "# DATA TYPE: {}\n# NUMBER ALTERNATIVES: 3\n# NUMBER VOTERS: 16\n# NUMBER UNIQUE {}: 3\n{}"
    "# ALTERNATIVE NAME 1: ä\n# ALTERNATIVE NAME 2: b\n# ALTERNATIVE NAME 3: c\n"
)
TEXTS = {
    "soc": HEAD.format("soc", "ORDERS", "") + "12: 1,2,3\n3: 3,1,2\n1: 2,3,1\n",
    "soi": HEAD.format("soi", "ORDERS", "") + "12: 1\n3: 3,1\n1: 2,3,1\n",
    "toc": HEAD.format("toc", "ORDERS", "") + "12: {1,2},3\n3: 3,{1,2}\n1: {2,3,1}\n",
    "toi": HEAD.format("toi", "ORDERS", "") + "12: {1,2}\n3: 3,1\n1: {2,3},1\n",
    "cat": HEAD.format("cat", "PREFERENCES", "# NUMBER CATEGORIES: 2\n")
    + "12: {1,2},3\n3: {},{1,3}\n1: 3,{}\n",
    "older.toi": "3\n1,ä\n2,b\n3,c\n16,16,3\n12,1,{2,3}\n3,2\n1,3,1,2\n",
}
SIGNS = '0123456789,:{}[]"# \n-.eäx\\\x00'


def damaged(text: str, chance: random.Random) -> str:
    lines = text.split("\n")
    for _ in range(chance.choice((1, 1, 1, 2, 3))):
        at = chance.randrange(len(text) + 1)
        what = chance.randrange(7)
        if what == 0:
            text = text[:at] + text[at + 1 :]
        elif what == 1:
            text = text[:at] + chance.choice(SIGNS) + text[at:]
        elif what == 2:
            text = text[:at] + chance.choice(SIGNS) + text[at + 1 :]
        elif what == 3:
            text = text[:at]
        elif what == 4:
            text = text[:at] + text[at : at + chance.randrange(1, 9)] + text[at:]
        else:
            lines = text.split("\n")
            line = lines.pop(chance.randrange(len(lines)))
            if what == 5:
                lines.insert(chance.randrange(len(lines) + 1), line)
            text = "\n".join(lines)
    return text


def votes(rows, n):
    """The matrix of (count, levels): every item above those of later levels and those not named."""
    matrix = [[0] * n for _ in range(n)]
    for number, levels in rows:
        place = {item: at for at, level in enumerate(levels) for item in level}
        for a in range(n):
            for b in range(n):
                matrix[a][b] += number * (place.get(a, n) < place.get(b, n))
    return matrix


def order(text: str) -> list[list[int]] | None:
    """The levels of a PrefLib order, or None: one sign after another, no expression."""
    levels, number, inside, closed, needed = [], "", None, False, False
    for sign in [*text.strip(" \t"), ","]:
        if sign in "0123456789" and not closed and not number.endswith(" "):
            number += sign
        elif sign in " \t":
            number = number and number.rstrip() + " "
        elif sign == "{" and inside is None and not number and not closed:
            inside = []
        elif sign in ",}" and (number or closed or (sign == "}" and inside == [] and not needed)):
            if number:
                (levels if inside is None else inside).append(
                    [int(number) - 1] if inside is None else int(number) - 1
                )
            needed = sign == "," and inside is not None
            number, closed = "", False
            if sign == "}":
                if inside is None:
                    return None
                levels.append(inside)
                inside, closed = None, True
        else:
            return None
    return None if inside is not None or closed else levels


def test_the_second_reader_reads_orders():
    assert order("1, {3,2} ,4") == [[0], [2, 1], [3]]
    assert order("{},1") == [[], [0]]
    for wrong in (
        "1,,2",
        "1,",
        ",1",
        "{1}{2}",
        "{{1},2}",
        "{1",
        "1}",
        "1 2",
        "{1,}",
        "{,1}",
        "1{2}",
        "{1}2",
        "x",
        "-1",
    ):
        assert order(wrong) is None, wrong


def preflib_rows(text: str, older: bool) -> list | None:
    """(count, levels) of each ballot line, None if one of them is no ballot line."""
    lines = [line.strip() for line in text.split("\n")]
    body = [line for line in lines if line and not line.startswith("#")]
    if older:
        body = body[int(body[0]) + 2 :]
    rows = []
    for line in body:
        number, sign, said = line.partition("," if older else ":")
        levels = order(said) if said.strip() else []
        if not sign or not re.fullmatch(r"\s*[0-9]+\s*", number) or levels is None:
            return None
        rows.append((int(number), levels))
    return rows


def outcome_of(path: Path, unranked: str):
    """The election, or None for a file that is refused in one sentence with line or key."""
    try:
        election = read(path, unranked, keep=True)
    except FileError as error:
        assert re.match(r"(line \d|key ')", str(error)), error
        assert "\n" not in str(error)
        assert len(str(error)) < 400
        return None
    for method in METHODS:
        with suppress(MethodError):
            decide(election.case, method)
    return election


def check_preflib(path: Path, ending: str, text: str) -> bool:
    path.write_bytes(text.encode("utf-8"))
    if outcome_of(path, "no-opinion") is None:
        return False
    election = read(path)
    n, older = len(election.candidates), ending.startswith("older")
    rows = preflib_rows(text, older)
    assert rows is not None
    assert election.case.matrix.tolist() == votes(rows, n)
    assert election.ballots == sum(number for number, _ in rows)
    for _, levels in rows:
        items = [item for level in levels for item in level]
        assert sorted(set(items)) == sorted(items)
        assert all(0 <= item < n for item in items)
        if ending in ("soc", "toc"):
            assert len(items) == n
        if ending in ("soc", "soi"):
            assert all(len(level) == 1 for level in levels)
    said = re.search(r"^# NUMBER VOTERS:\s*(\d+)\s*$", text, re.MULTILINE)
    assert said is None or int(said[1]) == election.ballots
    return True


def check_json(path: Path, text: str) -> bool:
    path.write_bytes(text.encode("utf-8"))
    election = outcome_of(path, "no-opinion")
    if election is None:
        return False
    data = json.loads(text)
    assert data["candidates"] == election.candidates
    rows = []
    for row in data["ballots"]:
        if data["ballot_type"] == "ranking":
            levels = row["ranking"]
        elif data["ballot_type"] == "approval":
            levels = [row["approved"]]
        else:
            steps = sorted({points for _, points in row["scores"] if points}, reverse=True)
            levels = [[item for item, points in row["scores"] if points == step] for step in steps]
        assert type(row["count"]) is int
        assert row["count"] > 0
        rows.append((row["count"], levels))
    assert read(path).case.matrix.tolist() == votes(rows, len(election.candidates))
    return True


def mutate(tmp_path: Path, rounds: int, seed: int) -> None:
    chance = random.Random(seed)
    taken = refused = 0
    for _ in range(rounds):
        for ending, text in TEXTS.items():
            done = check_preflib(tmp_path / f"x.{ending}", ending, damaged(text, chance))
            taken, refused = taken + done, refused + (not done)
        for text in [POINTS, *(path.read_text(encoding="utf-8") for path in SMALL)]:
            start = text.rindex('"ballots"') if text is not POINTS else 0  # past sources and remarks
            done = check_json(tmp_path / "x.json", text[:start] + damaged(text[start:], chance))
            taken, refused = taken + done, refused + (not done)
    assert taken > rounds / 4
    assert refused > rounds


def test_damaged_files_are_refused_or_counted_as_they_read(tmp_path):
    for ending, text in TEXTS.items():
        assert check_preflib(tmp_path / f"x.{ending}", ending, text)
    assert check_json(tmp_path / "x.json", POINTS)
    mutate(tmp_path, 60, 1)


@pytest.mark.soak
def test_many_damaged_files(tmp_path):
    mutate(tmp_path, 4000, 2)


@pytest.mark.parametrize("ending", ["json", "soi", "cat"])
def test_bytes_that_are_no_election(tmp_path, ending):
    chance = random.Random(3)
    path = tmp_path / f"x.{ending}"
    for length in range(0, 200, 3):
        path.write_bytes(chance.randbytes(length))
        assert outcome_of(path, "below") is None
