"""Every sentence is borne out by the figures it quotes: random rooms, and the ones where it once was not so."""

import random
import re
from collections import Counter
from fractions import Fraction

import pytest

from tests.counting.sentences import Room
from tests.counting.spoken import NAMES, translate
from werkstatt.counting import METHODS, Approval, Ranking, Score, explain, join_small, reasons
from werkstatt.counting.full import full_outcome

STRENGTHS = ("margins", "winning-votes")


def a_room(seed):
    """A small room of any noise: full or short rankings, ties, gaps, now and then weights."""
    chance = random.Random(seed)
    n, voters = chance.randint(3, 6), chance.randint(5, 14)
    noise, short, ties = chance.choice((0.5, 2, 9)), chance.random() < 0.5, chance.random() < 0.4
    weights = (Fraction(1), Fraction(1, 2), Fraction(2)) if chance.random() < 0.2 else (Fraction(1),)
    names = chance.choice(("ab", "abc", "aab"))
    ballots = []
    for _ in range(voters):
        order = sorted(range(n), key=lambda item: item + chance.gauss(0, noise))
        levels = []
        for item in order[: chance.randint(0, n) if short else n]:
            if ties and levels and chance.random() < 0.4:
                levels[-1].append(item)
            else:
                levels.append([item])
        silent = [item for item in order if short and chance.random() < 0.1 and [item] not in levels]
        placed = {item for level in levels for item in level}
        ballots.append(
            Ranking(
                levels,
                [item for item in silent if item not in placed],
                chance.random() < 0.6,
                chance.choice(weights),
                chance.choice(names),
            )
        )
    return n, ballots


def check(seed, strength, leading, heard):
    n, ballots = a_room(seed)
    groups = join_small(Counter(ballot.group for ballot in ballots if ballot.levels))
    full = full_outcome(ballots, n, groups, leading, strength=strength, resamples=20)
    if full.places_only:
        return
    room = Room(full, ballots, groups)
    for a in range(n):
        for b in range(a):
            told = room.hear(explain.why_above(full, a, b, NAMES, translate))
            heard.update((full.leading, one) for one in told)
            if full.place_of(a) == full.place_of(b):
                continue
            upper, lower = sorted((a, b), key=full.place_of)
            assert told[0] in ("stands", "stands_shared") and told[1] == "votes"
            if room.person.margin(upper, lower) <= 0:
                assert set(told[2:]) - {"sectors_lead"}, (
                    "the votes do not favour the upper one, and no reason"
                )
    for text in (
        *(explain.place(full, item, NAMES, translate) for item in range(n)),
        *explain.tie_steps(full, NAMES, translate),
        *explain.overruled(full, NAMES, translate),
        *(explain.firmness(full, item, translate) for item in range(n)),
        explain.rest_other_way(full, NAMES, translate),
    ):
        if text:
            told = room.hear(text)
            assert told[-1] != "sectors_against", "it stands above, and no reason"
            heard.update((full.leading, one) for one in told)
    turned = [
        (a, b)
        for a in range(n)
        for b in range(n)
        if room.person.margin(a, b) > 0 and full.place_of(b)[1] < full.place_of(a)[0]
    ]
    assert sum(one.startswith("Zwar") for one in explain.overruled(full, NAMES, translate)) == min(
        8, len(turned)
    )


@pytest.mark.parametrize("strength", STRENGTHS)
def test_every_reason_is_borne_out(strength):
    heard = Counter()
    for seed in range(500):
        check(seed, strength, ("person", "sector")[seed % 2], heard)
    check(1486, strength, "sector", heard)  # a majority in both views that a tie step turns round
    known = {name for _, name in heard}
    assert {"clearer", "only", "way_back", "stage", "by_sums", "by_wins", "by_points", "by_pair"} <= known
    assert {
        "sectors_chain",
        "sectors_direct",
        "sectors_level",
        "sectors_balanced",
        "shared",
        "against",
    } <= known
    assert {"stands_shared", "other_way", "span", "recounted", "inside_a_group"} <= known
    assert "sectors_against_back" in known
    assert {"placed", "wins", "lost", "drawn", "nearly_always", "between", "by_groups", "contested"} <= known


