"""A run that is trained as a paid job: its settings, its inputs, and the archive that a job leaves."""

import io
import tarfile
from dataclasses import dataclass
from typing import Any

from support.job_service import JobService
from support.made_versions import report_of
from support.toy_runs import toy_dataset

from safety_tasks.records.dataset import DatasetVersion, ValidationReport
from safety_tasks.records.recipe import Recipe
from safety_tasks.records.training import Fit, Hardware, RunPlan
from safety_tasks.settings import SageMakerSettings, Settings
from safety_tasks.store.base import ObjectStore
from safety_tasks.train.sagemaker.layout import result_key

RUN_ID = "paid-run-1"
RECIPE = Recipe(name="tiny", epochs=2, imgsz_px=64, batch=4, start_from_scratch=True)
PAID = SageMakerSettings(
    role_arn="arn:aws:iam::123456789012:role/training-jobs",
    image_uri="123456789012.dkr.ecr.us-east-1.amazonaws.com/trainer:1",
)
FIT = Fit(
    device="cuda:0",
    precision="mixed",
    hardware=Hardware(machine="toy", cores=4, memory_bytes=1, devices=("toy",)),
    packages={},
    epochs_done=2,
    best_epoch=1,
    batch=4,
    seconds=100.0,
    code_sha256="c" * 64,
)
WEIGHTS = b"weights of a toy job"


@dataclass(frozen=True)
class PaidRun:
    """A dataset version in a store, and all that submitting a run of it takes."""

    store: ObjectStore
    version: DatasetVersion
    validation: ValidationReport
    settings: Settings

    @property
    def plan(self) -> RunPlan:
        """The plan of the run."""
        return RunPlan(
            run_id=RUN_ID,
            dataset_version=self.version.version_id,
            recipe=RECIPE.bound_to(self.version.classes),
            profile="toy",
            channel="stable",
            fingerprint="0" * 64,
            backend="sagemaker",
        )


def paid_run(store: ObjectStore, settings: Settings, **paid: Any) -> PaidRun:
    """Ingest the drawn dataset; ``paid`` changes the settings of the job."""
    version = toy_dataset(store)
    validation = report_of(version)
    chosen = {"classes": version.classes, "sagemaker": PAID.model_copy(update=paid)}
    return PaidRun(store, version, validation, settings.model_copy(update=chosen))


def result_archive() -> bytes:
    """Make ``model.tar.gz`` of a job that went well."""
    files = {
        "best.pt": WEIGHTS,
        "fit.json": FIT.to_json_bytes(),
        "curves.csv": b"epoch\n1\n2\n",
        "curves.png": b"\x89PNG",
    }
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w:gz") as archive:
        for name, payload in files.items():
            member = tarfile.TarInfo(name)
            member.size = len(payload)
            archive.addfile(member, io.BytesIO(payload))
    return packed.getvalue()


def complete(service: JobService, store: ObjectStore) -> str:
    """Let the only job end well, with its result in the store; return its name."""
    (name,) = service.created
    service.end(name)
    store.put(result_key(RUN_ID, name), result_archive())
    return name
