"""Counting measured against two libraries and against a bare numpy pass, interleaved in one run.

    python tests/bench/bench_count.py [--quick]

`--quick` gives the two slow libraries and the long file a tenth of the ballots and says so in the table.

What "the matrix product's own speed" means for the stability: the product that gives the pairwise matrices
of all resamples, votes for row over column, is one call of numpy's `@` in float32 on arrays that are ready:
for each ordered pair of items what each ballot says, times how often each resample draws each ballot. The
stability draws these weights, multiplies, finds Schulze's order of every resample and counts places. It
needs the margins only, half of that product, which is printed beside it as the sterner measure. All run in
one process, in turn, with the same number of BLAS threads: one, because the rest of the stability runs on
one core, and then as many as the machine gives. With one thread the processor time is given as well, which
other jobs on the machine disturb less than the clock. The full outcome is measured by the processor, too, with
one thread: more of them only wait for one another in its small products.
"""

from __future__ import annotations

import argparse
import os
import platform
import random
import subprocess
import sys
import tempfile
import time
import warnings
from functools import partial
from pathlib import Path

import numpy as np

ROOT = Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(ROOT))

from werkstatt.counting import Case, Profile, Ranking, decide, explain  # noqa: E402
from werkstatt.counting import resamples as drawing  # noqa: E402
from werkstatt.counting import stability as firmness  # noqa: E402
from werkstatt.counting.agreement import kendall_w  # noqa: E402
from werkstatt.counting.full import FullOutcome, full_outcome  # noqa: E402
from werkstatt.counting.sectors import smallest_units  # noqa: E402


def timed(call, clock=time.perf_counter):
    start = clock()
    value = call()
    return clock() - start, value


def best(calls: dict, rounds: int, clock=time.perf_counter) -> dict[str, float]:
    """The best time of each call, all of them in turn in each round."""
    found = dict.fromkeys(calls, float("inf"))
    for _ in range(rounds):
        for name, call in calls.items():
            found[name] = min(found[name], timed(call, clock)[0])
    return found


def orders(n: int, voters: int, seed: int = 1, noise: float = 0.5) -> np.ndarray:
    """int8 (n, voters): complete rankings around a common order, as positions.

    `noise`: the spread of a voter's taste around an item's place, as a share of the list.
    """
    chance = np.random.default_rng(seed)
    taste = np.arange(n) + chance.normal(0, n * noise, (voters, n))
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
        fewer = np.ascontiguousarray(positions[:, ::part])
        seconds = timed(partial(slow, fewer))[0] * part
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


def no_order(n: int, voters: int) -> list[Ranking]:
    """The worst case: complete ballots of three sectors without any common order."""
    chance = random.Random(5)
    groups = ("administration", "industry", "science")
    return [
        Ranking([(item,) for item in chance.sample(range(n), n)], group=chance.choice(groups))
        for _ in range(voters)
    ]


def reasons(full, names: list[str]) -> list:
    """All that is said of a list: its places, what was overruled, its tie steps, the other methods."""
    said = [explain.place(full, item, names, say) for item in range(full.n_items)]
    said += [*explain.overruled(full, names, say), *explain.tie_steps(full, names, say)]
    return [*said, explain.methods_agree(full, say), explain.rest_other_way(full, names, say)]


def whole_child() -> None:
    n, voters = 60, 1000
    names = [f"E-{item + 1}" for item in range(n)]
    rooms = {
        "partial ballots around a common order": room(n, voters),
        "worst case, no common order at all": no_order(n, voters),
    }
    for kind, ballots in rooms.items():
        for leading in ("person", "sector"):
            full = full_outcome(ballots, n, leading=leading)
            assert full.leading == leading
            count = partial(full_outcome, ballots, n, leading=leading)
            calls = {
                "counts": partial(count, resamples=1),
                "reasons": lambda f=full: reasons(
                    FullOutcome(f.data), names
                ),  # nothing kept from the last time
                "with": count,
            }
            found = best(calls, 15, time.process_time)
            together = found["counts"] + found["reasons"]
            what = f"{n} x {voters:,}; {kind}; leading: {leading}"
            print(
                f"| full outcome (one resample), {what} | {found['counts'] * 1e3:.0f} ms |"
                f" all sentences {found['reasons'] * 1e3:.0f} ms |"
                f" {together * 1e3:.0f} ms (wanted below 50) |"
            )
            print(f"| full outcome with 1,000 resamples, {what} | {found['with'] * 1e3:.0f} ms | | |")


def with_threads() -> None:
    """What depends on the BLAS threads, in processes of their own."""
    names = ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS", "VECLIB_MAXIMUM_THREADS")
    one = os.environ | dict.fromkeys(names, "1")
    print(start("whole", one))
    print(start("firm-one", one))
    print(start("firm-all"))


def in_sectors(sizes: tuple[int, ...]) -> tuple[Profile, dict]:
    """Complete ballots of sectors of these sizes without any common order, and how they are drawn."""
    profile = Profile(orders(60, sum(sizes), noise=1e9), np.ones(sum(sizes), dtype=np.int64))
    strata = np.repeat(np.arange(len(sizes)), sizes)
    return profile, {"strata": strata, "stratum_units": smallest_units(sizes)}


