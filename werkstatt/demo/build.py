"""Put the demo into an empty database, through the verbs that people use."""

from __future__ import annotations

import json
import random
import secrets
import time
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from sqlalchemy import select

from config import Settings

from ..acts import (
    Actor,
    clerk,
    collect,
    consolidate,
    desk,
    discuss,
    join,
    office,
    prepare,
    privacy,
    rank,
    result,
)
from ..db import begin_write, db, utcnow
from ..models import Account, Mail, Membership, Process, Recommendation, Round, Session, Workshop
from ..secrecy import KeyFolder
from ..terms import MailState, Phase, Role, RoundState, TicketKind
from . import people, plan, simulated

SEED = 2018
VOTED_SO_FAR = 37  # ballots in the round that is still open
NO_LOGIN = "0" * 32  # nobody is shown a simulated ballot as their own
OWN_TITLE = "Titel sinngemäß. "


def load(settings: Settings) -> None:
    """Load everything. The caller has made sure that the database is empty."""
    demo = _Demo(settings)
    begin_write()
    demo.found()
    for session_plan in plan.SESSIONS:
        demo.play(session_plan)
    db.session.commit()
    demo.release()


class _Demo:
    """The demo while it is being built: its people, places and texts by name."""

    def __init__(self, settings: Settings):
        self.settings, self.keys = settings, KeyFolder(settings.keys)
        self.rng = random.Random(SEED)
        rows = json.loads(Path(__file__).with_name("recommendations.json").read_text("utf-8"))
        self.texts = {row["id"]: row for row in rows}
        self.accounts: dict[str, Account] = {}
        self.themes: dict[str, int] = {}
        self.sectors: list[int] = []
        self.workshops: list[Workshop] = []
        self.members: list[dict[str, Membership]] = []  # for each workshop: by address
        self.turn = 0  # whose turn it is to propose or comment
        self.to_release: tuple[int, int] | None = None  # (session, round)

    # -- people and places ---------------------------------------------------------------------

    def found(self) -> None:
        """Process, workshops, register; everybody is here."""
        crowd = people.crowd(self.rng)
        self._accounts(crowd)
        organiser = self.accounts[people.ORGANISER.email].id
        process = office.create_process(organiser, title=plan.PROCESS, question=plan.QUESTION)
        process.is_demo, process.source = True, plan.SOURCE
        for title in plan.THEMES:
            self.themes[title] = office.add_theme(process, organiser, title=title).id
        self.sectors = [sector.id for sector in join.sectors(process.id)]
        for event in plan.WORKSHOPS:
            self._workshop(process, organiser, event, crowd)
        for name, organisation in (people.WAITING, people.DOUBLE):
            waiting = join.arrive(
                self.workshops[-1], None, name=name, organisation=organisation, sector_id=self.sectors[0]
            )
            db.session.get(Account, waiting.account_id).is_demo = True
        for number, (name, organisation, state) in enumerate(people.EXPECTED, 1):
            member = self._expected(organiser, f"gast{number}@{people.DOMAIN}", name, organisation, state)
        self._cards(member)

    def _expected(
        self, organiser: int, email: str, name: str, organisation: str, state: MailState | None
    ) -> Membership:
        """Somebody of the register who has not come yet, and the mail that invited them."""
        workshop = self.workshops[-1]
        member = office.add_person(
            workshop, organiser, name=name, email=email, organisation=organisation, sector_id=self.sectors[0]
        )
        db.session.get(Account, member.account_id).is_demo = True
        if state is None:
            return member
        ticket = join.issue(
            TicketKind.INVITATION,
            account_id=member.account_id,
            workshop_id=workshop.id,
            issued_by_id=organiser,
        ).ticket
        failed = state is MailState.FAILED
        db.session.add(
            Mail(
                kind="invitation",
                to=email,
                language="de",
                subject=workshop.title,
                text="",
                html="",
                account_id=member.account_id,
                ticket_id=ticket.id,
                state=state,
                tries=1,
                expires_at=ticket.expires_at,
                sent_at=None if failed else utcnow(),
                error="550 5.1.1 user unknown" if failed else "",
            )
        )
        return member

    def _cards(self, member: Membership) -> None:
        """A card for somebody who is expected, and two blank ones: on the desk's list, and printed anew there."""
        moderator = self._actor(len(self.workshops) - 1, people.MODERATOR.email)
        thrown_away = {"secret": secrets.token_hex(32), "nonce": secrets.token_hex(16)}
        desk.make(self.workshops[-1], moderator, members=[member.id], blank=2, **thrown_away)

    def _accounts(self, crowd: list[people.Person]) -> None:
        password = join.HASHER.hash(people.PASSWORD)  # one for all: hashing is slow on purpose
        for person in (*people.CAST, *crowd):
            account = office.new_account(
                name=person.name, email=person.email, organisation=person.organisation, is_demo=True
            )
            self.accounts[person.email] = account
            if person in people.CAST:
                account.password, account.password_proven = password, True
        self.accounts[people.ADMIN.email].is_admin = True
        self.accounts[people.ORGANISER.email].may_found = True

    def _workshop(
        self, process: Process, organiser: int, event: plan.Event, crowd: list[people.Person]
    ) -> None:
        today = datetime.now(ZoneInfo(self.settings.time_zone)).replace(
            hour=9, minute=0, second=0, microsecond=0
        )
        workshop = office.create_workshop(
            process,
            organiser,
            title=event.title,
            kind=event.kind,
            place=event.place,
            starts_at=today,
            ends_at=today + timedelta(hours=8),
        )
        tables = prepare.add_tables(workshop, organiser, many=event.tables)
        guests = [person for person in people.CAST if person.role]
        for sector, many in enumerate(event.people):
            guests += [person for person in crowd if person.sector == sector][:many]
        members = {}
        for number, person in enumerate(guests):
            seated = person.role is Role.PARTICIPANT
            member = office.add_person(
                workshop,
                organiser,
                name=person.name,
                email=person.email,
                role=person.role,
                sector_id=None if person.sector is None else self.sectors[person.sector],
                table_id=tables[number % len(tables)].id if seated else None,
                mail=False,  # nobody reads the demo's addresses: the places wait for no mail
            )
            members[person.email] = join.check_in(workshop, member.id)
        self.workshops.append(workshop)
        self.members.append(members)

    # -- sessions --------------------------------------------------------------------------------

    def play(self, script: plan.Plan) -> None:
        """One session, as far as it goes."""
        workshop = self.workshops[script.workshop]
        moderator = self._actor(script.workshop, people.MODERATOR.email)
        session = prepare.create_session(workshop, moderator.id, title=script.title, question=script.question)
        made: dict[str, Recommendation] = {}
        for phase in Phase:
            if phase is Phase.COLLECT:
                made = {name: self._propose(session, script.workshop, name) for name in script.proposals}
            elif phase is Phase.DISCUSS:
                self._comment(session, script.workshop, made)
                self._black_out(session, moderator)
            elif phase is Phase.CONSOLIDATE:
                self._consolidate(session, moderator, script, made)
            elif phase is Phase.RANK:
                self._vote(session, moderator, script, open_still=script.phase is Phase.RANK)
            if phase is script.phase or phase is Phase.RANK:
                return
            prepare.advance(session, moderator, leaving=phase)

    def _actor(self, place: int, email: str) -> Actor:
        member = self.members[place][email]
        return Actor(member.account_id, member.role, member)

    def _next(self, place: int) -> Actor:
        """Participants take turns, one in three of them somebody one can log in as."""
        self.turn += 1
        known = [person.email for person in people.PARTICIPANTS]
        if self.turn % 3 == 0:
            return self._actor(place, known[self.turn // 3 % len(known)])
        others = [email for email, member in self.members[place].items() if member.role is Role.PARTICIPANT]
        others = [email for email in others if email not in known]
        return self._actor(place, others[self.turn * 7 % len(others)])

    def _propose(self, session: Session, place: int, name: str) -> Recommendation:
        text = self.texts[name]
        made = collect.propose(
            session,
            self._next(place),
            title=text["title"],
            action=text["summary"],
            theme_id=self.themes[text["guiding_theme"]],
        )
        made.source = source_line(text)
        return made

    def _comment(self, session: Session, place: int, made: dict[str, Recommendation]) -> None:
        for name, recommendation in made.items():
            for kind, text, replies in plan.COMMENTS.get(name, ()):
                first = discuss.comment(session, self._next(place), recommendation.id, kind=kind, text=text)
                for reply in replies:
                    discuss.comment(
                        session,
                        self._next(place),
                        recommendation.id,
                        kind=plan.MORE,
                        text=reply,
                        parent_id=first.id,
                    )

    def _black_out(self, session: Session, moderator: Actor) -> None:
        """What somebody wrote about people who did not ask for it."""
        for passage, reason in plan.BLACKED_OUT.get(session.title, ()):
            chosen = [place.name for place in privacy.find(session, passage)]
            privacy.redact(session, moderator, passage=passage, reason=reason, chosen=chosen)

    def _consolidate(self, session: Session, moderator: Actor, script: plan.Plan, made: dict) -> None:
        for merger in script.mergers:
            text = self.texts.get(merger.becomes)
            one = consolidate.merge(
                session,
                moderator,
                [made[name].id for name in merger.sources],
                title=text["title"] if text else merger.title,
                action=text["summary"] if text else merger.action,
                theme_id=self.themes[(text or self.texts[merger.sources[0]])["guiding_theme"]],
                reason=merger.reason,
            )
            one.source = (
                source_line(text) if text else "Für die Vorführung zusammengeführt, in eigenen Worten."
            )
        for name, reason in script.excluded:
            consolidate.exclude(session, moderator, made[name].id, reason=reason)

    # -- votes -----------------------------------------------------------------------------------

    def _vote(self, session: Session, moderator: Actor, script: plan.Plan, *, open_still: bool) -> None:
        sheet = rank.sheet(session)
        grace = self.settings.grace if open_still else 0
        round = rank.open_round(session, moderator, self.keys, leading="person", mark=sheet.mark, grace=grace)
        round.is_simulated = True
        voters = [
            (email, member)
            for email, member in self.members[script.workshop].items()
            if member.role is Role.PARTICIPANT and email.startswith("person-")
        ]
        groups = [self.sectors.index(member.sector_id) for _, member in voters]
        votes = simulated.ballots(self.rng, groups, len(sheet.items))
        cast = list(zip(voters, votes, strict=True))
        if open_still:
            self.rng.shuffle(cast)
            cast = cast[:VOTED_SO_FAR]
        for (email, _), vote in cast:
            rank.cast(
                session,
                self._actor(script.workshop, email),
                self.keys,
                round.id,
                login_tag=NO_LOGIN,
                list_hash=round.list_hash,
                rev=0,
                vote=vote,
                arrived=utcnow(),
            )
        if not open_still:
            rank.announce(session, moderator, round.id, seconds=0)
            self.to_release = session.id, round.id

    def release(self) -> None:
        """Let the clerk close and count the finished round, and show its result."""
        session_id, round_id = self.to_release
        walked(self.keys, round_id, RoundState.CLOSED)
        session = db.session.get(Session, session_id)
        moderator = self.accounts[people.MODERATOR.email].id
        result.release(session, join.actor(session.workshop_id, moderator), round_id)
        db.session.commit()


def walked(keys: KeyFolder, round_id: int, state: RoundState) -> None:
    """Do the clerk's steps until a round is so; the clerk of a running server may be at them already."""
    for _ in range(400):
        clerk.work_once(keys)
        here = db.session.scalar(select(Round.state).where(Round.id == round_id))
        db.session.rollback()
        if here is state:
            return
        time.sleep(0.05)
    raise RuntimeError(f"round {round_id} did not come to be {state}")


def source_line(text: dict) -> str:
    """How a recommendation says where it is from, and whose words these are."""
    basis = ", nur aus dem Titel erschlossen" if text["summary_basis"] == "nur-titel" else ""
    page = f", S. {text['source_page']}" if text["source_page"] else ""
    return f"{'' if text['title_exact'] else OWN_TITLE}Kurztext in eigenen Worten{basis}. Quelle: {text['source_url']}{page}"
