"""What is nearly the same: today the names of people, at the door and in lists.

Pure functions of texts, so that a whole register is compared without a database.
"""

from __future__ import annotations

import re
from collections.abc import Hashable, Iterable, Iterator
from difflib import SequenceMatcher
from functools import lru_cache
from unicodedata import combining, normalize

Key = Hashable
ALIKE = 0.84  # of two names' signs; below it, people with one common name are called alike
LIKE_A_WORD = 0.6  # of two words' signs
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
    compared = SequenceMatcher(None, "", " ".join(second), autojunk=False)
    return _close(compared, " ".join(first))


class Names:
    """Names that many others are compared with. Each is taken apart once.

    Only names that share the beginning of a word are compared sign by sign, so that a list of thousands
    against a register of thousands takes a moment.

    >>> known = Names([(1, "Erika Muster"), (2, "Max Muster")])
    >>> list(known.near("Muster, Erica")), list(known.near("Moritz Muster"))
    ([1], [])
    """

    def __init__(self, names: Iterable[tuple[Key, str]] = ()):
        self._by_start: dict[str, dict[Key, str]] = {}
        for key, name in names:
            self.add(key, name)

    def add(self, key: Key, name: str) -> None:
        parts = words(name)
        for start in {word[:3] for word in parts}:
            self._by_start.setdefault(start, {})[key] = " ".join(parts)

    def near(self, name: str) -> Iterator[Key]:
        """The keys of those names that may be this person's, one after the other as they are found."""
        parts = words(name)
        compared = SequenceMatcher(autojunk=False)
        compared.set_seq2(" ".join(parts))  # what is kept from one comparison to the next
        found: set[Key] = set()
        for start in dict.fromkeys(word[:3] for word in parts):
            for key, other in self._by_start.get(start, {}).items():
                if key not in found and _close(compared, other):
                    found.add(key)
                    yield key


def _close(compared: SequenceMatcher, other: str) -> bool:
    """Whether two names' sorted words are nearly the same signs; the cheap bounds first."""
    compared.set_seq1(other)
    return (
        compared.real_quick_ratio() >= ALIKE
        and compared.quick_ratio() >= ALIKE
        and compared.ratio() >= ALIKE
        and _each_has_its_like(*sorted((compared.b.split(), other.split()), key=len))
    )


def _each_has_its_like(few: list[str], more: list[str]) -> bool:
    """Whether every word of the shorter name is somewhere in the longer one: a long surname is not all."""
    return all(any(_like(word, other) for other in more) for word in few)


@lru_cache(100_000)
def _like(word: str, other: str) -> bool:
    return word == other or SequenceMatcher(None, word, other, autojunk=False).ratio() >= LIKE_A_WORD
