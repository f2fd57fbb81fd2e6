"""Counting measured against two libraries and against a bare numpy pass, interleaved in one run.

    python tests/bench/bench_count.py [--quick]

`--quick` gives the two slow libraries a tenth of the ballots and says so in the table.
"""

from __future__ import annotations

import argparse
import platform
import random
import subprocess
import sys
import tempfile
import time
import warnings
from pathlib import Path

import numpy as np

ROOT = Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(ROOT))

from werkstatt.counting import Case, Profile, Ranking, decide, explain  # noqa: E402
from werkstatt.counting import stability as firmness  # noqa: E402
from werkstatt.counting.full import full_outcome  # noqa: E402


def timed(call):
    start = time.perf_counter()
    value = call()
    return time.perf_counter() - start, value


def best(calls: dict, rounds: int) -> dict[str, float]:
    """The best time of each call, all of them in turn in each round."""
    found = dict.fromkeys(calls, float("inf"))
    for _ in range(rounds):
        for name, call in calls.items():
            found[name] = min(found[name], timed(call)[0])
    return found


def orders(n: int, voters: int, seed: int = 1) -> np.ndarray:
    """int8 (n, voters): complete rankings around a common order, as positions."""
    chance = np.random.default_rng(seed)
    taste = np.arange(n) + chance.normal(0, n / 2, (voters, n))
    return np.ascontiguousarray(taste.argsort(axis=1).argsort(axis=1).astype(np.int8).T)


def bare(positions: np.ndarray) -> np.ndarray:
    """The least a numpy pass over the same data does: compare each row with all others, and add up."""
    n = len(positions)
    matrix = np.empty((n, n), dtype=np.int64)
    for item in range(n):
        matrix[item] = np.count_nonzero(positions[item] < positions, axis=1)
    return matrix


def ours(positions: np.ndarray):
    profile = Profile(positions, np.ones(positions.shape[1], dtype=np.int64))
    return decide(Case.of(profile), "schulze")


def matrix_only(positions: np.ndarray):
    return Profile(positions, np.ones(positions.shape[1], dtype=np.int64)).matrix


def other_libraries(quick: bool) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from pref_voting.margin_based_methods import beat_path_defeat
        from pref_voting.profiles_with_ties import ProfileWithTies
        from schulze_voting import SchulzeVote, evaluate_schulze

    n, part = 60, 10 if quick else 1

    def pref_voting(positions):
        rows = [dict(enumerate(column)) for column in positions.T.tolist()]
        return beat_path_defeat(ProfileWithTies(rows, candidates=list(range(n))))

    def schulze_voting(positions):
        return evaluate_schulze([SchulzeVote(row) for row in positions.T.tolist()], n)

    for voters, name, slow, wanted in (
        (10_000, "pref_voting", pref_voting, 1000),
        (100_000, "schulze-voting", schulze_voting, 100),
    ):
        positions = orders(n, voters)
        own = best({"own": lambda p=positions: ours(p), "bare": lambda p=positions: bare(p)}, 3)
        seconds = timed(lambda p=positions: slow(np.ascontiguousarray(p[:, ::part])))[0] * part
        again = best({"own": lambda p=positions: ours(p), "matrix": lambda p=positions: matrix_only(p)}, 3)
        mine = min(own["own"], again["own"])
        scaled = " (scaled from a tenth)" if quick else ""
        print(
            f"| matrix and Schulze list, {n} x {voters:,}: {name}{scaled} | {seconds:.2f} s |"
            f" own {mine * 1e3:.1f} ms | {seconds / mine:,.0f} times faster (wanted {wanted:,}) |"
        )
        print(
            f"| matrix, {n} x {voters:,}: bare numpy pass | {own['bare'] * 1e3:.1f} ms |"
            f" own {again['matrix'] * 1e3:.1f} ms | {again['matrix'] / own['bare']:.2f} of it (wanted at most 2) |"
        )


def room(n: int, voters: int) -> list[Ranking]:
    chance = random.Random(3)
    ballots = []
    for _ in range(voters):
        order = sorted(range(n), key=lambda item: item + chance.gauss(0, n / 2))
        kept = [(item,) for item in order[: chance.randint(1, n)]]
        group = chance.choice(("administration", "industry", "science"))
        ballots.append(Ranking(kept, rest_below=chance.random() < 0.5, group=group))
    return ballots


def say(message, **values):
    return message % values if values else message


