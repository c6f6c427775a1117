"""Explain the checks of a stored report: what each asks, how it decides, what was seen, and why it says what it says.

Rules: pure; a check of a file beside the reference carries that file and its hardware in its name, so that every name
is one check.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from safety_tasks.errors import ConfigError
from safety_tasks.gate.meanings import MEANINGS, Meaning
from safety_tasks.records.gate import CheckResult, GateReport, VariantVerdict


@dataclass(frozen=True)
class ExplainedCheck:
    """A check beside what its kind means."""

    name: str
    result: CheckResult
    meaning: Meaning

    def to_dict(self) -> dict[str, Any]:
        """Return plain JSON types."""
        return self.result.to_dict() | {"name": self.name} | self.meaning._asdict()


def explain_checks(report: GateReport, check: str = "") -> tuple[ExplainedCheck, ...]:
    """Return a report's checks with their meanings.

    Args:
        report: what was judged.
        check: a check's name or kind; empty for all.

    Raises:
        ConfigError: the report has no such check.
    """
    named = list(named_checks(report.checks, report.variants))
    found = tuple(
        ExplainedCheck(name, result, MEANINGS[result.kind])
        for name, result in named
        if check in ("", name, result.name, result.kind)
    )
    if not found:
        names = ", ".join(dict.fromkeys(result.name for _, result in named))
        raise ConfigError(
            f"check: expected one that the report of run {report.run_id} has, found {check!r}. It has {names}."
        )
    return found


def named_checks(
    checks: Iterable[CheckResult], variants: Iterable[VariantVerdict]
) -> Iterator[tuple[str, CheckResult]]:
    """Yield checks by name: those of the reference, then each variant's with the file and its hardware."""
    for check in checks:
        yield check.name, check
    for variant in variants:
        for check in variant.checks:
            yield f"{check.name} ({variant.name} on {variant.hardware})", check
