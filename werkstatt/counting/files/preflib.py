"""PrefLib's text files: strict or tied, complete or incomplete orders, and categories.

N. Mattei and T. Walsh, "PrefLib: a library for preferences", ADT (2013); the format specification in
the repository PrefLib-Data. A line `3: 1,{2,4}` is three ballots with alternative 1 above 2 and 4,
under a header of lines `# KEY: value`. The form before 2022 is read as well: the number of
alternatives, a line `1,Name` for each, a line `voters,sum,unique orders`, then lines `3,1,{2,4}`.

.soc: strict orders of all alternatives; .soi: strict orders of some; .toc: of all, with ties; .toi:
of some, with ties; .cat: each part is a category, best first, and the first one counts as approved.
Lines that repeat an order are added up. What the header says must be true of the lines.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import chain
from pathlib import Path

from ..ballots import Approval, Ballot, Ranking
from .election import DIGITS, FileError, Header, shown

ENDINGS = (".soc", ".soi", ".toc", ".toi", ".cat")
_COMPLETE, _STRICT = (".soc", ".toc"), (".soc", ".soi")
_NUMBER = r"[ \t]*[0-9]{1,9}[ \t]*"
_GROUP = rf"[ \t]*\{{(?:{_NUMBER}(?:,{_NUMBER})*|[ \t]*)\}}[ \t]*"
_ORDER = re.compile(rf"(?:(?:{_NUMBER}|{_GROUP})(?:,(?:{_NUMBER}|{_GROUP}))*)?")
_PART = re.compile(r"\{([^}]*)\}|([0-9]+)")
_NAME = re.compile(r"ALTERNATIVE NAME\b(.*)")
_COUNTED = ("NUMBER ALTERNATIVES", "NUMBER VOTERS", "NUMBER CATEGORIES")
_UNIQUE = ("NUMBER UNIQUE ORDERS", "NUMBER UNIQUE PREFERENCES")

Lines = Iterator[tuple[int, str]]


@dataclass
class _Head:
    """What the header says; `numbers` by key, and `lines` on which line each key stands."""

    older: bool = False
    names: dict[int, str] = field(default_factory=dict)
    numbers: dict[str, int] = field(default_factory=dict)
    lines: dict[str, int] = field(default_factory=dict)

    def put(self, key: str, value: int, line: int) -> None:
        if self.numbers.get(key, value) != value:
            raise FileError(f"line {line}: key '{key}' stands twice and differs")
        self.numbers[key], self.lines[key] = value, line

    def name(self, number: int, name: str, line: int) -> None:
        if number in self.names:
            raise FileError(f"line {line}: alternative {shown(number)} has a name already")
        self.names[number] = name

    def holds(self, key: str, true: int, what: str) -> None:
        """Refuse a number of the header that the file does not bear out."""
        said = self.numbers.get(key, true)
        if said != true:
            raise FileError(f"line {self.lines[key]}: key '{key}' says {shown(said)}, but {what} {true}")


def open_preflib(path: Path, below: bool, approvals: bool, progress: Callable[[int], None]) -> Header:
    """The header of a PrefLib file; `below`: missing alternatives stand below all ranked ones."""
    lines = _lines(path, progress)
    head, first = _Head(), None
    for number, line in lines:
        if not line.startswith("#"):
            first = (number, line)
            break
        _metadata(head, number, line, path.suffix.lower())
    if not head.names and first is not None:
        _older(head, first, lines)
        first = None
    names = head.names
    if not names or set(names) != set(range(1, len(names) + 1)):
        raise FileError("key 'ALTERNATIVE NAME' does not name the alternatives from 1 to their number")
    head.holds("NUMBER ALTERNATIVES", len(names), "the number of names is")
    known: dict[str, int] = {}
    for number, name in sorted(names.items()):
        if known.setdefault(name, number) != number:
            raise FileError(f"key 'ALTERNATIVE NAME {number}' repeats the name of alternative {known[name]}")
    body = chain([first] if first else [], lines)
    ballots = _ballots(body, head, path.suffix.lower(), below, approvals)
    kind = "approval" if approvals else "ranking"
    return Header([names[i] for i in sorted(names)], kind, ballots, _where)


def _where(number: int) -> str:
    return f"line {number}"


def _key(line: str) -> tuple[str, str]:
    key, _, value = line[1:].partition(":")
    return " ".join(key.upper().split()), value.strip()


def _metadata(head: _Head, number: int, line: str, ending: str) -> None:
    """Take one line of the header in; what is not known is a comment."""
    key, value = _key(line)
    if found := _NAME.match(key):
        head.name(_whole(found.group(1), number), value, number)
    elif key in (*_COUNTED, *_UNIQUE) and value:
        head.put(key, _whole(value, number), number)
    elif key == "DATA TYPE" and "." + value.lower() in ENDINGS and value.lower() != ending[1:]:
        raise FileError(f"line {number}: key 'DATA TYPE' says {value}, but the file ends in {ending}")


def _older(head: _Head, first: tuple[int, str], lines: Lines) -> None:
    """The header of the form before 2022, up to and with its line of sums."""
    head.older = True
    said = _whole(first[1], first[0])
    head.put("NUMBER ALTERNATIVES", said, first[0])
    for number, line in lines:
        if len(head.names) == said:
            sums = [_whole(part, number) for part in line.split(",")]
            if len(sums) != 3:
                raise FileError(f"line {number} does not hold the numbers of voters, votes and unique orders")
            # The first number is that of voters, who may be fewer than votes where orders were derived.
            head.put("NUMBER VOTERS", sums[1], number)
            head.put("NUMBER UNIQUE ORDERS", sums[2], number)
            return
        key, comma, name = line.partition(",")
        if not comma:
            raise FileError(f"line {number} has no name")
        head.name(_whole(key, number), name.strip(), number)
    raise FileError(f"line {first[0]}: there are not {shown(said)} names and a line of sums after it")


def _ballots(
    lines: Lines, head: _Head, ending: str, below: bool, approvals: bool
) -> Iterator[tuple[int, Ballot]]:
    n, separator = len(head.names), "," if head.older else ":"
    votes = orders = 0
    unique = next((key for key in _UNIQUE if key in head.numbers), None)
    different: set[int] = set()
    for number, line in lines:
        if line.startswith("#"):
            key, _ = _key(line)
            if key in (*_COUNTED, *_UNIQUE) or _NAME.match(key):
                raise FileError(f"line {number}: key '{key}' stands among the ballots")
            continue
        count, found, order = line.partition(separator)
        if not found:
            raise FileError(f"line {number} has no {separator!r} after the count")
        weight = _whole(count, number)
        if weight < 1:
            raise FileError(f"line {number}: the count {weight} is not written as a whole number from 1 up")
        levels = _levels(order, number)
        _check(levels, n, number, ending, head)
        votes, orders = votes + weight, orders + 1
        if unique:
            different.add(hash(order))
        yield number, _ballot(levels, n, below, approvals, weight)
    if not orders and "NUMBER VOTERS" not in head.numbers:
        raise FileError("key 'NUMBER VOTERS' is missing, and so are the ballots: the file seems cut off")
    head.holds("NUMBER VOTERS", votes, "the lines add up to")
    if unique and head.numbers[unique] != len(different):  # repeated lines may be counted each
        head.holds(unique, orders, "the number of orders is")


def _ballot(levels: list[tuple[int, ...]], n: int, below: bool, approvals: bool, weight: int) -> Ballot:
    if not approvals:
        return Ranking([level for level in levels if level], rest_below=below, weight=weight)
    named = {item for level in levels for item in level}
    unnamed = () if below else [item for item in range(n) if item not in named]
    return Approval(levels[0] if levels else (), no_opinion=unnamed, weight=weight)


def _check(levels: list[tuple[int, ...]], n: int, number: int, ending: str, head: _Head) -> None:
    """Whether an order is one of its kind. The file counts from 1, the library from 0."""
    items = [item for level in levels for item in level]
    if items and not 0 <= min(items) <= max(items) < n:
        unknown = next(item for item in items if not 0 <= item < n)
        raise FileError(f"line {number}: alternative {unknown + 1} is not one of 1 to {n}")
    if len(set(items)) < len(items):
        twice = next(item for item in items if items.count(item) > 1)
        raise FileError(f"line {number}: alternative {twice + 1} stands twice")
    if ending in _STRICT and len(levels) < len(items):
        raise FileError(f"line {number}: {ending} files hold no ties")
    if ending in _COMPLETE and len(items) < n:
        missing = next(item for item in range(n) if item not in set(items))
        raise FileError(
            f"line {number}: {ending} files order everything, and alternative {missing + 1} is missing"
        )
    if ending == ".cat":
        categories = head.numbers.get("NUMBER CATEGORIES", len(levels))
        if len(levels) > categories:
            raise FileError(
                f"line {number}: {len(levels)} categories, but key 'NUMBER CATEGORIES' says {shown(categories)}"
            )
    elif not head.older and not all(levels):  # the older form knew {} as nothing at all
        raise FileError(f"line {number}: a pair of braces is empty")


def _levels(order: str, number: int) -> list[tuple[int, ...]]:
    if not _ORDER.fullmatch(order):
        raise FileError(f"line {number}: {_trouble(order)}")
    if "{" not in order:
        return [(int(item) - 1,) for item in order.split(",")] if order.strip() else []
    levels = []
    for part in _PART.finditer(order):
        inside, alone = part.groups()
        if alone is not None:
            levels.append((int(alone) - 1,))
        else:
            levels.append(tuple(int(item) - 1 for item in inside.split(",")) if inside.strip() else ())
    return levels


def _trouble(order: str) -> str:
    """Why an order cannot be read."""
    depth = 0
    for sign in order:
        depth += (sign == "{") - (sign == "}")
        if depth > 1:
            return "a brace stands inside a brace"
        if depth < 0:
            break
    if depth:
        return "a brace is not opened" if depth < 0 else "a brace is not closed"
    for part in re.split(r"[,{}]", re.sub(r"\{[^}]*\}", "0", order)):
        if not part.strip():
            return "nothing stands between two commas"
    wrong = next(
        (part.strip() for part in re.split(r"[,{}]", order) if not re.fullmatch(_NUMBER + "|", part)), ""
    )
    return (
        f"{shown(wrong)} is not the number of an alternative"
        if wrong
        else "a comma is missing, or there is one too many"
    )


def _whole(text: str, number: int) -> int:
    text = text.strip()
    if not (text.isascii() and text.isdigit()):
        raise FileError(f"line {number}: {shown(text)} is not a whole number in plain digits")
    if len(text) > DIGITS:
        raise FileError(f"line {number}: {shown(text)} has more digits than can be read")
    return int(text)


def _lines(path: Path, progress: Callable[[int], None]) -> Lines:
    done = 0
    with path.open("rb") as file:
        for number, raw in enumerate(file, 1):
            done += len(raw)
            if number % 1024 == 0:
                progress(done)
            try:
                line = raw.decode("utf-8-sig" if number == 1 else "utf-8").strip()
            except UnicodeDecodeError as error:
                raise FileError(f"line {number} is not UTF-8") from error
            if "\r" in line:
                raise FileError(
                    f"line {number} holds a carriage return without a line feed: write the file with line feeds"
                )
            if line:
                yield number, line
    progress(done)
