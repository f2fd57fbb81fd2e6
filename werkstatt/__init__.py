"""Werkstatt: workshops that propose, discuss, consolidate and rank, and a result that explains itself.

The house has three storeys; a file imports from its own storey and from those below.

* PURE (no Flask, no SQLAlchemy): ``terms`` the glossary, ``permits`` who may do what when,
  ``counting`` ballots to outcome, ``exports`` a report to bytes, ``secrecy`` keys, handles and
  seals, ``sheets`` lists of people from files, ``phrases`` figures to sentences.
* STORED (SQLAlchemy, never a request or a form): ``db`` transactions and locks,
  ``plans`` statements compiled once, ``models`` what is kept, ``acts`` what may happen, ``demo`` the demo process.
* SHOWN (Flask): ``web`` the guard and the rooms, ``cli`` the commands.

The same words name the rooms on every storey: join, prepare, collect, discuss, consolidate,
rank, result, office. The address of any line is two words: which storey, which room.
"""

from __future__ import annotations

__version__ = "0.1.0"


def create_app(settings=None, *, migrations=True):
    """Wire one application; nothing else happens here.

    :param settings: a :class:`config.Settings`; read from the environment if missing.
    :param migrations: with what changes tables; server processes that never do stay smaller without.
    :raises config.BadSetting: one sentence for the person who starts the server.

    The flask command that only looks for its commands gets those, see :class:`cli.unbuilt.Unbuilt`.
    """
    if settings is None:
        from .cli.unbuilt import Unbuilt, only_looking

        if only_looking():
            return Unbuilt()
    from .web import build

    return build(settings, migrations=migrations)
