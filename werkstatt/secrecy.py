"""Keys, handles, seals and codes: why nobody can tell later who cast which ballot.

A round has one key of 32 random bytes, kept in a file outside the database. From it come

* the *handle* under which a member's ballot is stored: HMAC(HMAC(K, "handle"), round|member);
* the *box* that holds the ballot: AES-256-GCM under HMAC(K, "seal"), with round, handle and
  revision as associated data, so that no box can be moved to another place;
* the *order* of the unsorted cards of a member, and the *check code* of a ballot.

When the key is destroyed, none of this can be computed any more, by anybody. All MACs are
HMAC-SHA-256 (RFC 2104); the seal is NIST SP 800-38D with a random 96-bit nonce.
"""

from __future__ import annotations

import base64
import contextlib
import hmac
import json
import os
import secrets
import time
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from .counting import Ranking

KEY_BYTES, TAG_BYTES, NONCE_BYTES = 32, 16, 12
CODE_SIGNS = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"
CODE_LENGTH, CARD_CODE_LENGTH = 8, 10
MOST_ITEMS = 200  # one byte an item, with room for the two marks below
REST, NO_OPINION = 0, 255
FORMAT = b"\x01"
SWEPT_AFTER = 3600.0  # seconds; an opening takes one


class KeyGone(Exception):
    """The key was destroyed on purpose: its round can neither be cast in nor counted."""


class KeyMissing(Exception):
    """The key should be there and cannot be read."""


class BrokenSeal(Exception):
    """A box does not open: another key, another place, or changed bytes."""


