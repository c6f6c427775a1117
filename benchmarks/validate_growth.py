"""How validation grows: the verb's wall for a manifest of 1,000,000 pictures ÷ one of 100,000.

Rules: the real verb on one core with the shipped limits, Data Docs included, over a store in a folder; every version
has a parent of nine tenths of its pictures, so drift is measured too; the process that measures imports the library
before the first pair, since a fixed cost in both would flatter the ratio; every pair is judged anew, none is reused;
that process does nothing else, and if its peak memory is above 4 GiB there is no result.
"""

import json
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path
from typing import Any, Final

import numpy as np
import pyarrow as pa

from benchmarks.result import LEAST_RUNS, NoResult, Pair, Result, judge
from safety_tasks.class_map import class_map_digest
from safety_tasks.config import load_classes
from safety_tasks.inference.memory import peak_rss_bytes
from safety_tasks.records.base import Artifact
from safety_tasks.records.dataset import DatasetVersion
from safety_tasks.records.picture import SPLITS
from safety_tasks.settings import IngestSettings
from safety_tasks.store.base import put_artifact
from safety_tasks.store.local import LocalStore
from safety_tasks.store.manifests import version_id_of
from safety_tasks.store.tables import LEDGER_SCHEMA, PICTURE_SCHEMA, encode_table
from safety_tasks.validate import validate_dataset

NAME: Final = "validate_growth"
BAR: Final = 11.0
SMALL, LARGE = 100_000, 1_000_000
MOST_GIB: Final = 4.0
_WHAT: Final = "validate a manifest of 1,000,000 pictures / one of 100,000"
_PICTURES_A_SCENE: Final = 500
_BOXES_A_PICTURE: Final = (
    0.25,
    0.45,
    0.15,
    0.15,
)  # how likely none, one, two, three are: 1.2 on average


def run(folder: Path) -> Result:
    """Measure.

    Args:
        folder: scratch space, emptied first.

    Raises:
        NoResult: the measuring process failed, or needed more than 4 GiB.
    """
    shutil.rmtree(folder, ignore_errors=True)
    command = [sys.executable, "-m", "benchmarks.validate_growth", str(folder)]
    done = subprocess.run(command, check=False, stdout=subprocess.PIPE, text=True)
    if done.returncode:
        raise NoResult(f"{NAME}: the measuring process ended with {done.returncode}.")
    found = json.loads(done.stdout.splitlines()[-1])
    peak_gib = round(found["peak_rss_bytes"] / 2**30, 2)
    if peak_gib > MOST_GIB:
        raise NoResult(f"{NAME}: expected at most {MOST_GIB} GiB of memory, found {peak_gib}.")
    pairs = [Pair(**pair) for pair in found["pairs"]]
    return judge(NAME, _WHAT, pairs, BAR, {"peak_rss_gib": peak_gib})


def write_version(
    store: LocalStore, pictures: int, parent: DatasetVersion | None
) -> DatasetVersion:
    """Write a version of made-up, sound pictures; a parent of fewer pictures holds the first of them."""
    classes = load_classes()
    table = made_manifest(pictures, len(classes))
    parts = {
        "manifest": encode_table(table),
        "ledger": encode_table(LEDGER_SCHEMA.empty_table()),
    }
    name = f"made-{pictures}"
    proofs = {k: put_artifact(store, f"{name}/{k}.parquet", v) for k, v in parts.items()}
    nothing = {"pictures": 0, "scenes": 0, "background_pictures": 0, "hazards": {}}
    split = table["split"].to_pandas()
    facts: dict[str, Any] = {
        "parent_id": parent.version_id if parent else None,
        "classes": classes,
        "classes_sha256": class_map_digest(classes),
        "batches": ("made",),
        "synthetic": True,
        "backgrounds_declared": True,
        "ledger_rows": 0,
        "signatures": (),
        "holdout": {"sha256": "0" * 64, "sign_off": None},
        "splits": {s: nothing | {"pictures": int((split == s).sum())} for s in SPLITS},
    } | proofs
    plain = {k: v.to_dict() if isinstance(v, Artifact) else v for k, v in facts.items()}
    version = DatasetVersion.model_validate(plain | {"version_id": version_id_of(plain)})
    put_artifact(store, f"{version.prefix}/version.json", version.to_json_bytes())
    return version


