"""What a page holds, read from its HTML; and what every page must keep to.

Every page that a test gets goes through :func:`check`: the title begins with the h1, ids are
unique and what refers to them exists, fields and buttons are named, each form has action, method
and token, each ``hx-post`` sits on a form with the same action, and no address holds what a template
did not mean to write there.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from html.parser import HTMLParser
from urllib.parse import unquote

VOID = {"area", "br", "col", "hr", "img", "input", "link", "meta", "wbr", "path", "circle", "line", "rect"}


@dataclass
class Node:
    """One element: tag, attributes, children, and the text directly inside."""

    tag: str
    attrs: dict[str, str]
    parent: Node | None = None
    children: list[Node] = field(default_factory=list)
    texts: list[str] = field(default_factory=list)

    def walk(self):
        """This element and all below it, in the order in which they are written."""
        ahead = [self]
        while ahead:
            node = ahead.pop()
            yield node
            ahead += reversed(node.children)

    def all(self, *tags: str) -> list[Node]:
        return [node for node in self.walk() if node.tag in tags]

    def text(self) -> str:
        """All text below, white space folded."""
        return " ".join(" ".join(part for node in self.walk() for part in node.texts).split())

    def inside(self, tag: str) -> Node | None:
        node = self.parent
        while node is not None and node.tag != tag:
            node = node.parent
        return node


class _Tree(HTMLParser):
    def __init__(self):
        super().__init__()
        self.root = self.here = Node("root", {})

    def handle_starttag(self, tag, attrs):
        node = Node(tag, {key: value or "" for key, value in attrs}, self.here)
        self.here.children.append(node)
        if tag not in VOID:
            self.here = node

    def handle_startendtag(self, tag, attrs):
        self.here.children.append(Node(tag, {key: value or "" for key, value in attrs}, self.here))

    def handle_endtag(self, tag):
        node = self.here
        while node is not None and node.tag != tag:
            node = node.parent
        if node is not None and node.parent is not None:
            self.here = node.parent

    def handle_data(self, data):
        self.here.texts.append(data)


def parse(html: str) -> Node:
    tree = _Tree()
    tree.feed(html)
    return tree.root


def tokens(html: str) -> list[str]:
    """The values of all token fields."""
    return [
        node.attrs["value"] for node in parse(html).all("input") if node.attrs.get("name") == "csrf_token"
    ]


def check(html: str, where: str = "") -> None:
    """Fail with what is wrong with a page, all of it at once."""
    page = parse(html)
    wrong = [*_title(page), *_ids(page), *_names(page), *_forms(page), *_headings(page), *_blocks(page)]
    wrong += _addresses(page)
    assert not wrong, f"{where}: " + "; ".join(wrong)


def _title(page: Node):
    titles, headings = page.all("title"), page.all("h1")
    if len(headings) != 1:
        yield f"{len(headings)} h1 on the page"
    elif not titles or not titles[0].text().startswith(headings[0].text()):
        yield f"the title does not begin with the h1 {headings[0].text()!r}"
    if page.all("html") and not page.all("html")[0].attrs.get("lang"):
        yield "the page has no language"


def _ids(page: Node):
    ids = [node.attrs["id"] for node in page.walk() if "id" in node.attrs]
    for twice in sorted({one for one in ids if ids.count(one) > 1}):
        yield f"id {twice!r} stands {ids.count(twice)} times"
    for node in page.walk():
        for name in ("for", "aria-describedby", "aria-labelledby"):
            for wanted in node.attrs.get(name, "").split():
                if wanted not in ids:
                    yield f"{name}={wanted!r} leads nowhere"


def _names(page: Node):
    labelled = {node.attrs["for"] for node in page.all("label") if "for" in node.attrs}
    for node in page.all("input", "select", "textarea"):
        if node.attrs.get("type") in ("hidden", "submit"):
            continue
        named = node.attrs.get("id") in labelled or "aria-label" in node.attrs or node.inside("label")
        if not named and "aria-labelledby" not in node.attrs:
            yield f"the field {node.attrs.get('name')!r} has no label"
    for node in page.all("button", "a", "summary"):
        pictures = any(inner.attrs.get("alt") for inner in node.all("img"))
        if not node.text() and not node.attrs.get("aria-label") and not pictures:
            yield f"a {node.tag} without words: {node.attrs}"
    for node in page.all("img"):
        if "alt" not in node.attrs:
            yield f"an image without alt: {node.attrs.get('src')}"


def _forms(page: Node):
    for form in page.all("form"):
        action, method = form.attrs.get("action"), form.attrs.get("method", "").lower()
        if not action or method not in ("get", "post"):
            yield f"a form without action or method: {form.attrs}"
        fields = {node.attrs.get("name") for node in form.all("input")}
        if method == "post" and "csrf_token" not in fields:
            yield f"the form {action} has no token"
        if method == "get" and "csrf_token" in fields:
            yield f"the form {action} shows its token in the address"
    for node in page.walk():
        if "hx-post" in node.attrs and (
            node.tag != "form" or node.attrs.get("action") != node.attrs["hx-post"]
        ):
            yield f"hx-post {node.attrs['hx-post']} is not on a form with the same action"


# What stands in an address when a template named a macro, nothing, or an object where a value belonged.
SLIPS = ("<macro", "<function", "<bound", "<werkstatt", " object at ", "none", "undefined", "null")


def _addresses(page: Node):
    for node in page.walk():
        for name in ("action", "formaction", "href", "hx-get", "hx-post", "src"):
            if not node.attrs.get(name):
                continue
            address = unquote(node.attrs[name]).lower()
            parts = re.split(r"[/?&=#]", address)
            if any(slip in parts if slip.isalpha() else slip in address for slip in SLIPS):
                yield f"{name}={node.attrs[name]!r} is no address"


def _blocks(page: Node):
    for node in page.all("form", "div", "ul", "ol", "dl", "table", "details", "fieldset", "section"):
        if node.inside("p"):
            yield f"a {node.tag} in a paragraph, which browsers end before it: {node.attrs}"


def _headings(page: Node):
    last = 0
    for node in page.all("h1", "h2", "h3", "h4"):
        level = int(node.tag[1])
        if last and level > last + 1:
            yield f"{node.tag} {node.text()!r} skips a level"
        last = level
