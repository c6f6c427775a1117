"""The commands over waivers: given with a key, listed with what became of them."""

import json
import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import typer
from click.testing import Result
from support.signed_waivers import WHY, Signer, signer, waiver
from support.waivers_by_hand import put_by_hand, signed_by
from typer.testing import CliRunner

from safety_tasks.cli import waivers as commands
from safety_tasks.config import config_dir
from safety_tasks.errors import (
    ConfigError,
    KeyUnusable,
    SafetyTasksError,
    SignatureRefused,
    WaiverRefused,
)
from safety_tasks.gate.waivers import FOLDER
from safety_tasks.records.base import Artifact
from safety_tasks.records.model import ExportedModel
from safety_tasks.store.local import LocalStore

APP = typer.Typer(pretty_exceptions_enable=False)
APP.command()(commands.waive)
APP.command()(commands.waivers)
MODEL = "c" * 64


def run(*words: object, status: int = 0) -> Result:
    """Run a command."""
    result = CliRunner().invoke(
        APP, [str(word) for word in words], catch_exceptions=False, env={"COLUMNS": "300"}
    )
    assert result.exit_code == status, result.output
    return result


@pytest.fixture
def store(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> LocalStore:
    """Point the command at a store in which run r1 is exported."""
    monkeypatch.setenv("SAFETY_TASKS_STORE_URI", str(tmp_path / "store"))
    store = LocalStore(tmp_path / "store")
    exported = ExportedModel(
        run_id="r1",
        dataset_version="v1",
        classes=("smoke", "fire", "person_down"),
        classes_sha256="0" * 64,
        imgsz_px=64,
        model=Artifact(key="runs/r1/models/m.onnx", sha256=MODEL, size_bytes=1),
        parity=None,
        code_sha256="0" * 64,
    )
    store.put("runs/r1/export.json", exported.to_json_bytes())
    return store


@pytest.fixture
def kim(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Signer:
    """Give the approver that a copy of the configuration names."""
    one = signer(tmp_path, "kim")
    shutil.copytree(config_dir(), tmp_path / "config")
    with (tmp_path / "config" / "approvers.toml").open("a") as stream:
        stream.write(one.line + "\n")
    monkeypatch.setenv("SAFETY_TASKS_CONFIG_DIR", str(tmp_path / "config"))
    return one


def words(key: Path, **changes: Any) -> list[object]:
    """Return a whole command, but for what is changed."""
    options = {"check": "support.fire", "why": WHY, "days": 7, "key": key} | changes
    return ["waive", "r1", *(word for k, v in options.items() for word in (f"--{k}", v))]


def test_none(store: LocalStore, kim: Signer) -> None:
    """Where none was given, the list is empty and says so."""
    result = run("waivers")
    listed = json.loads(result.stdout)
    assert (listed["active"], listed["ended"], listed["problems"]) == ([], [], [])
    assert "waivers: none" in result.stderr


def test_waive_and_list(store: LocalStore, kim: Signer) -> None:
    """The waiver holds the run's model, the set profile, the approver and the days, and is listed as active."""
    result = run(*words(kim.file), "--check", "latency.x86-vnni", "--check", "support.fire")
    given = json.loads(result.stdout)["waiver"]
    assert (given["run_id"], given["model_sha256"], given["profile"]) == ("r1", MODEL, "plant")
    assert (given["who"], given["why"]) == ("kim", WHY)
    assert given["checks"] == ["support.fire", "latency.x86-vnni"]
    times = [datetime.fromisoformat(given[name]) for name in ("given_at", "until")]
    assert times[1] - times[0] == timedelta(days=7)
    assert abs(datetime.now(UTC) - times[0]) < timedelta(minutes=1)
    assert "signed by kim" in result.stderr
    assert list(store.keys(FOLDER)) == [f"{FOLDER}{given['waiver_id']}.json"]
    shown = run("waivers")
    (one,) = json.loads(shown.stdout)["active"]
    assert (one["waiver"], one["approver"]) == (given, "kim")
    for text in (given["waiver_id"], "active", "support.fire", WHY, given["until"]):
        assert text in shown.stderr


def test_the_one_who_decided_may_be_another(store: LocalStore, kim: Signer) -> None:
    """Who decided, the profile and the longest time are as typed."""
    typed = run(*words(kim.file, who="김민지, safety", profile="demo", days=30))
    given = json.loads(typed.stdout)["waiver"]
    assert (given["who"], given["profile"]) == ("김민지, safety", "demo")


def test_ended_and_forged_ones_are_listed_apart(
    store: LocalStore, kim: Signer, tmp_path: Path
) -> None:
    """One that ended is still there to be read; one of a stranger is a problem and nothing else."""
    past = waiver(given_at=datetime(2026, 1, 1, tzinfo=UTC), until=datetime(2026, 1, 8, tzinfo=UTC))
    now = datetime.now(UTC)
    forged = waiver(given_at=now, until=now + timedelta(days=1), why="all is fine, believe me")
    for by, one in ((kim, past), (signer(tmp_path, "stranger"), forged)):
        put_by_hand(store, signed_by(by, one))
    shown = run("waivers")
    listed = json.loads(shown.stdout)
    assert listed["active"] == []
    assert [one["waiver"]["waiver_id"] for one in listed["ended"]] == [past.waiver_id]
    assert [one["key"] for one in listed["problems"]] == [f"{FOLDER}{forged.waiver_id}.json"]
    assert "not counted" in shown.stderr
    assert "believe me" not in shown.stderr


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"check": "class_map"}, "Nobody can waive"),
        ({"check": "*"}, "checks"),
        ({"check": "suport.*"}, "Kinds are"),
        ({"why": "because"}, "why: "),
        ({"who": "a\tb"}, "who: "),
    ],
)
def test_what_is_malformed_is_refused(
    store: LocalStore, kim: Signer, changes: dict[str, Any], message: str
) -> None:
    """The message names what is wrong, and nothing is stored."""
    with pytest.raises(WaiverRefused, match=message):
        run(*words(kim.file, **changes))
    assert not list(store.keys(FOLDER))


