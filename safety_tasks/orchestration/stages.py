"""The tasks of ``retrain_detector``: build the records, call the verb, return plain types.

Rules: no logic here beyond that; heavy imports inside each function, since a task imports only its own stage.
"""

from collections.abc import Mapping
from typing import Any

from safety_tasks.orchestration.runtime import runtime
from safety_tasks.store.stage_notes import note_progress, timed


def plan(context: Mapping[str, Any]) -> dict[str, Any]:
    """Resolve the form; skip a scheduled run that would find out nothing new."""
    from airflow.sdk.exceptions import AirflowSkipException

    from safety_tasks.orchestration.planning import equals_last_run, plan_run
    from safety_tasks.store.manifests import read_current

    settings, store = runtime()
    scheduled = context["dag_run"].run_type == "scheduled"
    if scheduled and read_current(store) is None:
        raise AirflowSkipException("no dataset version is current yet: deliver a batch first")
    planned = plan_run(store, settings, context["params"], context["run_id"])
    last = equals_last_run(store, planned)
    if last and scheduled:
        raise AirflowSkipException(
            f"dataset {planned.dataset_version}, recipe {planned.recipe.name} and code equal those of run "
            f"{last}: nothing to find out. Trigger it by hand to run anyway."
        )
    return planned.to_dict()


def check_dataset(context: Mapping[str, Any], plan: Mapping[str, Any]) -> dict[str, Any]:
    """Return the validation report of the planned version."""
    from safety_tasks.store.manifests import read_version
    from safety_tasks.validate import validate_dataset

    settings, store = runtime()
    with timed(store, context["run_id"], "check_dataset"):
        version = read_version(store, plan["dataset_version"])
        return validate_dataset(store, version, settings.ingest).to_dict()


def train(
    context: Mapping[str, Any], plan: Mapping[str, Any], validation: Mapping[str, Any]
) -> dict[str, Any]:
    """Train in this worker and return the run."""
    from safety_tasks.records.dataset import ValidationReport
    from safety_tasks.records.training import RunPlan
    from safety_tasks.store.manifests import read_version
    from safety_tasks.train import train_candidate

    settings, store = runtime()
    planned = RunPlan.model_validate(plan)
    note = note_progress(store, context["run_id"], "train", "epochs")
    with timed(store, context["run_id"], "train"):
        run = train_candidate(
            store,
            read_version(store, planned.dataset_version),
            ValidationReport.model_validate(validation),
            planned.recipe,
            planned.run_id,
            settings.train,
            progress=lambda epoch: note(epoch.number, epoch.total),
        )
    return run.to_dict()


def export(
    context: Mapping[str, Any], plan: Mapping[str, Any], training: Mapping[str, Any]
) -> dict[str, Any]:
    """Export the reference model and its edge variants, and return them."""
    from safety_tasks.export import export_candidate
    from safety_tasks.profiles import load_profile
    from safety_tasks.records.training import RunPlan, TrainingRun
    from safety_tasks.store.manifests import read_version

    settings, store = runtime()
    run = TrainingRun.model_validate(training)
    profile = load_profile(RunPlan.model_validate(plan).profile)
    note = note_progress(store, context["run_id"], "export", "steps")
    with timed(store, context["run_id"], "export"):
        return export_candidate(
            store,
            run,
            read_version(store, run.dataset_version),
            settings.export,
            settings.operating_point,
            profile.int8_budget,
            progress=lambda what, done, total: note(done, total),
        ).to_dict()


def benchmark(context: Mapping[str, Any], exported: Mapping[str, Any]) -> dict[str, Any]:
    """Measure candidate and champion."""
    from safety_tasks.benchmark import benchmark_candidate
    from safety_tasks.records.model import ExportedModel
    from safety_tasks.store.manifests import read_version

    settings, store = runtime()
    model = ExportedModel.model_validate(exported)
    version = read_version(store, model.dataset_version)
    note = note_progress(store, context["run_id"], "benchmark", "pictures")
    with timed(store, context["run_id"], "benchmark"):
        return benchmark_candidate(
            store, model, version, settings.benchmark, progress=note
        ).to_dict()


def judge(
    context: Mapping[str, Any],
    plan: Mapping[str, Any],
    exported: Mapping[str, Any],
    measured: Mapping[str, Any],
) -> dict[str, Any]:
    """Evaluate the gate and return the report's reference."""
    from safety_tasks.gate import evaluate_gate
    from safety_tasks.orchestration.planning import remember_run
    from safety_tasks.profiles import load_profile
    from safety_tasks.records.model import ExportedModel, Measurements
    from safety_tasks.records.training import RunPlan
    from safety_tasks.signing import load_approvers
    from safety_tasks.store.manifests import read_version

    _, store = runtime()
    planned, model = RunPlan.model_validate(plan), ExportedModel.model_validate(exported)
    note = note_progress(store, context["run_id"], "judge", "bad candidates")
    with timed(store, context["run_id"], "gate"):
        ref = evaluate_gate(
            store,
            model,
            read_version(store, model.dataset_version),
            Measurements.model_validate(measured),
            load_profile(planned.profile),
            load_approvers(),
            progress=note,
        )
        remember_run(store, planned)
    return ref.to_dict()


def tell_verdict(ref: Mapping[str, Any]) -> dict[str, Any]:
    """Log the card, count the checks, and return what the event of the report carries."""
    from safety_tasks.gate import read_gate_report
    from safety_tasks.orchestration.gate_events import count_checks, event_extra, log_cards
    from safety_tasks.records.gate import GateReportRef

    _, store = runtime()
    found = GateReportRef.model_validate(ref)
    report = read_gate_report(store, found)
    log_cards(report)
    count_checks(report)
    return event_extra(report, found, store.uri)


def enforce_gate(plan: Mapping[str, Any], ref: Mapping[str, Any]) -> None:
    """Raise unless the report lets the candidate go on to the planned channel."""
    from safety_tasks.gate import enforce_gate as enforce
    from safety_tasks.records.gate import GateReportRef
    from safety_tasks.records.training import RunPlan

    _, store = runtime()
    enforce(store, GateReportRef.model_validate(ref), RunPlan.model_validate(plan).channel)


def publish(
    context: Mapping[str, Any],
    plan: Mapping[str, Any],
    ref: Mapping[str, Any] | None,
    exported: Mapping[str, Any],
) -> dict[str, Any]:
    """Publish and return the release.

    Args:
        context: of the task.
        plan: the ``RunPlan`` as a dict.
        ref: what ``approve`` returned; None where that task was marked by hand and so decided nothing.
        exported: the ``ExportedModel`` as a dict.
    """
    from safety_tasks.errors import GateRefused
    from safety_tasks.records.gate import GateReportRef
    from safety_tasks.records.model import ExportedModel
    from safety_tasks.records.training import RunPlan
    from safety_tasks.release import publish_release
    from safety_tasks.store.manifests import read_version

    if ref is None:
        raise GateRefused(
            "expected the report that approve went on with, found none: the task was marked by hand, which approves "
            "nothing. Nothing was published: clear approve, and answer it."
        )
    settings, store = runtime()
    model = ExportedModel.model_validate(exported)
    with timed(store, context["run_id"], "publish"):
        release = publish_release(
            store,
            GateReportRef.model_validate(ref),
            model,
            read_version(store, model.dataset_version),
            RunPlan.model_validate(plan).channel,
            settings.release,
        )
    return release.to_dict()
