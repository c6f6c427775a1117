"""A whole delivery of real pictures: every count is what its makers say; lost labels are seen, each of them."""

import random
import shutil
from collections import Counter
from pathlib import Path

import pytest

from safety_tasks.errors import BatchError, DatasetError
from safety_tasks.ingest import deliver_folder, ingest_batch, ingest_pending
from safety_tasks.ingest.quarantine import list_items
from safety_tasks.records.ledger import LedgerAction
from safety_tasks.settings import Settings
from safety_tasks.store.local import LocalStore
from safety_tasks.store.manifests import choose_version, read_current, read_ledger, read_manifest

REAL = Path(__file__).resolve().parents[3] / "shared" / "data" / "real"
# Said by ATTRIBUTION.md beside the pictures.
PICTURES, BACKGROUNDS = 1437, 345
BOXES = {"smoke": 446, "fire": 287, "person_down": 404}


@pytest.fixture(scope="module")
def real() -> Path:
    """Give the folder of all real pictures; skip where there is none."""
    if not (REAL / "data.yaml").is_file():
        pytest.skip("real pictures are missing: expected ../shared/data/real next to the checkout")
    return REAL


@pytest.mark.real_pictures
@pytest.mark.slow
def test_every_real_picture_is_accounted_for(
    local_store: LocalStore, settings: Settings, real: Path, tmp_path: Path
) -> None:
    """As an archive, with empty labels as backgrounds: the counts are exact, nothing is lost, every change is told."""
    archive = shutil.make_archive(str(tmp_path / "real"), "zip", real)
    deliver_folder(local_store, Path(archive), "real", empty_label_is_background=True)
    version = ingest_batch(local_store, "real", settings.ingest, settings.classes)
    pictures = read_manifest(local_store, version)
    boxes = Counter(settings.classes[box.class_id] for p in pictures for box in p.boxes)
    assert len(pictures) == PICTURES
    assert sum(not picture.boxes for picture in pictures) == BACKGROUNDS
    assert boxes == BOXES
    ledger = read_ledger(local_store, version)
    assert {(row.rule, row.action) for row in ledger} <= {
        ("huge_box", LedgerAction.WARNED),
        ("scene_joined", LedgerAction.CHANGED),
    }
    assert {row.file for row in ledger} <= {picture.file for picture in pictures}
    sides: dict[str, set[str]] = {}
    for picture in pictures:
        sides.setdefault(picture.scene, set()).add(picture.split)
    assert all(len(splits) == 1 for splits in sides.values())


@pytest.mark.real_pictures
@pytest.mark.slow
def test_lost_labels_block_training(
    local_store: LocalStore, settings: Settings, real: Path, tmp_path: Path
) -> None:
    """One label file of a hundred deleted at random: each is flagged, the batch is refused, nobody can train on it."""
    folder = tmp_path / "real"
    shutil.copytree(real, folder)
    labels = sorted((folder / "labels").rglob("*.txt"))
    lost = random.Random(7).sample(labels, round(len(labels) / 100))
    for label in lost:
        label.unlink()
    deliver_folder(local_store, folder, "real", empty_label_is_background=True)
    with pytest.raises(BatchError, match=f"{len(lost)} of {PICTURES} pictures break missing_label"):
        ingest_pending(local_store, settings.ingest, settings.classes)
    flagged = {Path(item.file).stem for item in list_items(local_store, "real")}
    assert flagged == {label.stem for label in lost}
    assert len(lost) == 14
    assert read_current(local_store) is None
    with pytest.raises(DatasetError, match="expected a current dataset version"):
        choose_version(local_store, None)
