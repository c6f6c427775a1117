"""What a verdict follows from: measurements of this model, run and holdout, and what stable serves at this moment."""

from typing import Any

import pytest
from support.made_evidence import made_choice, made_evidence
from support.toy_measurements import toy_measurements
from support.toy_runs import publish_toy, toy_export
from toy_models import strong_model, toy_model, weak_model

from safety_tasks.bundle.layout import document_key, pointer_key
from safety_tasks.errors import BundleRejected, ClassMapError, GateRefused, ReleaseError
from safety_tasks.gate.evidence import collect_evidence
from safety_tasks.records.dataset import DatasetVersion
from safety_tasks.records.gate import GateEvidence
from safety_tasks.records.model import ExportedModel, Measurements
from safety_tasks.records.variants import VariantChoice
from safety_tasks.store.local import LocalStore

OTHER = "e" * 64


def measured_run(
    store: LocalStore, version: DatasetVersion, run_id: str = "r1", model: bytes | None = None
) -> tuple[ExportedModel, Measurements]:
    """Export and measure a run."""
    exported = toy_export(store, version, run_id, model or strong_model())
    return exported, toy_measurements(store, version, exported)


def collected(
    store: LocalStore, version: DatasetVersion, run_id: str = "r1", model: bytes | None = None
) -> GateEvidence:
    """Return the evidence of a run."""
    exported, measured = measured_run(store, version, run_id, model)
    return collect_evidence(store, exported, version, measured)


def test_a_first_run(store: LocalStore, version: DatasetVersion) -> None:
    """Where nothing is stored beside the run, nothing is known beside its measurements."""
    exported, measured = measured_run(store, version)
    assert collect_evidence(store, exported, version, measured) == GateEvidence(
        classes=version.classes,
        dataset_version=version.version_id,
        manifest_sha256=version.manifest.sha256,
        synthetic=True,
        exported=exported,
        measured=measured,
    )


@pytest.mark.parametrize(
    ("field", "found"),
    [("model_sha256", "model eeeeeeeeeeee on "), ("manifest_sha256", "on eeeeeeeeeeee. ")],
)
def test_measurements_of_something_else(
    store: LocalStore, version: DatasetVersion, field: str, found: str
) -> None:
    """Numbers of another model or another holdout are not judged, and it is said whose they are."""
    exported, measured = measured_run(store, version)
    report = measured.candidate.model_copy(update={field: OTHER})
    other = measured.model_copy(update={"candidate": report})
    with pytest.raises(GateRefused) as refused:
        collect_evidence(store, exported, version, other)
    said = str(refused.value)
    assert said.startswith(
        f"run r1: expected measurements of model {exported.model.sha256[:12]} on {version.manifest.sha256[:12]}, "
        "found those of run r1, model "
    )
    assert found in said
    assert said.endswith("Benchmark this run's model again.")


def test_measurements_of_another_run(store: LocalStore, version: DatasetVersion) -> None:
    """The same model in another run was measured by that run."""
    exported, measured = measured_run(store, version)
    other = measured.model_copy(update={"run_id": "r2"})
    with pytest.raises(GateRefused, match="found those of run r2, model"):
        collect_evidence(store, exported, version, other)


def test_measurements_of_val(store: LocalStore, version: DatasetVersion) -> None:
    """What thresholds were chosen on proves nothing."""
    exported, measured = measured_run(store, version)
    report = measured.candidate.model_copy(update={"split": "val"})
    with pytest.raises(GateRefused) as refused:
        collect_evidence(
            store, exported, version, measured.model_copy(update={"candidate": report})
        )
    assert str(refused.value) == (
        "run r1: expected measurements of the holdout, found those of val, which thresholds were chosen on. "
        "Benchmark this run's model again."
    )


@pytest.mark.parametrize("part", ["exported model", "measurements"])
def test_another_class_map(store: LocalStore, version: DatasetVersion, part: str) -> None:
    """A number that may mean another hazard is not judged, and it is said on which side."""
    exported, measured = measured_run(store, version)
    other = {"classes_sha256": "0" * 64}
    if part == "measurements":
        report = measured.candidate.model_copy(update=other)
        measured = measured.model_copy(update={"candidate": report})
    else:
        exported = exported.model_copy(update=other)
    with pytest.raises(ClassMapError, match=f"^{part} of run r1: expected the class map 0000"):
        collect_evidence(store, exported, version, measured)


