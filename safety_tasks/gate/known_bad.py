"""Candidates made bad on purpose, from the real one: what a gate that works must refuse.

Rules: each is bad in one way and says which check must refuse it; what changes detections is scored again by the code
that scores everybody; what takes a measurement away must never end as a pass.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Final

from safety_tasks.gate.bad_case import BadCase, with_candidate
from safety_tasks.gate.checks.speed import hardware_of
from safety_tasks.gate.material import Material
from safety_tasks.gate.missing_fields import missing_cases
from safety_tasks.inference.detector import Found
from safety_tasks.records.base import Artifact
from safety_tasks.records.gate import GateEvidence
from safety_tasks.records.gate_policy import CheckKind, GateProfile
from safety_tasks.records.release import Detection
from safety_tasks.records.scores import NoiseFloor
from safety_tasks.records.variants import ModelVariant, VariantBenchmark
from safety_tasks.scoring.average_precision import average_precision
from safety_tasks.scoring.variant_budget import judge_budget, measure_variant_parity

ACCURACY: Final[tuple[CheckKind, ...]] = ("ap50", "ap50_95", "recall", "events")
_SLOWER: Final = 10.0
_LARGER: Final = 10.0
_NO_BACKGROUND: Final = "the holdout holds no picture without a hazard, so no alarm can be false"
_SLIVER_PX: Final = 1.0  # as wide as the picture and one pixel high: it finds nothing


def bad_cases(
    evidence: GateEvidence, material: Material, profile: GateProfile
) -> Iterator[BadCase]:
    """Yield the bad candidates that can be made of a real one."""
    yield from _detections(evidence, material)
    yield BadCase(
        "int8-broken",
        ("int8",),
        lambda: _broken_int8(evidence, material, profile),
        surely=True,
        variant=True,
    )
    yield BadCase(
        "slow", ("latency",), lambda: _slow(evidence, profile), surely=True, optional=True
    )
    yield BadCase(
        "oversized", ("size",), lambda: _oversized(evidence, profile), surely=True, optional=True
    )
    serving = (evidence.measured.champion.release_seq or 0) + 1
    yield BadCase(
        "older-champion",
        ("champion",),
        lambda: evidence.model_copy(update={"serving_release_seq": serving}),
        surely=True,
    )
    yield BadCase(
        "released-before",
        ("duplicate",),
        lambda: evidence.model_copy(update={"released_as": 1}),
        surely=True,
    )
    yield from missing_cases(evidence, profile)


def labelled_hazards(evidence: GateEvidence, material: Material) -> tuple[str, ...]:
    """Return the hazards that the holdout labels."""
    seen = {box.class_id for picture in material.holdout for box in picture.boxes}
    return tuple(name for class_id, name in enumerate(evidence.classes) if class_id in seen)


def _detections(evidence: GateEvidence, material: Material) -> Iterator[BadCase]:
    """Yield what changes detections; nothing where the holdout labels nothing."""
    labelled = labelled_hazards(evidence, material)
    if not labelled:
        return

    def case(
        name: str,
        change: Callable[[str, Found], Found],
        *kinds: CheckKind,
        of: str = "",
        impossible: str = "",
    ) -> BadCase:
        def make() -> GateEvidence:
            changed = {sha256: change(sha256, found) for sha256, found in material.found.items()}
            return material.scored(evidence, changed)

        return BadCase(name, kinds, make, of, surely=True, impossible=impossible)

    sizes = {p.sha256: (p.width_px, p.height_px) for p in (*material.incidents, *material.holdout)}
    yield case("all-silent", lambda sha256, found: (), *ACCURACY)
    yield case(
        "all-alarm",
        lambda sha256, found: (*_alarms(len(evidence.classes), *sizes[sha256]), *found),
        "false_alarms",
        impossible="" if any(not p.boxes for p in material.holdout) else _NO_BACKGROUND,
    )
    if len(evidence.classes) > 1:
        yield case(
            "class-swapped", lambda sha256, found: _swapped(found, len(evidence.classes)), *ACCURACY
        )
    yield case("shifted-boxes", lambda sha256, found: _shifted(found, sizes[sha256][0]), *ACCURACY)
    for name in labelled:
        blind = evidence.classes.index(name)

        def blinded(sha256: str, found: Found, blind: int = blind) -> Found:
            return tuple(each for each in found if each.class_id != blind)

        yield case(f"blind-to-{name.replace('_', '-')}", blinded, *ACCURACY, of=name)


def _alarms(classes: int, width_px: int, height_px: int) -> Iterator[Detection]:
    for class_id in range(classes):
        box = (0.0, height_px - _SLIVER_PX, float(width_px), float(height_px))
        yield Detection(class_id=class_id, score=1.0, box_xyxy=box)


def _swapped(found: Found, classes: int) -> Found:
    return tuple(
        each.model_copy(update={"class_id": (each.class_id + 1) % classes}) for each in found
    )


def _shifted(found: Found, by_px: int) -> Found:
    """Shift boxes by the picture's width: nearer, one may lie on the next label."""
    boxes = (each.box_xyxy for each in found)
    moved = ((x1 + by_px, y1, x2 + by_px, y2) for x1, y1, x2, y2 in boxes)
    return tuple(
        each.model_copy(update={"box_xyxy": box}) for each, box in zip(found, moved, strict=True)
    )


