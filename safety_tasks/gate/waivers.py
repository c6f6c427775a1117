"""Give waivers and read the ones that were given.

Rules: a waiver counts only where an approver signed it, as it is stored, whatever else the bucket says; one that does
not prove is listed with its problem, hides no other and is never applied; some checks nobody can waive; a waiver ends
by itself, and is never written over.
"""

from collections import deque
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from safety_tasks.errors import SafetyTasksError, SignatureRefused, WaiverRefused
from safety_tasks.gate.history import append, one_line, read_history
from safety_tasks.records.gate_policy import ALWAYS_REQUIRED, KINDS
from safety_tasks.records.waiver import (
    Approver,
    GivenWaiver,
    ProvedWaiver,
    SignedWaiver,
    UnprovedWaiver,
    Waiver,
)
from safety_tasks.signing import sign, verify
from safety_tasks.store.base import Entry, ObjectStore, put_artifact

FOLDER: Final = "gate/waivers/"
PURPOSE: Final = "waiver/1"
MAX_BYTES: Final = 16 * 1024
MAX_READ: Final = 1000
# Kinds of checks without which no other number means anything.
NEVER_WAIVED: Final = ALWAYS_REQUIRED


def give_waiver(
    store: ObjectStore,
    waiver: Waiver,
    key: Ed25519PrivateKey,
    approvers: Sequence[Approver],
    *,
    at: datetime | None = None,
) -> SignedWaiver:
    """Sign a waiver and store it; the same again changes nothing.

    Args:
        store: where it goes, under ``gate/waivers/``.
        waiver: what it says.
        key: an approver's.
        approvers: whose keys count.
        at: the time, with its zone; now by default.

    Raises:
        WaiverRefused: nobody may waive such a check, there is none of that kind, the key is not an approver's, the
            waiver has ended, or its time lies in the future.
        PreconditionFailed: another approver signed the same waiver already.
        HistoryBroken: the history was altered; the waiver is stored, and is not in it.
    """
    at = at or datetime.now(UTC)
    _require_waivable(waiver)
    _require_not_early(waiver, at)
    if not waiver.is_active(at):
        raise WaiverRefused(
            f"waiver {waiver.waiver_id}: expected an end after now ({at.isoformat(timespec='seconds')}), found "
            f"{waiver.until}. Give a later end."
        )
    payload = waiver.to_json_bytes()
    signed = SignedWaiver(waiver=waiver, signature=sign(key, payload, PURPOSE))
    try:
        verify(approvers, signed.signature, payload, PURPOSE)
    except SignatureRefused as problem:
        raise WaiverRefused(f"waiver {waiver.waiver_id}: {problem}") from problem
    known = store.exists(_key_of(waiver))
    put_artifact(store, _key_of(waiver), signed.to_json_bytes())
    note = one_line(
        f"{', '.join(waiver.checks)} until {waiver.until} by {waiver.who}: {waiver.why}"
    )
    # A crash behind the waiver itself leaves its entry out, so that one given again may have none yet.
    if not (known and _is_remembered(store, waiver, note)):
        append(
            store,
            at=at,
            kind="waiver",
            run_id=waiver.run_id,
            model_sha256=waiver.model_sha256,
            profile=waiver.profile,
            note=note,
        )
    return signed


def read_waivers(
    store: ObjectStore, approvers: Sequence[Approver], *, at: datetime | None = None
) -> tuple[GivenWaiver, ...]:
    """Return every stored waiver, proved or with its problem, in the order in which they were given.

    Args:
        store: where they are; of more than ``MAX_READ`` the first are not read, which is one problem more.
        approvers: whose keys count now.
        at: the time, with its zone, after which a waiver cannot have been given; None leaves that to
            ``active_waivers``.
    """
    total, newest = 0, deque[Entry](maxlen=MAX_READ)
    for entry in store.entries(FOLDER):
        total += 1
        newest.append(entry)
    found: list[GivenWaiver] = []
    if total > MAX_READ:
        problem = (
            f"expected at most {MAX_READ} waivers, found {total}: the first {total - MAX_READ} by name were not read "
            "and count for nothing. Remove those that ended."
        )
        found.append(UnprovedWaiver(key=FOLDER, problem=problem))
    for entry in newest:
        try:
            found.append(_read_one(store, entry, approvers, at))
        except SafetyTasksError as problem:
            found.append(UnprovedWaiver(key=entry.key, problem=str(problem)))
    return tuple(found)


def active_waivers(given: Iterable[GivenWaiver], at: datetime) -> tuple[ProvedWaiver, ...]:
    """Return the proved waivers that count at a time, with its zone."""
    return tuple(g for g in given if isinstance(g, ProvedWaiver) and g.waiver.is_active(at))


def waivers_for(
    given: Iterable[GivenWaiver], run_id: str, model_sha256: str, profile: str, at: datetime
) -> tuple[ProvedWaiver, ...]:
    """Return the waivers that count for this run, this very model and this profile at a time."""
    wanted = (run_id, model_sha256, profile)
    return tuple(
        one
        for one in active_waivers(given, at)
        if (one.waiver.run_id, one.waiver.model_sha256, one.waiver.profile) == wanted
    )


def _is_remembered(store: ObjectStore, waiver: Waiver, note: str) -> bool:
    about = (waiver.run_id, waiver.model_sha256, waiver.profile, note)
    return any(
        entry.kind == "waiver"
        and (entry.run_id, entry.model_sha256, entry.profile, entry.note) == about
        for entry in read_history(store)
    )


def _read_one(
    store: ObjectStore, entry: Entry, approvers: Sequence[Approver], at: datetime | None
) -> ProvedWaiver:
    payload = store.get(entry.key, MAX_BYTES).payload
    signed = SignedWaiver.from_json_bytes(payload, what=entry.key, error=WaiverRefused)
    waiver = signed.waiver
    if entry.key != _key_of(waiver):
        raise WaiverRefused(
            f"{entry.key}: expected waiver {waiver.waiver_id} at {_key_of(waiver)}, found a copy of it here. Remove it."
        )
    approver = verify(approvers, signed.signature, waiver.to_json_bytes(), PURPOSE)
    _require_waivable(waiver)
    if at is not None:
        _require_not_early(waiver, at)
    return ProvedWaiver(key=entry.key, waiver=waiver, approver=approver.name)


def _require_waivable(waiver: Waiver) -> None:
    for name in waiver.checks:
        kind = name.partition(".")[0]
        if kind in NEVER_WAIVED:
            raise WaiverRefused(
                f"waiver {waiver.waiver_id}: expected checks that can be waived, found {name}. Nobody can waive "
                f"{', '.join(NEVER_WAIVED)}: without them no other number means anything."
            )
        if kind not in KINDS:
            raise WaiverRefused(
                f"waiver {waiver.waiver_id}: expected a check as a gate report names it, found {name!r}. Kinds are "
                f"{', '.join(kind for kind in KINDS if kind not in NEVER_WAIVED)}."
            )


def _require_not_early(waiver: Waiver, at: datetime) -> None:
    if waiver.is_early(at):
        raise WaiverRefused(
            f"waiver {waiver.waiver_id}: expected that it was given by now ({at.isoformat(timespec='seconds')}), found "
            f"{waiver.given_at}. Set the clock of the machine that is wrong, and give it anew."
        )


def _key_of(waiver: Waiver) -> str:
    return f"{FOLDER}{waiver.waiver_id}.json"
