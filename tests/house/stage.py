"""A stage for the checks of permission and reading: one workshop with a session in every phase.

Each session holds the same things: V-1 by Petra (a late one, so that she may still edit it while it
is discussed) with her comment, V-2 by Samuel, E-1 merged from V-3 and V-4 by step 1, and a round:
taken back in the early phases, open in ``rank``, released in ``result``. The other workshop holds one
of everything too. Requests can be made without lasting effects: see :func:`ask`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path

from tests import rounds
from tests.results import counted
from werkstatt.acts import Actor, desk, join
from werkstatt.counting import Ranking
from werkstatt.db import begin_write, db, utcnow
from werkstatt.models import (
    Account,
    Comment,
    Lineage,
    Membership,
    Organiser,
    Recommendation,
    RollEntry,
    Round,
    Sector,
    Session,
    Step,
    Table,
    Theme,
    Upload,
    Version,
)
from werkstatt.terms import (
    CommentKind,
    Kind,
    LineageKind,
    MemberState,
    Phase,
    RecommendationState,
    Role,
    Rollup,
    RoundState,
    StepKind,
    TicketKind,
)
from werkstatt.web import pulse

SECRET, PASSWORD = "test-" * 8, "zehn Zeichen und mehr"
TITLES = ("Lehrfabrik für Mittelständler", "Regionale Innovations-Manager", "Offene Werkstätten")
VOTES = [(Ranking(((0,), (1,), (2,))), None)] * 5


@dataclass
class Stage:
    """``ids[phase]``: what an address in this phase's session names; ``foreign``: the same elsewhere."""

    app: object
    house: object
    ids: dict[Phase, dict] = field(default_factory=dict)
    foreign: dict = field(default_factory=dict)
    sessions: dict[Phase, Session] = field(default_factory=dict)
    address_code: str = ""  # of Petra's new address
    mailed: tuple[str, str] = ("", "")  # an invited person's address, and the code of the invitation

    def path(self, rule: str, phase: Phase = Phase.COLLECT, **other) -> str:
        """A rule's address in this phase's session; ``other`` replaces single parts."""
        known = self.ids[phase] | other
        return re.sub(r"<(?:\w+:)?(\w+)>", lambda found: str(known[found[1]]), rule)


def build(app, house) -> Stage:
    """Everything, committed; and the file of the script, as `flask assets pull` leaves it."""
    script = Path(app.instance_path) / "assets" / "htmx.min.js"
    script.parent.mkdir(parents=True, exist_ok=True)
    script.write_text("/* htmx */")
    stage = Stage(app, house)
    begin_write()
    house.people["petra"].password = join.HASHER.hash(PASSWORD)
    db.session.commit()
    house.crowd(5)  # the sector of industry may be named; they are on the roll, too
    shared = _shared(house, house.workshop, house.process)
    spare = db.session.get(Account, shared["account_id"])
    invited = join.issue(TicketKind.INVITATION, account_id=spare.id, secret=SECRET)
    stage.mailed = (spare.email, invited.code)
    moving = join.issue(TicketKind.ADDRESS, account_id=house.people["petra"].id, secret=SECRET)
    moving.ticket.email, stage.address_code = "petra.neu@example.org", moving.code
    shared["address"] = moving.token
    db.session.commit()
    for phase in Phase:
        session = house.session
        if phase is not Phase.PREPARE:
            begin_write()
            session = Session(workshop_id=house.workshop.id, title=f"Runde {phase}", question="Was hilft?")
            session.position = list(Phase).index(phase)
            db.session.add(session)
            db.session.commit()
        stage.sessions[phase] = session
        made = _texts(house, session, house.themes[0].id)
        ids = shared | {"session_id": session.id, **made, "phase": phase}
        ids["round_id"] = _round(app, replace(house, session=session), phase, made).id
        begin_write()
        session.phase = phase
        db.session.commit()
        ids["token"] = _projector_token(app, session, house.workshop)
        ids["pulse"] = pulse.address(SECRET, session.id, house.workshop.epoch).removeprefix("/pulse/")
        stage.ids[phase] = ids
    late = _late_comer(house)
    for ids in stage.ids.values():
        ids["late_id"] = late
        ids["voter_id"] = house.member("samuel").id
    other = house.other_session
    stage.foreign = _shared(house, house.other_workshop, None) | {"session_id": other.id}
    stage.foreign |= _texts(house, other, stage.foreign["theme_id"], author="franka")
    stage.foreign["round_id"] = _round(app, replace(house, session=other), Phase.PREPARE, stage.foreign).id
    return stage


