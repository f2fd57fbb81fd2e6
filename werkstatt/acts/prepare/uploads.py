"""Take a list of people into the register: look at it line by line, choose, take over.

Between the look and the choice the entries wait in a table of their own, for a day at most; nothing of
them is in a cookie. The look is computed anew each time it is shown and once more when it is confirmed, so
a list that is uploaded twice, or confirmed on two screens, doubles nobody.
"""

from __future__ import annotations

import re
from datetime import timedelta
from difflib import get_close_matches
from enum import StrEnum
from typing import NamedTuple
from unicodedata import normalize

from sqlalchemy import delete, select

from ...db import begin_write, db, utcnow
from ...models import Account, Membership, Sector, Upload
from ...names import is_name
from ...sheets import Entry, Unreadable, entries, table
from ...terms import N_, MemberState, Role
from .. import Missing, Refused, audit, join
from ..join.hashing import aside
from ..office.people import linkable, may_link

KEPT = timedelta(days=1)
ADDRESS = re.compile(r"[^@\s,;<>()\"]+@[^@\s,;<>()\"]+\.[^@\s,;<>()\".]+")
SAME_NAME = N_("Gleicher Name und Organisation wie %(name)s im Register, andere Adresse: bitte entscheiden")
SAME_NAME_IN_LINE = N_("Gleicher Name und Organisation wie in Zeile %(line)s: bitte entscheiden")
ASK_LATER = 0  # instead of a sector: the person is asked on arrival

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


class Look(NamedTuple):
    """All lines, and the sectors' names that nobody knows here: text -> the likeliest sector's id or 0."""

    lines: list[Line]
    unknown: dict[str, int]

    def of(self, verdict: Verdict) -> list[Line]:
        return [line for line in self.lines if line.verdict is verdict]


class Done(NamedTuple):
    new: int
    changed: int
    left: int


def read_list(data: bytes) -> list[Entry]:
    """The entries of an uploaded list. Slow, and done before any transaction is begun.

    :raises Refused: at the field ``file``, saying what to do.
    """
    try:
        with aside():  # a large one takes seconds
            return entries(table(data))
    except Unreadable as no:
        raise Refused(no.message, field="file", **no.values) from no


def keep_list(workshop, me, found: list[Entry]) -> Upload:
    """Keep the entries for the look; an earlier list of the same person and what is older than a day goes."""
    begin_write()
    now = utcnow()
    mine = (Upload.account_id == me.id) & (Upload.workshop_id == workshop.id)
    db.session.execute(delete(Upload).where(mine | (Upload.expires_at <= now)))
    kept = Upload(workshop_id=workshop.id, account_id=me.id, expires_at=now + KEPT)
    kept.entries = [list(entry) for entry in found]
    db.session.add(kept)
    db.session.flush()
    return kept


def sweep_lists() -> None:
    """Remove lists that nobody has confirmed within a day (the clerk)."""
    over = Upload.expires_at <= utcnow()
    if db.session.scalar(select(Upload.id).where(over).limit(1)) is not None:
        begin_write()
        db.session.execute(delete(Upload).where(over))
        db.session.commit()
    db.session.rollback()


def look_at(workshop, me, upload_id: int, meant: dict[str, int] | None = None) -> Look:
    """Each line beside the register as it is now.

    :param meant: what somebody chose for a sector's name that is unknown here: text -> a sector's id or 0.
    :raises Missing: confirmed, thrown away, or older than a day.
    """
    kept = db.session.get(Upload, upload_id)
    if kept is None or kept.workshop_id != workshop.id or kept.expires_at <= utcnow():
        raise Missing(
            N_("Diese Liste ist schon übernommen oder liegt hier nicht mehr. Laden Sie sie noch einmal hoch.")
        )
    found = [Entry(*entry) for entry in kept.entries]
    sectors = join.sectors(workshop.process_id)
    texts = {entry.sector for entry in found if not _problems(entry)}
    sector_of, unknown = _sectors(sectors, texts, meant or {})
    titles = {sector.id: sector.title for sector in sectors}
    known = _register(workshop.id)
    within = linkable(workshop, me.role, [member for member, _ in known.values()])
    beside = Beside(known, within, _taken(found), titles)
    seen: dict[tuple, int] = {}
    lines = []
    for entry in found:
        problems = _problems(entry)
        whose = _key(entry.email, entry.name, entry.organisation)
        if whose in seen and not problems:
            problems = [(N_("steht schon in Zeile %(line)s"), {"line": seen[whose]})]
        if problems:
            lines.append(Line(entry, Verdict.BAD, problems, None))
            continue
        seen[whose] = entry.line
        lines.append(beside.line(entry, sector_of.get(entry.sector)))
    return Look(lines, unknown)


