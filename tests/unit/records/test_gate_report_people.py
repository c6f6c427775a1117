"""What people add to a gate report: waivers that end, and a yes or no that changes nothing else."""

from datetime import datetime
from typing import Literal

import pytest
from support.judged import FAIL, PASS
from support.made_evidence import made_profile
from support.plain_reports import CHANNELS, NOON, SECOND, Channel, check, report, waiver

from safety_tasks.records.gate import (
    Approval,
)


@pytest.mark.parametrize(
    ("until", "applied", "refused"),
    [
        (NOON + SECOND, ("latency.m",), False),
        (NOON, ("latency.m",), True),
        (NOON - SECOND, ("latency.m",), True),
        (NOON - SECOND, (), False),
        (NOON + SECOND, (), False),
    ],
)
def test_a_waiver_that_ended(until: datetime, applied: tuple[str, ...], refused: bool) -> None:
    """A report rests on its waivers until they end, not a moment longer, and on no other's."""
    checks = (check("m", FAIL, waived_by="w1"),)
    one = report(checks=checks, waivers=(waiver(until, *applied),))
    assert one.verdict is PASS
    ended = f"it rests on waivers that have ended: w1 until {until.isoformat()}"
    for channel in CHANNELS:
        assert one.refusal(channel, NOON) == (ended if refused else "")


def test_a_waiver_ends_in_every_time_zone_at_once() -> None:
    """Its end is a moment, however it is written."""
    checks = (check("m", FAIL, waived_by="w1"),)
    seoul = datetime.fromisoformat("2026-11-24T21:00:00+09:00")
    one = report(checks=checks, waivers=(waiver(seoul, "latency.m"),))
    assert not one.refusal("stable", NOON - SECOND)
    assert one.refusal("stable", NOON)


@pytest.mark.parametrize("channel", CHANNELS)
@pytest.mark.parametrize(
    ("decision", "expected"),
    [
        ("approved", ""),
        ("rejected", "it was rejected by kim"),
        ("timed_out", "it was timed out by kim"),
    ],
)
def test_what_a_person_decided(
    channel: Channel, decision: Literal["approved", "rejected", "timed_out"], expected: str
) -> None:
    """Nothing is published after a no, or after no answer in time."""
    approval = Approval(decision=decision, who="kim", at=NOON.isoformat())
    assert report(PASS, approval=approval).refusal(channel, NOON) == expected


def test_nobody_can_approve_what_the_gate_refuses() -> None:
    """A yes does not change a verdict."""
    approval = Approval(decision="approved", who="kim", at=NOON.isoformat())
    assert report(FAIL, approval=approval).refusal("stable", NOON).startswith("verdict FAIL")


@pytest.mark.parametrize(
    ("asks", "decided", "stable"),
    [(False, False, False), (False, True, False), (True, False, True), (True, True, False)],
)
def test_who_must_still_say_yes(asks: bool, decided: bool, stable: bool) -> None:
    """A person is asked before stable alone, where the policy wants it, and once."""
    approval = Approval(decision="rejected", who="kim", at=NOON.isoformat()) if decided else None
    profile = made_profile(approval_before_stable=asks)
    one = report(PASS, profile=profile, approval=approval)
    assert one.needs_approval("stable") is stable
    assert one.needs_approval("canary") is False
