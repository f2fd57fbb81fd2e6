"""Paper ballots: for whoever has no device, or when the network is gone.

A person marked "Papier" has no electronic ballot: a cast is refused, and one that was cast before
is destroyed with the mark, unread and without telling anybody whether there was one. After the
electronic close two people enter all sheets, each for themselves; the count waits until both
entries are equal (or until somebody decides, on the record, to count without paper). The sheets
lie sealed under the round's key and are mixed with all other ballots in the same urn.

**The group stands on the sheet**, ticked by the voter, and is never taken from the roll: to take it
from there, somebody would have to know whose sheet it is. A sheet without a tick counts among
"Weitere". What remains is said on the page: who enters the sheets reads them, and of a single
sheet they know whose it is. So nothing here links a person to a sheet that the hands at the
ballot box do not know already, and after the count nobody's files hold even that.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from sqlalchemy import delete, select

from ...counting import Ranking
from ...db import db
from ...models import Account, Membership, PaperBatch, RollEntry, Round, RoundItem, Sector, Session, Workshop
from ...permits import Action
from ...phrases import PAPER_REASONS
from ...secrecy import KeyFolder, KeyGone, KeyMissing, pack, seal_papers, unpack, unseal_papers
from ...terms import N_, RoundState
from .. import Missing, NotAllowed, NotNow, Refused, audit, join
from ..hold import hold, touch
from .form import read_vote
from .opening import eligible, frozen_items
from .roll import destroy_ballots, entered, marked
from .steering import PROBLEM_PAPERS, asked_for
from .voting import unfinished

SILENT = ("-", "–", "o", "0")  # what is typed for "keine Meinung"
ENTERED = N_("Zwei Personen haben die Blätter schon erfasst; nur sie können ihre Erfassung ändern.")
Sheets = list[tuple[bytes, int]]  # packed ranking; sector ticked, or 0


# ---- who votes on paper


@dataclass(frozen=True)
class Voter:
    """A person who may vote, and how: ``on_paper`` or at a device."""

    id: int
    name: str
    sector: str
    on_paper: bool


def voters(session) -> list[Voter]:
    """The roll of the open round; before the opening whoever would stand on it. Paper first, then by name."""
    round = unfinished(session.id)
    query = select(Membership.id, join.NAME.label("name"), Sector.title).join(
        Account, Account.id == Membership.account_id
    )
    query = query.outerjoin(Sector, Sector.id == Membership.sector_id)
    if round is None:
        may = eligible(session).subquery()
        query = query.add_columns(Membership.on_paper).join(may, may.c.id == Membership.id)
    else:
        query = query.add_columns(RollEntry.on_paper).join(
            RollEntry, (RollEntry.membership_id == Membership.id) & (RollEntry.round_id == round.id)
        )
    found = [Voter(id, name, sector or "", paper) for id, name, sector, paper in db.session.execute(query)]
    return sorted(found, key=lambda one: (not one.on_paper, one.name, one.id))


def voter(session, membership_id: int) -> Voter:
    """One of the :func:`voters`.

    :raises Missing: there is nobody of this id among them.
    """
    found = next((one for one in voters(session) if one.id == membership_id), None)
    if found is None:
        raise Missing()
    return found


def mark(session, me, keys: KeyFolder, membership_id: int, *, on_paper: bool, reason: str = "") -> Membership:
    """Give a person paper, or their electronic ballot back; before the opening or while the round is open.

    An electronic ballot that was cast already is destroyed with it. Neither the answer nor the record
    says whether there was one.

    :param reason: one of :data:`werkstatt.phrases.PAPER_REASONS`, wanted while the round is open.
    :raises Refused: no such reason.
    :raises NotNow: the round is past its close; or its key is missing.
    """
    held = hold(session.id, me.role, Action.OPEN)
    on_paper_now = voter(held, membership_id).on_paper
    round = unfinished(held.id)
    facts = {"member": membership_id}
    member = db.session.get(Membership, membership_id)
    if round is not None and round.state is not RoundState.OPEN:
        raise NotNow(N_("Die Abstimmung ist nicht mehr offen; wer auf Papier abstimmt, steht fest."))
    if on_paper is on_paper_now:
        return member  # pressed twice: nothing happens, so nothing is recorded
    if round is not None:
        entry = db.session.get(RollEntry, (round.id, membership_id))
        if on_paper:
            if reason not in PAPER_REASONS:
                raise Refused(N_("Bitte wählen Sie einen Grund."), field="reason")
            facts["reason"] = reason
            destroy_ballots(keys, round, [membership_id])
        entry.on_paper = on_paper
        facts["round"] = round.id
    member.on_paper = on_paper
    db.session.flush()
    deed = "give_paper" if on_paper else "take_paper"
    audit.note(me.id, deed, held.id, **facts)
    touch(held.id, step=True)
    return member


# ---- the two who enter the sheets


@dataclass(frozen=True)
class Sheet:
    """One sheet as it was typed: letter -> place, "–" for no opinion, "" for nothing; and what differs.

    ``group``: the sector that is ticked, or 0; ``differs``: what the other person has where it is
    something else, by letter, "group" or "rest".
    """

    places: dict[str, str]
    group: int = 0
    rest_below: bool = True
    differs: dict[str, object] = field(default_factory=dict)


@dataclass(frozen=True)
class Desk:
    """Where the entry stands: ``most`` sheets at most, by whom entered already, one's own sheets."""

    most: int
    by: list[tuple[str, int]]  # name, sheets
    mine: list[Sheet] | None
    other: int | None  # how many sheets the other person has, if there is one
    differ: bool
    instead: tuple[
        tuple[int, str], ...
    ] = ()  # a third person: whose entry they can take over, account id and name


