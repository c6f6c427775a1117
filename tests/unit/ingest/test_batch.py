"""A batch becomes a dataset version once; whatever is dropped is in the ledger; too much refuses the batch."""

import json
from collections.abc import Callable, Mapping

import pytest

from safety_tasks.errors import BatchError
from safety_tasks.ingest.batch import ingest_batch
from safety_tasks.records.dataset import DatasetVersion
from safety_tasks.records.ledger import LedgerRow
from safety_tasks.settings import Settings
from safety_tasks.store.local import LocalStore
from safety_tasks.store.manifests import read_ledger, read_manifest, read_version

GOOD = "0 0.5 0.5 0.2 0.2\n"
MakePicture = Callable[..., bytes]
Deliver = Callable[..., None]
Ingest = Callable[..., DatasetVersion]
Rows = list[tuple[str, str, str, str]]


@pytest.fixture
def ingest(local_store: LocalStore, settings: Settings) -> Ingest:
    """Give the verb over the folder store; a quarter of a batch may be dropped."""
    limits = settings.ingest.model_copy(update={"max_quarantined_share": 0.25, "rule_ceilings": {}})

    def run(
        batch_id: str = "b1",
        base: DatasetVersion | None = None,
        classes: tuple[str, ...] = settings.classes,
    ) -> DatasetVersion:
        base_version = base.version_id if base else None
        return ingest_batch(local_store, batch_id, limits, classes, base_version=base_version)

    return run


@pytest.fixture
def some(make_picture: MakePicture) -> Mapping[str, tuple[bytes, str | None]]:
    """Give three sound pictures, one a hazard."""
    return {f"{n}.jpg": (make_picture(n), f"{n} 0.5 0.5 0.2 0.2\n") for n in range(3)}


def brief(rows: tuple[LedgerRow, ...]) -> Rows:
    """Return what matters of ledger rows."""
    return [(row.file, row.kind.value, row.action.value, row.rule) for row in rows]


def everything(store: LocalStore) -> dict[str, str]:
    """Return the tag of every object."""
    return {key: store.get(key).tag for key in store.keys("")}


def test_a_sound_batch_becomes_a_version(
    local_store: LocalStore,
    deliver: Deliver,
    ingest: Ingest,
    some: Mapping[str, tuple[bytes, str]],
) -> None:
    """Pictures and labels lie under their digest, the record counts them, the ledger is empty."""
    deliver(local_store, "b1", some)
    version = ingest()
    assert read_version(local_store, version.version_id) == version
    assert (version.parent_id, version.batches, version.ledger_rows) == (None, ("b1",), 0)
    assert (version.synthetic, version.backgrounds_declared) == (False, False)
    assert sum(version.splits[split].pictures for split in version.splits) == 3
    pictures = read_manifest(local_store, version)
    assert {local_store.get(picture.key).payload for picture in pictures} == {
        payload for payload, _ in some.values()
    }
    assert sorted(p.label_text() for p in pictures) == [
        f"{n} 0.500000 0.500000 0.200000 0.200000\n" for n in range(3)
    ]


def test_ingesting_twice_changes_nothing(
    local_store: LocalStore,
    deliver: Deliver,
    ingest: Ingest,
    some: Mapping[str, tuple[bytes, str]],
) -> None:
    """The same batch gives the same version, on nothing and on a version that holds it already."""
    deliver(local_store, "b1", some)
    version = ingest()
    before = everything(local_store)
    assert ingest() == version
    assert ingest(base=version) == version
    assert everything(local_store) == before


@pytest.mark.parametrize(
    ("label", "kind", "action", "rule", "kept"),
    [
        (None, "picture", "quarantined", "missing_label", False),
        ("", "picture", "quarantined", "empty_label_undeclared", False),
        ("9 0.5 0.5 0.2 0.2", "picture", "quarantined", "unknown_class", False),
        (f"{GOOD}0 0.5 0.5 0 0", "picture", "quarantined", "zero_area", False),
        (GOOD + GOOD, "box", "changed", "duplicate_box", True),
        ("0 0.9 0.5 0.205 0.2", "box", "changed", "clipped_box", True),
        ("0 0.5 0.5 0.99 0.99", "box", "warned", "huge_box", True),
    ],
)
def test_a_doubtful_label_has_a_ledger_row(
    local_store: LocalStore,
    deliver: Deliver,
    ingest: Ingest,
    make_picture: MakePicture,
    some: Mapping[str, tuple[bytes, str | None]],
    label: str | None,
    kind: str,
    action: str,
    rule: str,
    kept: bool,
) -> None:
    """A picture whose label is not believed is set aside whole, a mended or doubted one kept; all are noted."""
    deliver(local_store, "b1", {**some, "x.jpg": (make_picture(9), label)})
    version = ingest()
    assert brief(read_ledger(local_store, version)) == [("images/x.jpg", kind, action, rule)]
    assert version.ledger_rows == 1
    files = {picture.file for picture in read_manifest(local_store, version)}
    assert ("images/x.jpg" in files) is kept


