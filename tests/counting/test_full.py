"""The whole outcome: views, what it may hold, and that it survives being stored."""

import json
import random
from dataclasses import replace
from fractions import Fraction
from itertools import pairwise
from math import lcm

import pytest

from werkstatt.counting import Ranking, Score, count
from werkstatt.counting.full import FullOutcome, full_outcome


def room(sizes, n=8, seed=1, noise=3.0, all_below=False):
    chance = random.Random(seed)
    ballots = []
    for group, size in sizes.items():
        for _ in range(size):
            order = sorted(range(n), key=lambda item: item + chance.gauss(0, noise))
            kept = [(i,) for i in order[: chance.randint(2, n)]]
            below = all_below or chance.random() < 0.5
            ballots.append(Ranking(kept, rest_below=below, group=group))
    return ballots


def test_stored_and_read_again():
    full = full_outcome(room({"industry": 12, "science": 8}), 8, seed=3, resamples=100)
    data = json.loads(json.dumps(full.to_json()))
    assert data == full.to_json()
    assert FullOutcome.from_json(data) == full
    with pytest.raises(ValueError, match="version"):
        FullOutcome.from_json({"version": 99})


def test_the_view_per_person_is_the_plain_count():
    ballots = room({"industry": 12, "science": 8})
    full = full_outcome(ballots, 8, resamples=50)
    outcome = count(ballots, 8)
    assert full.places == outcome.places
    assert full.data["person"]["matrix"] == outcome.matrix.tolist()
    assert full.data["methods"]["tables"]["copeland"]["tiers"] == [
        list(tier) for tier in count(ballots, 8, "copeland").tiers
    ]


def test_the_balanced_view_is_a_count_with_exact_weights():
    sizes = {"industry": 20, "science": 7, "administration": 5}
    ballots = room(sizes, all_below=True)
    full = full_outcome(ballots, 8, leading="sector", resamples=50)
    weighted = [
        Ranking(b.levels, b.no_opinion, b.rest_below, Fraction(32, 3 * sizes[b.group])) for b in ballots
    ]
    assert full.leading == "sector"
    assert full.places == count(weighted, 8).places
    weights = {group["name"]: Fraction(group["weight"]) for group in full.data["groups"]}
    assert weights == {name: Fraction(32, 3 * size) for name, size in sizes.items()}


