"""Publishing: only a proved PASS, parts first and pointer last, numbers that only grow."""

from pathlib import Path

import pytest
from support.toy_runs import publish_toy, toy_dataset, toy_export, toy_pass
from support.watched_store import WatchedStore
from toy_models import strong_model, weak_model

from safety_tasks.bundle.layout import blob_key, document_key, pointer_key
from safety_tasks.bundle.reading import read_pointer, read_served
from safety_tasks.digests import sha256_bytes
from safety_tasks.errors import ArtifactError, GateRefused, ReleaseError, UnsignedRefused
from safety_tasks.gate import read_gate_report
from safety_tasks.records.base import Artifact
from safety_tasks.records.dataset import DatasetVersion
from safety_tasks.records.gate import GateReportRef, Verdict
from safety_tasks.release import publish_release
from safety_tasks.settings import ReleaseSettings

SETTINGS = ReleaseSettings()
DANGEROUS = ReleaseSettings(allow_unsigned_releases_dangerously=True)


@pytest.fixture
def store(tmp_path: Path) -> WatchedStore:
    """Give a store that remembers writes."""
    return WatchedStore(tmp_path / "store")


@pytest.fixture
def version(store: WatchedStore) -> DatasetVersion:
    """Ingest the drawn dataset."""
    return toy_dataset(store)


def served_seq(store: WatchedStore) -> int | None:
    """Return the release that stable serves."""
    found = read_pointer(store, "stable")
    return found[0].release_seq if found else None


def test_parts_first_pointer_last(store: WatchedStore, version: DatasetVersion) -> None:
    """Model and golden pictures are there before the document, and the pointer is written last."""
    exported = toy_export(store, version, "r1", strong_model())
    ref = toy_pass(store, version, exported)
    store.written.clear()
    publish_release(store, ref, exported, version, "stable", SETTINGS)
    assert store.written[0] == blob_key(exported.model.sha256, "onnx")
    assert all(key.startswith("releases/blobs/") for key in store.written[:-2])
    assert len(store.written) == 2 + 1 + version.splits["val"].pictures
    assert store.written[-2:] == [document_key(1), pointer_key("stable")]


def test_a_release_says_where_it_comes_from(store: WatchedStore, version: DatasetVersion) -> None:
    """The document names run, dataset, gate report, thresholds and profile; the pointer proves it."""
    exported = toy_export(store, version, "r1", strong_model())
    ref = toy_pass(store, version, exported, threshold=0.4)
    published = publish_release(store, ref, exported, version, "stable", SETTINGS)
    served = read_served(store, "stable")
    assert served is not None
    document = served.document
    assert (published.release_seq, published.created) == (1, True)
    assert (document.run_id, document.channel, document.profile) == ("r1", "stable", "toy")
    assert document.dataset_version == version.version_id
    assert document.gate_report == ref.report
    assert set(document.thresholds.values()) == {0.4}
    assert document.synthetic
    assert not served.pointer.unsigned_dangerously


def test_numbers_only_grow(store: WatchedStore, version: DatasetVersion) -> None:
    """Each publication takes the next number, whatever its channel."""
    numbers = [publish_toy(store, version, "r1").release_seq]
    numbers.append(publish_toy(store, version, "r2", weak_model(), channel="canary").release_seq)
    numbers.append(publish_toy(store, version, "r3", weak_model()).release_seq)
    assert numbers == [1, 2, 3]
    assert served_seq(store) == 3


def test_the_same_run_again_is_the_same_release(
    store: WatchedStore, version: DatasetVersion
) -> None:
    """A task that is retried after success finds its release and writes nothing."""
    exported = toy_export(store, version, "r1", strong_model())
    ref = toy_pass(store, version, exported)
    first = publish_release(store, ref, exported, version, "stable", SETTINGS)
    store.written.clear()
    again = publish_release(store, ref, exported, version, "stable", SETTINGS)
    assert again == first.model_copy(update={"created": False})
    assert store.written == []


@pytest.mark.parametrize("stop_at", [document_key(1), pointer_key("stable")])
def test_a_publication_that_was_cut_is_done_again(
    store: WatchedStore, version: DatasetVersion, stop_at: str
) -> None:
    """Killed before document or pointer, nothing is served; the retry serves it."""

    def cut(key: str) -> None:
        if key == stop_at:
            raise KeyboardInterrupt

    exported = toy_export(store, version, "r1", strong_model())
    ref = toy_pass(store, version, exported)
    store.before_write = cut
    with pytest.raises(KeyboardInterrupt):
        publish_release(store, ref, exported, version, "stable", SETTINGS)
    assert served_seq(store) is None
    store.before_write = lambda key: None
    published = publish_release(store, ref, exported, version, "stable", SETTINGS)
    assert published.created
    assert served_seq(store) == published.release_seq == (1 if "release" in stop_at else 2)


