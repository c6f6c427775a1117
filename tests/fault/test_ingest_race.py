"""Two ingests of overlapping batches at the same time: one current version, which holds all of both."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from safety_tasks.demo.scenes import write_batch
from safety_tasks.ingest import deliver_folder
from safety_tasks.settings import Settings
from safety_tasks.store.local import LocalStore
from safety_tasks.store.manifests import lineage, read_current, read_manifest, read_version

CHECKOUT = Path(__file__).resolve().parents[2]


@pytest.mark.slow
def test_overlapping_batches_are_all_there(
    local_store: LocalStore, settings: Settings, tmp_path: Path
) -> None:
    """Both processes build on the same base; the loser builds anew on the winner's; nothing is lost or twice there."""
    for number, name in enumerate("abc"):
        batch = write_batch(
            tmp_path / name, pictures=60, scenes=6, seed=number, scene_prefix=f"{name}-"
        )
        deliver_folder(local_store, batch.folder, name)
    markers = [str(tmp_path / "first"), str(tmp_path / "second")]
    env = os.environ | {
        "PYTHONPATH": f"{CHECKOUT}:{CHECKOUT / 'tests'}",
        "SAFETY_TASKS_WORK_DIR": str(tmp_path / "work"),
    }
    running = [
        subprocess.Popen(
            [sys.executable, "-m", "support.concurrent_ingest", local_store.uri, *files, *batches],
            env=env,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for files, batches in ((markers, "ab"), (markers[::-1], "bc"))
    ]
    ended = [process.communicate(timeout=300) for process in running]
    assert [process.returncode for process in running] == [0, 0], ended
    current = read_current(local_store)
    assert current is not None
    version = read_version(local_store, current[0].version_id)
    assert version.batches == ("a", "b", "c")
    pictures = read_manifest(local_store, version)
    assert len(pictures) == 180
    assert {p.batch_id for p in pictures} == {"a", "b", "c"}
    winner, first = [out.strip() for out, _ in ended], lineage(local_store, version)
    assert {each.version_id for each in first} == set(winner)
