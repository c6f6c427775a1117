"""A run of drawn pictures as a real job: channels, source bundle and request, all made by the real code."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

from support.sagemaker_server import SageMakerServer
from support.toy_runs import toy_dataset
from toy_models import CLASSES

from safety_tasks.cloud.sources import keep_source_bundle, write_source_bundle
from safety_tasks.digests import digest_of
from safety_tasks.records.recipe import Recipe
from safety_tasks.settings import SageMakerSettings
from safety_tasks.store.base import ObjectStore
from safety_tasks.store.manifests import read_manifest
from safety_tasks.store.tables import encode_manifest
from safety_tasks.train.sagemaker.channels import write_channels
from safety_tasks.train.sagemaker.layout import checkpoint_prefix, result_key
from safety_tasks.train.sagemaker.request import training_request
from safety_tasks.train.sagemaker.result import fetch_result

TINY = Recipe(
    name="tiny",
    epochs=2,
    imgsz_px=64,
    batch=4,
    nominal_batch=4,
    warmup_epochs=0,
    mosaic=0,
    start_from_scratch=True,
    device="cpu",
    precision="float32",
)
CONTAINER = "safety_tasks.train.sagemaker.container"
ON_DEMAND = SageMakerSettings(
    role_arn="arn:aws:iam::123456789012:role/training-jobs",
    image_uri="123456789012.dkr.ecr.us-east-1.amazonaws.com/trainer:1",
    instance_type="ml.m5.large",
)


@dataclass
class ToyJob:
    """A job that can be asked for: its request, where it writes, and the server that would run it."""

    server: SageMakerServer
    store: ObjectStore
    run_id: str
    request: dict[str, Any]

    @property
    def name(self) -> str:
        """The job's name."""
        return str(self.request["TrainingJobName"])

    def start(self) -> None:
        """Ask for it."""
        self.server.client("sagemaker").create_training_job(**self.request)

    def finish(self, timeout_s: float = 400.0) -> dict[str, Any]:
        """Ask for it and wait for its end; return its description."""
        self.start()
        return self.server.wait(self.name, timeout_s)

    def result(self, folder: Path) -> Any:
        """Read its archive as the orchestration does."""
        folder.mkdir()
        return fetch_result(self.store, result_key(self.run_id, self.name), folder)

    def checkpoints(self) -> list[str]:
        """Return the keys that its checkpoints have in the store."""
        return list(self.store.keys(checkpoint_prefix(self.run_id)))


def toy_job(
    server: SageMakerServer,
    store: ObjectStore,
    recipe: Recipe = TINY,
    settings: SageMakerSettings = ON_DEMAND,
    base: Path | None = None,
    bundle: bytes | None = None,
) -> ToyJob:
    """Deliver twelve drawn pictures and prepare a job that trains on them; its code is this checkout's by default."""
    run_id = f"toy-{uuid4().hex[:8]}"
    version = toy_dataset(store)
    pictures = [each for each in read_manifest(store, version) if each.split in ("train", "val")]
    recipe = recipe.bound_to(CLASSES)
    inputs = digest_of({"pictures": encode_manifest(pictures).hex(), "recipe": recipe.to_dict()})
    channels = write_channels(store, run_id, pictures, recipe, CLASSES, inputs, base, 0)
    source = keep_source_bundle(store, bundle or write_source_bundle(CONTAINER))
    request = training_request(
        run_id,
        run_id,
        recipe,
        channels,
        f"{store.uri}/{source.key}",
        store.uri,
        "us-east-1",
        settings,
    )
    return ToyJob(server, store, run_id, request)
