"""The door: codes, logins, landing."""

from __future__ import annotations


def test_welcome_page_asks_for_code_and_login(browse):
    page = browse(None).get("/")
    assert page.status_code == 200
    assert "Mit Konto" in page.text


def test_logging_out_ends_the_login(browse):
    petra = browse("petra")
    assert petra.get("/?all=1").status_code == 200
    assert "Meine Workshops" in petra.get("/?all=1").text
    assert petra.send("/logout").status_code == 303
    assert "Mit Konto" in petra.get("/").text
