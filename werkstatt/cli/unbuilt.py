"""The application as the flask command finds it: its commands at once, itself when one of them needs it."""

from __future__ import annotations

from contextlib import nullcontext
from functools import cached_property

import click
from flask import Flask
from flask.cli import FlaskGroup
from flask_migrate.cli import db as migrations

from . import add_commands


def only_looking() -> bool:
    """Whether the flask command looks for a command, or for the list of them, and none runs yet."""
    context = click.get_current_context(silent=True)
    return context is not None and isinstance(context.command, FlaskGroup)


class Unbuilt(Flask):
    """All commands, and behind those that need it the application.

    Until such a command runs, nothing is read from the environment and nothing is made on disk: to
    count a file, or to ask for help, needs no setting and touches nothing.
    """

    def __init__(self):
        super().__init__("werkstatt", static_folder=None)
        add_commands(self)
        self.cli.add_command(migrations)

    @cached_property
    def built(self) -> Flask:
        """The application itself."""
        from ..web import build

        app = build()
        app.debug = self.debug
        return app

    def app_context(self):
        """The application's context for a command that runs; while one is looked for, none."""
        return nullcontext() if only_looking() else self.built.app_context()
