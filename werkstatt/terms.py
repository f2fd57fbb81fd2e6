"""The glossary as values: phases, roles, states, kinds. One word, one thing.

The German labels are message ids; :func:`label` gives them to a ``translate`` callable,
so that this storey needs no framework.
"""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum

Translate = Callable[..., str]


def N_(message: str) -> str:
    """Mark a German message id for extraction; translated where it is shown."""
    return message


class Phase(StrEnum):
    """The steps of a session, in their order."""

    PREPARE = "prepare"
    COLLECT = "collect"
    DISCUSS = "discuss"
    CONSOLIDATE = "consolidate"
    RANK = "rank"
    RESULT = "result"

    @property
    def next(self) -> Phase | None:
        order = list(Phase)
        at = order.index(self) + 1
        return order[at] if at < len(order) else None

    @property
    def previous(self) -> Phase | None:
        order = list(Phase)
        at = order.index(self) - 1
        return order[at] if at >= 0 else None


class Role(StrEnum):
    """What a person is in one workshop (``ORGANISER``: in all of a process; ``ADMIN``: no content)."""

    ORGANISER = "organiser"
    MODERATOR = "moderator"
    HELPER = "helper"
    PARTICIPANT = "participant"
    OBSERVER = "observer"
    PENDING = "pending"


MEMBER_ROLES = (Role.PARTICIPANT, Role.MODERATOR, Role.HELPER, Role.OBSERVER)


class MemberState(StrEnum):
    """How far a membership has come."""

    INVITED = "invited"
    PENDING = "pending"
    ACTIVE = "active"
    CHECKED_IN = "checked_in"
    ENDED = "ended"


class TicketKind(StrEnum):
    """Single-use ways in, and what they are for."""

    INVITATION = "invitation"
    LOGIN = "login"
    CARD = "card"
    RETURN_CODE = "return_code"
    ADDRESS = "address"  # confirms a new address
    JOINED = "joined"  # no way in: another account was joined into this one, and its login came along


class MailState(StrEnum):
    """How far a mail has come. ``DROPPED``: overtaken before it was sent, by a newer one or by time."""

    WAITING = "waiting"
    SENT = "sent"
    FAILED = "failed"
    DROPPED = "dropped"


class Rollup(StrEnum):
    """The three sectors that counting knows, and the others."""

    INDUSTRY = "industry"
    SCIENCE = "science"
    ADMINISTRATION = "administration"
    OTHERS = "others"


class Visibility(StrEnum):
    """When others' proposals show to a participant."""

    AT_ONCE = "at_once"
    AFTER_OWN = "after_own"
    AFTER_PHASE = "after_phase"


class Kind(StrEnum):
    """A recommendation as collected (V-1) or as consolidated (E-1)."""

    PROPOSAL = "proposal"
    CONSOLIDATED = "consolidated"


class RecommendationState(StrEnum):
    ACTIVE = "active"
    WITHDRAWN = "withdrawn"
    MERGED = "merged"
    EXCLUDED = "excluded"
    RETIRED = "retired"


class CommentKind(StrEnum):
    FOR = "for"
    AGAINST = "against"
    QUESTION = "question"
    ADDITION = "addition"


class RedactionReason(StrEnum):
    INSULT = "insult"
    PRIVATE_NAME = "private_name"
    PRIVATE_DATA = "private_data"
    RIGHTS = "rights"


class LineageKind(StrEnum):
    MERGE = "merge"
    SPLIT = "split"
    REWORD = "reword"
    CLUSTER = "cluster"
    CARRY_OVER = "carry_over"


class StepKind(StrEnum):
    """One step of consolidation; each has an inverse."""

    MERGE = "merge"
    SPLIT = "split"
    REWORD = "reword"
    CLUSTER = "cluster"
    EXCLUDE = "exclude"
    CARRY_OVER = "carry_over"


class RoundState(StrEnum):
    """States of a round, apart from the phase (design: Words)."""

    DRAFT = "draft"
    OPEN = "open"
    CLOSING = "closing"
    COUNTED = "counted"
    CLOSED = "closed"
    RELEASED = "released"
    CANCELLING = "cancelling"
    CANCELLED = "cancelled"
    ANNULLED = "annulled"


UNFINISHED = (
    RoundState.DRAFT,
    RoundState.OPEN,
    RoundState.CLOSING,
    RoundState.COUNTED,
    RoundState.CLOSED,
    RoundState.CANCELLING,
)

