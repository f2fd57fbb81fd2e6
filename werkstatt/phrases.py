"""Figures to sentences, for pages, projector and files. Takes ``translate``; knows no framework.

Reasons, ties, spans and methods are said by :mod:`werkstatt.counting.explain`; here stands what belongs
to a round and its room: turnout, who leads, groups of firmness, sectors, small rooms, the protocol.
"""

from __future__ import annotations

from itertools import takewhile

from .counting import explain, groups, reasons
from .counting.wording import listed, placed
from .exports.report import Item, Place, Report
from .terms import LABELS, N_, Rollup, Translate

ALWAYS = N_("Nicht repräsentativ; es stimmten die Anwesenden ab.")
RULES = (
    N_("Das Wichtigste zuerst."),
    N_("Gleichauf ist erlaubt."),
    N_("Ändern geht bis zum Schließen."),
)
DEEDS = {
    "open_round": N_("Abstimmung eröffnet"),
    "announce_close": N_("Schließen angekündigt"),
    "withdraw_close": N_("Ankündigung zurückgenommen"),
    "extend_round": N_("Um zwei Minuten verlängert"),
    "add_late": N_("Nachtrag ins Stimmverzeichnis"),
    "forget_voter": N_("Eintrag und Stimmzettel auf Wunsch gelöscht"),
    "give_paper": N_("Person stimmt auf Papier ab"),
    "take_paper": N_("Person stimmt doch am Gerät ab"),
    "papers_awaited": N_("Auszählung wartet auf die Papierstimmzettel"),
    "enter_papers": N_("Papierstimmzettel erfasst"),
    "take_over_papers": N_("Papiererfassung übernommen: Eine der beiden Personen war nicht mehr da"),
    "papers_agree": N_("Beide Erfassungen stimmen überein"),
    "ask_without_papers": N_("Vorgeschlagen: ohne Papierstimmzettel zählen"),
    "count_without_papers": N_("Von einer zweiten Person bestätigt: ohne Papierstimmzettel zählen"),
    "cancel_round": N_("Abstimmung zurückgenommen"),
    "cancelled": N_("Stimmen und Schlüssel vernichtet"),
    "retry_close": N_("Auszählung erneut versucht"),
    "ask_without": N_("Vorgeschlagen: ohne diese Stimmen zählen"),
    "count_without": N_(
        "Von einer zweiten Person bestätigt: Stimmen ohne Eintrag im Stimmverzeichnis nicht mitzählen"
    ),
    "ballots_without_roll": N_("Stimmen ohne Eintrag im Stimmverzeichnis gefunden"),
    "interrupted": N_("Aus einer Sicherung zurückgekehrt: nicht auszählbar"),
    "key_missing": N_("Schlüssel nicht gefunden"),
    "key_back": N_("Schlüssel wieder lesbar"),
    "closing": N_("Abstimmung geschlossen"),
    "counted": N_("Stimmen gemischt und ausgezählt"),
    "closed": N_("Schlüssel vernichtet; Ergebnis lesbar"),
    "release": N_("Ergebnis gezeigt"),
    "propose_annulment": N_("Beantragt: für ungültig erklären"),
    "withdraw_annulment": N_("Antrag erledigt: Die Abstimmung gilt"),
    "annul": N_("Von einer zweiten Person bestätigt: für ungültig erklärt"),
}
# Why somebody gets paper while the round is open: the record keeps the key alone, which names nobody.
PAPER_REASONS = {
    "device": N_("kein Gerät, oder es geht nicht"),
    "network": N_("keine Verbindung"),
    "screen": N_("kommt am Bildschirm nicht zurecht"),
    "wish": N_("eigener Wunsch"),
}
METHODS = {
    "schulze": N_("Schulze"),
    "ranked-pairs": N_("Ranked Pairs"),
    "copeland": N_("Copeland"),
    "borda": N_("Borda (gemittelt)"),
}
MOST_EQUAL = 3  # losses as clear as one another that are all named


def place(where: Place) -> str:
    """ "4." or, shared, "4.–6."."""
    first, last = where
    return f"{first}." if first == last else f"{first}.–{last}."


def bare(where: Place) -> str:
    """ "4" or "4–6", for lists on a screen; sentences say it in words."""
    first, last = where
    return str(first) if first == last else f"{first}–{last}"


def sector(name: str, translate: Translate) -> str:
    """A roll-up in the reader's language; a name of the process's own stays as it is."""
    return translate(LABELS[Rollup(name)]) if name in set(Rollup) else name


def group(sectors: tuple[str, ...], translate: Translate) -> str:
    """ "Wissenschaft + Verwaltung"."""
    return " + ".join(sector(name, translate) for name in sectors)


