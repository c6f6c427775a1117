"""Records of a training: its plan, each epoch, the fit, where it started, what it cost, the finished run.

Rules: a run record is enough to run again: dataset version, recipe with seed, code, packages, hardware, the digest of
the weights it started from; an epoch's line is what people read in a log and what a metric's regular expression reads.
"""

from typing import Annotated, Final, Literal

from pydantic import Field

from safety_tasks.records.base import Artifact, Fraction, Name, Record, Sha256
from safety_tasks.records.recipe import Recipe

Backend = Literal["local", "sagemaker"]
# What SageMaker reads out of an epoch's line: name of the metric -> regular expression with one group.
METRICS: Final[dict[str, str]] = {
    "train:box_loss": r"train:box_loss=([0-9.]+(?:e[+-]?[0-9]+)?)",
    "train:cls_loss": r"train:cls_loss=([0-9.]+(?:e[+-]?[0-9]+)?)",
    "train:dfl_loss": r"train:dfl_loss=([0-9.]+(?:e[+-]?[0-9]+)?)",
    "validation:mAP": r"validation:mAP=([0-9.]+)",
    "validation:mAP50-95": r"validation:mAP50-95=([0-9.]+)",
}
OBJECTIVE: Final = "validation:mAP"


class RunPlan(Record):
    """What a retraining will do: every choice made, before any work."""

    run_id: Name
    dataset_version: str
    recipe: Recipe
    profile: Name
    channel: Literal["canary", "stable"]
    fingerprint: Sha256
    backend: Backend = "local"


class BaseWeights(Record):
    """Where training started from, said plainly."""

    kind: Literal["configured", "champion", "download", "scratch", "adopted"]
    source: str
    sha256: Sha256 | None
    note: str


class TrainingStart(Record):
    """What a run starts from, decided once: a run that was cut goes on from the same, whatever changed meanwhile.

    ``base`` holds the weights' bytes (None from scratch); ``chosen`` the pictures that it trains on or validates with,
    ``seen`` all that its weights will have seen, those before it included: both sorted JSON lists of SHA-256.
    """

    dataset_version: str
    recipe: Recipe
    base_weights: BaseWeights
    base: Artifact | None
    chosen: Artifact
    seen: Artifact
    pictures: Annotated[int, Field(ge=0)]
    replayed: Annotated[int, Field(ge=0)]
    notes: tuple[str, ...] = ()
    started_at: str
    code_sha256: Sha256


class Epoch(Record):
    """One finished epoch. Losses are the framework's, of the train split; mAP is on val, None if not measured.

    ``seconds`` is the epoch's own time, ``eta_s`` what the rest will take if it goes on like that.
    """

    number: Annotated[int, Field(ge=1)]
    total: Annotated[int, Field(ge=1)]
    seconds: Annotated[float, Field(ge=0)]
    eta_s: Annotated[float, Field(ge=0)]
    box_loss: float
    cls_loss: float
    dfl_loss: float
    map50: Fraction | None = None
    map50_95: Fraction | None = None

    def line(self) -> str:
        """Return the epoch as one plain line, which ``METRICS`` finds its numbers in."""
        words = [
            f"epoch {self.number} of {self.total}: {self.seconds:.1f} s, {_minutes(self.eta_s)} to go,",
            f"train:box_loss={self.box_loss:.5f} train:cls_loss={self.cls_loss:.5f} train:dfl_loss={self.dfl_loss:.5f}",
        ]
        return " ".join([*words, *_validation_words(self.map50, self.map50_95)])


def best_line(number: int, map50: float | None, map50_95: float | None) -> str:
    """Return one plain line about the epoch whose weights are kept.

    It must be the last that ``METRICS`` read in a job's log: of a metric the service keeps the value that came last.
    """
    return " ".join([f"kept is epoch {number}:", *_validation_words(map50, map50_95)])


class Hardware(Record):
    """The machine of a training: processor, usable cores, memory in bytes, and the devices that computed."""

    machine: str
    cores: Annotated[int, Field(ge=1)]
    memory_bytes: Annotated[int, Field(ge=0)]
    devices: tuple[str, ...]


class Fit(Record):
    """What the training loop did, wherever it ran.

    ``batch`` is the batch that it ended with, smaller than the recipe's if memory ran out; ``resumed_after`` holds the
    epochs after which it was cut and taken up again; ``best_epoch`` is the one whose weights are kept; ``notes`` say
    what was not as the recipe said.
    """

    device: str
    precision: Literal["float32", "bfloat16", "mixed"]
    hardware: Hardware
    packages: dict[str, str]
    epochs_done: Annotated[int, Field(ge=1)]
    best_epoch: Annotated[int, Field(ge=1)]
    batch: Annotated[int, Field(ge=1)]
    resumed_after: tuple[int, ...] = ()
    notes: tuple[str, ...] = ()
    seconds: Annotated[float, Field(ge=0)]
    code_sha256: Sha256


class PaidJob(Record):
    """A job that a cloud was paid for: what it was and what it cost, by the price table; None: no price is known."""

    name: Name
    arn: str
    region: str
    instance_type: str
    instance_count: Annotated[int, Field(ge=1)]
    spot: bool
    billable_s: Annotated[int, Field(ge=0)]
    cost_usd: Annotated[float, Field(ge=0)] | None
    console_url: str


class TrainingRun(Record):
    """One finished training, or an adopted model: what went in and the candidate's weights.

    ``fit`` is None for an adopted model, which was trained elsewhere; ``replayed`` counts the old pictures of a warm
    start, ``pictures`` all that were trained on. ``started_at`` is UTC, ISO 8601.
    """

    run_id: Name
    dataset_version: str
    recipe: Recipe
    classes_sha256: Sha256
    base_weights: BaseWeights
    weights: Artifact
    backend: Literal["local", "sagemaker", "adopted"] = "local"
    fit: Fit | None
    pictures: Annotated[int, Field(ge=0)] = 0
    replayed: Annotated[int, Field(ge=0)] = 0
    curves: Artifact | None = None
    curves_picture: Artifact | None = None
    job: PaidJob | None = None
    started_at: str
    seconds: Annotated[float, Field(ge=0)]
    code_sha256: Sha256


def _minutes(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest:02d} s" if minutes else f"{rest} s"


def _validation_words(map50: float | None, map50_95: float | None) -> list[str]:
    named = {"validation:mAP": map50, "validation:mAP50-95": map50_95}
    return [f"{name}={value:.5f}" for name, value in named.items() if value is not None]
