"""Take a list of people into the register: look at it line by line, choose, take over.

Between the look and the choice the entries wait in a table of their own, for a day at most; nothing of
them is in a cookie. The look is computed anew each time it is shown and once more when it is confirmed, so
a list that is uploaded twice, or confirmed on two screens, doubles nobody.
"""

from __future__ import annotations

import re
from contextlib import nullcontext
from datetime import timedelta
from difflib import get_close_matches
from typing import NamedTuple

from sqlalchemy import delete, select

from ...db import begin_write, db, utcnow
from ...models import Account, Membership, Sector, Upload
from ...names import is_name
from ...sheets import LOST, Entries, Entry, Unreadable, entries, table
from ...terms import N_, MemberState, Role, Rollup
from .. import Missing, Refused, audit, join
from ..office.people import may_link
from ..row import aside
from .beside import Beside, Line, Note, Verdict, key_of, plain

KEPT = timedelta(days=1)
ADDRESS = re.compile(r"[^@\s,;<>()\"]+@[^@\s,;<>()\"]+\.[^@\s,;<>()\".]+")
SHEET_ERROR = re.compile(r"#[A-ZÄÖÜ]+(/[A-Z0])?[!?]?")  # #NV, #N/A, #BEZUG!, #DIV/0! ...
LOST_LETTER = N_(
    "Im Namen ging beim Speichern ein Buchstabe verloren: Bitte als „CSV UTF-8“ oder als .xlsx speichern"
)
LOST_BESIDE = N_(
    "Neben dem Namen ging beim Speichern ein Buchstabe verloren: Bitte als „CSV UTF-8“ oder als .xlsx speichern"
)
# What offices write for a sector, besides its title and its examples.
ALSO_CALLED = {
    Rollup.INDUSTRY: "wirtschaft unternehmen betrieb firma kmu mittelstand handwerk gewerkschaft business company",
    Rollup.SCIENCE: "forschung hochschule universität uni fachhochschule institut lehre research academia university",
    Rollup.ADMINISTRATION: "verwaltung behörde ministerium amt kommune stadt landkreis landratsamt politik government",
}
ASK_LATER = 0  # instead of a sector: the person is asked on arrival


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


def read_list(data: bytes) -> Entries:
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


def look_at(
    workshop, me, upload_id: int, meant: dict[str, int] | None = None, *, closely: bool = False
) -> Look:
    """Each line beside the register as it is now.

    :param closely: whoever may stand there under a similar name is asked about, too: for the eye. It is slow,
        and may be somebody new all the same; so nothing is decided by it when the list is taken over.
    :param meant: what somebody chose for a sector's name that is unknown here: text -> a sector's id or 0.
    :raises Missing: confirmed, thrown away, or older than a day.
    """
    kept = db.session.get(Upload, upload_id)
    if kept is None or kept.workshop_id != workshop.id or not kept.entries or kept.expires_at <= utcnow():
        raise Missing(
            N_("Diese Liste ist schon übernommen oder liegt hier nicht mehr. Laden Sie sie noch einmal hoch.")
        )
    found = [Entry(*entry) for entry in kept.entries]
    sectors = join.sectors(workshop.process_id)
    texts = {entry.sector for entry in found if not _problems(entry)}
    sector_of, unknown = _sectors(sectors, texts, meant or {})
    titles = {sector.id: sector.title for sector in sectors}
    people = _people(workshop.id)
    within = join.linkable(workshop, me.role, [member for member, _ in people])
    came = join.came([account.id for _, account in people if account.email is None])
    beside = Beside(people, within, _taken(found), titles, came=came, closely=closely)
    with aside() if closely else nullcontext():
        lines = _lines(found, beside, sector_of, {plain(title) for title in titles.values()})
    return Look(lines, unknown)


def _lines(found: list[Entry], beside: Beside, sector_of: dict, titles: set[str]) -> list[Line]:
    seen: dict[tuple, int] = {}
    lines = []
    for entry in found:
        problems = _problems(entry)
        if plain(entry.name) in titles and not problems:
            problems = [(N_("Das ist eine Akteursgruppe und keine Person"), {})]
        whose = key_of(entry.email, entry.name, entry.organisation)
        if whose in seen and not problems:
            problems = [(N_("steht schon in Zeile %(line)s"), {"line": seen[whose]})]
        if problems:
            lines.append(Line(entry, Verdict.BAD, problems, None))
            continue
        seen[whose] = entry.line
        lines.append(beside.line(entry, sector_of.get(entry.sector)))
    return lines


def _problems(entry: Entry) -> list[Note]:
    found: list[Note] = []
    if not entry.name:
        found.append((N_("Name fehlt"), {}))
    elif SHEET_ERROR.fullmatch(entry.name):
        found.append(
            (N_("Statt des Namens steht da ein Fehler der Tabelle: %(error)s"), {"error": entry.name})
        )
    elif entry.name.startswith("="):
        found.append((N_("Statt des Namens steht da eine Formel, die nie berechnet wurde"), {}))
    elif "?" in entry.name or LOST in entry.name:
        found.append((LOST_LETTER, {}))
    elif not is_name(entry.name):
        found.append((N_("Name braucht mindestens zwei Buchstaben oder Ziffern"), {}))
    for text, most, label in (
        (entry.name, 120, N_("Name")),
        (entry.email, 254, N_("E-Mail-Adresse")),
        (entry.organisation, 200, N_("Organisation")),
    ):
        if len(text) > most:
            found.append((N_("%(what)s zu lang: höchstens %(most)s Zeichen"), {"what": label, "most": most}))
    if LOST in f"{entry.email}{entry.organisation}{entry.sector}":
        found.append((LOST_BESIDE, {}))
    elif (
        entry.email
        and len(entry.email) <= 254
        and not (entry.email.isascii() and ADDRESS.fullmatch(entry.email))
    ):
        found.append((N_("keine E-Mail-Adresse: %(address)s"), {"address": entry.email[:60]}))
    return found


