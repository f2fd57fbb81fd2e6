"""The ranking: opening sheet, ballot, review, "gespeichert"; and what the moderator steers.

No address of this room is ever written to an access log.
"""

from __future__ import annotations

from flask import Blueprint, current_app, g, redirect, render_template, request, url_for
from flask_babel import gettext
from flask_babel import lazy_gettext as _l
from wtforms import IntegerField, RadioField
from wtforms.fields.choices import SelectChoice

from ..acts import NotAllowed, NotReady, Refused, rank, result
from ..counting import Ranking, groups
from ..db import utcnow
from ..permits import Action
from ..secrecy import CODE_LENGTH, KeyFolder
from ..terms import RoundState
from . import stamps
from .errors import RETRY_AFTER, problem
from .forms import Form, Line
from .guard import allow

bp = Blueprint("rank", __name__)


class OpeningForm(Form):
    leading = RadioField(
        _l("Welche Sicht führt?"),
        choices=[
            SelectChoice("person", _l("Je Person: jede Stimme zählt gleich")),
            SelectChoice("sector", _l("Je Akteursgruppe: jede Gruppe zählt gleich")),
        ],
        default="person",
    )


class ReasonForm(Form):
    reason = Line(_l("Grund"), most=200)


class LateForm(Form):
    member = IntegerField()
    reason = Line(_l("Grund"), most=200)


def keys() -> KeyFolder:
    return KeyFolder(current_app.config["SETTINGS"].keys)


def settings():
    return current_app.config["SETTINGS"]


def arrived() -> rank.Arrival:
    """When the request reached the application; that moment decides about the deadline."""
    return rank.Arrival(request.environ["werkstatt.arrived"])


def show(session, me):
    """The participant's page of the phase: wait, vote, saved, closed."""
    round = rank.unfinished(session.id)
    if round is None or round.state is RoundState.CANCELLING:
        return waiting_page(session)
    if round.problem == rank.PROBLEM_INTERRUPTED:
        return render_template("rank/interrupted.html")
    if round.state is not RoundState.OPEN or rank.is_over(round):
        papers = round.state is RoundState.CLOSING and me.may(Action.PAPER) and rank.marked(round.id)
        return render_template("rank/closed.html", round=round, papers=papers)
    by = rank.votes_by(round.id, me.membership)
    if by != "device":
        items = rank.frozen_items(round.id)
        return render_template("rank/no_vote.html", round=round, items=items, on_paper=by == "paper")
    try:
        stand = standing(round, me)
    except NotReady as no:
        return unreadable_page(round, no)
    if stand.vote is not None and "change" not in request.args:
        return saved_page(round, stand)
    return ballot_page(session, me, round, stand)


def waiting_page(session):
    """Before the opening: what became of the last round, and the results there are already."""
    dead = rank.last_annulled(session.id)
    return render_template(
        "rank/wait.html",
        last=rank.last_cancelled(session.id),
        annulled=dead,
        annulled_because=rank.annulled_because(dead.id) if dead else "",
        rounds=[one for one in result.rounds(session.id) if one.state is RoundState.RELEASED],
    )


def check_roll(round, me) -> None:
    """Whoever is not on the roll sees no ballot (403)."""
    if not rank.on_roll(round.id, me.membership):
        raise rank.not_on_roll()


def standing(round, me):
    return rank.standing(round, me.membership.id, me.login.tag, keys(), len(rank.letters(round)))


# ---- the ballot


def ballot_page(
    session, me, round, stand, vote: Ranking | None = None, *, review=False, problem="", rev=None
):
    """The ranking as a form: ``vote`` is what the form says so far, else what was cast, else nothing."""
    items = rank.frozen_items(round.id)
    vote = vote or stand.vote or Ranking()
    ranked = {item for level in vote.levels for item in level}
    return render_template(
        "rank/ballot.html",
        round=round,
        items=items,
        stand=stand,
        rev=stand.rev if rev is None else rev,
        vote=vote,
        places=places_of(vote),
        unsorted=[items[i] for i in stand.order if i not in ranked and i not in vote.no_opinion],
        silent=silent_of(vote, items),
        carries=rank.taken_back_before(round),
        review=review,
        problem=problem,
        sector=rank.sector_title(me.membership),
    )


def places_of(vote: Ranking) -> list[tuple[int, int, bool]]:
    """(place, item, tied with the one before), with shared places counted on: 1, 2, 2, 4."""
    rows, place = [], 1
    for level in vote.levels:
        rows += [(place, item, at > 0) for at, item in enumerate(level)]
        place += len(level)
    return rows


