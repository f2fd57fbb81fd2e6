"""C56: no table keeps anything about a person that nobody has decided about."""

from __future__ import annotations

from sqlalchemy import String, Text

from werkstatt.acts.privacy.personal import PERSONAL, WITHHELD, Erased, Given
from werkstatt.db import Base

# Words in the names of columns that hold a name, an address, or a text to somebody.
TELLING = {"email", "name", "address", "recipient", "phone", "organisation", "password", "key", "ip", "to"}
NOT_PERSONAL = {
    "round.key_id": "names a file in the key folder",
    "clerk_lease.name": "what the lease is for",
    "period.name": "which period",
    "installation.name": "its one row",
}


def about_people() -> set[str]:
    """Columns that name an account or a membership, or sound like a person."""
    found = set()
    for table in Base.metadata.sorted_tables:
        for column in table.columns:
            targets = {key.column.table.name for key in column.foreign_keys}
            spoken = isinstance(column.type, (String, Text)) and TELLING & set(column.name.split("_"))
            if targets & {"account", "membership"} or spoken:
                found.add(f"{table.name}.{column.name}")
    return found


def test_c56_every_column_about_a_person_is_classified():
    unknown = about_people() - PERSONAL.keys() - NOT_PERSONAL.keys()
    assert not unknown, (
        f"{sorted(unknown)}: what is the person given of it, and what does a deletion do? Say so in"
        " werkstatt/acts/privacy/personal.py (or in NOT_PERSONAL here, with a reason)."
    )


def test_c56_the_table_names_what_there_is():
    columns = {
        f"{table.name}.{column.name}" for table in Base.metadata.sorted_tables for column in table.columns
    }
    assert PERSONAL.keys() | WITHHELD | NOT_PERSONAL.keys() <= columns
    for place, fact in PERSONAL.items():
        assert fact.by in ("account", "membership", "address", "typed", "listed")
        table, column = place.split(".")
        if fact.erased is Erased.CLEARED and table != "account":
            assert Base.metadata.tables[table].c[column].nullable
        assert fact.given is Given.ROW or place in WITHHELD