def turnout(report: Report, translate: Translate) -> str:
    """ "112 von 118 haben abgestimmt." and how many of these abstained or were set aside."""
    counts = report.turnout
    said = [
        translate(N_("1 von %(roll)s hat abgestimmt."), roll=counts.roll)
        if counts.cast == 1
        else translate(N_("%(cast)s von %(roll)s haben abgestimmt."), cast=counts.cast, roll=counts.roll)
    ]
    if counts.abstained:
        said.append(translate(N_("Enthaltungen: %(n)s."), n=counts.abstained))
    if counts.set_aside:
        said.append(translate(N_("Durch Entscheidung nicht gezählt: %(n)s."), n=counts.set_aside))
    return " ".join(said)


def closed(cast: int, roll: int, translate: Translate) -> str:
    """Sentence 6, after the close."""
    if cast == 1:
        return translate(N_("Geschlossen. 1 von %(roll)s Stimmberechtigten hat abgestimmt."), roll=roll)
    return translate(
        N_("Geschlossen. %(cast)s von %(roll)s Stimmberechtigten haben abgestimmt."), cast=cast, roll=roll
    )


def leading(report: Report, translate: Translate) -> str:
    """Which view leads, and why it is not the one that was asked for."""
    if report.round.leading == "sector":
        return translate(N_("Führend: je Akteursgruppe."))
    if report.round.asked_leading == "sector" and report.outcome.data.get("balanced"):
        return translate(
            N_(
                "Führend: je Person. Je Akteursgruppe hätte eine Stimme mehr als fünfmal so viel gewogen wie eine andere."
            )
        )
    if report.round.asked_leading == "sector":
        too_few = N_(
            "Führend: je Person. Je Akteursgruppe wird nur gezählt, wenn alle gezählten Stimmen einer Gruppe angehören und mindestens zwei Gruppen herauskommen, in denen zu je zwei Empfehlungen fünf oder mehr eine Meinung haben."
        )
        return translate(too_few)
    return translate(N_("Führend: je Person."))


def room(report: Report, translate: Translate) -> str:
    """What a small room has to know: fewer than five ballots, or one single group; else empty."""
    if report.turnout.counted == 0:
        nobody = N_("Niemand hat etwas eingeordnet. Deshalb teilen sich alle Empfehlungen die Plätze.")
        return translate(nobody)
    if report.places_only and report.turnout.counted >= groups.MINIMUM:
        return explain.few_opinions(translate)
    if report.places_only:
        return translate(
            N_(
                "Weniger als fünf haben etwas eingeordnet. Deshalb stehen hier nur die Plätze: Weitere Zahlen ließen auf"
                " einzelne Stimmen schließen."
            )
        )
    return explain.one_group(report.outcome, translate)


def firm_group(report: Report, number: int, items: list[Item], translate: Translate) -> str:
    """What holds for one group of firmness; empty for an item alone."""
    last = number == len(report.firm_groups)
    if len(report.items) == 1:
        return ""
    if len(report.firm_groups) == 1:
        return translate(N_("nicht jede Reihenfolge ist sicher"))
    if last and len(items) == 1:
        return translate(N_("liegt sicher hinter allen anderen"))
    if len(items) == 1:
        return (
            translate(N_("liegt sicher vor allen anderen"))
            if number == 1
            else translate(N_("liegt sicher zwischen den Gruppen davor und danach"))
        )
    return translate(N_("innerhalb der Gruppe ist nicht jede Reihenfolge sicher"))


def reason(report: Report, item: Item, translate: Translate) -> str:
    """One sentence for a place: "Gewinnt 7 von 8 Vergleichen, verliert gegen D (47 : 58)."."""
    every = len(report.items) - 1
    if item.wins is None or every == 0:
        return ""
    if every == 1:
        return translate(
            N_("Der einzige Vergleich endet unentschieden.")
            if item.ties
            else N_("Gewinnt den einzigen Vergleich.")
            if item.wins
            else N_("Verliert den einzigen Vergleich.")
        )
    if item.wins == every == 2:
        return translate(N_("Gewinnt beide Vergleiche."))
    if item.wins == every:
        return translate(N_("Gewinnt alle %(all)s Vergleiche."), all=every)
    if not item.losses:
        drawn = [report.letters[other] for other in reasons.drawn(report.outcome, item.position)]
        return translate(
            N_("Gewinnt %(wins)s von %(all)s Vergleichen, verliert keinen (unentschieden: %(drawn)s)."),
            wins=item.wins,
            all=every,
            drawn=listed(drawn, translate),
        )
    wins = (
        translate(
            N_("Gewinnt %(wins)s von %(all)s Vergleichen, %(drawn)s unentschieden"),
            wins=item.wins,
            all=every,
            drawn=item.ties,
        )
        if item.ties
        else translate(N_("Gewinnt %(wins)s von %(all)s Vergleichen"), wins=item.wins, all=every)
    )
    return _with_losses(report, wins, reasons.lost(report.outcome, item.position), translate)


