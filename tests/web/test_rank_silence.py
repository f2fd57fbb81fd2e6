"""C24: of a whole round, logs, mails and error pages hold no ranking and no pair of person and ballot."""

from __future__ import annotations

import logging
import re

import pytest
from sqlalchemy.exc import OperationalError

from tests.house.asking import tables
from tests.rounds import close, opened
from werkstatt.acts import rank
from werkstatt.db import db

SECRETS = re.compile(
    r"place-[A-E]|Petra|petra@|Samuel|samuel@|/ballot|/rounds/|list_hash|rest=", re.IGNORECASE
)


@pytest.fixture
def whole_round(app, house, browse, caplog, monkeypatch):
    """A round with every way in which a cast can go wrong; what was answered to the wrong ones."""
    caplog.set_level(logging.DEBUG)
    round = opened(app, house)
    people = {name: browse(name) for name in ("petra", "samuel", "vera")}
    path = f"/sessions/{house.session.id}/rounds/{round.id}/ballot"
    good = {"list": round.list_hash, "rev": "0", "step": "cast", "rest": "below"}
    good |= {"place-A": "2", "place-B": "1", "place-C": "", "place-D": "", "place-E": ""}
    pages = []
    for name, client in people.items():
        assert client.send(path, good).status_code == 303, name
    petra = people["petra"]
    for wrong in (
        {"place-A": "Geheimnis"},
        {"list": "0" * 64},
        {"place-B": "2", "rev": "7"},
        {"step": "wer"},
    ):
        pages.append(petra.send(path, good | wrong))
    pages.append(petra.post(path, data=good))  # without a token
    pages.append(browse(None).send(path, good))
    pages.append(petra.get(f"{path}/nirgends"))

    def raises(error):
        def broken(*_given, **_named):
            raise error

        with monkeypatch.context() as patch:
            patch.setattr(rank, "cast", broken)
            pages.append(petra.send(path, good | {"place-A": "1", "place-B": "2"}))

    raises(RuntimeError("broken on purpose"))
    raises(OperationalError("INSERT INTO ballot", {"box": "place-A Petra"}, Exception("disk full")))
    close(app, house, round)
    pages.append(petra.send(path, good))
    return pages


def test_c24_the_log_of_a_whole_round_says_nothing(whole_round, caplog, capfd):
    line = logging.Formatter("%(name)s %(message)s").format
    written = "\n".join(map(line, [*caplog.get_records("setup"), *caplog.records]))
    said = capfd.readouterr()
    for text in (written, said.out, said.err):
        found = SECRETS.search(re.sub(r'File "[^"]*", line \d+, in \w+\n.*', "", text))
        assert not found, text[max(0, found.start() - 200) : found.end() + 200]
    assert "broken on purpose" in written  # and yet the fault is there to be mended


def test_c24_error_pages_do_not_repeat_a_ranking(whole_round):
    statuses = [page.status_code for page in whole_round]
    assert {400, 401, 404, 409, 500, 503} <= set(statuses), statuses
    for page in whole_round:
        if page.status_code not in (409, 422):  # which show the voter their own form again
            assert not re.search(r"place-[A-E]|Geheimnis|disk full|broken on purpose", page.text), (
                page.status_code
            )


def test_c24_neither_record_nor_mail_pairs_a_person_and_a_ballot(whole_round):
    found = tables()
    db.session.rollback()
    assert {row["deed"] for row in found["audit_entry"]} <= {
        "open_round",
        "announce_close",
        "closing",
        "counted",
        "closed",
    }
    assert not found["mail"] and not found["ballot"]
