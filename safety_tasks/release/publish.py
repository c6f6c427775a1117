"""The verb ``publish_release``.

Rules: only what a proved report lets through is published, approved where the policy asks for it, and only while the
champion it was judged beside is still the champion; its classes are those of its dataset, and those that the channel
serves, perhaps grown; immutable parts first, the channel pointer last, by compare-and-swap; release numbers are claimed
by creating their document, so no two releases share one; an unsigned release stays on the loopback unless the operator
said the dangerous word; publishing a run twice gives the same release.
"""

from datetime import UTC, datetime
from typing import Final

from safety_tasks.bundle.layout import RELEASES, blob_key, document_key, pointer_key, release_seq_of
from safety_tasks.bundle.reading import Served, read_pointer, read_served
from safety_tasks.class_map import require_digest, require_extends, require_same
from safety_tasks.digests import sha256_bytes
from safety_tasks.errors import GateRefused, PreconditionFailed, ReleaseError, UnsignedRefused
from safety_tasks.inference.detector import Detector
from safety_tasks.records.base import Artifact
from safety_tasks.records.dataset import DatasetVersion
from safety_tasks.records.gate import GateReport, GateReportRef
from safety_tasks.records.model import ExportedModel
from safety_tasks.records.release import (
    Channel,
    ChannelPointer,
    PublishedRelease,
    ReleaseDocument,
)
from safety_tasks.release.golden import choose_golden
from safety_tasks.settings import ReleaseSettings
from safety_tasks.store.base import ObjectStore, get_artifact, put_artifact

_CLAIMS: Final = 20


def publish_release(
    store: ObjectStore,
    ref: GateReportRef,
    exported: ExportedModel,
    version: DatasetVersion,
    channel: Channel,
    settings: ReleaseSettings,
) -> PublishedRelease:
    """Publish a run's model to a channel.

    Raises:
        GateRefused: the report does not let this model go to this channel, or nobody approved it.
        UnsignedRefused: the store is not on the loopback and unsigned releases are not allowed.
        ReleaseError: the champion changed since the gate, another release won the race, or there is no golden
            picture to test an installation with.
        ClassMapError: the model has other classes than the version, or not those that the channel serves, grown.
    """
    refuse_unsigned(store, settings)
    gate = _proved_report(store, ref, exported, channel)
    what = f"run {exported.run_id}"
    require_digest(exported.classes, exported.classes_sha256, where=what)
    require_same(version.classes, exported.classes, where=what)
    seen = read_served(store, channel)
    if seen is not None:
        if _is_of(seen.document, exported):
            return _published(seen.document, created=False)
        require_extends(exported.classes, seen.document.classes, where=f"{what}, channel {channel}")
    _require_same_champion(store, gate)
    document = _write_document(store, gate, ref, exported, version, channel)
    return _move_pointer(store, document, seen, settings)


def refuse_unsigned(store: ObjectStore, settings: ReleaseSettings) -> None:
    """Keep unsigned releases on this machine.

    Raises:
        UnsignedRefused: the store is elsewhere and the setting does not allow it.
    """
    if not store.is_loopback and not settings.allow_unsigned_releases_dangerously:
        raise UnsignedRefused(
            f"{store.uri}: expected a store on this machine, found one elsewhere, and releases are not "
            "signed yet: anybody who can write there could put a forged model on every camera. To accept "
            "that, set release.allow_unsigned_releases_dangerously = true in pipeline.toml."
        )


def _proved_report(
    store: ObjectStore, ref: GateReportRef, exported: ExportedModel, channel: Channel
) -> GateReport:
    """Return the run's report, which lets this model go to this channel now.

    Raises:
        GateRefused: it does not, is of another model, or nobody has approved it yet.
    """
    gate = GateReport.from_json_bytes(
        get_artifact(store, ref.report), what=ref.report.key, error=GateRefused
    )
    if gate.model_sha256 != exported.model.sha256:
        raise GateRefused(
            f"{ref.report.key}: expected a verdict on model {exported.model.sha256[:12]}, found one on "
            f"{gate.model_sha256[:12]}. Nothing was published: judge this run again."
        )
    refusal = gate.refusal(channel, datetime.now(UTC))
    if refusal:
        raise GateRefused(f"{ref.report.key}: {refusal}. Nothing was published.")
    if gate.needs_approval(channel):
        raise GateRefused(
            f"{ref.report.key}: expected somebody's approval before {channel}, which profile {gate.profile.name} asks "
            f"for, found none. Nothing was published: safety-tasks gate approve {gate.run_id}, or answer in Airflow."
        )
    return gate


