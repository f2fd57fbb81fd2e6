"""A line of a list beside the register: who is meant, what would change, and who stands there already, perhaps."""

from __future__ import annotations

from enum import StrEnum
from typing import NamedTuple
from unicodedata import normalize

from ...sheets import Entry
from ...similarity import Names, words
from ...terms import N_, MemberState
from .. import join

SAME_NAME = N_("Gleicher Name und Organisation wie %(name)s im Register, andere Adresse: bitte entscheiden")
SAME_NAME_ONLY = N_(
    "Gleicher Name wie %(name)s im Register, aber andere Adresse und Organisation: bitte entscheiden"
)
SAME_NAME_IN_LINE = N_("Gleicher Name und Organisation wie in Zeile %(line)s: bitte entscheiden")
SIMILAR = N_("Ähnlicher Name wie %(name)s im Register, ohne Adresse zum Vergleichen: bitte entscheiden")
SIMILAR_IN_LINE = N_("Ähnlicher Name wie in Zeile %(line)s, ohne Adresse zum Vergleichen: bitte entscheiden")

WAITS = N_(
    "%(name)s wartet gerade am Einlass, ungeprüft. Die Zeile wird ein eigener Eintrag; ob beide dieselbe Person sind,"
    " entscheidet der Einlass"
)
WAITS_HIMSELF = N_(
    "Das Konto mit dieser Adresse wartet gerade am Einlass: Bitte bestätigen Sie die Person dort"
)

# What is wrong with a line, or worth knowing about it: a German message id and its values.
Note = tuple[str, dict]


class Verdict(StrEnum):
    """What taking over would do with a line."""

    NEW = "new"
    CHANGE = "change"
    SAME = "same"
    ASK = "ask"  # perhaps somebody who stands here already: somebody has to say
    BAD = "bad"


class Line(NamedTuple):
    """One line as it would be taken over; ``sector_id`` is what its text is taken for, if anything."""

    entry: Entry
    verdict: Verdict
    notes: list[Note]
    sector_id: int | None
    member_id: int | None = None
    ended: bool = False


def key_of(email: str | None, name: str, organisation: str) -> tuple:
    """Who is meant: by the address; without one by name and organisation."""
    return ("@", email.casefold()) if email else (plain(name), plain(organisation))


def plain(text: str) -> str:
    """A text as it is compared: however it was typed, and with how much white space."""
    return " ".join(normalize("NFKC", text).casefold().split())


class Stands(NamedTuple):
    """Somebody who stands on the register, or in a line before."""

    name: str
    organisation: str


