"""Sentences: verbatim where the workshop day fixes them, true against the figures everywhere."""

import ast
import random
import re
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from werkstatt.counting import METHODS, Approval, Method, Ranking, Score, Verdict, explain, reasons
from werkstatt.counting.full import full_outcome
from werkstatt.counting.wording import apart

NAMES = "ABCDEFGHIJ"


def translate(message, **values):
    return message % values if values else message


def room(seed, n=7, voters=25, noise=6.0):
    chance = random.Random(seed)
    ballots = []
    for _ in range(voters):
        order = sorted(range(n), key=lambda item: item + chance.gauss(0, noise))
        kept = [(i,) for i in order[: chance.randint(2, n)]]
        ballots.append(Ranking(kept, rest_below=True, group=chance.choice(("Wirtschaft", "Wissenschaft"))))
    return ballots


FULLS = [
    full_outcome(room(seed), 7, leading=leading, resamples=60)
    for seed in range(12)
    for leading in ("person", "sector")
]


@pytest.mark.parametrize("full", FULLS)
def test_every_place_and_every_pair_has_a_sentence(full):
    for item in range(7):
        said = explain.place(full, item, NAMES, translate)
        assert said.startswith(f"{NAMES[item]}: Pl")
        wins = full.data["person"]["wins"][item]
        assert ("Gewinnt alle 6 Vergleiche." if wins == 6 else f"Gewinnt {wins} von 6 Vergleichen.") in said
        for other in range(7):
            if other != item:
                assert explain.why_above(full, item, other, NAMES, translate) == explain.why_above(
                    full, other, item, NAMES, translate
                ) or full.place_of(item) == full.place_of(other)


@pytest.mark.parametrize("full", FULLS)
def test_losses_carry_their_votes(full):
    matrix = full.data["person"]["matrix"]
    for item in range(7):
        said = explain.place(full, item, NAMES, translate)
        found = re.findall(r"Verliert gegen (\w): (\d+) für \w, (\d+) für \w\.", said)
        for name, votes, against in found:
            other = NAMES.index(name)
            assert (matrix[other][item], matrix[item][other]) == (int(votes), int(against))
            assert int(votes) > int(against)
        assert len(found) == min(3, full.data["person"]["losses"][item])


@pytest.mark.parametrize("full", [full for full in FULLS if full.leading == "person"])
def test_chains_are_the_strongest_paths(full):
    paths = np.array(full.data["person"]["figures"]["paths"])
    for a in range(7):
        for b in range(7):
            if a != b:
                path = reasons.chain(full, a, b)
                assert min((link.votes - link.against for link in path), default=0) == paths[a, b]


def test_a_lower_place_with_more_wins_explains_itself():
    said = [
        explain.place(full, item, NAMES, translate)
        for full in FULLS
        for item in range(7)
        if reasons.ahead_with_fewer_wins(full, item)
    ]
    assert said
    assert all("gewinnt mehr Vergleiche als" in one for one in said)


def test_overruled_majorities_name_the_stronger_ones():
    per_person = [full for full in FULLS if full.leading == "person"]
    said = [one for full in per_person for one in explain.overruled(full, NAMES, translate)]
    assert said
    assert all("mindestens so deutliche Mehrheiten: " in one for one in said if one.startswith("Zwar"))


def test_sentence_9_shared_places():
    # Items 3, 4 and 5 stand on no ballot, so nothing can tell them apart.
    full = full_outcome([Ranking([(0,), (1,), (2,)])] * 9, 6, resamples=20)
    assert explain.tie_steps(full, NAMES, translate) == [
        "Plätze 4 bis 6 sind geteilt: Im direkten Vergleich, nach gewonnenen Vergleichen und nach Punkten "
        "liegen diese drei gleichauf. Es wurde nicht gelost."
    ]
    assert explain.place(full, 4, NAMES, translate).startswith("E: Plätze 4 bis 6, geteilt.")
    assert "teilen sich den Platz" in explain.why_above(full, 3, 4, NAMES, translate)
    full = full_outcome([Ranking([(0,), (1,)])] * 9, 4, resamples=20)
    assert explain.tie_steps(full, NAMES, translate)[0].startswith("Plätze 3 und 4 sind geteilt: ")


