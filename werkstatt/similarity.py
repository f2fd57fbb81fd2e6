"""What is nearly the same: today the names of people at the door.

Pure functions of texts, so that a whole register is compared without a database.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from difflib import SequenceMatcher
from unicodedata import combining, normalize

ALIKE = 0.84  # of two names' signs; below it, people with one common name are called alike
TITLES = frozenset(
    [
        "dr",
        "prof",
        "ing",
        "dipl",
        "phd",
        "med",
        "jur",
        "rer",
        "nat",
        "habil",
        "msc",
        "bsc",
        "mba",
        "herr",
        "frau",
        "von",
        "van",
        "de",
        "der",
    ]
)
GERMAN = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss", "ł": "l", "ø": "o"})


def words(name: str) -> list[str]:
    """The words of a name that tell people apart, sorted: without titles, accents and case.

    >>> words("Prof. Dr.-Ing. Müller, Jörg")
    ['joerg', 'mueller']
    """
    plain = "".join(
        sign for sign in normalize("NFKD", name.casefold().translate(GERMAN)) if not combining(sign)
    )
    return sorted(word for word in re.findall(r"\w+", plain) if word not in TITLES)


def alike(one: str, other: str) -> bool:
    """Whether two names may be one person's: the same words, or nearly.

    >>> alike("Jörg Müller", "Mueller, Joerg"), alike("Erika Muster", "Erika Mustre")
    (True, True)
    >>> alike("Erika Muster", "Erik Schuster"), alike("", "")
    (False, False)
    """
    first, second = words(one), words(other)
    if not first or not second:
        return False
    return first == second or SequenceMatcher(None, " ".join(first), " ".join(second)).ratio() >= ALIKE


def candidates(name: str, names: Iterable[tuple[int, str]]) -> list[int]:
    """The keys of those names that may be this person's, in their order.

    Only names that share the beginning of a word are compared sign by sign, so that 300 people against
    a register of 300 take a moment.
    """
    starts = {word[:3] for word in words(name)}
    return [
        key for key, other in names if starts & {word[:3] for word in words(other)} and alike(name, other)
    ]
