"""How much the ballots agree: Kendall's W, van der Eijk's A, common ground of the sectors.

The second place, with `stability`, where floats occur.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from itertools import combinations

import numpy as np

from .outcome import Place
from .profile import SILENT, Profile

BANDS = 5


def centred_ranks_x2(profile: Profile) -> np.ndarray:
    """int64 (n_items, n_ballots): twice (items below - items above), 0 without an opinion.

    On a complete ballot that is four times the distance of the item's mid-rank from the middle.
    """
    positions = profile.positions.astype(np.int64)
    said = positions != SILENT
    n, count = positions.shape
    # Counting how many items of a ballot stand at or before a position gives all of its mid-ranks;
    # the silent ones are counted apart, in the last row.
    cells = np.where(said, positions, n + 1) * count + np.arange(count)
    histogram = np.bincount(cells.ravel(), minlength=(n + 2) * count)
    up_to = np.cumsum(histogram.reshape(n + 2, count), axis=0)
    at_or_before = up_to.ravel()[cells]
    before = at_or_before - histogram[cells]
    return np.where(said, 2 * ((up_to[n] - at_or_before) - before), 0)


def kendall_w(profile: Profile) -> float | None:
    """Kendall's coefficient of concordance with ties: 0 no agreement, 1 the same order on all.

    W = sum_i (sum_j x_ij)^2 / (m sum_j sum_i x_ij^2) with x_ij the distance of item i's mid-rank on
    ballot j from that ballot's mean, m ballots. On complete ballots this is the textbook
    12 S / (m^2 (n^3 - n) - m sum T), T = sum (t^3 - t) over ties of t items. An item without an
    opinion has distance 0. Ballot weights play no part. None if no ballot orders anything.

    Paper: M. G. Kendall and B. Babington Smith, "The problem of m rankings", Annals of Mathematical
    Statistics 10 (1939); ties: M. G. Kendall, "Rank Correlation Methods" (1948).

    >>> from werkstatt.counting import Ranking
    >>> kendall_w(Profile.from_ballots([Ranking(((0,), (1,), (2,)))] * 4, 3))
    1.0
    """
    ranks = centred_ranks_x2(profile)
    own = int((ranks * ranks).sum())
    if not own:
        return None
    together = int((ranks.sum(axis=1) ** 2).sum())
    return together / (profile.n_ballots * own)


def van_der_eijk(counts: Sequence[int]) -> float | None:
    """Agreement in a distribution over ordered categories: 1 all in one, 0 even, -1 both ends only.

    `counts`: answers in each of K >= 3 categories. The distribution is taken apart into layers of
    0 and 1; a layer with S ones has A = U (1 - (S-1)/(K-1)), where U counts its triples of
    categories: TU of the patterns 110 and 011, TDU of the pattern 101,
    U = ((K-2) TU - (K-1) TDU) / ((K-2) (TU + TDU)), and 1 if there are none. A is the mean of the
    layers weighted by their answers. None without answers; `ValueError` below three categories.

    Paper: C. van der Eijk, "Measuring agreement in ordered rating scales", Quality and Quantity 35
    (2001).

    >>> van_der_eijk([0, 9, 0, 0, 0]), van_der_eijk([5, 0, 0, 0, 5]), van_der_eijk([2, 2, 2, 2, 2])
    (1.0, -1.0, 0.0)
    """
    if len(counts) < 3:
        raise ValueError("van der Eijk's A needs three categories")
    left = [int(count) for count in counts]
    total = sum(left)
    if not total:
        return None
    result = 0.0
    while any(left):
        height = min(count for count in left if count)
        pattern = tuple(1 if count else 0 for count in left)
        result += height * sum(pattern) / total * _layer(pattern)
        left = [count - height if count else 0 for count in left]
    return result


@cache  # five bands have few patterns
def _layer(pattern: tuple[int, ...]) -> float:
    size = len(pattern)
    conform = against = 0
    for triple in combinations(pattern, 3):
        conform += triple in ((1, 1, 0), (0, 1, 1))
        against += triple == (1, 0, 1)
    unimodal = 1.0
    if conform + against:
        unimodal = ((size - 2) * conform - (size - 1) * against) / ((size - 2) * (conform + against))
    return unimodal * (1 - (sum(pattern) - 1) / (size - 1))


def bands(profile: Profile, number: int = BANDS) -> np.ndarray:
    """int64 (n_items, number): how many ballots put the item into each band of the list, best first.

    The list is cut into `number` equal bands; an item stands where its mid-rank among the items with
    an opinion falls. Ballots without an opinion about it are left out.
    """
    ranks = centred_ranks_x2(profile)
    said = profile.positions != SILENT
    known = said.sum(axis=0)
    # From 2(below - above) to the share of the list above the item's middle, in (0, 1).
    share = (known * 2 - ranks) / (4 * np.maximum(known, 1))
    band = np.minimum((share * number).astype(np.int64), number - 1)
    return np.stack([((band == b) & said).sum(axis=1) for b in range(number)], axis=1)


def common_ground(places: Sequence[Sequence[Place]], n_items: int) -> tuple[list[int], list[int]]:
    """(items every group puts into its first third, items every group puts into its last third).

    `places`: for each group the places of all items. A shared place belongs to a third only if all
    of it does. Both are empty with fewer than two groups.
    """
    if len(places) < 2:
        return [], []
    first = [{i for _, last, items in found if 3 * last <= n_items for i in items} for found in places]
    final = [
        {i for top, _, items in found if 3 * (top - 1) >= 2 * n_items for i in items} for found in places
    ]
    return sorted(set.intersection(*first)), sorted(set.intersection(*final))