def _broken_int8(evidence: GateEvidence, material: Material, profile: GateProfile) -> GateEvidence:
    """Return the evidence with one INT8 variant that misses every second detection of the reference."""
    classes, pictures = evidence.classes, material.holdout
    thresholds = [material.thresholds[name] for name in classes]
    found: Mapping[str, Found] = {p.sha256: material.found[p.sha256] for p in pictures}
    half = _every_second(found, thresholds)
    flat = NoiseFloor(changes={}, ap50=dict.fromkeys(classes), map50_95=None)
    parity = measure_variant_parity(pictures, half, found, thresholds)
    cost = judge_budget(
        "holdout",
        profile.int8_budget,
        parity,
        average_precision(pictures, half, classes),
        average_precision(pictures, found, classes),
        evidence.measured.candidate.noise or flat,
    )
    model: Artifact = evidence.exported.model
    variant = ModelVariant(
        name="edge-int8-x86",
        precision="int8",
        model=model,
        parity=parity,
        budget=cost.model_copy(update={"split": "val"}),
        offered=True,
        why="made bad on purpose",
    )
    measured = VariantBenchmark(
        name=variant.name,
        model_sha256=model.sha256,
        parity=parity,
        budget=cost,
        latency=evidence.measured.candidate.latency,
        frame_ratio=1.0,
        offered=True,
        why=variant.why,
    )
    return evidence.model_copy(
        update={
            "exported": evidence.exported.model_copy(update={"variants": (variant,)}),
            "measured": evidence.measured.model_copy(update={"variants": (measured,)}),
            "choices": (),
        }
    )


def _every_second(found: Mapping[str, Found], thresholds: Sequence[float]) -> dict[str, Found]:
    """Leave out the first, third … detection above its threshold, counted over all pictures."""
    kept: dict[str, Found] = {}
    count = 0
    for sha256, mine in found.items():
        left = []
        for each in mine:
            count += each.score >= thresholds[each.class_id]
            if each.score < thresholds[each.class_id] or count % 2 == 0:
                left.append(each)
        kept[sha256] = tuple(left)
    return kept


def _oversized(evidence: GateEvidence, profile: GateProfile) -> GateEvidence:
    """Return the evidence of a file many times as large as the policy allows."""
    size = int(profile.max_model_mib * _LARGER * (1 << 20))
    model = evidence.exported.model.model_copy(update={"size_bytes": size})
    exported = evidence.exported.model_copy(update={"model": model})
    return evidence.model_copy(update={"exported": exported})


def _slow(evidence: GateEvidence, profile: GateProfile) -> GateEvidence:
    """Return the evidence of frames that take many times what the budget allows."""
    latency = evidence.measured.candidate.latency
    budget_ms = profile.budget_of(hardware_of(evidence)).latency_p95_ms
    times = dict.fromkeys(("p50_ms", "p95_ms", "p99_ms"), budget_ms * _SLOWER)
    return with_candidate(evidence, latency=latency.model_copy(update=times))
