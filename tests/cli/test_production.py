"""C59: no production with a placeholder for a secret, or with debug on; every dependency is pinned."""

from __future__ import annotations

import re
import tomllib
from importlib import metadata

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from config import HERE, BadSetting, Settings
from tests.cli.test_serve import refusal, settings_in  # noqa: F401 - a fixture
from tests.conftest import settings_for


@pytest.mark.parametrize(
    "secret",
    [
        "change-me",
        "x" * 40,
        "secret" * 8,
        "changeme-changeme-changeme-changeme-changeme",
        "0123456789" * 3 + "01",
    ],
)
def test_c59_serve_refuses_a_placeholder_for_a_secret(settings_in, capsys, secret):  # noqa: F811
    settings_in("WERKSTATT_SECRET_KEY", secret)
    assert "WERKSTATT_SECRET_KEY" in refusal(capsys, "serve")


def test_c59_serve_refuses_debug(settings_in, capsys):  # noqa: F811
    settings_in("FLASK_DEBUG", "1")
    assert "FLASK_DEBUG" in refusal(capsys, "serve")


def test_c59_the_made_secret_is_long_private_and_stays(tmp_path):
    settings = settings_for(tmp_path, "sqlite:///x", WERKSTATT_SECRET_KEY="")
    settings.make_folders()
    made, file = settings.secret(), settings.keys / "cookie.secret"
    assert len(made) == 64 and settings.secret() == made and file.stat().st_mode & 0o077 == 0
    file.write_text("")
    with pytest.raises(BadSetting, match=r"cookie\.secret"):
        settings.secret()


def pinned() -> dict[str, str]:
    """name -> version, of constraints.txt."""
    lines = (HERE / "constraints.txt").read_text().splitlines()
    found = [
        re.fullmatch(r"([\w.-]+)==([^;\s]+)(;.*)?", line.replace(" ;", ";"))
        for line in lines
        if line and line[0] != "#"
    ]
    assert all(found), "every line is name==version"
    return {canonicalize_name(one[1]): one[2] for one in found}


def wanted() -> set[str]:
    """What pyproject names, and whatever that pulls in here, extras and all."""
    project = tomllib.loads((HERE / "pyproject.toml").read_text())["project"]
    ahead = [*project["dependencies"], *project["optional-dependencies"]["postgresql"]]
    ahead += project["optional-dependencies"]["test"]
    ahead, found = [(Requirement(one), "") for one in ahead], set()
    while ahead:
        one, extra = ahead.pop()
        if one.marker and not one.marker.evaluate({"extra": extra}):
            continue
        name = canonicalize_name(one.name)
        for inner in ("", *one.extras):
            if (name, inner) not in found:
                found.add((name, inner))
                ahead += [(Requirement(text), inner) for text in metadata.requires(name) or ()]
    return {name for name, _ in found}


def test_c59_every_dependency_is_pinned_and_installed_so():
    known = pinned()
    loose = wanted() - known.keys()
    assert not loose, f"not in constraints.txt: {sorted(loose)}"
    other = {name: metadata.version(name) for name in wanted() if metadata.version(name) != known[name]}
    assert not other, f"installed in other versions than pinned: {other}"


def test_c59_a_good_secret_starts(tmp_path):
    good = "b8f3c1d0e9a7462581f6c3d2a9e8b7f4c5d6e1a2"
    assert Settings.from_environment({"WERKSTATT_SECRET_KEY": good}).weak_secret() is None
