"""Words are found however they were typed, at their very places in the original."""

from __future__ import annotations

from time import perf_counter

import pytest

from werkstatt.passages import signs, spans


def found(passage: str, text: str) -> list[str]:
    return [text[start:end] for start, end in spans(passage, text)]


@pytest.mark.parametrize(
    "typed",
    [
        "Müller",
        "MÜLLER",
        "Mu\u0308ller",
        "Mü\xadller",
        "M\u200bü\u2060ller",
        "Mül\nler",
        "Mül-\r\n  ler",
        "Ｍüller",
        "Mu\u200b\u0308ller",
        "Mül\u2028ler",
    ],
)
def test_one_word_typed_in_many_ways(typed):
    assert found("Müller", f"Herr {typed}, so") == [typed]
    assert found("Frau Müller", f"Frau \u00a0\n{typed}.") == [f"Frau \u00a0\n{typed}"]


@pytest.mark.parametrize("other", ["Muller", "Mu ller", "Mül ler", "Müll", "Mueller", "M-üller"])
def test_what_is_another_word_is_left_alone(other):
    assert found("Müller", f"Herr {other}.") == []


def test_half_a_sign_is_none_and_the_next_one_is_looked_at():
    assert (
        found("ua", "üaua") == ["ua"] and found("s", "ß") == [] and found("straße", "STRASSE") == ["STRASSE"]
    )
    assert found("각", "각") == ["각"]
    assert found("a.b", "axb a.b") == ["a.b"] and found(" \u200b ", "  ") == [] and not signs("\u200b\xad")


def test_a_text_made_to_be_slow_is_not():
    began = perf_counter()
    assert not found("a" * 500 + "c", ("a" * 499 + "\n" * 50) * 20 + "b")
    assert len(found("ab" * 200, "ab\n" * 3000)) == 15
    assert perf_counter() - began < 2
