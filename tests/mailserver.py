"""A real SMTP server on the loopback for tests of mail: it can refuse, be slow, be dead, and come back."""

from __future__ import annotations

import asyncio
import email
import socket
from contextlib import contextmanager
from email import policy
from email.message import EmailMessage

from aiosmtpd.controller import Controller

SENDER = "Werkstatt <werkstatt@example.org>"


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class MailServer:
    """What arrived (``mails``), and how it answers: by recipient (``answers``), after a while (``slow``)."""

    def __init__(self, port: int):
        self.port, self.mails, self.answers, self.slow = port, [], {}, 0.0
        self.recipients: list[str] = []

    @property
    def url(self) -> str:
        return f"smtp://127.0.0.1:{self.port}"

    async def handle_RCPT(self, server, session, envelope, address, options):
        if address in self.answers:
            return self.answers[address]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        await asyncio.sleep(self.slow)
        self.mails.append(email.message_from_bytes(envelope.content, policy=policy.default))
        self.recipients += envelope.rcpt_tos
        return "250 OK"

    def to(self, address: str) -> list[EmailMessage]:
        return [mail for mail in self.mails if mail["To"] == address]


@contextmanager
def running(port: int | None = None):
    """The server while it runs; given its port again it has "come back"."""
    server = MailServer(port or free_port())
    controller = Controller(server, hostname="127.0.0.1", port=server.port, ready_timeout=20)
    controller.start()
    try:
        yield server
    finally:
        controller.stop()


def plain(mail: EmailMessage) -> str:
    return mail.get_body(("plain",)).get_content()
