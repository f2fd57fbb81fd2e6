"""The demo, filled up with people and sessions that a good day does not have."""

from __future__ import annotations

from datetime import UTC, datetime

from sqlalchemy import select

from werkstatt import demo
from werkstatt.acts import Actor, collect, desk, join, office, prepare, rank
from werkstatt.counting import Ranking
from werkstatt.db import begin_write, db
from werkstatt.demo.build import walked
from werkstatt.models import Account, Membership, Round, Session, Workshop
from werkstatt.secrecy import KeyFolder
from werkstatt.terms import Phase, Role, RoundState, TicketKind

CAST = {
    "admin": "verwaltung",
    "ines": "buero",
    "mona": "moderation",
    "heiko": "hilfe",
    "petra": "industrie",
    "samuel": "wissenschaft",
    "vera": "amt",
    "otto": "beobachtung",
}
TITLES = ("Lernorte im Betrieb", "Gemeinsame Messtechnik", "Offene Labore", "Ein Portal für Fördermittel")


class Filling:
    """The database while it is being filled, and what was made so far."""

    def __init__(self, app):
        self.app, self.settings = app, app.config["SETTINGS"]
        self.keys = KeyFolder(self.settings.keys)
        demo.load(self.settings)
        self.people = {
            name: db.session.scalars(select(Account).where(Account.email == f"{email}@demo.example")).one()
            for name, email in CAST.items()
        }
        self.workshops = list(db.session.scalars(select(Workshop).order_by(Workshop.id)))
        self.workshop = self.workshops[1]
        self.demo = {
            session.phase: session for session in db.session.scalars(select(Session).order_by(Session.id))
        }
        db.session.commit()

    def actor(self, name: str) -> Actor:
        return join.actor(self.workshop.id, self.people[name].id)

    def member(self, name: str, workshop: Workshop | None = None) -> Membership:
        workshop = workshop or self.workshop
        return db.session.scalars(
            select(Membership).where(
                Membership.workshop_id == workshop.id, Membership.account_id == self.people[name].id
            )
        ).one()

    # ---- people that the demo does not have

    def newcomers(self) -> None:
        """Nele has an account and no workshop, Ida is invited, Paul waits, Frank founds; Bodo is blocked."""
        begin_write()
        ines, admin = self.people["ines"].id, self.people["admin"].id
        self.people["nele"] = office.create_account(admin, name="Nele Neu", email="nele@demo.example")
        self.people["frank"] = office.create_account(
            admin, name="Frank Gründer", email="frank@demo.example", may_found=True
        )
        self.people["bodo"] = office.create_account(admin, name="Bodo Weg", email="bodo@demo.example")
        office.block(admin, self.people["bodo"].id)
        self.invited = office.add_person(
            self.workshop,
            ines,
            name="Ida Geladen",
            email="ida@demo.example",
            organisation="Muster Optik",
            role=Role.PARTICIPANT,
            sector_id=self.member("petra").sector_id,
        )
        self.people["ida"] = db.session.get(Account, self.invited.account_id)
        self.token = join.invite(self.people["ida"].id, self.workshop.id)
        self.mailed = join.issue(TicketKind.LOGIN, account_id=self.people["nele"].id).token
        moving = join.issue(TicketKind.ADDRESS, account_id=self.people["nele"].id)
        moving.ticket.email, self.moving = "nele.neu@demo.example", moving.token
        waiting = join.waiting(self.workshop.id)
        assert waiting
        self.people["paul"] = db.session.scalars(
            select(Account).where(Account.name.like("Paul Musterwarter%"))
        ).one()
        gone = office.add_person(
            self.workshop,
            ines,
            name="Erik Ende",
            email=None,
            organisation="",
            role=Role.HELPER,
            sector_id=None,
        )
        prepare.end(self.workshop, self.actor("mona"), gone.id)
        self.gone = gone.id
        self.empty_process = office.create_process(
            self.people["frank"].id, title="Wasserstoff im Land", question="Was fehlt noch?"
        )
        self.empty_workshop = office.create_workshop(
            self.empty_process, self.people["frank"].id, title="Erstes Treffen", kind="", place=""
        )
        db.session.commit()

    # ---- sessions in the states that a good day does not show

    def session(self, title: str, phase: Phase, *, texts: int = 4, **settings) -> Session:
        """A session in the smaller workshop, walked to a phase with a few proposals."""
        mona, petra = self.actor("mona"), self.actor("petra")
        session = prepare.create_session(
            self.workshop,
            mona.id,
            title=title,
            question="Was nehmen wir uns vor?",
            proposals_each=9,
            **settings,
        )
        for here in Phase:
            if here is phase:
                break
            if here is Phase.COLLECT:
                for text in TITLES[:texts]:
                    collect.propose(
                        session,
                        petra,
                        title=text,
                        problem="Es fehlt daran.",
                        action="Wir richten es ein.",
                        theme_id=None,
                    )
            if here is Phase.RANK:
                session.phase = Phase.RESULT
                break
            prepare.advance(session, mona, leaving=here)
        db.session.commit()
        return session

    def round(self, session: Session) -> Round:
        sheet = rank.sheet(session)
        made = rank.open_round(
            session, self.actor("mona"), self.keys, leading="person", mark=sheet.mark, grace=0
        )
        db.session.commit()
        return made

    def cast(self, session: Session, round: Round, who: str, tag: str, *levels: int) -> None:
        vote = Ranking(tuple((level,) for level in levels), rest_below=True)
        rank.cast(
            session,
            self.actor(who),
            self.keys,
            round.id,
            login_tag=tag,
            list_hash=round.list_hash,
            rev=0,
            vote=vote,
            arrived=datetime.now(UTC),
        )
        db.session.commit()

    def closed(self, title: str) -> tuple[Session, Round]:
        """A round that is closed and not shown, with three ballots."""
        session = self.session(title, Phase.RANK)
        round = self.round(session)
        for who, levels in (("petra", (0, 1, 2)), ("samuel", (1, 0)), ("vera", (0, 2, 1, 3))):
            self.cast(session, round, who, "ab" * 16, *levels)
        rank.announce(session, self.actor("mona"), round.id, seconds=0)
        db.session.commit()
        walked(self.keys, round.id, RoundState.CLOSED)
        return session, round

    def listed(self) -> int:
        """A list that was uploaded and not yet confirmed: something of everything."""
        text = (
            "Name;E-Mail;Organisation;Akteursgruppe\n"
            "Nora Neu;nora@demo.example;Muster Optik;Industrie\n"
            "Milan Vogt;;TU Musterstadt;Hochschulen\n"
            "Ida Geladen;ida@demo.example;Muster Optik Chemnitz;Wissenschaft\n"
            ";ohne.name@demo.example;Muster Optik;Industrie\n"
            "Kaputt Adresse;kaputt@;Muster Optik;Marsleute\n"
            "Nora Neu;NORA@demo.example;Muster Optik;Industrie\n"
        )
        kept = prepare.keep_list(self.workshop, self.actor("mona"), prepare.read_list(text.encode()))
        db.session.commit()
        return kept.id

    def login(self, name: str) -> str:
        token = join.begin_login(self.people[name].id, hours=8, confirmed=True, proven=True)
        db.session.commit()
        return token

    def cards(self):
        """A card for Karla, who is invited and has not come, and a blank one."""
        secret, nonce = self.app.config["SECRET_KEY"], "ab" * 16
        mona = self.actor("mona")
        karla = office.add_person(
            self.workshop,
            mona.id,
            name="Karla Muster",
            organisation="Gießerei Lauchhammer",
            sector_id=self.invited.sector_id,
        )
        self.double = join.arrive(
            self.workshop,
            None,
            name="Muster, Carla",
            organisation="Gießerei Lauchhammer",
            sector_id=self.invited.sector_id,
            email="carla@example.org",
        )
        first, last = desk.make(self.workshop, mona, members=[karla.id], blank=1, secret=secret, nonce=nonce)
        db.session.commit()
        return desk.printed(self.workshop.id, first, last, secret=secret, nonce=nonce)
