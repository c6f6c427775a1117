"""Upload what a job needs, and make the request that asks for it: for one training, or for each of a search.

Rule: what would fail on a machine that is paid for is refused here.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

from safety_tasks.cloud.sources import keep_source_bundle, write_source_bundle
from safety_tasks.errors import ConfigError
from safety_tasks.records.dataset import DatasetVersion
from safety_tasks.settings import SageMakerSettings
from safety_tasks.store.base import ObjectStore
from safety_tasks.train.preparing import Prepared
from safety_tasks.train.sagemaker.channels import write_channels
from safety_tasks.train.sagemaker.request import require_role, training_request

_ENTRY_MODULE: Final = "safety_tasks.train.sagemaker.container"


def require_runnable(chosen: SageMakerSettings) -> None:
    """Refuse now what would fail on a machine that is paid for.

    Raises:
        RoleMissing: there is no role for the job.
        ConfigError: the job's image would lack this package's needs.
    """
    require_role(chosen)
    if not chosen.image_uri and not chosen.wheel_dir:
        raise ConfigError(
            "sagemaker.wheel_dir: expected the folder of wheels that AWS's container installs, found none. "
            "Make it with `make sagemaker-wheels`, or set sagemaker.image_uri to an image of docker/trainer, target "
            "sagemaker."
        )


def job_request(
    store: ObjectStore,
    version: DatasetVersion,
    prepared: Prepared,
    run_id: str,
    name: str,
    region: str,
    settings: SageMakerSettings,
) -> dict[str, Any]:
    """Upload code and channels; return the arguments of ``create_training_job``.

    Args:
        store: an S3 store.
        version: the dataset version.
        prepared: what the run starts from.
        run_id: the run, or the search.
        name: the job's.
        region: where it runs.
        settings: instance, role, network, wheels.

    Raises:
        StoreError: the store failed.
    """
    start, wheels = prepared.start, settings.wheel_dir
    bundle = write_source_bundle(_ENTRY_MODULE, wheels=Path(wheels) if wheels else None)
    source = keep_source_bundle(store, bundle)
    channels = write_channels(
        store,
        run_id,
        prepared.pictures,
        start.recipe,
        version.classes,
        prepared.inputs_sha256,
        prepared.base,
        start.replayed,
    )
    source_uri = f"{store.uri}/{source.key}"
    return training_request(
        name, run_id, start.recipe, channels, source_uri, store.uri, region, settings
    )


@contextmanager
def private_folder(folder: Path) -> Iterator[Path]:
    """Make a folder of this call's own below another, and remove it."""
    folder.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(dir=folder) as private:
        yield Path(private)
