"""Changes of made evidence for properties that must hold of any: worse numbers, and numbers taken away.

Rule: a change names a path of made evidence; what is worse is told by which way the number goes.
"""

from collections.abc import Mapping
from typing import Any, Final, Literal, NamedTuple

from hypothesis import strategies as st
from support.made_benchmarks import HAZARDS
from support.made_evidence import GONE, Changes

from safety_tasks.records.gate_policy import CheckKind


class Number(NamedTuple):
    """A number of evidence: which check looks at it, which values it takes, and which way is worse."""

    kind: CheckKind
    values: tuple[float | None, ...]
    worse: Literal["lower", "higher"]


def _fractions(limit: float) -> tuple[float, ...]:
    return (0.0, limit - 0.1, limit - 1e-4, limit, limit + 1e-4, limit + 0.1, 1.0)


def _of_hazard(name: str) -> dict[str, Number]:
    return {
        f"{name}__ap50": Number("ap50", _fractions(0.6), "lower"),
        f"{name}__ap50_interval__low": Number("ap50", _fractions(0.6), "lower"),
        f"{name}__ap50_95": Number("ap50_95", _fractions(0.25), "lower"),
        f"{name}__ap50_95_interval__low": Number("ap50_95", _fractions(0.25), "lower"),
        f"{name}__recall": Number("recall", _fractions(0.5), "lower"),
        f"{name}__recall_interval__low": Number("recall", _fractions(0.5), "lower"),
        f"{name}__f1": Number("thresholds", _fractions(0.75), "lower"),
        f"{name}__best_f1": Number("thresholds", _fractions(0.9), "higher"),
        f"{name}__support__pictures": Number("support", (0, 99, 100, 101, 900), "lower"),
        f"{name}__support__boxes": Number("support", (1, 109, 110, 111, 900), "lower"),
        f"{name}__support__scenes": Number("support", (0, 4, 5, 6, 90), "lower"),
        f"events__{name}__caught": Number("events", (0, 10, 16, 17, 18, 22), "lower"),
        f"differences__ap50.{name}__difference": Number(
            "non_inferiority", (-1.0, -0.06, -0.05, -0.04, 0.0, 1.0), "lower"
        ),
        f"differences__ap50.{name}__interval__low": Number(
            "non_inferiority", (-1.0, -0.06, -0.05, -0.04, 0.0, 1.0), "lower"
        ),
        f"differences__ap50.{name}__interval__scenes": Number(
            "non_inferiority", (2, 19, 20, 21, 90), "lower"
        ),
        f"noise__ap50__{name}": Number("non_inferiority", (0.0, 0.049, 0.05, 0.051, 1.0), "higher"),
    }


NUMBERS: Final[Mapping[str, Number]] = {
    **{path: number for name in HAZARDS for path, number in _of_hazard(name).items()},
    "candidate__pictures": Number("holdout", (0, 299, 300, 301, 9000), "lower"),
    "false_alarms__background_pictures": Number("holdout", (0, 99, 100, 101, 900), "lower"),
    "false_alarms__per_1000": Number("false_alarms", (0.0, 99.9, 100.0, 100.1, 1000.0), "higher"),
    "false_alarms__interval__high": Number(
        "false_alarms", (0.0, 99.9, 100.0, 100.1, 1000.0), "higher"
    ),
    "slice_differences__7__difference": Number("slices", (-1.0, -0.16, -0.15, -0.14, 1.0), "lower"),
    "slice_differences__7__interval__high": Number("slices", (-0.1, -0.01, 0.0, 0.1), "lower"),
    "latency__p95_ms": Number("latency", (0.1, 149.9, 150.0, 150.1, 9000.0), "higher"),
    "latency__sustained_fps": Number("throughput", (0.1, 4.9, 5.0, 5.1, 900.0), "lower"),
    "latency__load_ms": Number("load_time", (0.1, 4999.0, 5000.0, 5001.0), "higher"),
    "latency__peak_rss_bytes": Number("memory", (1, 1023 << 20, 1 << 30, 1025 << 20), "higher"),
    "exported__model__size_bytes": Number("size", (0, 16 << 20, 17 << 20), "higher"),
    "exported__parity__max_box_difference_px": Number("parity", (0.0, 0.05, 0.051, 9.0), "higher"),
    "exported__parity__max_score_difference": Number("parity", (0.0, 0.001, 0.0011, 1.0), "higher"),
}
NOTHING: Final[Mapping[str, Any]] = {
    "candidate__hazards": {},
    "false_alarms": None,
    "false_alarms__per_1000": None,
    "false_alarms__interval": None,
    "events": {},
    "incidents": None,
    "noise": None,
    "noise__ap50": {},
    "slices": (),
    "latency__sustained_fps": None,
    "latency__load_ms": None,
    "latency__peak_rss_bytes": None,
    "champion__report": None,
    "champion__report__hazards": {},
    "champion__report__incidents": None,
    "differences": {},
    "slice_differences": (),
    "exported__parity": None,
    "exported__settings_sha256": None,
    "training": None,
    "training__fit": None,
    **{
        path.format(name): nothing
        for name in HAZARDS
        for path, nothing in (
            ("{}", GONE),
            ("{}__ap50", None),
            ("{}__ap50_95", None),
            ("{}__recall", None),
            ("{}__f1", None),
            ("{}__best_f1", None),
            ("{}__ap50_interval", None),
            ("{}__ap50_95_interval", None),
            ("{}__recall_interval", None),
            ("events__{}", GONE),
            ("noise__ap50__{}", None),
            ("differences__ap50.{}", GONE),
            ("differences__ap50.{}__difference", None),
            ("differences__ap50.{}__interval", None),
            ("differences__ap50.{}__support", None),
        )
    },
}


def numbers(most: int) -> st.SearchStrategy[Changes]:
    """Return a strategy of up to so many numbers, each on either side of its limit or on it."""
    one = st.sampled_from(sorted(NUMBERS)).flatmap(
        lambda path: st.tuples(st.just(path), st.sampled_from(NUMBERS[path].values))
    )
    return st.lists(one, max_size=most).map(dict)


def without(changes: Changes, path: str) -> Changes:
    """Return changes, and after them a measurement less."""
    return {name: value for name, value in changes.items() if name != path} | {path: NOTHING[path]}
