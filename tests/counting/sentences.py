"""Every sentence that gives a reason, taken at its word: a second count in plain Python must bear it out.

`Room` counts on its own, with fractions and loops; `Room.hear` knows each sentence and fails at one it does
not know. Items are called A, B, C, ...
"""

import re
from fractions import Fraction
from itertools import pairwise

from tests.counting.sentences_items import OF_AN_ITEM, OfAnItem
from tests.counting.spoken import LINK, NAMES, PLACE, WORDS, items_of, number, place_of
from tests.counting.views import View


class Room(OfAnItem):
    """A round and what it says of itself; `pair` is the upper and the lower item of the last comparison."""

    def __init__(self, full, ballots, groups=()):
        n, strength = full.n_items, full.data["strength"]
        self.full, self.ballots = full, ballots
        self.person = View(ballots, [ballot.weight for ballot in ballots], n, strength)
        self.led = self.person
        if full.leading == "sector":
            said = [ballot for ballot in ballots if ballot.levels]
            owner = {name: group for group in groups for name in group}
            sizes = {group: sum(owner[ballot.group] == group for ballot in said) for group in groups}
            shares = [Fraction(ballot.weight, sizes[owner[ballot.group]]) for ballot in said]
            self.led = View(said, shares, n, strength)
        self.pair = self.tied = None
        self.told = []

    def hear(self, text):
        """Split a text into sentences and hold each against the second count; returns which they were."""
        self.told = []
        for sentence in re.split(r"(?<=\.) (?=[A-ZÄÖÜ])", text):
            for pattern, check in SAYINGS.items():
                if found := re.fullmatch(pattern, sentence):
                    check(self, *found.groups())
                    self.told.append(check.__name__)
                    break
            else:
                raise AssertionError(f"nobody knows the sentence {sentence!r}")
        return self.told

    def links(self, text, view):
        """A chain, each link a majority with its true figures; returns its items."""
        found = [re.fullmatch(LINK, part).groups() for part in text.split(", ")]
        chain = [NAMES.index(found[0][0]), *(NAMES.index(b) for _, b, _, _ in found)]
        assert [(NAMES[a], NAMES[b]) for a, b in pairwise(chain)] == [(a, b) for a, b, _, _ in found]
        for (a, b), (_, _, votes, against) in zip(pairwise(chain), found, strict=True):
            assert view.force(a, b) > 0
            if view is self.person:
                assert (view.votes[a][b], view.votes[b][a]) == (number(votes), number(against))
                assert number(votes) > number(against)
            else:
                assert votes is None, "the sectors' view tells no figures"
        return chain

    def weakest(self, chain, view):
        return min(view.force(a, b) for a, b in pairwise(chain))

    # -- the pair itself

    def stands(self, a, b, first, second):
        self.pair = NAMES.index(a), NAMES.index(b)
        places = place_of(first), place_of(second)
        assert places[0][1] < places[1][0]
        assert [self.full.place_of(item) for item in self.pair] == list(places)

    def stands_shared(self, a, b, name, first, other, second):
        assert (name, other) == (a, b)
        self.stands(a, b, first, second)

    def votes(self, one, a, other, b):
        a, b = NAMES.index(a), NAMES.index(b)
        assert (a, b) == self.pair
        assert (self.person.votes[a][b], self.person.votes[b][a]) == (number(one), number(other))

    def more_wins(self, name, other, more, fewer):
        lower, upper = NAMES.index(name), NAMES.index(other)
        self.pair = upper, lower
        assert self.full.place_of(upper)[1] < self.full.place_of(lower)[0]
        won = [sum(self.person.sign(a, b) > 0 for b in range(self.person.n)) for a in (lower, upper)]
        assert won == [int(more), int(fewer)]
        assert won[0] > won[1]

    def not_only(self, by_votes):
        assert self.full.leading == "person"
        assert bool(by_votes) == self.by_votes

    # -- majorities

    def clearer(self, chain, weak, plural=None):
        assert not plural or (plural == "Stimme") == (weak == "1")
        chain = self.links(chain, self.person)
        a, b = self.pair
        assert (chain[0], chain[-1]) == (a, b)
        assert self.weakest(chain, self.person) == number(weak) > self.person.paths[b][a]

    def only(self, b, a, slack):
        upper, lower = self.pair
        assert (NAMES[upper], NAMES[lower]) == (a, b)
        assert 0 < self.person.force(lower, upper) == number(slack) < self.person.paths[upper][lower]

    def way_back(self, chain, slack, plural=None):
        assert not plural or (plural == "Stimme") == (slack == "1")
        chain = self.links(chain, self.person)
        a, b = self.pair
        assert (chain[0], chain[-1]) == (b, a)
        assert self.weakest(chain, self.person) == number(slack) == self.person.paths[b][a]
        assert number(slack) < self.person.paths[a][b]

    def sectors_lead(self):
        assert self.full.leading == "sector"

    def sectors_direct(self, a, b):
        assert (NAMES.index(a), NAMES.index(b)) == self.pair
        upper, lower = self.pair
        assert self.led.force(upper, lower) > self.led.paths[lower][upper]

    @property
    def by_votes(self):
        return self.full.data["strength"] == "winning-votes"

    def sectors_chain(self, by_votes, chain):
        assert bool(by_votes) == self.by_votes, "a majority is clearer by its lead, not by its votes"
        chain = self.links(chain, self.led)
        a, b = self.pair
        assert (chain[0], chain[-1]) == (a, b)
        assert self.weakest(chain, self.led) > self.led.paths[b][a]

    def stage(self, c, b, a, same):
        upper, lower = self.pair
        assert (NAMES[upper], NAMES[lower], NAMES[lower]) == (a, b, same)
        other = NAMES.index(c)
        assert self.led.above(other, lower)
        assert not self.led.above(other, upper)
        assert self.tied == [upper, lower]
        self.pair = other, lower

    def stage_chain(self, chain):
        chain = self.links(chain, self.led)
        a, b = self.pair
        assert (chain[0], chain[-1]) == (a, b)
        assert self.weakest(chain, self.led) > self.led.paths[b][a]

    # -- ties

    def level(self, also, items, circle):
        self.tied = items_of(items)
        assert self.led is self.person
        assert self.led.level(self.tied)
        assert bool(circle) == (not also and not self.led.even(self.tied))
        assert not also or (len(self.tied) == 2 and self.led.even(self.tied))

    def balanced(self, items):
        self.tied = items_of(items)
        assert self.led is self.person
        assert self.led.level(self.tied)
        assert set(self.led.sums(self.tied).values()) == {0}

    def sectors_level(self, items, also=None):
        self.tied = items_of(items)
        assert self.led is not self.person
        assert self.led.level(self.tied)
        assert not also or (len(self.tied) == 2 and self.led.even(self.tied))

    def sectors_balanced(self, items):
        self.sectors_level(items)
        assert len(self.tied) > 2
        assert set(self.led.sums(self.tied).values()) == {0}

    def figures(self, text, true):
        """The parts in order, each item with its true figure, which falls from part to part."""
        parts = [re.fullmatch(r"(.+?)(?: je)? (\S+)", part).groups() for part in text.split("; ")]
        numbers = [number(figure) for _, figure in parts]
        assert numbers == sorted(set(numbers), reverse=True)
        for (items, _), figure in zip(parts, numbers, strict=True):
            for item in items_of(items):
                assert item in self.tied
                assert true[item] == figure

    def by_pair(self, one, a, other, b):
        assert set(self.tied) == {NAMES.index(a), NAMES.index(b)}
        self.pair = NAMES.index(a), NAMES.index(b)
        self.votes(one, a, other, b)
        assert number(one) > number(other)

    def by_pair_in_short(self):
        assert set(self.tied) == set(self.pair)
        assert self.led.margin(*self.pair) > 0

    def by_sums(self, figures):
        assert len(self.tied) > 2
        self.figures(figures, self.led.sums(self.tied))

    def by_wins(self, figures):
        assert set(self.led.sums(self.tied).values()) == {0}
        self.figures(figures, self.led.copeland)

    def by_points(self, figures):
        assert len({self.led.copeland[item] for item in self.tied}) == 1
        self.figures(figures, self.led.borda)

    def sectors_by_pair(self):
        assert len(self.tied) == 2
        a, b = sorted(self.tied, key=self.full.place_of)
        assert self.led.margin(a, b) > 0

    def sectors_by_sums(self):
        assert len(self.tied) > 2
        assert len(set(self.led.sums(self.tied).values())) > 1

    def sectors_by_wins(self):
        assert len({self.led.copeland[item] for item in self.tied}) > 1

    def sectors_by_points(self):
        assert len({self.led.copeland[item] for item in self.tied}) == 1
        assert len({self.led.borda[item] for item in self.tied}) > 1

    def order(self, text):
        parts = [items_of(part) for part in text.split("; ")]
        assert sorted(item for part in parts for item in part) == sorted(self.tied)
        for upper, lower in pairwise(parts):
            assert max(map(self.full.place_of, upper)) < min(map(self.full.place_of, lower))

    # -- shared places

    def share(self, a, b):
        assert self.full.place_of(NAMES.index(a)) == self.full.place_of(NAMES.index(b))

    def shared(self, first, last, how):
        items = next(items for top, end, items in self.full.places if (top, end) == (int(first), int(last)))
        assert (self.led is self.person) == (not how.startswith("Wiegen"))
        assert self.led.level(items)
        assert set(self.led.sums(items).values()) == {0}
        assert len({(self.led.copeland[item], self.led.borda[item]) for item in items}) == 1
        assert WORDS[re.search(r"diese[r]? (\w+)", how).group(1)] == len(items)
        if "irekten Vergleich" in how:
            assert self.led.even(items)
        if "im Kreis" in how:
            assert not self.led.even(items)

    def no_lot(self):
        pass

    # -- majorities turned round

    def although(self, one, winner, other, loser):
        winner, loser = NAMES.index(winner), NAMES.index(loser)
        assert self.full.place_of(loser)[1] < self.full.place_of(winner)[0]
        assert (self.person.votes[winner][loser], self.person.votes[loser][winner]) == (
            number(one),
            number(other),
        )
        assert number(one) > number(other)
        self.pair = loser, winner

    def further(self, more):
        assert int(more) > 0

    def against(self, chain):
        chain = self.links(chain, self.person)
        upper, lower = self.pair
        assert (chain[0], chain[-1]) == (upper, lower)
        assert self.weakest(chain, self.person) >= self.person.force(lower, upper)

    def several_ways(self):
        upper, lower = self.pair
        assert self.person.paths[upper][lower] >= self.person.force(lower, upper) > 0

    def sectors_against(self, upper, lower):
        """Only where there is no majority the other way in this view; what decided comes next."""
        assert (NAMES.index(upper), NAMES.index(lower)) == self.pair
        assert self.led.force(*self.pair[::-1]) == 0

    def sectors_against_back(self, by_votes, chain):
        assert bool(by_votes) == self.by_votes
        chain = self.links(chain, self.led)
        upper, lower = self.pair
        assert (chain[0], chain[-1]) == (upper, lower)
        assert self.weakest(chain, self.led) >= self.led.force(lower, upper) > 0

    # -- the whole list

    def left(self):
        """Who leaves something unranked without calling it "no opinion": whether it stands below."""
        return {
            ballot.rest_below
            for ballot in self.ballots
            if ballot.levels and sum(map(len, ballot.levels)) + len(ballot.no_opinion) < self.person.n
        }

    def other_way(self, of_below, of_silent, both, moved=None):
        assert self.left() == ({True, False} if both else {True} if of_below else {False})
        for name, after, before in re.findall(r"(\w) \((.+?)(?: statt |, nicht )(.+?)\)", moved or ""):
            assert place_of(before) == self.full.place_of(NAMES.index(name)) != place_of(after)


