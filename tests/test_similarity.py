"""Names at the door, compared."""

from __future__ import annotations

import time

import pytest

from werkstatt.similarity import alike, candidates


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Erika Muster", "erika  MUSTER"),
        ("Muster, Erika", "Erika Muster"),
        ("Prof. Dr. Jörg Müller", "Joerg Mueller"),
        ("Erika Muster", "Erika Mustre"),
        ("Łukasz Żółć", "Lukasz Zolc"),
        ("Anne-Marie Weiß", "Annemarie Weiss"),
    ],
)
def test_one_person_written_twice(one, other):
    assert alike(one, other) and alike(other, one)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Erika Muster", "Max Muster"),
        ("Peter Schmidt", "Petra Schmidt-Lang"),
        ("Dr.", "Prof."),
        ("", ""),
        ("Li", "Wu"),
    ],
)
def test_two_people_stay_two(one, other):
    assert not alike(one, other)


def test_three_hundred_against_three_hundred_take_a_moment():
    known = [(n, f"Vorname{n % 40} Nachname{n}") for n in range(300)]
    begun = time.perf_counter()
    assert candidates("Erika Muster", [*known, (900, "Muster Erika")]) == [900]
    for _, name in known[:60]:
        candidates(name, known)
    assert time.perf_counter() - begun < 10  # a bound that only an accident in the square breaks
