"""The same random profiles counted by pref_voting (a development dependency)."""

import random
import warnings

import numpy as np
import pytest

from werkstatt.counting import Case, Profile, Ranking, decide
from werkstatt.counting.outcome import peel


@pytest.fixture(scope="module")
def oracle():
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from pref_voting import c1_methods, margin_based_methods, profiles_with_ties

    return profiles_with_ties, margin_based_methods, c1_methods


def elections(number, seed):
    """(n, rankings as {item: level}, whether the rest stands below), with ties and gaps."""
    chance = random.Random(seed)
    for _ in range(number):
        n = chance.randint(2, 6)
        rows = []
        for _ in range(chance.randint(1, 12)):
            items = chance.sample(range(n), chance.randint(1, n))
            rows.append({item: chance.randint(1, 4) for item in items})
        yield n, rows, chance.random() < 0.5


def ours(rows, below):
    return [
        Ranking(
            [[i for i, level in row.items() if level == wanted] for wanted in sorted(set(row.values()))],
            rest_below=below,
        )
        for row in rows
    ]


def theirs(profiles_with_ties, n, rows, below):
    profile = profiles_with_ties.ProfileWithTies(rows, candidates=list(range(n)))
    if below:
        profile.use_extended_strict_preference()
    return profile


@pytest.mark.parametrize("seed", [1, 2])
def test_matrix_schulze_ranked_pairs_copeland(oracle, seed):
    profiles_with_ties, margin_based, c1_methods = oracle
    compared = 0
    for n, rows, below in elections(120, seed):
        other = theirs(profiles_with_ties, n, rows, below)
        case = Case.of(Profile.from_ballots(ours(rows, below), n))
        assert case.matrix.tolist() == [[other.support(a, b) for b in range(n)] for a in range(n)]
        for name, strength in (("margins", other.margin), ("winning-votes", other.support)):
            defeats = margin_based.beat_path_defeat(other, strength_function=strength)
            relation = np.zeros((n, n), dtype=bool)
            for a, b in defeats.edges:
                relation[a, b] = True
            assert decide(case, "schulze", name).tiers == peel(relation)
            pairs = decide(case, "ranked-pairs", name)
            force = case.strength(name)[np.triu_indices(n)] + case.strength(name).T[np.triu_indices(n)]
            strengths = [value for value in force.tolist() if value]
            # The other library locks tied pairs in both directions and tries every order of equal
            # ones, so only elections with neither can be compared.
            if len(set(strengths)) == n * (n - 1) // 2:
                compared += 1
                assert sorted(margin_based.ranked_pairs(other, strength_function=strength)) == list(
                    pairs.tiers[0]
                )
                assert not pairs.order_dependent
        assert sorted(c1_methods.copeland(other)) == list(decide(case, "copeland").tiers[0])
    assert compared > 10
