"""Keys, handles, seals, codes."""

from __future__ import annotations

import errno
import multiprocessing
import os
import signal
import stat
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from werkstatt.counting import Ranking
from werkstatt.secrecy import (
    BrokenSeal,
    KeyFolder,
    KeyGone,
    KeyMissing,
    check_code,
    handle_of,
    order_of,
    pack,
    seal,
    unpack,
    unseal,
)

KEY, OTHER_KEY = bytes(range(32)), bytes(32)


@pytest.fixture
def folder(tmp_path) -> KeyFolder:
    return KeyFolder(tmp_path)


def test_a_key_is_private_and_read_back(folder):
    key_id = folder.create()
    file = folder.path / f"{key_id}.key"
    assert stat.S_IMODE(os.stat(file).st_mode) == 0o600
    assert folder.read(key_id) == file.read_bytes() and len(folder.read(key_id)) == 32


def test_c21_a_tombstone_forbids_reading_even_if_the_key_comes_back(folder):
    key_id = folder.create()
    kept = (folder.path / f"{key_id}.key").read_bytes()
    folder.destroy(key_id)
    assert not (folder.path / f"{key_id}.key").exists()
    (folder.path / f"{key_id}.key").write_bytes(kept)
    with pytest.raises(KeyGone):
        folder.read(key_id)
    folder.destroy(key_id)  # again, after a crash
    assert not (folder.path / f"{key_id}.key").exists()


def test_a_missing_or_short_key_is_said(folder):
    with pytest.raises(KeyMissing):
        folder.read("00" * 16)
    key_id = folder.create()
    (folder.path / f"{key_id}.key").write_bytes(b"short")
    with pytest.raises(KeyMissing):
        folder.read(key_id)


def test_keys_that_no_round_names_are_swept(folder):
    named, lost, other = (folder.create(mark) for mark in ("abababab", "abababab", "cdcdcdcd"))
    assert folder.sweep([named], "abababab") == [], "none that is young"
    assert folder.sweep([named], "abababab", age=0) == [lost]
    assert folder.readable(other), "nobody else's"
    assert folder.read(named)
    with pytest.raises(KeyMissing):
        folder.read(lost)


def test_a_box_opens_only_in_its_place():
    handle = handle_of(KEY, 7, 3)
    box = seal(KEY, 7, handle, 2, "ab" * 16, b"\x01\x00\x02")
    assert unseal(KEY, 7, handle, 2, box) == ("ab" * 16, b"\x01\x00\x02")
    for key, round_id, where, rev in (
        (OTHER_KEY, 7, handle, 2),
        (KEY, 8, handle, 2),
        (KEY, 7, handle_of(KEY, 7, 4), 2),
        (KEY, 7, handle, 1),
    ):
        with pytest.raises(BrokenSeal):
            unseal(key, round_id, where, rev, box)


def test_handles_differ_by_member_round_and_key():
    handles = {handle_of(key, r, m) for key in (KEY, OTHER_KEY) for r in range(5) for m in range(5)}
    assert len(handles) == 50


def test_the_order_is_the_members_own_and_stays():
    orders = {tuple(order_of(KEY, member, 9)) for member in range(50)}
    assert all(sorted(order) == list(range(9)) for order in orders)
    assert len(orders) > 45
    assert order_of(KEY, 1, 9) == order_of(KEY, 1, 9)


def test_a_check_code_has_eight_signs_that_are_not_mistaken():
    code = check_code(KEY, handle_of(KEY, 1, 1))
    assert len(code) == 8 and not set(code) & set("01ILO")


@st.composite
def rankings(draw):
    n = draw(st.integers(2, 30))
    where = draw(st.lists(st.integers(-2, 8), min_size=n, max_size=n))  # -2 no opinion, -1 rest, else level
    levels = [[item for item in range(n) if where[item] == level] for level in range(9)]
    silent = frozenset(item for item in range(n) if where[item] == -2)
    return n, Ranking(
        tuple(tuple(level) for level in levels if level), silent, rest_below=draw(st.booleans())
    )


@given(rankings())
def test_packing_keeps_every_ranking_in_one_length(drawn):
    n, ballot = drawn
    assert len(pack(ballot, n)) == n + 1
    assert unpack(pack(ballot, n)) == ballot


def test_c28_a_full_disk_leaves_no_half_generation_behind(tmp_path, monkeypatch):
    keys = KeyFolder(tmp_path)
    keys.write_generations("ab", ["one"])

    def full(*_given):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("werkstatt.secrecy.os.write", full)
    with pytest.raises(OSError, match="No space"):
        keys.write_generations("ab", ["one", "two"])
    assert [file.name for file in tmp_path.iterdir()] == ["ab.generation"]
    assert keys.generations("ab") == ["one"]


def test_c55_half_a_generation_that_a_killed_process_left_is_swept_and_nothing_whole(folder):
    mark = "abababab"
    folder.write_generations(mark, ["one", "two"])
    folder.write_generations("cdcdcdcd", ["theirs"])

    def be_killed(*_given):
        os.kill(os.getpid(), signal.SIGKILL)

    def write():
        Path.replace = be_killed
        folder.write_generations(mark, ["two", "three"])

    killed = multiprocessing.get_context("fork").Process(target=write)
    killed.start()
    killed.join(10)
    assert killed.exitcode == -signal.SIGKILL
    (half,) = folder.path.glob(f"{mark}.generation.*")
    folder.sweep([], mark)
    assert half.exists(), "it may be on its way to be whole"
    folder.sweep([], "cdcdcdcd", age=0)
    assert half.exists(), "another installation's"
    folder.sweep([], mark, age=0)
    assert sorted(file.name for file in folder.path.iterdir()) == [
        f"{mark}.generation",
        "cdcdcdcd.generation",
    ]
    assert folder.generations(mark) == ["one", "two"]
