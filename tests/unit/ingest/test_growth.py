"""A dataset grows batch by batch: scenes hold, splits stick, histories do not clash."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from safety_tasks.errors import ClassMapError
from safety_tasks.ingest.batch import ingest_batch
from safety_tasks.ingest.deliver import deliver_folder
from safety_tasks.ingest.near_duplicates import ALIKE, similarity
from safety_tasks.ingest.signature_tables import read_signatures
from safety_tasks.records.dataset import DatasetVersion
from safety_tasks.records.picture import Picture
from safety_tasks.settings import Settings
from safety_tasks.store.local import LocalStore
from safety_tasks.store.manifests import read_ledger, read_manifest

MakePicture = Callable[..., bytes]
Deliver = Callable[..., None]
Grow = Callable[..., DatasetVersion]


@pytest.fixture
def grow(local_store: LocalStore, settings: Settings) -> Grow:
    """Give a verb that ingests batches one upon the other."""

    def run(*batches: str, base: DatasetVersion | None = None) -> DatasetVersion:
        for batch in batches:
            base_version = base.version_id if base else None
            base = ingest_batch(
                local_store, batch, settings.ingest, settings.classes, base_version=base_version
            )
        assert base is not None
        return base

    return run


def by_file(store: LocalStore, version: DatasetVersion) -> dict[str, Picture]:
    """Return a version's pictures by batch and file name."""
    rows = read_manifest(store, version)
    return {f"{row.batch_id}/{row.file.rpartition('/')[2]}": row for row in rows}


def test_who_names_a_scene(
    local_store: LocalStore, deliver: Deliver, grow: Grow, make_picture: MakePicture
) -> None:
    """A rule beats the manifest, the manifest beats likeness, likes join the scene that is named."""
    likes = make_picture(7, "PNG")
    names = ["r_1.jpg", "r_2.jpg", "m_1.jpg", "z.jpg"]
    pictures = {name: (make_picture(n), "0 .5 .5 .2 .2") for n, name in enumerate(names)}
    pictures["m_2.png"] = (likes, "0 .5 .5 .2 .2")
    pictures["like.png"] = (make_picture(7, "PNG", (128, 96)), "0 .5 .5 .2 .2")
    rules = [{"glob": "r_*", "scene": "by-rule"}]
    deliver(
        local_store,
        "b1",
        pictures,
        batch_json=json.dumps({"batch_id": "b1", "scene_rules": rules}),
        manifest_csv="file,scene,split\nr_1.jpg,other,val\nm_1.jpg,cam,val\nm_2.png,cam,train\n",
    )
    found = {name: row.scene for name, row in by_file(local_store, grow("b1")).items()}
    auto = found.pop("b1/z.jpg")
    assert auto.startswith("auto-")
    assert found == {
        "b1/r_1.jpg": "by-rule",
        "b1/r_2.jpg": "by-rule",
        "b1/m_1.jpg": "cam",
        "b1/m_2.png": "cam",
        "b1/like.png": "cam",
    }


def test_a_later_batch_moves_nothing(
    local_store: LocalStore, deliver: Deliver, grow: Grow, make_picture: MakePicture
) -> None:
    """Each scene keeps one split through three batches, and likes of a scene follow it there."""
    for batch in range(3):
        pictures = {
            f"{n}.png": (make_picture(n, "PNG", (64 + 16 * batch, 48)), f"{n % 3} .5 .5 .2 .2")
            for n in range(6 + batch)
        }
        deliver(local_store, f"b{batch}", pictures)
    first = grow("b0")
    before = by_file(local_store, first)
    after = by_file(local_store, grow("b1", "b2", base=first))
    assert {name: after[name] for name in before} == before
    assert len(after) == 6 + 7 + 8
    split_of: dict[str, set[str]] = {}
    for row in after.values():
        if row.split != "reserve":
            split_of.setdefault(row.scene, set()).add(row.split)
    assert all(len(splits) == 1 for splits in split_of.values())
    assert after["b2/0.png"].scene == before["b0/0.png"].scene
    held = {row.scene for row in before.values() if row.split == "holdout"}
    assert held
    later = [row for name, row in after.items() if row.scene in held and name not in before]
    assert later
    assert {row.split for row in later} == {"reserve"}