def _late_comer(house) -> int:
    """Somebody who is present, but came after the round was opened."""
    begin_write()
    account = Account(name="Lea Spät")
    db.session.add(account)
    db.session.flush()
    late = Membership(workshop_id=house.workshop.id, account_id=account.id, state=MemberState.CHECKED_IN)
    late.sector_id = house.sectors[1].id
    db.session.add(late)
    db.session.commit()
    return late.id


def _shared(house, workshop, process) -> dict:
    """What belongs to a workshop or a process: spare ones, that nothing hangs on."""
    begin_write()
    process_id = workshop.process_id
    theme = Theme(process_id=process_id, position=5, title="Gründen")
    sector = Sector(process_id=process_id, position=5, title="Verbände", rollup=Rollup.OTHERS)
    table = Table(workshop_id=workshop.id, number=7)
    people = {
        state: Account(name=f"{state} {workshop.id}", email=f"{state}{workshop.id}@example.org")
        for state in (MemberState.PENDING, MemberState.ENDED, MemberState.INVITED)
    }
    colleague = Account(name="Uta Berg", email=f"uta{workshop.id}@example.org", password="x")
    spare = Account(name="Lars Frei", email=f"lars{workshop.id}@example.org")
    db.session.add_all([theme, sector, table, colleague, spare, *people.values()])
    db.session.flush()
    members = {
        state: Membership(
            workshop_id=workshop.id,
            account_id=account.id,
            state=state,
            sector_id=None if process is None else house.sectors[0].id,
        )
        for state, account in people.items()
    }
    db.session.add_all([*members.values(), Organiser(process_id=process_id, account_id=colleague.id)])
    db.session.flush()
    twin = Account(name=f"twin {workshop.id}")
    db.session.add(twin)
    db.session.flush()
    taken = Membership(workshop_id=workshop.id, account_id=twin.id, state=MemberState.ENDED)
    taken.taken_by_id = members[MemberState.INVITED].id
    db.session.add(taken)
    db.session.flush()
    organises = Account(name=f"elsewhere {workshop.id}", may_found=True)  # no card, no code for them
    db.session.add(organises)
    db.session.flush()
    elsewhere = Membership(workshop_id=workshop.id, account_id=organises.id, state=MemberState.INVITED)
    elsewhere.sector_id = members[MemberState.INVITED].sector_id
    db.session.add(elsewhere)
    db.session.flush()
    office = Actor(colleague.id, Role.ORGANISER)
    bearer = Account(name=f"bearer {workshop.id}")  # whose card is enough for "Das bin auch ich"
    db.session.add(bearer)
    db.session.flush()
    place = Membership(workshop_id=workshop.id, account_id=bearer.id, state=MemberState.INVITED)
    place.sector_id = members[MemberState.INVITED].sector_id
    db.session.add(place)
    db.session.flush()
    holder = place.id
    first, last = desk.make(workshop, office, members=[holder], blank=1, secret=SECRET, nonce="ab" * 16)
    card, blank = desk.printed(workshop.id, first, last, secret=SECRET, nonce="ab" * 16)
    listed = Upload(workshop_id=workshop.id, account_id=colleague.id, expires_at=utcnow() + timedelta(days=1))
    listed.entries = [[2, "Nora Neu", f"nora{workshop.id}@example.org", "Werk", ""], [3, "", "", "Werk", ""]]
    db.session.add(listed)
    db.session.flush()
    found = {
        "upload_id": listed.id,
        "ticket_id": join.look(card.token).ticket.id,
        "card": card.token,
        "blank_number": blank.number,
        "workshop_id": workshop.id,
        "process_id": process_id,
        "theme_id": theme.id,
        "sector_id": sector.id,
        "table_id": table.id,
        "membership_id": members[MemberState.INVITED].id,
        "waiting_id": members[MemberState.PENDING].id,
        "taken_id": taken.id,
        "elsewhere_id": elsewhere.id,
        "ended_id": members[MemberState.ENDED].id,
        "colleague_id": colleague.id,
        "account_id": spare.id,
        "code": join.spoken(workshop.join_code),
        "invitation": join.invite(spare.id),
        "mailed": join.issue(TicketKind.LOGIN, account_id=spare.id).token,
        "slug": "impressum",
        "format": "csv",
        "filename": "style.css",
    }
    db.session.commit()
    return found


