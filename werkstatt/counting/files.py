"""Elections on disk: the JSON of `tests/data/elections` and PrefLib's text files.

A file is read once, line by line where the format has lines, and goes into a matrix block by block,
so that a million ballots need no more memory than a few thousand.

PrefLib: N. Mattei and T. Walsh, "PrefLib: a library for preferences", ADT (2013). A line
`3: 1,{2,4}` is three ballots with item 1 above items 2 and 4; in .cat files each part is a category,
best first, and the first one counts as approved. The older form without `#` is read as well.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import chain
from pathlib import Path

import numpy as np

from .ballots import Approval, Ballot, BallotError, Ranking, Score, validate
from .outcome import Case
from .profile import Profile

UNRANKED = ("below", "no-opinion")
PREFLIB = (".soc", ".soi", ".toc", ".toi", ".cat")
_BLOCK = 4096
_PART = re.compile(r"\{([^{}]*)\}|([^,{}\s]+)")

Progress = Callable[[int], None]


class FileError(ValueError):
    """A file that cannot be counted, in one sentence with line or key."""


@dataclass
class Election:
    """A file that has been read: the items' names, the case, and how many ballots and blanks."""

    candidates: list[str]
    case: Case
    ballots: int
    abstentions: int


def read(
    path: Path, unranked: str = "below", keep: bool = False, progress: Progress = lambda done: None
) -> Election:
    """Read an election.

    `unranked`: "below" (missing items stand below all ranked ones) or "no-opinion". `keep`: keep the
    ballots, merged where equal, for the methods that need them. `progress` is told how many bytes
    have been done. Raises `FileError`.
    """
    if path.suffix not in (*PREFLIB, ".json"):
        raise FileError(f"the ending {path.suffix!r} is none of .json {' '.join(PREFLIB)}")
    try:
        if path.suffix == ".json":
            names, rows = _json(path, unranked, progress)
        else:
            names, rows = _preflib(path, unranked, keep, progress)
        return _gather(names, rows, keep)
    except OSError as error:
        raise FileError(f"the file cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise FileError(f"byte {error.start + 1} is not UTF-8") from error


def _gather(names: list[str], rows: Iterator[tuple[int, Ballot]], keep: bool) -> Election:
    n = len(names)
    matrix = np.zeros((n, n), dtype=np.int64)
    weight = ballots = abstentions = 0
    kept: list[Ballot] = []
    block: list[Ballot] = []
    for number, ballot in chain(rows, [(0, None)]):
        if ballot is not None:
            ballots += number
            if not ballot.levels:
                abstentions += number
            block.append(ballot)
            if keep:
                kept.append(ballot)
        if block and (ballot is None or len(block) == _BLOCK):
            profile = Profile.from_ballots(block, n, check=False)
            matrix += profile.matrix
            weight += profile.weight
            block = []
    return Election(names, Case(matrix, weight, 1, tuple(kept)), ballots, abstentions)


def _json(path: Path, unranked: str, progress: Progress) -> tuple[list[str], Iterator[tuple[int, Ballot]]]:
    text = path.read_text(encoding="utf-8")
    try:
        data = json.loads(text)
    except (json.JSONDecodeError, RecursionError) as error:
        line = f"line {error.lineno}" if isinstance(error, json.JSONDecodeError) else "the nesting"
        raise FileError(f"{line} is not JSON") from error
    if not isinstance(data, dict):
        raise FileError("line 1 does not begin a JSON object")
    names = data.get("candidates")
    if not isinstance(names, list) or not names or not all(isinstance(name, str) for name in names):
        raise FileError("key 'candidates' is not a list of names")
    if len(set(names)) < len(names):
        raise FileError("key 'candidates' holds a name twice")
    kind = data.get("ballot_type")
    if kind not in _READERS:
        raise FileError("key 'ballot_type' is none of ranking, approval, points")
    if not isinstance(data.get("ballots"), list):
        raise FileError("key 'ballots' is not a list")
    return names, _json_rows(data["ballots"], kind, len(names), unranked, len(text), progress)


def _json_rows(rows, kind, n, unranked, size, progress):
    for number, row in enumerate(rows):
        where = f"key 'ballots[{number}]'"
        try:
            count = row["count"]
            if type(count) is not int or count < 1:
                raise FileError(f"{where}: the count {count!r} is not a positive number")
            ballot = _READERS[kind](row, count, unranked == "below")
            validate(ballot, n)
        except (KeyError, TypeError, ValueError) as error:
            if isinstance(error, FileError):
                raise
            if isinstance(error, BallotError):
                raise FileError(f"{where}: {error}") from error
            raise FileError(f"{where} is not a ballot of type {kind}") from error
        yield count, ballot
        progress(size * (number + 1) // len(rows))


def _ranking(row, count, below):
    return Ranking(row["ranking"], rest_below=below, weight=count)


def _approved(row, count, below):
    return Approval(row["approved"], rest_below=below, weight=count)


def _points(row, count, below):
    pairs = [(item, points) for item, points in row["scores"]]
    scores = dict(pairs)
    if len(scores) < len(pairs):
        raise BallotError("an item has points twice")
    highest = max((points for points in scores.values() if type(points) is int), default=0)
    return Score(scores, rest_below=below, weight=count, highest=highest)


_READERS = {"ranking": _ranking, "approval": _approved, "points": _points}


def _preflib(path: Path, unranked: str, keep: bool, progress: Progress):
    lines = _lines(path, progress)
    names: dict[int, str] = {}
    said: int | None = None
    first: tuple[int, str] | None = None
    for number, line in lines:
        if not line.startswith("#"):
            first = (number, line)
            break
        key, _, value = line[1:].partition(":")
        key = key.strip().upper()
        if key == "NUMBER ALTERNATIVES":
            said = _whole(value, number)
        elif key.startswith("ALTERNATIVE NAME"):
            names[_whole(key.removeprefix("ALTERNATIVE NAME"), number)] = value.strip()
    older = first is not None and not names
    if older:
        said = _whole(first[1], first[0])
        for number, line in lines:
            key, comma, value = line.partition(",")
            names[_whole(key, number)] = value.strip()
            if not comma:
                raise FileError(f"line {number} has no name")
            if len(names) == said:
                break
        next(lines, None)  # the older form's line of sums
        first = None
    if not names or set(names) != set(range(1, len(names) + 1)) or said not in (None, len(names)):
        raise FileError("key 'ALTERNATIVE NAME' does not name the alternatives from 1 to their number")
    if len(set(names.values())) < len(names):
        raise FileError("key 'ALTERNATIVE NAME' holds a name twice")
    rest = chain([first] if first else [], lines)
    separator = "," if older else ":"
    return [names[i] for i in range(1, len(names) + 1)], _preflib_rows(
        rest, separator, len(names), unranked, keep and path.suffix == ".cat"
    )


def _preflib_rows(lines, separator: str, n: int, unranked: str, approvals: bool):
    below = unranked == "below"
    for number, line in lines:
        if line.startswith("#"):
            continue
        count, found, order = line.partition(separator)
        if not found:
            raise FileError(f"line {number} has no {separator!r} after the count")
        weight = _whole(count, number)
        if weight < 1:
            raise FileError(f"line {number}: the count {weight} is not a positive number")
        levels = _levels(order, number)
        try:
            if approvals:
                ballot: Ballot = Approval(levels[0] if levels else (), rest_below=below, weight=weight)
            else:
                ballot = Ranking([level for level in levels if level], rest_below=below, weight=weight)
            validate(ballot, n)
        except BallotError as error:
            # The file counts items from 1, the library from 0, so its message is not repeated here.
            culprit = error.item + 1 if isinstance(error.item, int) else error.item
            raise FileError(f"line {number}: alternative {culprit} is unknown or stands twice") from error
        yield weight, ballot


def _levels(order: str, number: int) -> list[tuple[int, ...]]:
    if order.count("{") != order.count("}"):
        raise FileError(f"line {number}: a brace is not closed")
    levels = []
    for part in _PART.finditer(order):
        inside, alone = part.groups()
        if alone is not None:
            levels.append((_whole(alone, number) - 1,))
        else:
            levels.append(tuple(_whole(item, number) - 1 for item in inside.split(",") if item.strip()))
    return levels


def _whole(text: str, number: int) -> int:
    text = text.strip()
    if not (text.isascii() and text.isdigit() and len(text) < 16):
        raise FileError(f"line {number}: {text[:40]!r} is not a whole number")
    return int(text)


def _lines(path: Path, progress: Progress) -> Iterator[tuple[int, str]]:
    done = 0
    with path.open("rb") as file:
        for number, raw in enumerate(file, 1):
            done += len(raw)
            if number % 1024 == 0:
                progress(done)
            line = raw.decode("utf-8-sig" if number == 1 else "utf-8").strip()
            if line:
                yield number, line
    progress(done)
