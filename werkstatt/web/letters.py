"""What the mails say: one function a kind, in the reader's language; text and HTML from the same words.

A new kind of mail is one function here and one line in :data:`KINDS`. The host of links comes from the
settings, never from the request (:func:`werkstatt.web.handover.outside`).
"""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from flask import current_app, render_template
from flask_babel import force_locale, gettext

from ..acts import post
from ..terms import N_
from . import LOCALES, day


class Link(NamedTuple):
    """A link on a line of its own."""

    text: str
    url: str


class Code(NamedTuple):
    """A code to type, and how it is shown."""

    text: str
    shown: str


class Words(NamedTuple):
    """What one mail says, between the greeting and the closing line."""

    subject: str
    says: list[str]
    link: Link | None = None
    code: Code | None = None
    after: list[str] = []


def ready() -> bool:
    """Whether mail goes anywhere at all; pages offer it only then."""
    return bool(current_app.config["SETTINGS"].mail)


def write(account, kind: str, **facts) -> post.Letter:
    """A letter of this kind to this person, in the language of their account."""
    with force_locale(LOCALES[account.language]):
        words = KINDS[kind](**facts)
        named = gettext("Guten Tag, %(name)s,", name=account.name) if account.name else None
        greeting = named or gettext("Guten Tag,")
        closing = gettext(
            "Diese Nachricht hat Werkstatt automatisch verschickt (%(site)s).",
            site=current_app.config["SETTINGS"].base_url,
        )
        parts = [greeting, *words.says]
        if words.link:
            parts.append(f"{words.link.text}\n{words.link.url}")
        if words.code:
            parts.append(f"{words.code.text} {words.code.shown}")
        text = "\n\n".join([*parts, *words.after, closing]) + "\n"
        html = render_template(
            "mail/letter.html", lang=account.language, words=words, greeting=greeting, closing=closing
        )
    return post.Letter(words.subject, text, html)


def spaced(code: str) -> str:
    """A code as it is read: ``123 456``, ``7K3M QPD2``."""
    half = len(code) // 2
    return f"{code[:half]} {code[half:]}"


def login(*, url: str, code: str, expires_at: datetime) -> Words:
    return Words(
        subject=gettext("Ihre Anmeldung bei Werkstatt"),
        says=[
            gettext(
                "mit diesem Link kommen Sie ohne Passwort herein. Er gilt einmal, bis %(until)s.",
                until=day(expires_at),
            )
        ],
        link=Link(gettext("Anmelden"), url),
        code=Code(
            gettext("Oder geben Sie diesen Code auf dem Gerät ein, auf dem Sie ihn angefordert haben:"),
            spaced(code),
        ),
        after=[
            gettext(
                "Haben Sie das nicht angefordert? Dann brauchen Sie nichts zu tun. Geben Sie Link und Code niemandem weiter."
            )
        ],
    )


def invitation(*, url: str, code: str, expires_at: datetime, workshop, login_url: str) -> Words:
    there = [workshop.title]
    if workshop.place:
        there.append(workshop.place)
    if workshop.starts_at:
        there.append(day(workshop.starts_at))
    return Words(
        subject=gettext("Einladung: %(workshop)s", workshop=workshop.title),
        says=[
            gettext("Sie sind eingeladen:"),
            ", ".join(there),
            gettext(
                "Mit diesem Link kommen Sie ohne Passwort herein. Er gilt einmal, bis %(until)s.",
                until=day(expires_at),
            ),
        ],
        link=Link(gettext("Einladung öffnen"), url),
        code=Code(
            gettext(
                "Lesen Sie diese Nachricht auf einem anderen Gerät? Öffnen Sie %(address)s, und geben Sie dort Ihre E-Mail-Adresse und diesen Code ein:",
                address=login_url,
            ),
            spaced(code),
        ),
        after=[gettext("Am Tag selbst geht es auch ohne: am Einlass.")],
    )