def whole() -> None:
    n, voters = 60, 1000
    ballots, names = room(n, voters), [f"E-{item + 1}" for item in range(n)]
    profile = Profile.from_ballots(ballots, n)
    places = decide(Case.of(profile)).places
    drawn = firmness._draw(np.zeros(voters, dtype=np.int64), 1, 1000).astype(np.float32)
    compared = firmness._compare(profile.positions, np.float32, False)[0]
    full = full_outcome(ballots, n)
    calls = {
        "full": lambda: full_outcome(ballots, n),
        "stability": lambda: firmness.stability(profile, places, 1),
        "product": lambda: compared @ drawn.T,
        "reasons": lambda: [explain.place(full, item, names, say) for item in range(n)],
    }
    found = best(calls, 7)
    rest = found["full"] - found["stability"]
    together = rest + found["reasons"]
    print(
        f"| full outcome without stability, {n} x {voters:,} | {rest * 1e3:.0f} ms |"
        f" sentences for all places {found['reasons'] * 1e3:.0f} ms | {together * 1e3:.0f} ms (wanted below 50) |"
    )
    print(
        f"| stability, 1,000 resamples, {n} x {voters:,} | {found['stability'] * 1e3:.0f} ms | | wanted below 500 ms |"
    )
    print(
        f"| its matrix product alone, float32 | {found['product'] * 1e3:.0f} ms | |"
        f" stability at {100 * found['product'] / found['stability']:.0f} % of that speed (wanted 60 %) |"
    )


def memory() -> None:
    for what, wanted in (("arrays", 1024), ("lines", 1024)):
        done = subprocess.run(
            [sys.executable, __file__, "--child", what], capture_output=True, text=True, check=True
        )
        print(done.stdout.strip() + f" (wanted below {wanted} MB) |")


def child(what: str) -> None:
    start = time.perf_counter()
    if what == "arrays":
        n, voters = 100, 1_000_000
        chance = np.random.default_rng(1)
        positions = chance.integers(0, 40, (n, voters), dtype=np.int8)
        # Items beyond a ballot's twentieth level are its rest; a twentieth has no opinion.
        positions[positions >= 20] = n
        positions[:, ::20] = np.where(positions[:, ::20] == n, -1, positions[:, ::20])
        start = time.perf_counter()
        ours(positions)
        name = f"matrix and Schulze list, {n} x {voters:,} partial ballots"
    else:
        from werkstatt.counting.files import read

        n, voters = 100, 100_000
        chance = random.Random(1)
        with tempfile.NamedTemporaryFile("w", suffix=".soi") as file:
            file.writelines(f"# ALTERNATIVE NAME {i}: {i}\n" for i in range(1, n + 1))
            for _ in range(voters):
                file.write("1: " + ",".join(map(str, chance.sample(range(1, n + 1), 10))) + "\n")
            file.flush()
            start = time.perf_counter()
            read(Path(file.name))
        name = f"PrefLib file, {n} x {voters:,}, 10 ranked a line"
    seconds = time.perf_counter() - start
    # The kernel's high-water mark of this program alone; getrusage would count the parent's as well.
    status = Path("/proc/self/status").read_text()
    peak = int(status.split("VmHWM:")[1].split()[0]) / 1024
    print(f"| {name} | {seconds:.1f} s | | peak {peak:.0f} MB", end="")


def growth() -> None:
    print("\n| items x ballots | matrix, ms | Schulze list, ms | Ranked Pairs, ms | full outcome, ms |")
    print("| --- | --- | --- | --- | --- |")
    for n in (15, 30, 60, 100):
        for voters in (100, 1000):
            ballots = room(n, voters)
            profile = Profile.from_ballots(ballots, n)
            case = Case.of(profile)
            found = best(
                {
                    "matrix": lambda p=profile: matrix_only(p.positions),
                    "schulze": lambda c=case: decide(c, "schulze"),
                    "pairs": lambda c=case: decide(c, "ranked-pairs"),
                    "full": lambda b=ballots, n=n: full_outcome(b, n),
                },
                3,
            )
            cells = " | ".join(f"{seconds * 1e3:.1f}" for seconds in found.values())
            print(f"| {n} x {voters:,} | {cells} |")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--child", choices=("arrays", "lines"), help=argparse.SUPPRESS)
    chosen = parser.parse_args()
    if chosen.child:
        child(chosen.child)
        return
    print(f"Python {platform.python_version()}, numpy {np.__version__}\n")
    print("| what | time | beside it | figure |\n| --- | --- | --- | --- |")
    other_libraries(chosen.quick)
    whole()
    memory()
    growth()


if __name__ == "__main__":
    main()
