"""The same person twice: who at the door may be on the register already."""

from __future__ import annotations

from collections import Counter
from typing import NamedTuple

from ...similarity import Names, alike, words
from ...terms import N_
from .. import join, prepare

PERHAPS_KNOWN = N_(
    "Diese Person steht vielleicht schon im Register. Bitte sehen Sie beide an, und entscheiden Sie auf der Seite der"
    " Person."
)


class Match(NamedTuple):
    """Somebody on the register who may be the person that waits, and what speaks for it."""

    row: object
    near_name: bool
    same_address: bool
    same_organisation: bool
    gone: bool = False  # moderation ended their place: only moderation lets in who is called like them
    on_roll: bool = False  # and they stand on the roll of an unfinished round


def likely(workshop_id: int, waiting: list) -> dict[int, list[Match]]:
    """membership id of who waits -> people on the register who may be the same; only where there are any.

    A place that somebody has taken counts like its person, and an address typed at the door like one of the register;
    and so does who was sent away, who may have voted already.
    """
    known = [row for row in prepare.register(workshop_id) if row.stands or row.gone]
    on_a_roll = join.on_a_roll([row.member.id for row in known if row.gone])
    by_id, found = {row.member.id: row for row in known}, {}
    names = Names((row.member.id, row.name) for row in known)
    for one in waiting:
        near = list(names.near(one.name))
        near += [row.member.id for row in known if _same_address(one, row) and row.member.id not in near]
        matches = [_match(one, by_id[id], on_a_roll) for id in near if id != one.member.id]
        if matches:
            found[one.member.id] = sorted(matches, key=lambda match: (not match.gone, not match.same_address))
    return found


def _same_address(one, row) -> bool:
    typed = one.member.typed_email
    return bool(typed) and typed in (row.account.email, row.member.typed_email)


def _match(one, row, on_a_roll: set[int]) -> Match:
    organisation = one.account.organisation.strip().casefold()
    return Match(
        row,
        alike(one.name, row.name),
        _same_address(one, row),
        bool(organisation) and organisation == row.account.organisation.strip().casefold(),
        row.gone,
        row.member.id in on_a_roll,
    )


def like_somebody_gone(found: list[Match]) -> bool:
    """Whether somebody who waits may be one whom moderation sent away: then it is moderation who lets them in."""
    return any(match.gone for match in found)


def expected(waiting: list, matches: dict[int, list[Match]]) -> dict[int, int]:
    """Who waits and is surely awaited, as whom of the register; ``matches`` as of :func:`likely`.

    That is somebody who fits one person of the register alone, who takes part and has never come in, and
    whom nobody else who waits fits too. Among several who are only alike it is the one of exactly the same name
    and organisation, where there is one on either side. All others are let in by somebody who has looked at them.
    """
    free = join.free([match.row.member for found in matches.values() for match in found])
    awaited = {}
    for row in waiting:
        one = _surely(row, matches.get(row.member.id, []))
        if one is None or join.by_moderation_alone(row.member) or join.taken(row.member):
            continue
        if like_somebody_gone(matches[row.member.id]):
            continue
        if one.row.member.id in free:
            awaited[row.member.id] = one
    rows = {row.member.id: row for row in waiting}
    every = [(rows.get(id), match) for id, found in matches.items() for match in found]
    claims = Counter(match.row.member.id for _, match in every)
    exact = Counter(match.row.member.id for row, match in every if row and _exact(row, match))
    return {
        id: one.row.member.id
        for id, one in awaited.items()
        if (exact if _exact(rows[id], one) else claims)[one.row.member.id] == 1
    }


def _surely(row, found: list[Match]) -> Match | None:
    """The one that this person is, if nothing speaks against it; an address is anybody's word, and is not enough."""
    exact = [match for match in found if _exact(row, match)]
    if (
        len(found) > 1
        and len(exact) == 1
        and not any(match.same_address for match in found if match not in exact)
    ):
        return exact[0]
    return found[0] if len(found) == 1 and _fits(row, found[0]) else None


def _exact(row, match: Match) -> bool:
    return match.same_organisation and words(row.name) == words(match.row.name)


def _fits(row, match: Match) -> bool:
    elsewhere = row.account.organisation and match.row.account.organisation and not match.same_organisation
    return match.near_name and (match.same_address or not elsewhere)
