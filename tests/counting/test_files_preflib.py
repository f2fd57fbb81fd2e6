"""Files as PrefLib's own tools write them, and the form before 2022 as they read it."""

import random

import pytest

from tests.counting.test_files_mutated import votes
from werkstatt.counting import decide
from werkstatt.counting.files import read

instances = pytest.importorskip("preflibtools.instances")


def some_orders(kind, chance, n):
    """{order: count}: an order is a tuple of levels, alternatives counted from 1."""
    orders = {}
    for _ in range(chance.randint(1, 12)):
        items = chance.sample(range(1, n + 1), n if kind[2] == "c" else chance.randint(1, n))
        levels = []
        while items:
            size = 1 if kind[0] == "s" else chance.choice((1, 1, 2, 3))
            levels.append(tuple(items[:size]))
            items = items[size:]
        orders[tuple(levels)] = orders.get(tuple(levels), 0) + chance.randint(1, 50)
    return orders


def as_rows(orders):
    return [(count, [[item - 1 for item in level] for level in order]) for order, count in orders.items()]


@pytest.mark.parametrize("kind", ["soc", "soi", "toc", "toi"])
def test_orders_and_categories_written_by_their_tools(tmp_path, kind):
    for seed in range(20):
        chance = random.Random(seed)
        n = chance.randint(2, 7)
        orders = some_orders(kind, chance, n)
        written = instances.OrdinalInstance()
        written.data_type, written.num_alternatives = kind, n
        written.alternatives_name = {item: f"Größe {item}: x,{{y}}" for item in range(1, n + 1)}
        written.orders, written.multiplicity = list(orders), dict(orders)
        written.num_voters, written.num_unique_orders = sum(orders.values()), len(orders)
        path = tmp_path / f"{seed}.{kind}"
        written.write(str(path))
        election = read(path)
        assert election.candidates == list(written.alternatives_name.values())
        assert election.case.matrix.tolist() == votes(as_rows(orders), n)
        assert election.ballots == written.num_voters

        categories = instances.CategoricalInstance.from_ordinal(written, num_indif_classes=[1, 1])
        categories.preferences = list(dict.fromkeys(categories.preferences))
        categories.recompute_cardinality_param()
        categories.file_name, categories.data_type = "", "cat"
        path = tmp_path / f"{seed}.cat"
        categories.write(str(path))
        approvals = [0] * n
        for preference, count in categories.multiplicity.items():
            for item in preference[0]:
                approvals[item - 1] += count
        found = decide(read(path, keep=True).case, "approval").figures["approvals"]
        assert found == approvals


@pytest.mark.parametrize("kind", ["soc", "soi", "toc", "toi"])
def test_the_older_form_as_their_tools_read_it(tmp_path, kind):
    for seed in range(20):
        chance = random.Random(seed)
        n = chance.randint(2, 7)
        orders = some_orders(kind, chance, n)
        total = sum(orders.values())
        lines = [
            str(n),
            *(f"{item},Name {item}" for item in range(1, n + 1)),
            f"{total},{total},{len(orders)}",
        ]
        for order, count in orders.items():
            parts = [",".join(map(str, level)) for level in order]
            parts = [f"{{{part}}}" if "," in part else part for part in parts]
            lines.append(",".join([str(count), *parts]))
        path = tmp_path / f"{seed}.{kind}"
        path.write_text("\n".join(lines) + "\n")
        theirs = instances.OrdinalInstance()
        theirs.parse_old(lines)
        election = read(path)
        assert election.candidates == list(theirs.alternatives_name.values())
        assert election.case.matrix.tolist() == votes(as_rows(theirs.multiplicity), n)