LABELS: dict[StrEnum, str] = {
    Phase.PREPARE: N_("Vorbereiten"),
    Phase.COLLECT: N_("Sammeln"),
    Phase.DISCUSS: N_("Diskutieren"),
    Phase.CONSOLIDATE: N_("Zusammenführen"),
    Phase.RANK: N_("Abstimmen"),
    Phase.RESULT: N_("Ergebnis"),
    Role.ORGANISER: N_("Geschäftsstelle"),
    Role.MODERATOR: N_("Moderation"),
    Role.HELPER: N_("Helferin oder Helfer"),
    Role.PARTICIPANT: N_("Teilnahme"),
    Role.OBSERVER: N_("Beobachtung"),
    Role.PENDING: N_("noch nicht bestätigt"),
    MemberState.INVITED: N_("erwartet"),
    MemberState.PENDING: N_("wartet auf Bestätigung"),
    MemberState.ACTIVE: N_("bestätigt"),
    MemberState.CHECKED_IN: N_("anwesend"),
    MemberState.ENDED: N_("beendet"),
    TicketKind.INVITATION: N_("Einladung"),
    TicketKind.LOGIN: N_("Anmeldung per E-Mail"),
    TicketKind.CARD: N_("Karte"),
    TicketKind.RETURN_CODE: N_("Rückkehrcode"),
    TicketKind.ADDRESS: N_("Bestätigung der Adresse"),
    TicketKind.JOINED: N_("verbundenes Konto"),
    MailState.WAITING: N_("wird gesendet"),
    MailState.SENT: N_("gesendet"),
    MailState.FAILED: N_("nicht zustellbar"),
    MailState.DROPPED: N_("nicht mehr gesendet"),
    Rollup.INDUSTRY: N_("Industrie"),
    Rollup.SCIENCE: N_("Wissenschaft"),
    Rollup.ADMINISTRATION: N_("Verwaltung"),
    Rollup.OTHERS: N_("Weitere"),
    Visibility.AT_ONCE: N_("sofort"),
    Visibility.AFTER_OWN: N_("nach dem ersten eigenen Vorschlag"),
    Visibility.AFTER_PHASE: N_("erst nach dem Sammeln"),
    Kind.PROPOSAL: N_("Vorschlag"),
    Kind.CONSOLIDATED: N_("Empfehlung"),
    RecommendationState.ACTIVE: N_("gültig"),
    RecommendationState.WITHDRAWN: N_("zurückgezogen"),
    RecommendationState.MERGED: N_("zusammengeführt"),
    RecommendationState.EXCLUDED: N_("ausgeschlossen"),
    RecommendationState.RETIRED: N_("aufgelöst"),
    CommentKind.FOR: N_("Dafür"),
    CommentKind.AGAINST: N_("Dagegen"),
    CommentKind.QUESTION: N_("Frage"),
    CommentKind.ADDITION: N_("Ergänzung"),
    StepKind.MERGE: N_("Zusammengeführt"),
    StepKind.SPLIT: N_("Geteilt"),
    StepKind.REWORD: N_("Umformuliert"),
    StepKind.CLUSTER: N_("Gruppiert"),
    StepKind.EXCLUDE: N_("Ausgeschlossen"),
    StepKind.CARRY_OVER: N_("Übernommen"),
    RoundState.DRAFT: N_("vorbereitet"),
    RoundState.OPEN: N_("offen"),
    RoundState.CLOSING: N_("wird geschlossen"),
    RoundState.COUNTED: N_("ausgezählt"),
    RoundState.CLOSED: N_("geschlossen"),
    RoundState.RELEASED: N_("veröffentlicht"),
    RoundState.CANCELLING: N_("wird zurückgenommen"),
    RoundState.CANCELLED: N_("zurückgenommen"),
    RoundState.ANNULLED: N_("für ungültig erklärt"),
    RedactionReason.INSULT: N_("Beleidigung"),
    RedactionReason.PRIVATE_NAME: N_("Name einer Privatperson"),
    RedactionReason.PRIVATE_DATA: N_("private Angaben über eine Person"),
    RedactionReason.RIGHTS: N_("Verletzung fremder Rechte"),
}


FORMER_PERSON = N_("ehemalige Person")  # the name of a deleted account, wherever its number still stands

# Words that two glossaries spell alike ("active", "pending") are one key of LABELS; these win over it.
SAME_SPELLING: dict[tuple[type[StrEnum], str], str] = {
    (MemberState, "active"): N_("bestätigt"),
    (MemberState, "pending"): N_("wartet auf Bestätigung"),
    (Role, "pending"): N_("noch nicht bestätigt"),
}


def label(value: StrEnum, translate: Translate) -> str:
    """The word for a value in the reader's language."""
    return translate(SAME_SPELLING.get((type(value), value.value)) or LABELS[value])