def _problems(entry: Entry) -> list[Note]:
    found: list[Note] = []
    if not entry.name:
        found.append((N_("Name fehlt"), {}))
    elif not is_name(entry.name):
        found.append((N_("Name braucht mindestens zwei Buchstaben oder Ziffern"), {}))
    for text, most, label in (
        (entry.name, 120, N_("Name")),
        (entry.email, 254, N_("E-Mail-Adresse")),
        (entry.organisation, 200, N_("Organisation")),
    ):
        if len(text) > most:
            found.append((N_("%(what)s zu lang: höchstens %(most)s Zeichen"), {"what": label, "most": most}))
    if (
        entry.email
        and len(entry.email) <= 254
        and not (entry.email.isascii() and ADDRESS.fullmatch(entry.email))
    ):
        found.append((N_("keine E-Mail-Adresse: %(address)s"), {"address": entry.email[:60]}))
    return found


class Beside:
    """The register, and how a line without problems stands to the person it means, if there is one."""

    def __init__(self, known: dict, within: set[int], taken: set[str], titles: dict):
        """
        :param within: the members whose accounts this person may change.
        :param taken: those of the list's addresses that some account has.
        """
        self.known, self.within, self.taken, self.titles = known, within, taken, titles
        self.names: dict[tuple, list] = {}
        for member, account in known.values():
            self.names.setdefault(_key(None, account.name, account.organisation), []).append(
                (member, account)
            )
        self.lines: dict[tuple, int] = {}  # name and organisation -> the line that had them first

    def line(self, entry: Entry, sector_id: int | None) -> Line:
        found = self.known.get(("@", entry.email.casefold())) if entry.email else None
        name = _key(None, entry.name, entry.organisation)
        first = self.lines.setdefault(name, entry.line)
        if found is not None:
            return self.changes(entry, *found, sector_id)
        same = sorted(self.names.get(name, []), key=lambda pair: (pair[1].email is not None, pair[0].id))
        if same and not entry.email:
            return self.changes(entry, *same[0], sector_id)
        if same:
            member, account = same[0]
            free = account.email is None and entry.email not in self.taken and first == entry.line
            if free and member.id in self.within:
                return self.changes(entry, member, account, sector_id)
            return Line(entry, Verdict.ASK, [(SAME_NAME, {"name": account.name})], sector_id)
        if first != entry.line:
            return Line(entry, Verdict.ASK, [(SAME_NAME_IN_LINE, {"line": first})], sector_id)
        return Line(entry, Verdict.NEW, [], sector_id)

    def changes(self, entry: Entry, member, account, sector_id: int | None) -> Line:
        """What taking the line over would change of this person."""
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
        return Line(entry, verdict, notes, sector_id, member.id, ended)


def _sectors(sectors: list[Sector], texts: set[str], meant: dict[str, int]):
    """Text -> sector's id for what is known or was chosen; and the unknown texts with the likeliest sector."""
    exact = {sector.title.casefold(): sector.id for sector in sectors}
    near = dict(exact)
    for sector in sectors:
        for example in sector.examples.split(","):
            near.setdefault(example.strip().casefold(), sector.id)
    ids = {sector.id for sector in sectors}
    found: dict[str, int | None] = {}
    unknown: dict[str, int] = {}
    for text in sorted(texts):
        if text.casefold() in exact:
            found[text] = exact[text.casefold()]
            continue
        close = get_close_matches(text.casefold()[:100], list(near), n=1, cutoff=0.6) if text else []
        chosen = meant.get(text, near[close[0]] if close else ASK_LATER)
        unknown[text] = chosen if chosen in ids else ASK_LATER
        found[text] = unknown[text] or None
    return found, unknown


