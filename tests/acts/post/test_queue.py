"""Mail: queued in the acting transaction, sent by a real SMTP conversation, never lost, never in the way."""

from __future__ import annotations

import logging
import smtplib
import threading
import time
from datetime import timedelta

import pytest
from sqlalchemy import event, select, update

from tests import mailserver
from tests.mailserver import SENDER
from werkstatt.acts import clerk, join, post
from werkstatt.acts.post import carriers
from werkstatt.db import begin_write, db, utcnow
from werkstatt.models import Mail
from werkstatt.secrecy import KeyFolder
from werkstatt.terms import MailState, TicketKind

LETTER = post.Letter("Ihr Zugang", "Geheim: https://example.org/w/abc", "<p>Geheim: abc</p>")


@pytest.fixture(scope="module")
def server():
    with mailserver.running() as found:
        yield found


@pytest.fixture
def office(server):
    """The server, with an empty memory."""
    server.mails.clear()
    server.answers.clear()
    server.slow = 0.0
    return server


def put(house, name="petra", letter=LETTER, **more) -> int:
    mail_id = post.put(house.people[name], "login", letter, **more).id
    db.session.commit()
    return mail_id


def deliver(url: str, timeout: float = 5) -> bool:
    done = post.deliver_due(post.Smtp(url, SENDER, timeout=timeout), sender=SENDER)
    db.session.expire_all()
    return done


def due_again() -> None:
    """Let the waiting time pass."""
    begin_write()
    db.session.execute(update(Mail).values(due_at=utcnow()))
    db.session.commit()


def test_a_mail_arrives_whole_and_its_secret_leaves_the_database(house, office):
    mail_id = put(house)
    assert deliver(office.url)
    (mail,) = office.mails
    assert (mail["To"], mail["From"], mail["Subject"]) == ("petra@example.org", SENDER, "Ihr Zugang")
    assert mail["Auto-Submitted"] == "auto-generated" and mail["Message-ID"].endswith("@example.org>")
    assert mailserver.plain(mail).strip() == LETTER.text
    assert mail.get_body(("html",)).get_content().strip() == LETTER.html
    row = db.session.get(Mail, mail_id)
    assert (row.state, row.text, row.html, row.error) == (MailState.SENT, "", "", "") and row.sent_at
    assert deliver(office.url) and len(office.mails) == 1


def test_what_is_rolled_back_is_never_sent(house, office):
    post.put(house.people["petra"], "login", LETTER)
    db.session.rollback()
    assert deliver(office.url) and not office.mails


def test_a_dead_server_loses_nothing(house):
    """All mails wait, with one short attempt a look; when it is back they go out once each."""
    port = mailserver.free_port()
    ids = [put(house, name) for name in ("petra", "vera", "samuel")]
    assert not deliver(f"smtp://127.0.0.1:{port}")
    waiting = list(db.session.scalars(select(Mail).order_by(Mail.id)))
    assert [mail.id for mail in waiting] == ids
    assert {mail.state for mail in waiting} == {MailState.WAITING} and all(mail.text for mail in waiting)
    assert sorted(mail.tries for mail in waiting) == [0, 0, 1] and "refused" in waiting[0].error
    with mailserver.running(port) as office:
        assert deliver(office.url)
        assert len(office.mails) == 2  # the one that was tried waits a little
        due_again()
        assert deliver(office.url)
        assert sorted(mail["To"] for mail in office.mails) == [
            "petra@example.org",
            "samuel@example.org",
            "vera@example.org",
        ]
    db.session.expire_all()
    assert set(db.session.scalars(select(Mail.state))) == {MailState.SENT}


def test_a_refused_address_is_final_and_a_greylisted_one_is_not(house, office):
    office.answers["petra@example.org"] = "550 5.1.1 no such user\twith a tab"
    office.answers["vera@example.org"] = "451 4.7.1 greylisted, try again"
    petra, vera, samuel = (put(house, name) for name in ("petra", "vera", "samuel"))
    assert deliver(office.url)
    rows = {row.id: row for row in db.session.scalars(select(Mail))}
    assert (rows[petra].state, rows[petra].text) == (MailState.FAILED, "")
    assert rows[petra].error.startswith("550 5.1.1 no such user")
    assert rows[vera].state is MailState.WAITING and rows[vera].error.startswith("451")
    assert rows[vera].due_at > utcnow() + timedelta(seconds=20)
    assert rows[samuel].state is MailState.SENT
    office.answers.clear()
    assert deliver(office.url) and len(office.mails) == 1
    due_again()
    assert deliver(office.url) and office.to("vera@example.org")


def test_the_wait_between_two_tries_doubles_up_to_an_hour(house, office):
    office.answers["petra@example.org"] = "450 later"
    mail_id, waits = put(house), []
    for _ in range(9):
        due_again()
        deliver(office.url)
        waits.append(round((db.session.get(Mail, mail_id).due_at - utcnow()).total_seconds()))
    assert waits == [30, 60, 120, 240, 480, 960, 1920, 3600, 3600]


def test_a_slow_server_is_left_and_the_mail_waits(house, office):
    office.slow = 1.5
    mail_id = put(house)
    begun = time.monotonic()
    assert not deliver(office.url, timeout=0.2)
    assert time.monotonic() - begun < 3
    row = db.session.get(Mail, mail_id)
    assert row.state is MailState.WAITING and "timed out" in row.error


