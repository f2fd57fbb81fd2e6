"""`count`: elections from files, counted without a database."""

from __future__ import annotations

import json
import sys
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import click

from werkstatt.counting import METHODS, STRENGTHS, BallotError, MethodError, Outcome, decide
from werkstatt.counting.files import UNRANKED, Election, FileError, read
from werkstatt.counting.outcome import plain

NEEDS_BALLOTS = ("approval", "score", "phragmen")
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
    """Count elections: JSON, or PrefLib's .soc .soi .toc .toi .cat."""
    for name in files:
        try:
            election = _read(Path(name), unranked, method in NEEDS_BALLOTS)
            outcome = decide(election.case, method, strength)
        except (FileError, MethodError, BallotError) as error:
            click.echo(f"{name}: {error}.", err=True)
            ctx.exit(2)
        if as_json:
            click.echo(json.dumps(_object(name, election, outcome, unranked), ensure_ascii=False))
        else:
            click.echo(_text(name, election, outcome))


def _read(path: Path, unranked: str, keep: bool) -> Election:
    size = path.stat().st_size if path.is_file() else 0
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


def _object(name: str, election: Election, outcome: Outcome, unranked: str) -> dict[str, Any]:
    names = election.candidates
    return {
        "file": name,
        "method": outcome.method,
        "strength": outcome.strength,
        "unranked": unranked,
        "ballots": election.ballots,
        "abstentions": election.abstentions,
        "candidates": names,
        "ranking": [[names[item] for item in tier] for tier in outcome.tiers],
        "places": [[first, last, [names[item] for item in items]] for first, last, items in outcome.places],
        "matrix": plain(outcome.matrix),
        "figures": plain(outcome.figures),
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
        elif key == "parts":
            named[key] = [[names[item] for item in part] for part in named[key]]
    return named


def _text(name: str, election: Election, outcome: Outcome) -> str:
    lines = [f"{name}: {outcome.method}, {outcome.strength}, {election.ballots} ballots"]
    for first, last, items in outcome.places:
        place = f"{first}." if first == last else f"{first}.-{last}."
        lines.append(f"{place:>8} " + ", ".join(election.candidates[item] for item in items))
    if outcome.order_dependent:
        lines.append("         another order of equal pairs would give another list")
    return "\n".join(lines)
