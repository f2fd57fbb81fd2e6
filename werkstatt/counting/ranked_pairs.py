"""Ranked Pairs (Tideman), with a rule for equal pairs that knows no input order."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby
from operator import itemgetter

import numpy as np

from .chains import shortest
from .knots import knots
from .outcome import Case, Verdict, peel

Pair = tuple[int, int]
_BUDGET = 400  # lockings tried to show that every order gives the same outcome
_BUDGET_REFINED = 50  # and, once orders are known to differ, what all finer ones agree on


class Locked:
    """A relation without cycles, closed under "above": bit b of `below[a]` says a stands above b."""

    __slots__ = ("below",)

    def __init__(self, below: list[int]):
        self.below = below

    @classmethod
    def nothing(cls, n: int) -> Locked:
        return cls([0] * n)

    def copy(self) -> Locked:
        return Locked(self.below.copy())

    def has(self, a: int, b: int) -> bool:
        return bool(self.below[a] >> b & 1)

    def lock(self, a: int, b: int) -> None:
        """Add a above b and all that follows from it."""
        if self.has(a, b):
            return
        gained = self.below[b] | 1 << b
        self.below = [below | gained if below >> a & 1 else below for below in self.below]
        self.below[a] |= gained

    def whole(self) -> bool:
        """Whether it orders every pair, so that nothing is left to lock."""
        n = len(self.below)
        return sum(map(int.bit_count, self.below)) == n * (n - 1) // 2

    def relation(self) -> np.ndarray:
        """bool (n, n)."""
        n = len(self.below)
        width = n + 7 >> 3
        raw = b"".join(below.to_bytes(width, "little") for below in self.below)
        packed = np.frombuffer(raw, dtype=np.uint8).reshape(n, width)
        return np.unpackbits(packed, axis=1, count=n, bitorder="little").astype(bool)


def ranked_pairs(case: Case, strength: str = "margins") -> Verdict:
    """Lock majorities from the strongest down, leaving out each that would close a circle.

    Definition: majorities are taken in order of strength; one is locked unless the locked ones
    already lead back. Exactly tied pairs are never locked. Tiers are peeled off what is locked.

    Equal pairs: of two majorities of one strength the one with more votes behind it goes first,
    then the one with the larger difference of averaged Borda points between its two items. Pairs
    equal in all of this are taken together: locked are those that would be locked in whatever
    order, and the others are left open. Nothing of this depends on the order of items or ballots.
    If pairs of equal strength compete at all, other orders of them are tried; an outcome that
    would change, or for which there were too many orders to try, says `order_dependent`. All of it
    happens inside knots (see `knots`): between them every majority is locked.

    Paper: T. N. Tideman, "Independence of clones as a criterion for voting rules", Social Choice
    and Welfare 4 (1987); on equal pairs T. M. Zavist and T. N. Tideman, the same 6 (1989), and
    M. Brill and F. Fischer, "The price of neutrality for the ranked pairs method", AAAI (2012).

    Properties: Condorcet winner and loser, Smith, monotone, clone-independent, reversal symmetric
    (all up to equal pairs), O(n^3) for n items. Not: participation.

    Figures: "overruled", the majorities left out. Steps: one for each of these, {"step":
    "overruled", "winner", "loser", "strength", "chain"}: a chain of locked majorities from the
    loser to the winner, each at least as strong.

    Three items in a circle; the weakest of the three majorities is left out:

    >>> verdict = ranked_pairs(Case(np.array([[0, 7, 4], [2, 0, 6], [5, 3, 0]]), 9))
    >>> verdict.tiers, verdict.steps[0]["chain"], verdict.order_dependent
    (((0,), (1,), (2,)), [0, 1, 2], False)
    """
    force = case.strength(strength)
    tiers: list[tuple[int, ...]] = []
    steps: list[dict] = []
    order_dependent = False
    for knot in knots(case.margins):
        if len(knot) < 3:  # one item, or a tied pair
            tiers.append(tuple(knot))
            continue
        relations, changes = _settle(case, force, knot)
        order_dependent |= changes
        # What every order agrees on; where the tiers are the same for all of them, they are any one's.
        agreed = np.logical_and.reduce(relations)
        own = peel(agreed if changes else relations[0])
        tiers += [tuple(knot[index] for index in tier) for tier in own]
        steps += _overruled(force[np.ix_(knot, knot)], agreed, knot)
    steps.sort(key=lambda step: (-step["strength"], step["winner"], step["loser"]))
    return Verdict(
        tiers=tuple(tiers),
        figures={"overruled": [(step["winner"], step["loser"]) for step in steps]},
        steps=steps,
        order_dependent=order_dependent,
    )


def _settle(case: Case, force: np.ndarray, knot: list[int]) -> tuple[list[np.ndarray], bool]:
    """What is locked inside a knot, in each order that counts, and whether the order changes tiers."""
    inside = force[np.ix_(knot, knot)]
    by_strength = _classes(inside, inside > 0)
    locked, fork = _lock(Locked.nothing(len(knot)), by_strength)
    if fork is None:
        return [locked.relation()], False
    # Up to the first class whose order matters all orders lock the same.
    start, left = fork
    if not _opposite_orders_differ(start, left):
        relations = [one.relation() for one in _every_order(start, left, _BUDGET)]
        if len({peel(relation) for relation in relations}) == 1:
            return relations, False
    points, matrix = case.borda_x2[knot].tolist(), case.matrix[np.ix_(knot, knot)].tolist()
    refined = [
        finer
        for pairs in left
        for finer in _finer([((matrix[a][b], points[a] - points[b]), a, b) for a, b in pairs])
    ]
    locked, fork = _lock(start, refined)
    found = (fork and _every_order(*fork, _BUDGET_REFINED)) or [locked]
    return [one.relation() for one in found], True


def _descending(force: np.ndarray, chosen: np.ndarray) -> tuple[list[Pair], list[int]]:
    """The pairs for which `chosen` is true, the strongest first, else in the order of their items; and their force."""
    pairs = np.argwhere(chosen)
    found = force[chosen]
    order = np.argsort(-found, kind="stable")
    return list(map(tuple, pairs[order].tolist())), found[order].tolist()


def _classes(force: np.ndarray, chosen: np.ndarray) -> list[list[Pair]]:
    """The pairs for which `chosen` is true, the strongest first, those of one strength together."""
    pairs = zip(*_descending(force, chosen), strict=True)
    return [[pair for pair, _ in same] for _, same in groupby(pairs, key=itemgetter(1))]


def _finer(pairs: list[tuple]) -> list[list[Pair]]:
    """Pairs from (key, a, b), the largest key first, those with the same key together."""
    pairs.sort(reverse=True)
    return [[(a, b) for _, a, b in same] for _, same in groupby(pairs, key=itemgetter(0))]


def _lock(start: Locked, classes: list[list[Pair]]) -> tuple[Locked, tuple[Locked, list[list[Pair]]] | None]:
    """What is locked in every order of the pairs of a class, `start` being locked already.

    `sure` holds the pairs locked in every order, `maybe` also those locked in some. A pair is sure
    if nothing that may be locked leads back, and out if something sure leads back. If the order
    matters at all, the second value is what was locked before the first class in which it does, and
    that class with all later ones.
    """
    sure = maybe = start.copy()
    fork = None
    for number, pairs in enumerate(classes):
        below = sure.below
        open_pairs = [(a, b) for a, b in pairs if not (below[b] >> a | below[a] >> b) & 1]
        if not open_pairs:
            continue
        if sure is maybe and len(open_pairs) == 1:
            sure.lock(*open_pairs[0])
            if sure.whole():
                break
            continue
        wider = maybe.copy()
        for a, b in open_pairs:
            wider.lock(a, b)
        firm = [(a, b) for a, b in open_pairs if not wider.has(b, a)]
        if sure is maybe and len(firm) == len(open_pairs):
            sure = maybe = wider
            continue
        if fork is None:
            fork = sure, classes[number:]
            sure = sure.copy()
        for a, b in firm:
            sure.lock(a, b)
        maybe = wider
    return sure, fork


def _opposite_orders_differ(start: Locked, classes: list[list[Pair]]) -> bool:
    """Whether two opposite orders of the equal pairs give two outcomes: mostly, if any do, they do at once.

    Which two are tried hangs on the numbers of the items. So this may only spare a search that would
    end the same way, and never say how far one goes.
    """
    one, other = (_one_order(start, classes, step) for step in (1, -1))
    return peel(one.relation()) != peel(other.relation())


def _every_order(start: Locked, classes: list[list[Pair]], budget: int) -> list[Locked]:
    """What the orders of the equal pairs lock: all results, or none if there are more than `budget` to try.

    Every locking is tried once, whichever comes first, so that their number, and with it the giving
    up, is the same whatever the items are called.
    """
    states = {tuple(start.below)}
    for pairs in classes:
        after: set[tuple[int, ...]] = set()
        todo = [(state, tuple(pairs)) for state in states]
        seen = set(todo)
        while todo:
            budget -= len(pairs) > 1
            if budget < 0:
                return []
            state, left = todo.pop()
            locked = Locked(list(state))
            left = tuple((a, b) for a, b in left if not locked.has(b, a) and not locked.has(a, b))
            wider = locked.copy()
            for a, b in left:
                wider.lock(a, b)
            contested = tuple((a, b) for a, b in left if wider.has(b, a))
            # A pair on no circle is locked in every order, so it may be locked at once.
            for a, b in left:
                if not wider.has(b, a):
                    locked.lock(a, b)
            if not contested:
                after.add(tuple(locked.below))
            for a, b in contested:
                branch = locked.copy()
                branch.lock(a, b)
                node = (tuple(branch.below), tuple(pair for pair in contested if pair != (a, b)))
                if not locked.has(b, a) and node not in seen:
                    seen.add(node)
                    todo.append(node)
                    if len(todo) > budget:  # all of them would have to be tried
                        return []
        states = after
    return [Locked(list(state)) for state in sorted(states)]


def _one_order(start: Locked, classes: list[list[Pair]], step: int) -> Locked:
    locked = start.copy()
    for pairs in classes:
        for a, b in pairs[::step]:
            if not locked.has(b, a):
                locked.lock(a, b)
    return locked


def _overruled(force: np.ndarray, relation: np.ndarray, names: list[int]) -> Iterator[dict]:
    """The majorities of a knot left out, each with a chain of stronger ones that leads back.

    The chain is the shortest over majorities in the result at least as strong; it is empty where
    the orders of equal pairs agree on the outcome but not on one chain.
    """
    against = _descending(force, (force > 0) & relation.T)
    kept, kept_force = _descending(force, (force > 0) & relation)
    forward, back = [0] * len(force), [0] * len(force)
    used = 0
    for (winner, loser), strength in zip(*against, strict=True):
        while used < len(kept) and kept_force[used] >= strength:
            a, b = kept[used]
            forward[a] |= 1 << b
            back[b] |= 1 << a
            used += 1
        yield {
            "step": "overruled",
            "winner": names[winner],
            "loser": names[loser],
            "strength": strength,
            "chain": [names[index] for index in shortest((forward, back), loser, winner)],
        }
