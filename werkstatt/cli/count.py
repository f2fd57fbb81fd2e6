"""`count`: elections from files, counted without a database.

The command needs no application: no setting is read, and no folder, no secret and no database is touched.
Where Werkstatt is installed, flask finds it by its entry point (`flask.commands` in pyproject.toml) before it
imports anything else.
"""

from __future__ import annotations

import json
import os
import sys
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import click

from werkstatt.counting import METHODS, STRENGTHS, BallotError, MethodError, Outcome, decide
from werkstatt.counting.files import KINDS, UNRANKED, Election, FileError, read
from werkstatt.counting.outcome import plain

_NAMED = ("item", "winner", "loser")
_LISTED = ("items", "chain", "equal")


@click.command("count")
@click.argument("files", nargs=-1, required=True, metavar="FILE...")
@click.option("--method", type=click.Choice(list(METHODS)), default="schulze", show_default=True)
@click.option("--strength", type=click.Choice(STRENGTHS), default="margins", show_default=True)
@click.option(
    "--unranked",
    type=click.Choice(UNRANKED),
    default="below",
    show_default=True,
    help="How missing items are read.",
)
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line for each file.")
@click.pass_context
def count(ctx, files, method, strength, unranked, as_json):
    """Count elections: JSON, or PrefLib's .soc .soi .toc .toi .cat.

    A file that cannot be counted is named with the reason; the others are counted, and the exit status is 2.
    """
    status = 0
    for name in files:
        try:
            needed = METHODS[method].ballots
            election = _read(Path(name), unranked, needed is not None)
            if needed not in (None, KINDS[election.kind]):
                wanted = next(kind for kind, ballots in KINDS.items() if ballots is needed)
                ending = Path(name).suffix
                says = (
                    "key 'ballot_type' says"
                    if ending.lower() == ".json"
                    else f"the ending {ending!r} stands for"
                )
                raise FileError(f"{says} {election.kind} ballots, and {method} needs {wanted} ballots")
            outcome = _decide(election, method, strength)
        except (FileError, MethodError, BallotError) as error:
            _say(f"{name}: {error}.", err=True)
            status = 2
            continue
        if as_json:
            _say(json.dumps(_object(election, outcome, unranked), ensure_ascii=False))
        else:
            _say(_text(name, election, outcome))
    ctx.exit(status)


def _decide(election: Election, method: str, strength: str) -> Outcome:
    try:
        return decide(election.case, method, strength)
    except MemoryError as error:
        raise FileError(f"{len(election.candidates)} candidates are more than there is memory for") from error


def _say(text: str, err: bool = False) -> None:
    """Print, whatever the terminal can show; in JSON an escaped sign is the same sign."""
    encoding = (sys.stderr if err else sys.stdout).encoding or "utf-8"
    try:
        text.encode(encoding)
    except UnicodeEncodeError:
        if text.startswith("{"):
            text = json.dumps(json.loads(text))
        else:
            text = text.encode(encoding, "backslashreplace").decode(encoding)
    try:
        click.echo(text, err=err)
    except BrokenPipeError:
        raise
    except OSError as error:
        full = click.ClickException(f"the output cannot be written: {error.strerror}")
        full.exit_code = 2
        raise full from error


def _read(path: Path, unranked: str, keep: bool) -> Election:
    size = os.path.getsize(path) if os.path.isfile(path) else 0
    # A bar in a pipe or a protocol would only be noise.
    if not (size and sys.stderr.isatty()):
        bar = nullcontext()
    else:
        bar = click.progressbar(length=size, label=path.name, file=sys.stderr)
    with bar as shown:
        done = 0

        def progress(now: int) -> None:
            nonlocal done
            if shown is not None and now > done:
                shown.update(now - done)
                done = now

        return read(path, unranked, keep, progress)


def _object(election: Election, outcome: Outcome, unranked: str) -> dict[str, Any]:
    names = election.candidates
    return {
        "method": outcome.method,
        "strength": outcome.strength,
        "unranked": unranked,
        "ballots": election.ballots,
        "candidates": names,
        "ranking": [[names[item] for item in tier] for tier in outcome.tiers],
        "places": [[first, last, [names[item] for item in items]] for first, last, items in outcome.places],
        "matrix": plain(outcome.matrix),
        "steps": [_named(step, names) for step in outcome.steps],
        "order_dependent": outcome.order_dependent,
    }


def _named(step: dict[str, Any], names: list[str]) -> dict[str, Any]:
    """A step with names in place of indices."""
    named = plain(step)
    for key in named:
        if key in _NAMED:
            named[key] = names[named[key]]
        elif key in _LISTED:
            named[key] = [names[item] for item in named[key]]
        elif key in ("parts", "order"):
            named[key] = [[names[item] for item in part] for part in named[key]]
    return named


def _text(name: str, election: Election, outcome: Outcome) -> str:
    names = [_line(candidate) for candidate in election.candidates]
    twice = {candidate for candidate in names if names.count(candidate) > 1}
    for item, candidate in enumerate(names):
        if candidate in twice:
            names[item] = f"{candidate} (no. {item + 1})"
    lines = [f"{name}: {outcome.method}, {outcome.strength}, {election.ballots} ballots"]
    for first, last, items in outcome.places:
        place = f"{first}." if first == last else f"{first}.-{last}."
        lines.append(f"{place:>8} " + ", ".join(names[item] for item in items))
    if outcome.order_dependent:
        lines.append("         another choice among equals would give another list")
    return "\n".join(lines)


def _line(name: str) -> str:
    """A name on one line, since in the list every line is a place."""
    return "".join(sign if sign.isprintable() else repr(sign)[1:-1] for sign in name)
