"""Numbers, places and lists as sentences say them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction

Translate = Callable[..., str]
MINUS = "\N{MINUS SIGN}"
SPEAKABLE = 20  # the largest denominator that is read out


def listed(parts: Sequence[str], translate: Translate) -> str:
    if len(parts) < 2:
        return "".join(parts)
    return translate("%(first)s und %(last)s", first=", ".join(parts[:-1]), last=parts[-1])


def placed(first: int, last: int, translate: Translate) -> str:
    """ "Platz 4", or shared "Plätze 4 und 5", "Plätze 4 bis 6"."""
    if first == last:
        return translate("Platz %(place)s", place=first)
    if last == first + 1:
        return translate("Plätze %(first)s und %(last)s", first=first, last=last)
    return translate("Plätze %(first)s bis %(last)s", first=first, last=last)


def votes_of(number: Fraction) -> str:
    """Whole votes as they are; fractional ones, which only weighted ballots give, as "3½" or as a fraction."""
    return halves_of(number)


def halves_of(number: Fraction) -> str:
    """Half of one as "½", which reads the same in every language; other fractions as such, "7/3"."""
    whole, half = divmod(number, 1)
    return f"{whole or ''}½" if half == Fraction(1, 2) else str(number)


def signed_of(number: Fraction) -> str:
    return f"{'+' if number > 0 else MINUS if number < 0 else ''}{abs(number)}"


def apart(a: Fraction, b: Fraction, translate: Translate) -> tuple[str, str]:
    """Two different numbers from 0 up: small fractions as such, others rounded to as few decimals as tell them apart."""
    if max(a.denominator, b.denominator) <= SPEAKABLE:
        return str(a), str(b)
    digits = 2
    while round(a * 10**digits) == round(b * 10**digits):
        digits += 1
    parts = (divmod(round(number * 10**digits), 10**digits) for number in (a, b))
    one, other = (
        translate("%(whole)s,%(decimals)s", whole=whole, decimals=f"{rest:0{digits}d}")
        for whole, rest in parts
    )
    return one, other


def thousands_of(number: int, translate: Translate) -> str:
    if number < 1000:
        return str(number)
    return translate("%(thousands)s.%(rest)s", thousands=number // 1000, rest=f"{number % 1000:03d}")


def number_word(number: int, translate: Translate) -> str:
    words = [translate("drei"), translate("vier"), translate("fünf"), translate("sechs"), translate("sieben")]
    return words[number - 3] if number < 3 + len(words) else str(number)