def desk_of(session, me, keys: KeyFolder, round_id: int) -> Desk:
    """What the page of entry shows to this person.

    :raises NotNow: not closing, nobody votes on paper, two others have entered the sheets alike, no key.
    """
    round = db.session.get(Round, round_id)
    if round is None or round.session_id != session.id:
        raise Missing()
    key = _check(round, keys)
    batches, hands = _batches(round, key), entered(round.id)
    if len(batches) == 2 and me.id not in batches:
        if agreed(round, key) is not None:
            raise NotNow(ENTERED)
        instead = tuple((account_id, name) for account_id, name, _ in hands)
        return Desk(marked(round.id), [], None, None, differ=True, instead=instead)
    mine = batches.pop(me.id, None)
    other = next(iter(batches.values()), None)
    letters = [item.letter for item in frozen_items(round.id)]
    shown = None
    if mine is not None:
        shown = [_shown(sheet, letters) for sheet in mine]
        if other is not None:
            theirs = [_shown(sheet, letters) for sheet in other]
            shown = [_compared(own, one) for own, one in zip(shown, theirs, strict=False)] + shown[
                len(theirs) :
            ]
    return Desk(
        marked(round.id),
        [(name, sheets) for _, name, sheets in hands],
        shown,
        None if other is None else len(other),
        mine is not None and other is not None and mine != other,
    )


def read_sheets(round, form: Mapping[str, str]) -> Sheets:
    """The sheets that a form says: ``sheets``, then ``1-A`` (place, "–", or nothing), ``1-group``, ``1-rest``.

    :raises Refused: naming the sheet; or it does not say how many.
    """
    letters, many = [item.letter for item in frozen_items(round.id)], number_of_sheets(form)
    if many is None:
        raise Refused(
            N_("Bitte geben Sie die Zahl der Blätter als ganze Zahl an; liegt keines vor, ist es 0.")
        )
    return [_read(round, letters, form, sheet) for sheet in range(1, many + 1)]


def number_of_sheets(form: Mapping[str, str]) -> int | None:
    """How many sheets a form is about; ``None`` for anything odd, or more than a room holds."""
    text = form.get("sheets", "").strip()
    return int(text) if text.isascii() and text.isdigit() and len(text) < 4 else None