def test_what_stable_serves_is_read_now(store: LocalStore, version: DatasetVersion) -> None:
    """The benchmark's word for it does not count, nor does what canary serves."""
    exported, measured = measured_run(store, version)
    assert measured.champion.release_seq is None
    publish_toy(store, version, "r8", weak_model(), channel="canary")
    assert collect_evidence(store, exported, version, measured).serving_release_seq is None
    publish_toy(store, version, "r9", toy_of(1))
    assert collect_evidence(store, exported, version, measured).serving_release_seq == 2


def test_a_pointer_that_cannot_be_read(store: LocalStore, version: DatasetVersion) -> None:
    """Not to know what is served is not the same as nothing served."""
    exported, measured = measured_run(store, version)
    store.put(pointer_key("stable"), b"{}")
    with pytest.raises(BundleRejected, match=r"channels/stable\.json"):
        collect_evidence(store, exported, version, measured)


def toy_of(number: int) -> bytes:
    """Return a model of its own that finds everything."""
    return toy_model(gains=(1.0, 1.0, 1.0 - number / 1000))


def test_a_model_that_is_released_already(store: LocalStore, version: DatasetVersion) -> None:
    """The first release of another run that has the very model is named; its own run's is not counted."""
    assert collected(store, version).released_as is None
    publish_toy(store, version, "a", toy_of(1), channel="canary")
    publish_toy(store, version, "b", strong_model(), channel="stable")
    assert collected(store, version, "r1").released_as == 2
    assert collected(store, version, "b").released_as is None
    assert collected(store, version, "r1", toy_of(1)).released_as == 1
    assert collected(store, version, "r1", toy_of(2)).released_as is None


def test_what_else_lies_beside_releases_is_passed_over(
    store: LocalStore, version: DatasetVersion
) -> None:
    """Only a release's document names its model; one that is malformed is an error, never no release."""
    publish_toy(store, version, "b")
    store.put("releases/notes.txt", b"hello")
    assert collected(store, version).released_as == 1
    store.put(document_key(7), b"{}")
    with pytest.raises(ReleaseError, match=r"releases/0000000007/release\.json"):
        collected(store, version, model=toy_of(2))


def test_the_training_is_read(store: LocalStore, version: DatasetVersion) -> None:
    """It is the run's own record; one that is malformed is an error, never none."""
    training = made_evidence().training
    assert training is not None
    store.put("runs/r1/training.json", training.to_json_bytes())
    assert collected(store, version).training == training
    assert collected(store, version, "r2").training is None
    store.put("runs/r1/training.json", b"{}")
    with pytest.raises(GateRefused, match=r"runs/r1/training\.json"):
        collected(store, version)


def test_choices_are_read(store: LocalStore, version: DatasetVersion) -> None:
    """Every class of hardware that the run was measured on, in order; one that is malformed is an error."""
    made = [VariantChoice.model_validate(made_choice(name)) for name in ("x86", "arm-dot")]
    for choice in made:
        store.put(f"runs/r1/choices/{choice.hardware}.json", choice.to_json_bytes())
    assert collected(store, version).choices == (made[1], made[0])
    assert collected(store, version, "r2").choices == ()
    store.put("runs/r1/choices/x86.json", b"{}")
    with pytest.raises(GateRefused, match=r"runs/r1/choices/x86\.json"):
        collected(store, version)


@pytest.mark.parametrize("synthetic", [True, False])
def test_whether_pictures_were_drawn(
    store: LocalStore, version: DatasetVersion, synthetic: bool
) -> None:
    """It is the dataset's word, and stands in the evidence."""
    exported, measured = measured_run(store, version)
    told: Any = version.model_copy(update={"synthetic": synthetic})
    assert collect_evidence(store, exported, told, measured).synthetic is synthetic
