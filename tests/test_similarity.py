"""Names at the door, compared."""

from __future__ import annotations

import time

import pytest

from werkstatt.similarity import Names, alike


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
        ("Jürgen Beispielsdorf", "Uwe Beispielsdorf"),
        ("Ina Schwarzenberger", "Ada Schwarzenberger"),
    ],
)
def test_two_people_stay_two(one, other):
    assert not alike(one, other)


def test_near_names_are_those_that_are_alike():
    people = ["Erika Muster", "Max Muster", "Jörg Müller", "Anne-Marie Weiß", "Li Wu", "Dr."]
    known = Names(enumerate(people))
    assert list(known.near("Mueller, Prof. Joerg")) == [2] and list(known.near("Weiss Annemarie")) == [3]
    assert not any(known.near("Prof.")) and not any(known.near(""))
    for one in people:
        assert list(known.near(one)) == [n for n, other in enumerate(people) if alike(one, other)]


def test_a_list_of_thousands_against_a_register_of_thousands_takes_a_moment():
    known = Names((n, f"Vorname{n % 40} Nachname{n}") for n in range(1000))
    known.add(9000, "Muster Erika")
    begun = time.perf_counter()
    for n in range(50):
        assert 9000 in known.near("Erika Muster") and known.near(f"Vorname{n % 40} Nachname{n}")
    assert time.perf_counter() - begun < 20  # a bound that only an accident in the square breaks
