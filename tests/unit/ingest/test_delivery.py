"""A delivery is read as it lies, or refused with the file that is at fault."""

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from safety_tasks.errors import BatchError
from safety_tasks.ingest.delivery import Delivery, read_delivery
from safety_tasks.ingest.formats.archives import ArchiveLimits
from safety_tasks.ingest.formats.labels import LabelLimits, ParsedLabel
from safety_tasks.records.batch import CameraRule, SceneRule
from safety_tasks.store.local import LocalStore

CLASSES = ("smoke", "fire", "person_down")
Read = Callable[..., Delivery]
FOLDER: Mapping[str, str | bytes] = {
    "classes.txt": "smoke\nfire\nperson_down\n",
    "images/a.jpg": "picture",
    "labels/a.txt": "1 0.5 0.5 0.2 0.2\n",
}


@pytest.fixture
def read(local_store: LocalStore, tmp_path: Path) -> Read:
    """Give a reader of a batch ``b`` of these files and a marker."""

    def read_files(files: Mapping[str, str | bytes], **info: Any) -> Delivery:
        said = {"batch.json": json.dumps({"batch_id": "b"} | info)} if info else {}
        for name, content in ({"_READY": ""} | said | dict(files)).items():
            payload = content if isinstance(content, bytes) else content.encode()
            local_store.put(f"incoming/b/{name}", payload)
        scratch = tmp_path / "scratch"
        return read_delivery(local_store, "b", CLASSES, scratch, LabelLimits(), ArchiveLimits())

    return read_files


def test_orphans_are_named(read: Read) -> None:
    """A label without a picture and a file of no known use each have their rule; companions are no orphans."""
    extra = ("labels/b.txt", "x.bin", "README.txt", "LICENSE", "labels/train.cache", ".DS_Store")
    found = read({**FOLDER, **dict.fromkeys(extra, "")})
    assert [row[:2] for row in found.orphans] == [
        ("labels/b.txt", "orphan_label"),
        ("x.bin", "unexpected_file"),
    ]
    assert all("expected" in observed for _, _, observed in found.orphans)


def test_rows_of_pictures_that_did_not_come_are_named(read: Read) -> None:
    """A mistyped name in manifest.csv or batch.json is told; one that fits by path or bare name is not."""
    manifest = "file,scene\na.jpg,s\nimages/a.jpg,s\nb.jpg,t\n"
    found = read({**FOLDER, "manifest.csv": manifest}, cameras={"a.jpg": "c1", "A.jpg": "c2"})
    assert [(where, rule) for where, rule, _ in found.orphans] == [
        ("manifest.csv", "orphan_row"),
        ("batch.json", "orphan_row"),
    ]
    assert [observed.rpartition(" ")[2] for _, _, observed in found.orphans] == [
        "'b.jpg'",
        "'A.jpg'",
    ]


@pytest.mark.parametrize(
    ("info", "manifest", "scene", "camera"),
    [
        ({}, "", None, None),
        ({}, "a.jpg,s,c", "s", "c"),
        ({"scene_rules": [{"glob": "a*", "scene": "r"}]}, "a.jpg,s,c", "r", "c"),
        ({"scene_rules": [{"glob": "images/a*", "scene": "r"}]}, "a.jpg,s,c", "s", "c"),
        ({"scene_rules": [{"glob": "A*", "scene": "r"}]}, "", None, None),
        (
            {"scene_rules": [{"glob": "*", "scene": "r"}, {"glob": "a*", "scene": "t"}]},
            "",
            "r",
            None,
        ),
        ({"camera_rules": [{"glob": "a*", "camera": "r"}]}, "a.jpg,s,c", "s", "r"),
        (
            {"cameras": {"a.jpg": "n"}, "camera_rules": [{"glob": "*", "camera": "r"}]},
            "a.jpg,s,c",
            "s",
            "n",
        ),
        ({"cameras": {"a.jpg": "n", "images/a.jpg": "p"}}, "", None, "p"),
        ({"cameras": {"b.jpg": "n"}}, "", None, None),
    ],
)
def test_scenes_and_cameras(
    read: Read, info: dict[str, Any], manifest: str, scene: str | None, camera: str | None
) -> None:
    """What ``batch.json`` says comes before the manifest; a rule fits the bare name, the first one counts."""
    rows = {"manifest.csv": f"file,scene,camera\n{manifest}\n"} if manifest else {}
    found = read({**FOLDER, **rows}, **info)
    assert (found.scene_of("images/a.jpg"), found.camera_of("images/a.jpg")) == (scene, camera)


