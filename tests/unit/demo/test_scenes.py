"""Synthetic batches: repeatable, well formed, fit for ingest, and plainly synthetic."""

import shutil
from pathlib import Path

import pytest
import yaml

from safety_tasks.config import load_classes, load_settings
from safety_tasks.demo.scenes import HAZARDS, SyntheticBatch, write_batch, write_unseen_pictures
from safety_tasks.errors import BatchError
from safety_tasks.inference.pictures import read_picture
from safety_tasks.ingest import ingest_batch
from safety_tasks.ingest.formats.class_names import ClassNames
from safety_tasks.ingest.formats.labels import LabelLimits, ParsedLabel
from safety_tasks.ingest.formats.yolo import parse_yolo
from safety_tasks.profiles import load_profile
from safety_tasks.records.batch import BatchInfo
from safety_tasks.records.dataset import DatasetVersion
from safety_tasks.records.picture import Box
from safety_tasks.store.local import LocalStore

pytestmark = pytest.mark.slow


def _boxes(label: Path) -> tuple[Box, ...]:
    classes = load_classes()
    names = ClassNames(classes, {}, what="batch.json")
    parsed = parse_yolo(label.read_bytes(), dict(enumerate(classes)), names, LabelLimits())
    assert isinstance(parsed, ParsedLabel), parsed
    assert (parsed.mended, parsed.warned) == ((), ())
    return parsed.boxes


def _small(folder: Path, seed: int, prefix: str = "") -> dict[str, bytes]:
    write_batch(folder, pictures=16, scenes=2, size_px=128, seed=seed, scene_prefix=prefix)
    return {path.name: path.read_bytes() for path in folder.rglob("*.*") if path.is_file()}


def test_equal_seeds_give_equal_bytes(tmp_path: Path) -> None:
    """The same arguments write the same files, byte for byte."""
    assert _small(tmp_path / "a" / "batch", 3) == _small(tmp_path / "b" / "batch", 3)


@pytest.mark.parametrize(("seed", "prefix"), [(4, ""), (3, "more-")])
def test_another_seed_or_prefix_gives_other_pictures(
    tmp_path: Path, seed: int, prefix: str
) -> None:
    """No picture of one seed or prefix is also one of another."""
    first, second = _small(tmp_path / "a", 3), _small(tmp_path / "b", seed, prefix)
    jpegs = [{v for k, v in files.items() if k.endswith(".jpg")} for files in (first, second)]
    assert [len(found) for found in jpegs] == [16, 16]
    assert not jpegs[0] & jpegs[1]


def test_a_prefix_begins_every_scene(tmp_path: Path) -> None:
    """Scenes of a prefixed batch cannot be taken for those of another batch."""
    assert all(
        name.startswith("more-synthetic-")
        for name in _small(tmp_path / "a", 3, "more-")
        if name.endswith((".jpg", ".txt"))
    )


def test_every_label_is_believed_as_it_is(full_batch: SyntheticBatch) -> None:
    """Each picture has a label file that the strict parser takes without mending, and the count is told."""
    pictures = sorted(path.stem for path in (full_batch.folder / "images").glob("*.jpg"))
    labels = sorted((full_batch.folder / "labels").glob("*.txt"))
    assert [path.stem for path in labels] == pictures
    assert len(pictures) == full_batch.pictures == 320
    counts = dict.fromkeys(HAZARDS, 0)
    for label in labels:
        for box in _boxes(label):
            counts[load_classes()[box.class_id]] += 1
    assert counts == full_batch.boxes


def test_the_batch_says_that_it_is_synthetic(full_batch: SyntheticBatch) -> None:
    """batch.json declares origin, backgrounds and scenes; the marker is left to the caller."""
    payload = (full_batch.folder / "batch.json").read_bytes()
    info = BatchInfo.from_json_bytes(payload, what="batch.json", error=BatchError)
    assert info.batch_id == full_batch.folder.name
    assert info.synthetic
    assert info.empty_label_is_background
    assert "synthetic" in info.source
    assert len(info.scene_rules) == full_batch.scenes == 14
    names = yaml.safe_load((full_batch.folder / "data.yaml").read_text(encoding="utf-8"))["names"]
    assert tuple(names[number] for number in sorted(names)) == load_classes()
    assert not (full_batch.folder / "_READY").exists()


