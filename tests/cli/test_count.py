"""The command `count`: one JSON object a line, exit status 2 for a bad file, no database."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from werkstatt.cli.count import count

FOLDER = Path(__file__).parent.parent / "data" / "elections"
SCHULZE_45 = str(FOLDER / "S02-schulze-45.json")
FOOD = str(FOLDER / "S09-stv-food.json")


def run(*arguments):
    return CliRunner().invoke(count, arguments)


def test_one_object_a_line_for_each_file():
    done = run(SCHULZE_45, FOOD, "--json", "--strength", "winning-votes")
    assert done.exit_code == 0
    first, second = map(json.loads, done.stdout.splitlines())
    assert first["ranking"] == [["E"], ["A"], ["C"], ["B"], ["D"]]
    assert first["matrix"][0] == [0, 20, 26, 30, 22]
    assert (first["method"], first["strength"], first["unranked"]) == ("schulze", "winning-votes", "below")
    assert (first["ballots"], first["order_dependent"]) == (45, False)
    assert first["places"][0] == [1, 1, ["E"]]
    keys = "method strength unranked ballots candidates ranking places matrix steps order_dependent"
    assert list(first) == list(second) == keys.split()


def test_steps_carry_names():
    done = run(SCHULZE_45, "--json", "--method", "ranked-pairs")
    step = json.loads(done.stdout)["steps"][0]
    assert step["winner"] in "ABCDE"
    assert set(step["chain"]) <= set("ABCDE")


def test_unranked_changes_the_reading():
    below, silent = (json.loads(run(FOOD, "--json", "--unranked", u).stdout) for u in ("below", "no-opinion"))
    assert below["ranking"] != silent["ranking"]


def test_methods_on_approvals():
    path = str(FOLDER / "S24-abcbook-ex2-12.json")
    found = json.loads(run(path, "--json", "--method", "phragmen").stdout)
    order = [step["item"] for step in found["steps"] if step["step"] == "taken"]
    assert order == [found["candidates"][item] for item in (2, 1, 3, 0)]


def test_the_wrong_kind_of_ballots_is_named_by_key_or_ending(tmp_path):
    done = run(FOOD, "--method", "approval")
    assert done.exit_code == 2
    assert "key 'ballot_type' says ranking ballots, and approval needs approval ballots." in done.stderr
    path = tmp_path / "a.soi"
    path.write_text("# ALTERNATIVE NAME 1: a\n# NUMBER VOTERS: 1\n1: 1\n")
    done = run(str(path), "--method", "score")
    assert done.exit_code == 2
    assert "the ending '.soi' stands for ranking ballots, and score needs points ballots." in done.stderr


# What the command is asked for each key of the files, and the step that holds the figures.
KEYS = {
    "schulze_wv": ("schulze", "winning-votes"),
    "schulze_margins": ("schulze", "margins"),
    "ranked_pairs_wv": ("ranked-pairs", "winning-votes"),
    "ranked_pairs_margins": ("ranked-pairs", "margins"),
    "copeland": ("copeland", "margins"),
    "borda_avg": ("borda", "margins"),
    "kemeny": ("kemeny", "margins"),
    "approval_ranking": ("approval", "margins"),
    "ranking_by_points": ("score", "margins"),
}


@pytest.mark.parametrize("path", sorted(FOLDER.glob("S*.json")), ids=lambda path: path.stem)
def test_the_command_reproduces_the_published_elections(path):
    data = json.loads(path.read_text(encoding="utf-8"))
    names, expected = data["candidates"], data["expected"]
    for key, (method, strength) in KEYS.items():
        if key not in expected or (path.stat().st_size > 1_000_000 and method not in ("schulze", "borda")):
            continue
        done = run(str(path), "--json", "--method", method, "--strength", strength)
        found = json.loads(done.stdout)
        assert (found["candidates"], found["ballots"]) == (names, data["counts"]["ballots"])
        assert "matrix" not in expected or found["matrix"] == expected["matrix"]
        if key == "kemeny" and expected["kemeny_optima"] > 1:
            pass
        elif isinstance(expected[key], list):
            assert found["ranking"] == [[names[item] for item in tier] for tier in expected[key]], key
            assert not found["order_dependent"], key
        else:
            assert found["order_dependent"], key
        figures = found["steps"][0] if found["steps"] else {}
        if method == "copeland":
            assert figures["values_x2"] == expected["copeland_scores_x2"]
        if method == "kemeny":
            assert (figures["score"], figures["optima"]) == (
                expected["kemeny_score"],
                expected["kemeny_optima"],
            )
        if method == "approval":
            assert figures["values"] == expected["approval_counts"]
        if method == "score":
            assert figures["totals"] == expected["point_totals"]


# Flask as the command starts it; "source" is a Werkstatt that is not installed, without entry points.
FLASK = {
    "installed": "from flask.cli import main; main()",
    "source": "from importlib import metadata; metadata.entry_points = lambda **_: ();"
    "from flask.cli import main; main()",
}


@pytest.mark.parametrize(
    ("way", "words"),
    [
        ("installed", ["count", SCHULZE_45, "--json"]),
        ("source", ["count", SCHULZE_45, "--json"]),
        ("source", ["--help"]),
        ("source", ["demo", "--help"]),
    ],
)
def test_to_count_and_to_ask_for_help_touches_nothing_and_needs_no_setting(tmp_path, way, words):
    """Good folders stay unmade; folders that cannot be made, and a bad setting, are nobody's business here."""
    root = Path(__file__).parent.parent.parent
    good = {"WERKSTATT_INSTANCE": str(tmp_path / "instance"), "WERKSTATT_KEYS": str(tmp_path / "keys")}
    bad = {"WERKSTATT_INSTANCE": "/proc/instance", "WERKSTATT_PORT": "x"}
    command = [sys.executable, "-c", FLASK[way], "--app", "werkstatt", *words]
    for settings in (good, bad):
        env = {key: value for key, value in os.environ.items() if not key.startswith("WERKSTATT_")}
        done = subprocess.run(command, cwd=root, env=env | settings, capture_output=True, text=True)
        assert (done.returncode, done.stderr) == (0, "")
        if "--json" in words:
            assert json.loads(done.stdout)["ballots"] == 45
        if words == ["--help"]:
            assert {"admin", "assets", "backup", "check", "count", "db", "demo"} <= set(done.stdout.split())
        assert list(tmp_path.iterdir()) == []