@pytest.mark.parametrize("days", [0, -1, 31, "many"])
def test_the_days_have_bounds(store: LocalStore, kim: Signer, days: object) -> None:
    """A waiver lasts 1 to 30 days."""
    assert "--days" in run(*words(kim.file, days=days), status=2).stderr
    assert not list(store.keys(FOLDER))


def test_what_is_not_there_is_named(store: LocalStore, kim: Signer) -> None:
    """A run, a profile or a key that there is not: each says what to do."""
    with pytest.raises(ConfigError, match=r"expected a profile of .* found 'nowhere'"):
        run(*words(kim.file, profile="nowhere"))
    with pytest.raises(KeyUnusable, match="No such file"):
        run(*words(kim.file.with_name("none.pem")))
    missing = words(kim.file)
    missing[1] = "r2"
    with pytest.raises(SafetyTasksError, match="Run export first"):
        run(*missing)
    assert not list(store.keys(FOLDER))


def test_a_key_that_is_no_approvers_gives_nothing(
    store: LocalStore, kim: Signer, tmp_path: Path
) -> None:
    """Who is not in config/approvers.toml is refused, with the names of those who are."""
    stranger = signer(tmp_path, "stranger")
    with pytest.raises(SignatureRefused, match=r"an approver \(kim\)"):
        run(*words(stranger.file))
    assert not list(store.keys(FOLDER))


def test_a_key_that_others_can_read_gives_nothing(store: LocalStore, kim: Signer) -> None:
    """A key that others may have read signs nothing."""
    kim.file.chmod(0o644)
    with pytest.raises(KeyUnusable, match="chmod 600"):
        run(*words(kim.file))
    assert not list(store.keys(FOLDER))