def _key(email: str | None, name: str, organisation: str) -> tuple:
    """Who is meant: by the address; without one by name and organisation."""
    return ("@", email.casefold()) if email else (_plain(name), _plain(organisation))


def _plain(text: str) -> str:
    """A text as it is compared: however it was typed, and with how much white space."""
    return " ".join(normalize("NFKC", text).casefold().split())


def _register(workshop_id: int) -> dict[tuple, tuple[Membership, Account]]:
    """Everybody of the register by address, or by name and organisation where there is none."""
    query = (
        select(Membership, Account)
        .join(Account, Account.id == Membership.account_id)
        .where(Membership.workshop_id == workshop_id)
        .order_by(Membership.id)
    )
    known: dict[tuple, tuple[Membership, Account]] = {}
    for member, account in db.session.execute(query):
        known.setdefault(_key(account.email, account.name, account.organisation), (member, account))
    return known


def _taken(found: list[Entry]) -> set[str]:
    """Those of the entries' addresses that some account has."""
    wanted = [entry.email for entry in found if entry.email]
    taken: set[str] = set()
    for at in range(0, len(wanted), 500):
        part = select(Account.email).where(Account.email.in_(wanted[at : at + 500]))
        taken.update(db.session.scalars(part))
    return taken


def take_over(workshop, me, upload_id: int, chosen: set[int], meant: dict[str, int]) -> Done:
    """Take the chosen lines into the register and forget the list.

    :param chosen: line numbers; one with a problem is never taken, one that was asked about as somebody new.
    """
    begin_write()
    look = look_at(workshop, me, upload_id, meant)
    fresh = [*look.of(Verdict.NEW), *look.of(Verdict.ASK)]
    new = [line for line in fresh if line.entry.line in chosen]
    changed = [line for line in look.of(Verdict.CHANGE) if line.entry.line in chosen]
    accounts = _accounts([line.entry for line in new])
    members = [
        Membership(
            workshop_id=workshop.id,
            account_id=account.id,
            role=Role.PARTICIPANT,
            sector_id=line.sector_id,
            state=MemberState.INVITED,
        )
        for line, account in zip(new, accounts, strict=True)
    ]
    db.session.add_all(members)
    for line in changed:
        _change(workshop, me, line)
    db.session.execute(delete(Upload).where(Upload.id == upload_id))
    db.session.flush()
    done = Done(len(new), len(changed), len(look.lines) - len(new) - len(changed))
    audit.note(me.id, "import_register", workshop=workshop.id, **done._asdict())
    return done


def _accounts(found: list[Entry]) -> list[Account]:
    """For each entry its account: the one that has the address, else a new one."""
    wanted = [entry.email for entry in found if entry.email]
    known: dict[str, Account] = {}
    for at in range(0, len(wanted), 500):
        part = select(Account).where(Account.email.in_(wanted[at : at + 500]))
        known.update({account.email: account for account in db.session.scalars(part)})
    made = [
        known.get(entry.email)
        or Account(name=entry.name, email=entry.email or None, organisation=entry.organisation)
        for entry in found
    ]
    db.session.add_all(made)
    db.session.flush()
    return made


def _change(workshop, me, line: Line) -> None:
    member = db.session.get(Membership, line.member_id)
    if line.sector_id:
        member.sector_id = line.sector_id
    if line.ended:
        member.state, member.role = MemberState.INVITED, Role.PARTICIPANT
        member.ended_at = member.ended_role = None
    elif may_link(workshop, me.role, member):
        account = db.session.get(Account, member.account_id)
        account.email = account.email or line.entry.email or None
        account.name = line.entry.name
        account.organisation = line.entry.organisation or account.organisation


def throw_away(workshop, upload_id: int) -> None:
    """Forget a list without taking anything over."""
    begin_write()
    db.session.execute(delete(Upload).where(Upload.id == upload_id, Upload.workshop_id == workshop.id))
