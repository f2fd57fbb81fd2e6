"""Find words in a text however they were typed: in any case, composed or not, with signs that nobody sees.

What is found is given as places of the original text, so that exactly those signs can be blacked out.

>>> "Der Mu\\u0308l\\xadler geht."[slice(*next(spans("Müller", "Der Mu\\u0308l\\xadler geht.")))]
'Mu\\u0308l\\xadler'
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise
from unicodedata import category, combining, normalize

from .names import UNSEEN

BREAK = "(?:[-\u2010]?\n)?"  # a word may go on in the next line
LINE_BREAKS = frozenset("\n\r\x0b\x0c\x85\u2028\u2029")
NOTHING = dict.fromkeys(map(ord, UNSEEN))
VARIANTS = frozenset(map(chr, range(0xFE00, 0xFE10)))  # how the sign before is drawn


def signs(passage: str) -> int:
    """How many signs of a passage can be compared.

    >>> signs("a\\u200b\\n "), signs("Ö.")
    (1, 2)
    """
    return sum(len(normalize("NFC", sign)) for sign, _ in _folded(passage) if sign not in (" ", "\n"))


def spans(passage: str, text: str) -> Iterator[tuple[int, int]]:
    """(start, end) of each place where a passage stands in a text, one after the other.

    White space of any kind and length is equal; within a word a line may break, with a hyphen or without.

    >>> list(spans("so ein Wort", "So  ein\\nWORT, so ein\\u2003Wo-\\nrt")), list(spans("Mull", "Müller"))
    ([(0, 12), (14, 27)], [])
    """
    wanted = [sign for sign, _ in _folded(passage.strip()) if sign]
    # A quick look first: most texts are done with it.
    if not wanted or _letters(passage) not in _letters(text):
        return
    pattern = re.escape(wanted[0]) + "".join(_then(before, sign) for before, sign in pairwise(wanted))
    folded, begins, ends, at = _folded(text), {}, {}, 0
    for number, (sign, _) in enumerate(folded):
        if sign:
            begins[at], at = number, at + len(sign)
            ends[at] = number
    plain, compiled, at = "".join(sign for sign, _ in folded), re.compile(pattern), 0
    starts = [start for _, start in folded] + [len(text)]
    while match := compiled.search(plain, at):
        first, last = begins.get(match.start()), ends.get(match.end())
        if first is None or last is None:  # half a sign: an u of an ü
            at = match.start() + 1
            continue
        yield starts[first], starts[last + 1]
        at = match.end()


def _letters(text: str) -> str:
    """The letters and digits alone, as they are compared, without their marks."""
    return re.sub(r"\W", "", _compared(text.translate(NOTHING)))


def _then(before: str, sign: str) -> str:
    if sign in (" ", "\n"):
        return "[ \n]"
    return re.escape(sign) if before in (" ", "\n") else BREAK + re.escape(sign)


def _folded(text: str) -> list[tuple[str, int]]:
    """(a sign as it is compared, where it begins): a letter with its marks, or all white space in a row.

    Signs that nobody sees belong to the one before them.
    """
    found: list[list] = []
    for at, sign in enumerate(text):
        if found and (sign in UNSEEN or sign in VARIANTS or category(sign) == "Cf"):
            continue
        if sign in UNSEEN or category(sign) == "Cf":
            found.append(["", at])
        elif sign.isspace():
            if not found or not found[-1][0].isspace():
                found.append([" ", at])
            if sign in LINE_BREAKS:
                found[-1][0] = "\n"
        elif combining(sign) and found and not found[-1][0].isspace():
            found[-1][0] += sign
        else:
            found.append([sign, at])
    return [(sign if sign.isspace() else _compared(sign), at) for sign, at in found]


def _compared(sign: str) -> str:
    """
    >>> _compared("Ü") == _compared("u\\u0308"), _compared("ß")
    (True, 'ss')
    """
    return normalize("NFKD", normalize("NFKD", sign).casefold())
