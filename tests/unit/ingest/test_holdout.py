"""The holdout grows only by name and reason, by whole scenes, and never by what a released model learnt from."""

from collections.abc import Callable

import pytest
from support.toy_runs import publish_toy, toy_dataset

from safety_tasks.errors import DatasetError
from safety_tasks.ingest import extend_holdout, ingest_batch
from safety_tasks.records.dataset import DatasetVersion, HoldoutSignOff
from safety_tasks.settings import IngestSettings, Settings
from safety_tasks.store.base import get_artifact
from safety_tasks.store.local import LocalStore
from safety_tasks.store.manifests import read_manifest, read_version

Deliver = Callable[..., None]
MakePicture = Callable[..., bytes]


@pytest.fixture
def version(
    local_store: LocalStore, deliver: Deliver, make_picture: MakePicture, settings: Settings
) -> DatasetVersion:
    """Give a version of twelve scenes, one picture each, smoke, fire and person_down in turn."""
    pictures = {f"c{n}.png": (make_picture(n, "PNG"), f"{n % 3} .5 .5 .2 .2") for n in range(12)}
    rows = "".join(f"c{n}.png,scene-{n}\n" for n in range(12))
    deliver(local_store, "b1", pictures, manifest_csv="file,scene\n" + rows)
    return ingest_batch(local_store, "b1", settings.ingest, settings.classes)


def extend(
    store: LocalStore, version: DatasetVersion, *scenes: str, why: str = "a new hall"
) -> tuple[DatasetVersion, HoldoutSignOff]:
    """Extend as the safety officer Kim."""
    return extend_holdout(store, version, scenes, approved_by="Kim", why=why)


def scenes_of(store: LocalStore, version: DatasetVersion, split: str) -> set[str]:
    """Return the scenes of a split."""
    return {p.scene for p in read_manifest(store, version) if p.split == split}


def test_a_scene_moves_whole_and_somebody_signed(
    local_store: LocalStore, version: DatasetVersion
) -> None:
    """The new version names its parent, who decided and why, and the counts before and after; nothing else moves."""
    (scene, *_) = sorted(scenes_of(local_store, version, "train"))
    grown, sign_off = extend(local_store, version, scene)
    held = scenes_of(local_store, version, "holdout")
    assert scenes_of(local_store, grown, "holdout") == held | {scene}
    assert scenes_of(local_store, grown, "train") == scenes_of(local_store, version, "train") - {
        scene
    }
    assert (sign_off.approved_by, sign_off.why, sign_off.scenes) == ("Kim", "a new hall", (scene,))
    assert sign_off.after.pictures == sign_off.before.pictures + 1
    assert grown.parent_id == version.version_id
    assert grown.holdout.sign_off is not None
    stored = get_artifact(local_store, grown.holdout.sign_off)
    assert HoldoutSignOff.from_json_bytes(stored, what="sign-off") == sign_off
    assert read_version(local_store, grown.version_id) == grown


def test_signing_for_the_holdout_as_it_is(local_store: LocalStore, version: DatasetVersion) -> None:
    """No scene at all is a signature under what is there."""
    assert version.holdout.sign_off is None
    signed, sign_off = extend(local_store, version)
    assert signed.holdout.sha256 == version.holdout.sha256
    assert signed.manifest.sha256 == version.manifest.sha256
    assert sign_off.before == sign_off.after
    assert signed.holdout.sign_off is not None


def test_later_versions_keep_the_sign_off(
    local_store: LocalStore,
    version: DatasetVersion,
    deliver: Deliver,
    make_picture: MakePicture,
    settings: Settings,
) -> None:
    """A batch that comes after keeps the holdout and its signature."""
    signed, _ = extend(local_store, version)
    deliver(local_store, "b2", {"n.png": (make_picture(99, "PNG"), "0 .5 .5 .2 .2")})
    later = ingest_batch(
        local_store, "b2", settings.ingest, settings.classes, base_version=signed.version_id
    )
    assert later.holdout == signed.holdout


def test_what_waits_of_a_held_scene_is_taken_in(
    local_store: LocalStore,
    version: DatasetVersion,
    deliver: Deliver,
    make_picture: MakePicture,
    settings: Settings,
) -> None:
    """Naming a scene that is in the holdout already brings in its pictures from the reserve."""
    (scene, *_) = sorted(scenes_of(local_store, version, "holdout"))
    deliver(
        local_store,
        "b2",
        {"n.png": (make_picture(99, "PNG"), "0 .5 .5 .2 .2")},
        manifest_csv=f"file,scene\nn.png,{scene}\n",
    )
    later = ingest_batch(
        local_store, "b2", settings.ingest, settings.classes, base_version=version.version_id
    )
    assert later.splits["reserve"].pictures == 1
    grown, _ = extend(local_store, later, scene)
    assert grown.splits["reserve"].pictures == 0
    assert grown.splits["holdout"].pictures == version.splits["holdout"].pictures + 1


@pytest.mark.parametrize(
    ("scenes", "why", "message"),
    [
        (("nowhere",), "why", r"expected scenes of version .*, found nowhere"),
        ((), " ", "expected who approves and why"),
    ],
)
def test_what_is_refused(
    local_store: LocalStore,
    version: DatasetVersion,
    scenes: tuple[str, ...],
    why: str,
    message: str,
) -> None:
    """An unknown scene, or no reason."""
    before = list(local_store.keys(""))
    with pytest.raises(DatasetError, match=message):
        extend(local_store, version, *scenes, why=why)
    assert list(local_store.keys("")) == before


def test_a_scene_that_a_released_model_learnt_from_never_judges(local_store: LocalStore) -> None:
    """Once a release was trained on a scene, it cannot come into the holdout, and the release is named."""
    version = toy_dataset(local_store)
    publish_toy(local_store, version, "run1")
    (scene, *_) = sorted(scenes_of(local_store, version, "train"))
    with pytest.raises(DatasetError, match=rf"found {scene} \(release 1\)"):
        extend(local_store, version, scene)


def test_a_near_copy_of_train_never_judges(
    local_store: LocalStore, deliver: Deliver, make_picture: MakePicture
) -> None:
    """A picture in reserve that is like one in train keeps its scene out of the holdout."""
    settings = IngestSettings()
    pictures = {f"c{n}.png": (make_picture(n, "PNG"), "0 .5 .5 .2 .2") for n in range(12)}
    rows = "".join(f"c{n}.png,scene-{n}\n" for n in range(12))
    deliver(local_store, "b1", pictures, manifest_csv="file,scene\n" + rows)
    first = ingest_batch(local_store, "b1", settings, ("smoke", "fire", "person_down"))
    number = {
        p.scene: int(p.scene.removeprefix("scene-")) for p in read_manifest(local_store, first)
    }
    trained = min(number[s] for s in scenes_of(local_store, first, "train"))
    held = min(scenes_of(local_store, first, "holdout"))
    like = make_picture(trained, "PNG", (128, 96))
    deliver(
        local_store,
        "b2",
        {"n.png": (like, "0 .5 .5 .2 .2")},
        manifest_csv=f"file,scene\nn.png,{held}\n",
    )
    second = ingest_batch(
        local_store,
        "b2",
        settings,
        ("smoke", "fire", "person_down"),
        base_version=first.version_id,
    )
    assert second.splits["reserve"].pictures == 1
    with pytest.raises(DatasetError, match=rf"found {held} \(like scene-{trained}\)"):
        extend(local_store, second, held)
