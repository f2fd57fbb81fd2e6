"""What is said of one item, its place and its span, each sentence held against the second count of a `Room`."""

import re

from tests.counting.spoken import NAMES, PLACE, items_of, number, place_of


class OfAnItem:
    """The checks; `item` is the one last spoken of."""

    item = None

    def placed(self, name, place, shared):
        self.item = NAMES.index(name)
        assert self.full.place_of(self.item) == place_of(place)
        assert bool(shared) == (place_of(place)[0] < place_of(place)[1])

    def counts(self, signs):
        return [
            self.person.sign(self.item, other) for other in range(self.person.n) if other != self.item
        ].count(signs)

    def wins(self, wins, every):
        assert (int(wins), int(every)) == (self.counts(1), self.person.n - 1)
        assert int(wins) < int(every)

    def wins_both(self):
        assert self.counts(1) == self.person.n - 1 == 2

    def wins_all(self, every):
        assert self.counts(1) == int(every) == self.person.n - 1 > 2

    def lost(self, other, one, again, votes, name):
        assert (NAMES.index(name), other) == (self.item, again)
        self.pair = NAMES.index(other), self.item
        self.votes(one, other, votes, name)
        assert number(one) > number(votes)

    def lost_in_all(self, losses):
        assert int(losses) == self.counts(-1)

    def drawn(self, others):
        assert items_of(others) == [
            other
            for other in range(self.person.n)
            if other != self.item and self.person.sign(self.item, other) == 0
        ]

    def nearly_always(self, place):
        assert self.full.place_of(self.item) == (int(place),) * 2 == self.full.span(self.item)

    def between(self, low, high):
        assert (int(low), int(high)) == self.full.span(self.item)
        first, last = self.full.place_of(self.item)
        assert int(low) <= first and last <= int(high)
        assert int(low) < int(high)

    def recounted_by(self):
        assert self.full.recounted_by != self.full.data["method"]

    def by_groups(self, text):
        told = re.findall(rf"([\w +]+?) ({PLACE})(?:, |$)", text)
        assert [(name, *place_of(place)) for name, place in told] == self.full.group_places(self.item)

    def contested(self):
        middles = [first + last for _, first, last in self.full.group_places(self.item)]
        assert 3 * (max(middles) - min(middles)) > 2 * self.person.n

    def span(self, place, low, high):
        assert (int(low), int(high)) in [
            self.full.span(item)
            for item in range(self.person.n)
            if self.full.place_of(item) == place_of(place)
        ]
        self.low_high = low, high

    def recounted(self, place, times):
        self.low_high = None

    def in_nine_of_ten(self, low, high):
        assert (low, high) == self.low_high if high else self.low_high is None
        assert low != high

    def inside_a_group(self):
        assert any(len(group) > 1 for group in self.full.data["stability"]["groups"])


OF_AN_ITEM = {
    rf"(\w): ({PLACE})(, geteilt)?\.": OfAnItem.placed,
    r"Gewinnt (\d+) von (\d+) Vergleichen\.": OfAnItem.wins,
    r"Gewinnt beide Vergleiche\.": OfAnItem.wins_both,
    r"Gewinnt alle (\d+) Vergleiche\.": OfAnItem.wins_all,
    r"Verliert gegen (\w): ([\d/½]+) für (\w), ([\d/½]+) für (\w)\.": OfAnItem.lost,
    r"Verlorene Vergleiche insgesamt: (\d+)\.": OfAnItem.lost_in_all,
    r"Unentschieden gegen (.+)\.": OfAnItem.drawn,
    r"Auch beim Nachrechnen fast immer Platz (\d+)\.": OfAnItem.nearly_always,
    r"Spanne (\d+) bis (\d+)\.": OfAnItem.between,
    r"Nachgerechnet wurde .+, nicht .+\.": OfAnItem.recounted_by,
    r"Nach Akteursgruppen: (.+)\.": OfAnItem.by_groups,
    r"Strittig: Die Plätze der Akteursgruppen liegen weit auseinander\.": OfAnItem.contested,
    rf"({PLACE}), Spanne (\d+) bis (\d+): Wir haben .+ gezählt\.": OfAnItem.span,
    rf"({PLACE}): Wir haben (\S+)-mal nachgerechnet .+ gezählt\.": OfAnItem.recounted,
    r"In mindestens neun von zehn Fällen kam Platz (\d+)(?: bis (\d+))? heraus\.": OfAnItem.in_nine_of_ten,
    r"Innerhalb einer Gruppe ist nicht jede Reihenfolge sicher\.": OfAnItem.inside_a_group,
}
