"""The Makefile: its help, and one sentence for whatever is missing."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

from config import HERE


def make(*words: str) -> subprocess.CompletedProcess:
    return subprocess.run(["make", *words], cwd=HERE, capture_output=True, text=True, timeout=60)


def fake_python(folder: Path, body: str) -> Path:
    file = folder / "python"
    file.write_text(f"#!/bin/sh\n{body}\n")
    file.chmod(0o755)
    return file


@pytest.mark.parametrize("words", [(), ("help",)])
def test_help_reads_out_every_target(words):
    said = make(*words)
    assert said.returncode == 0
    documented = re.findall(r"^([a-z][a-z-]*):.*## ", (HERE / "Makefile").read_text(), re.M)
    assert {"run", "test", "serve", "help", "lint", "clean"} <= set(documented)
    shown = re.findall(r"^  ([a-z][a-z-]*) ", said.stdout, re.M)
    assert set(documented) - set(shown) <= {"soak", "screenshots"}  # only where there is something to run
    assert all(make("--dry-run", name).returncode == 0 for name in shown)


def test_no_target_names_a_script_that_does_not_exist():
    text = (HERE / "Makefile").read_text()
    for path in re.findall(r"\b(?:tests|werkstatt|deploy|docs)/[\w/]+\.py\b", text):
        assert (HERE / path).exists(), path


@pytest.mark.parametrize(
    ("body", "sentence"),
    [
        (
            'case "$1" in -V) echo Python 3.9.2;; esac; exit 1',
            "needs Python 3.11 or newer; .* is Python 3.9.2",
        ),
        (
            'case "$2" in *ensurepip*) exit 1;; esac; exit 0',
            "lacks the module venv. .* apt install python3-venv",
        ),
    ],
)
def test_an_unfit_python_is_one_sentence(body, sentence, tmp_path):
    said = make("run", f"PYTHON={fake_python(tmp_path, body)}", f"VENV={tmp_path / 'venv'}")
    assert said.returncode == 2 and re.search(sentence, said.stderr) and "Traceback" not in said.stderr
    assert not (tmp_path / "venv").exists()


def test_no_python_at_all_is_one_sentence(tmp_path):
    said = make("run", f"PYTHON={tmp_path / 'python'}", f"VENV={tmp_path / 'venv'}")
    assert "there is no" in said.stderr and "apt install python3 python3-venv" in said.stderr


def test_an_unwritable_folder_is_one_sentence(tmp_path):
    (tmp_path / "file").write_text("in the way")
    said = make("run", f"VENV={tmp_path / 'file' / 'venv'}")
    assert said.returncode == 2 and "cannot be written" in said.stderr and "Traceback" not in said.stderr


def test_every_installed_package_is_pinned():
    import tomllib

    pinned = {
        re.sub(r"[-_.]+", "-", line.split("==")[0]).lower()
        for line in (HERE / "constraints.txt").read_text().splitlines()
        if "==" in line
    }
    project = tomllib.loads((HERE / "pyproject.toml").read_text())["project"]
    extras = project["optional-dependencies"]
    wanted = [*project["dependencies"], *extras["test"], *extras["postgresql"]]
    names = {re.sub(r"[-_.]+", "-", re.match(r"[\w.-]+", line).group()).lower() for line in wanted}
    assert names <= pinned
