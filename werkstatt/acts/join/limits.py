"""Limits on guessing: counted in the database, each count in a short transaction of its own.

A key names an account, an address that was typed, a device or a ticket, never a network address: a whole
room shares one of those. An address is kept as a hash, so that nothing is learned about strangers.
"""

from __future__ import annotations

import hashlib
from datetime import timedelta
from typing import NamedTuple

from sqlalchemy import delete, insert, select, update
from sqlalchemy.exc import IntegrityError

from ...db import begin_write, db, utcnow
from ...models import FailureCounter
from ...terms import N_
from .. import Refused

TOO_OFTEN = N_(
    "Zu viele falsche Passwörter. Mit dem Link per E-Mail, Ihrer Karte oder einem Rückkehrcode vom Einlass kommen Sie"
    " trotzdem gleich herein; sonst warten Sie bitte zehn Minuten."
)
NOT_YET = N_(
    "Mit dieser Adresse versuchen es gerade viele. Bitte in %(seconds)s Sekunden noch einmal anmelden; das richtige"
    " Passwort gilt weiter."
)

ASK_LATER = N_(
    "Für diese Adresse wurde gerade sehr oft eine Nachricht verlangt. Bitte in einer Minute noch einmal; der Link in der"
    " letzten Nachricht, Ihre Karte oder ein Rückkehrcode vom Einlass gehen sofort."
)


class Limit(NamedTuple):
    """At most so many in a window, which begins with the first."""

    name: str
    most: int
    window: timedelta

    def key(self, whose: str) -> str:
        return f"{self.name}:{hashlib.sha256(whose.encode()).hexdigest()[:40]}"

    def counted(self, whose: str) -> int:
        """How many there were in this window; only reads."""
        counter = db.session.get(FailureCounter, self.key(whose))
        return counter.failures if counter is not None and counter.since > utcnow() - self.window else 0

    def spent(self, whose: str) -> bool:
        """Whether there were too many; only reads."""
        return self.counted(whose) >= self.most

    def count(self, whose: str) -> None:
        """One more, committed at once, so that no later failure of this request takes it back."""
        begin_write()
        key, now = self.key(whose), utcnow()
        more = update(FailureCounter).where(
            FailureCounter.key == key, FailureCounter.since > now - self.window
        )
        if not db.session.execute(more.values(failures=FailureCounter.failures + 1)).rowcount:
            db.session.merge(FailureCounter(key=key, failures=1, since=now))
        db.session.commit()

    def take(self, whose: str) -> bool:
        """Count one more if there is room in this window; whether there was. In the acting transaction.

        It is counted before the work begins, so that two hundred at once are no more than one by one.
        """
        begin_write()
        key, now = self.key(whose), utcnow()
        mine, over = FailureCounter.key == key, FailureCounter.since <= now - self.window
        more = update(FailureCounter).where(mine, ~over, FailureCounter.failures < self.most)
        anew = update(FailureCounter).where(mine, over)
        if db.session.execute(more.values(failures=FailureCounter.failures + 1)).rowcount:
            return True
        if db.session.execute(anew.values(failures=1, since=now)).rowcount:
            return True
        if db.session.scalar(select(FailureCounter.key).where(mine)) is not None:
            return False
        try:
            with db.session.begin_nested():
                db.session.execute(insert(FailureCounter).values(key=key, failures=1, since=now))
        except IntegrityError:  # somebody else's first was a moment earlier
            return self.take(whose)
        return True

    def forget(self, whose: str) -> None:
        """It went well: begin anew. In the acting transaction."""
        db.session.execute(delete(FailureCounter).where(FailureCounter.key == self.key(whose)))


PASSWORDS = Limit(
    "password", 8, timedelta(minutes=10)
)  # wrong ones for an address, from devices not seen before; then it is attacked, see :func:`admit`
TURN = Limit("turn", 1, timedelta(seconds=2))  # an attacked address is tried once in this time
WAITING = Limit("waiting", 1, timedelta(minutes=10))  # since when a browser waits for its turn
BROWSER = Limit("browser", 8, timedelta(minutes=10))  # wrong ones for an address from one of those devices
DEVICE = Limit(
    "device", 8, timedelta(minutes=10)
)  # wrong ones from a device on which this person was logged in
MAILS = Limit(
    "mail", 5, timedelta(hours=1)
)  # a mailed link lives as long: whoever is over it has one already
NEW_ADDRESS = Limit(
    "new address", 5, timedelta(hours=1)
)  # mails that ask to confirm one, by an account and to an address; never of those that log its owner in
ASKED = Limit(
    "asked", 10, timedelta(hours=1)
)  # browsers that await a code for an address, see :func:`await_code`
ASKING = Limit("asking", 1, timedelta(minutes=1))  # beyond them, one in this time
CODES = Limit(
    "codes", 10, timedelta(days=1)
)  # wrong ones beside an address, for one code of an invitation: then it is over
GUESSES = Limit(
    "guess", 12, timedelta(minutes=10)
)  # wrong codes of a room or a card, from one login or device
ALARM = Limit("alarm", 40, timedelta(minutes=20))  # of all together: then the console says so
TICKET = Limit("ticket", 5, timedelta(days=1))  # wrong ones in the browser that asked, until it asks again


