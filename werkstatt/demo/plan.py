"""What happens in the demo: two workshops, one session in each phase, and what is said there.

The recommendations are named by their ids in ``recommendations.json``. The questions, comments
and mergers are invented; so is who proposes what.
"""

from __future__ import annotations

from typing import NamedTuple

from ..terms import CommentKind, Phase, RedactionReason

PROCESS = "Industrie der Zukunft"
QUESTION = (
    "Wie bleibt die sächsische Industrie stark, und was müssen Wirtschaft, Wissenschaft und Verwaltung "
    "dafür gemeinsam anpacken?"
)
SOURCE = (
    "Vorführung. Die Empfehlungen stammen aus der sächsischen StrategieWerkstatt „Industrie der Zukunft“ "
    "(2016 bis 2018); Titel nach den angegebenen Quellen, Kurztexte in eigenen Worten. Leitfragen, Personen, "
    "Kommentare, Zusammenführungen und Stimmen sind erfunden."
)
THEMES = (
    "Innovation und Kooperation",
    "Digitalisierung und Geschäftsmodelle",
    "Arbeit und Kompetenzen",
    "Nachhaltigkeit und Wertschöpfung",
)


class Merger(NamedTuple):
    """Several proposals become one wording: another recommendation's, or one of its own."""

    sources: tuple[str, ...]
    becomes: str = ""
    title: str = ""
    action: str = ""
    reason: str = ""


class Plan(NamedTuple):
    """One session: how far it goes, and which recommendations are proposed there."""

    workshop: int
    title: str
    question: str
    phase: Phase
    proposals: tuple[str, ...] = ()
    mergers: tuple[Merger, ...] = ()
    excluded: tuple[tuple[str, str], ...] = ()


class Event(NamedTuple):
    title: str
    kind: str
    place: str
    tables: int
    people: tuple[int, int, int]  # so many of each sector


WORKSHOPS = (
    Event("Workshop Regionen und Menschen", "Regionalworkshop", "Chemnitz", 8, (26, 19, 15)),
    Event("Workshop Transfer und Kooperation", "Fachworkshop", "Dresden", 4, (12, 8, 6)),
)

SESSIONS = (
    Plan(
        0,
        "Innovation in den Regionen",
        "Welche Maßnahmen bringen Neues in die Industrieregionen und Forschung in die Betriebe?",
        Phase.RESULT,
        (
            "SW-01",
            "SW-02",
            "SW-03",
            "SW-04",
            "SW-05",
            "SW-06",
            "SW-07",
            "SW-08",
            "SW-29",
            "SW-36",
            "SW-10",
            "SW-11",
            "SW-12",
        ),
        (
            Merger(
                ("SW-29", "SW-36"),
                becomes="SW-09",
                reason="Beide wollen, dass vorhandenes Können in der Fertigung öfter in Betrieben ankommt.",
            ),
        ),
    ),
    Plan(
        0,
        "Arbeit und Nachhaltigkeit",
        "Was macht die Arbeit in der Industrie zukunftsfest und ihre Produktion nachhaltig?",
        Phase.RANK,
        ("SW-19", "SW-20", "SW-21", "SW-22", "SW-23", "SW-30", "SW-31", "SW-32"),
    ),
    Plan(
        1,
        "Zusammenarbeit über Branchen hinweg",
        "Wie finden Industrie und Kreativwirtschaft zusammen?",
        Phase.CONSOLIDATE,
        ("SW-16", "SW-24", "SW-25", "SW-26", "SW-27", "SW-14", "SW-15"),
        (
            Merger(
                ("SW-24", "SW-26"),
                title="Industrie und Kreativwirtschaft zusammenbringen",
                action="Betriebe und Kreative sollen über Fach- und Branchengrenzen hinweg gemeinsam nach neuen Wegen suchen.",
                reason="Beide Vorschläge meinen denselben Austausch.",
            ),
            Merger(
                ("SW-14", "SW-15"),
                title="Erneuerung in der Region, Wissen aus der Forschung",
                action="Erneuerung vor Ort und der Transfer aus der Forschung sollen zusammen angegangen werden.",
                reason="Die Ansätze greifen ineinander und werden gemeinsam vorgestellt.",
            ),
        ),
        (("SW-27", "Das ist eine Veröffentlichung und keine Empfehlung; ihr Inhalt steckt in E-1."),),
    ),
    Plan(
        1,
        "Orte der Innovation",
        "Welche Orte brauchen Betriebe, um Neues auszuprobieren?",
        Phase.DISCUSS,
        ("SW-18", "SW-33", "SW-34", "SW-35", "SW-37", "SW-38"),
    ),
    Plan(
        1,
        "Blick nach außen",
        "Wie lernt die sächsische Industrie von anderen, und wie wird sie dort gesehen?",
        Phase.COLLECT,
        ("SW-13", "SW-17", "SW-28"),
    ),
    Plan(
        1,
        "Was wir mitnehmen",
        "Welche der heutigen Ideen tragen wir in die Strategiekonferenz?",
        Phase.PREPARE,
    ),
)

