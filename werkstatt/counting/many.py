"""Schulze's order in many profiles at once, as `stability` needs it for a thousand resamples.

Strongest paths cost n^3, and most of that is wasted where majorities agree: paths are needed inside
knots only (see `knots`), and of a knot of two not even there, since it is a tied pair. In a room with
something like a common order most knots hold one item. In the worst case, no common order at all,
everything is one knot, and the paths are found for a block of profiles side by side, in bytes where the
strengths fit into bytes, and in two bytes by their ranks where they are larger.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from .knots import chain
from .profile import matrix_of, position_type

_CACHE = 1 << 20  # bytes of a block of paths, so that it stays in a processor's second cache
_BYTE = 255
_TWO_BYTES = 65_535
_NEARLY_ALL = 0.9
_RANKED_FROM = 16  # items of a knot from which ranking its majorities costs less than it spares


def schulze_many(
    n: int, votes: np.ndarray, counter: np.ndarray | None = None
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Schulze's order of `n` items in each of R profiles.

    `votes`: signed integers (pairs, R), the margins of a over b for all pairs a < b in the order of
    `np.triu_indices(n, 1)`; or, for winning votes, the votes for a over b, with `counter` those for
    b over a. Returns `ahead`, int64 (n, n), in how many profiles row stands above column; and the
    best and the worst place an item can have in each, counted from 1, integers (n, R).

    >>> ahead, best, worst = schulze_many(3, np.array([[5, 0], [3, 2], [1, 2]]))
    >>> ahead.tolist(), best.T.tolist(), worst.T.tolist()
    ([[0, 1, 2], [0, 0, 2], [0, 0, 0]], [[1, 2, 3], [1, 1, 3]], [[1, 2, 3], [2, 2, 3]])
    """
    order, last = chain(scores(n, votes, counter))
    profiles = len(order)
    _whole(last)
    ends = np.flatnonzero(last)
    sizes = np.diff(ends, prepend=-1)
    first = np.repeat((ends - sizes + 1) % n + 1, sizes)
    # One row more, for the items n that pad a knot; flat, because all goes by item and profile.
    best = np.empty((n + 1) * profiles, dtype=np.int16)
    worst = np.empty_like(best)
    where = (order * profiles + np.arange(profiles)[:, None]).ravel()
    best[where] = first
    worst[where] = first + np.repeat(sizes - 1, sizes)
    beyond = []
    for items, columns in _knots(order, ends, sizes):
        above = _above(n, items, columns, votes, counter)
        kind = np.int8 if len(items) < 128 else np.int16
        over = np.add.reduce(above.view(np.int8), axis=0, dtype=kind)
        where = items * profiles + columns
        best[where] += over
        worst[where] -= np.add.reduce(above.view(np.int8), axis=1, dtype=kind)
        # Pairs of which one has a better best place without standing above; there are few.
        level = over[:, None] < over
        level ^= above
        if items[-1].max() == n:
            level &= (items < n)[:, None]
        pair, knot = np.divmod(np.flatnonzero(level), len(columns))
        a, b = np.divmod(pair, len(items))
        beyond.append(items[a, knot] * n + items[b, knot])
    places = best.reshape(n + 1, profiles)[:n]
    ahead = matrix_of(places.astype(position_type(n)))
    if beyond:
        ahead -= np.bincount(np.concatenate(beyond), minlength=n * n).reshape(n, n)
    return ahead, places, worst.reshape(n + 1, profiles)[:n]


def _whole(last: np.ndarray) -> None:
    """Where a knot holds nearly all items, count the others in: gathering its pairs costs more than they do."""
    n = last.shape[1]
    ends = np.flatnonzero(last)
    large = ends[np.diff(ends, prepend=-1) > _NEARLY_ALL * n] // n
    last[large, :-1] = False


def scores(n: int, votes: np.ndarray, counter: np.ndarray | None = None) -> np.ndarray:
    """(n, R): pairs won less pairs lost; `votes` and `counter` as in `schulze_many`."""
    kind = position_type(n)
    found = np.zeros((n, votes.shape[1]), dtype=kind)
    row = 0
    for item in range(n - 1):
        rows = slice(row, row + n - 1 - item)
        against = 0 if counter is None else counter[rows]
        won, lost = votes[rows] > against, votes[rows] < against
        net = np.subtract(won.view(np.int8), lost.view(np.int8))
        found[item] += np.add.reduce(net, axis=0, dtype=kind)
        found[item + 1 :] -= net
        row = rows.stop
    return found