def _with_losses(report: Report, wins: str, lost: list[reasons.Duel], translate: Translate) -> str:
    """The clearest and the closest losses after the wins; all that are equally clear, or "unter anderem"."""
    clearest = _as_clear_as_first(lost)
    closest = _as_clear_as_first(lost[::-1])[::-1]
    if len(lost) <= 2 or len(lost) == len(clearest) <= MOST_EQUAL:
        return translate(N_("%(wins)s, verliert %(to)s."), wins=wins, to=_to(report, lost, translate))
    if len(clearest) == len(lost):
        return translate(
            N_("%(wins)s, verliert %(n)s gleich deutlich, %(to)s."),
            wins=wins,
            n=len(lost),
            to=_to(report, lost, translate),
        )
    return translate(
        N_("%(wins)s, verliert am deutlichsten %(clear)s, am knappsten %(close)s."),
        wins=wins,
        clear=_to(report, clearest, translate),
        close=_to(report, closest, translate),
    )


def _as_clear_as_first(lost: list[reasons.Duel]) -> list[reasons.Duel]:
    margin = lost[0].votes - lost[0].against
    return list(takewhile(lambda duel: duel.votes - duel.against == margin, lost))


def _to(report: Report, lost: list[reasons.Duel], translate: Translate) -> str:
    """ "gegen A (1 : 4) und B (2 : 5)"; of more than three the first, with "unter anderem"."""
    letters = report.letters
    told = [
        f"{letters[duel.a]}\N{NO-BREAK SPACE}({duel.against}\N{NO-BREAK SPACE}:\N{NO-BREAK SPACE}{duel.votes})"
        for duel in lost
    ]
    if len(told) > MOST_EQUAL:
        return translate(N_("unter anderem gegen %(duel)s"), duel=told[0])
    return translate(N_("gegen %(duels)s"), duels=listed(told, translate))


def more_wins(report: Report, item: Item, translate: Translate) -> str:
    """Why a lower place may have more wins; empty where it has not."""
    if report.places_only:
        return ""
    return " ".join(explain.more_wins(report.outcome, item.position, report.letters, translate))


def why(report: Report, one: int, other: int, translate: Translate) -> str:
    """Why one of two items stands before the other, whichever way round they are asked about."""
    if one == other:
        return translate(N_("Bitte wählen Sie zwei verschiedene Empfehlungen."))
    return explain.why_above(report.outcome, one, other, report.letters, translate)


def span(item: Item, translate: Translate) -> str:
    """ "Spanne 1 bis 3."; empty where there is none."""
    if item.span is None or not (item.wins or item.losses or item.ties):  # places only, or an item alone
        return ""
    low, high = item.span
    if low == high:
        return translate(N_("Auch beim Nachrechnen fast immer Platz %(place)s."), place=low)
    return translate(N_("Spanne %(low)s bis %(high)s."), low=low, high=high)


def tie(report: Report, item: Item, translate: Translate) -> str:
    """Sentence 9 for a shared place; empty for the others and where nobody ranked anything."""
    if not item.is_tied or report.turnout.counted == 0:
        return ""
    return explain.shared_place(report.outcome, *item.place, translate)


def sectors(report: Report, item: Item, translate: Translate) -> str:
    """ "Industrie Platz 5, Wissenschaft Platz 1"; empty where no groups are reported."""
    return ", ".join(
        translate(
            N_("%(group)s %(place)s"), group=group(one.sectors, translate), place=placed(*where, translate)
        )
        for one, where in zip(report.groups, item.groups, strict=True)
    )


def firmness(report: Report, translate: Translate) -> str:
    """Sentence 10, told with the first item that has a span worth telling, else with the first of all."""
    told = next((item for item in report.items if item.span and item.span[0] < item.span[1]), report.items[0])
    return explain.firmness(report.outcome, told.position, translate)


def small_groups(report: Report, translate: Translate) -> str:
    """Sentence 11 where sectors were joined or have no list; why none is reported, e.g. all are of one; else empty."""
    alone = sum(one.ballots for one in report.groups if len(one.sectors) == 1)
    if report.places_only or alone == report.outcome.data["ballots"] > 0:
        return ""
    return explain.small_group(translate) if report.groups else explain.no_groups(translate)


