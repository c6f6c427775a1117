"""Keep what a benchmark leaves beside its report: details, sample pictures, pages.

Rule: content-addressed where it is named by digest; pages are for people and are written anew each time.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal

from safety_tasks.benchmark.bench import Seen
from safety_tasks.benchmark.latency import Timed
from safety_tasks.benchmark.page.rendering import render_page
from safety_tasks.digests import sha256_bytes
from safety_tasks.inference.detector import above_thresholds
from safety_tasks.inference.pictures import PictureReader, draw_detections, encode_jpeg
from safety_tasks.records.base import Artifact
from safety_tasks.records.details import BenchmarkDetails, GalleryPicture
from safety_tasks.records.model import Measurements
from safety_tasks.records.picture import Picture
from safety_tasks.records.variants import ModelVariant
from safety_tasks.scoring.accuracy import Accuracy
from safety_tasks.scoring.curves import precision_recall_curve
from safety_tasks.scoring.detection_table import pack_detections
from safety_tasks.scoring.matching import match_hazard
from safety_tasks.store.base import ObjectStore, get_artifact, put_artifact

LANGUAGES: Final[tuple[Literal["en", "ko"], ...]] = ("en", "ko")


@dataclass(frozen=True)
class Kept:
    """Details as a record, and where they lie."""

    record: BenchmarkDetails
    artifact: Artifact


def keep_details(
    store: ObjectStore,
    run_id: str,
    measured: Accuracy,
    frames: Timed,
    champion_frames: Timed | None,
    gallery: tuple[GalleryPicture, ...],
) -> Kept:
    """Store curves, single frames and the gallery."""
    curves = {}
    for class_id, name in enumerate(measured.classes):
        outcome, labels = match_hazard(measured.pictures, measured.found, class_id)
        curve = precision_recall_curve(outcome, labels)
        if curve is not None:
            curves[name] = curve
    record = BenchmarkDetails(
        curves=curves,
        frames_ms=_rounded(frames),
        champion_frames_ms=_rounded(champion_frames) if champion_frames else (),
        gallery=gallery,
    )
    payload = record.to_json_bytes()
    key = f"runs/{run_id}/benchmark/{sha256_bytes(payload)[:16]}.json"
    return Kept(record, put_artifact(store, key, payload))


def keep_detections(store: ObjectStore, run_id: str, who: str, seen: Seen) -> Artifact:
    """Store all that a model found in the holdout and in the incidents' pictures, to be scored again.

    Args:
        store: where it goes.
        run_id: the candidate's run.
        who: ``candidate`` or ``champion``.
        seen: what was found.
    """
    holdout, incidents = seen.accuracy, seen.incidents
    # A picture of both was looked at twice: the holdout's detections reach down to lower scores.
    found = {**incidents.found, **{p.sha256: holdout.found[p.sha256] for p in holdout.pictures}}
    payload = pack_detections([*incidents.pictures, *holdout.pictures], found)
    key = f"runs/{run_id}/benchmark/{who}-{sha256_bytes(payload)[:16]}.npz"
    return put_artifact(store, key, payload)


def keep_samples(
    store: ObjectStore, run_id: str, measured: Accuracy, reader: PictureReader, count: int
) -> tuple[str, ...]:
    """Store holdout pictures with what the model found at its operating thresholds; return their keys."""
    keys = []
    for index, picture in enumerate(_choose(measured.pictures, count)):
        found = tuple(measured.found[picture.sha256])
        kept = above_thresholds(found, measured.classes, measured.thresholds)
        drawn = draw_detections(reader.read(picture.sha256), kept, measured.classes)
        key = f"runs/{run_id}/samples/{index:02d}.jpg"
        store.put(key, encode_jpeg(drawn))
        keys.append(key)
    return tuple(keys)


def keep_pages(
    store: ObjectStore,
    measured: Measurements,
    details: BenchmarkDetails,
    variants: Sequence[ModelVariant],
) -> dict[str, str]:
    """Store the report page in each language; return their keys by language."""
    pictures = {one.picture.key: get_artifact(store, one.picture) for one in details.gallery}
    keys: dict[str, str] = {}
    for language in LANGUAGES:
        key = f"runs/{measured.run_id}/benchmark/report.{language}.html"
        page = render_page(measured, details, pictures, language, variants=variants)
        store.put(key, page.encode())
        keys[language] = key
    return keys


def _choose(holdout: Sequence[Picture], count: int) -> list[Picture]:
    """Pick pictures evenly over the holdout's scenes and hazards, hazards before backgrounds."""
    ordered = sorted(holdout, key=lambda p: (not p.boxes, p.scene, p.sha256))
    with_hazard = [p for p in ordered if p.boxes] or ordered
    return with_hazard[:: max(1, len(with_hazard) // count)][:count] if count else []


def _rounded(frames: Timed) -> tuple[float, ...]:
    return tuple(max(1e-4, round(float(value), 4)) for value in frames.frames_ms)