def enter(session, me, keys: KeyFolder, round_id: int, sheets: Sheets) -> bool:
    """Keep one person's entry of the whole batch; it may be corrected until both are equal.

    :returns: whether both entries are equal now; then the clerk goes on counting.
    :raises Refused: more sheets than people who vote on paper.
    """
    hold(session.id, me.role, Action.PAPER)
    round = db.session.get(Round, round_id, populate_existing=True)
    if round is None or round.session_id != session.id:
        raise Missing()
    key = _check(round, keys)
    hands = [account_id for account_id, _, _ in entered(round.id)]
    if len(hands) == 2 and me.id not in hands:
        raise NotNow(ENTERED)
    most = marked(round.id)
    if len(sheets) > most:
        raise Refused(
            N_(
                "Es sind %(found)s Blätter, aber nur %(most)s Personen stimmen auf Papier ab. Bitte nachzählen."
            ),
            found=len(sheets),
            most=most,
        )
    batch = db.session.get(PaperBatch, (round.id, me.id)) or PaperBatch(round_id=round.id, account_id=me.id)
    batch.sheets, batch.box = len(sheets), seal_papers(key, round.id, me.id, sheets)
    db.session.add(batch)
    db.session.flush()
    audit.note(me.id, "enter_papers", session.id, round=round.id, sheets=len(sheets))
    equal = agreed(round, key) is not None
    if equal:
        if round.problem == PROBLEM_PAPERS:
            round.problem = ""
        audit.note(me.id, "papers_agree", session.id, round=round.id, sheets=len(sheets))
    touch(session.id, step=True)
    return equal


def take_over(session, me, keys: KeyFolder, round_id: int, account_id: int) -> None:
    """Drop the entry of one of the two who is not there to correct it; this person then enters instead.

    In the end two different people still have entered the same.

    :raises NotNow: there are not two entries that differ, or one of them is one's own.
    """
    hold(session.id, me.role, Action.PAPER)
    round = db.session.get(Round, round_id, populate_existing=True)
    if round is None or round.session_id != session.id:
        raise Missing()
    batches = _batches(round, key := _check(round, keys))
    if len(batches) != 2 or me.id in batches or agreed(round, key) is not None:
        raise NotNow(N_("Hier ist nichts zu übernehmen. Bitte laden Sie die Seite neu."))
    if account_id not in batches:
        raise Missing()
    mine = PaperBatch.round_id == round.id, PaperBatch.account_id == account_id
    db.session.execute(delete(PaperBatch).where(*mine))
    audit.note(me.id, "take_over_papers", session.id, round=round.id, instead_of=account_id)
    touch(session.id, step=True)


def agreed(round, key: bytes) -> Sheets | None:
    """The batch that two people have entered alike; ``None`` as long as there is none."""
    batches = list(_batches(round, key).values())
    return batches[0] if len(batches) == 2 and batches[0] == batches[1] else None


def count_without_papers(session, me, round_id: int) -> Round:
    """Decide by two that the count does not wait for paper ballots; it stands in the protocol.

    The first call proposes it, on the record; another account's call decides.

    :raises NotAllowed: it is one's own proposal.
    """
    hold(session.id, me.role, Action.OPEN)
    round = db.session.get(Round, round_id, populate_existing=True)
    if round is None or round.session_id != session.id:
        raise Missing()
    if round.state is not RoundState.CLOSING or round.problem != PROBLEM_PAPERS:
        raise NotNow(N_("Hier ist nichts zu entscheiden."))
    asked = asked_for(round, "ask_without_papers", "papers_awaited")
    if asked is None:
        audit.note(me.id, "ask_without_papers", session.id, round=round.id, marked=marked(round.id))
        touch(session.id, step=True)
        return round
    if asked[0] == me.id:
        raise NotAllowed(
            N_("Dazu braucht es zwei Personen: Sie haben es vorgeschlagen, zustimmen muss jemand anderes.")
        )
    round.options, round.problem = {**round.options, "without_papers": True}, ""
    db.session.flush()
    audit.note(me.id, "count_without_papers", session.id, round=round.id, marked=marked(round.id))
    touch(session.id, step=True)
    return round