def test_sentence_10_firmness():
    full = full_outcome(room(1), 7, seed=1)
    low, high = full.span(2)
    first, last = full.place_of(2)
    assert first == last
    assert explain.firmness(full, 2, translate) == (
        f"Platz {first}, Spanne {low} bis {high}: Wir haben 1.000-mal nachgerechnet und dabei zufällig einige "
        "Stimmen weggelassen, andere mehrfach gezählt. In mindestens neun von zehn Fällen kam Platz "
        f"{low} bis {high} heraus. Innerhalb einer Gruppe ist nicht jede Reihenfolge sicher."
    )
    sure = full_outcome([Ranking([(i,) for i in range(3)])] * 9, 3)
    assert explain.firmness(sure, 0, translate) == (
        "Platz 1: Wir haben 1.000-mal nachgerechnet und dabei zufällig einige Stimmen weggelassen, andere "
        "mehrfach gezählt. In mindestens neun von zehn Fällen kam Platz 1 heraus."
    )


def test_a_list_of_one_compares_nothing():
    alone = full_outcome([Ranking([(0,)])] * 6, 1, resamples=20)
    assert explain.place(alone, 0, NAMES, translate) == "A: Platz 1."
    assert explain.wins_and_losses(alone, 0, NAMES, translate) == []
    assert explain.one_group(alone, translate) == explain.firmness(alone, 0, translate) == ""


def test_two_items_have_one_comparison():
    full = full_outcome([Ranking([(0,), (1,)])] * 6, 2, resamples=20)
    assert explain.wins_and_losses(full, 0, NAMES, translate) == ["Gewinnt den einzigen Vergleich."]
    assert explain.wins_and_losses(full, 1, NAMES, translate) == ["Verliert gegen A: 6 für A, 0 für B."]


def test_sentence_11_and_12():
    assert explain.small_group(translate) == (
        "Keine eigenen Zahlen: Es wären weniger als fünf Stimmen, oder man könnte auf so wenige zurückrechnen. "
        "Im Gesamtergebnis sind alle Stimmen enthalten."
    )
    assert explain.method(FULLS[0], translate) == (
        "Die Abstimmenden haben Empfehlungen nach Wichtigkeit geordnet. Für je zwei wurde gezählt, wie viele "
        "die eine und wie viele die andere höher setzten. Daraus folgt die Reihenfolge; widersprechen sich "
        "Mehrheiten im Kreis, geben die deutlicheren den Ausschlag."
    )


def test_the_method_says_what_weighs_and_who_ranked():
    led = next(full for full in FULLS if full.leading == "sector")
    assert "so gewichtet, dass jede Akteursgruppe gleich viel zählt. Daraus folgt" in explain.method(
        led, translate
    )
    for ballots, n, said in (
        ([Ranking()] * 6, 3, "Zu zählen war nichts."),
        (
            [Ranking([(0,)])] * 6,
            1,
            "Zur Abstimmung stand eine einzige Empfehlung; zu vergleichen war nichts.",
        ),
        (
            [Ranking([(0,)])],
            3,
            "Eine Person hat Empfehlungen nach Wichtigkeit geordnet. Daraus folgt die Reihenfolge.",
        ),
    ):
        assert explain.method(full_outcome(ballots, n, resamples=5), translate) == said


RANKED = "Die Abstimmenden haben Empfehlungen nach Wichtigkeit geordnet."
BY_PAIRS = "Für je zwei wurde gezählt, wie viele die eine und wie viele die andere höher setzten."
METHOD_SAID = {
    ("schulze", "margins"): (RANKED, BY_PAIRS, "Mehrheiten im Kreis, geben die deutlicheren den Ausschlag."),
    ("schulze", "winning-votes"): (RANKED, BY_PAIRS, "im Kreis, geben die mit mehr Stimmen den Ausschlag."),
    ("ranked-pairs", "margins"): (RANKED, BY_PAIRS, "(Verfahren Ranked Pairs).", "die deutlichste zuerst; "),
    ("ranked-pairs", "winning-votes"): (RANKED, BY_PAIRS, "die mit den meisten Stimmen zuerst; "),
    ("copeland", "margins"): (RANKED, BY_PAIRS, "Weiter oben steht, was mehr Vergleiche gewinnt; "),
    ("kemeny", "margins"): (RANKED, BY_PAIRS, "in allen Vergleichen zusammen die meisten Stimmen sprechen"),
    ("borda", "margins"): (RANKED, "Weiter oben steht, was mehr Punkte hat. "),
    ("approval", "margins"): (
        "haben Empfehlungen zugestimmt. Weiter oben steht, was mehr Zustimmungen hat.",
    ),
    ("score", "margins"): (
        "haben Empfehlungen bewertet. Weiter oben steht, was im Mittel mehr Punkte hat; ",
    ),
    ("phragmen", "margins"): ("haben Empfehlungen zugestimmt.", "bei der sie danach am wenigsten tragen"),
}


