"""Redaction: a passage goes from every version, comment, reason, frozen list and file, for good."""

from __future__ import annotations

import shutil

import pytest
from sqlalchemy import Text

from tests.acts.privacy.test_erase import checkpoint, restore
from tests.house.asking import tables
from tests.rounds import keys_of, reopened
from werkstatt.acts import NotAllowed, NotNow, Refused, audit, collect, discuss, privacy
from werkstatt.acts.privacy.redact import COLUMNS
from werkstatt.db import Base, begin_write, db
from werkstatt.models import Comment, Redaction, Round, RoundItem
from werkstatt.terms import Phase, RedactionReason

WORD = "Schnösel"


@pytest.fixture
def insulted(app, house):
    """The word in two versions, a comment, and the frozen list of an open round."""
    house.in_phase(Phase.COLLECT)
    petra = house.actor("petra")
    one = collect.propose(
        house.session, petra, title="Weg mit dem SCHNÖSEL", action="Der Schnösel soll gehen."
    )
    collect.edit(house.session, petra, one.id, title="Neue Leitung", problem="Ein Schnösel leitet.")
    collect.propose(house.session, petra, title="Offene Werkstätten")
    house.in_phase(Phase.DISCUSS)
    discuss.comment(house.session, petra, one.id, kind="for", text="Schnösel! Schnösel!")
    house.in_phase(Phase.RANK)
    round = reopened(app, house)
    return one, round


def everywhere(house, who="mona", word=WORD):
    places = privacy.find(house.session, word)
    redact = privacy.redact(
        house.session,
        house.actor(who),
        passage=word,
        reason=RedactionReason.INSULT,
        chosen=[place.name for place in places],
    )
    db.session.commit()
    return redact


def test_redaction_reaches_every_wording_and_the_frozen_list(app, house, insulted):
    one, round = insulted
    listed = round.list_hash
    made = everywhere(house)
    assert WORD.lower() not in repr(tables()).lower()
    assert made.signs == 8 * len(made.places) and len(made.places) == 6
    card = collect.one_card(house.session, house.actor("vera"), one.id)
    assert card.problem == "Ein ████████ leitet." and card.redacted == (RedactionReason.INSULT,)
    remark = discuss.remarks(house.session, house.actor("vera"), one.id)[one.id][0]
    assert remark.text == "████████! ████████!" and remark.redacted == (RedactionReason.INSULT,)
    item = db.session.get(RoundItem, (round.id, 0))
    assert item.problem == "Ein ████████ leitet."
    assert db.session.get(Round, round.id).list_hash == listed
    assert collect.marks(house.session.id).items == {(round.id, 0)}
    entry = db.session.query(audit.AuditEntry).filter_by(deed="redact").one()
    assert entry.facts == {"redaction": made.id, "reason": "insult", "places": 6, "signs": 48}
    assert audit.broken_at() is None


def test_redaction_takes_only_the_chosen_places(house, insulted):
    one, _ = insulted
    places = privacy.find(house.session, WORD)
    (comment,) = [place for place in places if place.table == "comment" and place.start == 0]
    privacy.redact(
        house.session,
        house.actor("mona"),
        passage=WORD,
        reason=RedactionReason.INSULT,
        chosen=[comment.name],
    )
    assert db.session.query(Comment).one().text == "████████! Schnösel!"
    assert len(privacy.find(house.session, "schnösel")) == len(places) - 1


def test_redaction_refuses_what_is_not_there_and_strangers(house, insulted):
    for passage, say in (("", "mindestens"), ("e", "mindestens"), ("gibt es nicht", "in keinem Text")):
        with pytest.raises(Refused, match=say):
            privacy.find(house.session, passage)
    names = [place.name for place in privacy.find(house.session, WORD)]
    facts = {"passage": WORD, "reason": RedactionReason.INSULT}
    for who in ("petra", "heiko", "otto"):
        with pytest.raises(NotAllowed):
            privacy.redact(house.session, house.actor(who), chosen=names, **facts)
    with pytest.raises(Refused, match="mindestens eine Stelle"):
        privacy.redact(house.session, house.actor("mona"), chosen=[], **facts)
    with pytest.raises(NotNow):
        privacy.redact(
            house.session,
            house.actor("mona"),
            chosen=[f"comment:{db.session.query(Comment).one().id}:text:3:8"],
            **facts,
        )
    assert not db.session.query(Redaction).count()


def test_redaction_finds_a_passage_across_lines_and_in_any_case(house, insulted):
    one, _ = insulted
    begin_write()
    db.session.query(Comment).one().text = "der\n  schnösel   soll"
    db.session.flush()
    assert [
        place.words for place in privacy.find(house.session, "DER Schnösel soll") if place.table == "comment"
    ] == ["der\n  schnösel   soll"]


def test_redaction_finds_what_only_looks_the_same_and_blacks_out_all_its_signs(house, insulted):
    begin_write()
    typed = ["Schno\u0308sel", "Schnö\xadsel", "Schnö-\nsel", "S\u200bchn\u00f6sel\ufeff", "SCHNÖ\nSEL"]
    comment = db.session.query(Comment).one()
    comment.text = "So " + " ein ".join(typed) + " da, Schnosel"
    db.session.commit()
    found = [place.words for place in privacy.find(house.session, WORD) if place.table == "comment"]
    assert found == typed
    everywhere(house)
    blocks = ["█" * len(one) for one in typed]
    assert db.session.query(Comment).one().text == "So " + " ein ".join(blocks) + " da, Schnosel"


def test_redaction_is_repeated_in_a_restored_backup(app, house, backend, insulted, tmp_path):
    """A comment that had other words in the backup is blacked out as a whole; the journal holds no word."""
    settings = app.config["SETTINGS"]
    journal = privacy.Journal(settings.keys, settings.instance)
    if backend != "sqlite":
        return  # a restore is copying files back; the acts are the same
    house.in_phase(Phase.DISCUSS)
    checkpoint()
    file = settings.database_url.removeprefix("sqlite:///")
    shutil.copy(file, tmp_path / "backup.sqlite")
    one, _ = insulted
    comment = db.session.query(Comment).one()
    discuss.edit(house.session, house.actor("petra"), one.id, comment.id, text="So ein Schnösel ist das!")
    everywhere(house)
    privacy.reconcile(journal, keys_of(app))
    assert WORD.lower() not in journal.files[0].read_text().lower()
    restore(file, tmp_path / "backup.sqlite")
    assert WORD in repr(tables())
    db.session.rollback()
    assert privacy.reconcile(journal, keys_of(app)) == 1
    assert WORD.lower() not in repr(tables()).lower()
    assert set(db.session.query(Comment).one().text) == {"█"}
    db.session.rollback()
    assert privacy.reconcile(journal, keys_of(app)) == 0
    with open(file, "rb") as content:
        assert WORD.encode() not in content.read()


# Free texts in which nothing is blacked out, and why.
LEFT_ALONE = {
    "mail": "emptied once it is sent",
    "page": "the admin edits it",
    "process": "the office edits it",
    "session": "the moderator edits it",
    "round.problem": "written by the clerk",
}


def test_redaction_looks_through_every_free_text():
    """A new column of free text is looked through, or has a reason why not."""
    looked = {f"{model.__tablename__}.{column}" for model, columns in COLUMNS.items() for column in columns}
    texts = {
        f"{table.name}.{column.name}"
        for table in Base.metadata.sorted_tables
        for column in table.columns
        if isinstance(column.type, Text)
    }
    known = {one for one in texts if one in LEFT_ALONE or one.split(".")[0] in LEFT_ALONE}
    assert texts - looked == known
