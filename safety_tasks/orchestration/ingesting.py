"""The tasks of ``ingest_labeled_images``: build the records, call the verb, return plain types.

Rules: no logic here beyond that; heavy imports inside each function, since a task imports only its own stage; a batch
that is refused is a result, not a failure of the task, so that it does not hold up the others: one task goes red for
all of them at the end.
"""

import logging
from collections.abc import Mapping, Sequence
from typing import Any, Final

from safety_tasks.orchestration.runtime import runtime
from safety_tasks.store.stage_notes import note_progress, timed

log = logging.getLogger("safety_tasks")
_LOOKED_AT: Final = (
    2000  # pictures that the champion looks at in one run: minutes; the next run goes on
)


def find_batches(context: Mapping[str, Any]) -> list[str]:
    """Return the batches to take in: the one that the form names, else all that are complete and new."""
    from airflow.sdk.exceptions import AirflowSkipException

    from safety_tasks.ingest import find_batches as find

    settings, store = runtime()
    named = context["params"]["batch"]
    listing = find(store, settings.ingest)
    log.info(
        "incoming/: pending %s, waiting for _READY %s, stuck %s, refused %s",
        *(
            list(part)
            for part in (listing.pending, listing.waiting, listing.stuck, listing.quarantined)
        ),
    )
    batches = [named] if named else list(listing.pending)
    if not batches:
        raise AirflowSkipException("nothing new under incoming/: no batch is complete and new")
    return batches


def take_in(context: Mapping[str, Any], batch: str) -> dict[str, Any]:
    """Take in one batch; return its intake, or why it was refused."""
    from safety_tasks.errors import BatchError
    from safety_tasks.ingest import take_in_pending

    settings, store = runtime()
    number = context["ti"].map_index
    stage = "ingest" if number in (-1, 0) else f"ingest-{number}"
    with timed(store, context["run_id"], stage):
        try:
            intake = take_in_pending(
                store,
                batch,
                settings.ingest,
                settings.classes,
                progress=note_progress(store, context["run_id"], stage, "pictures"),
            )
        except BatchError as problem:
            log.error("%s was refused: %s", batch, problem)
            return {"batch": batch, "intake": None, "refused": str(problem)}
    return {"batch": batch, "intake": intake and intake.to_dict(), "refused": ""}


def merge(context: Mapping[str, Any], taken: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Make the next version of what was taken in."""
    from airflow.sdk.exceptions import AirflowSkipException

    from safety_tasks.ingest import merge_taken

    settings, store = runtime()
    refused = {each["batch"]: each["refused"] for each in taken if each["refused"]}
    with timed(store, context["run_id"], "merge"):
        outcome = merge_taken(
            store,
            _intakes(taken),
            settings.ingest,
            settings.classes,
            refused=refused,
            base_version=_current(),
        )
    if outcome.version is None:
        raise AirflowSkipException("the current version holds all of it already")
    return outcome.to_dict()


def validate(context: Mapping[str, Any], outcome: Mapping[str, Any]) -> dict[str, Any]:
    """Judge the new version; batches of one that fails are set aside, else every tick would fail on them again."""
    from safety_tasks.errors import ValidationFailed
    from safety_tasks.ingest import refuse_batch
    from safety_tasks.records.dataset import DatasetVersion
    from safety_tasks.validate import validate_dataset

    settings, store = runtime()
    version = DatasetVersion.model_validate(outcome["version"])
    with timed(store, context["run_id"], "validate"):
        try:
            return validate_dataset(store, version, settings.ingest).to_dict()
        except ValidationFailed as problem:
            for batch in outcome["ingested"]:
                refuse_batch(store, batch, str(problem))
            raise


def make_current(
    taken: Sequence[Mapping[str, Any]], outcome: Mapping[str, Any], report: Mapping[str, Any]
) -> str:
    """Make the version current; if another ingest came first, merge onto its version and judge again."""
    from safety_tasks.errors import PreconditionFailed
    from safety_tasks.ingest import merge_batches
    from safety_tasks.records.dataset import DatasetVersion, ValidationReport
    from safety_tasks.validate import adopt_version
    from safety_tasks.validate import make_current as point

    settings, store = runtime()
    version = DatasetVersion.model_validate(outcome["version"])
    try:
        point(store, version, ValidationReport.model_validate(report))
    except PreconditionFailed as problem:
        log.warning("%s Merging anew.", problem)
        good = [intake for intake in _intakes(taken) if intake.batch_id in outcome["ingested"]]

        def build(base_version: str | None) -> DatasetVersion:
            return merge_batches(
                store, good, settings.ingest, settings.classes, base_version=base_version
            )

        version, _ = adopt_version(store, build, settings.ingest)
    return str(version.version_id)


def describe(context: Mapping[str, Any], version_id: str) -> dict[str, str]:
    """Write the review queue and the dataset report; return their URIs."""
    from safety_tasks.store.manifests import read_version
    from safety_tasks.validate import report_dataset, review_labels

    _, store = runtime()
    version = read_version(store, version_id)
    with timed(store, context["run_id"], "describe"):
        note = note_progress(store, context["run_id"], "describe", "pictures")
        review = review_labels(store, version, most_new=_LOOKED_AT, progress=note)
        report = report_dataset(store, version, review=review)
    log.info("report: %s/%s", store.uri, report.key)
    links = {"report": f"{store.uri}/{report.key}"}
    if review.queue is not None:
        links["review"] = f"{store.uri}/{review.queue.key}"
    return links


def report_refused(outcome: Mapping[str, Any]) -> None:
    """Raise if a batch was refused."""
    from safety_tasks.errors import BatchError

    if outcome["refused"]:
        raise BatchError(" | ".join(outcome["refused"].values()))


def report_stuck() -> None:
    """Raise once for a batch that has been without its marker for too long."""
    from safety_tasks.errors import BatchError
    from safety_tasks.ingest import find_batches as find
    from safety_tasks.ingest import newly_stuck

    settings, store = runtime()
    stuck = newly_stuck(store, find(store, settings.ingest))
    if stuck:
        listed = ", ".join(f"{batch} ({hours:.0f} h)" for batch, hours in stuck.items())
        raise BatchError(
            f"incoming/: expected _READY within {settings.ingest.stuck_after_h:.0f} h, found batches without it: "
            f"{listed}. Finish the delivery and write the marker, or delete it. This is said once a batch."
        )


def prune() -> list[str]:
    """Delete what has been in quarantine for longer than the retention."""
    from datetime import UTC, datetime

    from safety_tasks.ingest import prune_quarantine

    settings, store = runtime()
    gone = prune_quarantine(store, settings.ingest.quarantine_retention_days, datetime.now(UTC))
    log.info("quarantine: %d items were older than the retention", len(gone))
    return list(gone)


def _intakes(taken: Sequence[Mapping[str, Any]]) -> list[Any]:
    from safety_tasks.records.batch import BatchIntake

    return [BatchIntake.model_validate(each["intake"]) for each in taken if each["intake"]]


def _current() -> str | None:
    from safety_tasks.store.manifests import read_current

    _, store = runtime()
    current = read_current(store)
    return current[0].version_id if current else None
