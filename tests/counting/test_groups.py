"""C22: no group below five, also not by subtraction."""

from itertools import combinations, product

import pytest

from werkstatt.counting import join_small
from werkstatt.counting.groups import label

NAMES = ("industry", "science", "administration", "others")


@pytest.mark.parametrize(
    ("sectors", "full"),
    [
        (3, False),
        (4, False),
        pytest.param(3, True, marks=pytest.mark.soak),
        pytest.param(4, True, marks=pytest.mark.soak),
    ],
)
def test_c22_no_group_below_five_also_not_by_subtraction(sectors, full):
    """The small form takes each split in rising and falling order, the full one in every order."""
    for total in range(41):
        for split in splits(total, sectors, full):
            counts = dict(zip(NAMES, split, strict=False))
            groups = join_small(counts)
            assert len(groups) != 1
            sizes = [sum(counts[name] for name in names) for names in groups]
            assert not sizes or sum(sizes) == total, "the groups must take in everybody"
            # Whatever somebody subtracts from the total, nobody or at least five are left.
            for number in range(1, len(sizes) + 1):
                for some in combinations(sizes, number):
                    assert sum(some) >= 5
                    assert total - sum(some) == 0 or total - sum(some) >= 5


def splits(total, parts, full=False):
    """All ways to share out; unless full in rising and in falling order: names only decide between equals."""
    for head in product(range(total + 1), repeat=parts - 1):
        split = (*head, total - sum(head))
        if full and min(split) >= 0:
            yield split
        elif list(split) == sorted(split):
            yield split
            yield split[::-1]


def test_c22_fewer_than_five_in_all():
    assert join_small({"industry": 2, "science": 1, "administration": 1}) == []


def test_c22_the_smallest_joins_the_next_smallest():
    counts = {"industry": 30, "science": 4, "administration": 9, "others": 1}
    assert join_small(counts) == [("administration",), ("industry",), ("others", "science")]
    counts = {"industry": 30, "science": 3, "administration": 9, "others": 1}
    assert label(join_small(counts)[0]) == "administration + others + science"
    assert join_small({"industry": 9, "science": 9, "administration": 3, "others": 2}) == [
        ("administration", "others"),
        ("industry",),
        ("science",),
    ]


def test_c22_the_order_of_sectors_changes_nothing():
    counts = {"industry": 4, "science": 4, "administration": 4, "others": 4}
    turned = dict(reversed(counts.items()))
    assert join_small(counts) == join_small(turned) == [("administration", "industry"), ("others", "science")]


def test_c22_a_sector_without_ballots_is_no_group():
    assert join_small({"industry": 7, "science": 0, "administration": 6}) == [
        ("administration",),
        ("industry",),
    ]
    with pytest.raises(ValueError, match="fewer than no"):
        join_small({"industry": -1})