def admit(email: str, browser: str) -> None:
    """Let this browser try a password for this address, or not now; in a short transaction of its own.

    A browser has eight tries in ten minutes, and then waits as long. All browsers together have eight
    without waiting; then the address counts as attacked, and nobody is locked out, but there is one try
    in two seconds, and only for a browser that was told to wait two seconds and came back. So whoever
    knows the password is in at their second try, while those who throw their cookies away for each guess
    never get a turn, and those who keep them are out after eight. An attacker who keeps many browsers
    waiting shares the turns with the owner: that is the price of a device that nobody can tell from
    theirs; a known device, a mailed link, a card or the desk need no turn.

    At most 43,200 turns a day and 8 free tries every ten minutes make 44,352 guesses a day for each
    address, against passwords of ten characters or more: of ten random small letters (26**10) that finds
    one in four million years on average, and the million most used passwords take 23 days. Known and
    unknown addresses are treated alike.

    :raises Refused: this browser has had its tries, or it is not its turn.
    """
    mine = f"{email} {browser}"
    begin_write()
    tries = not BROWSER.spent(mine)
    turn = tries and (PASSWORDS.take(email) or (_has_waited(mine, TURN) and TURN.take(email)))
    if turn:
        BROWSER.take(mine)
        WAITING.forget(mine)
    db.session.commit()
    if not tries:
        raise Refused(TOO_OFTEN)
    if not turn:
        raise Refused(NOT_YET, seconds=round(TURN.window.total_seconds()))


def await_code(email: str, browser: str, device: str) -> bool:
    """Let this browser await the code of a mail to this address; whether a new mail goes out. In a transaction of its own.

    A code is eight signs of 31 (8.5e11), valid for an hour, in every browser in which it was asked for: so
    the code of the last mail fits, whoever has caused that mail. Each browser has five tries for each time
    it asks. Ten may ask in an hour, and then one a minute that was told to wait and came back. Those are at
    most 70 * 5 * 24 = 8,400 guesses a day for each address, against five codes at most: one in 20 million
    a day, and for a thousand addresses at once one in 20 thousand. A device on which this person was
    logged in has numbers of its own, so that strangers neither slow it down nor use up its mails.

    :param device: the person's opaque name where this is their device, else nothing.
    :raises Refused: it is not this browser's turn.
    """
    whose = f"own {device}" if device else email
    mine = f"mail {whose} {browser}"
    begin_write()
    turn = ASKED.take(whose) or (_has_waited(mine, ASKING) and ASKING.take(whose))
    if turn:
        WAITING.forget(mine)
    sends = turn and MAILS.take(whose)
    db.session.commit()
    if not turn:
        raise Refused(ASK_LATER)
    return sends


def _has_waited(mine: str, turn: Limit) -> bool:
    """Whether this browser was told to wait and has; else it is told now. In the acting transaction."""
    if WAITING.take(mine):
        return False
    since = db.session.get(FailureCounter, WAITING.key(mine), populate_existing=True).since
    return since <= utcnow() - turn.window


def mailed_in(email: str, opaque: str) -> None:
    """Somebody has shown that they read these mails: begin anew. In the acting transaction."""
    for limit in (MAILS, ASKED, ASKING):
        for whose in (email, f"own {opaque}"):
            limit.forget(whose)


def keys_of(account) -> list[str]:
    """The keys under which a person's own mistakes, or a stranger's about them, are counted."""
    beside = (PASSWORDS, TURN, MAILS, ASKED, ASKING, CODES)
    typed = [limit.key(account.email) for limit in beside] if account.email else []
    own = [PASSWORDS.key(f"current {account.id}"), NEW_ADDRESS.key(f"by {account.id}")]
    own += [NEW_ADDRESS.key(f"to {account.email}")] if account.email else []
    asked = [limit.key(f"own {account.opaque}") for limit in (MAILS, ASKED, ASKING)]
    return [*typed, DEVICE.key(account.opaque), *own, *asked]
