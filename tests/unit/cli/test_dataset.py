"""The commands over dataset versions and the holdout, typed one after the other."""

import json
import shutil
from collections.abc import Sequence
from pathlib import Path

import pytest
from support.plant_dataset import plant_versions
from support.typed import call, run

from safety_tasks.cli import main
from safety_tasks.errors import ConfigError, SafetyTasksError
from safety_tasks.records.dataset import CurrentDataset, DatasetVersion
from safety_tasks.records.picture import Picture
from safety_tasks.settings import IngestSettings
from safety_tasks.store.base import put_artifact
from safety_tasks.store.local import LocalStore
from safety_tasks.store.manifests import CURRENT_KEY, read_current, read_manifest, read_version


@pytest.fixture(scope="module")
def ingested(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Sequence[DatasetVersion]]:
    """Ingest a plant's batches once."""
    folder = tmp_path_factory.mktemp("plant")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SAFETY_TASKS_WORK_DIR", str(folder / "work"))
        versions = plant_versions(LocalStore(folder / "store"), IngestSettings())
    return folder / "store", versions


@pytest.fixture
def store(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> LocalStore:
    """Point the command at an empty store."""
    monkeypatch.setenv("SAFETY_TASKS_STORE_URI", str(tmp_path / "store"))
    monkeypatch.setenv("SAFETY_TASKS_WORK_DIR", str(tmp_path / "work"))
    return LocalStore(tmp_path / "store")


@pytest.fixture
def plant(
    store: LocalStore, ingested: tuple[Path, Sequence[DatasetVersion]]
) -> Sequence[DatasetVersion]:
    """Point the command at the plant's store; the second version is current, unjudged."""
    shutil.copytree(ingested[0], Path(store.uri), dirs_exist_ok=True)
    report = put_artifact(store, "report.json", b"{}")
    current = CurrentDataset(version_id=ingested[1][1].version_id, validation=report)
    store.put(CURRENT_KEY, current.to_json_bytes())
    return ingested[1]


def row(store: LocalStore, version: DatasetVersion, split: str) -> Picture:
    """Return a picture of a split."""
    return next(p for p in read_manifest(store, version) if p.split == split)


def test_nothing_there(store: LocalStore) -> None:
    """Without a version there is an empty list, and each other command says what to do."""
    assert call("dataset", "list") == []
    for words in (("dataset", "show"), ("dataset", "verify"), ("holdout", "show")):
        with pytest.raises(SafetyTasksError, match="expected a current dataset version"):
            run(*words)
    with pytest.raises(SafetyTasksError, match="expected a current dataset version"):
        run("holdout", "extend", "--by", "Kim", "--why", "first")
    assert call("quarantine", "list") == {"refused": {}, "items": []}
    assert call("quarantine", "prune")["deleted"] == []


def test_look_compare_export_prove(
    store: LocalStore, plant: Sequence[DatasetVersion], tmp_path: Path
) -> None:
    """list, show, diff, export and verify take the current version where none is named, and print JSON."""
    first, second, third = (version.version_id for version in plant)
    assert [line["version_id"] for line in call("dataset", "list")] == [third, second, first]
    assert [line["is_current"] for line in call("dataset", "list")] == [False, True, False]
    assert call("dataset", "show")["version_id"] == second
    assert call("dataset", "show", third, "--scenes")["scenes"]
    assert call("dataset", "diff", first)["newer_id"] == second
    assert call("dataset", "diff", first, third, "--examples", 0)["examples"]["added"] == []
    done = call("dataset", "export", "--out", tmp_path / "a")
    assert done["pictures"] == {"train": 12, "val": 4}
    whole = call("dataset", "export", "--out", tmp_path / "b", "--with-holdout")
    assert whole["pictures"] == {"train": 12, "val": 4, "holdout": 2}
    for split in ("holdout", "test"):
        with pytest.raises(SafetyTasksError, match="splits: expected"):
            run("dataset", "export", "--out", tmp_path / "c", "--split", split)
    assert call("dataset", "verify")["sound"] is True
    store.put(row(store, plant[1], "train").key, b"poison")
    damaged = call("dataset", "verify", second, status=1)
    assert (damaged["sound"], len(damaged["damage"])) == (False, 1)


def test_pages_for_people(
    store: LocalStore, plant: Sequence[DatasetVersion], tmp_path: Path
) -> None:
    """The report is written beside the version and where it is asked for; without a champion a review says so."""
    page = tmp_path / "page.html"
    written = call("dataset", "report", plant[2].version_id, "--out", page, "--review")
    assert written["page"]["key"] == f"{plant[2].prefix}/report/index.html"
    assert page.read_bytes() == store.get(written["page"]["key"]).payload
    assert b"<html" in page.read_bytes()[:200]
    result = run("dataset", "review")
    assert json.loads(result.stdout)["queue"] is None
    assert "no review: Nothing was released" in result.stderr


def test_people_get_tables(
    store: LocalStore,
    plant: Sequence[DatasetVersion],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    """In a terminal the same results are tables, and what was delivered cannot steer it or colour it."""
    monkeypatch.setenv("COLUMNS", "200")
    for module in ("dataset", "holdout", "quarantine"):
        monkeypatch.setattr(f"safety_tasks.cli.{module}.for_people", lambda: True)
    first = plant[0].version_id
    for words, said in (
        (("dataset", "list"), "third"),
        (("dataset", "show", first, "--scenes"), "scene-1"),
        (("dataset", "diff", first, plant[2].version_id), "relabelled"),
        (("dataset", "verify", first), "all sound"),
        (("holdout", "show"), "nobody signed"),
        (("quarantine", "list"), "refused batches: none"),
    ):
        shown = run(*words).stdout
        assert said in shown
        assert not shown.startswith(("{", "["))
    for key in list(store.keys("incoming/")):
        store.delete(key)
    hostile = "[red]\x1b[2J\u202e"
    note = {"batch_id": "x", "reason": hostile, "ledger": []}
    store.put("quarantine/x/reason.json", json.dumps(note).encode())
    shown = run("quarantine", "list").stdout
    assert "[red]\\x1b[2J\\u202e" in shown
    assert hostile not in shown


def test_the_holdout_grows_by_a_signature(
    store: LocalStore, plant: Sequence[DatasetVersion]
) -> None:
    """A dry run shows before and after and writes nothing; the real one is validated, current and signed."""
    words = ("holdout", "extend", "--scene", "scene-8", "--by", "Kim", "--why", "a second yard")
    before = list(store.keys(""))
    dry = run(*words, "--dry-run")
    assert list(store.keys("")) == before
    assert "nothing was written" in dry.stderr
    assert "scene-8" in dry.stderr
    found = json.loads(dry.stdout)["sign_off"]
    assert (found["before"]["pictures"], found["after"]["pictures"]) == (2, 4)
    done = call(*words)
    current = read_current(store)
    assert current is not None
    assert current[0].version_id == done["version"]["version_id"]
    shown = call("holdout", "show")
    assert (shown["summary"]["pictures"], shown["sign_offs"][0]["approved_by"]) == (4, "Kim")
    with pytest.raises(SafetyTasksError, match="dataset show --scenes"):
        run("holdout", "extend", "--scene", "nowhere", "--by", "Kim", "--why", "x")


def test_a_purge(store: LocalStore, plant: Sequence[DatasetVersion]) -> None:
    """Nobody to ask means --yes; then the bytes go, and a version without the picture is current."""
    victim = row(store, plant[1], "train")
    words = ("dataset", "purge", "--picture", victim.sha256, "--why", "a face", "--by", "Kim")
    with pytest.raises(ConfigError, match="--yes"):
        run(*words)
    assert store.exists(victim.key)
    with pytest.raises(ConfigError, match="64 hex digits"):
        run(*words[:3], victim.sha256[:12], *words[4:], "--yes")
    result = run(*words, "--yes")
    report = json.loads(result.stdout)
    assert victim.key in report["removed"]
    assert "exported" in result.stderr
    current = read_current(store)
    assert current is not None
    assert current[0].version_id == report["version"]["version_id"]
    rows = read_manifest(store, read_version(store, current[0].version_id))
    assert victim.sha256 not in {each.sha256 for each in rows}
    again = call(*words, "--yes")
    assert (again["removed"], again["version"]) == ([], None)


def test_errors_cannot_steer_a_terminal(
    store: LocalStore, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """What an error quotes of a delivery is written out where it does not print."""

    def fail() -> None:
        raise SafetyTasksError("file \x1b[2J 화재: expected x")

    monkeypatch.setattr(main, "app", fail)
    with pytest.raises(SystemExit):
        main.main()
    assert capsys.readouterr().err == "error: file \\x1b[2J 화재: expected x\n"
