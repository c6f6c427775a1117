"""An oracle of colour alone: the best detector that sees no form, for telling whether colour gives hazards away.

Rules: it learns, for each hazard, how likely each colour lies inside its boxes rather than outside (Bayes over joint
histograms, in BGR and in HSV); it boxes the connected pixels of likely colours at several thresholds and scales of
smoothing; on pictures it has not learnt from, the best of these variants counts, so that no tuning is held back.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt

from safety_tasks.digests import sha256_bytes
from safety_tasks.inference.pictures import read_picture
from safety_tasks.records.batch import BatchKind
from safety_tasks.records.picture import Box, Picture, label_text
from safety_tasks.records.release import Detection
from safety_tasks.scoring.average_precision import average_precision
from safety_tasks.scoring.matching import box_xyxy

SPACES = ("bgr", "hsv")
BINS = 16
QUANTILES = (0.5, 0.65, 0.8, 0.9, 0.95, 0.98)
SMOOTHINGS_PX = (0.0, 2.0, 5.0)
KEPT = 10
Likelihood = npt.NDArray[np.float32]


@dataclass(frozen=True)
class Sample:
    """A picture (height, width, 3) uint8 BGR with its record."""

    pixels: npt.NDArray[np.uint8]
    record: Picture


def read_samples(folder: Path, scenes: Sequence[str]) -> list[Sample]:
    """Read the pictures and labels of some scenes of a written batch."""
    samples = []
    for path in sorted((folder / "images").glob("*.jpg")):
        scene = path.stem.partition("__")[0]
        if scene not in scenes:
            continue
        lines = (folder / "labels" / f"{path.stem}.txt").read_text(encoding="ascii").splitlines()
        samples.append(
            sample_of(read_picture(path), [_box(line) for line in lines], path.stem, scene)
        )
    return samples


def sample_of(pixels: npt.NDArray[np.uint8], boxes: Sequence[Box], name: str, scene: str) -> Sample:
    """Make a sample; its digest is made of its name, since only the scorer needs it to tell pictures apart."""
    height, width = pixels.shape[:2]
    record = Picture(
        sha256=name.encode().hex()[-64:].rjust(64, "0"),
        extension="jpg",
        width_px=width,
        height_px=height,
        brightness=0.0,
        sharpness=0.0,
        label_sha256=sha256_bytes(label_text(boxes).encode()),
        file=name,
        batch_id="oracle",
        kind=BatchKind.LABELLED,
        site="synthetic",
        camera=None,
        scene=scene,
        split="holdout",
        boxes=tuple(boxes),
    )
    return Sample(pixels, record)


def oracle_ap50(
    seen: Sequence[Sample], unseen: Sequence[Sample], classes: Sequence[str]
) -> dict[str, float]:
    """Learn colours on seen scenes; return each hazard's best AP50 (0-1) on unseen ones."""
    best = dict.fromkeys(classes, 0.0)
    for space in SPACES:
        tables = [_likelihoods(seen, class_id, space) for class_id in range(len(classes))]
        for smoothing_px in SMOOTHINGS_PX:
            maps = [
                [_smooth(table[_bins(sample.pixels, space)], smoothing_px) for table in tables]
                for sample in unseen
            ]
            for class_id, name in enumerate(classes):
                pooled = np.concatenate([mine[class_id].ravel()[::7] for mine in maps])
                for threshold in np.unique(np.quantile(pooled, QUANTILES)):
                    detections = {
                        sample.record.sha256: _blobs(mine[class_id], float(threshold), class_id)
                        for sample, mine in zip(unseen, maps, strict=True)
                    }
                    ap50 = average_precision([s.record for s in unseen], detections, classes).ap50
                    best[name] = max(best[name], ap50[name] or 0.0)
    return best


def _likelihoods(samples: Sequence[Sample], class_id: int, space: str) -> Likelihood:
    """How likely a pixel of each colour lies inside a box of a hazard, both sides weighing the same."""
    inside = np.full(BINS**3, 0.5)
    outside = np.full(BINS**3, 0.5)
    for sample in samples:
        covered = np.zeros(sample.pixels.shape[:2], dtype=bool)
        for box in sample.record.boxes:
            if box.class_id == class_id:
                x1, y1, x2, y2 = (round(c) for c in box_xyxy(box, sample.record))
                covered[y1:y2, x1:x2] = True
        bins = _bins(sample.pixels, space)
        inside += np.bincount(bins[covered], minlength=BINS**3)
        outside += np.bincount(bins[~covered], minlength=BINS**3)
    inside, outside = inside / inside.sum(), outside / outside.sum()
    return np.asarray(inside / (inside + outside), dtype=np.float32)


def _bins(pixels: npt.NDArray[np.uint8], space: str) -> npt.NDArray[np.int64]:
    """The histogram cell of each pixel: (height, width)."""
    values = cv2.cvtColor(pixels, cv2.COLOR_BGR2HSV_FULL) if space == "hsv" else pixels
    cells = values.astype(np.int64) * BINS // 256
    return np.asarray((cells[..., 0] * BINS + cells[..., 1]) * BINS + cells[..., 2])


def _smooth(likely: Likelihood, sigma_px: float) -> Likelihood:
    return np.asarray(
        cv2.GaussianBlur(likely, (0, 0), sigma_px) if sigma_px else likely, dtype=np.float32
    )


def _blobs(likely: Likelihood, threshold: float, class_id: int) -> list[Detection]:
    """Box the largest connected likely pixels; the score is their mean likelihood."""
    mask = (likely >= threshold).astype(np.uint8)
    mask = cv2.morphologyEx(mask, cv2.MORPH_CLOSE, np.ones((3, 3), np.uint8))
    _, labels, stats, _ = cv2.connectedComponentsWithStats(mask)
    found = []
    for number in sorted(range(1, len(stats)), key=lambda n: -stats[n, cv2.CC_STAT_AREA])[:KEPT]:
        x, y, wide, high, area = (int(v) for v in stats[number])
        if area < 40:
            break
        cut = (slice(y, y + high), slice(x, x + wide))
        score = float(likely[cut][labels[cut] == number].mean())
        found.append(
            Detection(class_id=class_id, score=min(1.0, score), box_xyxy=(x, y, x + wide, y + high))
        )
    return found


def _box(line: str) -> Box:
    number, x, y, width, height = line.split()
    return Box(
        class_id=int(number),
        x_center=float(x),
        y_center=float(y),
        width=float(width),
        height=float(height),
    )