def test_every_scene_shows_every_hazard_and_hard_negatives(
    batch_scenes: dict[str, list[Path]],
) -> None:
    """A split of whole scenes holds every hazard evenly, and 60-68 % of its pictures show one."""
    for scene, labels in batch_scenes.items():
        found = [_boxes(label) for label in labels]
        counts = [
            sum(b.class_id == number for boxes in found for b in boxes) for number in range(3)
        ]
        assert min(counts) >= 5, scene
        assert max(counts) - min(counts) <= 1, scene
        assert 0.60 <= sum(bool(boxes) for boxes in found) / len(found) <= 0.68, scene


def test_fallen_people_are_a_fifth_of_the_width(batch_scenes: dict[str, list[Path]]) -> None:
    """Each box of a fallen person is at least 20 % of the picture's width."""
    person = load_classes().index("person_down")
    widths = [
        box.width
        for labels in batch_scenes.values()
        for label in labels
        for box in _boxes(label)
        if box.class_id == person
    ]
    assert min(widths) >= 0.20


@pytest.fixture(scope="module")
def version(full_batch: SyntheticBatch, tmp_path_factory: pytest.TempPathFactory) -> DatasetVersion:
    """The full batch, delivered and ingested."""
    root = tmp_path_factory.mktemp("store")
    incoming = root / "incoming" / full_batch.folder.name
    shutil.copytree(full_batch.folder, incoming)
    (incoming / "_READY").touch()
    settings = load_settings()
    store = LocalStore(root)
    return ingest_batch(store, full_batch.folder.name, settings.ingest, settings.classes)


def test_ingest_drops_and_changes_nothing(version: DatasetVersion) -> None:
    """All pictures pass every check, no two are equal, and the version is marked synthetic."""
    assert version.ledger_rows == 0
    assert sum(split.pictures for split in version.splits.values()) == 320
    assert sum(split.scenes for split in version.splits.values()) == 14
    assert version.synthetic


@pytest.mark.parametrize("hazard", HAZARDS)
def test_every_split_supports_every_hazard(version: DatasetVersion, hazard: str) -> None:
    """Train and val hold each hazard, and the holdout as much of it as the demo gate asks for."""
    for split in ("train", "val", "holdout"):
        assert version.splits[split].hazards[hazard].boxes > 0
    profile, held = load_profile("demo"), version.splits["holdout"].hazards[hazard]
    assert held.pictures >= profile.min_support_pictures
    assert held.boxes >= profile.min_support_boxes
    assert held.scenes >= profile.min_support_scenes


def test_unseen_pictures_are_of_other_scenes(
    tmp_path: Path, batch_scenes: dict[str, list[Path]]
) -> None:
    """Pictures for the device decode, repeat with their seed, and come from no scene of the batch."""
    first = write_unseen_pictures(tmp_path / "a", pictures=9, seed=7, size_px=128)
    again = write_unseen_pictures(tmp_path / "b", pictures=9, seed=7, size_px=128)
    assert [path.read_bytes() for path in first] == [path.read_bytes() for path in again]
    assert len({path.read_bytes() for path in first}) == 9
    assert all(read_picture(path).shape == (96, 128, 3) for path in first)
    scenes = {path.stem.partition("__")[0] for path in first}
    assert len(scenes) == 3
    assert not scenes & set(batch_scenes)


@pytest.mark.parametrize(
    "wrong",
    [{"pictures": 15}, {"scenes": 0}, {"size_px": 90}, {"size_px": 1025}, {"scene_prefix": "*"}],
)
def test_arguments_out_of_range_are_refused(tmp_path: Path, wrong: dict[str, object]) -> None:
    """What cannot give a sound batch is refused before anything is written."""
    with pytest.raises(ValueError, match="expected"):
        write_batch(tmp_path / "batch", **({"pictures": 16, "scenes": 2} | wrong))  # type: ignore[arg-type]
    assert not (tmp_path / "batch").exists()
