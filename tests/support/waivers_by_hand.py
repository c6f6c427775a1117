"""Waivers put into the bucket by hand, asking nobody."""

from typing import Any

from support.signed_waivers import MODEL, NOON, Signer

from safety_tasks.gate.waivers import FOLDER, PURPOSE, active_waivers, read_waivers, waivers_for
from safety_tasks.records.waiver import Approver, SignedWaiver, UnprovedWaiver, Waiver
from safety_tasks.signing import sign
from safety_tasks.store.base import ObjectStore


def signed_by(by: Signer, terms: Waiver, purpose: str = PURPOSE) -> SignedWaiver:
    """Sign a waiver, asking nobody."""
    return SignedWaiver(waiver=terms, signature=sign(by.key, terms.to_json_bytes(), purpose))


def put_by_hand(store: ObjectStore, one: SignedWaiver) -> str:
    """Put a waiver into the bucket by hand, at its place."""
    key = f"{FOLDER}{one.waiver.waiver_id}.json"
    store.put(key, one.to_json_bytes())
    return key


def only_problem(store: ObjectStore, approvers: tuple[Approver, ...], **more: Any) -> str:
    """Return the one problem there is, after proving that nothing counts."""
    found = read_waivers(store, approvers, **more)
    assert active_waivers(found, NOON) == waivers_for(found, "r1", MODEL, "plant", NOON) == ()
    (problem,) = found
    assert isinstance(problem, UnprovedWaiver)
    return problem.problem
