"""An export is a YOLO folder that Ultralytics loads, of what may be learnt from."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from safety_tasks.dataset import export_version
from safety_tasks.errors import ArtifactError, DatasetError
from safety_tasks.ingest import purge_picture
from safety_tasks.records.picture import Split
from safety_tasks.store.manifests import read_manifest
from safety_tasks.store.picture_cache import PictureCache


def test_train_and_val_by_default(plant: Any, tmp_path: Path) -> None:
    """Train and val are there, linked; the holdout and what waits are not."""
    done = export_version(plant.store, plant.third, tmp_path / "out")
    assert (done.pictures, done.linked, done.copied) == ({"train": 12, "val": 4}, 16, 0)
    names = {path.stem for path in (tmp_path / "out" / "images").rglob("*.jpg")}
    rows = read_manifest(plant.store, plant.third)
    assert names == {row.sha256 for row in rows if row.split in ("train", "val")}
    assert yaml.safe_load(Path(done.data_yaml).read_text())["path"] == str(tmp_path / "out")


@pytest.mark.parametrize(
    ("splits", "with_holdout", "said"),
    [
        ((), False, "found none"),
        (("test",), True, "found test"),
        (("train", "holdout"), False, "Say --with-holdout"),
        (("incident",), False, "Say --with-holdout"),
    ],
)
def test_what_may_not_leave(
    plant: Any, tmp_path: Path, splits: tuple[Split, ...], with_holdout: bool, said: str
) -> None:
    """No split, an unknown one, and what judges without the word for it are refused before anything is written."""
    with pytest.raises(DatasetError, match=said):
        export_version(
            plant.store, plant.third, tmp_path / "out", splits=splits, with_holdout=with_holdout
        )
    assert not (tmp_path / "out").exists()


def test_the_holdout_on_demand(plant: Any, tmp_path: Path) -> None:
    """Said aloud, the holdout is written as the framework's test split, and train stays empty."""
    done = export_version(
        plant.store, plant.third, tmp_path / "out", splits=("holdout",), with_holdout=True
    )
    document = yaml.safe_load(Path(done.data_yaml).read_text())
    assert (done.pictures, document["test"]) == ({"holdout": 2}, "images/holdout")
    assert list((tmp_path / "out" / "images" / "train").iterdir()) == []


def test_a_folder_that_holds_something_is_left_alone(plant: Any, tmp_path: Path) -> None:
    """An export is never mixed with what was there; an empty folder will do."""
    out = tmp_path / "out"
    out.mkdir()
    export_version(plant.store, plant.third, out)
    before = sorted(out.rglob("*"))
    with pytest.raises(DatasetError, match="new or empty folder"):
        export_version(plant.store, plant.third, out)
    assert sorted(out.rglob("*")) == before


def test_a_failed_export_leaves_nothing(plant: Any, tmp_path: Path) -> None:
    """An altered picture ends the export, and the folder goes: half an export looks like a whole one."""
    row = next(r for r in read_manifest(plant.store, plant.third) if r.split == "val")
    plant.store.put(row.key, b"poison")
    with pytest.raises(ArtifactError, match="altered or cut"):
        export_version(plant.store, plant.third, tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_a_version_with_a_purged_picture(plant: Any, tmp_path: Path) -> None:
    """An older version says that it lost a picture, though the cache had it; the newer one is exported."""
    export_version(plant.store, plant.third, tmp_path / "before")
    row = next(r for r in read_manifest(plant.store, plant.third) if r.split == "train")
    report = purge_picture(
        plant.store, row.sha256, current=plant.third, purged_by="Kim", why="a face"
    )
    assert not PictureCache().path_of(row).exists()
    with pytest.raises(DatasetError, match="it was purged"):
        export_version(plant.store, plant.third, tmp_path / "old")
    assert report.version is not None
    done = export_version(plant.store, report.version, tmp_path / "new")
    assert done.pictures == {"train": 11, "val": 4}


@pytest.mark.slow
def test_ultralytics_loads_it_from_anywhere(
    plant: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The framework's own check and dataset class find every picture, box and name, and write to no picture."""
    from safety_tasks.framework_env import prepare_framework

    done = export_version(plant.store, plant.third, tmp_path / "내보내기: 1")
    monkeypatch.chdir(tmp_path)
    for name in ("ULTRALYTICS_SAFE_LOAD", "YOLO_CONFIG_DIR", "YOLO_OFFLINE", "YOLO_AUTOINSTALL"):
        monkeypatch.setenv(name, "")
    prepare_framework(tmp_path / "framework")
    from ultralytics.data.dataset import YOLODataset
    from ultralytics.data.utils import check_det_dataset

    data = check_det_dataset(done.data_yaml)
    assert data["names"] == dict(enumerate(plant.third.classes))
    rows = {row.sha256: row for row in read_manifest(plant.store, plant.third)}
    for split in ("train", "val"):
        loaded = YOLODataset(img_path=data[split], data=data, task="detect", augment=False)
        assert len(loaded.labels) == done.pictures[split]
        for label in loaded.labels:
            row = rows[Path(label["im_file"]).stem]
            assert row.split == split
            assert label["cls"].ravel().tolist() == [box.class_id for box in row.boxes]
            assert label["bboxes"].shape == (len(row.boxes), 4)
    for row in rows.values():
        path = PictureCache().path_of(row)
        assert not path.exists() or path.read_bytes() == plant.store.get(row.key).payload
