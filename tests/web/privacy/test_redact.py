"""Blacking out a passage: search, check, confirm; and the mark that everybody reads."""

from __future__ import annotations

from tests.house.asking import tables
from tests.house.test_reading import links
from tests.results import TITLES, counted
from tests.rounds import opened
from werkstatt.acts import privacy
from werkstatt.db import begin_write, db
from werkstatt.models import Comment, Recommendation, Redaction, Version
from werkstatt.terms import RoundState


def test_redaction_step_by_step(app, house, browse):
    round = opened(app, house, ("Weg mit Herrn Krause", "Offene Werkstätten"))
    moderation, path = browse("mona"), f"/sessions/{house.session.id}/redact"
    assert moderation.send(path, {"passage": ""}).status_code == 422
    assert "in keinem Text" in moderation.send(path, {"passage": "Müller"}).text
    found = moderation.send(path, {"passage": "herrn krause"})
    assert (
        found.status_code == 422
        and "2 Stellen gefunden" in found.text
        and "<mark>Herrn Krause</mark>" in found.text
    )
    assert db.session.query(Redaction).count() == 0
    names = [place.name for place in privacy.find(house.session, "Herrn Krause")]
    facts = {"passage": "Herrn Krause", "place": names, "reason": "private_name", "sure": "y"}
    for missing in ("reason", "sure", "place"):
        answer = moderation.send(path, {key: value for key, value in facts.items() if key != missing})
        assert answer.status_code == 422 and "Noch nichts geschwärzt" in answer.text
    assert moderation.send(path, facts).status_code == 303
    assert "Mona Richter" in moderation.get(f"/sessions/{house.session.id}/redactions").text
    one = db.session.query(Recommendation).filter_by(number=1).one().id
    (version,) = db.session.query(Version).filter_by(recommendation_id=one)
    assert version.title == "Weg mit ████████████"
    page = browse("petra").get(f"/sessions/{house.session.id}/recommendations/{one}").text
    assert "Eine Stelle ist geschwärzt: Name einer Privatperson" in page
    protocol = moderation.get(f"/sessions/{house.session.id}/rounds/{round.id}/protocol").text
    assert "nach der Eröffnung geschwärzt" in protocol and round.list_hash in protocol
    assert "Krause" not in protocol


def test_a_redaction_that_came_too_late_changes_nothing(app, house, browse):
    opened(app, house, ("Weg mit Herrn Krause", "Offene Werkstätten"))
    begin_write()
    one = db.session.query(Recommendation).filter_by(number=1).one().id
    said = Comment(recommendation_id=one, kind="for", text="Ja, Krause!")
    db.session.add(said)
    db.session.commit()
    facts = {
        "passage": "Krause",
        "reason": "private_name",
        "sure": "y",
        "place": [f"comment:{said.id}:text:0:6"],
    }
    assert browse("mona").send(f"/sessions/{house.session.id}/redact", facts).status_code == 409
    assert db.session.query(Comment).one().text == "Ja, Krause!"


def everything_from(client, path: str) -> dict[str, bytes]:
    """All pages and files that a session's page leads to, some steps far, by their addresses."""
    found, ahead = {}, [path]
    while ahead:
        path = ahead.pop(0)
        if path in found or not path.startswith("/sessions/") or len(found) > 150:
            continue
        with client.get(path, follow_redirects=True) as answer:
            found[path] = answer.data
            if answer.mimetype == "text/html":
                ahead += links(answer.text, path)
    return found


def test_a_blacked_out_word_is_on_no_page_and_in_no_file_of_a_released_result(house, browse):
    round = counted(house, RoundState.RELEASED, titles=("Weg mit Herrn Krause", *TITLES[1:5]))
    result, moderation = f"/sessions/{house.session.id}/rounds/{round.id}/result", browse("mona")
    before = everything_from(moderation, result)
    told = {path for path, data in before.items() if b"Krause" in data}
    assert any(".csv" in path for path in told) and any(".json" in path for path in told) and len(told) > 6
    names = [place.name for place in privacy.find(house.session, "Herrn Krause")]
    facts = {"passage": "Herrn Krause", "place": names, "reason": "private_name", "sure": "y"}
    assert moderation.send(f"/sessions/{house.session.id}/redact", facts).status_code == 303
    assert "Krause" not in repr(tables())
    for who in ("mona", "petra"):
        after = everything_from(browse(who), result)
        assert not [path for path, data in after.items() if b"Krause" in data]
        assert any("█".encode() in data for path, data in after.items() if ".csv" in path)
