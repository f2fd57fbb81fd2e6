"""A client that behaves as a browser does, and looks at every page it gets."""

from __future__ import annotations

from flask.testing import FlaskClient

from tests import pages
from werkstatt.db import db


class Browser(FlaskClient):
    """A client that sends the token of the page it is on, as a browser would."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.tokens: dict[str | None, str] = {}

    def open(self, *args, **kwargs):
        """Each request in a context of its own, as on a server; the test looks anew afterwards."""
        db.session.rollback()
        with self.application.app_context():
            answer = super().open(*args, **kwargs)
        db.session.rollback()
        if answer.mimetype == "text/html" and answer.request.method not in ("HEAD", "OPTIONS"):
            pages.check(answer.text, f"{answer.request.method} {answer.request.path} {answer.status_code}")
        return answer

    def send(self, path: str, data: dict | None = None, *, page: str | None = None, **kwargs):
        """POST a form with the token of this login."""
        return self.post(path, data={"csrf_token": self.token(), **(data or {})}, **kwargs)

    def press(self, path: str, data: dict | None = None):
        """Open a page and press the button of its form, as a person does: to the address that stands there.

        Of several it is the first in the page's own work that has these fields.
        """
        [main] = pages.parse(self.get(path).text).all("main")
        for form in main.all("form"):
            names = {node.attrs.get("name") for node in form.all("input", "textarea", "select", "button")}
            if form.attrs["method"].lower() == "post" and names.issuperset(data or {}):
                hidden = {
                    node.attrs["name"]: node.attrs.get("value", "")
                    for node in form.all("input")
                    if node.attrs.get("type") == "hidden"
                }
                return self.post(form.attrs["action"], data={**hidden, **(data or {})})
        raise AssertionError(f"{path} has no form with {data}")

    def token(self) -> str:
        """The token of this cookie's forms; a page is asked for it once for each cookie."""
        before = self._cookie()
        if before not in self.tokens:
            token = pages.tokens(self.get("/j/").text)[0]
            self.tokens[self._cookie()] = token
            return token
        return self.tokens[before]

    def _cookie(self) -> str | None:
        kept = self.get_cookie(self.application.config["SESSION_COOKIE_NAME"])
        return kept and kept.value
