"""Labels and detections made by hand, and the evidence that they score to: what the gate tests itself with."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final

from support.made_benchmarks import HAZARDS
from support.made_evidence import Changes, changed, made_evidence
from support.scored import labelled, right
from support.toy_measurements import toy_profile

from safety_tasks.gate.material import Material
from safety_tasks.inference.detector import Found
from safety_tasks.records.gate import GateEvidence
from safety_tasks.records.gate_policy import ALWAYS_REQUIRED, KINDS, GateProfile
from safety_tasks.records.picture import Picture
from safety_tasks.records.scores import NoiseFloor
from safety_tasks.scoring.accuracy import score
from safety_tasks.scoring.comparing import compare, compare_slices
from safety_tasks.scoring.incident_pack import incident_result
from safety_tasks.scoring.measuring import report_scores

THRESHOLD: Final = 0.5
EVENT_PICTURES: Final = 2
Finds = Callable[[Picture], Found]


@dataclass(frozen=True)
class Candidate:
    """A candidate: its evidence, and what it was scored from."""

    evidence: GateEvidence
    material: Material


def strict_profile(classes: Sequence[str] = HAZARDS, **changes: Any) -> GateProfile:
    """Return a policy that a few scenes can fulfil, in which every check counts."""
    required = {kind: "required" for kind in KINDS if kind not in ALWAYS_REQUIRED}
    return changed(toy_profile(classes, checks=required), **changes)


def finds_all(picture: Picture) -> Found:
    """Return a detection exactly on each label."""
    return tuple(right(n, 0.9, box.class_id) for n, box in enumerate(picture.boxes))


def pictures_of(labels: Sequence[Sequence[int]], *, scenes: int = 3) -> tuple[Picture, ...]:
    """Return pictures that hold labels of some classes, the same ones in each scene."""
    return tuple(
        labelled(scene * len(labels) + n, *classes, scene=f"scene-{scene}")
        for scene in range(scenes)
        for n, classes in enumerate(labels)
    )


def made_candidate(
    labels: Sequence[Sequence[int]] = ((0, 1, 2), (2, 0), ()),
    *,
    finds: Finds = finds_all,
    champion_finds: Finds | None = finds_all,
    incidents: Sequence[Picture] = (),
    changes: Changes | None = None,
) -> Candidate:
    """Return a candidate on a holdout of such pictures.

    Args:
        labels: class ids that each picture of a scene labels.
        finds: what the candidate finds in a picture.
        champion_finds: what the champion, release 7, finds there; None: there is no champion.
        incidents: pictures of incidents, beside the holdout.
        changes: of the evidence, beside its scores.
    """
    holdout = pictures_of(labels)
    evidence = made_evidence(**(changes or {}))
    classes, thresholds = evidence.classes, dict.fromkeys(evidence.classes, THRESHOLD)
    found = {p.sha256: finds(p) for p in (*holdout, *incidents)}
    ours = score(classes, holdout, found, thresholds)
    noise = NoiseFloor(changes={}, ap50=dict.fromkeys(classes, 0.0), map50_95=0.0)
    scores = {
        **report_scores(ours, EVENT_PICTURES),
        "noise": noise,
        "incidents": incident_result(incidents, found, classes, thresholds),
    }
    measured = evidence.measured
    candidate = measured.candidate.model_copy(update=scores)
    beside: dict[str, Any] = {
        "champion": measured.champion.model_copy(update={"release_seq": None, "report": None}),
        "differences": {},
        "slice_differences": (),
    }
    champion = None
    if champion_finds is not None:
        champion = score(
            classes, holdout, {p.sha256: champion_finds(p) for p in holdout}, thresholds
        )
        beside = {
            "differences": compare(ours, champion),
            "slice_differences": compare_slices(ours, champion),
        }
    measured = measured.model_copy(update={"candidate": candidate, **beside})
    serving = None if champion is None else measured.champion.release_seq
    return Candidate(
        evidence.model_copy(update={"measured": measured, "serving_release_seq": serving}),
        Material(
            holdout=holdout,
            incidents=tuple(incidents),
            found=found,
            thresholds=thresholds,
            event_pictures=EVENT_PICTURES,
            champion=champion,
        ),
    )
