"""Elections as JSON: one object with `candidates`, `ballot_type` and `ballots` (see the data's README).

If it has `counts`, the numbers of `candidates` and `ballots` in it must be true.

The ballots are taken from the file one by one; where they stand before the two other keys, the file is read
twice. The standard library's decoder does the decoding, on a window of the text.
"""

from __future__ import annotations

import codecs
import json
import re
from collections import Counter, deque
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

from ..ballots import Approval, Ballot, BallotError, Ranking, Score, validate
from .election import DIGITS, FileError, Header, shown

_CHUNK = 1 << 16
_SPACE = re.compile(r"[ \t\n\r]*")
_MARGIN = 16  # an error this near to the end of the window may only mean that the value goes on
_LISTS = {"ranking": "ranking", "approval": "approved", "points": "scores"}


def open_json(path: Path, below: bool, progress: Callable[[int], None]) -> Header:
    """The header of a JSON election; `below`: missing items stand below all ranked ones."""
    text = _Window(path, progress)
    members = _members(text)
    head: dict[str, Any] = {}
    rows: Iterable[Any] | None = None
    again = False
    for key in members:
        if key == "ballots":
            if text.peek() != "[":
                raise FileError("key 'ballots' is not a list")
            rows = _elements(text)
            if "candidates" in head and "ballot_type" in head:
                break
            if path.is_file():
                again = True
                deque(rows, maxlen=0)  # what the rest means is known only now
            else:
                rows = list(rows)  # a pipe comes once
        else:
            value = text.value()
            if key in ("candidates", "ballot_type", "counts"):
                head[key] = value
    names, kind = _names(head.get("candidates")), head.get("ballot_type")
    if not isinstance(kind, str) or kind not in _LISTS:
        raise FileError(f"key 'ballot_type' is none of {', '.join(_LISTS)}")
    if rows is None:
        raise FileError("key 'ballots' is missing")
    _holds(head.get("counts"), "candidates", len(names), "the number of names is")
    if again:
        text = _Window(path, progress)
        members = _members(text)
        while next(members) != "ballots":
            text.value()
        rows = _elements(text)
    ballots = _ballots(rows, members, text, kind, len(names), below, head.get("counts"))
    return Header(names, kind, ballots, _where)


def _holds(counts: Any, key: str, true: int, what: str) -> None:
    """Refuse a number under "counts" that the file does not bear out."""
    said = counts.get(key) if isinstance(counts, dict) else None
    if said is not None and (type(said) is not int or said != true):
        raise FileError(f"key 'counts.{key}' says {shown(said)}, but {what} {true}")


def _where(number: int) -> str:
    return f"key 'ballots[{number}]'"


def _names(names: Any) -> list[str]:
    if not isinstance(names, list) or not names or not all(isinstance(name, str) for name in names):
        raise FileError("key 'candidates' is not a list of names")
    known: dict[str, int] = {}
    for number, name in enumerate(names):
        if any("\ud800" <= sign <= "\udfff" for sign in name):
            raise FileError(f"key 'candidates[{number}]': {shown(name)} holds half a character")
        if known.setdefault(name, number) != number:
            raise FileError(f"key 'candidates[{number}]' repeats the name of 'candidates[{known[name]}]'")
    return names


def _ballots(
    rows, members, text, kind: str, n: int, below: bool, counts: Any
) -> Iterator[tuple[int, Ballot]]:
    votes = 0
    for number, row in enumerate(rows):
        ballot = _ballot(row, number, kind, n, below)
        votes += int(ballot.weight)
        yield number, ballot
    for key in members:  # what stands behind the ballots must be JSON as well
        value = text.value()
        counts = value if key == "counts" else counts
    _holds(counts, "candidates", n, "the number of names is")
    _holds(counts, "ballots", votes, "the ballots add up to")


def _ballot(row: Any, number: int, kind: str, n: int, below: bool) -> Ballot:
    if not isinstance(row, dict) or "count" not in row:
        raise FileError(f"{_where(number)} is not an object with a count")
    count, said = row["count"], row.get(_LISTS[kind])
    if isinstance(count, _Long):
        raise FileError(f"{_where(number)}: the count {shown(count)} has more digits than can be read")
    if type(count) is not int or count < 1:
        raise FileError(
            f"{_where(number)}: the count {shown(count)} is not written as a whole number from 1 up"
        )
    if not isinstance(said, list):
        raise FileError(f"{_where(number)} is not a ballot of type {kind}: it has no list '{_LISTS[kind]}'")
    for key in row:
        if key not in ("count", _LISTS[kind]):
            raise FileError(f"{_where(number)}: key {shown(key)} is unknown, and would not be counted")
    try:
        if kind == "ranking":
            if not all(isinstance(level, list) for level in said):
                raise BallotError("a level is not a list of items")
            ballot: Ballot = Ranking(said, rest_below=below, weight=count)
        elif kind == "approval":
            ballot = Approval(said, rest_below=below, weight=count)
        else:
            ballot = _points(said, below, count)
        validate(ballot, n)
    except BallotError as error:
        raise FileError(f"{_where(number)}: {str(error)[:200]}") from error
    except TypeError as error:  # a list where an item should be
        raise FileError(
            f"{_where(number)} is not a ballot of type {kind}: an item is not a number"
        ) from error
    return ballot


