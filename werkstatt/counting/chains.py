"""Chains of majorities: the shortest way from one item to another, over sets of items as bits of integers."""

from __future__ import annotations

import numpy as np

Links = tuple[list[int], list[int]]


class Chains:
    """The strongest chains of one set of majorities, whose links are looked up once for each strength.

    `strength`, `paths`: int64 (n, n), majorities and strongest paths, as in `schulze.strongest_paths`.

    >>> strength = np.array([[0, 3, 0], [0, 0, 2], [1, 0, 0]])
    >>> chains = Chains(strength, np.array([[0, 3, 2], [1, 0, 2], [1, 1, 0]]))
    >>> chains.between(0, 2), chains.between(2, 1)
    ([0, 1, 2], [2, 0, 1])
    """

    def __init__(self, strength: np.ndarray, paths: np.ndarray):
        self._strength, self._paths = strength, paths
        self._links: dict[int, Links] = {}

    def between(self, a: int, b: int) -> list[int]:
        """The items on the shortest of the strongest paths from `a` to `b`; empty if there is no path.

        Of equally short ones that over the lowest items.
        """
        weakest = int(self._paths[a, b])
        if not weakest:
            return []
        if weakest not in self._links:
            self._links[weakest] = links_of(self._strength >= weakest)
        return shortest(self._links[weakest], a, b)


def links_of(relation: np.ndarray) -> Links:
    """A relation (n, n) of bool as bits: bit b of the first list's item a, and bit a of the second's item b."""
    return _rows(relation), _rows(relation.T)


def _rows(relation: np.ndarray) -> list[int]:
    packed = np.packbits(relation, axis=1, bitorder="little")
    width, raw = packed.shape[1], packed.tobytes()
    return [int.from_bytes(raw[at : at + width], "little") for at in range(0, len(raw), width)]


def shortest(links: Links, start: int, end: int) -> list[int]:
    """The items of the shortest path from `start` to `end`, lowest index first; empty if there is none.

    >>> shortest(links_of(np.array([[0, 1, 0], [0, 0, 1], [1, 0, 0]], dtype=bool)), 0, 2)
    [0, 1, 2]
    """
    forward, back = links
    layers = [1 << start]
    reached = layers[0]
    while not layers[-1] & back[end]:
        wider = 0
        for item in _bits(layers[-1]):
            wider |= forward[item]
        wider &= ~reached
        if not wider:
            return []
        reached |= wider
        layers.append(wider)
    path = [end]
    for layer in reversed(layers):
        candidates = layer & back[path[-1]]
        path.append((candidates & -candidates).bit_length() - 1)
    return path[::-1]


def _bits(mask: int):
    while mask:
        low = mask & -mask
        yield low.bit_length() - 1
        mask ^= low