VOTES = r"([\d/½]+) für (\w), ([\d/½]+) für (\w)\."
OTHER_WAY = (
    r"Läse man die nicht eingeordneten Empfehlungen umgekehrt \((?:(als ohne Meinung statt als weniger wichtig)|"
    r"(als weniger wichtig statt als ohne Meinung))(, und andersherum)?\)"
)
SAYINGS = {
    **OF_AN_ITEM,
    r"(\w) steht vor (\w) \((Platz \d+) vor (Platz \d+)\)\.": Room.stands,
    rf"(\w) steht vor (\w) \((\w): ({PLACE}), (\w): ({PLACE})\)\.": Room.stands_shared,
    rf"Im direkten Vergleich {VOTES}": Room.votes,
    r"(\w) gewinnt mehr Vergleiche als (\w) \((\d+) gegen (\d+)\) und steht trotzdem dahinter\.": Room.more_wins,
    r"Es zählt nicht nur, wie viele Vergleiche gewonnen werden, sondern auch gegen wen und (?:wie deutlich|(mit wie vielen Stimmen))\.": Room.not_only,
    r"Den Ausschlag geben deutlichere Mehrheiten: (.+); die knappste davon hat einen Vorsprung von (\S+)\.": Room.clearer,
    r"Den Ausschlag geben Mehrheiten mit mehr Stimmen: (.+); die schwächste davon hat (\S+) (Stimmen?)\.": Room.clearer,
    r"Der Vorsprung von (\w) vor (\w) ist nur (\S+)\.": Room.only,
    r"(\w) hat gegen (\w) nur (\S+)\.": Room.only,
    r"In der Gegenrichtung: (.+); die knappste davon hat nur einen Vorsprung von (\S+)\.": Room.way_back,
    r"In der Gegenrichtung: (.+); die schwächste davon hat nur (\S+) (Stimmen?)\.": Room.way_back,
    r"Maßgeblich ist die Sicht, in der alle Akteursgruppen gleich viel wiegen\.": Room.sectors_lead,
    r"Zahlen dieser Sicht stehen hier nicht: Aus ihnen .+\.": Room.sectors_lead,
    r"Dort liegt (\w) im direkten Vergleich vor (\w)\.": Room.sectors_direct,
    r"Dort geben (?:die deutlicheren Mehrheiten|(Mehrheiten mit mehr Stimmen)) den Ausschlag: (.+)\.": Room.sectors_chain,
    r"(\w) liegt dort aber vor (\w) und nicht vor (\w); deshalb steht (\w) tiefer\.": Room.stage,
    r"Den Ausschlag gibt dabei: (.+)\.": Room.stage_chain,
    r"Im Verfahren( und im direkten Vergleich)? liegen (.+) gleichauf(, weil Mehrheiten im Kreis gehen)?\.": Room.level,
    r"Im Verfahren liegen (.+) gleichauf, und ihre Vergleiche untereinander gleichen sich aus\.": Room.balanced,
    r"In der führenden Sicht liegen (.+) gleichauf(, auch im direkten Vergleich)?\.": Room.sectors_level,
    r"In der führenden Sicht liegen (.+) gleichauf, und ihre Vergleiche untereinander gleichen sich aus\.": Room.sectors_balanced,
    rf"Entschieden hat der direkte Vergleich: {VOTES}": Room.by_pair,
    r"Entschieden hat der direkte Vergleich\.": Room.by_pair_in_short,
    r"Entschieden hat die Summe der Vorsprünge in ihren Vergleichen untereinander: (.+)\.": Room.by_sums,
    r"Entschieden hat die Zahl gewonnener Vergleiche \(ein unentschiedener zählt halb\): (.+)\.": Room.by_wins,
    r"Auch nach gewonnenen Vergleichen liegen sie gleichauf; entschieden haben die Punkte: (.+)\.": Room.by_points,
    r"Entschieden hat dort der direkte Vergleich\.": Room.sectors_by_pair,
    r"Entschieden hat dort die Summe der Vorsprünge in ihren Vergleichen untereinander\.": Room.sectors_by_sums,
    r"Entschieden hat dort die Zahl gewonnener Vergleiche \(.+\)\.": Room.sectors_by_wins,
    r"Auch nach gewonnenen Vergleichen liegen sie dort gleichauf; entschieden haben die Punkte\.": Room.sectors_by_points,
    r"Reihenfolge danach: (.+)\.": Room.order,
    r"(\w) und (\w) teilen sich den Platz\.": Room.share,
    r"Plätze (\d+) (?:und|bis) (\d+) sind geteilt: (.+)\.": Room.shared,
    r"Es wurde nicht gelost\.": Room.no_lot,
    rf"Zwar {VOTES}": Room.although,
    r"Dagegen stehen aber mindestens so deutliche Mehrheiten; gleich starke lassen dafür mehrere Wege\.": (
        Room.several_ways
    ),
    r"Dagegen stehen aber Mehrheiten mit mindestens so vielen Stimmen; gleich starke lassen dafür mehrere Wege\.": (
        Room.several_ways
    ),
    r"Dagegen stehen aber mindestens so deutliche Mehrheiten: (.+)\.": Room.against,
    r"Dagegen stehen aber Mehrheiten mit mindestens so vielen Stimmen: (.+)\.": Room.against,
    r"Wiegen alle Akteursgruppen gleich viel, stehen dagegen aber (?:deutlichere Mehrheiten|(Mehrheiten mit mehr Stimmen)): (.+)\.": (
        Room.sectors_chain
    ),
    r"Ebenso weitere Mehrheiten: (\d+)\.": Room.further,
    r"Wiegen alle Akteursgruppen gleich viel, liegt aber (\w) im direkten Vergleich vor (\w)\.": Room.sectors_direct,
    r"Wiegen alle Akteursgruppen gleich viel, stehen dagegen aber (?:mindestens so deutliche Mehrheiten|(Mehrheiten mit mindestens so vielen Stimmen)): (.+)\.": (
        Room.sectors_against_back
    ),
    r"Wiegen alle Akteursgruppen gleich viel, steht aber (\w) vor (\w)\.": Room.sectors_against,
    rf"{OTHER_WAY}, bliebe jeder Platz gleich\.": Room.other_way,
    rf"{OTHER_WAY}, bekämen einen anderen Platz: (.+)\.": Room.other_way,
}
