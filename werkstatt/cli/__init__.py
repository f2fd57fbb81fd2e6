"""The commands: ``flask --app werkstatt ...``, and what ``make run`` and ``make serve`` start."""

from __future__ import annotations

from importlib.util import find_spec
from typing import TYPE_CHECKING

if TYPE_CHECKING:  # the server's own process comes by here and stays small
    from flask import Flask


def add_commands(app: Flask) -> None:
    """Hang every command on the app."""
    from . import commands

    for command in (commands.demo, commands.admin, commands.assets, commands.backup, commands.check):
        app.cli.add_command(command)
    if find_spec("werkstatt.cli.count"):
        from .count import count

        app.cli.add_command(count)