def test_batch_json_is_read(read: Read) -> None:
    """What the deliverer says of the batch arrives; its aliases translate class names."""
    info = read(
        {**FOLDER, "classes.txt": "rauch\nflame"},
        source="line 3",
        synthetic=True,
        scene_rules=[{"glob": "a*", "scene": "s"}],
        camera_rules=[{"glob": "a*", "camera": "c"}],
        class_aliases={"flame": "fire"},
    )
    assert (info.info.source, info.info.synthetic) == ("line 3", True)
    assert info.info.scene_rules == (SceneRule(glob="a*", scene="s"),)
    assert info.info.camera_rules == (CameraRule(glob="a*", camera="c"),)
    label = info.labels.label_of("images/a.jpg", 10, 10)
    assert isinstance(label, ParsedLabel)
    assert label.boxes[0].class_id == CLASSES.index("fire")


def test_without_batch_json_nothing_is_assumed(read: Read) -> None:
    """Empty labels are no backgrounds, and the kind is labelled."""
    info = read(FOLDER).info
    assert (info.empty_label_is_background, info.kind.value) == (False, "labelled")


def test_a_delivery_without_hazard_needs_no_names(read: Read) -> None:
    """False alarms may come as pictures with empty labels, without class names."""
    found = read({"images/a.jpg": "", "labels/a.txt": ""}, kind="false_alarm")
    assert found.labels.label_of("images/a.jpg", 1, 1) == ParsedLabel(())


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "expected a BatchInfo"),
        ("[]", "expected a BatchInfo"),
        ('{"batch_id": "b"', "expected a BatchInfo"),
        ('{"batch_id": "b", "sinthetic": true}', "problem at sinthetic"),
        ('{"batch_id": "b", "kind": "good"}', "problem at kind"),
        ('{"batch_id": "b", "scene_rules": [{"glob": ""}]}', "problem at scene_rules.0.glob"),
        ('{"source": "x"}', "problem at batch_id"),
        ('{"batch_id": "c"}', "expected batch_id 'b', found 'c'"),
        (
            '{"batch_id": "b", "class_aliases": {"flame": "flames"}}',
            "expected class_aliases that lead to smoke, fire, person_down",
        ),
        ('{"batch_id": "b", "class_aliases": {"fire": "smoke"}}', "to leave 'fire' what it is"),
    ],
)
def test_a_malformed_batch_json(read: Read, text: str, message: str) -> None:
    """A wrong field, type, alias or batch refuses the batch and names what is wrong."""
    with pytest.raises(BatchError, match=r"incoming/b/batch\.json") as caught:
        read({**FOLDER, "batch.json": text})
    assert message in str(caught.value)


@pytest.mark.parametrize(
    ("files", "message"),
    [
        ({}, "expected class names in data.yaml"),
        ({"classes.txt": "fire"}, "expected pictures in images/"),
        ({"classes.txt": "car", "images/a.jpg": ""}, "found car. Correct them"),
        ({**FOLDER, "data.yaml": "names: [fire]"}, "expected one name for each class number"),
        ({**FOLDER, "annotations/instances_x.json": "{}"}, "expected labels in one format"),
        ({**FOLDER, "manifest.csv": "file\n"}, "expected columns file and scene"),
    ],
)
def test_deliveries_that_are_refused(read: Read, files: Mapping[str, str], message: str) -> None:
    """What is missing or contradicts itself refuses the batch, under its own prefix."""
    with pytest.raises(BatchError, match=r"^incoming/b/") as caught:
        read(files)
    assert message in str(caught.value)


def test_nothing_is_read_before_the_marker(local_store: LocalStore, tmp_path: Path) -> None:
    """Without the marker a delivery is refused, with the number of files seen."""
    for number in range(3):
        local_store.put(f"incoming/b/images/{number}.jpg", b"")
    with pytest.raises(BatchError, match="expected the marker _READY, found 3 files without it"):
        read_delivery(local_store, "b", CLASSES, tmp_path, LabelLimits(), ArchiveLimits())


def test_a_batch_whose_name_is_none(local_store: LocalStore, tmp_path: Path) -> None:
    """A folder that cannot name a batch is refused with its name."""
    local_store.put("incoming/-b/_READY", b"")
    with pytest.raises(BatchError, match="expected a batch name of letters"):
        read_delivery(local_store, "-b", CLASSES, tmp_path, LabelLimits(), ArchiveLimits())
