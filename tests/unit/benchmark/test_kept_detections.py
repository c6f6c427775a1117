"""What a benchmark keeps of detections gives its whole report again, to the last digit, without model and pictures."""

import io
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from support.made_benchmarks import made_latency
from support.scored import CLASSES, found_in, labelled, right, wrong
from support.stored_versions import picture as stored_picture
from support.stored_versions import write
from toy_models import CELLS, png, toy_boxes, toy_model, toy_picture

from safety_tasks.benchmark.bench import Bench, Seen
from safety_tasks.benchmark.incidents import IncidentsSeen
from safety_tasks.benchmark.keeping import keep_detections
from safety_tasks.digests import sha256_bytes
from safety_tasks.errors import ArtifactError
from safety_tasks.inference.detector import Detector, Found
from safety_tasks.records.base import Artifact
from safety_tasks.records.batch import BatchKind
from safety_tasks.records.dataset import DatasetVersion
from safety_tasks.records.model import BenchmarkReport, IncidentResult
from safety_tasks.records.picture import Box, Picture, Split
from safety_tasks.scoring.accuracy import score
from safety_tasks.scoring.detection_table import DetectionTable, unpack_detections
from safety_tasks.scoring.incident_pack import incident_result
from safety_tasks.scoring.measuring import report_scores
from safety_tasks.settings import BenchmarkSettings
from safety_tasks.store.base import get_artifact
from safety_tasks.store.local import LocalStore
from safety_tasks.store.manifests import read_manifest

HALF = dict.fromkeys(CLASSES, 0.5)
MODEL = Artifact(key="m.onnx", sha256="a" * 64, size_bytes=9)
NOTHING_MISSED = IncidentResult(total=1, missed=(), trained_on=0, without_hazard=0)


def seen_of(
    holdout: list[Picture],
    found: dict[str, Found],
    incidents: list[Picture],
    incidents_found: dict[str, Found],
) -> Seen:
    """Return what was found in the holdout and in incidents."""
    return Seen(
        score(CLASSES, tuple(holdout), found, HALF),
        IncidentsSeen(NOTHING_MISSED, tuple(incidents), incidents_found),
    )


def kept(store: LocalStore, seen: Seen) -> DetectionTable:
    """Keep detections and read them back."""
    artifact = keep_detections(store, "r1", "candidate", seen)
    return unpack_detections(get_artifact(store, artifact), what=artifact.key)


def test_no_incidents_and_nothing_found(local_store: LocalStore) -> None:
    """Pictures in which nothing was found are in it; pictures that were not looked at are not."""
    holdout = [labelled(0, 0), labelled(1)]
    table = kept(local_store, seen_of(holdout, found_in([], []), [], {}))
    assert dict(table.found) == found_in([], [])
    unlabelled = labelled(2)
    table = kept(local_store, seen_of(holdout, found_in([], []), [unlabelled], {}))
    assert unlabelled.sha256 not in table.found


def test_they_lie_under_their_digest(local_store: LocalStore) -> None:
    """Candidate and champion apart, the same ones in the same place, and what was altered is refused."""
    seen = seen_of([labelled(0, 0)], found_in([right(0, 0.9)]), [], {})
    first = keep_detections(local_store, "r1", "candidate", seen)
    assert first.key == f"runs/r1/benchmark/candidate-{first.sha256[:16]}.npz"
    payload = get_artifact(local_store, first)
    assert (sha256_bytes(payload), len(payload)) == (first.sha256, first.size_bytes)
    assert keep_detections(local_store, "r1", "candidate", seen) == first
    theirs = keep_detections(local_store, "r1", "champion", seen)
    assert theirs.key == f"runs/r1/benchmark/champion-{first.sha256[:16]}.npz"
    other = seen_of([labelled(0, 0)], found_in([right(0, 0.8)]), [], {})
    assert keep_detections(local_store, "r1", "candidate", other).key != first.key
    (Path(local_store.uri) / first.key).write_bytes(payload[:-1] + b" ")
    with pytest.raises(ArtifactError, match="altered or cut"):
        get_artifact(local_store, first)


def test_the_holdout_goes_before_the_incidents(local_store: LocalStore) -> None:
    """Of a picture of both, detections down to the holdout's lower scores are kept, and its size there."""
    both, alone = labelled(0, 0), labelled(1, 1)
    smaller = both.model_copy(update={"width_px": 7, "height_px": 9})
    found = found_in([right(0, 0.9), wrong(0.002)])
    of_incidents = found_in([right(0, 0.9)], [right(0, 0.6, 1)])
    table = kept(local_store, seen_of([both], found, [alone, smaller], of_incidents))
    assert dict(table.found) == {**of_incidents, **found}
    assert table.sizes_px[both.sha256] == (both.width_px, both.height_px)
    assert table.sized([smaller, alone]) == (both, alone)