def firm_child(threads: str) -> None:
    n, voters = 60, 1000
    each = np.ones(voters, dtype=np.int64)
    rooms = {
        "partial ballots around a common order": (Profile.from_ballots(room(n, voters), n), {}),
        "complete ballots around a common order": (Profile(orders(n, voters), each), {}),
        "complete ballots, a weak common order": (Profile(orders(n, voters, noise=1.0), each), {}),
        "worst case, no common order at all": (Profile(orders(n, voters, noise=1e9), each), {}),
    }
    if threads == "one":
        for sizes in ((334, 333, 333), (241, 251, 239, 269)):
            rooms[f"the same, {len(sizes)} sectors of uneven sizes leading"] = in_sectors(sizes)
    drawn = drawing.draw(np.zeros(voters, dtype=np.int64), np.random.PCG64(1), 1000)
    clocks = {"clock": time.perf_counter} | ({"processor": time.process_time} if threads == "one" else {})
    for name, (profile, strata) in rooms.items():
        places = decide(Case.of(profile)).places
        compared = drawing.compare(profile.positions, False).astype(np.float32)
        over = np.concatenate([compared > 0, compared < 0]).astype(np.float32)
        calls = {
            "own": lambda p=profile, at=places, by=strata: firmness.stability(p, at, 1, **by),
            "product": lambda o=over: o @ drawn.T,
            "half": lambda c=compared: c @ drawn.T,
        }
        for clock, of in clocks.items():
            found = best(calls, 15, of)
            print(
                f"| stability, 1,000 resamples, {n} x {voters:,}; {name}, W = {kendall_w(profile):.2f};"
                f" {threads} BLAS thread{'s' * (threads != 'one')}, by the {clock} | {found['own'] * 1e3:.0f} ms"
                f" (wanted below 500) | product {found['product'] * 1e3:.1f} ms, half of it"
                f" {found['half'] * 1e3:.1f} ms | {100 * found['product'] / found['own']:.0f} % of its speed"
                f" (wanted 60), {100 * found['half'] / found['own']:.0f} % of the half's |"
            )


def start(what: str, environ=None) -> str:
    done = subprocess.run(
        [sys.executable, __file__, "--child", what], capture_output=True, text=True, check=True, env=environ
    )
    return done.stdout.strip()


def memory(quick: bool) -> None:
    for what in ("arrays", "lines-tenth" if quick else "lines"):
        print(start(what) + " (wanted below 1,024 MB) |")


def child(what: str) -> None:
    if what == "whole":
        whole_child()
        return
    if what.startswith("firm-"):
        firm_child(what.removeprefix("firm-"))
        return
    if what == "arrays":
        n, voters = 100, 1_000_000
        chance = np.random.default_rng(1)
        positions = chance.integers(0, 40, (n, voters), dtype=np.int8)
        # Items beyond a ballot's twentieth level are its rest; a twentieth has no opinion.
        positions[positions >= 20] = n
        positions[:, ::20] = np.where(positions[:, ::20] == n, -1, positions[:, ::20])
        begin = time.perf_counter()
        ours(positions)
        name = f"matrix and Schulze list, {n} x {voters:,} partial ballots"
    else:
        from werkstatt.counting.files import read

        n, voters = 100, 1_000_000 if what == "lines" else 100_000
        chance = random.Random(1)
        different = [
            "1: " + ",".join(map(str, chance.sample(range(1, n + 1), 10))) + "\n" for _ in range(20_000)
        ]
        with tempfile.NamedTemporaryFile("w", suffix=".soi") as file:
            file.writelines(f"# ALTERNATIVE NAME {i}: {i}\n" for i in range(1, n + 1))
            for _ in range(voters // len(different)):
                file.writelines(different)
            file.flush()
            begin = time.perf_counter()
            read(Path(file.name))
        name = f"PrefLib file read line by line, {n} x {voters:,}, 10 ranked a line"
    seconds = time.perf_counter() - begin
    # The kernel's high-water mark of this program alone; getrusage would count the parent's as well.
    status = Path("/proc/self/status").read_text()
    peak = int(status.split("VmHWM:")[1].split()[0]) / 1024
    print(f"| {name} | {seconds:.1f} s | | peak {peak:.0f} MB", end="")


def growth() -> None:
    print(
        "\n| items x ballots | matrix, ms | Schulze list, ms | Ranked Pairs, ms | stability, 1,000 resamples, ms"
        " | full outcome with it, ms |\n| --- | --- | --- | --- | --- | --- |"
    )
    for n in (15, 30, 60, 100):
        for voters in (3, 100, 1000):  # three ballots leave most pairs equal, the worst for Ranked Pairs
            ballots = room(n, voters)
            profile = Profile.from_ballots(ballots, n)
            case = Case.of(profile)
            places = decide(case).places
            found = best(
                {
                    "matrix": lambda p=profile: matrix_only(p.positions),
                    "schulze": lambda c=case: decide(c, "schulze"),
                    "pairs": lambda c=case: decide(c, "ranked-pairs"),
                    "firm": lambda p=profile, at=places: firmness.stability(p, at, 1),
                    "full": lambda b=ballots, n=n: full_outcome(b, n),
                },
                3,
            )
            cells = " | ".join(f"{seconds * 1e3:.1f}" for seconds in found.values())
            print(f"| {n} x {voters:,} | {cells} |")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true")
    parser.add_argument(
        "--child",
        choices=("arrays", "lines", "lines-tenth", "whole", "firm-one", "firm-all"),
        help=argparse.SUPPRESS,
    )
    chosen = parser.parse_args()
    if chosen.child:
        child(chosen.child)
        return
    print(
        f"Python {platform.python_version()}, numpy {np.__version__}, {os.cpu_count()} processors,"
        f" load average at the start {os.getloadavg()[0]:.1f}\n"
    )
    print("| what | time | beside it | figure |\n| --- | --- | --- | --- |")
    other_libraries(chosen.quick)
    with_threads()
    memory(chosen.quick)
    growth()
    print(f"\nLoad average at the end {os.getloadavg()[0]:.1f}.")


if __name__ == "__main__":
    main()
