"""What the benchmark page says of speed, variants and pictures, as rows of values.

Rules: pure; a variant has one row, whatever is known of it; what was measured on the holdout goes before what val said.
"""

import base64
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, get_args

from safety_tasks.benchmark.page.words import Number
from safety_tasks.records.details import BenchmarkDetails, GalleryKind, GalleryPicture
from safety_tasks.records.model import BenchmarkReport, Measurements
from safety_tasks.records.timing import Fingerprint, Latency
from safety_tasks.records.variants import (
    BudgetResult,
    ModelVariant,
    VariantBenchmark,
    VariantName,
    VariantParity,
)

GALLERY_KINDS: Final[tuple[GalleryKind, ...]] = get_args(GalleryKind)
_ORDER: Final[tuple[VariantName, ...]] = get_args(VariantName)
LATENCY_FORMS: Final = {
    **dict.fromkeys(("p50_ms", "p95_ms", "p99_ms", "mean_ms", "pre_ms", "run_ms", "post_ms"), "ms"),
    "sustained_fps": "rate",
    "load_ms": "ms",
    "peak_rss_bytes": "mib",
    "threads": "count",
    "frames": "count",
    "warmup_frames": "count",
}
_JPEG: Final = b"\xff\xd8\xff"


@dataclass(frozen=True)
class VariantRow:
    """All that is known of one variant; the reference has neither parity nor budget."""

    name: VariantName
    made: ModelVariant | None
    timed: VariantBenchmark | None
    chosen: bool

    @property
    def is_reference(self) -> bool:
        """Whether it is what the others are compared with."""
        return self.name == "reference"

    @property
    def parity(self) -> VariantParity | None:
        """Its agreement with the reference, on the holdout if it was measured there."""
        known = self.timed or self.made
        return known.parity if known else None

    @property
    def budget(self) -> BudgetResult | None:
        """What it costs, on the holdout if it was measured there."""
        known = self.timed or self.made
        return known.budget if known else None

    @property
    def split(self) -> str:
        """Where its parity and its budget were measured."""
        if self.budget:
            return self.budget.split
        return "holdout" if self.timed else "val"

    @property
    def time_ratio(self) -> Number:
        """A whole frame ÷ the reference's."""
        if self.is_reference:
            return Number(1.0, "")
        return Number(self.timed.frame_ratio if self.timed else None, "why_untimed")

    @property
    def p50(self) -> Number:
        """The median frame, milliseconds."""
        return Number(self.timed.latency.p50_ms if self.timed else None, "why_untimed")

    @property
    def offered(self) -> bool:
        """Whether anybody may get it."""
        known = self.timed or self.made
        return known.offered if known else self.is_reference

    @property
    def why(self) -> str:
        """Why it is offered or not; empty for the reference."""
        known = self.timed or self.made
        return known.why if known else ""


def latency_columns(measured: Measurements) -> list[tuple[str, Latency]]:
    """Return what was timed: key of the column's text, times."""
    found = []
    sides = (("candidate", measured.candidate), ("champion", measured.champion.report))
    for name, report in sides:
        if report is not None:
            found.append((f"column_{name}", report.latency))
            if report.device_latency is not None:
                found.append((f"column_{name}_device", report.device_latency))
    return found


def latency_number(latency: Latency, measure: str) -> Number:
    """Return one measure of a latency by the name of its field."""
    return Number(getattr(latency, measure), "why_older")


def fingerprint_of(report: BenchmarkReport) -> Fingerprint | None:
    """Return what the times hold for."""
    device = report.device_latency
    return report.latency.fingerprint or (device.fingerprint if device else None)


def variant_rows(measured: Measurements, variants: Sequence[ModelVariant]) -> list[VariantRow]:
    """Return a row a variant that was made or timed, the reference first; nothing without any."""
    made = {one.name: one for one in variants}
    choice = measured.choice
    timed = {one.name: one for one in (*(choice.timed if choice else ()), *measured.variants)}
    names = {*made, *timed, *([choice.chosen] if choice else [])}
    return [
        VariantRow(name, made.get(name), timed.get(name), bool(choice and choice.chosen == name))
        for name in _ORDER
        if names and name in names | {"reference"}
    ]


def gallery_groups(
    details: BenchmarkDetails | None,
) -> list[tuple[GalleryKind, list[GalleryPicture]]]:
    """Return the gallery by kind, each kind once, also one without pictures."""
    shown = details.gallery if details else ()
    return [(kind, [each for each in shown if each.kind == kind]) for kind in GALLERY_KINDS]


def picture_uri(pictures: Mapping[str, bytes], key: str) -> str | None:
    """Return a picture as an address that stands in the page; None where its bytes are missing or no JPEG."""
    payload = pictures.get(key, b"")
    if not payload.startswith(_JPEG):
        return None
    return f"data:image/jpeg;base64,{base64.b64encode(payload).decode()}"
