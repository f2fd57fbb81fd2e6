"""C53: a second count that shares no code with the library, in plain Python, on 10,000 profiles."""

import random
from fractions import Fraction

from werkstatt.counting import Case, Profile, Ranking, decide

ITEMS = (2, 3, 4, 5)


def random_ballot(chance, n):
    """A ranking with ties, gaps and items without an opinion; sometimes nothing at all."""
    items = chance.sample(range(n), chance.randint(0, n))
    silent = [item for item in range(n) if item not in items and chance.random() < 0.3]
    levels = []
    while items:
        size = chance.choice((1, 1, 1, 2, 3))
        levels.append(tuple(items[:size]))
        items = items[size:]
    return Ranking(tuple(levels), frozenset(silent), chance.random() < 0.5)


def prefers(ballot, a, b):
    """Whether the ballot puts a above b, from the rule's own words."""
    if a in ballot.no_opinion or b in ballot.no_opinion:
        return False
    level = {item: number for number, items in enumerate(ballot.levels) for item in items}
    if a in level and b in level:
        return level[a] < level[b]
    return a in level and b not in level and ballot.rest_below


def plain_matrix(ballots, n):
    return [[sum(prefers(ballot, a, b) for ballot in ballots) for b in range(n)] for a in range(n)]


def plain_tiers(n, above):
    left, tiers = set(range(n)), []
    while left:
        tier = sorted(a for a in left if not any(above(b, a) for b in left))
        tiers.append(tuple(tier))
        left -= set(tier)
    return tuple(tiers)


def plain_schulze(matrix, n, winning_votes):
    links = sorted(
        {matrix[a][b] if winning_votes else matrix[a][b] - matrix[b][a] for a in range(n) for b in range(n)}
    )

    def link(a, b):
        if matrix[a][b] <= matrix[b][a]:
            return 0
        return matrix[a][b] if winning_votes else matrix[a][b] - matrix[b][a]

    def path(a, b):
        # The largest strength at which b can still be reached, by searching, not by matrix.
        for wanted in reversed(links):
            if wanted <= 0:
                return 0
            reached, todo = {a}, [a]
            while todo:
                item = todo.pop()
                for other in range(n):
                    if other not in reached and link(item, other) >= wanted:
                        reached.add(other)
                        todo.append(other)
            if b in reached:
                return wanted
        return 0

    paths = {(a, b): path(a, b) for a in range(n) for b in range(n) if a != b}
    return plain_tiers(n, lambda a, b: a != b and paths[a, b] > paths[b, a])


def plain_places(matrix, tiers, everybody, n):
    def sums(items, among):
        return [sum(matrix[a][b] - matrix[b][a] for b in among) for a in items]

    def wins(items):
        return [
            sum(
                Fraction(1)
                if matrix[a][b] > matrix[b][a]
                else Fraction(1, 2)
                if matrix[a][b] == matrix[b][a]
                else 0
                for b in range(n)
                if b != a
            )
            for a in items
        ]

    def split(items):
        for figure in (lambda: sums(items, items), lambda: wins(items), lambda: sums(items, range(n))):
            values = figure()
            if len(set(values)) > 1:
                out = []
                for wanted in sorted(set(values), reverse=True):
                    out += split([item for item, value in zip(items, values, strict=True) if value == wanted])
                return out
        return [items]

    places, first = [], 1
    for tier in tiers:
        for part in split(list(tier)):
            places.append((first, first + len(part) - 1, tuple(part)))
            first += len(part)
    return tuple(places)


def test_c53_ten_thousand_profiles():
    chance = random.Random(53)
    for number in range(10_000):
        n = chance.choice(ITEMS)
        ballots = [random_ballot(chance, n) for _ in range(chance.randint(0, 7))]
        winning_votes = bool(number % 2)
        profile = Profile.from_ballots(ballots, n)
        outcome = decide(Case.of(profile), "schulze", "winning-votes" if winning_votes else "margins")
        matrix = plain_matrix(ballots, n)
        assert outcome.matrix.tolist() == matrix, ballots
        tiers = plain_schulze(matrix, n, winning_votes)
        assert outcome.tiers == tiers, ballots
        assert outcome.places == plain_places(matrix, tiers, len(ballots), n), ballots
        assert profile.abstentions == sum(not ballot.levels for ballot in ballots)
