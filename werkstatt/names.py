"""How people may be called: one rule for the door, the desk, lists, accounts and one's own data.

Signs that nobody sees, or that turn a line around, are no part of a name: they are left out.
"""

from __future__ import annotations

from unicodedata import category, normalize

# Letters, symbols and marks by their category that show nothing: fillers of Hangul, Braille's empty cell ...
UNSEEN = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0\u200b\u200c\u200d\u2060\ufeff\xad")


TURNING = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


def tidy(name: str) -> str:
    """A name on one line, composed (NFC), without invisible signs and signs of direction.

    >>> tidy("  Erika\\u200b \\u202e Mu\\u0308ller\\n")
    'Erika Müller'
    """
    seen = (" " if sign.isspace() else sign for sign in normalize("NFC", name))
    plain = "".join(sign for sign in seen if sign not in UNSEEN and not category(sign).startswith("C"))
    return " ".join(plain.split())


def readable(text: str) -> str:
    """A text without signs that turn its letters around, which would let it say something else than it holds.

    >>> readable("a\\u202eb\\u2066c\\n")
    'abc\\n'
    """
    return "".join(sign for sign in text if sign not in TURNING)


def is_name(name: str) -> bool:
    """Whether at least two letters or digits can be seen.

    >>> is_name("Li"), is_name("E."), is_name("\\u3164\\u3164\\u3164"), is_name("--")
    (True, False, False, False)
    """
    return sum(sign.isalnum() for sign in tidy(name)) >= 2