def return_code(*, at: datetime, by: str, workshop) -> Words:
    return given_out(
        N_("Für Sie wurde ein Rückkehrcode ausgestellt"),
        N_("%(by)s hat am %(at)s für Sie einen Rückkehrcode ausgestellt: %(workshop)s."),
        N_(
            "Wer ihn eingibt, ist als Sie angemeldet; Ihre anderen Anmeldungen enden. Eine abgegebene Stimme lässt sich damit ersetzen, aber nicht ansehen."
        ),
        at=at,
        by=by,
        workshop=workshop,
    )


def by_hand(*, at: datetime, by: str, workshop) -> Words:
    return given_out(
        N_("Für Sie wurde ein persönlicher Link ausgestellt"),
        N_("%(by)s hat am %(at)s für Sie einen persönlichen Link ausgestellt: %(workshop)s."),
        N_(
            "Wer ihn öffnet, ist als Sie angemeldet; Ihre anderen Anmeldungen enden. Eine abgegebene Stimme lässt sich damit ersetzen, aber nicht ansehen."
        ),
        at=at,
        by=by,
        workshop=workshop,
    )


def card(*, at: datetime, by: str, workshop) -> Words:
    return given_out(
        N_("Für Sie wurde eine neue Karte ausgestellt"),
        N_("%(by)s hat am %(at)s für Sie eine neue Karte ausgestellt: %(workshop)s."),
        N_(
            "Wer sie benutzt, ist als Sie angemeldet; Ihre anderen Anmeldungen enden. Eine abgegebene Stimme lässt sich damit ersetzen, aber nicht ansehen."
        ),
        at=at,
        by=by,
        workshop=workshop,
    )


def joined(*, at: datetime, by: str, workshop) -> Words:
    return given_out(
        N_("Mit Ihrem Konto wurde ein zweites verbunden"),
        N_("%(by)s hat am %(at)s ein zweites Konto mit Ihrem verbunden: %(workshop)s."),
        N_(
            "Wer dort angemeldet war, ist jetzt als Sie angemeldet; Ihre anderen Anmeldungen sind beendet. Eine abgegebene Stimme lässt sich damit ersetzen, aber nicht ansehen."
        ),
        at=at,
        by=by,
        workshop=workshop,
    )


def address_retired(*, at: datetime, by: str, workshop) -> Words:
    return Words(
        subject=gettext("Ihre Adresse bei Werkstatt gilt nicht mehr"),
        says=[
            gettext(
                "%(by)s hat am %(at)s zwei Konten verbunden, weil beide Ihnen gehören: %(workshop)s. Was unter dieser Adresse eingetragen war, gehört jetzt zu Ihrem anderen Konto.",
                by=by,
                at=day(at),
                workshop=workshop.title,
            ),
            gettext(
                "Mit dieser Adresse können Sie sich nicht mehr anmelden; Links und Codes, die hierher geschickt wurden, gehen nicht mehr. Ihr anderes Konto gilt weiter."
            ),
        ],
        after=[
            gettext("Haben Sie kein zweites Konto? Dann sagen Sie es sofort der Moderation oder am Einlass.")
        ],
    )


def given_out(subject: str, by_whom: str, what_it_means: str, *, at: datetime, by: str, workshop) -> Words:
    """Somebody else was handed a way into the reader's account."""
    return Words(
        subject=gettext(subject),
        says=[gettext(by_whom, by=by, at=day(at), workshop=workshop.title), gettext(what_it_means)],
        after=[gettext("Waren Sie das nicht? Dann sagen Sie es sofort der Moderation.")],
    )


def place_taken(*, at: datetime, workshop) -> Words:
    return Words(
        subject=gettext("Ihr Platz: %(workshop)s", workshop=workshop.title),
        says=[
            gettext(
                "am %(at)s wurde am Einlass jemand unter Ihrem Namen hereingelassen: %(workshop)s. Waren Sie das, brauchen Sie nichts zu tun.",
                at=day(at),
                workshop=workshop.title,
            )
        ],
        after=[
            gettext(
                "Waren Sie das nicht? Dann kommen Sie bitte an den Einlass, oder öffnen Sie den Link Ihrer Einladung: Der Einlass sieht sofort, dass Sie da sind, und klärt, wem der Platz gehört."
            )
        ],
    )


