"""Decide which variant a hardware class gets.

Rules: only a benchmark on that class decides; INT8 must keep its budget on val and again on the holdout, and be faster
than the reference; a gain of less than 5 % is noise, so the safer file stays; FP32 is what everybody falls back to, and
the reference where there is no edge variant; every variant that is not taken has its reason.
"""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Final

from safety_tasks.inference.fingerprint import hardware_class
from safety_tasks.records.model import ExportedModel
from safety_tasks.records.timing import Fingerprint
from safety_tasks.records.variants import VariantBenchmark, VariantChoice, VariantName

LEAST_GAIN: Final = 0.05
# From the safest to the boldest: each is taken only if it beats what is taken before it.
_ORDER: Final[tuple[VariantName, ...]] = (
    "reference",
    "edge-fp32",
    "edge-int8-x86",
    "edge-int8-arm",
)


def choose_variant(
    exported: ExportedModel,
    timed: Sequence[VariantBenchmark],
    found: Fingerprint,
    *,
    at: datetime | None = None,
) -> VariantChoice:
    """Choose for the machine that the times are of.

    Args:
        exported: the model and its variants.
        timed: the variants that were measured there; the reference itself is ratio 1.
        found: that machine.
        at: the time of the choice; now by default.
    """
    measured = {one.name: one for one in timed}
    refused = {one.name: one.why for one in exported.variants if not one.offered}
    chosen: VariantName = "reference"
    model_sha256, ratio = exported.model.sha256, 1.0
    reasons: dict[str, str] = {"reference": "loads anywhere; what the others are compared with"}
    for name in _ORDER[1:]:
        one = measured.get(name)
        if one is None:
            why = exported.not_made.get(name) or refused.get(name)
            reasons[name] = why or "not measured on this hardware"
        elif not one.offered:
            reasons[name] = one.why
        elif name == "edge-fp32" and one.frame_ratio <= 1.0:
            # The same arithmetic in the same precision: nothing is risked, so any gain is taken.
            chosen, model_sha256, ratio = name, one.model_sha256, one.frame_ratio
            reasons[name] = f"frame {one.frame_ratio:.3f} of the reference's, and it finds the same"
        elif one.frame_ratio <= min(1.0, ratio * (1 - LEAST_GAIN)):
            chosen, model_sha256, ratio = name, one.model_sha256, one.frame_ratio
            reasons[name] = f"frame {one.frame_ratio:.3f} of the reference's, within its budget"
        else:
            reasons[name] = (
                f"frame {one.frame_ratio:.3f} of the reference's: no gain over {chosen} ({ratio:.3f})"
            )
    return VariantChoice(
        run_id=exported.run_id,
        hardware=hardware_class(found),
        fingerprint=found,
        chosen=chosen,
        model_sha256=model_sha256,
        reasons=reasons,
        timed=tuple(timed),
        at=(at or datetime.now(UTC)).isoformat(timespec="seconds"),
    )
