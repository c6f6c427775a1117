"""What was set aside is shown under neutral names, with its numbers' own names, and hurts nobody who looks."""

import csv
import io
from pathlib import Path

import cv2
import pytest
import yaml
from support.plant_dataset import CLASSES
from support.set_aside import FORMULA, LENIENT, NAMES, by_rule, set_aside

from safety_tasks.errors import BatchError
from safety_tasks.ingest.quarantine import mark_released
from safety_tasks.ingest.quarantine_folder import document_of, items_csv, show_quarantine
from safety_tasks.records.quarantine import QuarantineItem
from safety_tasks.store.local import LocalStore


@pytest.fixture(autouse=True)
def _own_work_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep scratch to this test."""
    monkeypatch.setenv("SAFETY_TASKS_WORK_DIR", str(tmp_path / "work"))


@pytest.fixture
def messy(tmp_path: Path) -> LocalStore:
    """Give a store with a batch of which four items were set aside."""
    return set_aside(tmp_path / "messy", "mixed")


def test_nothing_to_show(local_store: LocalStore, tmp_path: Path) -> None:
    """A batch without items is refused, and no folder is made."""
    for name in ("none", "../x", ""):
        with pytest.raises(BatchError, match="expected items"):
            show_quarantine(local_store, name, tmp_path / "out", LENIENT, CLASSES)
    assert not (tmp_path / "out").exists()


def test_a_yolo_delivery(messy: LocalStore, tmp_path: Path) -> None:
    """Pictures and labels lie under the item's name, byte for byte, and numbers keep the names they came with."""
    items = by_rule(messy)
    out = tmp_path / "out"
    shown = show_quarantine(messy, "messy", out, LENIENT, CLASSES)
    assert (shown.items, shown.drawn, shown.problem) == (4, 3, "")
    ids = {item.item_id for item in items.values()}
    assert {path.name for path in (out / "images").iterdir()} == {f"{name}.jpg" for name in ids}
    with_label = ids - {items["missing_label"].item_id}
    assert {path.stem for path in (out / "labels").iterdir()} == with_label
    label = out / "labels" / f"{items['unexpected_confidence'].item_id}.txt"
    assert label.read_text() == "0 0.5 0.5 0.2 0.2 0.9\n"
    document = yaml.safe_load((out / "data.yaml").read_text())
    assert document["names"] == dict(enumerate(NAMES))
    assert document["path"] == str(out)
    sheet = cv2.imread(str(out / "sheet.jpg"))
    assert sheet is not None
    assert sheet.shape[1] > 1000
    assert not [path for path in out.rglob("*") if FORMULA in path.name]
    with pytest.raises(BatchError, match="new or empty folder"):
        show_quarantine(messy, "messy", out, LENIENT, CLASSES)


@pytest.mark.parametrize(("kind", "suffix"), [("voc", ".xml"), ("coco", ".json")])
def test_other_formats(tmp_path: Path, kind: str, suffix: str) -> None:
    """Labels that are no YOLO lie apart as delivered; those to be drawn get our numbers."""
    store = set_aside(tmp_path / "store", kind)
    out = tmp_path / "out"
    assert show_quarantine(store, "messy", out, LENIENT, CLASSES).items == 2
    assert {path.suffix for path in (out / "as-delivered").iterdir()} == {suffix}
    assert list((out / "labels").iterdir()) == []
    assert yaml.safe_load((out / "data.yaml").read_text())["names"] == dict(enumerate(CLASSES))


def test_only_what_waits(messy: LocalStore, tmp_path: Path) -> None:
    """Items that were released are not shown again."""
    items = by_rule(messy)
    mark_released(messy, items["missing_label"], "messy.fix1")
    assert show_quarantine(messy, "messy", tmp_path / "a", LENIENT, CLASSES).items == 3


def test_a_delivery_that_is_gone(messy: LocalStore, tmp_path: Path) -> None:
    """Without the delivery the items are shown, and no name of a number is guessed."""
    for key in list(messy.keys("incoming/")):
        messy.delete(key)
    shown = show_quarantine(messy, "messy", tmp_path / "out", LENIENT, CLASSES)
    assert "_READY" in shown.problem
    document = yaml.safe_load((tmp_path / "out" / "data.yaml").read_text())
    assert document["names"] is None


@pytest.mark.parametrize(
    ("text", "cell"),
    [
        ("", ""),
        ("plain, with comma", "plain, with comma"),
        ("화재.jpg", "화재.jpg"),
        ("=1+1", "'=1+1"),
        ("+1", "'+1"),
        ("-1", "'-1"),
        ("@SUM(A1)", "'@SUM(A1)"),
        ("  =1", "'  =1"),
        ("\t=1", "\\t=1"),
        ("a\x1b[31mb", "a\\x1b[31mb"),
        ("two\nlines", "two\\nlines"),
        ("\u202egpj.exe", "\\u202egpj.exe"),
        ('say "x"', 'say "x"'),
    ],
)
def test_cells(text: str, cell: str) -> None:
    """No cell starts a formula, moves a cursor or turns text around; what is plain stays."""
    item = QuarantineItem(
        item_id="0" * 16,
        batch_id="b",
        file=text,
        rule="r",
        observed="seen",
        picture=None,
        label=None,
        quarantined_at="2026-01-01T00:00:00+00:00",
    )
    rows = list(csv.reader(io.StringIO(items_csv([item]))))
    assert rows == [["item", "file", "rule", "observed"], ["0" * 16, cell, "r", "seen"]]


def test_names_stay_text() -> None:
    """Delivered names that YAML would read as something else, or as more lines, stay names."""
    names = {0: "no", 3: "a: b\nc", 1: "'"}
    found = yaml.safe_load(document_of(Path("/x: y"), names))
    assert found["names"] == names
    assert found["path"] == "/x: y"