def test_a_command_that_needs_the_application_still_says_which_setting_is_bad(tmp_path):
    root = Path(__file__).parent.parent.parent
    settings = {"WERKSTATT_INSTANCE": str(tmp_path / "instance"), "WERKSTATT_PORT": "x"}
    command = [sys.executable, "-c", FLASK["source"], "--app", "werkstatt", "check"]
    done = subprocess.run(command, cwd=root, env=os.environ | settings, capture_output=True, text=True)
    assert done.returncode == 1
    assert done.stderr == "Error: WERKSTATT_PORT must be a whole number from 1 to 65535, not 'x'.\n"
    done = subprocess.run(
        command,
        cwd=root,
        env=os.environ | settings | {"WERKSTATT_PORT": "5000"},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 1 and "flask --app werkstatt db upgrade" in done.stderr


def test_names_that_a_terminal_or_a_list_cannot_show(tmp_path):
    names = ["Ä😀", "b\nc", "b\\nc"]
    election = {
        "candidates": names,
        "ballot_type": "ranking",
        "ballots": [{"count": 1, "ranking": [[1], [0], [2]]}],
    }
    path = tmp_path / "a.json"
    path.write_text(json.dumps(election))
    command = [sys.executable, "-c", "from werkstatt.cli.count import count; count()", str(path)]
    shared = {
        "cwd": Path(__file__).parent.parent.parent,
        "capture_output": True,
        "env": os.environ | {"PYTHONIOENCODING": "ascii"},
    }
    found = subprocess.run([*command, "--json"], **shared)
    assert json.loads(found.stdout)["ranking"] == [["b\nc"], ["Ä😀"], ["b\\nc"]]
    assert found.stderr == b""
    lines = subprocess.run(command, **shared).stdout.decode().splitlines()
    assert lines[1:] == [
        "      1. b\\nc (no. 2)",
        "      2. \\xc4\\U0001f600",
        "      3. b\\nc (no. 3)",
    ]


def test_a_bad_file_does_not_keep_the_others_from_being_counted():
    done = run("nowhere.json", SCHULZE_45, FOOD, "--json")
    assert done.exit_code == 2
    assert len(done.stdout.splitlines()) == 2
    assert done.stderr == "nowhere.json: the file cannot be read: No such file or directory.\n"


def test_readable_without_json():
    done = run(SCHULZE_45)
    assert "1. E" in done.stdout


@pytest.mark.parametrize("text", ["{", '{"candidates": 3}'])
def test_a_bad_file_exits_with_2_and_one_sentence(tmp_path, text):
    path = tmp_path / "bad.json"
    path.write_text(text)
    done = run(str(path), "--json")
    assert done.exit_code == 2
    assert done.stdout == ""
    assert done.stderr.count("\n") == 1
    assert "line 1" in done.stderr or "key 'candidates'" in done.stderr


@pytest.mark.parametrize("name", ["a.json", "a.soi"])
def test_a_name_that_stands_twice_exits_with_2_in_either_form(tmp_path, name):
    texts = {
        "a.json": '{"candidates": ["a", "a"], "ballot_type": "ranking", "ballots": [{"count": 1, "ranking": [[0]]}]}',
        "a.soi": "# ALTERNATIVE NAME 1: a\n# ALTERNATIVE NAME 2: a\n1: 1\n",
    }
    (tmp_path / name).write_text(texts[name])
    done = run(str(tmp_path / name), "--json")
    assert (done.exit_code, done.stdout) == (2, "")
    assert "repeats the name of" in done.stderr and done.stderr.count("\n") == 1


def test_a_missing_file_and_a_method_that_does_not_fit():
    assert run("nowhere.json").exit_code == 2
    done = run(SCHULZE_45, "--method", "approval")
    assert done.exit_code == 2
    assert "needs approval ballots" in done.stderr


def test_a_progress_bar_on_a_real_terminal_and_nowhere_else(tmp_path):
    pty = pytest.importorskip("pty")
    path = tmp_path / "room.soi"
    path.write_text("".join(f"# ALTERNATIVE NAME {i}: {i}\n" for i in (1, 2, 3)) + "1: 2,1\n" * 6000)
    command = [sys.executable, "-c", "from werkstatt.cli.count import count; count()", str(path), "--json"]
    shared = {"cwd": Path(__file__).parent.parent.parent, "stdout": subprocess.PIPE}
    master, terminal = pty.openpty()
    with subprocess.Popen(command, stderr=terminal, env={**os.environ, "TERM": "xterm"}, **shared) as process:
        os.close(terminal)
        shown = b""
        try:
            while part := os.read(master, 4096):
                shown += part
        except OSError:  # how Linux says that the other end has been closed
            pass
        os.close(master)
        lines = process.stdout.read().splitlines()
    assert process.returncode == 0
    assert json.loads(lines[0])["ballots"] == 6000
    assert len(lines) == 1
    bars = shown.decode().replace("\r", "\n").split("\n")
    steps = [bar for bar in bars if bar.strip().startswith("room.soi") or "%" in bar]
    assert len(steps) > 2
    assert "100%" in steps[-1]
    piped = subprocess.run(command, stderr=subprocess.PIPE, **shared)
    assert (piped.stderr, piped.stdout.splitlines()) == (b"", lines)


def test_the_library_stands_alone():
    code = (
        "import sys, werkstatt.counting, werkstatt.counting.full, werkstatt.counting.explain;"
        "print([m for m in sys.modules if m.split('.')[0] in ('flask', 'sqlalchemy', 'click')"
        " or (m.startswith('werkstatt.') and not m.startswith('werkstatt.counting'))])"
    )
    root = Path(__file__).parent.parent.parent
    done = subprocess.run([sys.executable, "-c", code], cwd=root, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_a_full_disk_is_one_sentence():
    full = Path("/dev/full")
    if not full.exists():
        pytest.skip("no /dev/full here")
    command = [sys.executable, "-c", "from werkstatt.cli.count import count; count()", SCHULZE_45]
    with full.open("w") as out:
        root = Path(__file__).parent.parent.parent
        done = subprocess.run(command, cwd=root, stdout=out, stderr=subprocess.PIPE, text=True)
    assert done.returncode == 2
    assert done.stderr.startswith("Error: the output cannot be written: ")
    assert "Traceback" not in done.stderr


def test_a_method_added_by_its_one_line_is_on_the_command_line(tmp_path):
    """The kind of ballots it needs stands in METHODS; the command knows nothing of its own."""
    path = tmp_path / "points.json"
    path.write_text(
        '{"candidates": ["A", "B"], "ballot_type": "points", "ballots": [{"count": 2, "scores": [[1, 3]]}]}'
    )
    code = (
        "from werkstatt.counting import METHODS, Approval, Method, Ranking, Score, Verdict\n"
        "def everybody(case, strength):\n"
        "    return Verdict((tuple(range(case.n_items)),), steps=[{'step': str(len(case.ballots))}])\n"
        "for kind in (Approval, Ranking, Score): METHODS['by-' + kind.__name__] = Method(everybody, kind)\n"
        "from werkstatt.cli.count import count\n"
        "count()"
    )

    def said(method, file):
        command = [sys.executable, "-c", code, str(file), "--json", "--method", method]
        root = Path(__file__).parent.parent.parent
        return subprocess.run(command, cwd=root, capture_output=True, text=True)

    approvals = FOLDER / "S24-abcbook-ex2-12.json"
    for method, file in (("by-Approval", approvals), ("by-Score", path), ("by-Ranking", SCHULZE_45)):
        found = json.loads(said(method, file).stdout)
        assert int(found["steps"][0]["step"]) > 0, "the ballots did not go along"
        assert len(found["ranking"]) == 1
    assert said("by-Score", approvals).stderr.endswith(
        "key 'ballot_type' says approval ballots, and by-Score needs points ballots.\n"
    )
