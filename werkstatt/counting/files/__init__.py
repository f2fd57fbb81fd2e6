"""Elections on disk: the JSON of `tests/data/elections` and PrefLib's text files.

A file is read once, ballot by ballot, and goes into a matrix block by block, so that a million ballots
need no more memory than a few thousand. What contradicts itself is refused with one sentence that
names the line or the key: a file is never counted otherwise than it says.

`jsonform` and `preflib` know one form each; both give an `Election` without its ballots' sums, and the
ballots one after another.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np

from ..ballots import Approval, Ballot, Ranking, Score
from ..outcome import Case
from ..profile import Profile, most_weight
from .election import Election, FileError, Header
from .jsonform import open_json
from .preflib import ENDINGS, open_preflib

__all__ = ["KINDS", "UNRANKED", "Election", "FileError", "read"]

UNRANKED = ("below", "no-opinion")
KINDS: dict[str, type[Ballot]] = {"ranking": Ranking, "approval": Approval, "points": Score}
_BLOCK = 4096


def read(
    path: Path,
    unranked: str = "below",
    keep: bool = False,
    progress: Callable[[int], None] = lambda done: None,
) -> Election:
    """Read an election.

    `unranked`: "below" (missing items stand below all ranked ones) or "no-opinion". `keep`: keep
    the ballots, merged where equal, for the methods that a matrix is not enough for; a .cat file is
    then read as approvals of its first category. `progress` is told how many bytes have been
    done. Raises `FileError`.
    """
    ending = path.suffix.lower()
    if ending not in (*ENDINGS, ".json"):
        raise FileError(f"the ending {path.suffix!r} is none of .json {' '.join(ENDINGS)}")
    try:
        if ending == ".json":
            header = open_json(path, unranked == "below", progress)
        else:
            header = open_preflib(path, unranked == "below", keep and ending == ".cat", progress)
        return _gather(header, keep)
    except OSError as error:
        raise FileError(f"the file cannot be read: {error.strerror}") from error
    except MemoryError as error:
        raise FileError("the file has more candidates or ballots than there is memory for") from error


def _gather(header: Header, keep: bool) -> Election:
    n = len(header.candidates)
    most = most_weight(n)
    matrix = np.zeros((n, n), dtype=np.int64)
    ballots = abstentions = 0
    kept: dict[tuple, tuple[Ballot, int]] = {}
    block: list[Ballot] = []

    def count_block() -> None:
        nonlocal matrix
        matrix += Profile.from_ballots(block, n, check=False).matrix
        block.clear()

    for number, ballot in header.ballots:
        ballots += ballot.weight
        if ballots > most:
            raise FileError(
                f"{header.where(number)}: up to here there are more than {most} ballots, "
                f"the most that can be counted for {n} candidates"
            )
        if not ballot.says_something:
            abstentions += ballot.weight
        if keep:
            key = _content(ballot)
            kept[key] = ballot, kept.get(key, (None, 0))[1] + ballot.weight
        block.append(ballot)
        if len(block) == _BLOCK:
            count_block()
    count_block()
    merged = tuple(replace(ballot, weight=weight) for ballot, weight in kept.values())
    case = Case(matrix, ballots - abstentions, 1, merged)
    return Election(header.candidates, header.kind, case, ballots, abstentions)


def _content(ballot: Ballot) -> tuple:
    if isinstance(ballot, Score):
        said: object = tuple(sorted(ballot.scores.items()))
    else:
        said = ballot.approved if isinstance(ballot, Approval) else ballot.levels
    return said, ballot.no_opinion
