"""The stage of the house tests, and a login for each of the people in the table of permissions."""

from __future__ import annotations

import pytest

from tests.house import asking
from tests.house import stage as stages
from tests.house.permissions import PEOPLE


@pytest.fixture
def stage(app, house) -> stages.Stage:
    return stages.build(app, house)


@pytest.fixture
def logins(app, house, stage) -> dict[str, tuple[str, str]]:
    """letter -> (cookie, form token)"""
    return {letter: asking.cookie_of(app, house, name) for letter, name in PEOPLE.items()}
