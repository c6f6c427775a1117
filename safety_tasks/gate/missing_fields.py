"""The real candidate without one measurement after another: none of them may pass.

Rules: one measurement is taken away at a time; which check must notice is written beside it; a measurement that the
policy only wants reported is left alone.
"""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from safety_tasks.gate.bad_case import BadCase, with_candidate
from safety_tasks.records.dataset import Support
from safety_tasks.records.gate import GateEvidence
from safety_tasks.records.gate_policy import CheckKind, GateProfile

_SCORES: Final[Mapping[str, CheckKind]] = {
    "ap50": "ap50",
    "ap50_95": "ap50_95",
    "recall": "recall",
    "f1": "thresholds",
}
_INTERVALS: Final[Mapping[str, CheckKind]] = {
    "ap50_interval": "ap50",
    "ap50_95_interval": "ap50_95",
    "recall_interval": "recall",
}
_CANDIDATE: Final[Mapping[str, tuple[CheckKind, Any]]] = {
    "hazards": ("class_map", {}),
    "false_alarms": ("false_alarms", None),
    "events": ("events", {}),
    "incidents": ("incidents", None),
}
_COMPARISON: Final[Mapping[str, tuple[CheckKind, Any]]] = {
    "differences": ("non_inferiority", {}),
    "slice_differences": ("slices", ()),
}
_NONE: Final = Support(pictures=0, boxes=0, scenes=0)
_TIMES: Final[Mapping[str, CheckKind]] = {
    "sustained_fps": "throughput",
    "load_ms": "load_time",
    "peak_rss_bytes": "memory",
    "fingerprint": "latency",
}


def missing_cases(evidence: GateEvidence, profile: GateProfile) -> Iterator[BadCase]:
    """Yield the candidate without each measurement that it has."""
    report, measured = evidence.measured.candidate, evidence.measured
    sure = profile.floors_on == "interval"
    for field, kind in {**_SCORES, **(_INTERVALS if sure else {})}.items():
        bare = {n: score.model_copy(update={field: None}) for n, score in report.hazards.items()}
        yield _case(field, kind, with_candidate(evidence, hazards=bare))
    for field, (kind, nothing) in _CANDIDATE.items():
        yield _case(field, kind, with_candidate(evidence, **{field: nothing}))
    yield _case("pictures", "holdout", with_candidate(evidence, pictures=0))
    bare = {n: score.model_copy(update={"support": _NONE}) for n, score in report.hazards.items()}
    yield _case("support", "support", with_candidate(evidence, hazards=bare))
    for field, kind in _TIMES.items():
        latency = report.latency.model_copy(update={field: None})
        yield _case(field, kind, with_candidate(evidence, latency=latency))
    if measured.champion.report is not None:
        yield _case("noise", "non_inferiority", with_candidate(evidence, noise=None))
        for field, (kind, nothing) in _COMPARISON.items():
            bare_measured = measured.model_copy(update={field: nothing})
            yield _case(field, kind, evidence.model_copy(update={"measured": bare_measured}))
    if not evidence.exported.adopted_file:
        exported = evidence.exported.model_copy(update={"parity": None})
        yield _case("parity", "parity", evidence.model_copy(update={"exported": exported}))
        yield _case("training", "reproducibility", evidence.model_copy(update={"training": None}))


def _case(field: str, kind: CheckKind, evidence: GateEvidence) -> BadCase:
    return BadCase(f"without-{field.replace('_', '-')}", (kind,), lambda: evidence, optional=True)
