"""One field for every code: the room's, a card's, one said face to face. Wrong ones are counted.

The number of signs tells them apart. Guessing is slowed for each login or device, never for an address,
because a whole room shares one; many wrong codes together are an alarm on the console.
"""

from __future__ import annotations

from ...models import Workshop
from ...terms import N_, TicketKind
from .. import Refused, TooOften
from .arrival import find_workshop
from .limits import ALARM, GUESSES
from .tickets import CODES, Way, look_by_code, was_code

ALL = "all"
UNKNOWN = N_(
    "Diesen Code kennen wir nicht. Der Code des Raumes steht vorn auf der Leinwand, Ihr eigener auf Ihrer Karte."
    " Ein Code aus einer Mail gehört auf die Seite, auf der Sie die Mail verlangt haben."
)
MAILED = N_(
    "Sechs Ziffern stehen in Einladungen und Mails. Die geben Sie nicht hier ein, sondern zusammen mit Ihrer E-Mail-Adresse."
)
LENGTHS = {CODES[kind][1]: kind for kind in (TicketKind.CARD, TicketKind.RETURN_CODE)}


def open_with(text: str, *, who: str, secret: str) -> Workshop | Way:
    """What a typed code opens: a room, or one's own place in it. Looking consumes nothing.

    :param who: the login or device that types, by which wrong codes are counted.
    :raises Refused: no such code, or no longer.
    :raises TooOften: this device has guessed enough for now.
    """
    check_guesses(who)
    signs = "".join(sign for sign in text.upper() if sign.isascii() and sign.isalnum())
    kind = LENGTHS.get(len(signs))
    found = look_by_code(signs, kind, secret=secret) if kind else find_workshop(signs)
    if found is None:
        over = was_code(signs, kind, secret=secret) if kind else None
        if not over:
            wrong_guess(who)
        mailed = len(signs) == CODES[TicketKind.INVITATION][1] and signs.isdecimal()
        raise Refused(over or (MAILED if mailed else UNKNOWN), field="code")
    return found


def open_room(code: str, *, who: str) -> Workshop:
    """The open workshop with this code, from an address.

    :raises Refused: no such code; it counts like a typed one.
    """
    check_guesses(who)
    found = find_workshop(code)
    if found is None:
        wrong_guess(who)
        raise Refused(UNKNOWN, field="code")
    return found


def check_guesses(who: str) -> None:
    """
    :raises TooOften: this device has guessed enough for now.
    """
    if GUESSES.spent(who):
        raise TooOften(
            N_("Zu viele falsche Codes. Bitte warten Sie zehn Minuten oder fragen Sie am Einlass."),
        )


def wrong_guess(who: str) -> None:
    """Count a wrong code, for its device and for the alarm; in a transaction of its own."""
    GUESSES.count(who)
    ALARM.count(ALL)


def wrong_codes() -> int:
    """How many wrong codes came in the last minutes, if that is many enough for an alarm; else 0."""
    counted = ALARM.counted(ALL)
    return counted if counted >= ALARM.most else 0