def _sectors(sectors: list[Sector], texts: set[str], meant: dict[str, int]):
    """Text -> sector's id for what is known or was chosen; and the unknown texts with the likeliest sector."""
    exact = {sector.title.casefold(): sector.id for sector in sectors}
    near = dict(exact)
    for sector in sectors:
        for example in (*sector.examples.split(","), *ALSO_CALLED.get(sector.rollup, "").split()):
            near.setdefault(example.strip().casefold(), sector.id)
    ids = {sector.id for sector in sectors}
    found: dict[str, int | None] = {}
    unknown: dict[str, int] = {}
    for text in sorted(texts):
        if text.casefold() in exact:
            found[text] = exact[text.casefold()]
            continue
        chosen = meant.get(text, _likeliest(text.casefold()[:100], near))
        unknown[text] = chosen if chosen in ids else ASK_LATER
        found[text] = unknown[text] or None
    return found, unknown


def _likeliest(text: str, near: dict[str, int]) -> int:
    """Which sector a text means, by the whole of it or by one of its words; it is only proposed."""
    for part, cutoff in ((text, 0.6), *((word, 0.8) for word in re.findall(r"\w{3,}", text))):
        close = get_close_matches(part, list(near), n=1, cutoff=cutoff)
        if close:
            return near[close[0]]
    return ASK_LATER


def _people(workshop_id: int) -> list[tuple[Membership, Account]]:
    """Everybody who stands here, on the register or waiting."""
    query = (
        select(Membership, Account)
        .join(Account, Account.id == Membership.account_id)
        .where(Membership.workshop_id == workshop_id)
        .order_by(Membership.id)
    )
    return [(member, join.called(member, account)) for member, account in db.session.execute(query)]


def _taken(found: list[Entry]) -> set[str]:
    """Those of the entries' addresses that some account has."""
    wanted = [entry.email for entry in found if entry.email]
    taken: set[str] = set()
    for at in range(0, len(wanted), 500):
        part = select(Account.email).where(Account.email.in_(wanted[at : at + 500]))
        taken.update(db.session.scalars(part))
    return taken


def take_over(
    workshop, me, upload_id: int, chosen: set[int], meant: dict[str, int], *, mail: bool = True
) -> Done:
    """Take the chosen lines into the register and forget the list; only that it was here is kept for a day.

    :param mail: mail goes out, so that places can wait for who reads their address (:mod:`..join.proof`).
    :param chosen: line numbers; one with a problem is never taken, one that was asked about as somebody new.
    """
    begin_write()
    look = look_at(workshop, me, upload_id, meant)
    fresh = [*look.of(Verdict.NEW), *look.of(Verdict.ASK)]
    new = [line for line in fresh if line.entry.line in chosen]
    changed = [line for line in look.of(Verdict.CHANGE) if line.entry.line in chosen]
    known = _taken([line.entry for line in new])
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
    again = [db.session.get(Membership, line.member_id) for line in changed if line.ended]
    if mail:
        join.reserve(
            *again, *(one for one, line in zip(members, new, strict=True) if line.entry.email in known)
        )
    db.session.flush()
    fresh = [(one, line) for one, line in zip(members, new, strict=True) if line.entry.email in known]
    mine = join.linkable(workshop, Role.MODERATOR, [member for member, _ in fresh])
    for member, line in fresh:
        if member.id not in mine:
            join.type_name(member, name=line.entry.name, organisation=line.entry.organisation)
    voting = join.on_a_roll([line.member_id for line in changed])
    for line in changed:
        _change(workshop, me, line, voting)
    db.session.get(Upload, upload_id).entries = []
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


def _change(workshop, me, line: Line, voting: set[int]) -> None:
    member = db.session.get(Membership, line.member_id)
    if line.sector_id and line.sector_id != member.sector_id:
        member.sector_id = line.sector_id
        if member.id in voting:
            facts = {"member": member.id, "sector": line.sector_id}
            audit.note(me.id, "correct_sector", workshop=workshop.id, **facts)
    if line.ended:
        member.role = Role.PARTICIPANT
        join.take_up(member, MemberState.INVITED)
    elif may_link(workshop, me.role, member):
        account = db.session.get(Account, member.account_id)
        account.email = account.email or line.entry.email or None
        account.name = line.entry.name
        account.organisation = line.entry.organisation or account.organisation


def was_taken_over(upload) -> bool:
    """Whether this list is in the register already: pressed twice, or in another window."""
    return not upload.entries


def throw_away(workshop, upload_id: int) -> None:
    """Forget a list without taking anything over."""
    begin_write()
    db.session.execute(delete(Upload).where(Upload.id == upload_id, Upload.workshop_id == workshop.id))