def of_kind(method, ballot):
    """The ranking as the kind of ballot that the method counts."""
    if method in ("approval", "phragmen"):
        approved = ballot.levels[0] if ballot.levels else ()
        return Approval(approved, ballot.no_opinion, group=ballot.group)
    if method == "score":
        points = {item: max(5 - at, 0) for at, level in enumerate(ballot.levels) for item in level}
        return Score(points, ballot.no_opinion, ballot.rest_below, group=ballot.group)
    return ballot


@pytest.mark.parametrize("method", sorted(set(METHODS) - {"schulze"}))
def test_what_is_said_of_the_recounts_agrees_with_the_place_in_every_method(method):
    heard = set()
    for seed in range(40):
        n, ballots = a_room(seed)
        ballots = [of_kind(method, ballot) for ballot in ballots]
        full = full_outcome(ballots, n, leading=("person", "sector")[seed % 2], method=method, resamples=40)
        if full.places_only:
            continue
        room = Room(full, ballots, [tuple(group["sectors"]) for group in full.data["groups"]])
        for item in range(n):
            told = re.findall(
                r"(?:Auch beim|Nachgerechnet|Spanne) [^.]+\.", explain.place(full, item, NAMES, translate)
            )
            room.item = item
            heard.update(room.hear(" ".join(told)))
    assert {"nearly_always", "between"} <= heard
    assert ("recounted_by" in heard) == (method in ("ranked-pairs", "kemeny", "phragmen"))


@pytest.mark.soak
@pytest.mark.parametrize("strength", STRENGTHS)
def test_every_reason_is_borne_out_in_ten_thousand_rooms(strength):
    for seed in range(1_000, 3_500):
        for leading in ("person", "sector"):
            check(seed, strength, leading, Counter())


def strict(*orders, **options):
    ballots = [Ranking([[NAMES.index(name)] for name in order]) for order in orders]
    return full_outcome(ballots, 4, groups=(), resamples=1, **options)


def why(full, upper, lower):
    said = explain.why_above(full, NAMES.index(upper), NAMES.index(lower), NAMES, translate)
    return said.split(". ", 2)[2]


def test_a_sum_among_the_tied_is_not_called_the_pairs_comparison():
    full = strict("BADC", "BCAD", "DBCA", "DCAB", "ACDB")
    assert why(full, "D", "A") == (
        "Im Verfahren liegen A, B, C und D gleichauf, weil Mehrheiten im Kreis gehen. Entschieden hat die Summe "
        "der Vorsprünge in ihren Vergleichen untereinander: D +1; A \N{MINUS SIGN}1."
    )
    assert explain.tie_steps(full, NAMES, translate)[0].endswith("B und D je +1; A und C je \N{MINUS SIGN}1.")


def test_comparisons_in_a_circle_are_not_called_even():
    full = strict("ADBC", "BCDA", "ACDB", "DBAC", "BCAD")
    assert why(full, "A", "D") == (
        "Im Verfahren liegen A, B und D gleichauf, und ihre Vergleiche untereinander gleichen sich aus. "
        "Entschieden hat die Zahl gewonnener Vergleiche (ein unentschiedener zählt halb): A 2; D 1."
    )
    circle = full_outcome(
        [Ranking([[i], [j], [k]]) for i, j, k in ((0, 1, 2), (1, 2, 0), (2, 0, 1))] * 2, 3, (), resamples=1
    )
    assert explain.tie_steps(circle, NAMES, translate) == [
        "Plätze 1 bis 3 sind geteilt: Die Vergleiche dieser drei untereinander gehen im Kreis und gleichen sich "
        "aus; nach gewonnenen Vergleichen und nach Punkten liegen sie gleichauf. Es wurde nicht gelost."
    ]


