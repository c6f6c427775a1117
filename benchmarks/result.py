"""What a benchmark leaves: one JSON document and one picture.

Rules: a ratio is ours ÷ reference in the same run, lower is better; fewer than five paired measurements are no
result, unless a benchmark of long runs says that fewer are enough; the machine and the commit stand beside the
numbers; a result that misses its bar is written all the same.
"""

import json
import platform
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Final

from safety_tasks.framework_env import usable_cores

RESULTS: Final = Path(__file__).resolve().parent / "results"
LEAST_RUNS: Final = 5
LEAST_DETECTIONS: Final = 200
LEAST_OF_A_HAZARD: Final = 30


class NoResult(Exception):
    """Too little was measured to say anything."""


@dataclass(frozen=True)
class Pair:
    """One paired measurement, in seconds."""

    ours_s: float
    reference_s: float

    @property
    def ratio(self) -> float:
        """Ours ÷ reference."""
        return self.ours_s / self.reference_s


@dataclass(frozen=True)
class Result:
    """A benchmark's outcome."""

    name: str
    what: str
    ratio: float
    bar: float
    better: str
    passes: bool
    runs: list[dict[str, float]]
    machine: str
    commit: str
    extra: dict[str, float | str] = field(default_factory=dict)


def judge(
    name: str,
    what: str,
    pairs: Sequence[Pair],
    bar: float,
    extra: Mapping[str, float | str] | None = None,
    least_runs: int = LEAST_RUNS,
) -> Result:
    """Turn paired measurements into a result: the median ratio against the bar.

    Args:
        name: the benchmark.
        what: what was divided by what.
        pairs: the measurements.
        bar: what the median may at most be.
        extra: what else was measured, named with its unit; it is not judged.
        least_runs: how many pairs there must be; fewer than five only where one takes very long.

    Raises:
        NoResult: there are fewer pairs.
    """
    if len(pairs) < least_runs:
        raise NoResult(f"{name}: expected at least {least_runs} paired runs, found {len(pairs)}.")
    ordered = sorted(pair.ratio for pair in pairs)
    middle = len(ordered) // 2
    ratio = ordered[middle] if len(ordered) % 2 else (ordered[middle - 1] + ordered[middle]) / 2
    return Result(
        name=name,
        what=what,
        ratio=round(ratio, 4),
        bar=bar,
        better="lower",
        passes=ratio <= bar,
        runs=[
            {key: round(value, 4) for key, value in (asdict(p) | {"ratio": p.ratio}).items()}
            for p in pairs
        ],
        machine=machine(),
        commit=commit(),
        extra=dict(extra or {}),
    )


def judge_share(
    name: str, what: str, share: float, bar: float, extra: Mapping[str, float | str]
) -> Result:
    """Turn a share (0-1) that was counted, not timed, into a result: counting again gives the same.

    Args:
        name: the benchmark.
        what: of what it is the share.
        share: lower is better.
        bar: what it may at most be.
        extra: what else was counted; it is not judged.
    """
    return Result(
        name=name,
        what=what,
        ratio=round(share, 5),
        bar=bar,
        better="lower",
        passes=share <= bar,
        runs=[{"ratio": round(share, 5)}],
        machine=machine(),
        commit=commit(),
        extra=dict(extra),
    )


def require_evidence(name: str, detections: Mapping[str, int]) -> None:
    """Refuse to measure on too little.

    Args:
        name: the benchmark.
        detections: how many there are of each hazard that is present.

    Raises:
        NoResult: under 200 in all, or under 30 of a hazard that is present.
    """
    total = sum(detections.values())
    thin = {hazard: count for hazard, count in detections.items() if count < LEAST_OF_A_HAZARD}
    if total < LEAST_DETECTIONS or thin:
        raise NoResult(
            f"{name}: expected at least {LEAST_DETECTIONS} detections and {LEAST_OF_A_HAZARD} of each hazard that is "
            f"present, found {total} ({dict(detections)}). Measure on more pictures."
        )


def write(result: Result, folder: Path = RESULTS) -> Path:
    """Write ``<name>.json`` and ``<name>.png``; return the JSON's path."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{result.name}.json"
    path.write_text(json.dumps(asdict(result), indent=1) + "\n", encoding="utf-8")
    _draw(result, folder / f"{result.name}.png")
    return path


def machine() -> str:
    """Return processor, cores and Python, as they matter to the numbers."""
    from safety_tasks.framework_env import machine_name

    return f"{machine_name()}, {usable_cores()} cores, Python {platform.python_version()}"


def commit() -> str:
    """Return the commit that is checked out, marked if files differ from it."""

    def git(*words: str) -> str:
        done = subprocess.run(["git", *words], capture_output=True, text=True, check=True)
        return done.stdout.strip()

    try:
        changed = [
            line for line in git("status", "--porcelain").splitlines() if "results/" not in line
        ]
        return git("rev-parse", "HEAD") + ("+changes" if changed else "")
    except (OSError, subprocess.CalledProcessError):
        return "unknown"


def _draw(result: Result, path: Path) -> None:
    import matplotlib as mpl

    mpl.use("Agg")
    from matplotlib import pyplot

    figure, axes = pyplot.subplots(figsize=(8, 3.2), constrained_layout=True)
    labels = [f"run {index}" for index in range(1, len(result.runs) + 1)]
    ratios = [run["ratio"] for run in result.runs]
    axes.barh(labels, ratios, color="#2a7f9e" if result.passes else "#b3402a")
    axes.axvline(result.bar, color="#b3402a", linestyle="--", label=f"bar {result.bar}")
    axes.axvline(result.ratio, color="black", label=f"median {result.ratio:.3f}")
    axes.set_xlim(0, max(*ratios, result.bar) * 1.15)
    axes.invert_yaxis()
    axes.set_xlabel("ratio, lower is better")
    axes.set_title(f"{result.name}: {result.what}", fontsize=9, loc="left")
    axes.legend(loc="lower right", fontsize=8)
    figure.savefig(path, dpi=110)
    pyplot.close(figure)
