"""The rules of the house, as tests that teach: what may import what, how long, what is forbidden."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest
from jinja2 import Environment, nodes

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "werkstatt"
MODULES = sorted(PACKAGE.rglob("*.py"))
TEMPLATES = sorted((ROOT / "templates").rglob("*.html"))

STOREYS = {
    "pure": (
        "terms",
        "permits",
        "counting",
        "exports",
        "secrecy",
        "sheets",
        "passages",
        "similarity",
        "names",
        "phrases",
    ),
    "stored": ("db", "reach", "plans", "models", "acts", "demo"),
    "shown": ("web", "cli", "__init__"),
}
FORBIDDEN_OUTSIDE = {
    "pure": ("flask", "sqlalchemy", "wtforms", "flask_sqlalchemy", "flask_babel"),
    "stored": ("flask", "wtforms", "flask_babel", "flask_wtf", "flask_login"),
    "shown": (),
}
LONGEST = 400


def name_of(path: Path) -> str:
    return str(path.relative_to(ROOT))


def storey(path: Path) -> str:
    first = path.relative_to(PACKAGE).parts[0].removesuffix(".py")
    return next(name for name, rooms in STOREYS.items() if first in rooms)


def imports(path: Path) -> list[tuple[int, str]]:
    """(line, absolute module) for every import of a file, wherever it stands."""
    package = [PACKAGE.name, *path.relative_to(PACKAGE).parts[:-1]]
    found = []
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            found += [(node.lineno, alias.name) for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            base = package[: len(package) - node.level + 1] if node.level else []
            module = ".".join([*base, *([node.module] if node.module else [])])
            found += [(node.lineno, f"{module}.{alias.name}") for alias in node.names]
    return found


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_imports_point_down(path):
    """Need something from above? Then it lives on the wrong floor."""
    here, order = storey(path), list(STOREYS)
    for line, module in imports(path):
        parts = module.split(".")
        assert parts[0] not in FORBIDDEN_OUTSIDE[here], (
            f"{name_of(path)}:{line} imports {parts[0]} ({here} storey)"
        )
        if parts[0] == PACKAGE.name and len(parts) > 1:
            there = next((name for name, rooms in STOREYS.items() if parts[1] in rooms), here)
            assert order.index(there) <= order.index(here), (
                f"{name_of(path)}:{line} imports {module} from above"
            )


@pytest.mark.parametrize("path", sorted((PACKAGE / "counting").rglob("*.py")), ids=name_of)
def test_counting_stands_alone(path):
    """It uses numpy and the standard library, and nothing else of this project."""
    for line, module in imports(path):
        if module.startswith(PACKAGE.name):
            assert module.startswith("werkstatt.counting"), f"{name_of(path)}:{line} imports {module}"


def test_no_file_is_over_400_lines():
    """Split by meaning, not by kind."""
    files = [
        *MODULES,
        *TEMPLATES,
        *sorted((ROOT / "tests").rglob("*.py")),
        *sorted((ROOT / "migrations").rglob("*.py")),
        *sorted((ROOT / "static").glob("*.js")),
    ]
    long = {name_of(path): lines for path in files if (lines := len(path.read_text().splitlines())) > LONGEST}
    assert not long


def test_every_module_says_what_it_is_for():
    silent = [
        name_of(path)
        for path in MODULES
        if path.read_text().strip() and not ast.get_docstring(ast.parse(path.read_text()))
    ]
    assert not silent


def test_every_test_mirrors_a_module():
    """werkstatt/acts/collect.py is tested in tests/acts/test_collect.py; a package may have several."""
    stray = []
    for room in ("acts", "web", "exports"):  # counting, demo and the commands are tested as wholes
        for test in sorted((ROOT / "tests" / room).rglob("test_*.py")):
            inner = test.relative_to(ROOT / "tests" / room)
            subject = inner.stem.removeprefix("test_")
            places = [
                PACKAGE / room / inner.parent / subject,
                PACKAGE / room / inner.parent / f"{subject}.py",
                PACKAGE / room / subject.split("_")[0],
                PACKAGE / room / f"{subject.split('_')[0]}.py",
            ]
            if not any(place.exists() for place in places):
                stray.append(name_of(test))
    assert not stray, "no module of that name: rename the test after what it tests"


UNSAFE = {
    r"\|\s*safe\b": "the text is escaped by the template, never by trust",
    r"autoescape\s+false": "escaping stays on",
    r'\son[a-z]+="': "no inline handler: the policy forbids it",
    r"\shx-on": "no hx-on: behaviour stands in werkstatt.js",
    r"\sstyle\s*=": "no inline style: the policy forbids it",
    r"<style": "styles stand in static/",
    r"<script(?![^>]*nonce=)": "every script carries the nonce",
    r"=\{\{": "attributes are quoted",
    r"javascript:": "no script in an address",
}


@pytest.mark.parametrize("path", TEMPLATES, ids=name_of)
def test_c31_templates_hold_nothing_unsafe(path):
    text = path.read_text()
    for pattern, why in UNSAFE.items():
        found = re.search(pattern, text)
        assert not found, f"{name_of(path)}: {found and found.group()!r}: {why}"


def test_c31_no_markup_and_no_built_sql():
    for path in MODULES:
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and isinstance(node.func, (ast.Name, ast.Attribute)):
                called = node.func.id if isinstance(node.func, ast.Name) else node.func.attr
                where = f"{name_of(path)}:{node.lineno}"
                assert called != "Markup", f"{where}: no Markup(...): templates escape"
                if called in ("text", "exec_driver_sql", "to_driver"):
                    assert not any(isinstance(given, (ast.JoinedStr, ast.BinOp)) for given in node.args), (
                        f"{where}: SQL is never built from strings"
                    )


def test_the_stylesheet_stays_small():
    assert (ROOT / "static" / "style.css").stat().st_size <= 20_000


def test_the_cdn_stands_in_one_place():
    places = [
        name_of(path)
        for path in [*MODULES, *TEMPLATES, *(ROOT / "static").glob("*.js")]
        if "cdn." in path.read_text()
    ]
    assert places == ["werkstatt/web/assets.py"]


def test_the_newest_migration_is_named():
    newest = max(path.stem for path in (ROOT / "migrations" / "versions").glob("*.py"))
    assert (ROOT / "migrations" / "HEAD").read_text().strip() == newest


@pytest.mark.parametrize("path", TEMPLATES, ids=name_of)
def test_a_macro_is_called_and_never_named_as_a_value(path):
    """A macro brought in under the name of a variable hides it, and its own name lands on the page.

    It may be handed to another macro, which calls it.
    """
    tree = Environment(extensions=["jinja2.ext.i18n", "jinja2.ext.do"]).parse(path.read_text())
    macros = {macro.name for macro in tree.find_all(nodes.Macro)}
    for brought in tree.find_all(nodes.FromImport):
        macros |= {name if isinstance(name, str) else name[1] for name in brought.names}
    fine = {id(node) for call in tree.find_all(nodes.Call) for node in (call.node, *call.args)}
    for macro in tree.find_all(nodes.Macro):
        own = {argument.name for argument in macro.args}
        fine |= {id(name) for name in macro.find_all(nodes.Name) if name.name in own}
    for name in tree.find_all(nodes.Name):
        if name.ctx == "load" and name.name in macros and id(name) not in fine:
            pytest.fail(f"{name_of(path)}:{name.lineno}: {name.name} is a macro here and no value")
