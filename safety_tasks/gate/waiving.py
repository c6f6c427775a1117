"""Let waivers that an approver signed take checks out of a verdict, and show every one that is in force.

Rules: a waiver counts for its run, model and profile alone, until it ends; what no policy can take out, no waiver can;
one that cannot be proved changes nothing, and is said in the log.
"""

import logging
from collections.abc import Sequence
from datetime import datetime

from safety_tasks.gate.waivers import active_waivers, read_waivers, waivers_for
from safety_tasks.records.gate import CheckResult, GateEvidence, ShownWaiver, Verdict
from safety_tasks.records.gate_policy import ALWAYS_REQUIRED, GateProfile
from safety_tasks.records.waiver import Approver, UnprovedWaiver
from safety_tasks.store.base import ObjectStore

log = logging.getLogger("safety_tasks")


def apply_waivers(
    store: ObjectStore,
    checks: Sequence[CheckResult],
    evidence: GateEvidence,
    profile: GateProfile,
    approvers: Sequence[Approver],
    at: datetime,
) -> tuple[tuple[CheckResult, ...], tuple[ShownWaiver, ...]]:
    """Return the checks with the waivers that take them out, and all waivers in force."""
    given = read_waivers(store, approvers, at=at)
    for one in given:
        if isinstance(one, UnprovedWaiver):
            log.warning("waiver %s counts for nothing: %s", one.key, one.problem)
    mine = waivers_for(
        given, evidence.exported.run_id, evidence.exported.model.sha256, profile.name, at
    )
    applied: dict[str, list[str]] = {}
    weighed = []
    for check in checks:
        covering = [g for g in mine if g.waiver.covers(check.name)]
        if check.counts is Verdict.PASS or check.kind in ALWAYS_REQUIRED or not covering:
            weighed.append(check)
            continue
        waiver_id = covering[0].waiver.waiver_id
        applied.setdefault(waiver_id, []).append(check.name)
        weighed.append(check.model_copy(update={"waived_by": waiver_id}))
    shown = [
        ShownWaiver(
            waiver_id=g.waiver.waiver_id,
            who=g.waiver.who,
            approver=g.approver,
            why=g.waiver.why,
            checks=g.waiver.checks,
            run_id=g.waiver.run_id,
            until=g.waiver.until,
            applied=tuple(applied.get(g.waiver.waiver_id, ())),
        )
        for g in active_waivers(given, at)
    ]
    return tuple(weighed), tuple(shown)
