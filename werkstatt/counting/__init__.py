"""Counting: room-sized rankings into one ranked list, exactly, and explained.

Needs numpy and nothing else, imports nothing of the rest of the house, and can be used alone::

    from werkstatt.counting import Ranking, count
    outcome = count([Ranking(((0,), (1, 2))), Ranking(((2,), (0,)))], n_items=3)
    outcome.places          # ((1, 1, (0,)), (2, 2, (2,)), (3, 3, (1,)))

Numbers are integers, or integers over one common denominator when ballots carry fractional weights;
floats occur in `stability` and `agreement` only. A tie is a value: a tier, a shared place. Nothing
depends on the order of ballots, and on the order of items only the listing inside a tie; the one run
that Phragmén's steps tell takes the first of equal items, while its tiers come from all runs.

Where things are: `ballots` what a voter says; `profile` the same as arrays, and the matrix; one file
a method; `knots` which items are entangled, `chains` ways over majorities; `tiesteps` what separates a tier; `counts` the table
METHODS and `count`; `sectors` and `groups` the sectors' views; `stability` (with `resamples`, what each of
them says, and `many`, Schulze's order in many profiles at once), `agreement`; `full` all of it as one storable value; `explain`
sentences from that, `reasons` the facts behind them; `incremental` one changed ballot; `files`
elections on disk.

How to add a method
-------------------
1. Copy `copeland.py` to `yours.py`. A method is one function `(case, strength) -> Verdict`: from a
   `Case` (matrix, margins, wins, Borda points, and the ballots if a matrix is not enough) to tiers,
   best first, every item once; ties stay tiers, since the tie steps come afterwards. The docstring
   holds definition, paper, properties, figures with their units, and an example that runs.
2. Import it and add one line to METHODS in `counts.py`, which this package shows as its own:
   `"yours": Method(yours)`, or `Method(yours, Approval)` if it needs approvals (or `Score`) rather
   than a matrix.
3. Add one row to METHOD_ROWS in `tests/counting/test_methods.py`: which elections and properties it
   must satisfy. The command line, the places and the JSON know it by then; the explanations call it by
   its name, unless it gets words of its own in `explain/methods.py`.
"""

from .ballots import Approval, Ballot, BallotError, Ranking, Score, validate
from .counts import METHODS, common_denominator, count, count_matrix, decide, pairwise_matrix
from .groups import join_small
from .incremental import Tally
from .outcome import STRENGTHS, Case, Method, MethodError, Outcome, Verdict
from .profile import Profile

__all__ = [
    "METHODS",
    "STRENGTHS",
    "Approval",
    "Ballot",
    "BallotError",
    "Case",
    "Method",
    "MethodError",
    "Outcome",
    "Profile",
    "Ranking",
    "Score",
    "Tally",
    "Verdict",
    "common_denominator",
    "count",
    "count_matrix",
    "decide",
    "join_small",
    "pairwise_matrix",
    "validate",
]