def of_kind(method):
    if method == "score":
        return [Score({0: 5, 1: 1, 2: 0})] * 6 + [Score({0: 0, 1: 4, 2: 5})] * 4
    if method in ("approval", "phragmen"):
        return [Approval({0})] * 6 + [Approval({1, 2})] * 4
    return [Ranking(((0,), (1,), (2,)))] * 6 + [Ranking(((1,), (2,), (0,)))] * 4


@pytest.mark.parametrize(("method", "strength"), METHOD_SAID)
def test_what_is_said_of_the_method_is_said_of_the_one_that_counted(method, strength):
    full = full_outcome(of_kind(method), 3, method=method, strength=strength, resamples=2)
    said = explain.method(full, translate)
    assert all(part in said for part in METHOD_SAID[method, strength]), said
    own = METHOD_SAID[method, strength][-1]
    others = [parts[-1] for key, parts in METHOD_SAID.items() if key != (method, strength)]
    assert all(part == own or part not in said for part in others)


def test_a_method_without_words_is_called_by_its_name(monkeypatch):
    """A new method needs a file, a line of the table and a row of tests, and no false word is said of it."""

    def dictator(case, strength):
        return Verdict(tuple((item,) for item in range(case.n_items)))

    monkeypatch.setitem(METHODS, "dictator", Method(dictator))
    full = full_outcome(of_kind("schulze"), 3, method="dictator", resamples=2)
    assert explain.method(full, translate).endswith("Die Reihenfolge ist die des Verfahrens „dictator“.")
    assert full.recounted_by == "schulze"
    assert explain.place(full, 0, NAMES, translate).startswith("A: Platz 1.")
    assert "Nachgerechnet wurde mit dem Verfahren von Schulze" in explain.place(full, 0, NAMES, translate)
    assert explain.why_above(full, 0, 1, NAMES, translate)
    assert {method for method, _ in METHOD_SAID} == set(METHODS) - {"dictator"}


def test_rankings_that_nobody_gave_are_not_spoken_of():
    approvals = full_outcome(of_kind("approval"), 3, resamples=2)
    assert explain.method(approvals, translate).startswith(
        "Die Abstimmenden haben Empfehlungen zugestimmt. Für je"
    )
    mixed = full_outcome(of_kind("approval") + of_kind("schulze"), 3, resamples=2)
    assert explain.method(mixed, translate).startswith("Für je zwei wurde gezählt")
    one = full_outcome([Score({0: 3, 1: 2})], 2, method="score")
    assert explain.method(one, translate) == (
        "Eine einzige Stimme war zu zählen. Daraus folgt die Reihenfolge."
    )


def test_places_the_same_in_all_four_methods():
    full = full_outcome([Ranking([(i,) for i in range(5)])] * 6, 5, resamples=20)
    assert explain.methods_agree(full, translate) == "In allen vier Verfahren gleich: die ganze Liste."
    for full in FULLS:
        for first, last in reasons.same_in_all_methods(full):
            for table in full.data["methods"]["tables"].values():
                inside = [p for p in table["places"] if first <= p[0] and p[1] <= last]
                assert inside == [p for p in full.data["methods"]["tables"]["borda"]["places"] if p in inside]


def test_runs_of_places_are_listed():
    full = full_outcome([Ranking([(i,) for i in range(7)])] * 6, 7, resamples=20)
    for kept, told in (
        ((1, 2, 3), "Plätze 1 bis 3"),
        ((2, 3), "Plätze 2 und 3"),
        ((7,), "Platz 7"),
        ((1, 2, 5), "Plätze 1, 2 und 5"),
        ((1, 3, 4, 5, 7), "Plätze 1, 3 bis 5 und 7"),
    ):
        table = {"places": [[n, n, [n - 1]] if n in kept else [n, n, [9 + n]] for n in range(1, 8)]}
        tables = full.data["methods"]["tables"]
        full.data["methods"]["tables"] = tables | {"borda": table}
        assert explain.methods_agree(full, translate) == f"In allen vier Verfahren gleich: {told}."


