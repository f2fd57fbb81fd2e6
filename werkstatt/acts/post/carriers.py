"""Who carries a mail: an SMTP server, the console of a demonstration, or nobody.

A carrier says in two words what went wrong: :class:`Undeliverable` (this mail never will be), or
:class:`Later` (try again; ``whole``: nothing at all can be sent now).
"""

from __future__ import annotations

import contextlib
import smtplib
import ssl
from email import policy
from email.errors import MessageError
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import make_msgid, parseaddr
from ipaddress import ip_address
from typing import Protocol
from urllib.parse import unquote, urlsplit

from ...db import utcnow

TIMEOUT = 10.0  # seconds for each step of the conversation


class Undeliverable(Exception):
    """This mail will never arrive; the text says why, shortly."""


class Later(Exception):
    """Not now. ``whole``: the server itself cannot be used."""

    def __init__(self, why: str, *, whole: bool = False):
        super().__init__(why)
        self.whole = whole


class Carrier(Protocol):
    def deliver(self, message: EmailMessage) -> None: ...
    def close(self) -> None: ...


def one_line(text: str) -> str:
    """Text for a header: control signs and line breaks of every kind become a space.

    What looks like an encoded word (RFC 2047), which could hold a line break, is taken apart.
    """
    return " ".join("".join(sign if sign.isprintable() else " " for sign in text).split()).replace(
        "=?", "= ?"
    )


def message_of(mail, sender: str) -> EmailMessage:
    """The mail as it goes out, text and HTML.

    :raises Undeliverable: the address is none.
    """
    message = EmailMessage(policy=policy.SMTP)
    try:
        message["From"] = sender
        message["To"] = Address(addr_spec=mail.to)
        message["Subject"] = one_line(mail.subject)
    except (
        ValueError,
        IndexError,
        MessageError,
    ) as no:  # what the library raises for an address that cannot be parsed
        raise Undeliverable("no valid address") from no
    message["Date"] = utcnow()
    message["Message-ID"] = make_msgid(domain=domain_of(sender))
    message["Auto-Submitted"] = "auto-generated"  # RFC 3834: no answer by a machine, please
    message["Content-Language"] = mail.language
    message.set_content(mail.text, cte="quoted-printable")
    message.add_alternative(mail.html, subtype="html", cte="quoted-printable")
    return message


def domain_of(sender: str) -> str:
    return parseaddr(sender)[1].rpartition("@")[2]


class Smtp:
    """An SMTP server; one connection for several mails.

    ``smtp://`` uses STARTTLS where the server offers it (``?tls=no``: not even then), ``smtps://`` TLS from the start;
    certificates are checked. A password is never sent in the clear to another machine.
    """

    def __init__(self, url: str, sender: str, *, timeout: float = TIMEOUT):
        parts = urlsplit(url)
        self.host, self.tls, self.wants_tls = parts.hostname, parts.scheme == "smtps", parts.query != "tls=no"
        self.port = parts.port or (465 if self.tls else 587 if parts.username else 25)
        self.user, self.password = unquote(parts.username or ""), unquote(parts.password or "")
        self.name, self.timeout = domain_of(sender), timeout
        self.server: smtplib.SMTP | None = None

    def deliver(self, message: EmailMessage) -> None:
        try:
            if self.server is None:
                self.server = self._connect()
        except (OSError, smtplib.SMTPException) as no:
            raise Later(_short(no), whole=True) from no
        try:
            self.server.send_message(message)
        except smtplib.SMTPRecipientsRefused as no:
            code, said = next(iter(no.recipients.values()))
            raise _refusal(code, said) from no
        except smtplib.SMTPDataError as no:
            raise _refusal(no.smtp_code, no.smtp_error) from no
        except smtplib.SMTPNotSupportedError as no:
            raise Undeliverable("the server does not accept this kind of address") from no
        except (OSError, smtplib.SMTPException) as no:  # the sender is refused, the line is cut, time is over
            self.close()
            raise Later(_short(no), whole=True) from no

    def _connect(self) -> smtplib.SMTP:
        context = ssl.create_default_context()
        if self.tls:
            server = smtplib.SMTP_SSL(
                self.host, self.port, local_hostname=self.name, timeout=self.timeout, context=context
            )
        else:
            server = smtplib.SMTP(self.host, self.port, local_hostname=self.name, timeout=self.timeout)
        try:
            server.ehlo_or_helo_if_needed()
            secure = self.tls
            if not secure and self.wants_tls and server.has_extn("starttls"):
                server.starttls(context=context)
                secure = True
            if self.user:
                if not secure and not _is_loopback(self.host):
                    raise smtplib.SMTPException("no TLS, so the password is not sent")
                server.login(self.user, self.password)
        except BaseException:
            server.close()
            raise
        return server

    def close(self) -> None:
        server, self.server = self.server, None
        if server is not None:
            with contextlib.suppress(OSError, smtplib.SMTPException):
                server.quit()


class Console:
    """Prints mail where the server runs, for a demonstration without a mail server."""

    def deliver(self, message: EmailMessage) -> None:
        text = message.get_body(("plain",)).get_content().rstrip()
        head = f"To: {message['To']}\nSubject: {message['Subject']}"
        print(f"-- Mail (not sent, only shown here) --\n{head}\n\n{text}\n--", flush=True)

    def close(self) -> None:
        """Nothing is open."""


class Nowhere:
    """No mail server is set up: what was put into the queue all the same is given up and emptied."""

    def deliver(self, message: EmailMessage) -> None:
        raise Undeliverable("no mail server is set up")

    def close(self) -> None:
        """Nothing is open."""


def carrier_for(url: str, sender: str) -> Carrier:
    """The carrier that the settings name."""
    if not url:
        return Nowhere()
    return Console() if url == "console:" else Smtp(url, sender)


def _refusal(code: int, said: bytes) -> Exception:
    why = f"{code} {one_line(said.decode(errors='replace'))}"
    return Undeliverable(why) if 500 <= code < 600 else Later(why)


def _short(no: Exception) -> str:
    if isinstance(no, smtplib.SMTPResponseException):
        said = (
            no.smtp_error.decode(errors="replace") if isinstance(no.smtp_error, bytes) else str(no.smtp_error)
        )
        return f"{no.smtp_code} {one_line(said)}"
    return one_line(str(getattr(no, "strerror", None) or no)) or type(no).__name__


def _is_loopback(host: str) -> bool:
    with contextlib.suppress(ValueError):
        return ip_address(host).is_loopback
    return host == "localhost"