def test_a_declared_background_is_kept(
    local_store: LocalStore,
    deliver: Deliver,
    ingest: Ingest,
    make_picture: MakePicture,
    some: Mapping[str, tuple[bytes, str | None]],
) -> None:
    """An empty label is a background where batch.json says so; a missing one never is."""
    info = json.dumps({"batch_id": "b1", "empty_label_is_background": True, "synthetic": True})
    extra = {"empty.jpg": (make_picture(8), ""), "missing.jpg": (make_picture(9), None)}
    deliver(local_store, "b1", {**some, **extra}, batch_json=info)
    version = ingest()
    assert sum(summary.background_pictures for summary in version.splits.values()) == 1
    assert (version.synthetic, version.backgrounds_declared) == (True, True)
    assert [row.rule for row in read_ledger(local_store, version)] == ["missing_label"]


def test_broken_pictures_and_orphans_are_noted(
    local_store: LocalStore,
    deliver: Deliver,
    ingest: Ingest,
    make_picture: MakePicture,
    some: Mapping[str, tuple[bytes, str | None]],
) -> None:
    """A picture that does not decode is dropped with its reason, a label alone is noted."""
    deliver(local_store, "b1", {**some, "x.jpg": (make_picture(9)[:-1], GOOD)})
    local_store.put("incoming/b1/labels/alone.txt", GOOD.encode())
    assert brief(read_ledger(local_store, ingest())) == [
        ("labels/alone.txt", "label", "dropped", "orphan_label"),
        ("images/x.jpg", "picture", "quarantined", "truncated"),
    ]


@pytest.mark.parametrize(
    ("label", "rule"), [(GOOD, "duplicate_picture"), ("1 0.5 0.5 0.3 0.3", "conflicting_labels")]
)
@pytest.mark.parametrize("later", [False, True])
def test_the_first_label_of_a_picture_stands(
    local_store: LocalStore,
    deliver: Deliver,
    ingest: Ingest,
    make_picture: MakePicture,
    some: Mapping[str, tuple[bytes, str | None]],
    label: str,
    rule: str,
    later: bool,
) -> None:
    """The same bytes again, in one batch or a later one, are dropped: as a duplicate or a conflict."""
    again = {"again.jpg": (some["0.jpg"][0], label)}
    fresh = {"fresh.jpg": (make_picture(7), GOOD)}
    if later:
        deliver(local_store, "b1", some)
        deliver(
            local_store,
            "b2",
            {**again, **{f"new{n}": p for n, p in some.items() if n != "0.jpg"}, **fresh},
        )
        version = ingest("b2", base=ingest("b1"))
    else:
        deliver(local_store, "b1", {**some, **again})
        version = ingest()
    noted = {row.file: row.rule for row in read_ledger(local_store, version)}
    assert noted["images/again.jpg"] == rule
    labels = [p.label_text() for p in read_manifest(local_store, version)]
    assert len(labels) == 3 + later
    assert "1 0.500000 0.500000 0.300000 0.300000\n" not in labels


@pytest.mark.parametrize(("bad", "refused"), [(0, False), (1, False), (2, True), (12, True)])
def test_too_many_drops_refuse_the_batch(
    local_store: LocalStore,
    deliver: Deliver,
    ingest: Ingest,
    make_picture: MakePicture,
    bad: int,
    refused: bool,
) -> None:
    """A quarter may be dropped; one more and nothing of the batch is a version; quarantine says why."""
    good = {f"g{n}.jpg": (make_picture(n), GOOD) for n in range(3)}
    deliver(
        local_store, "b1", good | {f"x{n}.jpg": (make_picture(50 + n), None) for n in range(bad)}
    )
    if not refused:
        assert sum(s.pictures for s in ingest().splits.values()) == 3
        assert not local_store.exists("quarantine/b1/reason.json")
        return
    with pytest.raises(
        BatchError, match=f"found {bad} of {bad + 3} pictures are unusable.*images/x0.jpg"
    ):
        ingest()
    note = json.loads(local_store.get("quarantine/b1/reason.json").payload)
    assert note["batch_id"] == "b1"
    assert "allowed 25.0%" in note["reason"]
    assert [row["rule"] for row in note["ledger"]] == ["missing_label"] * bad
    assert not list(local_store.keys("dataset/versions/"))


def test_duplicates_do_not_count_against_a_batch(
    local_store: LocalStore,
    deliver: Deliver,
    ingest: Ingest,
    some: Mapping[str, tuple[bytes, str | None]],
) -> None:
    """A batch that was delivered before under another name adds nothing and is not refused."""
    deliver(local_store, "b1", some)
    deliver(local_store, "b2", some)
    first = ingest("b1")
    second = ingest("b2", base=first)
    assert second.batches == ("b1", "b2")
    assert read_manifest(local_store, second) == read_manifest(local_store, first)
    assert second.ledger_rows == 3
