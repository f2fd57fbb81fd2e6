"""C08, C20: reading is never stored, and before the close it tells no ranking but one's own."""

from __future__ import annotations

from collections import Counter, deque
from dataclasses import replace
from urllib.parse import urljoin, urlsplit

import pytest

from tests import pages, rounds
from tests.house import asking
from tests.house.permissions import EVERYBODY, PEOPLE
from tests.house.places import TABLE, address, endpoints
from werkstatt.acts import result
from werkstatt.acts.rank import steering
from werkstatt.counting import Ranking
from werkstatt.db import Base, begin_write, db
from werkstatt.models import Ballot, Login, Result, Round, UrnBallot
from werkstatt.terms import Phase, RoundState

pytestmark = pytest.mark.soak_on_postgresql

PAGES_OF_A_KIND = 2  # instances of one route that a crawl looks at, besides the six running steps
READS_THE_STEP = {"prepare.step", "prepare.console", "projector.mirror", "projector.screen"}


# ---- C08


def test_c08_reading_changes_no_table(app, stage, browse):
    """Everybody follows every link from the start page on, as a browser that presses no button."""
    for who in EVERYBODY:
        client = browse(PEOPLE[who])
        begun = asking.fingerprint()
        looked_at = crawl(app, client, starts(stage, who), inside=bool(PEOPLE[who]))
        assert asking.fingerprint() == begun, f"the reading of {who} was stored"
        assert sum(looked_at.values()) > 8
        if who in "mo":
            assert {"collect.texts", "result.protocol", "prepare.register", "consolidate.merging"} <= set(
                looked_at
            )


def crawl(app, client, ahead: list[tuple[str, str]], *, inside: bool) -> Counter:
    """Open pages and what they link to; no link is dead. How often which route was met.

    Whoever is logged in can hand the device on from every page; a screen on the wall is nobody's.
    """
    routes, seen, many = app.url_map.bind("localhost"), set(), Counter()
    ahead = deque(ahead)
    while ahead:
        path, found_on = ahead.popleft()
        if path in seen or path.startswith("/pulse/"):
            continue
        seen.add(path)
        endpoint, _ = routes.match(path.partition("?")[0])
        many[endpoint] += 1
        if many[endpoint] > (6 if endpoint in READS_THE_STEP else PAGES_OF_A_KIND):
            continue
        with client.get(path) as answer:
            fine = (200, 303, 422) if FILLED in path else (200, 303)
            assert answer.status_code in fine, f"{path}, a link on {found_on}: {answer.status_code}"
            if inside and answer.mimetype == "text/html" and endpoint != "projector.screen":
                assert answer.status_code == 303 or "Gerät weitergeben" in answer.text, path
            if answer.status_code == 303:
                ahead.append((answer.headers["Location"], path))
            elif answer.mimetype == "text/html":
                ahead.extend((link, path) for link in links(answer.text, path))
    return many


def starts(stage, who: str) -> list[tuple[str, str]]:
    """Where a person begins: the start page; the signed addresses for a projector."""
    first = ["/", "/?all=1"]
    if who == "s":
        first += [f"/{kind}/{stage.ids[phase][key]}" for phase in Phase for kind, key in SIGNED]
    if who in "mo":
        first.append(stage.path("/sessions/<int:session_id>/board/merge", Phase.CONSOLIDATE) + CHOSEN)
        first[-1] = first[-1].format(**stage.ids[Phase.CONSOLIDATE])
    return [(path, "the beginning") for path in first]


SIGNED = (("projector", "token"), ("pulse", "pulse"))
CHOSEN = "?ids={recommendation_id}&ids={second_id}"
FILLED = "?q=Petra&code=&theme=1"  # what forms that only read are sent with; 422 where that is no choice


def links(html: str, path: str) -> list[str]:
    """The addresses on this site that a page leads to by reading."""
    found = []
    for node in pages.parse(html).walk():
        for name in ("href", "src", "hx-get"):
            if node.attrs.get(name):
                found.append(node.attrs[name])
        if node.tag == "form" and node.attrs.get("method", "").lower() == "get":
            found.append(node.attrs["action"] + FILLED)
    whole = [urlsplit(urljoin("http://localhost" + path, one)) for one in found]
    return [
        one.path + (f"?{one.query}" if one.query else "")
        for one in whole
        if one.netloc == "localhost" and one.scheme == "http"
    ]


def test_c08_the_pulse_changes_no_table(app, stage):
    before = asking.fingerprint()
    for phase in Phase:
        assert app.test_client().get(stage.path("/pulse/<pulse>", phase)).status_code == 200
    assert asking.fingerprint() == before


def test_no_table_could_keep_who_has_read_what():
    """No last-seen, no read receipts: such a column would have to be asked about first."""
    words = {"seen", "read", "visited", "viewed", "opened", "active", "accessed"}
    columns = [(table.name, column.name) for table in Base.metadata.sorted_tables for column in table.columns]
    assert [one for one in columns if words & set(one[1].split("_"))] == [("round", "opened_at")]


