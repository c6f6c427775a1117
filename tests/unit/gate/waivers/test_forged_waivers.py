"""What somebody put into the bucket by hand is listed as a problem, hides no waiver, and never counts."""

import json
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from support.signed_waivers import MODEL, NOON, Signer, waiver
from support.waivers_by_hand import only_problem, put_by_hand, signed_by

from safety_tasks.digests import canonical_json
from safety_tasks.gate.waivers import (
    FOLDER,
    active_waivers,
    give_waiver,
    read_waivers,
    waivers_for,
)
from safety_tasks.records.waiver import (
    Approver,
    UnprovedWaiver,
    Waiver,
)
from safety_tasks.store.local import LocalStore


def test_a_forged_waiver_is_shown_and_not_applied(
    local_store: LocalStore, kim: Signer, stranger: Signer, approvers: tuple[Approver, ...]
) -> None:
    """Whoever can write the bucket signs with a key of their own: it is listed as a problem beside the real one."""
    real = give_waiver(local_store, waiver(), kim.key, approvers, at=NOON).waiver
    forged = put_by_hand(local_store, signed_by(stranger, waiver(checks=("incidents", "recall.*"))))
    found = read_waivers(local_store, approvers, at=NOON)
    assert {one.key for one in found if isinstance(one, UnprovedWaiver)} == {forged}
    assert [one.waiver for one in active_waivers(found, NOON)] == [real]
    assert not any(
        one.waiver.covers("incidents") for one in waivers_for(found, "r1", MODEL, "plant", NOON)
    )


def test_an_approver_who_left_counts_no_more(
    local_store: LocalStore, kim: Signer, stranger: Signer, approvers: tuple[Approver, ...]
) -> None:
    """Without their line, all that they signed is out of force."""
    give_waiver(local_store, waiver(), kim.key, approvers, at=NOON)
    assert "which is none's" in only_problem(local_store, (stranger.approver,))
    assert "(nobody)" in only_problem(local_store, ())


@pytest.mark.parametrize(
    "change",
    [
        {"until": (NOON + timedelta(days=30)).isoformat()},
        {"checks": ["incidents"]},
        {"run_id": "r2"},
        {"model_sha256": "b" * 64},
        {"who": "Lee"},
    ],
)
def test_an_altered_waiver_is_not_applied(
    local_store: LocalStore, kim: Signer, approvers: tuple[Approver, ...], change: dict[str, Any]
) -> None:
    """Other words under the approver's signature fit neither the old id nor, with the right id, the signature."""
    one = signed_by(kim, waiver())
    altered = one.to_dict()
    altered["waiver"] |= change
    key = f"{FOLDER}{one.waiver.waiver_id}.json"
    local_store.put(key, canonical_json(altered))
    assert "which follows from what it says" in only_problem(local_store, approvers)
    local_store.delete(key)
    times = {
        name: datetime.fromisoformat(altered["waiver"][name]) for name in ("given_at", "until")
    }
    terms = {key: value for key, value in altered["waiver"].items() if key != "waiver_id"}
    again = Waiver.of(**terms | times | {"checks": tuple(terms["checks"])})
    put_by_hand(local_store, one.model_copy(update={"waiver": again}))
    assert "does not fit" in only_problem(local_store, approvers)


def test_a_signature_for_something_else_is_not_a_waiver(
    local_store: LocalStore, kim: Signer, approvers: tuple[Approver, ...]
) -> None:
    """What an approver signed for another purpose waives nothing."""
    put_by_hand(local_store, signed_by(kim, waiver(), "approval/1"))
    assert "does not fit" in only_problem(local_store, approvers)


def test_a_copy_elsewhere_is_not_a_second_waiver(
    local_store: LocalStore, kim: Signer, approvers: tuple[Approver, ...]
) -> None:
    """A real waiver under another name is named as a copy, and does not count twice."""
    one = give_waiver(local_store, waiver(), kim.key, approvers, at=NOON)
    local_store.put(f"{FOLDER}deep/copy.json", one.to_json_bytes())
    found = read_waivers(local_store, approvers)
    assert len(active_waivers(found, NOON)) == 1
    (copy,) = (each for each in found if isinstance(each, UnprovedWaiver))
    assert (copy.key, "found a copy" in copy.problem) == (f"{FOLDER}deep/copy.json", True)


def test_broken_objects_hide_no_waiver(
    local_store: LocalStore, kim: Signer, approvers: tuple[Approver, ...], tmp_path: Path
) -> None:
    """Nothing, junk, no UTF-8, too deep, too large, a link out: each is a problem, and the real one counts."""
    one = give_waiver(local_store, waiver(), kim.key, approvers, at=NOON)
    big = one.to_dict() | {"format": "x" * 17_000}
    broken = {
        "0.json": b"",
        "1.json": b"{}",
        "2.json": b"null",
        "3.json": b"\xff\xfe\x00",
        "4.json": b"[" * 9_000,
        "5.json": json.dumps(big).encode(),
        "6.json": canonical_json(one.to_dict() | {"format": "safety-waiver/2"}),
        "7.json": canonical_json({"format": "safety-waiver/1", "waiver": one.waiver.to_dict()}),
        "z.txt": b"a note",
    }
    for name, payload in broken.items():
        local_store.put(FOLDER + name, payload)
    outside = tmp_path / "outside.json"
    outside.write_bytes(one.to_json_bytes())
    (Path(local_store.uri) / FOLDER / "link.json").symlink_to(outside)
    found = read_waivers(local_store, approvers, at=NOON)
    problems = {each.key: each.problem for each in found if isinstance(each, UnprovedWaiver)}
    assert set(problems) == {FOLDER + name for name in (*broken, "link.json")}
    assert all(problems.values())
    assert "expected at most 16384 bytes" in problems[FOLDER + "5.json"]
    assert "signature" in problems[FOLDER + "7.json"]
    assert [each.waiver for each in active_waivers(found, NOON)] == [one.waiver]


@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_any_flipped_bit_of_a_stored_waiver_counts_for_nothing(
    local_store: LocalStore, kim: Signer, approvers: tuple[Approver, ...], data: st.DataObject
) -> None:
    """Whatever bit of the object turns, it is a problem, unless the JSON still says the very same."""
    one = signed_by(kim, waiver())
    payload = bytearray(one.to_json_bytes())
    bit = data.draw(st.integers(0, len(payload) * 8 - 1))
    payload[bit // 8] ^= 1 << bit % 8
    key = put_by_hand(local_store, one)
    local_store.put(key, bytes(payload))
    (found,) = read_waivers(local_store, approvers)
    assert isinstance(found, UnprovedWaiver)
