"""C56: everything stored about a person, for that person; name, language and logins in their own hands."""

from __future__ import annotations

import pytest

from tests.rounds import cast, opened
from werkstatt.acts import Refused, discuss, join, office, privacy
from werkstatt.acts.join.limits import PASSWORDS
from werkstatt.db import begin_write, db
from werkstatt.models import AuditEntry, Recommendation
from werkstatt.terms import Phase


@pytest.fixture
def busy(app, house):
    """Petra has done everything that leaves a trace of her."""
    round = opened(app, house)
    cast(app, house, "petra", [[0], [1]])
    house.in_phase(Phase.DISCUSS)
    one = db.session.query(Recommendation).filter_by(number=1).one()
    discuss.comment(house.session, house.actor("petra"), one.id, kind="for", text="Das trägt.")
    join.begin_login(house.people["petra"].id, hours=1)
    join.invite(house.people["petra"].id, house.workshop.id)
    db.session.commit()
    PASSWORDS.count("petra@example.org")
    PASSWORDS.count("samuel@example.org")
    return round


def test_c56_everything_about_a_person_and_nothing_of_others(app, house, busy):
    found = privacy.document(house.people["petra"].id)
    assert found["account"][0]["email"] == "petra@example.org"
    assert [row["workshop"] for row in found["membership"]] == ["Workshop Dresden"]
    assert [row["number"] for row in found["recommendation"]] == [1, 2, 3, 4, 5]
    assert [row["text"] for row in found["comment"]] == ["Das trägt."]
    assert [row["round"] for row in found["roll_entry"]] == [1]
    assert [row["key"] for row in found["failure_counter"]] == [PASSWORDS.key("petra@example.org")]
    assert len(found["login"]) == 1 and len(found["ticket"]) == 1
    said = repr(found)
    for name in ("samuel", "Samuel", "Mona", "vera@"):
        assert name not in said
    for secret in ("token_hash", "code_mac", "box", "handle", "'tag'"):
        assert secret not in said
    assert found["account"][0]["password"] is False


def test_c56_an_address_that_a_stranger_typed_makes_their_rows_nobody_elses(app, house):
    begin_write()
    stranger = house.member("samuel")
    stranger.typed_email = "petra@example.org"
    db.session.commit()
    found = privacy.document(house.people["petra"].id)
    assert [row["account_id"] for row in found["membership"]] == [house.people["petra"].id]
    own = privacy.document(stranger.account_id)
    assert [row["typed_email"] for row in own["membership"]] == ["petra@example.org"]


def test_change_of_name_is_recorded_without_the_name(app, house):
    me = house.actor("petra")
    changed = privacy.change(me, name=" Petra Vogel-Maier ", organisation="Werk", language="en")
    assert (changed.name, changed.organisation, changed.language) == ("Petra Vogel-Maier", "Werk", "en")
    entry = db.session.query(AuditEntry).filter_by(deed="change_account").one()
    assert "Maier" not in repr(entry.facts) and entry.facts["changed"] == ["name", "organisation", "language"]
    privacy.change(me, name="Petra Vogel-Maier", organisation="Werk", language="en")
    assert db.session.query(AuditEntry).filter_by(deed="change_account").count() == 1
    with pytest.raises(Refused) as no:
        privacy.change(me, name="  ", organisation="", language="de")
    assert no.value.field == "name"


def test_c35_everywhere_ends_every_login(app, house):
    petra, samuel = house.people["petra"].id, house.people["samuel"].id
    begin_write()
    for _ in range(3):
        join.begin_login(petra, hours=1)
    join.begin_login(samuel, hours=1)
    kept = privacy.valid_logins(petra)[0]
    assert privacy.end_logins(house.actor("petra"), keep=kept.id) == 2
    assert [one.id for one in privacy.valid_logins(petra)] == [kept.id]
    assert privacy.end_logins(house.actor("petra")) == 1
    assert not privacy.valid_logins(petra) and len(privacy.valid_logins(samuel)) == 1
    assert office.account(petra).name == "Petra Vogel"
