"""Base weights: configured, then the champion, then the download, then scratch; the record says which and why."""

import http.client
import io
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from support.toy_runs import publish_toy, toy_dataset

from safety_tasks.bundle.layout import document_key, pointer_key
from safety_tasks.digests import sha256_bytes
from safety_tasks.errors import BaseWeightsMissing
from safety_tasks.records.recipe import Recipe
from safety_tasks.records.training import BaseWeights, TrainingRun
from safety_tasks.settings import TrainSettings
from safety_tasks.store.base import put_artifact
from safety_tasks.store.local import LocalStore
from safety_tasks.train import base_weights
from safety_tasks.train.base_weights import Start, resolve_base_weights

RECIPE = Recipe(name="r")
OFFICIAL = b"PK\x03\x04 official weights"
CHAMPION = b"PK\x03\x04 champion weights"


class Network:
    """Stands for the download; counts how often it was asked, and with which patience."""

    def __init__(self) -> None:
        self.asked: list[float] = []
        self.answer: Callable[[], Any] = lambda: io.BytesIO(OFFICIAL)

    def urlopen(self, url: str, timeout: float) -> Any:
        """Answer as the test says."""
        assert url == base_weights.OFFICIAL_URL
        self.asked.append(timeout)
        return self.answer()


@pytest.fixture
def network(monkeypatch: pytest.MonkeyPatch) -> Network:
    """Replace the network."""
    network = Network()
    monkeypatch.setattr(urllib.request, "urlopen", network.urlopen)
    return network


@pytest.fixture
def champion(local_store: LocalStore) -> TrainingRun:
    """Serve a release whose training run is recorded."""
    version = toy_dataset(local_store)
    publish_toy(local_store, version, "r1")
    run = TrainingRun(
        run_id="r1",
        dataset_version=version.version_id,
        recipe=RECIPE,
        classes_sha256=version.classes_sha256,
        base_weights=BaseWeights(kind="scratch", source="scratch", sha256=None, note=""),
        weights=put_artifact(local_store, "runs/r1/weights/w.pt", CHAMPION),
        fit=None,
        started_at="2026-01-01T00:00:00+00:00",
        seconds=1,
        code_sha256="0" * 64,
    )
    local_store.put("runs/r1/training.json", run.to_json_bytes())
    return run


def resolve(store: LocalStore, folder: Path, recipe: Recipe = RECIPE, **settings: Any) -> Start:
    """Resolve for stable into a folder."""
    folder.mkdir(exist_ok=True)
    return resolve_base_weights(store, recipe, TrainSettings(**settings), folder)


def test_scratch_when_the_recipe_says_so(
    local_store: LocalStore, champion: TrainingRun, network: Network, tmp_path: Path
) -> None:
    """The recipe's wish comes before everything else, the configured path too."""
    start = resolve(
        local_store, tmp_path / "w", Recipe(name="r", start_from_scratch=True), base_weights="x.pt"
    )
    assert (start.path, start.record.kind, start.record.sha256) == (None, "scratch", None)
    assert "start_from_scratch" in start.record.note
    assert network.asked == []


def test_configured_before_champion(
    local_store: LocalStore, champion: TrainingRun, network: Network, tmp_path: Path
) -> None:
    """A configured file is copied and recorded by its bare name and digest."""
    (tmp_path / "mine.pt").write_bytes(b"mine")
    start = resolve(local_store, tmp_path / "w", base_weights=str(tmp_path / "mine.pt"))
    assert (start.record.kind, start.record.source) == ("configured", "mine.pt")
    assert start.record.sha256 == sha256_bytes(b"mine")
    assert start.path is not None
    assert start.path.parent == tmp_path / "w"
    assert start.path.read_bytes() == b"mine"


def test_configured_but_missing_is_an_error(
    local_store: LocalStore, champion: TrainingRun, network: Network, tmp_path: Path
) -> None:
    """What was asked for by name is never silently another."""
    with pytest.raises(BaseWeightsMissing, match=r"expected a file, found none at .*gone\.pt"):
        resolve(local_store, tmp_path / "w", base_weights=str(tmp_path / "gone.pt"))
    assert network.asked == []


def test_champion_before_download(
    local_store: LocalStore, champion: TrainingRun, network: Network, tmp_path: Path
) -> None:
    """What stable serves lends the weights of its run."""
    start = resolve(local_store, tmp_path / "w")
    assert (start.record.kind, start.record.source) == ("champion", "release 1")
    assert (start.record.sha256, start.record.note) == (champion.weights.sha256, "run r1")
    assert network.asked == []


