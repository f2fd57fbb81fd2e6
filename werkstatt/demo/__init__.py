"""The demo process: the real recommendations of the StrategieWerkstatt, invented people and votes.

``recommendations.json`` holds the recommendations with their sources, ``plan`` who does what with
them in which session, ``people`` the invented people, ``simulated`` their ballots. ``build`` puts
it all into an empty database, through the same verbs that people use.
"""

from .build import load
from .people import logins

__all__ = ["load", "logins"]