def made_manifest(pictures: int, classes: int) -> pa.Table:
    """Return the first pictures of one endless list, so that a shorter manifest begins a longer one."""
    rng = np.random.default_rng(0)
    digests = rng.bytes(32 * pictures).hex()
    number = np.arange(pictures)
    scene = number // _PICTURES_A_SCENE
    split = np.array(["train", "train", "train", "train", "val", "holdout"])[scene % 6]
    boxes = np.random.default_rng(1).choice(4, pictures, p=_BOXES_A_PICTURE)
    starts = np.concatenate([[0], np.cumsum(boxes)]).astype(np.int32)
    total = int(starts[-1])
    shape = np.random.default_rng(2).random((total, 5))
    width, height = 0.05 + 0.5 * shape[:, 0], 0.05 + 0.5 * shape[:, 1]
    box = pa.StructArray.from_arrays(
        [
            pa.array((shape[:, 2] * classes).astype(np.int32)),
            pa.array(width / 2 + shape[:, 3] * (1 - width)),
            pa.array(height / 2 + shape[:, 4] * (1 - height)),
            pa.array(width),
            pa.array(height),
        ],
        fields=list(PICTURE_SCHEMA.field("boxes").type.value_type),
    )
    noise = np.random.default_rng(3).random((pictures, 2))
    columns = {
        "sha256": [digests[at : at + 64] for at in range(0, 64 * pictures, 64)],
        "extension": np.full(pictures, "jpg"),
        "width_px": np.full(pictures, 1280, np.int32),
        "height_px": np.full(pictures, 720, np.int32),
        "brightness": np.round(60 + 120 * noise[:, 0], 1),
        "sharpness": np.round(100 + 2000 * noise[:, 1], 1),
        "label_sha256": [digests[at : at + 64] for at in range(0, 64 * pictures, 64)],
        "file": [f"camera-{n // _PICTURES_A_SCENE:05d}/{n:08d}.jpg" for n in range(pictures)],
        "batch_id": np.full(pictures, "made"),
        "kind": np.full(pictures, "labelled"),
        "site": np.full(pictures, "plant"),
        "camera": [f"camera-{n}" for n in scene],
        "scene": [f"scene-{n:05d}" for n in scene],
        "boxes": pa.ListArray.from_arrays(pa.array(starts), box),
        "split": split,
    }
    return pa.table(
        [pa.array(columns[field.name]).cast(field.type) for field in PICTURE_SCHEMA],
        schema=PICTURE_SCHEMA,
    )


def _write_all(folder: Path) -> None:
    store = LocalStore(folder)
    for pictures in (SMALL, LARGE):
        parent = write_version(store, pictures * 9 // 10, None)
        version = write_version(store, pictures, parent)
        (folder / f"{pictures}.json").write_bytes(version.to_json_bytes())


def _measure(folder: Path) -> None:
    os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})  # one core, whatever the machine has
    store = LocalStore(folder)
    versions = {
        pictures: DatasetVersion.from_json_bytes(
            (folder / f"{pictures}.json").read_bytes(), what=str(pictures)
        )
        for pictures in (SMALL, LARGE)
    }
    _seconds(store, versions[SMALL])
    pairs = []
    for number in range(1, LEAST_RUNS + 1):
        small, large = (_seconds(store, versions[pictures]) for pictures in (SMALL, LARGE))
        print(f"  pair {number}: {large:.1f} s / {small:.1f} s", file=sys.stderr, flush=True)
        pairs.append({"ours_s": large, "reference_s": small})
    peak = peak_rss_bytes()
    print(json.dumps({"pairs": pairs, "peak_rss_bytes": peak}))


def _seconds(store: LocalStore, version: DatasetVersion) -> float:
    """Judge a version as if nobody had, and return the seconds that took."""
    for key in list(store.keys(f"{version.prefix}/validation/")):
        store.delete(key)
    start = time.perf_counter()
    validate_dataset(store, version, IngestSettings())
    return time.perf_counter() - start


if __name__ == "__main__":
    if sys.argv[2:] == ["write"]:
        _write_all(Path(sys.argv[1]))
    else:
        # Another process writes, so that the peak is that of the verb alone.
        subprocess.run([sys.executable, "-m", __spec__.name, sys.argv[1], "write"], check=True)
        _measure(Path(sys.argv[1]))
