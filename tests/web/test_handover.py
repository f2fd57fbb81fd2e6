"""A personal link is shown once, to one browser, for one person."""

from __future__ import annotations

from werkstatt.web import handover


def test_a_link_is_taken_once_and_only_for_its_person(app):
    with app.test_request_context("/", headers={"Host": "evil.example"}):
        handover.keep("abc", "member-1")
        assert handover.take("member-2") is None
        link = handover.take("member-1")
        assert link.url == app.config["SETTINGS"].base_url + "/invitation/abc"
        assert link.picture.startswith("data:image/svg+xml")
        assert handover.take("member-1") is None
