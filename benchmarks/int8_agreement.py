"""How often the INT8 variant and the reference differ at the operating thresholds: 1 - F1 of matched detections."""

from pathlib import Path
from typing import Final

from benchmarks.edge_timing import ways
from benchmarks.result import Result, judge_share
from benchmarks.unseen_detections import require_detections, unseen_pictures
from safety_tasks.inference.detector import Detector
from safety_tasks.scoring.agreement import agreement

NAME: Final = "int8_agreement"
BAR: Final = 0.03
_WHAT: Final = "1 - F1 agreement of INT8 with the reference, unseen real pictures"


def run(folder: Path) -> Result:
    """Measure.

    Raises:
        NoResult: pictures or weights are missing, no INT8 variant kept its budget, or there are too few detections.
    """
    where = ways(folder)
    unseen = unseen_pictures(where.model, folder / "unseen")
    exported = where.model.exported
    thresholds = [exported.thresholds[name] for name in exported.classes]
    least = min(thresholds)
    int8 = Detector(where.variant("edge-int8-x86"), what="int8")
    reference = Detector(where.reference, what="reference")
    ours, theirs = (
        unseen.look(lambda picture, d=detector: d.detect(picture, least))
        for detector in (int8, reference)
    )
    require_detections(NAME, theirs, exported.classes, thresholds)
    whole = agreement(ours, theirs, thresholds)
    extra: dict[str, float | str] = {
        "pictures": len(unseen.pictures),
        "reference_detections": whole.theirs,
        "int8_detections": whole.ours,
        "matched": whole.matched,
    }
    for split in ("val", "holdout"):
        part = agreement(unseen.part(ours, split), unseen.part(theirs, split), thresholds)
        extra[f"{split}_f1"] = round(part.f1, 4)
        extra[f"{split}_reference_detections"] = part.theirs
    return judge_share(NAME, _WHAT, 1 - whole.f1, BAR, extra)