@pytest.mark.parametrize("sizes", [(1009, 1013, 1019, 967), (211, 223, 227, 229, 233, 239, 241, 251)])
def test_sectors_of_any_sizes_are_counted(sizes):
    """Sizes without a common factor: weights of twelve digits, and weights that 64 bits do not hold."""
    n = 60 if len(sizes) == 4 else 12
    ballots = room({f"sector {size}": size for size in sizes}, n)
    full = full_outcome(ballots, n, leading="sector", resamples=5)
    assert full.leading == "sector"
    weight = {f"sector {size}": lcm(*sizes) // size for size in sizes}
    # A plain count that knows neither arrays nor a limit.
    lead = [[0] * n for _ in range(n)]
    for name in weight:
        votes = count([ballot for ballot in ballots if ballot.group == name], n).matrix.tolist()
        for a in range(n):
            for b in range(n):
                lead[a][b] += weight[name] * (votes[a][b] - votes[b][a])
    copeland = [2 * sum(x > 0 for x in row) + sum(x == 0 for x in row) for row in lead]
    tiers = [[i for i in range(n) if copeland[i] == score] for score in sorted(set(copeland), reverse=True)]
    assert full.data["methods"]["tables"]["copeland"]["tiers"] == tiers
    paths = [[max(x, 0) for x in row] for row in lead]
    for k in range(n):
        for a in range(n):
            for b in range(n):
                if paths[a][k] and paths[k][b]:
                    paths[a][b] = max(paths[a][b], min(paths[a][k], paths[k][b]))
    for upper, lower in pairwise(full.data["balanced"]["tiers"]):
        assert all(paths[a][b] >= paths[b][a] for a in upper for b in lower)
        assert all(any(paths[a][b] > paths[b][a] for a in upper) for b in lower)


def test_beyond_the_cap_the_balanced_view_cannot_lead():
    full = full_outcome(
        room({"industry": 26, "science": 5}, all_below=True), 8, leading="sector", resamples=50
    )
    assert not full.data["balanced_may_lead"]
    assert (full.leading, full.data["asked_leading"]) == ("person", "sector")
    assert full.data["balanced"] is not None


def test_c22_a_pair_about_which_fewer_than_five_say_something_leaves_places_only():
    """Five rank A alone and have no opinion on the rest: every figure would be the sixth's own ballot."""
    alone = [Ranking([(0,)], no_opinion=range(1, 5))] * 5
    full = full_outcome([*alone, Ranking([(3,), (1,), (4,), (2,), (0,)])], 5)
    assert full.places_only and set(full.data["person"]) == {"places"}
    for said, only in ((3, True), (4, False)):  # with the last one, four and five of eight
        some = [Ranking([(0,), (1,), (2,)]), *[Ranking([(2,), (1, 0)])] * said]
        silent = [Ranking([(0,)], no_opinion=(1,), rest_below=True)] * 3
        assert full_outcome([*some, *silent], 3, resamples=5).places_only is only


def test_c22_a_group_in_which_fewer_than_five_compare_two_has_no_list_of_its_own():
    """Four of five rank A alone: the group's list would be the fifth one's ballot."""
    alone = [Ranking([(0,)], no_opinion=range(1, 6), group="industry")] * 4
    fifth = Ranking([(3,), (1,), (4,), (2,), (0,), (5,)], group="industry")
    others = [
        Ranking([(5,), (0,), (2,), (4,), (1,), (3,)], group=name) for name in ("science", "administration")
    ]
    full = full_outcome([*alone, fifth, *(others * 6)], 6, leading="sector", resamples=5)
    assert full.leading == "sector"
    assert [group["name"] for group in full.data["groups"]] == ["administration", "science"]
    assert full.data["contested"] == [] and full.data["agreement"]["common_top"] == [0, 5]
    full = full_outcome([*alone, fifth, *(others[:1] * 6)], 6, leading="sector", resamples=5)
    assert full.leading == "person" and full.data["groups"] == [] and full.data["balanced"] is None


def test_c22_fewer_than_five_ballots_store_places_only():
    full = full_outcome(room({"industry": 4}), 8)
    assert full.places_only
    assert set(full.data["person"]) == {"places"}
    assert set(full.data) == {
        "version", "n_items", "method", "strength", "ballots", "abstentions", "asked_leading",
        "places_only", "leading", "person", "kinds",
    }  # fmt: skip


def test_c22_groups_are_joined_and_hold_ranks_only():
    full = full_outcome(room({"industry": 20, "science": 3, "administration": 6}), 8, resamples=50)
    assert [(g["name"], g["ballots"]) for g in full.data["groups"]] == [
        ("administration + science", 9),
        ("industry", 20),
    ]
    for group in full.data["groups"]:
        assert set(group) == {"name", "sectors", "ballots", "weight", "tiers", "places"}
    # Beside the matrix per person a second matrix would give away the pair counts of two groups.
    assert set(full.data["balanced"]) == {"tiers", "places", "steps", "order_dependent"}
    assert all(set(step) == {"step", "items", "parts"} for step in full.data["balanced"]["steps"])


def test_c22_a_single_group_is_none():
    full = full_outcome(room({"industry": 20, "science": 3}), 8, leading="sector", resamples=50)
    assert full.data["groups"] == []
    assert full.data["balanced"] is None
    assert full.leading == "person"


def test_c22_given_groups_below_five_are_refused():
    ballots = room({"industry": 20, "science": 3})
    with pytest.raises(ValueError, match="fewer than 5"):
        full_outcome(ballots, 8, groups=[("industry",), ("science",)])


def test_c22_somebody_without_a_sector_leaves_no_groups():
    ballots = [*room({"industry": 9, "science": 9}), Ranking(((0,),))]
    assert full_outcome(ballots, 8, resamples=50).data["groups"] == []


def test_the_rest_read_the_other_way():
    ballots = room({"industry": 10, "science": 9})
    turned = [Ranking(b.levels, b.no_opinion, not b.rest_below, b.weight, b.group) for b in ballots]
    rest = full_outcome(ballots, 8, resamples=50).data["rest"]
    other = count(turned, 8)
    assert rest["places"] == [[first, last, list(items)] for first, last, items in other.places]
    complete = [Ranking([(i,) for i in range(8)])] * 9
    assert full_outcome(complete, 8, resamples=50).data["rest"] is None


def test_a_score_ballot_of_noughts_is_counted_everywhere_or_nowhere():
    """It ranks nothing, and it lowers a mean: in the count, in its sector and in the recounts alike."""
    noughts = [Score({0: 0}, {1}, rest_below=True, group="i")] * 4
    others = [Score({0: 3, 1: 2}, rest_below=True, group="i")] * 5
    outcome = count([*noughts, *others, Score({}, group="i")], 2, "score")
    assert (outcome.ballots, outcome.abstentions) == (9, 1)
    assert outcome.places == ((1, 1, (1,)), (2, 2, (0,)))
    second = [replace(ballot, group="s") for ballot in (*noughts, *others)]
    full = full_outcome([*noughts, *others, *second], 2, method="score", resamples=200)
    assert full.places == ((1, 1, (1,)), (2, 2, (0,)))
    assert [group["ballots"] for group in full.data["groups"]] == [9, 9]
    assert all(group["places"] == [[1, 1, [1]], [2, 2, [0]]] for group in full.data["groups"])
    assert full.data["stability"]["top"] == [1.0, 1.0]
    assert full.span(1)[0] == 1


def test_shuffled_ballots_give_the_same_outcome():
    ballots = room({"industry": 12, "science": 8})
    mixed = random.Random(4).sample(ballots, len(ballots))
    one = full_outcome(ballots, 8, leading="sector", seed=5, resamples=60)
    assert one == full_outcome(mixed, 8, leading="sector", seed=5, resamples=60)


def test_unknown_view_is_refused():
    with pytest.raises(ValueError, match="leading"):
        full_outcome([], 3, leading="everybody")
