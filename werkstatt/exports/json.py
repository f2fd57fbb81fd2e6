"""The report as JSON: a versioned schema, sorted keys, the same bytes every time."""

from __future__ import annotations

import dataclasses
import json
from datetime import UTC, datetime
from fractions import Fraction
from typing import Any

from ..counting.full import FullOutcome
from ..terms import Translate
from .report import Report

SCHEMA = "werkstatt-result"


def write(report: Report, _translate: Translate) -> bytes:
    """All figures of the report; moments in UTC, fractions as strings such as "3/4"."""
    body = {"schema": SCHEMA, **_plain(report)}
    return (json.dumps(body, ensure_ascii=False, indent=2, sort_keys=True, allow_nan=False) + "\n").encode()


def _plain(value: Any) -> Any:
    if isinstance(value, FullOutcome):
        return value.to_json()
    if dataclasses.is_dataclass(value):
        return {field.name: _plain(getattr(value, field.name)) for field in dataclasses.fields(value)}
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
    if isinstance(value, Fraction):
        return str(value)
    if isinstance(value, dict):
        return {str(key): _plain(inner) for key, inner in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(inner) for inner in value]
    return value