def _require_same_champion(store: ObjectStore, gate: GateReport) -> None:
    found = read_pointer(store, "stable")
    now = found[0].release_seq if found else None
    if now != gate.champion.release_seq:
        raise ReleaseError(
            f"run {gate.run_id}: expected release {gate.champion.release_seq} to be the champion still, "
            f"found {now}. The gate compared with another model: trigger retrain_detector again."
        )


def _is_of(document: ReleaseDocument, exported: ExportedModel) -> bool:
    """Tell whether a release is of a run's model."""
    return (document.run_id, document.model.sha256) == (exported.run_id, exported.model.sha256)


def _write_document(
    store: ObjectStore,
    gate: GateReport,
    ref: GateReportRef,
    exported: ExportedModel,
    version: DatasetVersion,
    channel: Channel,
) -> ReleaseDocument:
    payload = get_artifact(store, exported.model)
    model = put_artifact(store, blob_key(exported.model.sha256, "onnx"), payload)
    thresholds = {name: score.threshold for name, score in gate.candidate.hazards.items()}
    detector = Detector(payload, what=exported.model.key)
    require_same(exported.classes, detector.classes, where=exported.model.key)
    golden = choose_golden(store, detector, version, thresholds)
    if not golden:
        raise ReleaseError(
            f"run {exported.run_id}: expected val pictures to choose golden pictures from, found none. "
            "No device would install this release: deliver pictures of more scenes."
        )
    published_at = datetime.now(UTC).isoformat(timespec="seconds")
    for _ in range(_CLAIMS):
        taken = (release_seq_of(key) for key in store.keys(RELEASES))
        release_seq = 1 + max((seq for seq in taken if seq is not None), default=0)
        document = ReleaseDocument(
            release_seq=release_seq,
            run_id=exported.run_id,
            channel=channel,
            classes=exported.classes,
            classes_sha256=exported.classes_sha256,
            imgsz_px=exported.imgsz_px,
            thresholds=thresholds,
            model=model,
            golden=golden,
            dataset_version=version.version_id,
            gate_report=ref.report,
            profile=gate.profile.name,
            synthetic=gate.synthetic,
            published_at=published_at,
        )
        try:
            store.put(document_key(release_seq), document.to_json_bytes(), only_if_absent=True)
        except PreconditionFailed:
            continue
        return document
    raise ReleaseError(
        f"{store.uri}: expected to claim a release number in {_CLAIMS} tries, found each taken. "
        "Many runs publish at once: trigger this one again later."
    )


def _move_pointer(
    store: ObjectStore,
    document: ReleaseDocument,
    seen: Served | None,
    settings: ReleaseSettings,
) -> PublishedRelease:
    """Swap the pointer that was seen before the champion was compared; any other means a lost race."""
    payload = document.to_json_bytes()
    pointer = ChannelPointer(
        channel=document.channel,
        release_seq=document.release_seq,
        document=Artifact(
            key=document_key(document.release_seq),
            sha256=sha256_bytes(payload),
            size_bytes=len(payload),
        ),
        unsigned_dangerously=settings.allow_unsigned_releases_dangerously,
    )
    key = pointer_key(document.channel)
    if seen is not None and seen.pointer.release_seq >= document.release_seq:
        raise ReleaseError(
            f"{key}: expected a release before {document.release_seq}, found {seen.pointer.release_seq}. "
            "Release numbers only grow: find out who removed the newer documents."
        )
    try:
        if seen is None:
            store.put(key, pointer.to_json_bytes(), only_if_absent=True)
        else:
            store.put(key, pointer.to_json_bytes(), only_if_tag=seen.tag)
    except PreconditionFailed as problem:
        raise ReleaseError(
            f"{key}: another release was published in the same moment. Release "
            f"{document.release_seq} is kept but not served: trigger retrain_detector again."
        ) from problem
    return _published(document, created=True)


def _published(document: ReleaseDocument, *, created: bool) -> PublishedRelease:
    return PublishedRelease(
        release_seq=document.release_seq,
        channel=document.channel,
        pointer_key=pointer_key(document.channel),
        model_sha256=document.model.sha256,
        created=created,
    )
