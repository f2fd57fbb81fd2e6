"""Sentences from figures, plain enough to be read out in the room.

Every function takes a `FullOutcome`, the items' names (a sequence of str by item index) and
`translate(message, **values) -> str`, which looks a German message up and fills it. Messages stand
as literals in calls of that name, so that a catalogue can be made from these files. Sentences about
votes count people (the view per person), also when the sectors' view leads: that view has reasons
of its own, without figures (see `reasons`).

`places` one item, `pairs` why one stands above another, `ties` what separated equal ones, `methods`
how it was counted, `lists` the whole list.
"""

from .lists import (
    few_opinions,
    firmness,
    methods_agree,
    no_groups,
    one_group,
    order_dependent,
    rest_other_way,
    small_group,
)
from .methods import method
from .pairs import overruled, why_above
from .places import by_sector, more_wins, place, wins_and_losses
from .ties import shared_place, tie_steps

__all__ = [
    "by_sector",
    "few_opinions",
    "firmness",
    "method",
    "methods_agree",
    "more_wins",
    "no_groups",
    "one_group",
    "order_dependent",
    "overruled",
    "place",
    "rest_other_way",
    "shared_place",
    "small_group",
    "tie_steps",
    "why_above",
    "wins_and_losses",
]