@dataclass(frozen=True)
class KeyFolder:
    """The folder of round keys: ``<id>.key`` (mode 0600), and ``<id>.gone`` after destruction.

    ``<mark>.generation`` says how new the database of an installation must be (see ``acts/copies.py``).
    """

    path: Path

    def create(self, mark: str = "") -> str:
        """A new key, on disk for certain before this returns; its id (32 hexadecimal digits).

        :param mark: whose key it is, eight hexadecimal digits; the id begins with it, the rest is random.
        """
        key_id = (mark + secrets.token_hex(16))[:32]
        self._write(self.path / f"{key_id}.key", secrets.token_bytes(KEY_BYTES))
        return key_id

    def read(self, key_id: str | None) -> bytes:
        """The key, read anew every time.

        :raises KeyGone: destroyed.
        :raises KeyMissing: not there, or not readable.
        """
        if self.destroyed(key_id):
            raise KeyGone(key_id)
        try:
            handle = os.open(f"{self.path}/{key_id}.key", os.O_RDONLY)
        except OSError as no:
            raise KeyMissing(key_id) from no
        try:
            key = os.read(handle, KEY_BYTES + 1)
        except OSError as no:
            raise KeyMissing(key_id) from no
        finally:
            os.close(handle)
        if len(key) != KEY_BYTES:
            raise KeyMissing(key_id)
        return key

    def readable(self, key_id: str | None) -> bool:
        """Whether :meth:`read` gives the key now."""
        try:
            return bool(self.read(key_id))
        except (KeyGone, KeyMissing):
            return False

    def destroyed(self, key_id: str | None) -> bool:
        """Whether the key's tombstone stands: nothing of its round can be cast or counted again."""
        return os.access(f"{self.path}/{key_id}.gone", os.F_OK)

    def destroy(self, key_id: str) -> None:
        """Leave a tombstone, overwrite the key, remove it. May be repeated after a crash at any point."""
        self._write(self.path / f"{key_id}.gone", b"")
        file = self.path / f"{key_id}.key"
        if file.exists():
            self._write(file, bytes(KEY_BYTES))
            file.unlink(missing_ok=True)
            self._sync_folder()

    def sweep(self, named: Iterable[str], mark: str, age: float = SWEPT_AFTER) -> list[str]:
        """Remove keys of openings that were never committed: this mark's own, named by no round. Their ids.

        Nobody else's, and none younger than ``age`` seconds: whoever knows too little destroys nothing.
        Half generations that a killed process left go, too; a whole one has another name.
        """
        known, young = set(named), time.time() - age
        for half in self.path.glob(f"{mark}.generation.*") if mark else ():
            with contextlib.suppress(FileNotFoundError):  # another process is about to make it whole
                if half.stat().st_mtime <= young:
                    half.unlink()
        lost = [
            file.stem
            for file in sorted(self.path.glob(f"{mark}*.key"))
            if mark and file.stem not in known and file.stat().st_mtime <= young
        ]
        for key_id in lost:
            (self.path / f"{key_id}.key").unlink(missing_ok=True)
        return lost

    def strange(self, named: Iterable[str], age: float = SWEPT_AFTER) -> list[str]:
        """The ids of keys that none of these rounds names: another installation's, or left behind by a restore.

        None younger than ``age`` seconds: a round may be opening.
        """
        known, young = set(named), time.time() - age
        keys = sorted(self.path.glob("?" * 32 + ".key"))
        return [file.stem for file in keys if file.stem not in known and file.stat().st_mtime <= young]

    def generations(self, mark: str) -> list[str]:
        """The two newest generations of an installation; none where it never wrote here."""
        try:
            return (self.path / f"{mark}.generation").read_text().splitlines()
        except FileNotFoundError:
            return []

    def write_generations(self, mark: str, known: Iterable[str]) -> None:
        """Replace them, on disk for certain before this returns; half a file is never seen."""
        file = self.path / f"{mark}.generation"
        half = file.with_name(f"{file.name}.{secrets.token_hex(4)}")
        try:
            self._write(half, "".join(f"{one}\n" for one in known).encode())
            half.replace(file)
        except OSError:
            half.unlink(missing_ok=True)  # a full disk leaves no litter
            raise
        self._sync_folder()

    def _write(self, file: Path, content: bytes) -> None:
        handle = os.open(file, os.O_CREAT | os.O_WRONLY, 0o600)
        try:
            os.write(handle, content)
            os.fsync(handle)
        finally:
            os.close(handle)
        self._sync_folder()

    def _sync_folder(self) -> None:
        handle = os.open(self.path, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def mac(key: bytes, message: bytes) -> bytes:
    """HMAC-SHA-256, 32 bytes."""
    return hmac.digest(key, message, "sha256")


class RoundKeys:
    """A round's key with its parts derived once: for whoever handles every ballot of the round."""

    def __init__(self, key: bytes, round_id: int):
        self.round_id = round_id
        self._handles, self._codes = mac(key, b"handle"), mac(key, b"code")
        self._boxes = AESGCM(mac(key, b"seal"))

    def handle(self, member_id: int) -> bytes:
        """Where a member's ballot of this round is stored (32 bytes that say nothing without the key)."""
        return mac(self._handles, b"%d|%d" % (self.round_id, member_id))

    def code(self, handle: bytes) -> str:
        """Eight signs that say a ballot was counted, and nothing about it; the same for all its changes."""
        return in_signs(mac(self._codes, handle), CODE_LENGTH)

    def seal(self, handle: bytes, rev: int, tag: str, packed: bytes) -> bytes:
        """The box of a ballot: nonce, then AES-256-GCM over format, login tag and packed ranking.

        Every box of a round has the same length, because :func:`pack` gives one length.
        """
        nonce = secrets.token_bytes(NONCE_BYTES)
        return nonce + self._boxes.encrypt(
            nonce, FORMAT + bytes.fromhex(tag) + packed, self._place(handle, rev)
        )

    def unseal(self, handle: bytes, rev: int, box: bytes) -> tuple[str, bytes]:
        """The login tag that cast it (hexadecimal), and the packed ranking.

        :raises BrokenSeal: for anything but the box that was sealed for just this place.
        """
        try:
            plain = self._boxes.decrypt(box[:NONCE_BYTES], box[NONCE_BYTES:], self._place(handle, rev))
        except (InvalidTag, ValueError) as no:
            raise BrokenSeal() from no
        return plain[1 : 1 + TAG_BYTES].hex(), plain[1 + TAG_BYTES :]

    def _place(self, handle: bytes, rev: int) -> bytes:
        return b"%d|%s|%d" % (self.round_id, handle, rev)


def handle_of(key: bytes, round_id: int, member_id: int) -> bytes:
    """:meth:`RoundKeys.handle` of one member."""
    return RoundKeys(key, round_id).handle(member_id)


def order_of(key: bytes, member_id: int, n_items: int) -> list[int]:
    """The items 0..n-1 in this member's own random order, the same at every look."""
    seed = mac(mac(key, b"order"), str(member_id).encode())
    return sorted(range(n_items), key=lambda item: mac(seed, str(item).encode()))


def check_code(key: bytes, handle: bytes) -> str:
    """:meth:`RoundKeys.code` of one ballot; the round is in its handle."""
    return RoundKeys(key, 0).code(handle)


def in_signs(digest: bytes, many: int) -> str:
    """The first signs of a digest, written so that they can be said aloud and typed."""
    number, signs = int.from_bytes(digest), []
    for _ in range(many):
        number, at = divmod(number, len(CODE_SIGNS))
        signs.append(CODE_SIGNS[at])
    return "".join(signs)


def card_secrets(secret: str, nonce: str, workshop_id: int, number: int) -> tuple[str, str]:
    """What is printed on a card: the token of its link (192 bits) and its code (ten signs, 49 bits).

    They follow from the application's secret and a nonce that only the browser knows which ordered the
    cards. So the file can be made when it is fetched, and what is on the cards is stored nowhere.
    """
    key = mac(secret.encode(), b"cards")
    token = mac(key, f"token|{nonce}|{workshop_id}|{number}".encode())[:24]
    code = mac(key, f"code|{nonce}|{workshop_id}|{number}".encode())
    return base64.urlsafe_b64encode(token).decode(), in_signs(code, CARD_CODE_LENGTH)


def pack(ballot: Ranking, n_items: int) -> bytes:
    """A ranking in ``n_items + 1`` bytes, whatever it says: the rule for the rest, then a byte an item.

    A byte is the level from 1, 0 for the rest, 255 for no opinion.
    """
    body = bytearray(n_items)
    for level, items in enumerate(ballot.levels, start=1):
        for item in items:
            body[item] = level
    for item in ballot.no_opinion:
        body[item] = NO_OPINION
    return bytes([ballot.rest_below]) + bytes(body)


def ranks(packed: bytes) -> bool:
    """Whether a packed ranking has any level; without one it is an abstention."""
    return bool(packed[1:].strip(bytes((REST, NO_OPINION))))


def unpack(data: bytes, group: str | None = None) -> Ranking:
    """The inverse of :func:`pack`; items of a level in item order."""
    levels: dict[int, list[int]] = {}
    for item, level in enumerate(data[1:]):
        if level not in (REST, NO_OPINION):
            levels.setdefault(level, []).append(item)
    silent = frozenset(item for item, level in enumerate(data[1:]) if level == NO_OPINION)
    return Ranking(
        tuple(tuple(levels[level]) for level in sorted(levels)), silent, rest_below=bool(data[0]), group=group
    )


def seal(key: bytes, round_id: int, handle: bytes, rev: int, tag: str, packed: bytes) -> bytes:
    """:meth:`RoundKeys.seal` of one ballot."""
    return RoundKeys(key, round_id).seal(handle, rev, tag, packed)


def unseal(key: bytes, round_id: int, handle: bytes, rev: int, box: bytes) -> tuple[str, bytes]:
    """:meth:`RoundKeys.unseal` of one ballot."""
    return RoundKeys(key, round_id).unseal(handle, rev, box)


def seal_papers(key: bytes, round_id: int, account_id: int, sheets: list[tuple[bytes, int]]) -> bytes:
    """The box of a batch of paper ballots: (packed ranking, sector id or 0) in the order of the sheets."""
    nonce = secrets.token_bytes(NONCE_BYTES)
    plain = json.dumps([[packed.hex(), sector] for packed, sector in sheets]).encode()
    return nonce + AESGCM(mac(key, b"paper")).encrypt(nonce, plain, b"%d|%d" % (round_id, account_id))


def unseal_papers(key: bytes, round_id: int, account_id: int, box: bytes) -> list[tuple[bytes, int]]:
    """The inverse of :func:`seal_papers`.

    :raises BrokenSeal: for any other box, round or account.
    """
    try:
        place = b"%d|%d" % (round_id, account_id)
        plain = AESGCM(mac(key, b"paper")).decrypt(box[:NONCE_BYTES], box[NONCE_BYTES:], place)
    except (InvalidTag, ValueError) as no:
        raise BrokenSeal() from no
    return [(bytes.fromhex(packed), sector) for packed, sector in json.loads(plain)]