# ---- C20

ONE_WAY = ((0,), (1,), (2,))
BY_CHANCE = {"Set-Cookie", "Content-Security-Policy", "Date"}  # nonce, token, time: only that they are there


@pytest.fixture
def voted(app, stage, logins):
    """``voted(levels)``: everybody on the roll but Petra ranks so; Petra's own ballot stays as it is."""
    house = replace(stage.house, session=stage.sessions[Phase.RANK])
    round = db.session.get(Round, stage.ids[Phase.RANK]["round_id"])
    revs: Counter = Counter()

    def cast(levels):
        for who in ("samuel", "vera", *guests()):
            rounds.cast(app, house, who, levels, rev=revs[who], round=round)
            revs[who] += 1

    of_petra = db.select(Login.tag).where(Login.account_id == house.people["petra"].id)
    rounds.cast(app, house, "petra", [[1], [0]], tag=db.session.scalars(of_petra).one(), round=round)
    return cast


def guests() -> list[int]:
    """The accounts of the five guests on the roll."""
    return [row["id"] for row in asking.tables()["account"] if row["name"].startswith("Gast ")]


def readings(app, stage, logins, people: str, doors: tuple[str, ...]) -> dict:
    """Every page, file and pulse that these people get now: (address, who) -> all of the answer."""
    known, found = endpoints(app), {}
    app.wsgi_app.copies.clear()
    app.wsgi_app.turnouts.clear()
    for row in (row for row in TABLE if row.method == "GET" and row.door in doors):
        path = address(stage, row, known["GET", row.rule], Phase.RANK)
        for query in ("", "?change=1", "?all=1") if row.rule in ASKED_MORE else ("",):
            for who in people:
                answer = asking.ask(app, logins[who], "GET", path + query)
                assert answer.status < 500, (path, who)
                headers = {
                    name: value if name not in BY_CHANCE else bool(value)
                    for name, value in answer.headers.items()
                }
                found[path + query, who] = (answer.status, asking.plain(answer.text), headers)
    return found


def room(app, stage, logins, people: str) -> dict:
    """The session as these people see it, and what the projector and the pulse say."""
    session = readings(app, stage, logins, people, ("session",))
    return session | readings(app, stage, logins, "s", ("public",))


ASKED_MORE = ("/sessions/<int:session_id>", "/")


def all_readings(app, stage, logins) -> dict:
    """Of everybody; an organiser and an admin look into the office as well."""
    inside = readings(app, stage, logins, "-swphbmof", ("session", "workshop", "public"))
    return inside | readings(app, stage, logins, "oa", ("process", "installation"))


def assert_same(one: dict, other: dict) -> None:
    differing = [key for key in one if one[key] != other[key]]
    assert not differing, f"these tell how others have ranked: {differing[:10]}"


def test_c20_nothing_tells_how_others_rank_before_the_close(app, stage, logins, voted):
    """Two worlds with the same voters, once all one way and once the other; nobody can tell them apart."""
    voted(ONE_WAY)
    before, boxes = all_readings(app, stage, logins), sealed()
    saved = stage.path("/sessions/<int:session_id>/rounds/<int:round_id>/saved", Phase.RANK)
    assert "Meine Reihenfolge: 2 von 3" in before[saved, "p"][1]
    voted(ONE_WAY[::-1])
    assert len(boxes) == 8 and len(boxes & sealed()) == 1  # Petra's alone has stayed
    assert_same(before, all_readings(app, stage, logins))


def sealed() -> set[bytes]:
    return set(db.session.scalars(db.select(Ballot.box)))


@pytest.mark.parametrize(
    ("state", "people"),
    [
        (RoundState.CLOSING, "wpm"),
        (RoundState.COUNTED, "wpm"),
        (RoundState.CLOSED, "wphb"),  # the moderation's preview begins here
    ],
)
def test_c20_nothing_tells_the_result_between_close_and_release(
    app, stage, logins, voted, state, people, monkeypatch
):
    """The figures are there already, and whoever may not see them sees the same whatever they are."""
    monkeypatch.setattr(steering, "clerk_works", lambda: True)  # the console would ask for it after 3 s
    voted(ONE_WAY)
    house = replace(stage.house, session=stage.sessions[Phase.RANK])
    round = rounds.close(app, house, db.session.get(Round, stage.ids[Phase.RANK]["round_id"]))
    assert round.state is RoundState.CLOSED and db.session.get(Result, round.id)
    begin_write()
    round.state = state
    db.session.commit()
    before = room(app, stage, logins, people)
    begin_write()
    stored = db.session.get(Result, round.id)
    known = {name: stored.figures[name] for name in ("roll", "cast", "seed")}
    votes = [(Ranking(ONE_WAY[::-1]), None)] * known["cast"]
    stored.figures = result.tally(3, votes, options=round.options, **known)
    db.session.execute(db.update(UrnBallot).values(ranking=b"\0\0\0"))
    db.session.commit()
    assert_same(before, room(app, stage, logins, people))
