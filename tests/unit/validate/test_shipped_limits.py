"""What the project itself delivers passes the shipped limits: drawn scenes, and real pictures where they are."""

import shutil
from pathlib import Path

import pytest

from safety_tasks.demo.scenes import write_batch
from safety_tasks.ingest import deliver_folder, ingest_batch
from safety_tasks.records.batch import BatchInfo
from safety_tasks.records.dataset import ValidationReport
from safety_tasks.settings import Settings
from safety_tasks.store.local import LocalStore
from safety_tasks.validate import validate_dataset

pytestmark = pytest.mark.slow


def judged(store: LocalStore, folder: Path, settings: Settings) -> ValidationReport:
    """Deliver a folder, ingest it and judge the version."""
    deliver_folder(store, folder, folder.name)
    version = ingest_batch(store, folder.name, settings.ingest, settings.classes)
    return validate_dataset(store, version, settings.ingest)


def test_the_demo_passes(local_store: LocalStore, settings: Settings, tmp_path: Path) -> None:
    """The demo's own delivery passes without a warning."""
    batch = write_batch(tmp_path / "demo")
    report = judged(local_store, batch.folder, settings)
    assert (report.success, report.warnings) == (True, ())


def test_real_pictures_pass(
    local_store: LocalStore, settings: Settings, tmp_path: Path, real_mini: Path
) -> None:
    """A pick of real pictures passes without a warning."""
    folder = tmp_path / "mini"
    shutil.copytree(real_mini, folder)
    info = BatchInfo(batch_id="mini", empty_label_is_background=True)
    (folder / "batch.json").write_bytes(info.to_json_bytes())
    report = judged(local_store, folder, settings)
    assert (report.success, report.warnings) == (True, ())