def test_a_server_that_never_answers_holds_up_neither_a_close_nor_a_write(app, house, office):
    """The postman has a thread of its own and no transaction open while it waits."""
    put(house)
    office.slow, stop = 2, threading.Event()
    carrier = post.Smtp(office.url, SENDER, timeout=5)
    thread = threading.Thread(target=post.run, args=(app, carrier, SENDER, stop), daemon=True)
    thread.start()
    deadline = time.monotonic() + 5
    while db.session.scalar(select(Mail.tries)) == 0 and time.monotonic() < deadline:
        db.session.rollback()
        time.sleep(0.02)
    db.session.rollback()
    begun = time.monotonic()
    clerk.work_once(KeyFolder(app.config["SETTINGS"].keys))
    put(house, "vera")
    assert time.monotonic() - begun < 1
    stop.set()
    thread.join(10)
    assert not thread.is_alive() and len(office.mails) == 1


def test_two_postmen_send_a_mail_once(app, house, office):
    office.slow = 0.02
    for _ in range(4):
        for name in ("petra", "vera", "samuel"):
            put(house, name)

    def work():
        with app.app_context():
            post.deliver_due(post.Smtp(office.url, SENDER), sender=SENDER)
            db.session.remove()

    postmen = [threading.Thread(target=work) for _ in range(3)]
    for postman in postmen:
        postman.start()
    for postman in postmen:
        postman.join(30)
    assert len(office.mails) == 12
    db.session.expire_all()
    assert set(db.session.scalars(select(Mail.state))) == {MailState.SENT}


def test_no_transaction_is_open_while_the_server_is_spoken_to(house):
    put(house)
    seen = []

    class Watching:
        def deliver(self, message):
            seen.append(db.session().in_transaction())

        def close(self):
            pass

    assert post.deliver_due(Watching(), sender=SENDER) and seen == [False]


@pytest.mark.parametrize("how", ["expired", "used", "voided"])
def test_what_has_come_too_late_is_not_sent_and_its_secret_goes(house, office, how):
    ticket = join.issue(TicketKind.LOGIN, account_id=house.people["petra"].id).ticket
    mail_id = put(house, ticket=ticket)
    begin_write()
    if how == "expired":
        db.session.get(Mail, mail_id).expires_at = utcnow()
    elif how == "used":
        join.use(ticket)
    else:
        ticket.voided_at = utcnow()
    db.session.commit()
    assert deliver(office.url) and not office.mails
    row = db.session.get(Mail, mail_id)
    assert (row.state, row.text, row.html) == (MailState.DROPPED, "", "")


HOSTILE = (
    "Workshop\r\nBcc: alle@example.org",
    "Workshop\nBcc: alle@example.org\n\nanderer Text",
    "Workshop\u2028Bcc: alle@example.org",
    "Workshop\x00\x0b\x0c\x1b[31m",
    "=?utf-8?q?Workshop=0D=0ABcc:_alle@example.org?=",
)


@pytest.mark.parametrize("text", HOSTILE)
def test_c33_line_breaks_never_reach_a_mail_header(house, office, text):
    put(house, letter=post.Letter(text, "Guten Tag\r\n.\r\nQUIT", "<p>Guten Tag</p>"))
    assert deliver(office.url)
    (mail,) = office.mails
    assert office.recipients[-1:] == ["petra@example.org"] and "Bcc" not in mail
    assert "Workshop" in mail["Subject"] and mail["Subject"].isprintable()
    assert [name for name in mail if name == "Subject"] == ["Subject"]
    assert mailserver.plain(mail).splitlines()[:3] == ["Guten Tag", ".", "QUIT"]


@pytest.mark.parametrize(
    "address",
    [
        "petra@example.org\r\nBcc: alle@example.org",
        "petra@example.org, alle@example.org",
        "petra",
        "",
        "@",
        "a b@c",
    ],
)
def test_c33_an_address_that_is_none_is_undeliverable(house, office, address):
    mail_id = put(house, to=address or "@")
    assert deliver(office.url) and not office.mails
    assert db.session.get(Mail, mail_id).state is MailState.FAILED


def test_without_a_server_it_is_given_up_and_emptied(house):
    mail_id = put(house)
    assert post.deliver_due(post.carrier_for("", SENDER), sender=SENDER)
    db.session.expire_all()
    row = db.session.get(Mail, mail_id)
    assert (row.state, row.text) == (MailState.FAILED, "") and "no mail server" in row.error


def test_the_console_shows_the_mail_and_says_that_it_was_not_sent(house, capsys):
    put(house)
    assert post.deliver_due(post.carrier_for("console:", SENDER), sender=SENDER)
    said = capsys.readouterr().out
    assert "not sent" in said and "petra@example.org" in said and LETTER.text in said


def test_c24_the_log_names_neither_address_nor_text(house, office, caplog):
    office.answers["petra@example.org"] = "550 unknown"
    put(house)
    with caplog.at_level(logging.DEBUG, logger="werkstatt"):
        deliver(office.url)
        due_again()
        deliver("smtp://127.0.0.1:9")
    assert "petra" not in caplog.text and "Geheim" not in caplog.text and "cannot be delivered" in caplog.text


def test_a_password_is_not_sent_in_the_clear_to_another_machine(house, office, monkeypatch):
    monkeypatch.setattr(carriers, "_is_loopback", lambda host: False)
    spoken = []
    monkeypatch.setattr(smtplib.SMTP, "login", lambda self, *words: spoken.append(words))
    mail_id = put(house)
    assert not deliver(office.url.replace("//", "//user:geheim%40@"))
    assert not spoken and "no TLS" in db.session.get(Mail, mail_id).error


def test_the_queue_is_asked_with_one_small_question_when_nothing_is_due(app, house):
    asked = []
    event.listen(db.engine, "before_cursor_execute", lambda c, cur, statement, *rest: asked.append(statement))
    post.deliver_due(post.carrier_for("", SENDER), sender=SENDER)
    assert len([one for one in asked if one.startswith("SELECT")]) == 2
    assert not [one for one in asked if "UPDATE" in one or "IMMEDIATE" in one]
