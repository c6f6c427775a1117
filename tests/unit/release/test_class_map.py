"""A release keeps the class map: of its dataset, of its model, and of what the channel serves."""

import pytest
from support.toy_runs import publish_toy, toy_dataset, toy_export, toy_pass
from toy_models import CLASSES, strong_model, toy_model

from safety_tasks.bundle.reading import read_served
from safety_tasks.class_map import class_map_digest
from safety_tasks.errors import ClassMapError
from safety_tasks.records.dataset import DatasetVersion
from safety_tasks.release import publish_release
from safety_tasks.settings import ReleaseSettings
from safety_tasks.store.local import LocalStore

SWAPPED = ("fire", "smoke", "person_down")


@pytest.fixture
def version(local_store: LocalStore) -> DatasetVersion:
    """Ingest the drawn dataset."""
    return toy_dataset(local_store)


def of_classes(version: DatasetVersion, classes: tuple[str, ...]) -> DatasetVersion:
    """Return the version as if it had been ingested with other classes."""
    changes = {"classes": classes, "classes_sha256": class_map_digest(classes)}
    return version.model_copy(update=changes)


def test_the_digest_travels_in_the_document(
    local_store: LocalStore, version: DatasetVersion
) -> None:
    """A device compares what the dataset version had."""
    publish_toy(local_store, version, "r1")
    served = read_served(local_store, "stable")
    assert served is not None
    assert served.document.classes_sha256 == version.classes_sha256 == class_map_digest(CLASSES)


@pytest.mark.parametrize(
    "changes",
    [
        {"classes_sha256": "0" * 64},
        {"classes": SWAPPED},
        {"classes": SWAPPED, "classes_sha256": class_map_digest(SWAPPED)},
    ],
)
def test_another_class_map_than_the_versions_is_not_published(
    local_store: LocalStore, version: DatasetVersion, changes: dict[str, object]
) -> None:
    """Names without their digest, or of another order than the version's, never reach a channel."""
    exported = toy_export(local_store, version, "r1", strong_model())
    ref = toy_pass(local_store, version, exported)
    other = exported.model_copy(update=changes)
    with pytest.raises(ClassMapError, match="run r1: expected the class"):
        publish_release(local_store, ref, other, version, "stable", ReleaseSettings())
    assert read_served(local_store, "stable") is None


def test_a_model_of_other_names_is_not_published(
    local_store: LocalStore, version: DatasetVersion
) -> None:
    """The file's own names count, whatever its record says."""
    with pytest.raises(ClassMapError, match="expected the classes 0 smoke, 1 fire"):
        publish_toy(local_store, version, "r1", toy_model(classes=SWAPPED))
    assert read_served(local_store, "stable") is None


def test_a_channel_keeps_its_numbers(local_store: LocalStore, version: DatasetVersion) -> None:
    """What a channel serves is followed only by the same classes, perhaps grown: every device would refuse another."""
    publish_toy(local_store, of_classes(version, ("smoke",)), "r1", toy_model(classes=("smoke",)))
    publish_toy(local_store, version, "r2")
    swapped = of_classes(version, SWAPPED)
    exported = toy_export(local_store, swapped, "r3", toy_model(classes=SWAPPED))
    ref = toy_pass(local_store, swapped, exported)
    with pytest.raises(
        ClassMapError, match="channel stable: expected classes that begin with 0 smoke"
    ):
        publish_release(local_store, ref, exported, swapped, "stable", ReleaseSettings())
    served = read_served(local_store, "stable")
    assert served is not None
    assert served.document.run_id == "r2"
