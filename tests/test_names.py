"""How people may be called."""

from __future__ import annotations

import pytest

from werkstatt.names import is_name, tidy


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        (" Erika\t Muster\n", "Erika Muster"),
        ("Jo\u0308rg", "Jörg"),
        ("\u202eretsuM\u202c", "retsuM"),
        ("A\u200bda\u2800\ufeff", "Ada"),
        ("李明", "李明"),
        ("Ol\u00a0ga", "Ol ga"),
    ],
)
def test_a_name_is_kept_as_it_is_read(written, kept):
    assert tidy(written) == kept and is_name(written)


@pytest.mark.parametrize(
    "written", ["", " ", "E", "E.", "\u3164\u3164", "\u115f\u1160", "...", "\u200d\u200d"]
)
def test_what_nobody_can_read_is_no_name(written):
    assert not is_name(written)
