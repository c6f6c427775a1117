"""Scoring of 1,000 pictures ÷ pycocotools doing the same, processor time; results must be equal.

Rules: real pictures with the shared model's detections down to a score of 0.001; both begin with the same documents and
end with AP and AR; each gets a copy of its own, since both write into what they are given.
"""

import contextlib
import copy
import io
import time
from pathlib import Path
from typing import Any, Final

from benchmarks.edge_timing import ways
from benchmarks.ingest_core import one_core
from benchmarks.result import LEAST_RUNS, NoResult, Pair, Result, judge
from safety_tasks.inference.detector import Detector
from safety_tasks.inference.pictures import PictureReader
from safety_tasks.scoring.average_precision import score_documents
from safety_tasks.scoring.coco_documents import coco_documents
from safety_tasks.store.manifests import fetch_pictures, read_manifest

NAME: Final = "coco_scoring"
BAR: Final = 0.25
_WHAT: Final = "scoring 1,000 pictures / pycocotools, processor time, equal results"
_PICTURES: Final = 1000
_EQUAL: Final = 1e-8


def run(folder: Path) -> Result:
    """Measure.

    Raises:
        NoResult: pictures or weights are missing, or the results differ.
    """
    where = ways(folder)
    every = read_manifest(where.model.store, where.model.version)[:_PICTURES]
    if len(every) < _PICTURES:
        raise NoResult(f"{NAME}: expected {_PICTURES} pictures, found {len(every)}.")
    paths = fetch_pictures(
        where.model.store, every, folder / "pictures", splits=("train", "val", "holdout")
    )
    reader = PictureReader(paths, most_bytes=0)
    detector = Detector(where.variant("edge-fp32"), what="edge-fp32")
    found = {p.sha256: detector.detect(reader.read(p.sha256), 0.001) for p in every}
    truth, results = coco_documents(every, found, detector.classes)
    pairs = []
    with one_core():
        for number in range(LEAST_RUNS + 1):
            ours, ours_s = _timed(lambda: score_documents(truth, results))
            given = copy.deepcopy((truth, results))
            theirs, theirs_s = _timed(lambda given=given: _pycocotools(*given))
            mine = [ours.map50_95, ours.map50, ours.ar100]
            if max(abs((a or 0.0) - b) for a, b in zip(mine, theirs, strict=True)) > _EQUAL:
                raise NoResult(f"{NAME}: expected equal results, found {mine} and {theirs}.")
            if number:
                pairs.append(Pair(ours_s, theirs_s))
    extra: dict[str, float | str] = {
        "pictures": len(every),
        "detections": len(results),
        "map50_95": round(ours.map50_95 or 0.0, 6),
    }
    return judge(NAME, _WHAT, pairs, BAR, extra)


def _timed(work: Any) -> tuple[Any, float]:
    start = time.process_time()
    done = work()
    return done, time.process_time() - start


def _pycocotools(truth: Any, results: Any) -> list[float]:
    """Return AP50-95, AP50 and AR at 100 detections, all area."""
    from pycocotools.coco import COCO
    from pycocotools.cocoeval import COCOeval

    with contextlib.redirect_stdout(io.StringIO()):
        labelled = COCO()
        labelled.dataset = truth
        labelled.createIndex()
        evaluation = COCOeval(labelled, labelled.loadRes(results), "bbox")
        evaluation.evaluate()
        evaluation.accumulate()
        evaluation.summarize()
    return [float(evaluation.stats[index]) for index in (0, 1, 8)]