class Beside:
    """The register, and how a line without problems stands to the person it means, if there is one."""

    def __init__(
        self, people: list, within: set[int], taken: set[str], titles: dict, *, came: set[int], closely: bool
    ):
        """
        :param people: (member, account) of everybody here. Whoever waits is nobody of the register: what they
            said of themselves is beside it, and no line changes or completes them.
        :param came: the accounts as which somebody has come in; a line gives none of them an address.
        :param within: the members whose accounts this person may change.
        :param taken: those of the list's addresses that some account has.
        :param closely: compare names that are only similar, too; of thousands that takes seconds.
        """
        self.within, self.taken, self.titles, self.came = within, taken, titles, came
        self.known: dict[tuple, tuple] = {}
        self.waiting: dict[tuple, tuple] = {}
        for member, account in people:
            where = self.waiting if member.state is MemberState.PENDING else self.known
            where.setdefault(key_of(account.email, account.name, account.organisation), (member, account))
        self.names: dict[tuple, list] = {}
        for member, account in self.known.values():
            self.names.setdefault(key_of(None, account.name, account.organisation), []).append(
                (member, account)
            )
        self.lines: dict[tuple, int] = {}  # name and organisation -> the line that had them first
        self.closely = closely
        self.everybody, self.without_address = Names(), Names()  # of the register and of the lines before
        self.stands: dict[tuple[str, int], Stands] = {}
        self.called: dict[str, Stands] = {}  # of the register, by the name as it is written there
        for member, account in self.known.values():
            self.remember("member", member.id, account)
            self.called.setdefault(plain(account.name), Stands(account.name, account.organisation))
        self.at_the_door = Names((member.id, account.name) for member, account in self.waiting.values())
        self.said = {
            member.id: Stands(account.name, account.organisation) for member, account in self.waiting.values()
        }

    def line(self, entry: Entry, sector_id: int | None) -> Line:
        """What taking the line over would do, and who waits at the door under such a name."""
        if entry.email and ("@", entry.email.casefold()) in self.waiting:
            return Line(entry, Verdict.BAD, [(WAITS_HIMSELF, {})], None)
        found = self.on_register(entry, sector_id)
        if found.verdict not in (Verdict.NEW, Verdict.ASK):
            return found
        near = sorted(self.at_the_door.near(entry.name))[:1]
        notes = [(WAITS, {"name": ", ".join(filter(None, self.said[id]))}) for id in near]
        return found._replace(notes=[*found.notes, *notes])

    def on_register(self, entry: Entry, sector_id: int | None) -> Line:
        found = self.known.get(("@", entry.email.casefold())) if entry.email else None
        name = key_of(None, entry.name, entry.organisation)
        first = self.lines.setdefault(name, entry.line)
        if found is not None:
            return self.changes(entry, *found, sector_id)
        same = sorted(self.names.get(name, []), key=lambda pair: (pair[1].email is not None, pair[0].id))
        if same and not entry.email:
            return self.changes(entry, *same[0], sector_id)
        if same:
            member, account = same[0]
            free = account.email is None and entry.email not in self.taken and first == entry.line
            free = free and account.id not in self.came
            if free and member.id in self.within:
                return self.changes(entry, member, account, sector_id)
            return Line(entry, Verdict.ASK, [(SAME_NAME, {"name": account.name})], sector_id)
        if first != entry.line:
            return Line(entry, Verdict.ASK, [(SAME_NAME_IN_LINE, {"line": first})], sector_id)
        perhaps = self.perhaps(entry) if self.closely else []
        self.remember("line", entry.line, entry)
        return Line(entry, Verdict.ASK if perhaps else Verdict.NEW, perhaps, sector_id)

    def remember(self, kind: str, number: int, who) -> None:
        """``who`` has a name, an organisation and perhaps an address."""
        if self.closely:
            self.stands[kind, number] = Stands(who.name, who.organisation)
            for names in (self.everybody, *([] if who.email else [self.without_address])):
                names.add((kind, number), who.name)

    def perhaps(self, entry: Entry) -> list[Note]:
        """A note where somebody of a similar name stands already, and no two addresses tell them apart.

        Of names that are not quite the same two different organisations tell people apart, too. Of the very same
        name on the register not even an address does: two accounts of one person may have been joined, and the
        address of the one is no more.
        """
        if entry.email and plain(entry.name) in self.called:
            there = self.called[plain(entry.name)]
            return [(SAME_NAME_ONLY, {"name": ", ".join(filter(None, there))})]
        names = self.without_address if entry.email else self.everybody
        for kind, number in names.near(entry.name):
            there = self.stands[kind, number]
            both = entry.organisation and there.organisation
            elsewhere = both and plain(entry.organisation) != plain(there.organisation)
            if elsewhere and words(entry.name) != words(there.name):
                continue
            if kind == "line":
                return [(SIMILAR_IN_LINE, {"line": number})]
            return [(SIMILAR, {"name": ", ".join(filter(None, there))})]
        return []

    def changes(self, entry: Entry, member, account, sector_id: int | None) -> Line:
        """What taking the line over would change of this person."""
        if join.taken(member):
            return Line(entry, Verdict.SAME, [], sector_id, member.id)
        notes: list[Note] = []
        if entry.email and not account.email:
            notes.append((N_("E-Mail ergänzt: %(address)s"), {"address": entry.email}))
        if sector_id and sector_id != member.sector_id:
            was = self.titles.get(member.sector_id, "–")
            values = {"was": was, "will": self.titles[sector_id]}
            notes.append((N_("Akteursgruppe: %(was)s wird %(will)s"), values))
        organisation = entry.organisation or account.organisation
        if member.id in self.within:
            if account.name != entry.name:
                notes.append((N_("Name: %(was)s wird %(will)s"), {"was": account.name, "will": entry.name}))
            if account.organisation != organisation:
                values = {"was": account.organisation or "–", "will": organisation}
                notes.append((N_("Organisation: %(was)s wird %(will)s"), values))
        ended = member.state is MemberState.ENDED
        if ended:
            notes.insert(0, (N_("Die Teilnahme war beendet und wird wieder aufgenommen"), {}))
        verdict = Verdict.CHANGE if notes else Verdict.SAME
        differs = (account.name, account.organisation) != (entry.name, organisation)
        if differs and member.id not in self.within:
            there = ", ".join(filter(None, (account.name, account.organisation)))
            notes.append((N_("Bleibt, wie die Person es selbst angegeben hat: %(name)s"), {"name": there}))
        return Line(entry, verdict, notes, sector_id, member.id, ended)