def counting(report: Report, translate: Translate) -> list[str]:
    """How it was counted, for everybody: sentence 12, the rest, ties, majorities overruled."""
    rest = {
        "ask": N_(
            "Wer nicht alles eingeordnet hat, hat selbst gewählt, ob das Übrige darunter steht oder ohne Meinung bleibt."
        ),
        "below": N_(
            "Was jemand nicht eingeordnet hat, steht auf diesem Stimmzettel unter allem Eingeordneten."
        ),
        "no_opinion": N_("Was jemand nicht eingeordnet hat, wurde auf diesem Stimmzettel nicht verglichen."),
    }
    said = [explain.method(report.outcome, translate)]
    if report.turnout.counted and len(report.items) > 1 and report.round.rest in rest:
        said.append(translate(rest[report.round.rest]))
    if report.places_only:
        return said
    said += explain.tie_steps(report.outcome, report.letters, translate)
    said += explain.overruled(report.outcome, report.letters, translate)
    said.append(explain.rest_other_way(report.outcome, report.letters, translate))
    return [sentence for sentence in said if sentence]


def experts(report: Report, translate: Translate) -> list[str]:
    """What the four methods have in common, and where equal majorities would decide."""
    said = [
        explain.methods_agree(report.outcome, translate),
        explain.order_dependent(report.outcome, translate),
    ]
    return [sentence for sentence in said if sentence]


def common_ground(report: Report, translate: Translate) -> list[str]:
    """What all groups put into their first third, and into their last."""
    if len(report.groups) < 2:
        return []
    agreement = report.outcome.data["agreement"]
    names = report.letters
    told = (
        (agreement["common_top"], N_("Bei allen Akteursgruppen im ersten Drittel: %(items)s.")),
        (agreement["common_bottom"], N_("Bei allen Akteursgruppen im letzten Drittel: %(items)s.")),
    )
    said = [translate(words, items=", ".join(names[i] for i in items)) for items, words in told if items]
    return said or [
        translate(N_("Keine Empfehlung steht bei allen Akteursgruppen im ersten oder im letzten Drittel."))
    ]


FIGURES = {
    "forget_voter": "entries",
    "ballots_without_roll": "ballots",
    "count_without": "ballots",
    "papers_awaited": "marked",
    "enter_papers": "sheets",
    "papers_agree": "sheets",
    "count_without_papers": "marked",
    "counted": "cast",
}  # the one figure that belongs to a deed in the protocol


def by_hand(protocol, options: dict, annulled: str, translate: Translate) -> list[str]:
    """What people decided by hand in a round, one sentence each.

    :param protocol: see :class:`werkstatt.acts.result.Protocol`; :param annulled: why, if it was.
    """
    told = (
        (len(protocol.late), N_("Ins Stimmverzeichnis nachgetragen: %(n)s.")),
        (protocol.forgotten, N_("Auf Wunsch gelöscht, mit Stimmzettel: %(n)s.")),
        (protocol.times("withdraw_close"), N_("Ankündigung des Schließens zurückgenommen: %(n)s-mal.")),
        (protocol.times("extend_round"), N_("Um zwei Minuten verlängert: %(n)s-mal.")),
        (protocol.corrected, N_("Akteursgruppen im Stimmverzeichnis berichtigt: %(n)s-mal.")),
        (protocol.marked, N_("Papier bekommen: %(n)s.")),
        (protocol.papers, N_("Davon gezählte Blätter, von zwei Personen gleich erfasst: %(n)s.")),
        (options.get("without_papers", 0), N_("Ohne Papierstimmzettel gezählt.")),
        (
            protocol.without,
            N_("Von zweien entschieden: nicht gezählte Stimmen ohne Eintrag im Stimmverzeichnis: %(n)s."),
        ),
        (protocol.times("retry_close"), N_("Auszählung von Hand erneut versucht: %(n)s-mal.")),
    )
    said = [translate(sentence, n=int(n)) for n, sentence in told if n]
    if options.get("cancel_reason"):
        said.append(translate(N_("Zurückgenommen. Grund: %(reason)s"), reason=options["cancel_reason"]))
    if annulled:
        said.append(translate(N_("Von zweien für ungültig erklärt. Grund: %(reason)s"), reason=annulled))
    return said or [translate(N_("Nichts."))]


def deed(name: str, translate: Translate) -> str:
    """What somebody did, in the protocol; an unknown deed keeps its own name."""
    return translate(DEEDS[name]) if name in DEEDS else name


def detail(name: str, facts: dict, translate: Translate) -> str:
    """What belongs to a deed in the protocol, its one figure or its reason; empty for the others."""
    if name == "give_paper":
        reason = PAPER_REASONS.get(facts.get("reason", ""), "")
        return reason and translate(reason)
    figure = facts.get(FIGURES.get(name, ""))
    return "" if figure is None else str(figure)