def _points(said: list, below: bool, count: int) -> Score:
    for pair in said:
        if not isinstance(pair, list) or len(pair) != 2:
            raise BallotError(f"{shown(pair)} is not a pair of item and points")
        if isinstance(pair[1], _Long):
            raise BallotError(f"the points of item {shown(pair[0])} have more digits than can be read")
        if type(pair[1]) is not int or pair[1] < 0:
            raise BallotError(
                f"item {shown(pair[0])} has {shown(pair[1])} points, not written as a whole number from 0 up"
            )
    scores = {item: points for item, points in said}
    if len(scores) < len(said):
        twice = next(item for item, number in Counter(item for item, _ in said).items() if number > 1)
        raise BallotError(f"item {shown(twice)} has points twice")
    return Score(scores, rest_below=below, weight=count, highest=max(scores.values(), default=0))


class _Long:
    """A whole number with too many digits to be one of ours."""

    def __init__(self, digits: str):
        self.digits = digits

    def __repr__(self) -> str:
        return f"{self.digits[:12]}… ({len(self.digits)} signs)"


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise FileError(f"key {shown(_twice(key for key, _ in pairs))} stands twice in one object")
    return found


def _twice(keys: Iterable[str]) -> str:
    return next(key for key, number in Counter(keys).items() if number > 1)


_DECODER = json.JSONDecoder(
    object_pairs_hook=_object,
    parse_int=lambda digits: int(digits) if len(digits) <= DIGITS else _Long(digits),
)


class _Window:
    """A part of the text, which moves on as values are taken off its front."""

    def __init__(self, path: Path, progress: Callable[[int], None]):
        self.text, self.at, self.lines = "", 0, 1
        self.more = _chunks(path, progress)

    def fill(self) -> bool:
        """Read on; as much as there is already, so that a long value is not decoded too often."""
        parts, wanted = [], max(_CHUNK, len(self.text) - self.at)
        while wanted > 0 and (part := next(self.more, "")):
            parts.append(part)
            wanted -= len(part)
        if parts:
            self.lines += self.text.count("\n", 0, self.at)
            self.text, self.at = self.text[self.at :] + "".join(parts), 0
        return bool(parts)

    def peek(self) -> str:
        """The next sign that is not space, or "" at the end of the file."""
        while True:
            self.at = _SPACE.match(self.text, self.at).end()
            if self.at < len(self.text):
                return self.text[self.at]
            if not self.fill():
                return ""

    def take(self, signs: str) -> str:
        """Take one of these signs off the front."""
        found = self.peek()
        if not found or found not in signs:
            raise self.wrong(self.at)
        self.at += 1
        return found

    def value(self) -> Any:
        """Take a value off the front."""
        self.peek()
        while True:
            try:
                value, end = _DECODER.raw_decode(self.text, self.at)
            except json.JSONDecodeError as error:
                goes_on = error.msg.startswith("Unterminated") or error.pos >= len(self.text) - _MARGIN
                if not (goes_on and self.fill()):
                    raise self.wrong(error.pos) from error
            except RecursionError as error:
                raise FileError(f"line {self.line(self.at)}: the brackets are nested too deep") from error
            else:
                # A number at the end of the window, "2", may only be the beginning of "2.5e+10".
                if end < len(self.text) - _MARGIN or not self.fill():
                    self.at = end
                    return value

    def line(self, position: int) -> int:
        return self.lines + self.text.count("\n", 0, position)

    def wrong(self, position: int) -> FileError:
        return FileError(f"line {self.line(position)} is not JSON")


def _chunks(path: Path, progress: Callable[[int], None]) -> Iterator[str]:
    decoder = codecs.getincrementaldecoder("utf-8-sig")()
    done, line = 0, 1
    with path.open("rb") as file:
        while True:
            raw = file.read(_CHUNK)
            try:
                text = decoder.decode(raw, final=not raw)
            except UnicodeDecodeError as error:
                line += error.object.count(b"\n", 0, error.start)
                raise FileError(f"line {line} is not UTF-8") from error
            line += text.count("\n")
            done += len(raw)
            if text:
                yield text
            progress(done)
            if not raw:
                return


def _members(text: _Window) -> Iterator[str]:
    """The keys of the one object in the file; the caller takes the value of each."""
    if text.peek() != "{":
        raise FileError(f"line {text.line(text.at)} does not begin a JSON object")
    text.take("{")
    seen: set[str] = set()
    if text.peek() == "}":
        text.take("}")
    else:
        sign = ","
        while sign == ",":
            if text.peek() != '"':
                raise text.wrong(text.at)
            key = text.value()
            if key in seen:
                raise FileError(f"key {shown(key)} stands twice in one object")
            seen.add(key)
            text.take(":")
            yield key
            sign = text.take(",}")
    if text.peek():
        raise text.wrong(text.at)


def _elements(text: _Window) -> Iterator[Any]:
    """The elements of the list at the front, one by one."""
    text.take("[")
    if text.peek() == "]":
        text.take("]")
        return
    sign = ","
    while sign == ",":
        yield text.value()
        sign = text.take(",]")