FOR, AGAINST, QUERY, MORE = CommentKind.FOR, CommentKind.AGAINST, CommentKind.QUESTION, CommentKind.ADDITION

# recommendation -> (kind, text, replies)
COMMENTS: dict[str, tuple[tuple[CommentKind, str, tuple[str, ...]], ...]] = {
    "SW-18": (
        (
            FOR,
            "Ein Wettbewerb zwingt dazu, das Bündnis mit den Betrieben vorher zu klären und nicht erst hinterher.",
            (),
        ),
        (
            QUERY,
            "Wer trägt die laufenden Kosten, wenn das Preisgeld ausgegeben ist?",
            ("Das sollte schon in der Bewerbung stehen, mit einer Zusage für drei Jahre.",),
        ),
        (MORE, "In die Jury gehören auch Leute aus Werkstätten und Betriebsräten.", ()),
    ),
    "SW-33": (
        (
            FOR,
            "Für kleine Lebensmittelbetriebe ist eine eigene Versuchsküche nicht zu bezahlen. Das hilft sofort.",
            (),
        ),
        (
            AGAINST,
            "Ein Standort in der Großstadt nützt den Betrieben auf dem Land wenig; der Weg ist zu weit.",
            ("Dann bräuchte es zwei feste Tage im Monat, an denen auswärtige Betriebe Vorrang haben.",),
        ),
    ),
    "SW-34": (
        (
            FOR,
            "Wer im Betrieb lernt, bleibt eher. Bei uns sind von neun Auszubildenden sieben geblieben.",
            (),
        ),
        (QUERY, "Zählt das als Ausbildung oder als Weiterbildung? Davon hängt ab, wer es fördern darf.", ()),
        (MORE, "Auch Berufsschulen sollten ihre Lehrkräfte regelmäßig in die Lernorte schicken.", ()),
    ),
    "SW-35": (
        (FOR, "Geteilte Laborplätze senken die Schwelle für Ausgründungen.", ()),
        (
            AGAINST,
            "Ohne klare Regeln zu Haftung und Schutzrechten wird kein Betrieb dort mit echten Proben arbeiten.",
            (),
        ),
    ),
    "SW-37": (
        (
            QUERY,
            "Wie finden Betriebe heraus, welches Start-up zu ihrer Frage passt?",
            ("Die Kammern könnten vermitteln; sie kennen beide Seiten.",),
        ),
        (FOR, "Kurze Formate, halbe Tage, im Betrieb: dann machen auch Schichtleiter mit.", ()),
    ),
    "SW-38": (
        (
            MORE,
            "Genehmigungsbehörden sollten von Anfang an dabei sein, sonst bleibt die Erprobung in der Schublade.",
            (),
        ),
        (FOR, "Neue Bautechnik überzeugt erst, wenn man sie sehen und anfassen kann.", ()),
        (
            MORE,
            "Fragen Sie Frau Mustermann-Erdacht von der Bauaufsicht; abends erreicht man sie unter 0351 00 00 00.",
            (),
        ),
    ),
}

# session -> what the moderation blacks out there: (passage, why)
BLACKED_OUT: dict[str, tuple[tuple[str, RedactionReason], ...]] = {
    "Orte der Innovation": (
        ("Frau Mustermann-Erdacht", RedactionReason.PRIVATE_NAME),
        ("0351 00 00 00", RedactionReason.PRIVATE_DATA),
    ),
}
