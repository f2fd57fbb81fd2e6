"""The desk at the door: let people in, check them in, correct a sector, cards. Nothing else.

:mod:`door` is who is here and for whom they speak; :mod:`cards` what people come in with; :mod:`walk_in`
who is entered at the door; :mod:`same` who may be on the register already; :mod:`joining` two accounts of one person;
:mod:`let_in` who waits.
"""

from __future__ import annotations

from .behalf import comment_for, entered, people, propose_for
from .cards import (
    MOST_BLANK,
    MOST_CARDS,
    Holder,
    Printed,
    account_of_card,
    bind,
    cards,
    enter,
    give_blank,
    give_return_code,
    listed,
    make,
    printed,
    void_card,
)
from .door import RESERVED, check_in, correct, refuse, refuse_all, stands_there
from .joining import NOT_BY_CARD, choice, has_place_of, is_me, is_same, may_be_me
from .let_in import apart, at_hand, held, holder, let_in, let_in_all, may_apart, owner_of, settle, take_place
from .same import expected, likely
from .walk_in import PerhapsHere, register

__all__ = [
    "Holder",
    "MOST_BLANK",
    "MOST_CARDS",
    "NOT_BY_CARD",
    "PerhapsHere",
    "Printed",
    "RESERVED",
    "account_of_card",
    "apart",
    "at_hand",
    "bind",
    "cards",
    "check_in",
    "choice",
    "comment_for",
    "correct",
    "enter",
    "entered",
    "expected",
    "give_blank",
    "give_return_code",
    "has_place_of",
    "held",
    "holder",
    "is_me",
    "is_same",
    "let_in",
    "let_in_all",
    "likely",
    "listed",
    "make",
    "may_apart",
    "may_be_me",
    "owner_of",
    "people",
    "printed",
    "propose_for",
    "refuse",
    "refuse_all",
    "register",
    "settle",
    "stands_there",
    "take_place",
    "void_card",
]