def test_only_the_gates_own_model_is_published(
    store: WatchedStore, version: DatasetVersion
) -> None:
    """A PASS for one model publishes no other."""
    ref = toy_pass(store, version, toy_export(store, version, "r1", strong_model()))
    other = toy_export(store, version, "r2", weak_model())
    with pytest.raises(GateRefused, match="expected a verdict on model"):
        publish_release(store, ref, other, version, "stable", SETTINGS)
    assert served_seq(store) is None


def forge(store: WatchedStore, ref: GateReportRef, **changes: object) -> GateReportRef:
    """Store a changed report and a reference that proves it."""
    report = read_gate_report(store, ref).model_copy(update=changes)
    payload = report.to_json_bytes()
    store.put(ref.report.key, payload)
    proved = Artifact(key=ref.report.key, sha256=sha256_bytes(payload), size_bytes=len(payload))
    return ref.model_copy(update={"report": proved})


@pytest.mark.parametrize("verdict", [Verdict.FAIL, Verdict.INCONCLUSIVE])
@pytest.mark.parametrize("where", ["verdict", "check"])
def test_without_pass_nothing_is_published(
    store: WatchedStore, version: DatasetVersion, verdict: Verdict, where: str
) -> None:
    """Neither a verdict nor a single check other than PASS is published."""
    exported = toy_export(store, version, "r1", strong_model())
    ref = toy_pass(store, version, exported)
    checks = read_gate_report(store, ref).checks
    changed = (checks[0].model_copy(update={"verdict": verdict}), *checks[1:])
    ref = forge(store, ref, **({"verdict": verdict} if where == "verdict" else {"checks": changed}))
    with pytest.raises(GateRefused, match="Nothing was published"):
        publish_release(store, ref, exported, version, "stable", SETTINGS)
    assert list(store.keys("releases/")) == list(store.keys("channels/")) == []


def test_an_altered_report_is_refused(store: WatchedStore, version: DatasetVersion) -> None:
    """A report that does not prove publishes nothing."""
    exported = toy_export(store, version, "r1", strong_model())
    ref = toy_pass(store, version, exported)
    store.put(ref.report.key, store.get(ref.report.key).payload + b" ")
    with pytest.raises(ArtifactError, match="altered or cut"):
        publish_release(store, ref, exported, version, "stable", SETTINGS)


def test_an_altered_model_is_refused(store: WatchedStore, version: DatasetVersion) -> None:
    """What ships is the file that was judged."""
    exported = toy_export(store, version, "r1", strong_model())
    ref = toy_pass(store, version, exported)
    store.put(exported.model.key, weak_model())
    with pytest.raises(ArtifactError, match="altered or cut"):
        publish_release(store, ref, exported, version, "stable", SETTINGS)
    assert served_seq(store) is None


def test_a_champion_that_changed_since_the_gate_refuses(
    store: WatchedStore, version: DatasetVersion
) -> None:
    """A candidate judged beside release 1 is not published over release 2."""
    publish_toy(store, version, "r1")
    late = toy_export(store, version, "late", weak_model())
    ref = toy_pass(store, version, late)
    publish_toy(store, version, "r2", weak_model())
    with pytest.raises(ReleaseError, match="expected release 1 to be the champion still, found 2"):
        publish_release(store, ref, late, version, "stable", SETTINGS)
    assert served_seq(store) == 2


def test_unsigned_releases_stay_on_this_machine(tmp_path: Path) -> None:
    """Beyond the loopback nothing is published unsigned, unless the dangerous word is said, and then shown."""
    store = WatchedStore(tmp_path / "store", loopback=False)
    version = toy_dataset(store)
    with pytest.raises(UnsignedRefused, match="allow_unsigned_releases_dangerously = true"):
        publish_toy(store, version, "r1")
    assert list(store.keys("releases/")) == list(store.keys("channels/")) == []
    publish_toy(store, version, "r1", settings=DANGEROUS)
    served = read_served(store, "stable")
    assert served is not None
    assert served.pointer.unsigned_dangerously


def test_a_pointer_ahead_of_the_documents_is_refused(
    store: WatchedStore, version: DatasetVersion
) -> None:
    """With newer documents removed a number would come back: that is refused."""
    publish_toy(store, version, "r1")
    publish_toy(store, version, "r2", weak_model())
    exported = toy_export(store, version, "r3", strong_model())
    ref = toy_pass(store, version, exported)
    saved = store.get(document_key(2)).payload

    def remove(key: str) -> None:
        if key.startswith("releases/blobs/"):
            (Path(store.uri) / document_key(2)).unlink(missing_ok=True)

    store.before_write = remove
    with pytest.raises(ReleaseError, match="Release numbers only grow"):
        publish_release(store, ref, exported, version, "stable", SETTINGS)
    assert saved
    assert served_seq(store) == 2
