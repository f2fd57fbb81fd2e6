"""The invented people of the demo: one login for each role, and sixty who take part."""

from __future__ import annotations

import random
from typing import NamedTuple

from ..terms import MailState, Role

PASSWORD = "werkstatt-demo"
DOMAIN = "demo.example"


class Person(NamedTuple):
    """Somebody of the demo; ``sector`` counts from 0 (industry, science, administration)."""

    email: str
    name: str
    organisation: str
    role: Role | None
    sector: int | None
    label: str = ""


# Who can log in. The label is what `make run` prints.
CAST = (
    Person(
        f"verwaltung@{DOMAIN}",
        "Ada Musteradmin",
        "Rechenstelle Beispielstadt",
        None,
        None,
        "Verwaltung der Installation",
    ),
    Person(f"buero@{DOMAIN}", "Ines Beispiel", "Geschäftsstelle Beispiel", None, None, "Geschäftsstelle"),
    Person(
        f"moderation@{DOMAIN}", "Mona Musterfrau", "Moderation Muster", Role.MODERATOR, None, "Moderation"
    ),
    Person(
        f"hilfe@{DOMAIN}", "Heiko Probe", "Geschäftsstelle Beispiel", Role.HELPER, None, "Helfer am Einlass"
    ),
    Person(
        f"industrie@{DOMAIN}",
        "Petra Beispielmann",
        "Musterguss GmbH",
        Role.PARTICIPANT,
        0,
        "Teilnahme, Industrie",
    ),
    Person(
        f"wissenschaft@{DOMAIN}",
        "Samuel Musterberg",
        "Musterhochschule",
        Role.PARTICIPANT,
        1,
        "Teilnahme, Wissenschaft",
    ),
    Person(
        f"amt@{DOMAIN}",
        "Vera Probstein",
        "Landkreis Musterland",
        Role.PARTICIPANT,
        2,
        "Teilnahme, Verwaltung",
    ),
    Person(
        f"beobachtung@{DOMAIN}",
        "Otto Beispielhuber",
        "Ministerium für Beispiele",
        Role.OBSERVER,
        None,
        "Beobachtung",
    ),
)
ADMIN, ORGANISER, MODERATOR, HELPER, *PARTICIPANTS, OBSERVER = CAST

CROWD = (26, 19, 15)  # people of each sector
FIRST_NAMES = [
    "Anja",
    "Bernd",
    "Carla",
    "Dirk",
    "Elke",
    "Falk",
    "Gudrun",
    "Henning",
    "Ilka",
    "Jens",
    "Katrin",
    "Lutz",
    "Maren",
    "Nils",
    "Olga",
    "Peer",
    "Ronja",
    "Sven",
    "Tanja",
    "Uwe",
]
LAST_NAMES = [
    "Muster",
    "Beispiel",
    "Probe",
    "Musterfeld",
    "Beispielhorst",
    "Probstetter",
    "Mustermeier",
    "Beispielsdorf",
    "Probehof",
]
ORGANISATIONS = (
    (
        "Beispiel-Antriebe AG",
        "Muster Werkzeugbau",
        "Probewerk Textil",
        "Betriebsrat Probewerk",
        "Musterkammer",
    ),
    ("Institut für Beispieltechnik", "Musterhochschule", "Probe-Institut für Leichtbau", "Akademie Beispiel"),
    (
        "Stadt Beispielhausen",
        "Wirtschaftsförderung Probetal",
        "Landkreis Musterland",
        "Ministerium für Beispiele",
    ),
)
WAITING = "Paul Musterwarter", "Beispiel-Antriebe AG"
# Waits too, and is surely Dora Musterbrief of the register.
DOUBLE = "Dora Musterbrif", "Probewerk Textil"
# Who has not come yet: name, organisation, what became of the invitation (nothing: not invited yet).
EXPECTED = (
    ("Dora Musterbrief", "Probewerk Textil", MailState.SENT),
    ("Emil Beispielpost", "Musterkammer", MailState.FAILED),
    ("Frieda Probekarte", "Muster Werkzeugbau", None),
)


def crowd(rng: random.Random) -> list[Person]:
    """Sixty participants with invented names, sector by sector."""
    names = [f"{first} {last}" for last in LAST_NAMES for first in FIRST_NAMES]
    rng.shuffle(names)
    found = []
    for sector, many in enumerate(CROWD):
        for _ in range(many):
            number = len(found) + 1
            organisation = rng.choice(ORGANISATIONS[sector])
            email = f"person-{number:02}@{DOMAIN}"
            found.append(Person(email, names[number], organisation, Role.PARTICIPANT, sector))
    return found


def logins() -> str:
    """The demo's logins, as they are printed at the start."""
    rows = "\n".join(f"  {person.label:<28} {person.email}" for person in CAST)
    return f"Demo logins, all with the password {PASSWORD}\n{rows}"