LOOKS = ("arrange", "review", "back")


def chosen_step() -> str:
    """The one button that was pressed; nothing where the form names none, or two."""
    steps = request.form.getlist("step")
    return steps[0] if len(steps) == 1 else ""


def only_looks() -> bool:
    """Whether this step of the ballot stores nothing, and so needs no write transaction."""
    return chosen_step() in LOOKS


@bp.post("/sessions/<int:session_id>/rounds/<int:round_id>/ballot")
@allow(Action.VOTE, late=only_looks)
def ballot(session, me, round):
    """Arrange and review store nothing and answer with the page; cast stores and leads to "gespeichert"."""
    step = chosen_step()
    try:
        vote = read_vote(round)
        if step in LOOKS:
            check_roll(round, me)
            stand = standing(round, me)
            return ballot_page(session, me, round, stand, vote, review=step == "review", rev=given_rev())
        rev = rank.cast(
            session,
            me,
            keys(),
            round.id,
            login_tag=me.login.tag,
            list_hash=request.form.get("list", ""),
            rev=given_rev(),
            vote=rank.meant(vote, step),
            arrived=arrived(),
        )
        again = isinstance(rev, rank.Before)  # then nobody knows any more when that was
        at = None if again else stamps.now(me.login, round.id, standing(round, me).box)
        return redirect(url_for("rank.saved", session_id=session.id, round_id=round.id, at=at), 303)
    except Refused as no:
        return refused(session, me, round, no)


@bp.errorhandler(NotAllowed)
def not_theirs(no: NotAllowed):
    """A ballot from a login that does not open the voter's place (any more): the sentence, and the order as it was sent."""
    round = getattr(g, "things", {}).get("round")
    if request.endpoint != "rank.ballot" or round is None or not g.me.shut:
        return problem(no.status, gettext(no.message, **no.values))
    vote = rank.salvage(rank.letters(round), request.form.to_dict(flat=False), rest=round.options["rest"])
    return not_taken_page(round, vote, gettext(no.message)), no.status


def read_vote(round) -> Ranking:
    return rank.read_vote(rank.letters(round), request.form.to_dict(flat=False), rest=round.options["rest"])


def given_rev() -> int:
    try:
        return rank.revision(request.form.get("rev", "0"))
    except ValueError:
        return 0


def refused(session, me, round, no: Refused):
    """The ballot again, with the sentence and everything the voter had arranged."""
    taken = rank.takes_ballots(round)
    if no.status not in (409, 422, 503) or not (taken or rank.on_roll(round.id, me.membership)):
        raise no
    check_roll(round, me)
    vote = rank.salvage(rank.letters(round), request.form.to_dict(flat=False), rest=round.options["rest"])
    sentence = gettext(no.message, **no.values)
    if not taken:
        return not_taken_page(round, vote, sentence), no.status
    try:
        stand = standing(round, me)
    except NotReady:
        stand = as_sent(round)
    # Only whoever is told that there is a newer ballot replaces it with the next sending.
    rev = stand.rev if no.status == 409 else given_rev()
    page = ballot_page(session, me, round, stand, vote, problem=sentence, rev=rev)
    return page, no.status, {"Retry-After": str(RETRY_AFTER)} if no.status == 503 else {}


def not_taken_page(round, vote: Ranking, sentence: str):
    """A round that takes nothing any more: why, and the order that was sent, to copy or to remember."""
    items = rank.frozen_items(round.id)
    return render_template(
        "rank/not_taken.html",
        round=round,
        items=items,
        vote=vote,
        places=places_of(vote),
        silent=silent_of(vote, items),
        sentence=sentence,
    )


def unreadable_page(round, no: NotReady):
    """Without the round's key nobody knows where a voter stands: the list all the same, and what to do."""
    items, sentence = rank.frozen_items(round.id), gettext(no.message, **no.values)
    page = render_template("rank/unreadable.html", round=round, items=items, sentence=sentence)
    return page, no.status, {"Retry-After": str(RETRY_AFTER)}


def as_sent(round) -> rank.Standing:
    """Where the voter stands as far as the form itself says it; without the key nobody knows more."""
    at = {f"place-{letter}": item for item, letter in enumerate(rank.letters(round))}
    order = [at[name] for name in request.form if name in at]
    order += [item for item in at.values() if item not in order]
    return rank.Standing(given_rev(), None, order, "")


