"""Lists of people: what each line means beside the register, and taking over without doubling."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import func, select

from werkstatt.acts import Missing, Refused, audit, desk, join, prepare
from werkstatt.acts.prepare import beside
from werkstatt.db import begin_write, db, utcnow
from werkstatt.models import Account, Login, Membership, Upload
from werkstatt.terms import MemberState, Role

HEAD = "Name;E-Mail;Organisation;Akteursgruppe\n"
LIST = HEAD + (
    "Nora Neu;nora@example.org;Werk;Industrie\n"
    "Milan Vogt;;TU;Hochschulen\n"
    ";ohne@example.org;Werk;Industrie\n"
    "Kaputt;kaputt@;Werk;Industrie\n"
    "Nora Neu;NORA@example.org;anderes Werk;Industrie\n"
    "Petra Vogel;petra@example.org;;Wissenschaft\n"
    "Vera Kunze;vera@example.org;;Verwaltung\n"
    "Franka W.;franka@example.org;;Marsleute\n"
)


def upload(house, text: str = LIST, who: str = "mona") -> int:
    kept = prepare.keep_list(house.workshop, house.actor(who), prepare.read_list(text.encode()))
    db.session.commit()
    return kept.id


def look(house, upload_id: int, **more):
    return prepare.look_at(house.workshop, house.actor("mona"), upload_id, **more)


def take(house, upload_id: int, chosen=range(1, 50), meant=None):
    done = prepare.take_over(house.workshop, house.actor("mona"), upload_id, set(chosen), meant or {})
    db.session.commit()
    return done


def people() -> int:
    return db.session.scalar(select(func.count()).select_from(Membership))


def test_every_line_is_accounted_for(house):
    found = look(house, upload(house))
    assert [(line.entry.line, line.verdict.value) for line in found.lines] == [
        (2, "new"),
        (3, "new"),
        (4, "bad"),
        (5, "bad"),
        (6, "bad"),
        (7, "change"),
        (8, "same"),
        (9, "new"),
    ]
    notes = {line.entry.line: [message for message, _ in line.notes] for line in found.lines}
    assert notes[4] == ["Name fehlt"] and notes[5] == ["keine E-Mail-Adresse: %(address)s"]
    assert found.lines[4].notes == [("steht schon in Zeile %(line)s", {"line": 2})]
    assert found.lines[5].notes[0][1] == {"was": "Industrie", "will": "Wissenschaft"}


def test_unknown_sectors_are_suggested_or_asked_on_arrival(house):
    upload_id, science = upload(house), house.sectors[1].id
    assert look(house, upload_id).unknown == {"Hochschulen": science, "Marsleute": 0}
    take(house, upload_id, meant={"Marsleute": house.sectors[2].id, "Hochschulen": science})
    known = {
        account.name: member
        for member, account in db.session.execute(select(Membership, Account).join(Account))
    }
    assert known["Milan Vogt"].sector_id == science
    assert known["Milan Vogt"].state is MemberState.INVITED and known["Milan Vogt"].role is Role.PARTICIPANT


def test_what_offices_call_a_sector_is_proposed(house):
    industry, science, administration = (sector.id for sector in house.sectors[:3])
    meant = {
        "Wirtschaft": industry,
        "KMU / Start-up": industry,
        "Uni": science,
        "Forschungseinrichtung": science,
        "öffentl. Verwaltung": administration,
        "Sächs. Staatsministerium": administration,
        "Marsleute": 0,
        "": 0,
    }
    rows = "".join(f"Gast {n} Nr;;Werk {n};{text}\n" for n, text in enumerate(meant))
    assert look(house, upload(house, HEAD + rows)).unknown == meant


def test_a_foreign_sector_cannot_be_chosen(house):
    foreign = db.session.scalars(
        select(Membership.sector_id).where(Membership.workshop_id == house.other_workshop.id)
    ).first()
    take(house, upload(house), meant={"Marsleute": foreign})
    franka = db.session.scalars(
        select(Membership).where(
            Membership.account_id == house.people["franka"].id, Membership.workshop_id == house.workshop.id
        )
    ).one()
    assert franka.sector_id is None and house.people["franka"].name == "Franka Weiß"


def test_the_same_list_twice_doubles_nobody(house):
    before = people()
    first = take(house, upload(house))
    assert (first.new, first.changed, first.left) == (3, 1, 4) and people() == before + 3
    again = look(house, upload(house))
    assert not again.of(prepare.Verdict.NEW) and not again.of(prepare.Verdict.CHANGE)
    assert take(house, upload(house))[:2] == (0, 0) and people() == before + 3
    assert len(again.of(prepare.Verdict.BAD)) == 3


def test_a_list_is_confirmed_once(house):
    upload_id = upload(house)
    take(house, upload_id)
    with pytest.raises(Missing):
        take(house, upload_id)


def test_only_what_was_chosen_is_taken(house):
    done = take(house, upload(house), chosen=[3, 4])
    assert (done.new, done.changed) == (1, 0)
    entry = db.session.scalars(select(Account).where(Account.email == "nora@example.org")).one_or_none()
    assert entry is None and audit.broken_at() is None


def test_a_known_persons_name_stays_theirs_where_they_take_part_elsewhere_too(house):
    begin_write()
    petra = house.people["petra"]
    db.session.add(
        Membership(workshop_id=house.other_workshop.id, account_id=petra.id, state=MemberState.ACTIVE)
    )
    db.session.commit()
    take(house, upload(house, HEAD + "Peter Vogel;petra@example.org;Anderswo;Industrie\n"))
    assert petra.name == "Petra Vogel"


def test_an_ended_participation_is_taken_up_only_when_chosen(house):
    begin_write()
    house.member("vera").state = MemberState.ENDED
    db.session.commit()
    line = look(house, upload(house)).lines[6]
    assert line.verdict is prepare.Verdict.CHANGE and line.ended
    take(house, upload(house))
    assert house.member("vera").state is MemberState.INVITED


def test_an_import_never_changes_role_or_presence(house):
    take(
        house,
        upload(
            house,
            HEAD + "Heiko Lang;heiko@example.org;;Industrie\nPaul Sommer;paul@example.org;;Verwaltung\n",
        ),
    )
    assert (house.member("heiko").role, house.member("heiko").state) == (Role.HELPER, MemberState.CHECKED_IN)
    assert house.member("paul").state is MemberState.PENDING
    assert db.session.scalar(select(func.count()).select_from(Login)) == 0


def test_lists_wait_a_day_and_one_for_each_person(house):
    first = upload(house)
    second = upload(house)
    assert db.session.get(Upload, first) is None and upload(house, who="ines")
    begin_write()
    db.session.get(Upload, second).expires_at = utcnow() - timedelta(seconds=1)
    db.session.commit()
    with pytest.raises(Missing):
        look(house, second)
    prepare.sweep_lists()
    assert db.session.get(Upload, second) is None


def test_what_is_no_person_is_said_by_line(house):
    names = ("#NV", "Industrie", "?ukasz", "=A2&B2", "Nora Neu")
    found = look(house, upload(house, HEAD + "".join(f"{name};;;Industrie\n" for name in names)))
    assert [line.verdict.value for line in found.lines] == ["bad"] * 4 + ["new"]
    assert found.lines[0].notes[0][1] == {"error": "#NV"} and "Akteursgruppe" in found.lines[1].notes[0][0]
    assert "CSV UTF-8" in found.lines[2].notes[0][0] and "Formel" in found.lines[3].notes[0][0]


def test_a_file_that_is_none_is_refused_at_its_field(house):
    with pytest.raises(Refused) as no:
        prepare.read_list(b"")
    assert no.value.field == "file"


def verdicts(house, text: str, **more) -> list[str]:
    return [line.verdict.value for line in look(house, upload(house, text), **more).lines]


def test_a_second_list_with_addresses_doubles_nobody(house):
    """First without addresses, then with them, and then the first once more."""
    first = "Name;Organisation;Akteursgruppe\nNora Neu;Werk;Industrie\nMilan Vogt;TU;Industrie\n"
    second = HEAD + "Nora Neu;nora@example.org;Werk;Industrie\nMilan Vogt;milan@example.org;TU;Industrie\n"
    take(house, upload(house, first))
    before = people()
    found = look(house, upload(house, second))
    assert [line.verdict.value for line in found.lines] == ["change", "change"]
    assert found.lines[1].notes == [("E-Mail ergänzt: %(address)s", {"address": "milan@example.org"})]
    assert take(house, upload(house, second))[:2] == (0, 2) and people() == before
    assert db.session.scalars(select(Account).where(Account.email == "milan@example.org")).one().name
    assert verdicts(house, first) == verdicts(house, second) == ["same", "same"]
    assert verdicts(house, first.replace("Nora Neu;Werk", "nora  NEU;WERK"))[0] == "change"


def test_the_same_name_with_another_address_is_asked_about(house):
    """In the register or in the list itself; it is nobody new unless somebody says so."""
    take(house, upload(house, HEAD + "Nora Neu;nora@example.org;Werk;Industrie\n"))
    other = HEAD + "Nora Neu;andere@example.org;Werk;Industrie\n"
    assert verdicts(house, other) == ["ask"]
    assert take(house, upload(house, other), chosen=[]).new == 0
    assert take(house, upload(house, other), chosen=[2]).new == 1
    twice = HEAD + "Milan Vogt;;TU;Industrie\nMilan Vogt;milan@example.org;TU;Industrie\n"
    assert verdicts(house, twice) == ["new", "ask"]


def test_an_address_of_another_account_is_never_given_to_somebody_in_the_register(house):
    take(house, upload(house, HEAD + "Nora Neu;;Werk;Industrie\n"))
    foreign = db.session.scalars(
        select(Account.email)
        .where(Account.email.is_not(None))
        .where(
            Account.id.not_in(
                select(Membership.account_id).where(Membership.workshop_id == house.workshop.id)
            )
        )
    ).first()
    assert verdicts(house, HEAD + f"Nora Neu;{foreign};Werk;Industrie\n") == ["ask"]


def test_a_similar_name_without_an_address_is_asked_about(house):
    """As at the door. Two addresses, or for names not quite the same two organisations, tell people apart."""
    take(
        house,
        upload(
            house, HEAD + "Dr. Jörg Müller;joerg@example.org;TU Dresden;Industrie\nNora Neu;;;Industrie\n"
        ),
    )
    again = HEAD + (
        "Jörg Müller;j.mueller@example.org;Werk;Industrie\n"  # two addresses
        "Mueller, Joerg;;TU Dresden;Wissenschaft\n"  # whoever that is, there is one
        "Joerg Mueller;;Technische Universität;Wissenschaft\n"  # the same words, however the house is called
        "Jorge Müller;;Werk Sued;Industrie\n"  # neither the same words nor the same house
        "Nora Neue;nora@example.org;Werk;Industrie\n"  # one without any stands in the register
        "Milan Vogt;;TU;Industrie\nMilan Voigt;;TU;Industrie\n"  # in the list itself
    )
    found = look(house, upload(house, again), closely=True).lines
    assert [line.verdict.value for line in found] == ["new", "ask", "ask", "new", "ask", "new", "ask"]
    assert found[1].notes == [(beside.SIMILAR, {"name": "Dr. Jörg Müller, TU Dresden"})]
    assert found[4].notes == [(beside.SIMILAR, {"name": "Nora Neu"})]
    assert found[6].notes == [(beside.SIMILAR_IN_LINE, {"line": 7})]
    assert take(house, upload(house, again), chosen=[2, 3, 5, 7]).new == 4
    assert verdicts(house, again, closely=True) == ["same", "same", "ask", "same", "ask", "same", "ask"]


def test_an_upload_repeated_after_two_accounts_were_joined_doubles_nobody_unasked(house):
    """The address of the one that was joined away is no more, so nothing but the name says who its line is."""
    text = HEAD + (
        "Doris Doppelt;doris1@example.org;Firma;Industrie\nDoris Doppelt;doris2@example.org;Amt;Industrie\n"
    )
    upload_id = upload(house, text)
    assert [line.verdict.value for line in look(house, upload_id, closely=True).lines] == ["new", "new"]
    take(house, upload_id)
    assert verdicts(house, text, closely=True) == ["same", "same"]
    first, second = (
        row.member.id for row in prepare.register(house.workshop.id) if row.name == "Doris Doppelt"
    )
    desk.is_same(house.workshop, house.actor("mona"), first, second)
    db.session.commit()
    found = look(house, upload(house, text), closely=True).lines
    assert [line.verdict.value for line in found] == ["ask", "same"]
    assert found[0].notes == [(beside.SAME_NAME_ONLY, {"name": "Doris Doppelt, Amt"})]


def waits(house, name: str, organisation: str) -> Membership:
    sector_id = house.sectors[1].id
    member = join.arrive(
        house.workshop,
        None,
        name=name,
        organisation=organisation,
        sector_id=sector_id,
        email="wilma@ziel.example",
    )
    db.session.commit()
    return member


WILMA = "Name;E-Mail;Organisation;Akteursgruppe\nWilma Ziel;wilma@ziel.example;Zielwerk;Industrie\n"


def test_c42_a_list_gives_nobody_who_waits_at_the_door_an_address(house):
    """A stranger says the name that the office uploads next; they stay who they are, and both are flagged."""
    stranger = waits(house, "Wilma Ziel", "Zielwerk")
    upload_id = upload(house, WILMA)
    [line] = look(house, upload_id, closely=True).lines
    assert line.verdict is prepare.Verdict.NEW
    assert line.notes == [(beside.WAITS, {"name": "Wilma Ziel, Zielwerk"})]
    assert take(house, upload_id).new == 1
    account = db.session.get(Account, stranger.account_id)
    assert (account.email, stranger.sector_id) == (None, house.sectors[1].id)
    wilma = db.session.scalars(select(Account).where(Account.email == "wilma@ziel.example")).one()
    own = join.membership_of(house.workshop.id, wilma.id)
    assert own.state is MemberState.INVITED and wilma.id != stranger.account_id
    assert wilma.id in [reader.id for reader in prepare.to_invite(house.workshop.id)]
    row = prepare.row(house.workshop.id, stranger.id)
    [match] = desk.likely(house.workshop.id, [row])[stranger.id]
    assert match.row.member.id == own.id and match.same_address


def test_c42_nor_anybody_who_came_in_by_the_rooms_code_and_was_confirmed(house):
    stranger = waits(house, "Wilma Ziel", "Zielwerk")
    join.begin_login(stranger.account_id, hours=1)
    join.approve(house.workshop, house.actor("mona"), [stranger.id])
    db.session.commit()
    upload_id = upload(house, WILMA)
    [line] = look(house, upload_id).lines
    assert line.verdict is prepare.Verdict.ASK
    take(house, upload_id)
    assert db.session.get(Account, stranger.account_id).email is None


def test_who_waits_with_an_address_of_their_own_is_confirmed_at_the_door(house):
    upload_id = upload(house, HEAD + "Paul Sommer;paul@example.org;;Wissenschaft\n")
    [line] = look(house, upload_id).lines
    assert line.verdict is prepare.Verdict.BAD and line.notes == [(beside.WAITS_HIMSELF, {})]
    assert take(house, upload_id)[:2] == (0, 0) and house.member("paul").sector_id == house.sectors[0].id


def test_another_name_than_on_the_register_is_said_where_it_may_not_be_changed(house):
    """Petra takes part elsewhere, too; what she is called is not for one of the two moderators to say."""
    begin_write()
    petra = house.people["petra"]
    db.session.add(
        Membership(workshop_id=house.other_workshop.id, account_id=petra.id, state=MemberState.ACTIVE)
    )
    db.session.commit()
    upload_id = upload(house, f"Name;E-Mail\nPetra Anders;{petra.email}\n")
    (line,) = prepare.look_at(house.workshop, house.actor("mona"), upload_id).lines
    assert line.verdict is prepare.Verdict.SAME
    assert [(text, values["name"].split(",")[0]) for text, values in line.notes] == [
        ("Bleibt, wie die Person es selbst angegeben hat: %(name)s", "Petra Vogel")
    ]