def groups_of(session) -> list[tuple[int, str]]:
    """The groups that may be ticked on a sheet: sector id, title."""
    query = select(Sector.id, Sector.title).join(Workshop, Workshop.process_id == Sector.process_id)
    query = query.join(Session, Session.workshop_id == Workshop.id).where(Session.id == session.id)
    return [tuple(row) for row in db.session.execute(query.order_by(Sector.position, Sector.id))]


def blank(session, round: Round) -> tuple[list[RoundItem], list[tuple[int, str]]]:
    """What a blank sheet shows: the frozen list, and the groups to tick.

    :raises NotNow: nothing is open, so that no sheet of an old list is handed out.
    """
    if round.state is not RoundState.OPEN:
        raise NotNow(
            N_("Stimmzettel gibt es nur zu einer offenen Abstimmung: Erst dann steht die Liste fest.")
        )
    return frozen_items(round.id), groups_of(session)


def _check(round: Round, keys: KeyFolder) -> bytes:
    """The key, if sheets are entered now."""
    if round.state is not RoundState.CLOSING:
        raise NotNow(N_("Papier wird erfasst, sobald die Abstimmung geschlossen ist und bevor gezählt wird."))
    if not marked(round.id) or round.options.get("without_papers"):
        raise NotNow(N_("In dieser Abstimmung stimmt niemand auf Papier ab."))
    try:
        return keys.read(round.key_id)
    except (KeyMissing, KeyGone) as no:
        raise NotNow(
            N_("Der Schlüssel dieser Abstimmung fehlt; ohne ihn lässt sich nichts erfassen.")
        ) from no


def _batches(round, key: bytes) -> dict[int, Sheets]:
    rows = db.session.execute(
        select(PaperBatch.account_id, PaperBatch.box)
        .where(PaperBatch.round_id == round.id)
        .order_by(PaperBatch.account_id)
    )
    return {account_id: unseal_papers(key, round.id, account_id, box) for account_id, box in rows}


def _read(round, letters: Sequence[str], form: Mapping[str, str], sheet: int) -> tuple[bytes, int]:
    fields: dict[str, list[str]] = {
        "rest": ["no_opinion" if form.get(f"{sheet}-rest") == "no_opinion" else "below"]
    }
    for letter in letters:
        typed = form.get(f"{sheet}-{letter}", "").strip()
        fields[f"place-{letter}"] = ["" if typed in SILENT else typed]
        if typed in SILENT:
            fields[f"none-{letter}"] = ["1"]
    try:
        vote = read_vote(letters, fields, rest=round.options["rest"])
    except Refused as no:
        raise Refused(
            N_(
                "Blatt %(sheet)s: Bei %(item)s steht kein Platz. Erlaubt sind ganze Zahlen ab 1, „–“ für keine Meinung, oder nichts."
            ),
            sheet=sheet,
            item=no.values.get("item", ""),
        ) from no
    group = form.get(f"{sheet}-group", "")
    return pack(vote, len(letters)), int(group) if group in round.options["sectors"] else 0


def _shown(sheet: tuple[bytes, int], letters: Sequence[str]) -> Sheet:
    vote: Ranking = unpack(sheet[0])
    places, at = dict.fromkeys(letters, ""), 1
    for level in vote.levels:
        places |= {letters[item]: str(at) for item in level}
        at += len(level)
    places |= {letters[item]: "–" for item in vote.no_opinion}
    return Sheet(places, sheet[1], vote.rest_below)


def _compared(own: Sheet, other: Sheet) -> Sheet:
    differs: dict[str, object] = {
        letter: place for letter, place in other.places.items() if place != own.places[letter]
    }
    if own.group != other.group:
        differs["group"] = other.group
    if own.rest_below != other.rest_below:
        differs["rest"] = other.rest_below
    return replace(own, differs=differs)
