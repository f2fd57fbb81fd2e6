"""What a file says: its header first, its ballots one after another, and all of it in the end."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from ..ballots import Ballot
from ..outcome import Case

_LONGEST = 60
DIGITS = 4000  # of a number that is read; Python itself reads few more at once


class FileError(ValueError):
    """A file that cannot be counted, in one sentence with line or key."""


@dataclass
class Header:
    """The beginning of a file.

    `kind`: "ranking", "approval" or "points". `ballots`: pairs of a number and a valid ballot, whose
    weight is a whole number of people; taking them may raise `FileError`. `where`: such a number in
    words.
    """

    candidates: list[str]
    kind: str
    ballots: Iterator[tuple[int, Ballot]]
    where: Callable[[int], str]


@dataclass
class Election:
    """A file that has been read: the items' names, the case, and how many ballots and blanks."""

    candidates: list[str]
    kind: str
    case: Case
    ballots: int
    abstentions: int


def shown(value: object) -> str:
    """A value from a file as an error message may repeat it: short, on one line, printable.

    >>> shown("a" * 100)[-3:], shown(["ä"])
    ('aa…', "['ä']")
    """
    text = repr(value)
    return text if len(text) <= _LONGEST else text[:_LONGEST] + "…"