def test_an_equal_way_back_is_not_called_weaker():
    full = strict("DBAC", "CDBA", "BDAC", "ACBD", "CBAD")
    assert why(full, "C", "A") == (
        "Im Verfahren liegen C und A gleichauf, weil Mehrheiten im Kreis gehen. B liegt dort aber vor A und "
        "nicht vor C; deshalb steht A tiefer. Den Ausschlag gibt dabei: B vor A (4 gegen 1)."
    )


def test_only_majorities_that_the_list_turns_round_are_overruled():
    full = strict("CADB", "ADCB", "DBCA", "ADBC", "DCBA")
    assert full.places == ((1, 1, (0,)), (2, 2, (3,)), (3, 3, (2,)), (4, 4, (1,)))
    assert explain.overruled(full, NAMES, translate) == [
        "Zwar 3 für C, 2 für A. Dagegen stehen aber mindestens so deutliche Mehrheiten: A vor D (3 gegen 2), "
        "D vor C (4 gegen 1)."
    ]


def test_an_even_pair_on_different_places_has_a_reason():
    full = strict("ABDC", "ADCB", "BACD", "DCAB", "BCAD", "CDBA")
    assert why(full, "B", "D") == (
        "Im Verfahren liegen B und D gleichauf. A liegt dort aber vor D und nicht vor B; deshalb steht D tiefer. "
        "Den Ausschlag gibt dabei: A vor D (4 gegen 2)."
    )


def test_an_overruled_majority_that_is_none_among_the_sectors_names_what_decided():
    """12 and 6 weigh the same: A and B are even then, and B is ahead of C more clearly."""
    orders = ["ABC/x"] * 8 + ["BAC/x"] * 4 + ["ABC/y"] * 2 + ["BCA/y"] * 4
    ballots = [Ranking([[NAMES.index(name)] for name in one[:3]], group=one[-1]) for one in orders]
    full = full_outcome(ballots, 3, leading="sector", resamples=1)
    said = explain.overruled(full, NAMES, translate)
    assert said == [
        "Zwar 10 für A, 8 für B. Wiegen alle Akteursgruppen gleich viel, steht aber B vor A. In der führenden Sicht "
        "liegen A und B gleichauf, auch im direkten Vergleich. Auch nach gewonnenen Vergleichen liegen sie dort "
        "gleichauf; entschieden haben die Punkte."
    ]
    told = Room(full, ballots, [("x",), ("y",)]).hear(said[0])
    assert told == ["although", "sectors_against", "sectors_level", "sectors_by_points"]


def test_of_many_majorities_turned_round_the_clearest_are_told():
    chance = random.Random(21)
    full = full_outcome(
        [Ranking([[i] for i in chance.sample(range(10), 10)]) for _ in range(9)], 10, (), resamples=1
    )
    said = explain.overruled(full, NAMES, translate)
    every = reasons.overruled(full)
    assert len(every) > 8
    assert said[8:] == [f"Ebenso weitere Mehrheiten: {len(every) - 8}."]
    assert all(one.startswith("Zwar ") for one in said[:8])


SECTORS = """CDAB/x CABD/x ABDC/x CBAD/z ADCB/y DBAC/x BDCA/y ABCD/z CDBA/y ABDC/y ADCB/y BDCA/z DCAB/z ADCB/z
ABCD/z"""


def test_where_the_sectors_lead_the_reason_is_theirs_and_tells_no_votes_of_theirs():
    ballots = [
        Ranking([[NAMES.index(name)] for name in order], group=group)
        for order, group in (one.split("/") for one in SECTORS.split())
    ]
    full = full_outcome(ballots, 4, leading="sector", resamples=1)
    assert why(full, "B", "C") == (
        "Maßgeblich ist die Sicht, in der alle Akteursgruppen gleich viel wiegen. Dort geben die deutlicheren "
        "Mehrheiten den Ausschlag: B vor D, D vor C. Zahlen dieser Sicht stehen hier nicht: Aus ihnen ließen sich "
        "die Stimmen einzelner Gruppen ausrechnen."
    )
    # With votes per person and weighted votes of one pair, the votes of two groups follow.
    assert set(full.data["balanced"]) == {"tiers", "places", "steps", "order_dependent"}
    assert full.data["beyond_pairs"]["chains"] == [[1, 3, 2]]
    # A result that was stored without these reasons says no more than its places do.
    del full.data["beyond_pairs"]
    assert "aus allen Stimmen zusammen" in why(full, "B", "C")


