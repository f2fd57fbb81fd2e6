"""C19: whoever reads every byte afterwards finds no pair, no key and no order.

Every voter casts a ranking that nobody else casts, so that the test, which knows who is who, can
look for each of them in all files and follow each of them into the urn.
"""

from __future__ import annotations

import contextlib
import itertools
import logging
import random
from pathlib import Path

import pytest

from tests.conftest import settings_for
from tests.rounds import cast, close, keys_of, opened
from werkstatt.acts import backup
from werkstatt.counting import Ranking
from werkstatt.db import begin_write, db
from werkstatt.models import Account, Membership, UrnBallot
from werkstatt.secrecy import RoundKeys, pack

ITEMS = [f"Empfehlung {n}" for n in range(8)]
MARKERS = list(itertools.permutations(range(len(ITEMS))))
BOUND = 5.0  # standard deviations: a fair urn exceeds it once in more than a million rounds


@pytest.fixture
def voters(house, request):
    """Account ids in the order of casting, apart from the order of accounts and of names."""
    many = request.param
    crowd = house.crowd(many, 0)
    names = random.sample([f"Name {n:04}" for n in range(many)], many)
    begin_write()
    for account, name in zip(crowd, names, strict=True):
        account.name = name
    db.session.commit()
    return random.sample([account.id for account in crowd], many)


@pytest.mark.parametrize(
    "voters", [40, pytest.param(300, marks=pytest.mark.soak)], indirect=True, ids=["small", "full"]
)
def test_c19_no_byte_tells_a_pair_and_the_urn_tells_no_order(
    app, house, voters, database_url, tmp_path, caplog
):
    caplog.set_level(logging.DEBUG)
    since = wal_position()
    round = opened(app, house, ITEMS)
    key = keys_of(app).read(round.key_id)
    parts, markers = RoundKeys(key, round.id), random.sample(MARKERS, len(voters))
    for account_id, marker in zip(voters, markers, strict=True):
        cast(app, house, account_id, [[item] for item in marker])
    packed = [pack(Ranking(tuple((item,) for item in marker)), len(ITEMS)) for marker in markers]
    handles = [parts.handle(member) for member in members(voters)]

    open_bytes = everything(database_url, tmp_path, caplog, since, but=round.key_id)
    assert len(open_bytes) > 10_000
    assert all(handle in open_bytes for handle in handles), "it is the files that were read, to their end"
    for secret in (key, *packed):
        assert not holds(open_bytes, secret), "while open, only the key's file opens anything"

    close(app, house, round)
    tables = rows_of_all_tables()
    for handle in handles:
        assert not holds(tables, handle), "no table names a handle after the close"
    closed_bytes = everything(database_url, tmp_path, caplog, since)
    assert not holds(closed_bytes, key), "and nothing the key"
    for account_id, own in zip(voters, packed, strict=True):
        assert not near(tables, own, str(account_id).encode()), "a ranking stands alone in its row"

    urn = list(db.session.scalars(db.select(UrnBallot.ranking).order_by(UrnBallot.pos)))
    place = {ranking: at for at, ranking in enumerate(urn)}
    positions = [place[own] for own in packed]
    assert sorted(positions) == list(range(len(voters))), "everybody once"
    named = dict(db.session.execute(db.select(Account.id, Account.name)).all())
    for order in (range(len(voters)), voters, [named[account_id] for account_id in voters]):
        assert abs(tendency(list(order), positions)) < BOUND


def test_c19_the_test_of_order_bites():
    """An urn in the order of casting, or in the reverse, would be noticed with forty voters."""
    assert tendency(list(range(40)), list(range(40))) > BOUND
    assert tendency(list(range(40)), list(range(40))[::-1]) < -BOUND


def tendency(one: list, other: list) -> float:
    """Spearman's rank correlation in standard deviations of a fair shuffle (there are no ties)."""
    ranks = [{value: rank for rank, value in enumerate(sorted(values))} for values in (one, other)]
    n = len(one)
    gaps = sum((ranks[0][a] - ranks[1][b]) ** 2 for a, b in zip(one, other, strict=True))
    return (1 - 6 * gaps / (n * (n * n - 1))) * (n - 1) ** 0.5


def members(voters: list[int]) -> list[int]:
    query = db.select(Membership.account_id, Membership.id).where(Membership.account_id.in_(voters))
    known = dict(db.session.execute(query).all())
    return [known[account_id] for account_id in voters]


def holds(content: bytes, secret: bytes) -> bool:
    """Whether bytes stand in other bytes: as they are, or in hexadecimal."""
    return secret in content or secret.hex().encode() in content


def near(content: bytes, ranking: bytes, account: bytes) -> bool:
    """Whether some row holds both a ranking and an account's number as a value of its own."""
    return any(ranking.hex().encode() in row and b"|" + account + b"|" in row for row in content.split(b"\n"))


def rows_of_all_tables() -> bytes:
    """Every value of every row, one row a line, bytes in hexadecimal, urn positions left out."""
    from werkstatt.db import Base

    lines = []
    for table in Base.metadata.sorted_tables:
        for row in db.session.execute(db.select(table)).mappings():
            values = [
                value.hex() if isinstance(value, bytes) else str(value)
                for name, value in row.items()
                if name != "pos"
            ]
            lines.append("|" + "|".join(values) + "|")
    db.session.rollback()
    return "\n".join(lines).encode()


def wal_position() -> str | None:
    """Where PostgreSQL writes next: what it wrote before is not about this test, and there is much of it."""
    if db.engine.dialect.name != "postgresql":
        return None
    position = db.session.scalar(db.text("SELECT pg_current_wal_lsn()::text"))
    db.session.rollback()
    return position


def wal_since(folder: Path, position: str) -> bytes:
    """The write-ahead log from a position on to where it ends now."""
    query = "SELECT (pg_walfile_name_offset(CAST(:at AS pg_lsn))).*, pg_walfile_name(pg_current_wal_lsn())"
    first, offset, last = db.session.execute(db.text(query), {"at": position}).one()
    db.session.rollback()
    files = sorted(path for path in folder.iterdir() if first <= path.name <= last)
    return b"".join(path.read_bytes() for path in files)[offset:]


def everything(url: str, folder: Path, caplog, since: str | None, but: str | None = None) -> bytes:
    """All files: database, write-ahead log, keys, whatever else lies there; tables and backup; the logs.

    :param but: the id of a key whose own file may hold it.
    """
    found = [rows_of_all_tables(), caplog.text.encode()]
    places = [folder]
    if url.startswith("sqlite"):
        file = Path(url.removeprefix("sqlite:///"))
        backup.make(settings_for(folder, url), "asked")  # into the folder
        found += [path.read_bytes() for path in file.parent.glob(f"{file.name}*")]
    else:
        data = Path(db.session.scalar(db.text("SELECT current_setting('data_directory')")))
        oid = db.session.scalar(db.text("SELECT oid FROM pg_database WHERE datname = current_database()"))
        db.session.rollback()
        with contextlib.suppress(OSError):  # a server that keeps its files to itself: then the tables must do
            found.append(wal_since(data / "pg_wal", since))
        places.append(data / "base" / str(oid))
    for place in places:
        with contextlib.suppress(OSError):
            files = [path for path in place.rglob("*") if path.is_file()]
            found += [path.read_bytes() for path in files if path.name != f"{but}.key"]
    return b"\0".join(found)
