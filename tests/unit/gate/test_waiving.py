"""A waiver takes its checks out of one verdict until it ends, changes no other, and is always shown."""

import logging
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.evidence_changes import numbers
from support.judged import FAIL, PASS, THIN, by_kind, is_worse_or_equal, judged
from support.judged_runs import PROFILE
from support.made_evidence import RUN, Changes, changed, made_evidence, made_profile
from support.signed_waivers import NOON, Signer, signer
from support.toy_measurements import toy_measurements
from support.toy_runs import toy_export
from support.waivers_by_hand import put_by_hand, signed_by
from toy_models import strong_model

from safety_tasks.gate import enforce_gate, evaluate_gate, read_gate_report, waiving
from safety_tasks.gate.results import result
from safety_tasks.gate.waivers import give_waiver
from safety_tasks.gate.waiving import apply_waivers
from safety_tasks.records.dataset import DatasetVersion
from safety_tasks.records.gate import CheckResult, ShownWaiver, combine
from safety_tasks.records.gate_policy import ALWAYS_REQUIRED, KINDS
from safety_tasks.records.waiver import GivenWaiver, ProvedWaiver, UnprovedWaiver, Waiver
from safety_tasks.store.local import LocalStore

NOTHING: Any = None  # no store and no approvers: what they hold is given


def given_waiver(*checks: str, **changes: Any) -> ProvedWaiver:
    """Return a proved waiver of the made candidate, given at noon for a week, but for what is changed."""
    values: dict[str, Any] = {
        "who": "lee",
        "why": "the gateway arrives on Monday",
        "checks": checks,
        "run_id": RUN,
        "model_sha256": "a" * 64,
        "profile": "plant",
        "given_at": NOON,
        "until": NOON + timedelta(days=7),
    }
    return ProvedWaiver(
        key="gate/waivers/w.json", waiver=Waiver.of(**values | changes), approver="kim"
    )


def applied(
    evidence: Changes, *waivers: GivenWaiver, policy: Changes | None = None
) -> tuple[tuple[CheckResult, ...], tuple[ShownWaiver, ...]]:
    """Return the made candidate's checks with waivers applied at noon."""
    checks = judged(evidence, policy).checks
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(waiving, "read_waivers", lambda *_, at: waivers if at == NOON else ())
        made = made_evidence(**evidence)
        return apply_waivers(NOTHING, checks, made, made_profile(**(policy or {})), NOTHING, NOON)


SLOW: Changes = {"latency__p95_ms": 151.0}
THIN_FIRE: Changes = {"fire__support__scenes": 4, "smoke__support__scenes": 4}


def waived(checks: tuple[CheckResult, ...]) -> list[str]:
    """Return the names of the checks that are waived."""
    return [check.name for check in checks if check.waived_by]


@pytest.mark.parametrize(
    ("evidence", "names", "expected"),
    [
        (SLOW, (), []),
        (SLOW, ("latency.x86-vnni",), ["latency.x86-vnni"]),
        (SLOW, ("latency.*",), ["latency.x86-vnni"]),
        (SLOW, ("latency.arm-dot",), []),
        (SLOW, ("load_time.*",), []),
        (THIN_FIRE, ("support.fire",), ["support.fire"]),
        (THIN_FIRE, ("support.*",), ["support.smoke", "support.fire"]),
        (SLOW | THIN_FIRE, ("support.smoke", "latency.*"), ["support.smoke", "latency.x86-vnni"]),
        ({}, ("latency.*", "support.*"), []),
    ],
)
def test_what_a_waiver_takes_out(
    evidence: Changes, names: tuple[str, ...], expected: list[str]
) -> None:
    """The checks that it names and that do not pass; what passes needs no waiver."""
    waivers = [given_waiver(*names)] if names else []
    checks, shown = applied(evidence, *waivers)
    assert waived(checks) == expected
    assert [each.applied for each in shown] == ([tuple(expected)] if names else [])
    assert {each.waived_by for each in checks if each.waived_by} <= {
        w.waiver.waiver_id for w in waivers
    }
    before = judged(evidence).checks
    assert [c.model_copy(update={"waived_by": ""}) for c in checks] == list(before)