def _knots(order: np.ndarray, ends: np.ndarray, sizes: np.ndarray) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Knots of about one size side by side: items (size, K), ascending, and their profiles (K,).

    Sizes above four are rounded up to the next of a few; item n fills a knot up.
    """
    n = order.shape[1]
    large = np.flatnonzero(sizes > 2)
    ends, sizes = ends[large], sizes[large]
    grain = 1 << np.maximum(np.frexp(sizes)[1] - 3, 0)
    # A knot of all items is a case of its own, into which no smaller one must be rounded.
    rounded = np.where(sizes < n, np.minimum(-(-sizes // grain) * grain, n - 1), n)
    for size in np.unique(rounded).tolist():
        those = np.flatnonzero(rounded == size)
        step = max(64, _CACHE // (size * size) // 64 * 64)
        slots = np.arange(size)
        for at in range(0, len(those), step):
            some = those[at : at + step]
            own = sizes[some, None]
            start = ends[some, None] - own + 1
            items = order.ravel().take(start + slots, mode="clip")
            items[slots >= own] = n
            items.sort(axis=1)
            yield np.ascontiguousarray(items.T), start[:, 0] // n


def _above(
    n: int, items: np.ndarray, columns: np.ndarray, votes: np.ndarray, counter: np.ndarray | None
) -> np.ndarray:
    """bool (size, size, K): in a knot row stands above column, by the strongest paths inside it."""
    size = len(items)
    upper, lower = np.triu_indices(size, 1)
    if size == n:
        forth = votes[:, columns]
        back = None if counter is None else counter[:, columns]
    else:
        # The pair a < b is row a (2n-3-a) / 2 + b - 1, those before a's first; a padded pair is none.
        nowhere = items == n
        rows = np.where(nowhere, 0, items * (2 * n - 3 - items) // 2) * votes.shape[1] + columns
        where = rows[upper] + np.where(nowhere, 0, (items - 1) * votes.shape[1])[lower]
        forth = votes.ravel().take(where)
        back = None if counter is None else counter.ravel().take(where)
        if nowhere[-1].any():
            forth[nowhere[lower]] = 0
            if back is not None:
                back[nowhere[lower]] = 0
    if back is None:
        forth, back = np.maximum(forth, 0), np.maximum(-forth, 0)
    else:
        forth, back = np.where(forth > back, forth, 0), np.where(back > forth, back, 0)
    forth, back = _narrow(forth, back)
    paths = np.zeros((size, size, len(columns)), dtype=forth.dtype)
    paths[upper, lower], paths[lower, upper] = forth, back
    # Many rows go in two halves, which leaves less to keep in the cache beside the paths.
    parts = np.array_split(paths, 1 + (size > 24))
    through = np.empty_like(parts[0])
    for middle in range(size):
        for part in parts:
            np.minimum(part[:, middle, None], paths[middle], out=through[: len(part)])
            np.maximum(part, through[: len(part)], out=part)
    return paths > paths.swapaxes(0, 1)


def _narrow(forth: np.ndarray, back: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Strengths (0 where there is no majority) as other numbers in the same order, in bytes if they fit.

    Paths only compare strengths of one profile, and a processor compares twice as many bytes at once as
    pairs of them. Complete ballots give margins that are all even or all odd, so that half of each will do.
    Of more than two bytes there are their ranks; of small knots that would cost more than it spares.
    """
    strong = forth | back  # one of the two is 0
    top = int(strong.max(initial=0))
    if top > 2 * _BYTE:
        return _by_rank(strong, forth, back) if forth.dtype.itemsize > 2 else (forth, back)
    if top > _BYTE:
        odd = strong & 1
        if odd.any() and ((strong > 0) > odd).any():
            return forth, back
        forth, back = (forth + 1) >> 1, (back + 1) >> 1
    return forth.astype(np.uint8), back.astype(np.uint8)


def _by_rank(strong: np.ndarray, forth: np.ndarray, back: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """uint16 (pairs, K) twice: each majority's rank among those of its profile, the weakest being 1."""
    pairs, profiles = strong.shape
    bits = pairs.bit_length()
    if pairs < _RANKED_FROM * (_RANKED_FROM - 1) // 2 or pairs > _TWO_BYTES or int(strong.max()) >> 62 - bits:
        return forth, back
    # Strength and pair as one number, which numpy sorts many times faster than it sorts by a key.
    both = strong.T.astype(np.int64, order="C")
    both <<= bits
    both |= np.arange(pairs)
    both.sort(axis=1)
    sorted_ = both >> bits
    rank = np.empty(both.shape, dtype=np.uint16)
    rank[:, 0] = sorted_[:, 0] > 0
    np.not_equal(sorted_[:, 1:], sorted_[:, :-1], out=rank[:, 1:], casting="unsafe")
    np.cumsum(rank, axis=1, dtype=np.uint16, out=rank)
    both &= (1 << bits) - 1
    both += np.arange(0, profiles * pairs, pairs)[:, None]
    found = np.empty(profiles * pairs, dtype=np.uint16)
    found[both.ravel()] = rank.ravel()
    ranks = np.ascontiguousarray(found.reshape(profiles, pairs).T)
    forth = ranks * (forth > 0)
    return forth, ranks - forth
