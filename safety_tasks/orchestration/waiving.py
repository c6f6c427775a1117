"""The task of ``waive_gate_check``, and its form: sign a waiver for checks of one run.

Rules: who waived is who triggered the run, as Airflow knows them, never a field of the form; a check that the run's
report does not name is refused, since a typing error would waive nothing; a try that was cut gives the same waiver.
"""

import logging
from collections.abc import Mapping
from datetime import UTC, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from airflow.sdk import Param

from safety_tasks.errors import ConfigError, WaiverRefused
from safety_tasks.orchestration.forms import profile_field
from safety_tasks.orchestration.runtime import runtime
from safety_tasks.records.waiver import LONGEST

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    from safety_tasks.records.gate import GateReport
    from safety_tasks.records.waiver import Waiver
    from safety_tasks.settings import GateSettings

log = logging.getLogger("safety_tasks")


def waiver_form() -> dict[str, Param]:
    """Return the form of ``waive_gate_check``."""
    return {
        "run_id": Param(
            type="string",
            minLength=1,
            maxLength=200,
            title="Run",
            description="The training run's id, as its gate report has it.",
        ),
        "checks": Param(
            type="array",
            items={"type": "string", "minLength": 1, "maxLength": 200},
            minItems=1,
            maxItems=20,
            title="Checks",
            description="One a line, by its full name in the report, such as latency.x86-vnni; a last .* stands for "
            "all of a kind.",
        ),
        "why": Param(
            type="string",
            minLength=10,
            maxLength=500,
            title="Reason",
            description="Why this may reach cameras all the same: 10 to 500 characters, shown on every card.",
        ),
        "days": Param(
            7,
            type="integer",
            minimum=1,
            maximum=LONGEST.days,
            title="Days",
            description=f"1-{LONGEST.days}: when it ends by itself.",
        ),
        "profile": profile_field("The gate profile that it is for."),
    }


def waive(context: Mapping[str, Any]) -> dict[str, Any]:
    """Sign the waiver that the form asks for, store it, and return its id, its end and what to do next.

    Raises:
        ConfigError: there is no key to sign with.
        WaiverRefused: nobody triggered this, the report has no such check, or nobody may waive it.
    """
    from safety_tasks.gate import find_gate_report, read_gate_report
    from safety_tasks.gate.waivers import give_waiver
    from safety_tasks.profiles import load_profile
    from safety_tasks.records.waiver import Waiver
    from safety_tasks.signing import load_approvers

    settings, store = runtime()
    form, run = context["params"], context["dag_run"]
    key = _key(settings.gate)
    who = run.triggering_user_name
    if not who:
        raise WaiverRefused(
            "expected a person who triggered this, found none. A waiver needs a name: trigger it by hand."
        )
    report = read_gate_report(store, find_gate_report(store, form["run_id"]))
    given_at = run.run_after.astimezone(UTC).replace(microsecond=0)
    waiver = Waiver.of(
        who=who,
        why=" ".join(form["why"].split()),
        checks=tuple(dict.fromkeys(name.strip() for name in form["checks"])),
        run_id=report.run_id,
        model_sha256=report.model_sha256,
        profile=load_profile(form["profile"] or settings.retrain.profile).name,
        given_at=given_at,
        until=given_at + timedelta(days=form["days"]),
    )
    _require_known(waiver, report)
    approvers = load_approvers()
    give_waiver(store, waiver, key, approvers)
    again = f"safety-tasks gate judge {report.run_id}"
    following = f"clear the task judge of its retrain_detector run, with what follows, or: {again}"
    log.info(
        "waiver %s: %s of run %s until %s. It counts once the gate judges again: %s",
        waiver.waiver_id,
        ", ".join(waiver.checks),
        waiver.run_id,
        waiver.until,
        following,
    )
    return {
        "waiver_id": waiver.waiver_id,
        "run_id": waiver.run_id,
        "until": waiver.until,
        "next": following,
    }


def _key(settings: "GateSettings") -> "Ed25519PrivateKey":
    from safety_tasks.signing import load_key, read_passphrase

    if not settings.approver_key_file:
        raise ConfigError(
            "gate.approver_key_file: expected the file of an approver's private key to sign with, found none. Set it "
            "in pipeline.toml where tasks run, or sign on the machine that has the key: safety-tasks gate waive RUN."
        )
    secret = settings.approver_passphrase_file
    passphrase = read_passphrase(Path(secret)) if secret else None
    return load_key(Path(settings.approver_key_file), passphrase)


def _require_known(waiver: "Waiver", report: "GateReport") -> None:
    """Refuse a check that the report does not have."""
    names = [check.name for check in report.checks]
    unknown = [
        wanted
        for wanted in waiver.checks
        if not any(waiver.model_copy(update={"checks": (wanted,)}).covers(name) for name in names)
    ]
    if unknown:
        refusing = ", ".join(check.name for check in report.refusing) or "none"
        raise WaiverRefused(
            f"run {report.run_id}: expected checks that its report has, found {', '.join(unknown)}. Those that keep it "
            f"from PASS: {refusing}."
        )