def _texts(house, session, theme_id: int, author: str = "petra") -> dict:
    """V-1 ... V-4, a comment and its reply, E-1 with its step."""
    begin_write()
    authors = [author, "samuel", "vera", "vera"]
    made = [_recommendation(house, session, Kind.PROPOSAL, n, who) for n, who in enumerate(authors, 1)]
    one = _recommendation(house, session, Kind.CONSOLIDATED, 1, None)
    made[0].is_late = True
    for number, each in enumerate((*made, one)):
        title = f"{TITLES[number % 3]} {each.name}"
        version = Version(recommendation_id=each.id, number=1, title=title, action="Eine Stelle einrichten.")
        version.theme_id = theme_id if number == 1 else None
        db.session.add(version)
    step = Step(session_id=session.id, number=1, kind=StepKind.MERGE, actor_id=house.people["mona"].id)
    step.before = {str(source.id): ["active", 1] for source in made[2:]}
    remark = Comment(recommendation_id=made[0].id, kind=CommentKind.FOR, text="Das trägt.")
    remark.author_id = house.people[author].id
    db.session.add_all([step, remark])
    db.session.flush()
    answer = Comment(recommendation_id=made[0].id, kind=CommentKind.ADDITION, text="Ja.", parent_id=remark.id)
    db.session.add(answer)
    for source in made[2:]:
        source.state = RecommendationState.MERGED
        db.session.add(Lineage(from_id=source.id, to_id=one.id, kind=LineageKind.MERGE, step_id=step.id))
    db.session.commit()
    return {
        "recommendation_id": made[0].id,
        "second_id": made[1].id,
        "consolidated_id": one.id,
        "comment_id": remark.id,
        "step_id": step.id,
    }


def _recommendation(house, session, kind: Kind, number: int, who: str | None) -> Recommendation:
    one = Recommendation(session_id=session.id, kind=kind, number=number)
    if who:
        one.author_id = house.people[who].id
        one.sector_id = house.sectors[0].id
    db.session.add(one)
    db.session.flush()
    return one


def _round(app, house, phase: Phase, made: dict) -> Round:
    """The round of a session: taken back, open, or released."""
    if phase is Phase.RANK:
        begin_write()
        house.session.phase = phase
        db.session.commit()
        return rounds.reopened(app, house)
    if phase is Phase.RESULT:
        names = ("consolidated_id", "recommendation_id", "second_id")
        frozen = [db.session.get(Recommendation, made[name]) for name in names]
        return counted(house, RoundState.RELEASED, votes=VOTES, made=frozen, titles=TITLES)
    begin_write()
    round = Round(session_id=house.session.id, number=1, state=RoundState.CANCELLED, list_hash="ab" * 32)
    round.options = {"rest": "below", "sectors": {}, "grace": 0, "cancel_reason": "zu früh"}
    round.opened_at = utcnow()
    db.session.add(round)
    db.session.flush()
    if house.session.workshop_id == house.workshop.id:
        db.session.add(RollEntry(round_id=round.id, membership_id=house.member("petra").id))
    db.session.commit()
    return round


def _projector_token(app, session, workshop) -> str:
    from werkstatt.web import projector

    with app.test_request_context():
        return projector.screen_url(session, workshop).rpartition("/")[2]
