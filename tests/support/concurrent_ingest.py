"""Take in batches, wait for the other process, then make a version of them current, whoever comes first.

Run as a program: ``python -m support.concurrent_ingest STORE ME OTHER BATCH [BATCH …]``; ME and OTHER are marker files.
"""

import sys
import time
from pathlib import Path

from safety_tasks.config import load_settings
from safety_tasks.ingest import merge_batches, take_in_batch
from safety_tasks.records.dataset import DatasetVersion
from safety_tasks.store.local import LocalStore
from safety_tasks.validate import adopt_version


def main() -> None:
    """Both build on the same version at least once: each waits after its first build until the other has built too."""
    where, me, other, *batches = sys.argv[1:]
    store, settings = LocalStore(Path(where)), load_settings(env={})
    intakes = [take_in_batch(store, b, settings.ingest, settings.classes) for b in batches]

    def build(base_version: str | None) -> DatasetVersion:
        version = merge_batches(
            store, intakes, settings.ingest, settings.classes, base_version=base_version
        )
        Path(me).touch()
        deadline = time.monotonic() + 120
        while not Path(other).exists() and time.monotonic() < deadline:
            time.sleep(0.02)
        return version

    version, _ = adopt_version(store, build, settings.ingest)
    print(version.version_id)


if __name__ == "__main__":
    main()
