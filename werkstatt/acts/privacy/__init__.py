"""Privacy: what is kept about a person, read and changed by that person; deleted accounts; blacked-out passages.

``personal`` says what each column about people is given as and how it is erased, ``own`` is what a
person sees and changes, ``address`` a change of address, ``erase`` deletes an account, ``retention`` says
how long what is kept, ``redact`` blacks out a passage, ``journal`` keeps the last two outside the database, so that a restored backup brings nothing back.
"""

from .address import (
    LET_IN_FIRST,
    ask_for_address,
    by_code,
    by_link,
    may_change_address,
    new_address,
    waiting_address,
)
from .erase import check_may_go, delete_account, erase
from .journal import Journal, forget_old_pages, marks, reconcile
from .journal import write as write_journal
from .own import change, document, end_logins, second_accounts, valid_logins
from .redact import BLOCK, Place, find, redact
from .retention import KEPT, periods, set_periods, tidy

__all__ = [
    "BLOCK",
    "KEPT",
    "LET_IN_FIRST",
    "Journal",
    "Place",
    "ask_for_address",
    "by_code",
    "by_link",
    "change",
    "check_may_go",
    "delete_account",
    "document",
    "end_logins",
    "erase",
    "find",
    "forget_old_pages",
    "marks",
    "may_change_address",
    "new_address",
    "periods",
    "reconcile",
    "write_journal",
    "redact",
    "second_accounts",
    "set_periods",
    "tidy",
    "valid_logins",
    "waiting_address",
]
