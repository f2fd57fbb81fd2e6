"""A second count in plain Python: votes, strongest paths, wins and points, with fractions and loops."""

from fractions import Fraction


def level_of(ballot, item):
    for depth, level in enumerate(ballot.levels):
        if item in level:
            return depth
    return len(ballot.levels) if ballot.rest_below and item not in ballot.no_opinion else None


class View:
    """One way of weighing the ballots: votes, strongest paths, Copeland and Borda scores."""

    def __init__(self, ballots, weights, n, strength):
        self.n, every = n, range(n)
        self.votes = [[Fraction(0)] * n for _ in every]
        for ballot, weight in zip(ballots, weights, strict=True):
            levels = [level_of(ballot, item) for item in every]
            for a in every:
                for b in every:
                    if None not in (levels[a], levels[b]) and levels[a] < levels[b]:
                        self.votes[a][b] += weight
        self.by_votes = strength == "winning-votes"
        self.paths = [[self.force(a, b) for b in every] for a in every]
        for k in every:
            for a in every:
                for b in every:
                    if a != b:
                        through = min(self.paths[a][k], self.paths[k][b])
                        self.paths[a][b] = max(self.paths[a][b], through)
        total = sum(weight for ballot, weight in zip(ballots, weights, strict=True) if ballot.levels)
        self.copeland = [sum((Fraction(1, 2), 1, 0)[self.sign(a, b)] for b in every if b != a) for a in every]
        self.borda = [((n - 1) * total + sum(self.margin(a, b) for b in every)) / 2 for a in every]

    def margin(self, a, b):
        return self.votes[a][b] - self.votes[b][a]

    def sign(self, a, b):
        return (self.margin(a, b) > 0) - (self.margin(a, b) < 0)

    def force(self, a, b):
        if self.margin(a, b) <= 0:
            return Fraction(0)
        return self.votes[a][b] if self.by_votes else self.margin(a, b)

    def level(self, items):
        return all(self.paths[a][b] == self.paths[b][a] for a in items for b in items if a != b)

    def sums(self, items):
        return {a: sum(self.margin(a, b) for b in items) for a in items}

    def even(self, items):
        return all(self.margin(a, b) == 0 for a in items for b in items)

    def above(self, a, b):
        return self.paths[a][b] > self.paths[b][a]
