"""The commands over the gate, typed: judge, list, show, verify."""

import json
from datetime import timedelta

import pytest
from support.judged_runs import NOON, measured_run
from support.made_history import add
from support.typed_gate import call, run
from typer.testing import CliRunner

from safety_tasks.cli import gate
from safety_tasks.digests import sha256_bytes
from safety_tasks.errors import GateRefused, HistoryBroken, ObjectNotFound, SafetyTasksError
from safety_tasks.gate.history_chain import FOLDER, key_of
from safety_tasks.records.dataset import DatasetVersion
from safety_tasks.store.local import LocalStore

LATER = NOON + timedelta(hours=2)
COMMANDS = (
    "judge", "list", "show", "explain", "replay", "verify", "approve", "waive", "waivers",
)  # fmt: skip


def test_every_command_is_there() -> None:
    """The help names each command and what it does."""
    listed = run("--help").stdout
    for name in COMMANDS:
        assert name in listed
        assert len(run(name, "--help").stdout.splitlines()) > 5


def test_judge_a_good_run(store: LocalStore, version: DatasetVersion) -> None:
    """The card goes to stderr, the report's reference to stdout, and the history has an entry."""
    measured_run(store, version, "r1")
    result = run("judge", "r1")
    ref = json.loads(result.stdout)
    assert (ref["run_id"], ref["verdict"], ref["reasons"]) == ("r1", "PASS", [])
    assert store.exists(ref["report"]["key"])
    assert "PASS" in result.stderr
    assert "통과" in result.stderr
    assert "bad candidates that the gate must refuse" in result.stderr
    (entry,) = call("list")
    assert (entry["run_id"], entry["verdict"], entry["report"]) == ("r1", "PASS", ref["report"])


def test_judge_a_bad_run(store: LocalStore, version: DatasetVersion) -> None:
    """One that finds nothing is refused with its reasons, after the card and the reference were printed."""
    measured_run(store, version, "r1", finds=lambda picture: ())
    result = CliRunner().invoke(gate.APP, ["judge", "r1"])
    assert isinstance(result.exception, GateRefused)
    assert "verdict FAIL by profile toy: ap50" in str(result.exception)
    assert json.loads(result.stdout)["verdict"] == "FAIL"
    assert "불합격" in result.stderr
    assert [entry["verdict"] for entry in call("list")] == ["FAIL"]
    assert call("show", "r1")["verdict"] == "FAIL"


def test_judge_by_a_named_profile(store: LocalStore, version: DatasetVersion) -> None:
    """The profile that is typed counts instead of the one that is set."""
    measured_run(store, version, "r1")
    with pytest.raises(GateRefused, match=r"by profile strict: latency\.x86-vnni"):
        run("judge", "r1", "--profile", "strict")


def test_what_was_not_done_before_is_named(store: LocalStore, version: DatasetVersion) -> None:
    """Without an export or a benchmark, the message says which command to run."""
    with pytest.raises(SafetyTasksError, match="Run export first"):
        run("judge", "r1")
    measured_run(store, version, "r1")
    store.delete("runs/r1/benchmark.json")
    with pytest.raises(SafetyTasksError, match="Run benchmark first"):
        run("judge", "r1")
    for command in ("show", "explain", "replay"):
        with pytest.raises(ObjectNotFound, match="expected a gate report in the history"):
            run(command, "r1")
    assert not list(store.keys(FOLDER))


def test_list_without_any(store: LocalStore, for_people: None) -> None:
    """An empty history is an empty list, and says so."""
    assert call("list", "--json") == []
    assert run("list").stdout == "gate history: none\n"


def test_list_for_programs(judged: LocalStore) -> None:
    """Entries are JSON, newest first; where there are older ones, stderr says so."""
    entries = call("list")
    assert [(entry["seq"], entry["run_id"], entry["verdict"]) for entry in entries] == [
        (2, "r2", "FAIL"),
        (1, "r1", "PASS"),
    ]
    result = run("list", "--newest", "1")
    assert json.loads(result.stdout) == entries[:1]
    assert "older entries" in result.stderr
    assert run("list", "--newest", "2").stderr == ""
    assert "--newest" in run("list", "--newest", "0", status=2).stderr


def test_list_for_people(
    judged: LocalStore, for_people: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In a terminal it is a table with verdicts in colour, which say the same without colours."""
    add(judged, "r2", kind="waiver", verdict=None, report=None, note="\x1b[2J by kim", at=LATER)
    shown = run("list").stdout
    for text in (
        "r1",
        "PASS",
        "r2",
        "FAIL",
        "strict",
        "waiver",
        "\\x1b[2J by kim",
        "2026-03-01T13:00:00",
    ):
        assert text in shown
    assert "\x1b" not in shown
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.delenv("NO_COLOR", raising=False)
    coloured = run("list").stdout
    assert "\x1b[1;31mFAIL" in coloured
    assert "\x1b[1;32mPASS" in coloured
    assert "\x1b[2J" not in coloured


def test_show(judged: LocalStore) -> None:
    """The card goes to stderr, the whole report to stdout."""
    result = run("show", "r2")
    assert json.loads(result.stdout)["profile"]["name"] == "strict"
    assert "FAIL" in result.stderr
    assert "불합격" in result.stderr


def test_show_for_people(judged: LocalStore, for_people: None) -> None:
    """A person sees the card alone, unless JSON is asked for."""
    result = run("show", "r1")
    assert result.stdout == ""
    assert "통과" in result.stderr
    assert call("show", "r1", "--json")["run_id"] == "r1"


def test_verify(judged: LocalStore) -> None:
    """It says how many entries prove, and the newest one's digest, to be noted elsewhere."""
    result = run("verify")
    found = json.loads(result.stdout)
    assert found["entries"] == 2
    assert found["newest"]["run_id"] == "r2"
    assert found["newest_sha256"] == sha256_bytes(judged.get(key_of(2)).payload)
    assert "proves: 2 entries" in result.stderr


def test_verify_nothing(store: LocalStore) -> None:
    """A store without a history proves nothing, and is not broken."""
    assert call("verify") == {"entries": 0, "newest": None, "newest_sha256": None}


@pytest.mark.parametrize("seq", [1, 2])
def test_verify_a_broken_history(judged: LocalStore, seq: int) -> None:
    """A removed entry is an error, in the middle and at the end."""
    judged.delete(key_of(seq))
    with pytest.raises(HistoryBroken):
        run("verify")
