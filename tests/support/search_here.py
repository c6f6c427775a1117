"""Search in a process of its own that may be killed: ``python -m support.search_here STORE FOLDER JOBS``.

It searches over the store's drawn dataset, with real trainings of two epochs, and says every line on stdout.
"""

import sys
from pathlib import Path

from support.made_searches import TINY, made_plan
from support.made_versions import report_of

from safety_tasks.records.dataset import DatasetVersion
from safety_tasks.settings import TrainSettings
from safety_tasks.store.local import LocalStore
from safety_tasks.train.tuning.local import search_locally
from safety_tasks.train.tuning.plan import TunePlan
from safety_tasks.train.tuning.results import TuningResult


def real_plan(version: DatasetVersion, jobs: int) -> TunePlan:
    """Return the plan of a search over a version, with real trainings of two epochs."""
    recipe = TINY.bound_to(version.classes)
    return made_plan(recipe, dataset_version=version.version_id, jobs=jobs)


def search(store: LocalStore, folder: Path, jobs: int, say: object = None) -> TuningResult:
    """Search over the only version of a store."""
    (key,) = (key for key in store.keys("dataset/versions/") if key.endswith("version.json"))
    version = DatasetVersion.from_json_bytes(store.get(key).payload, what=key)
    out = print if say is None else say
    assert callable(out)
    return search_locally(
        store,
        version,
        report_of(version),
        real_plan(version, jobs),
        TrainSettings(),
        folder=folder,
        progress=out,
        epochs=lambda epoch: out(epoch.line()),
    )


if __name__ == "__main__":
    sys.stdout.reconfigure(line_buffering=True)  # type: ignore[union-attr]
    search(LocalStore(Path(sys.argv[1])), Path(sys.argv[2]), int(sys.argv[3]))
