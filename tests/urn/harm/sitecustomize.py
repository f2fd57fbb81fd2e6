"""Weakens the database on purpose, in the server's processes, to see that the tests bite.

Found through PYTHONPATH by servers that a test starts; ``WEAKEN=NORMAL`` is SQLite's synchronous.
"""

import os

if os.environ.get("WEAKEN"):
    from sqlalchemy import Engine, event

    @event.listens_for(Engine, "begin")
    def weaken(connection):
        if connection.dialect.name == "sqlite":
            cursor = connection.connection.cursor()
            cursor.execute("PRAGMA synchronous=" + os.environ["WEAKEN"])
            cursor.close()
