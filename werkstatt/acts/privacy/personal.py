"""What is stored about a person: one table that every column about people stands in.

A column that names an account or a membership, or holds a name or an address, is missing here:
``tests/acts/privacy/test_personal.py`` fails until somebody has decided what the person is given of
it and what a deletion does to it. Both are then done from this table, and nothing else has to be
changed for a new one.
"""

from __future__ import annotations

from enum import StrEnum
from typing import NamedTuple


class Given(StrEnum):
    """What the person reads of it."""

    ROW = "row"  # every row that names them, whole, without what stands in WITHHELD
    WITHHELD = "withheld"  # that it is there, not what it is: a hash is a secret and says nothing


class Erased(StrEnum):
    """What a deletion of the account does to it."""

    CLEARED = "cleared"  # the value goes
    DELETED = "deleted"  # the row goes
    NUMBER = "number"  # the row stays and names a number that belongs to nobody any more


class Fact(NamedTuple):
    """How one column is given and erased.

    ``by`` says whose it is: the column holds an ``account``, a ``membership`` or an ``address``; or it is
    an address in the row of an account (``typed``), or a list that mentions them (``listed``).
    """

    given: Given
    erased: Erased
    by: str = "account"


OWN = {  # of the account's own row
    "account.email": Fact(Given.ROW, Erased.CLEARED),
    "account.name": Fact(Given.ROW, Erased.CLEARED),
    "account.organisation": Fact(Given.ROW, Erased.CLEARED),
    "account.password": Fact(Given.WITHHELD, Erased.CLEARED),
    "account.language": Fact(Given.ROW, Erased.NUMBER),
    "account.opaque": Fact(Given.ROW, Erased.NUMBER),
}
PERSONAL: dict[str, Fact] = {
    **OWN,
    "account.joined_into_id": Fact(Given.ROW, Erased.NUMBER),  # the joined account is erased as well
    "login.account_id": Fact(Given.ROW, Erased.DELETED),
    "ticket.account_id": Fact(Given.ROW, Erased.DELETED),
    "ticket.email": Fact(Given.ROW, Erased.DELETED, by="typed"),
    "ticket.issued_by_id": Fact(Given.ROW, Erased.NUMBER),
    "failure_counter.key": Fact(Given.ROW, Erased.DELETED, by="address"),
    "upload.account_id": Fact(Given.ROW, Erased.DELETED),
    "upload.entries": Fact(Given.WITHHELD, Erased.DELETED, by="listed"),  # of others, for a day
    "membership.account_id": Fact(Given.ROW, Erased.NUMBER),
    "membership.typed_email": Fact(Given.ROW, Erased.CLEARED, by="typed"),
    "membership.typed_name": Fact(Given.ROW, Erased.CLEARED, by="typed"),
    "membership.typed_organisation": Fact(Given.ROW, Erased.CLEARED, by="typed"),
    "membership.taken_by_id": Fact(Given.WITHHELD, Erased.CLEARED, by="membership"),
    "organiser.account_id": Fact(Given.ROW, Erased.DELETED),
    "recommendation.author_id": Fact(Given.ROW, Erased.NUMBER),
    "version.actor_id": Fact(Given.ROW, Erased.NUMBER),
    "comment.author_id": Fact(Given.ROW, Erased.NUMBER),
    "step.actor_id": Fact(Given.ROW, Erased.NUMBER),
    "step.undone_by_id": Fact(Given.ROW, Erased.NUMBER),
    "roll_entry.membership_id": Fact(Given.ROW, Erased.NUMBER, by="membership"),  # open rounds: see erase
    "audit_entry.actor_id": Fact(Given.ROW, Erased.NUMBER),
    "mail.account_id": Fact(Given.ROW, Erased.DELETED),
    "mail.to": Fact(Given.ROW, Erased.DELETED, by="address"),
    "annulment.proposed_by_id": Fact(Given.ROW, Erased.NUMBER),
    "annulment.confirmed_by_id": Fact(Given.ROW, Erased.NUMBER),
    "paper_batch.account_id": Fact(Given.ROW, Erased.NUMBER),
    "redaction.actor_id": Fact(Given.ROW, Erased.NUMBER),
    "page.updated_by_id": Fact(Given.ROW, Erased.NUMBER),
}
# Never in the file: secrets, and what would say something about others.
WITHHELD = {
    "account.password",
    "login.token_hash",
    "login.tag",
    "ticket.token_hash",
    "ticket.code_mac",
    "upload.entries",
    "membership.taken_by_id",  # names somebody else
    "mail.text",
    "mail.html",
    "redaction.places",
}
# Of a mail to an address that was only asked for: what is the same whether or not somebody has an account there.
OF_A_NEW_ADDRESS = {"id", "kind", "to", "language", "created_at"}