def test_no_near_copy_crosses_splits(
    local_store: LocalStore, deliver: Deliver, grow: Grow, make_picture: MakePicture
) -> None:
    """Copies under other names, in other scenes and later batches: none is learnt from while its like judges."""
    first = {f"{n}.png": (make_picture(n, "PNG"), f"{n % 3} .5 .5 .2 .2") for n in range(12)}
    rows = "".join(f"{n}.png,scene-{n}\n" for n in range(12))
    deliver(local_store, "b1", first, manifest_csv="file,scene\n" + rows)
    copies = {
        f"copy{n}.png": (make_picture(n, "PNG", (128, 96)), f"{n % 3} .5 .5 .2 .2")
        for n in range(12)
    }
    copies |= {f"new{n}.png": (make_picture(50 + n, "PNG"), "0 .5 .5 .2 .2") for n in range(4)}
    rows = "".join(f"{name},other-{n % 5}\n" for n, name in enumerate(copies))
    deliver(local_store, "b2", copies, manifest_csv="file,scene\n" + rows)
    version = grow("b1", "b2")
    pictures = [p for p in read_manifest(local_store, version) if p.split != "reserve"]
    assert {p.split for p in pictures} == {"train", "val", "holdout"}
    table = read_signatures(local_store, version.signatures, [p.sha256 for p in pictures])
    crossing = [
        (one, other)
        for one in range(len(pictures))
        for other in range(one)
        if pictures[one].split != pictures[other].split
    ]
    likeness = similarity(
        table.thumbnails[[one for one, _ in crossing]],
        table.thumbnails[[other for _, other in crossing]],
    )
    assert len(crossing) > 20
    assert likeness.max() < ALIKE


def test_versions_of_two_histories_do_not_clash(
    local_store: LocalStore, deliver: Deliver, grow: Grow, make_picture: MakePicture
) -> None:
    """The same batches in another order are another version with a parent of its own."""
    for number, batch in enumerate(("a", "b")):
        deliver(local_store, batch, {"x.jpg": (make_picture(number), f"{number} .5 .5 .2 .2")})
    forth, back = grow("a", "b"), grow("b", "a")
    assert forth.version_id != back.version_id
    assert forth.batches == back.batches
    assert forth.manifest.sha256 == back.manifest.sha256
    assert grow("a", "b") == forth


def test_classes_only_grow(
    local_store: LocalStore,
    deliver: Deliver,
    grow: Grow,
    settings: Settings,
    make_picture: MakePicture,
) -> None:
    """Classes that grew at their end are a new version; moved or lost ones are refused, and no batch is blamed."""
    for number, batch in enumerate(("a", "b")):
        deliver(local_store, batch, {"x.jpg": (make_picture(number), "0 .5 .5 .2 .2")})
    version = grow("a")

    def again(*classes: str) -> DatasetVersion:
        base = version.version_id
        return ingest_batch(local_store, "b", settings.ingest, classes, base_version=base)

    for wrong in (("smoke", "fire"), ("fire", "smoke", "person_down")):
        with pytest.raises(ClassMapError, match="expected classes that begin with 0 smoke, 1 fire"):
            again(*wrong)
    assert not list(local_store.keys("quarantine/"))
    grown = again(*settings.classes, "gas_leak")
    assert grown.parent_id == version.version_id
    assert grown.classes_sha256 != version.classes_sha256
    assert grown.splits["train"].hazards["gas_leak"].boxes == 0


@pytest.mark.real_pictures
def test_the_real_pictures_pass_whole(
    local_store: LocalStore, settings: Settings, real_mini: Path
) -> None:
    """Of the real pictures none is dropped, no scene leaks, and every hazard is in every split."""
    deliver_folder(local_store, real_mini, "mini", empty_label_is_background=True)
    version = ingest_batch(local_store, "mini", settings.ingest, settings.classes)
    pictures = read_manifest(local_store, version)
    assert len(pictures) == sum(1 for _ in (real_mini / "images").iterdir())
    assert {row.rule for row in read_ledger(local_store, version)} <= {"huge_box", "scene_joined"}
    for split in ("train", "val", "holdout"):
        for hazard, support in version.splits[split].hazards.items():
            assert support.boxes > 0, (split, hazard)
    for one, other in (("train", "val"), ("train", "holdout"), ("val", "holdout")):
        scenes = [{p.scene for p in pictures if p.split == split} for split in (one, other)]
        assert not scenes[0] & scenes[1]
