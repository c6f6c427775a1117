"""What a benchmark leaves beside its report: details under their digest, sample pictures, pages."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from support.made_benchmarks import made_details, made_latency, made_measurements
from support.made_variants import X86, made_variant
from support.scored import CLASSES, SIDE_PX, found_in, labelled, right, wrong
from toy_models import png

from safety_tasks.benchmark.keeping import keep_details, keep_pages, keep_samples
from safety_tasks.benchmark.latency import Timed
from safety_tasks.digests import sha256_bytes
from safety_tasks.errors import ArtifactError
from safety_tasks.inference.pictures import COLOURS_BGR, PictureReader, decode_picture
from safety_tasks.records.details import BenchmarkDetails
from safety_tasks.records.picture import Picture
from safety_tasks.records.release import Detection
from safety_tasks.scoring.accuracy import Accuracy, score
from safety_tasks.store.base import get_artifact
from safety_tasks.store.local import LocalStore

THRESHOLDS = dict.fromkeys(CLASSES, 0.5)


def measured(pictures: Sequence[Picture], *each: Sequence[Detection]) -> Accuracy:
    """Score what was found in pictures 0, 1, …"""
    return score(CLASSES, tuple(pictures), found_in(*each), THRESHOLDS)


def timed(*frames_ms: float) -> Timed:
    """Return the times of frames."""
    return Timed(np.array(frames_ms), made_latency())


def test_details_of_nothing_found(local_store: LocalStore) -> None:
    """A hazard without labels has no curve, one without detections an empty one; without a champion no frames of it."""
    found = measured([labelled(0, 0)], [])
    kept = keep_details(local_store, "r1", found, timed(1.0), None, ())
    assert set(kept.record.curves) == {"smoke"}
    assert kept.record.curves["smoke"].threshold == ()
    assert (kept.record.frames_ms, kept.record.champion_frames_ms) == ((1.0,), ())
    assert kept.record.gallery == ()


def test_details_prove_themselves(local_store: LocalStore) -> None:
    """Curves, frames in their order and the gallery lie under their digest, and what was altered is refused."""
    found = measured([labelled(0, 0, 1), labelled(1, 0)], [right(0, 0.9), right(1, 0.7, 1)], [])
    gallery = made_details()[0].gallery
    kept = keep_details(
        local_store, "r1", found, timed(2.00004, 1.0, 0.00001), timed(3.0, 4.0), gallery
    )
    payload = get_artifact(local_store, kept.artifact)
    assert kept.artifact.key == f"runs/r1/benchmark/{sha256_bytes(payload)[:16]}.json"
    assert BenchmarkDetails.from_json_bytes(payload, what="details") == kept.record
    assert kept.record.frames_ms == (2.0, 1.0, 1e-4)
    assert kept.record.champion_frames_ms == (3.0, 4.0)
    assert kept.record.gallery == gallery
    smoke, fire = (kept.record.curves[name] for name in ("smoke", "fire"))
    assert (smoke.threshold, smoke.recall, smoke.precision) == ((0.9,), (0.5,), (1.0,))
    assert (fire.threshold, fire.recall, fire.f1) == ((0.7,), (1.0,), (1.0,))
    (Path(local_store.uri) / kept.artifact.key).write_bytes(payload[:-1] + b" ")
    with pytest.raises(ArtifactError, match="altered or cut"):
        get_artifact(local_store, kept.artifact)


@pytest.fixture
def reader(tmp_path: Path) -> PictureReader:
    """Keep pictures that are as grey as their number."""
    paths = {}
    for number in range(8):
        path = tmp_path / f"{number}.png"
        path.write_bytes(png(np.full((SIDE_PX, SIDE_PX, 3), 100 + 10 * number, np.uint8)))
        paths[f"{number:064x}"] = path
    return PictureReader(paths)


# Scenes in another order than the pictures; 1 and 6 label nothing.
HOLDOUT = [
    labelled(n, *(() if n in (1, 6) else (0,)), scene=scene) for n, scene in enumerate("bbaaccdd")
]


@pytest.mark.parametrize(
    ("holdout", "count", "chosen"),
    [
        ([], 3, []),
        (HOLDOUT, 0, []),
        (HOLDOUT, 1, [2]),
        (HOLDOUT, 2, [2, 4]),
        (HOLDOUT, 3, [2, 0, 5]),
        (HOLDOUT, 6, [2, 3, 0, 4, 5, 7]),
        (HOLDOUT, 9, [2, 3, 0, 4, 5, 7]),
        ([HOLDOUT[1], HOLDOUT[6]], 2, [1, 6]),
    ],
)
def test_samples_are_spread_over_scenes(
    local_store: LocalStore,
    reader: PictureReader,
    holdout: list[Picture],
    count: int,
    chosen: list[int],
) -> None:
    """Pictures with hazards, evenly over scenes by name; backgrounds only where there is nothing else."""
    found = score(CLASSES, tuple(holdout), found_in(*[[]] * 8), THRESHOLDS)
    keys = keep_samples(local_store, "r1", found, reader, count)
    assert keys == tuple(f"runs/r1/samples/{number:02d}.jpg" for number in range(len(chosen)))
    greys = [decode_picture(local_store.get(key).payload, what=key).mean() for key in keys]
    assert greys == pytest.approx([100 + 10 * number for number in chosen], abs=1)


def test_samples_show_what_is_at_the_threshold(
    local_store: LocalStore, reader: PictureReader
) -> None:
    """A detection is drawn from its hazard's operating threshold on."""
    drawn = []
    for value in (0.5, 0.49):
        found = measured([labelled(0, 0)], [wrong(value)])
        (key,) = keep_samples(local_store, "r1", found, reader, 1)
        picture = decode_picture(local_store.get(key).payload, what=key).astype(int)
        drawn.append(int((np.abs(picture - COLOURS_BGR[0]).max(axis=2) < 60).sum()))
    assert drawn[0] > 200
    assert drawn[1] == 0


def test_a_page_in_each_language(local_store: LocalStore) -> None:
    """Whole HTML with its gallery and its variants inside, in English and in Korean, written anew each time."""
    details, pictures = made_details(each=1)
    artifacts = []
    for one in details.gallery:
        payload = pictures[one.picture.key]
        local_store.put(one.picture.key, payload)
        artifact = one.picture.model_copy(update={"sha256": sha256_bytes(payload)})
        artifacts.append(one.model_copy(update={"picture": artifact}))
    details = details.model_copy(update={"gallery": tuple(artifacts)})
    measurements = made_measurements()
    for _ in range(2):
        keys = keep_pages(local_store, measurements, details, [made_variant(X86)])
    run_id = measurements.run_id
    assert keys == {name: f"runs/{run_id}/benchmark/report.{name}.html" for name in ("en", "ko")}
    pages = {name: local_store.get(key).payload.decode() for name, key in keys.items()}
    for name, page in pages.items():
        assert page.lower().startswith("<!doctype html>")
        assert f'lang="{name}"' in page[:300]
        assert page.count("data:image/jpeg;base64,") >= len(artifacts)
        assert X86 in page
    assert pages["en"] != pages["ko"]


def test_a_gallery_picture_that_was_altered_is_refused(local_store: LocalStore) -> None:
    """No page shows a picture that is not the one on record."""
    details, pictures = made_details(each=1)
    for key, payload in pictures.items():
        local_store.put(key, payload)  # whose digest is another than the record's
    with pytest.raises(ArtifactError, match="altered or cut"):
        keep_pages(local_store, made_measurements(), details, [])