def test_where_the_sectors_lead_comparisons_in_a_circle_are_not_called_even():
    orders = ("ADBC", "BCDA", "ACDB", "DBAC", "BCAD") * 2
    ballots = [
        Ranking([[NAMES.index(i)] for i in order], group="xy"[k // 5]) for k, order in enumerate(orders)
    ]
    full = full_outcome(ballots, 4, leading="sector", resamples=1)
    assert full.leading == "sector"
    circle, even = explain.tie_steps(full, NAMES, translate)
    assert circle == (
        "In der führenden Sicht liegen A, B und D gleichauf, und ihre Vergleiche untereinander gleichen sich aus. "
        "Entschieden hat dort die Zahl gewonnener Vergleiche (ein unentschiedener zählt halb). Reihenfolge danach: "
        "A und B; D."
    )
    assert even


def test_what_shares_a_place_in_phragmens_runs_is_not_called_even():
    ballots = [Approval({0, 1})] * 8 + [Approval({2})] * 5
    full = full_outcome(ballots, 3, (), method="phragmen", resamples=5)
    assert explain.tie_steps(full, NAMES, translate) == [
        "Plätze 1 bis 3 sind geteilt: Das Verfahren lässt für diese drei mehrere Reihenfolgen zu, und die weiteren "
        "Vergleiche entscheiden nicht zwischen ihnen. Es wurde nicht gelost."
    ]
    assert "Plätze 1 und 2 sind geteilt: Das Verfahren lässt beide Reihenfolgen zu" in explain.why_above(
        full_outcome([Approval({0, 1})] * 6, 2, (), method="phragmen", resamples=5), 0, 1, NAMES, translate
    )


@pytest.mark.parametrize("method", ["ranked-pairs", "copeland", "borda", "kemeny"])
def test_other_methods_give_a_reason_for_every_pair_too(method):
    full = strict("DBAC", "CDBA", "BDAC", "ACBD", "CBAD", method=method)
    for a in range(4):
        for b in range(a):
            if full.place_of(a) != full.place_of(b):
                upper, lower = sorted((a, b), key=full.place_of)
                assert why(full, NAMES[upper], NAMES[lower])
    if method != "ranked-pairs":
        assert explain.overruled(full, NAMES, translate) == []


def test_majorities_left_out_by_ranked_pairs_are_told_with_those_they_gave_way_to():
    heard, last = set(), {}
    for seed in range(400):
        n, ballots = a_room(seed)
        full = full_outcome(ballots, n, (), method="ranked-pairs", strength=STRENGTHS[seed % 2], resamples=2)
        if full.places_only:
            continue
        room = Room(full, ballots)
        said = explain.overruled(full, NAMES, translate)
        assert len(said) == min(9, len(full.data["person"]["figures"]["overruled"]))
        for text in said:
            heard.update(room.hear(text))
        for winner, loser in full.data["person"]["figures"]["overruled"]:
            told = room.hear(explain.why_above(full, winner, loser, NAMES, translate))
            assert told == ["stands", "votes", "against"]
            assert room.pair == (loser, winner)
            last[seed % 2] = room, winner, loser
    assert {"although", "against"} <= heard
    assert set(last) == {0, 1}
    for room, winner, loser in last.values():  # equal majorities may leave no one chain
        for step in room.full.data["person"]["steps"]:
            step["chain"] = []
        told = room.hear(explain.why_above(room.full, winner, loser, NAMES, translate))
        assert told == ["stands", "votes", "several_ways"]