def test_one_vote_is_one(monkeypatch):
    monkeypatch.setattr("werkstatt.counting.full.MINIMUM", 0)  # words alone: a round says nothing of so few
    pairs = ["AC", "AC", "CB", "CB", "BD", "DA"]
    ballots = [Ranking([(NAMES.index(a),), (NAMES.index(b),)], rest_below=False) for a, b in pairs]
    full = full_outcome(ballots, 4, strength="winning-votes", resamples=20)
    assert explain.why_above(full, 0, 1, NAMES, translate).endswith(
        "C vor B (2 gegen 0); die schwächste davon hat 2 Stimmen. In der Gegenrichtung: B vor D (1 gegen 0), "
        "D vor A (1 gegen 0); die schwächste davon hat nur 1 Stimme."
    )


def test_a_room_of_one_group_has_its_own_words():
    even = [Ranking([(0,), (1,)]), Ranking([(1,), (0,)])] * 5
    assert "Bei 10 Stimmen" in explain.one_group(full_outcome(even, 2, resamples=50), translate)
    assert explain.one_group(full_outcome([Ranking([(0,), (1,)])] * 9, 2, resamples=50), translate) == ""


def test_one_group_of_many_ballots_is_not_called_usual():
    even = [Ranking([(0,), (1,)]), Ranking([(1,), (0,)])] * 500
    said = explain.one_group(full_outcome(even, 2, resamples=50), translate)
    assert "Auch mit 1000 Stimmen hebt sich kein Platz sicher vom nächsten ab." in said
    assert "nicht ungewöhnlich" not in said


def test_half_votes_are_read_as_halves():
    ballots = [Ranking([(0,), (1,), (2,)], weight=Fraction(1, 2))] * 7 + [Ranking([(1,), (0,), (2,)])] * 5
    full = full_outcome(ballots, 3, resamples=2)
    assert "3½ für A." in explain.why_above(full, 0, 1, NAMES, translate)
    assert "Gewinnt beide Vergleiche." in explain.place(full, 1, NAMES, translate)


def test_points_left_out_are_read_the_other_way():
    ballots = [Score({0: 5, 1: 1}, rest_below=True)] * 6 + [Score({1: 4, 2: 5}, rest_below=False)] * 6
    full = full_outcome(ballots, 3, method="score", resamples=2)
    turned = [Score(one.scores, rest_below=not one.rest_below) for one in ballots]
    places = full_outcome(turned, 3, method="score", resamples=2).data["person"]["places"]
    assert full.data["rest"]["places"] == places
    assert full.data["rest"]["moved"]
    said = explain.rest_other_way(full, NAMES, translate)
    assert said.startswith(
        "Läse man die nicht bewerteten Empfehlungen umgekehrt (als ohne Meinung statt als null Punkte, und "
        "andersherum), bekämen einen anderen Platz: "
    )
    whole = full_outcome([Score({0: 5, 1: 0}, rest_below=True)] * 6, 2, method="score", resamples=2)
    assert whole.data["rest"] is None


@pytest.mark.parametrize(
    ("method", "said"),
    [
        ("approval", "Es zählen die Zustimmungen: A 6, B 4."),
        (
            "score",
            "Es zählt das Mittel der Punkte: A 30 Punkte durch 10 Stimmen, B 22 Punkte durch 10 Stimmen.",
        ),
        ("phragmen", "die kleinere kommt zuerst: A 1/6, B 1/4."),
        ("kemeny", "Für die beste sprechen dort 22 Stimmen, für keine andere mehr."),
    ],
)
def test_the_reason_gives_the_figures_of_the_method(method, said):
    ballots = [Approval({0})] * 6 + [Approval({1})] * 4 if method == "phragmen" else of_kind(method)
    full = full_outcome(ballots, 3, method=method, resamples=2)
    assert said in explain.why_above(full, 0, 1, NAMES, translate)


