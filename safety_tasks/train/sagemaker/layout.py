"""Where everything of a job lies: in the store and in the container. The one place that names them.

Rules: a job reads the pictures where the store keeps them, under the store's own keys, and all else from the run's own
prefix; it writes its model folder, and checkpoints that survive an interruption.
Source: Amazon SageMaker Developer Guide, "How Amazon SageMaker AI provides training information".
"""

from typing import Annotated, Final

from pydantic import Field

from safety_tasks.records.base import Name, Record, Sha256

# In the container.
PICTURES_CHANNEL: Final = "pictures"
RUN_CHANNEL: Final = "run"
INPUT_FOLDER: Final = "/opt/ml/input/data"
MODEL_FOLDER: Final = "/opt/ml/model"
CHECKPOINT_FOLDER: Final = "/opt/ml/checkpoints"
WORK_FOLDER: Final = "/tmp/safety-tasks"  # noqa: S108 - the container is the job's own, and this is its large volume
# In the channel ``run``.
JOB_FILE: Final = "job.json"
RECIPE_FILE: Final = "recipe.json"
PICTURES_FILE: Final = "pictures.parquet"
BASE_FILE: Final = "base.pt"
# In the model folder, and so in model.tar.gz -> the most bytes that each may have.
WEIGHTS_FILE: Final = "best.pt"
FIT_FILE: Final = "fit.json"
CURVES_FILE: Final = "curves.csv"
CURVES_PICTURE_FILE: Final = "curves.png"
RESULT_BYTES: Final[dict[str, int]] = {
    WEIGHTS_FILE: 256 * 1024 * 1024,
    FIT_FILE: 1024 * 1024,
    CURVES_FILE: 4 * 1024 * 1024,
    CURVES_PICTURE_FILE: 16 * 1024 * 1024,
}


class JobInput(Record):
    """What a job is told besides recipe, pictures and weights (``job.json``).

    ``replayed`` counts the old pictures of a warm start; ``inputs_sha256`` is what checkpoints are bound to.
    """

    run_id: Name
    classes: Annotated[tuple[str, ...], Field(min_length=1)]
    inputs_sha256: Sha256
    replayed: Annotated[int, Field(ge=0)] = 0


def input_prefix(run_id: str) -> str:
    """Return the store prefix that the channel ``run`` shows."""
    return f"runs/{run_id}/job/"


def manifest_key(run_id: str) -> str:
    """Return the key of the list of pictures, beside that prefix, not below it."""
    return f"runs/{run_id}/job_manifest.json"


def checkpoint_prefix(run_id: str) -> str:
    """Return the store prefix that the checkpoint folder is kept in."""
    return f"runs/{run_id}/checkpoints/"


def output_prefix(run_id: str) -> str:
    """Return the store prefix that SageMaker writes results below."""
    return f"runs/{run_id}/job_output"


def result_key(run_id: str, job_name: str) -> str:
    """Return the key of a job's ``model.tar.gz``, as SageMaker names it."""
    return f"{output_prefix(run_id)}/{job_name}/output/model.tar.gz"
