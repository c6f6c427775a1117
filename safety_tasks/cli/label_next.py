"""Say what must be labelled before a new hazard can be learned, judged and released.

Rules: the holdout must hold what the profile asks for; the other splits follow from their shares, rounded up; what a
person has to do besides is said in the order in which it is done.
"""

import math

from safety_tasks.records.dataset import Support
from safety_tasks.records.gate_policy import GateProfile
from safety_tasks.settings import IngestSettings


def support_needed(profile: GateProfile, ingest: IngestSettings) -> dict[str, Support]:
    """Return the pictures, boxes and scenes of a new hazard that each split needs."""
    need = {
        "pictures": profile.min_support_pictures,
        "boxes": profile.min_support_boxes,
        "scenes": profile.min_support_scenes,
    }
    splits: dict[str, dict[str, int]] = {"train": {}, "val": {}, "holdout": need}
    for what, held in need.items():
        total = math.ceil(held / ingest.holdout_fraction)
        val = math.ceil(total * ingest.val_fraction)
        splits["val"][what] = val
        splits["train"][what] = max(1, total - held - val)
    return {split: Support.model_validate(counts) for split, counts in splits.items()}


def steps(name: str, needed: dict[str, Support], profile: str) -> tuple[str, ...]:
    """Return what to do next, in order."""
    held, val, train = needed["holdout"], needed["val"], needed["train"]
    return (
        f"Label {name} with config/data.yaml in your labelling tool: {_text(train)} for train, {_text(val)} for val, "
        f"and {_text(held)} for the holdout, which profile {profile} asks for. A scene lies in one split whole.",
        f"Look through the pictures that are in the dataset already: one that shows {name} without a box teaches the "
        'model not to see it. Deliver such pictures again with all their boxes, and "replaces_labels": true in '
        "batch.json.",
        "Deliver and ingest them. Until a version has the grown classes, retrain_detector refuses to train; a version "
        f"without a box of {name} in train does not become current.",
        f"Put scenes of {name} into the frozen holdout: safety-tasks holdout extend. Without, support.{name} is "
        "INCONCLUSIVE and nothing is released.",
        f"Set the floors of {name} in config/gate.toml: they are the strictest of each profile now. Commit all files.",
        "Retrain. Training starts from the champion's weights; its last layer, which names the hazards, learns anew.",
    )


def _text(support: Support) -> str:
    return f"{support.pictures} pictures with {support.boxes} boxes of {support.scenes} scenes"
