"""The table that a benchmark prints: figures, their bounds, and which are broken."""

from __future__ import annotations

from dataclasses import dataclass

from tests.load.measure import percentile


@dataclass
class Table:
    """Lines of Markdown, printed at once, and how many of them break their bound."""

    name: str
    broken: int = 0

    def __post_init__(self) -> None:
        print(f"\n### {self.name}\n\n| what | figure | bound |\n| --- | --- | --- |", flush=True)

    def say(self, what: str, value: str, bound: str = "", *, holds: bool = True) -> None:
        self.broken += not holds
        print(f"| {what} | {value} | {bound}{'' if holds else ' **broken**'} |", flush=True)

    def times(self, what: str, seconds: list[float], most: float | None = None) -> float:
        """p50, p95, p99 in milliseconds; returns p99/p50."""
        p50, p95, p99 = (percentile(seconds, share) for share in (0.5, 0.95, 0.99))
        figures = f"p50 {p50 * 1e3:.0f} ms, p95 {p95 * 1e3:.0f} ms, p99 {p99 * 1e3:.0f} ms"
        bound = f"p95 below {most * 1e3:.0f} ms" if most else ""
        self.say(what, figures, bound, holds=most is None or p95 < most)
        return p99 / p50
