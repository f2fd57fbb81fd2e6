"""How sentences say numbers, items and places, and how to read them again."""

import re
from fractions import Fraction

NAMES = "ABCDEFGHIJ"
WORDS = {"beiden": 2, "drei": 3, "vier": 4, "fünf": 5, "sechs": 6}
PLACE = r"(?:Platz \d+|Plätze \d+ (?:und|bis) \d+)"
LINK = r"(\w) vor (\w)(?: \(([\d/½]+) gegen ([\d/½]+)\))?"


def translate(message, **values):
    return message % values if values else message


def number(text):
    sign = -1 if text.startswith("\N{MINUS SIGN}") else 1
    whole, half, _ = text.lstrip("+\N{MINUS SIGN}").partition("½")
    return sign * (Fraction(whole or 0) + (Fraction(1, 2) if half else 0))


def items_of(text):
    return [NAMES.index(name) for name in re.split(", | und ", text)]


def place_of(text):
    """ "Platz 4" is (4, 4), "Plätze 4 bis 6" (4, 6); "und" stands between neighbours only."""
    numbers = [int(part) for part in re.findall(r"\d+", text)]
    assert (" und " in text) == (numbers[-1] == numbers[0] + 1)
    return numbers[0], numbers[-1]
