"""The check of histories bites: what it must allow, and what it must refuse."""

from __future__ import annotations

import pytest

from tests.urn.register import Seen, possible

A, B, C = (0, 1), (1, 0), (0,)


def saved(value, sent, until, rev=0):
    return Seen("write", "saved", value, sent, until, rev)


def unknown(value, sent, until=float("inf"), rev=0):
    return Seen("write", "unknown", value, sent, until, rev)


def refused(value, sent, until, rev=0):
    return Seen("write", "refused", value, sent, until, rev)


def read(value, sent, until):
    return Seen("read", "read", value, sent, until)


@pytest.mark.parametrize(
    "history",
    [
        [read(None, 0, 1), saved(A, 2, 3), read(A, 4, 5)],
        [saved(A, 0, 3), read(None, 1, 2), read(A, 4, 5)],  # read while the cast was on its way
        [saved(A, 0, 1), unknown(B, 2, rev=1), read(A, 3, 4), read(B, 5, 6)],  # answered by nobody, done late
        [saved(A, 0, 1), unknown(B, 2, rev=1), read(A, 3, 4)],  # never done
        [saved(A, 0, 1), saved(A, 2, 3)],  # the same again, from an older page
        [saved(A, 0, 3), refused(B, 1, 4), read(A, 5, 6)],  # two at once, one wins
        [saved(A, 0, 1), unknown(B, 2, 9, rev=1), refused(C, 3, 4, rev=1), read(B, 5, 6)],
        [saved(A, 0, 1), saved(B, 2, 3, rev=1), saved(A, 4, 5, rev=2)],
    ],
)
def test_c29_what_can_be(history):
    assert possible(history)


@pytest.mark.parametrize(
    "history",
    [
        [saved(A, 0, 1), read(None, 2, 3)],  # lost
        [saved(A, 0, 1), saved(B, 2, 3, rev=1), read(A, 4, 5)],  # an old one again
        [saved(A, 0, 1), unknown(B, 2, rev=1), read(B, 3, 4), read(A, 5, 6)],  # seen, then gone
        [
            saved(A, 0, 1),
            unknown(B, 2, 4, rev=1),
            read(A, 5, 6),
            read(B, 7, 8),
        ],  # done after its process was killed
        [saved(A, 0, 3), saved(B, 1, 4)],  # both of the same page
        [
            saved(A, 0, 1),
            unknown(B, 2, rev=1),
            saved(C, 3, 4, rev=1),
            read(B, 5, 6),
        ],  # late and over a newer one
        [refused(A, 0, 1), read(None, 2, 3)],  # refused, and nobody had cast
        [saved(A, 0, 1), refused(A, 2, 3)],  # the same is saved already
    ],
)
def test_c29_what_cannot_be(history):
    assert not possible(history)