def test_loads_that_nobody_could_read_out_are_rounded_as_far_as_they_differ():
    ballots = [Approval({0, 1})] * 30 + [Approval({1, 2})] * 23 + [Approval({0, 2})] * 17
    full = full_outcome(ballots, 3, method="phragmen", resamples=2)
    assert full.data["person"]["figures"]["loads"] == ["1/53", "83/2491", "4983/99640"]
    assert explain.why_above(full, 1, 0, NAMES, translate).endswith("B 0,02, A 0,03.")
    assert apart(Fraction(1, 53), Fraction(1, 54), translate) == ("0,0189", "0,0185")


def test_what_fewer_than_half_rate_has_that_as_its_reason():
    full = full_outcome(
        [Score({0: 2, 1: 3, 2: 1})] * 5 + [Score({0: 2, 1: 3}, {2})] * 6, 3, method="score", resamples=2
    )
    assert full.data["person"]["figures"]["quorum"] == [True, True, False]
    assert "C wurde von weniger als der Hälfte der Stimmen bewertet" in explain.why_above(
        full, 0, 2, NAMES, translate
    )


def test_the_rest_the_other_way(monkeypatch):
    monkeypatch.setattr("werkstatt.counting.full.MINIMUM", 0)  # words alone: a round says nothing of so few
    full = full_outcome([Ranking([(0,)])] * 5 + [Ranking([(1,), (0,)])] * 3, 3, resamples=20)
    assert full.data["rest"]["moved"]
    assert explain.rest_other_way(full, NAMES, translate) == (
        "Läse man die nicht eingeordneten Empfehlungen umgekehrt (als ohne Meinung statt als weniger wichtig), "
        "bekämen einen anderen Platz: A (Platz 3 statt 1), B (Platz 1 statt 2) und C (Platz 2 statt 3)."
    )
    both = full_outcome([Ranking([(0,)])] * 5 + [Ranking([(0,)], rest_below=False)] * 3, 3, resamples=20)
    assert "(als ohne Meinung statt als weniger wichtig, und andersherum)" in explain.rest_other_way(
        both, NAMES, translate
    )
    silent = full_outcome([Ranking([(0,)], rest_below=False)] * 5, 3, resamples=20)
    assert explain.rest_other_way(silent, NAMES, translate) == (
        "Läse man die nicht eingeordneten Empfehlungen umgekehrt (als weniger wichtig statt als ohne Meinung), "
        "bekämen einen anderen Platz: A (Platz 1, nicht Plätze 1 bis 3), B (Plätze 2 und 3, nicht Plätze 1 bis 3) "
        "und C (Plätze 2 und 3, nicht Plätze 1 bis 3)."
    )
    same = full_outcome([Ranking([(0,), (1,)])] * 6, 3, resamples=20)
    assert "Platz" in explain.rest_other_way(same, NAMES, translate)


def test_c22_places_only_say_nothing_else():
    full = full_outcome([Ranking([(0,), (1,)])] * 3, 2)
    assert explain.place(full, 0, NAMES, translate) == "A: Platz 1."
    assert explain.why_above(full, 0, 1, NAMES, translate) == "A steht vor B (Platz 1 vor Platz 2)."
    for say in (explain.methods_agree, explain.one_group, explain.order_dependent):
        assert say(full, translate) == ""
    assert explain.firmness(full, 0, translate) == explain.rest_other_way(full, NAMES, translate) == ""
    assert explain.tie_steps(full, NAMES, translate) == explain.overruled(full, NAMES, translate) == []


def test_c22_a_tie_of_many_in_a_tiny_room_says_no_figures():
    full = full_outcome([Ranking([(0,)], rest_below=True)], 4)
    said = explain.shared_place(full, 2, 4, translate)
    assert said == "Plätze 2 bis 4 sind geteilt: Diese drei liegen gleichauf. Es wurde nicht gelost."


def test_every_message_is_a_literal_with_named_values_only():
    calls = [
        node
        for file in Path(explain.__file__).parent.glob("*.py")
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "translate"
    ]
    assert len(calls) > 30
    for call in calls:
        message = ast.literal_eval(call.args[0])
        wanted = set(re.findall(r"%\((\w+)\)s", message))
        assert wanted == {keyword.arg for keyword in call.keywords}, message
        assert message.count("%") == len(re.findall(r"%\(\w+\)s", message)), message