@pytest.mark.parametrize("size", [len(CHAMPION) - 1, 2**40])
def test_a_champion_of_another_size_is_not_read(
    local_store: LocalStore, champion: TrainingRun, network: Network, tmp_path: Path, size: int
) -> None:
    """Weights larger than their record, or than the cap, are left where they are, and the record says so."""
    network.answer = refused
    lying = champion.model_copy(
        update={"weights": champion.weights.model_copy(update={"size_bytes": size})}
    )
    local_store.put("runs/r1/training.json", lying.to_json_bytes())
    start = resolve(local_store, tmp_path / "w")
    assert start.record.kind == "scratch"
    assert "the champion's weights cannot be read" in start.record.note
    assert "bytes" in start.record.note
    assert list((tmp_path / "w").iterdir()) == []


def test_download_without_a_champion(
    local_store: LocalStore, network: Network, tmp_path: Path
) -> None:
    """The first run starts from the official weights, asked for with the configured patience."""
    start = resolve(local_store, tmp_path / "w", download_timeout_s=0.5)
    assert (start.record.kind, start.record.source) == ("download", "yolov8n.pt")
    assert start.record.sha256 == sha256_bytes(OFFICIAL)
    assert network.asked == [0.5]


@pytest.mark.parametrize(
    "key", [pointer_key("stable"), document_key(1), "runs/r1/training.json", "runs/r1/weights/w.pt"]
)
@pytest.mark.parametrize("gone", [False, True])
def test_a_champion_that_cannot_be_read_is_noted(
    local_store: LocalStore,
    champion: TrainingRun,
    network: Network,
    tmp_path: Path,
    key: str,
    gone: bool,
) -> None:
    """Altered or gone, training goes on from the next source; without that, the note tells of both."""
    path = Path(local_store.uri) / key
    path.unlink()
    if not gone:
        path.write_bytes(b"altered")
    assert resolve(local_store, tmp_path / "w").record.kind == "download"

    def unreachable() -> Any:
        raise urllib.error.URLError("no route to host")

    network.answer = unreachable
    start = resolve(local_store, tmp_path / "w")
    assert (start.path, start.record.kind) == (None, "scratch")
    served_nothing = gone and key == pointer_key("stable")
    assert ("champion's weights cannot be read" in start.record.note) != served_nothing
    assert "no route to host" in start.record.note


def refused() -> Any:
    """Refuse the connection."""
    raise ConnectionRefusedError("connection refused")


def times_out() -> Any:
    """Take too long."""
    raise TimeoutError("timed out")


class Cut(io.BytesIO):
    """A reply that ends before its length."""

    def read(self, size: int | None = -1) -> bytes:
        """Fail as a cut reply does."""
        raise http.client.IncompleteRead(b"PK", 100)


@pytest.mark.parametrize(
    ("answer", "note"),
    [
        (refused, "connection refused"),
        (times_out, "timed out"),
        (Cut, "IncompleteRead"),
        (lambda: io.BytesIO(b""), "expected a weights file"),
        (
            lambda: io.BytesIO(b"<html>please log in</html>"),
            "expected a weights file, found b'<html>",
        ),
    ],
)
def test_without_any_source_from_scratch(
    local_store: LocalStore, network: Network, tmp_path: Path, answer: Callable[[], Any], note: str
) -> None:
    """Whatever the network does, training starts, and the record says why from scratch."""
    network.answer = answer
    start = resolve(local_store, tmp_path / "w")
    assert (start.path, start.record.kind) == (None, "scratch")
    assert "official weights cannot be downloaded" in start.record.note
    assert note in start.record.note
    assert list((tmp_path / "w").iterdir()) == []


def test_a_download_over_the_limit_is_not_kept(
    local_store: LocalStore, network: Network, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The limit itself is allowed; one byte more is refused."""
    monkeypatch.setattr(base_weights, "_MAX_BYTES", len(OFFICIAL))
    assert resolve(local_store, tmp_path / "w").record.kind == "download"
    monkeypatch.setattr(base_weights, "_MAX_BYTES", len(OFFICIAL) - 1)
    start = resolve(local_store, tmp_path / "v")
    assert "expected at most" in start.record.note