def upright(label: Box) -> tuple[bytes, Picture]:
    """Return a picture of 64 by 128 that is stored lying, with an EXIF turn, with smoke in its lower left corner."""
    pixels, exif, stream = np.full((128, 64, 3), 114, np.uint8), Image.Exif(), io.BytesIO()
    pixels[96:128, 0:32] = (255, 0, 0)
    exif[0x0112] = 6
    Image.fromarray(np.rot90(pixels)).save(stream, "JPEG", exif=exif, quality=95)
    size = {"width_px": 128, "height_px": 64}
    return stream.getvalue(), stored_picture(stream.getvalue(), boxes=(label,), **size)


def version_of(store: LocalStore, seed: int) -> DatasetVersion:
    """Store pictures that label some of their patches and some that are not drawn; many scores are equal."""
    rng = np.random.default_rng(seed)
    lower_left = Box(class_id=0, x_center=0.25, y_center=0.875, width=0.5, height=0.25)
    payload, turned = upright(lower_left)
    store.put(turned.key, payload)
    splits: list[Split] = [*["val"] * 6, *["holdout"] * 18, "train", "incident"]
    rows = [turned.model_copy(update={"split": "holdout", "kind": BatchKind.INCIDENT})]
    for number, split in enumerate(splits):
        cells = rng.choice(CELLS**2, 5, replace=False)
        patches = [(int(rng.integers(0, 3)), int(cell)) for cell in cells]
        pixels = toy_picture(patches[2:], grey=100 + number).astype(float)
        payload = png((pixels * rng.choice([0.7, 1.0])).astype(np.uint8))
        labels = toy_boxes([] if number % 4 == 3 else [p for p in patches if rng.random() < 0.7])
        changes = {"extension": "png", "height_px": 64, "file": f"{number}.png"}
        places = {"scene": f"{split}-{number // 3}", "split": split}
        kind = BatchKind.INCIDENT if number % 5 == 0 else BatchKind.LABELLED
        rows.append(stored_picture(payload, boxes=labels, kind=kind, **changes, **places))
        store.put(rows[-1].key, payload)
    return write(store, tuple(rows), classes=CLASSES)


def reported(bench: Bench, seen: Seen) -> BenchmarkReport:
    """Return the benchmark's report."""
    return bench.report(MODEL, 64, seen, made_latency())


@pytest.mark.parametrize("seed", [1, 2])
@pytest.mark.parametrize("classes", [CLASSES, ("smoke", "fire")])
def test_the_whole_report_is_scored_again(
    local_store: LocalStore, tmp_path: Path, seed: int, classes: tuple[str, ...]
) -> None:
    """Exactly the same AP, intervals, parts and incidents, from the manifest's rows and the kept detections alone."""
    version = version_of(local_store, seed)
    bench = Bench(local_store, version, tmp_path / "bench", BenchmarkSettings(event_pictures=2))
    gains = [0.9] * len(classes)
    seen = bench.look(Detector(toy_model(classes=classes, gains=gains, box_scale=0.9), what="toy"))
    report = reported(bench, seen)
    assert report.map50 is not None
    assert 0.05 < report.map50 < 0.95
    assert report.map50_interval is not None
    assert report.incidents is not None
    assert 0 < report.incidents.found < report.incidents.total
    assert report.incidents.without_hazard == 1
    assert report.false_alarms is not None
    assert report.false_alarms.alarmed > 0

    table, rows = kept(local_store, seen), read_manifest(local_store, version)
    holdout = table.sized([p for p in rows if p.split == "holdout"])
    assert holdout == seen.accuracy.pictures
    assert (64, 128) in {(p.width_px, p.height_px) for p in holdout}
    thresholds = {name: hazard.threshold for name, hazard in report.hazards.items()}
    again = score(classes, holdout, table.found, thresholds)
    assert again.hazards == report.hazards
    assert again.map50_interval == report.map50_interval
    assert again.map50_95_interval == report.map50_95_interval
    read = BenchmarkReport.from_json_bytes(report.to_json_bytes(), what="report")
    assert read.model_copy(update=report_scores(again, 2)) == report
    incidents = table.sized([p for p in rows if p.kind is BatchKind.INCIDENT])
    assert incident_result(incidents, table.found, CLASSES, thresholds) == report.incidents