def own_link(*, url: str, expires_at: datetime) -> Words:
    return Words(
        subject=gettext("Ihr persönlicher Link zu Werkstatt"),
        says=[
            gettext(
                "mit diesem Link kommen Sie ohne Passwort herein. Er gilt einmal, bis %(until)s.",
                until=day(expires_at),
            )
        ],
        link=Link(gettext("Anmelden"), url),
        after=[
            gettext(
                "Die Verwaltung dieser Installation hat ihn ausgestellt und bekommt ihn nicht zu sehen. Geben Sie ihn niemandem weiter."
            )
        ],
    )


def right(*, url: str, expires_at: datetime) -> Words:
    return Words(
        subject=gettext("Ihr Konto bei Werkstatt hat ein neues Recht"),
        says=[
            gettext(
                "Ihr Konto hat ein neues Recht bekommen. Damit nur Sie es haben, endeten alle Anmeldungen, und ein Passwort, das ohne diese Adresse gewählt wurde, gilt nicht mehr. Melden Sie sich mit diesem Link an; er gilt einmal, bis %(until)s.",
                until=day(expires_at),
            )
        ],
        link=Link(gettext("Anmelden"), url),
        after=[gettext("Später bekommen Sie auf der Anmeldeseite jederzeit einen neuen Link.")],
    )


def address(*, url: str, code: str, expires_at: datetime) -> Words:
    return Words(
        subject=gettext("Ihre neue Adresse bei Werkstatt"),
        says=[
            gettext(
                "diese Adresse soll zu Ihrem Konto gehören. Bestätigen Sie sie mit diesem Link; er gilt einmal, bis %(until)s.",
                until=day(expires_at),
            )
        ],
        link=Link(gettext("Adresse bestätigen"), url),
        code=Code(gettext("Oder geben Sie unter „Meine Daten“ diesen Code ein:"), spaced(code)),
        after=[
            gettext(
                "Haben Sie das nicht veranlasst? Dann brauchen Sie nichts zu tun; ohne Bestätigung ändert sich nichts."
            )
        ],
    )


def address_taken() -> Words:
    return Words(
        subject=gettext("Ihre Adresse bei Werkstatt"),
        says=[
            gettext(
                "jemand möchte diese Adresse für ein anderes Konto benutzen. Sie gehört schon zu Ihrem Konto; es ändert sich nichts."
            ),
            gettext(
                "Waren Sie es selbst und haben zwei Konten? Dann bitten Sie die Geschäftsstelle, sie zu verbinden."
            ),
        ],
    )


def address_changed(*, at: datetime) -> Words:
    return Words(
        subject=gettext("Ihre Adresse wurde geändert"),
        says=[
            gettext(
                "seit %(at)s gehört zu Ihrem Konto eine andere E-Mail-Adresse. Diese hier gilt nicht mehr; Links und Codes, die noch hierher geschickt wurden, gehen nicht mehr.",
                at=day(at),
            )
        ],
        after=[
            gettext("Waren Sie das nicht? Dann sagen Sie es sofort der Geschäftsstelle oder der Moderation.")
        ],
    )


def test() -> Words:
    return Words(
        subject=gettext("Testmail von Werkstatt"),
        says=[gettext("wenn Sie das lesen, kommen die Mails dieser Installation an.")],
    )


KINDS = {
    "login": login,
    "invitation": invitation,
    "return_code": return_code,
    "by_hand": by_hand,
    "card": card,
    "joined": joined,
    "address_retired": address_retired,
    "place_taken": place_taken,
    "own_link": own_link,
    "right": right,
    "address": address,
    "address_taken": address_taken,
    "address_changed": address_changed,
    "test": test,
}