@bp.get("/sessions/<int:session_id>/rounds/<int:round_id>/saved")
@allow(Action.READ)  # whoever stays on this page until the result is shown is led on, never told "zu spät"
def saved(session, me, round):
    check_roll(round, me)
    if not rank.takes_ballots(round):
        return redirect(url_for("prepare.step", session_id=session.id), 303)
    try:
        stand = standing(round, me)
    except NotReady as no:
        return unreadable_page(round, no)
    if stand.rev == 0:
        return redirect(url_for("prepare.step", session_id=session.id), 303)
    return saved_page(round, stand, stamps.told(me.login, round.id, stand.box))


def saved_page(round, stand, cast_at=None):
    """What the database holds, read back just now; when it was cast only the page's own address may know."""
    items = rank.frozen_items(round.id)
    return render_template(
        "rank/saved.html",
        round=round,
        items=items,
        stand=stand,
        places=places_of(stand.vote) if stand.vote else [],
        silent=silent_of(stand.vote, items) if stand.vote else [],
        at=utcnow(),
        cast_at=cast_at,
    )


def silent_of(vote: Ranking, items):
    """The items without an opinion, in the list's order."""
    return [items[i] for i in sorted(vote.no_opinion)]


bp.app_template_filter("ends")(rank.end_of)
bp.app_template_test("over")(rank.is_over)


@bp.app_template_filter("code")
def grouped(code: str) -> str:
    """A check code as it is shown, in two groups of four; nothing for none."""
    return f"{code[:4]}-{code[4:]}" if code else ""


@bp.get("/vertraulich")
@allow(Action.PUBLIC)
def secrecy():
    return render_template(
        "rank/secrecy.html",
        https=settings().https,
        grace=settings().grace,
        fewest=groups.MINIMUM,
        signs=CODE_LENGTH,
        postgresql=settings().database_url.startswith("postgresql"),
    )


@bp.get("/sessions/<int:session_id>/rounds/<int:round_id>/codes")
@allow(Action.READ)
def codes(session, me, round):
    if round.state not in (RoundState.CLOSED, RoundState.RELEASED):
        raise rank.not_yet(round)
    asked = "".join(sign for sign in request.args.get("code", "").upper() if sign.isalnum())[:8]
    return render_template("rank/codes.html", round=round, codes=rank.check_codes(round.id), asked=asked)


# ---- what the moderator steers


@bp.get("/sessions/<int:session_id>/opening")
@allow(Action.OPEN)
def opening(session, me):
    return opening_page(session, OpeningForm(key="opening"))


@bp.post("/sessions/<int:session_id>/opening")
@allow(Action.OPEN)
def open_round(session, me):
    form = OpeningForm(key="opening")
    mark = request.form.get("mark", "")
    try:
        rank.open_round(session, me, keys(), leading=form.leading.data, mark=mark, grace=settings().grace)
        return console(session)
    except Refused as no:
        form.say(no)
        return opening_page(session, form), no.status


def opening_page(session, form):
    papers = [one for one in rank.voters(session) if one.on_paper]
    return render_template("rank/opening.html", form=form, sheet=rank.sheet(session), papers=papers)


def console(session):
    return redirect(url_for("prepare.console", session_id=session.id), 303)


@bp.post("/sessions/<int:session_id>/rounds/<int:round_id>/announce")
@allow(Action.OPEN)
def announce(session, me, round):
    rank.announce(session, me, round.id, seconds=settings().announce)
    return console(session)


@bp.post("/sessions/<int:session_id>/rounds/<int:round_id>/keep-open")
@allow(Action.OPEN)
def keep_open(session, me, round):
    rank.withdraw_announcement(session, me, round.id)
    return console(session)


@bp.post("/sessions/<int:session_id>/rounds/<int:round_id>/extend")
@allow(Action.OPEN)
def extend(session, me, round):
    rank.extend(session, me, round.id)
    return console(session)


@bp.post("/sessions/<int:session_id>/rounds/<int:round_id>/cancel")
@allow(Action.OPEN)
def cancel(session, me, round):
    rank.cancel(session, me, round.id, reason=ReasonForm().reason.data or "")
    return console(session)


@bp.post("/sessions/<int:session_id>/rounds/<int:round_id>/retry")
@allow(Action.OPEN)
def retry(session, me, round):
    rank.retry_close(session, me, round.id)
    return console(session)


@bp.post("/sessions/<int:session_id>/rounds/<int:round_id>/without")
@allow(Action.OPEN)
def without(session, me, round):
    rank.count_without(session, me, round.id)
    return console(session)


@bp.post("/sessions/<int:session_id>/rounds/<int:round_id>/late")
@allow(Action.OPEN)
def late(session, me, round):
    form = LateForm()
    rank.add_late(session, me, round.id, form.member.data or 0, reason=form.reason.data or "")
    return console(session)
