"""The commands that explain a verdict and judge its evidence again, typed."""

import json

import pytest
from support.judged_runs import keep_changed
from support.typed_gate import call, run

from safety_tasks.digests import sha256_bytes
from safety_tasks.errors import ConfigError
from safety_tasks.store.local import LocalStore


def test_explain(judged: LocalStore) -> None:
    """Every check, or those of a name or kind, with meaning, formula, numbers and reasons in both languages."""
    every = call("explain", "r2")
    assert {"class_map", "self_test", "ap50.fire", "latency.x86-vnni"} <= {
        one["name"] for one in every
    }
    assert [one["name"] for one in call("explain", "r2", "recall")] == [
        "recall.smoke",
        "recall.fire",
        "recall.person_down",
    ]
    (one,) = call("explain", "r2", "latency.x86-vnni")
    assert (one["observed"], one["required"], one["margin"]) == ("20.0 ms", "at most 1.0 ms", -19.0)
    assert (one["verdict"], one["mode"]) == ("FAIL", "required")
    assert "over the budget" in one["reason"]
    assert "예산" in one["reason_ko"]
    assert "latency_p95_ms" in one["formula"]
    with pytest.raises(ConfigError, match=r"found 'no-such'.*ap50\.fire"):
        run("explain", "r2", "no-such")


def test_explain_for_people(judged: LocalStore, for_people: None) -> None:
    """In a terminal each check is a block of lines, in both languages."""
    shown = run("explain", "r2", "latency").stdout
    for text in (
        "latency.x86-vnni FAIL (required)",
        "A whole frame is fast enough",
        "프레임 하나가 충분히 빠릅니다",
        "p95 of a frame ≤ hardware.latency_p95_ms",
        "20.0 ms",
        "at most 1.0 ms",
        "1.0 ms 이하",
        "-19",
        "over the budget of 1.0 ms",
        "예산 1.0 ms",
    ):
        assert text in shown
    assert "(reported)" in run("explain", "r2", "reproducibility").stdout
    assert call("explain", "r2", "parity", "--json")[0]["name"] == "parity"


def test_a_hostile_report_cannot_steer_a_terminal(judged: LocalStore, for_people: None) -> None:
    """What a report says is shown as text: no control character and no markup is obeyed."""
    hostile = "\x1b[2J\u202e[bold red]"
    document = json.loads(judged.get("runs/r2/gate/report.json").payload)
    for check in document["checks"]:
        check |= {
            "reason": hostile,
            "reason_ko": hostile,
            "observed": hostile,
            "uncovered": [hostile],
        }
    keep_changed(judged, document)
    for words in (("explain", "r2"), ("replay", "r2")):
        shown = run(*words).stdout
        assert "\x1b" not in shown
        assert "\u202e" not in shown
    assert "\\x1b[2J\\u202e[bold red]" in run("explain", "r2", "size").stdout


def test_replay(judged: LocalStore) -> None:
    """An old verdict stands beside the one that a profile gives now; nothing is written, the status is 0."""
    before = {key: sha256_bytes(judged.get(key).payload) for key in judged.keys("")}
    found = call("replay", "r2")
    assert (found["given"], found["old"], found["new"]) == ("FAIL", "FAIL", "PASS")
    assert (found["old_policy"]["profile"], found["new_policy"]["profile"]) == ("strict", "toy")
    assert [change["name"] for change in found["changed"]] == ["latency.x86-vnni"]
    found = call("replay", "r1", "--profile", "strict")
    assert (found["old"], found["new"]) == ("PASS", "FAIL")
    assert "self-test" in found["left_out"]
    assert {key: sha256_bytes(judged.get(key).payload) for key in judged.keys("")} == before


def test_replay_for_people(judged: LocalStore, for_people: None) -> None:
    """In a terminal both verdicts, what changed and why, and what a replay leaves out."""
    shown = run("replay", "r1", "--profile", "strict").stdout
    for text in (
        "run r1, judged 2026-03-01T12:00:00",
        "old │ PASS",
        "new │ FAIL",
        "latency.x86-vnni",
        "over the budget of 1.0 ms",
        "예산 1.0 ms",
        "self-test and waivers are not part of it",
        "자체 시험과 면제는",
    ):
        assert text in shown
    assert "checks that changed: none" in run("replay", "r1").stdout
    assert call("replay", "r1", "--json")["changed"] == []


def test_replay_says_what_was_waived(judged: LocalStore, for_people: None) -> None:
    """Where the report's own word rests on more than the evidence, that is said."""
    key = "runs/r2/gate/report.json"
    document = json.loads(judged.get(key).payload) | {"verdict": "PASS"}
    for check in document["checks"]:
        if check["kind"] == "latency":
            check["waived_by"] = "w1"
    keep_changed(judged, document)
    assert "The report itself says PASS" in run("replay", "r2", "--profile", "strict").stdout
    assert "(waived by w1)" in run("explain", "r2", "latency").stdout
    assert "itself says" not in run("replay", "r1").stdout