@pytest.mark.parametrize(
    ("changes", "counts", "is_shown"),
    [
        ({}, True, True),
        ({"run_id": "r2"}, False, True),
        ({"model_sha256": "b" * 64}, False, True),
        ({"profile": "demo"}, False, True),
        ({"until": NOON + timedelta(seconds=1)}, True, True),
        ({"given_at": NOON - timedelta(days=1), "until": NOON}, False, False),
        ({"given_at": NOON + timedelta(minutes=5)}, True, True),
        ({"given_at": NOON + timedelta(minutes=6)}, False, False),
    ],
)
def test_for_what_it_counts(changes: Changes, counts: bool, is_shown: bool) -> None:
    """One run, its very model, one policy, until it ends; every waiver in force is shown, whoever it is for."""
    waiver = given_waiver("latency.*", **changes)
    checks, shown = applied(SLOW, waiver)
    assert waived(checks) == (["latency.x86-vnni"] if counts else [])
    assert [each.waiver_id for each in shown] == ([waiver.waiver.waiver_id] if is_shown else [])
    assert [each.applied for each in shown if each.applied] == (
        [("latency.x86-vnni",)] if counts else []
    )


def test_what_is_shown_of_a_waiver() -> None:
    """Who asked, who signed, why, for which checks of which run, until when, and what it took out."""
    one = given_waiver("latency.*", "size")
    _, (shown,) = applied(SLOW, one)
    assert shown == ShownWaiver(
        waiver_id=one.waiver.waiver_id,
        who="lee",
        approver="kim",
        why="the gateway arrives on Monday",
        checks=("latency.*", "size"),
        run_id=RUN,
        until=(NOON + timedelta(days=7)).isoformat(),
        applied=("latency.x86-vnni",),
    )


def test_of_two_waivers_the_first_is_named() -> None:
    """Each check is taken out by one waiver; the other is shown with what else it took out."""
    first = given_waiver("latency.*")
    second = given_waiver("latency.*", "support.*", why="scenes come in April")
    checks, shown = applied(SLOW | THIN_FIRE, first, second)
    assert [each.applied for each in shown] == [
        ("latency.x86-vnni",),
        ("support.smoke", "support.fire"),
    ]
    by = {check.name: check.waived_by for check in checks if check.waived_by}
    assert by["latency.x86-vnni"] == first.waiver.waiver_id
    assert by["support.fire"] == second.waiver.waiver_id


