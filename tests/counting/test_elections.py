"""Real and published elections: every key within the product's scope is reproduced."""

import json
from fractions import Fraction
from pathlib import Path

import pytest

from werkstatt.counting import decide
from werkstatt.counting.files import read

FOLDER = Path(__file__).parent.parent / "data" / "elections"
FILES = sorted(FOLDER.glob("S*.json"))
DATA = {path.stem: json.loads(path.read_text(encoding="utf-8")) for path in FILES}
STRENGTH = {"wv": "winning-votes", "margins": "margins"}
_READ = {}


def case(name, unranked="below"):
    if (name, unranked) not in _READ:
        _READ[name, unranked] = read(FOLDER / f"{name}.json", unranked, keep=True)
    return _READ[name, unranked].case


def tiers(outcome):
    return [list(tier) for tier in outcome.tiers]


def having(*keys):
    return [(name, key) for name, data in DATA.items() for key in keys if key in data["expected"]]


@pytest.mark.parametrize("name", [name for name, _ in having("matrix")])
def test_matrix(name):
    assert case(name).matrix.tolist() == DATA[name]["expected"]["matrix"]


@pytest.mark.parametrize(("name", "key"), having("schulze_wv", "schulze_margins"))
def test_schulze(name, key):
    outcome = decide(case(name), "schulze", STRENGTH[key.removeprefix("schulze_")])
    assert tiers(outcome) == DATA[name]["expected"][key]


@pytest.mark.parametrize(("name", "key"), having("schulze_wv_paths"))
def test_schulze_paths(name, key):
    outcome = decide(case(name), "schulze", "winning-votes")
    assert outcome.figures["paths"].tolist() == DATA[name]["expected"][key]


@pytest.mark.parametrize(("name", "key"), having("ranked_pairs_wv", "ranked_pairs_margins"))
def test_ranked_pairs(name, key):
    outcome = decide(case(name), "ranked-pairs", STRENGTH[key.removeprefix("ranked_pairs_")])
    expected = DATA[name]["expected"][key]
    if isinstance(expected, list):
        assert tiers(outcome) == expected
        assert not outcome.order_dependent
    else:
        assert outcome.order_dependent
        assert set(outcome.tiers[0]) <= set(expected["possible_first"])


@pytest.mark.parametrize(("name", "key"), having("copeland"))
def test_copeland(name, key):
    outcome = decide(case(name), "copeland")
    assert tiers(outcome) == DATA[name]["expected"][key]
    assert outcome.figures["scores_x2"].tolist() == DATA[name]["expected"]["copeland_scores_x2"]


@pytest.mark.parametrize(("name", "key"), having("borda_avg"))
def test_borda(name, key):
    read_file = case(name)
    outcome = decide(read_file, "borda")
    expected = DATA[name]["expected"]
    assert tiers(outcome) == expected[key]
    # A blank ballot gives every item the middle, n - 1 doubled; the library counts no blank ballots.
    blank = DATA[name]["counts"]["blank_ballots"] * (read_file.n_items - 1)
    points = [value + blank for value in outcome.figures["points_x2"].tolist()]
    assert points == expected["borda_avg_points_x2"]


@pytest.mark.parametrize(("name", "key"), having("kemeny_score"))
def test_kemeny(name, key):
    expected = DATA[name]["expected"]
    outcome = decide(case(name), "kemeny")
    assert outcome.figures["score"] == expected[key]
    assert outcome.figures["optima"] == expected["kemeny_optima"]
    if expected["kemeny_optima"] == 1:
        assert tiers(outcome) == expected["kemeny"]


@pytest.mark.parametrize(("name", "key"), having("approval_counts"))
def test_approval(name, key):
    outcome = decide(case(name), "approval")
    assert outcome.figures["approvals"] == DATA[name]["expected"][key]
    assert tiers(outcome) == DATA[name]["expected"]["approval_ranking"]


@pytest.mark.parametrize(("name", "key"), having("seqphragmen_order"))
def test_phragmen(name, key):
    expected = DATA[name]["expected"]
    outcome = decide(case(name), "phragmen")
    assert outcome.figures["order"] == expected[key]
    assert outcome.figures["ties_at_steps"] == expected["seqphragmen_ties_at_steps"]
    loads = [Fraction(load) for load in expected["seqphragmen_max_loads"]]
    assert outcome.figures["loads"][: len(loads)] == loads


@pytest.mark.parametrize(("name", "key"), having("point_totals"))
def test_points(name, key):
    outcome = decide(case(name), "score")
    assert outcome.figures["totals"] == DATA[name]["expected"][key]
    assert tiers(outcome) == DATA[name]["expected"]["ranking_by_points"]


@pytest.mark.parametrize(("name", "key"), having("alternative_unranked_ignored"))
def test_unranked_as_no_opinion(name, key):
    for what, expected in DATA[name]["expected"][key].items():
        assert what == "schulze_wv"
        assert tiers(decide(case(name, "no-opinion"), "schulze", "winning-votes")) == expected


def test_every_file_names_source_and_licence():
    assert len(FILES) == 25
    assert all(data["source"] and data["license"] for data in DATA.values())