@pytest.mark.parametrize("kind", ALWAYS_REQUIRED)
def test_what_no_waiver_can_take_out(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Even a waiver that was proved, however it was worded, leaves these as they are."""
    waiver = given_waiver(kind, f"{kind}.*")
    monkeypatch.setattr(waiving, "read_waivers", lambda *_, at: (waiver,))
    check = result(kind, FAIL, observed="", required="", reason="", reason_ko="")  # type: ignore[arg-type]
    checks, shown = apply_waivers(NOTHING, [check], made_evidence(), made_profile(), NOTHING, NOON)
    assert checks == (check,)
    assert [each.applied for each in shown] == [()]


def test_what_is_only_reported_needs_no_waiver() -> None:
    """It does not count, so nothing takes it out."""
    checks, shown = applied(SLOW, given_waiver("latency.*"), policy={"checks__latency": "reported"})
    assert waived(checks) == []
    assert [each.applied for each in shown] == [()]


def test_one_that_cannot_be_proved_changes_nothing(caplog: pytest.LogCaptureFixture) -> None:
    """It is said in the log, hides no other, and is not shown."""
    unproved = UnprovedWaiver(key="gate/waivers/x.json", problem="no approver signed it")
    with caplog.at_level(logging.WARNING, "safety_tasks"):
        checks, shown = applied(SLOW, unproved)
        assert (waived(checks), shown) == ([], ())
        checks, shown = applied(SLOW, unproved, given_waiver("latency.*"))
    assert (waived(checks), len(shown)) == (["latency.x86-vnni"], 1)
    assert (
        caplog.messages
        == ["waiver gate/waivers/x.json counts for nothing: no approver signed it"] * 2
    )


WAIVABLE = [f"{kind}.*" for kind in KINDS if kind not in ALWAYS_REQUIRED]


@settings(deadline=None)
@given(numbers(6), st.sets(st.sampled_from(WAIVABLE), min_size=1, max_size=20))
def test_a_waiver_changes_no_other_check(changes: Changes, names: set[str]) -> None:
    """Whatever was found, only checks that it names and that refuse are taken out, and none is judged otherwise."""
    before = judged(changes)
    checks, _ = applied(changes, given_waiver(*sorted(names)))
    for old, new in zip(before.checks, checks, strict=True):
        named = f"{old.kind}.*" in names
        assert new.model_copy(update={"waived_by": ""}) == old
        assert bool(new.waived_by) is (named and old.verdict is not PASS)
    after = combine(check.counts for check in checks)
    assert is_worse_or_equal(before.verdict, after)
    left = [v for kind, v in by_kind(before).items() if f"{kind}.*" not in names]
    assert after is combine([PASS, *left])


@pytest.fixture
def kim(tmp_path: Path) -> Signer:
    """Give an approver."""
    return signer(tmp_path, "kim")


@pytest.fixture
def stranger(tmp_path: Path) -> Signer:
    """Give somebody with a key that is no approver's."""
    return signer(tmp_path, "stranger")


def test_a_signed_waiver_lets_a_run_through(
    store: LocalStore,
    version: DatasetVersion,
    kim: Signer,
    stranger: Signer,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """What an approver signed is read from the store when the run is judged again; what a stranger signed is not."""
    exported = toy_export(store, version, "r1", strong_model())
    profile = changed(PROFILE, hardware__default__latency_p95_ms=1.0, min_holdout_pictures=4)
    measured = toy_measurements(store, version, exported)

    def judge(minutes: int) -> Any:
        at = NOON + timedelta(minutes=minutes)
        return evaluate_gate(store, exported, version, measured, profile, (kim.approver,), at=at)

    facts = {"run_id": "r1", "model_sha256": exported.model.sha256, "profile": "toy"}
    forged = given_waiver("latency.*", **facts).waiver
    put_by_hand(store, signed_by(stranger, forged))
    assert judge(0).verdict is FAIL
    assert any("counts for nothing" in message for message in caplog.messages)
    slow = given_waiver("latency.x86-vnni", why="the gateway arrives on Tuesday", **facts).waiver
    give_waiver(store, slow, kim.key, (kim.approver,), at=NOON)
    ref = judge(1)
    assert ref.verdict is THIN
    assert [reason.partition(":")[0] for reason in ref.reasons] == ["holdout"]
    few = given_waiver("holdout", **facts).waiver
    give_waiver(store, few, kim.key, (kim.approver,), at=NOON)
    ref = judge(2)
    report = read_gate_report(store, ref)
    assert (ref.verdict, ref.reasons) == (PASS, ())
    by_name = {check.name: check for check in report.checks}
    assert by_name["latency.x86-vnni"].verdict is FAIL
    assert by_name["latency.x86-vnni"].waived_by == slow.waiver_id
    assert {each.waiver_id for each in report.waivers} == {slow.waiver_id, few.waiver_id}
    assert enforce_gate(store, ref, at=NOON + timedelta(days=6)).verdict is PASS
    with pytest.raises(Exception, match="it rests on waivers that have ended"):
        enforce_gate(store, ref, at=NOON + timedelta(days=7))
