"""The settings: every value of ``pipeline.toml``, with its default and its range.

Rule: sections are frozen and refuse what they do not know; ``config.py`` reads them.
"""

from typing import Annotated, Final, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

Share = Annotated[float, Field(ge=0, le=1)]
_INSTANCE: Final = r"^ml\.[a-z0-9-]+\.[a-z0-9]+$"


class _Section(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class StoreSettings(_Section):
    """Where objects are kept."""

    uri: str = "s3://safety-models"
    endpoint_url: str = ""
    region: str = "us-east-1"


class IngestSettings(_Section):
    """What a delivery may look like, how much of it may be unusable, and how it is split."""

    max_label_bytes: int = Field(65536, gt=0)
    max_boxes_per_picture: int = Field(500, gt=0)
    max_box_share: float = Field(0.9, gt=0, le=1)
    max_picture_pixels: int = Field(50_000_000, gt=0)
    max_picture_bytes: int = Field(33_554_432, gt=0)
    decode_memory_bytes: int = Field(805_306_368, ge=134_217_728)
    decode_cpu_s: float = Field(20.0, gt=0)
    max_archive_members: int = Field(100_000, gt=0)
    max_archive_member_bytes: int = Field(134_217_728, gt=0)
    max_archive_bytes: int = Field(21_474_836_480, gt=0)
    max_archive_ratio: float = Field(200.0, ge=1)
    stuck_after_h: float = Field(24.0, gt=0)
    quarantine_retention_days: float = Field(180.0, gt=0)
    val_fraction: float = Field(0.15, gt=0, lt=0.5)
    holdout_fraction: float = Field(0.15, gt=0, lt=0.5)
    max_false_alarm_share: float = Field(0.2, ge=0, le=1)
    max_quarantined_share: float = Field(0.10, ge=0, le=1)
    rule_ceilings: dict[str, Share] = {"missing_label": 0.0}
    class_ceilings: dict[str, Share] = {}


class TrainSettings(_Section):
    """Where training starts from, and how long a silent trainer on another machine keeps its run."""

    base_weights: str = ""
    download_timeout_s: float = Field(5.0, gt=0)
    silent_after_s: float = Field(3600.0, gt=0)


class ExportSettings(_Section):
    """Which edge variants are made beside the reference, and how hard is looked for a good INT8 one."""

    int8: bool = True
    calibration_pictures: int = Field(200, ge=16, le=2000)
    int8_val_pictures: int = Field(500, ge=16)
    max_float_modules: int = Field(8, ge=0, le=30)


class OperatingPointSettings(_Section):
    """How operating thresholds are chosen on val: ``f1`` (the best), ``recall`` or ``false_alarms`` (per 1,000)."""

    rule: Literal["f1", "recall", "false_alarms"] = "f1"
    recall: float = Field(0.90, gt=0, le=1)
    false_alarms_per_1000: float = Field(50.0, ge=0, le=1000)


class BenchmarkSettings(_Section):
    """How long and on how many threads a model is timed, and when an event counts as caught.

    ``device_threads`` 0: every core that this process may use.
    """

    frames: int = Field(200, ge=20)
    sustained_s: float = Field(60.0, gt=0, le=3600)
    device_threads: int = Field(0, ge=0, le=256)
    event_pictures: int = Field(5, ge=1)
    sample_pictures: int = Field(8, ge=0, le=100)


class GateSettings(_Section):
    """How long a person has to say yes before ``stable``, and the key that the form ``waive_gate_check`` signs with.

    ``approver_key_file`` empty: the form refuses, and waivers are signed where an approver's key is.
    """

    approval_timeout_h: float = Field(72.0, gt=0, le=8760)
    approver_key_file: str = ""
    approver_passphrase_file: str = ""


class SageMakerSettings(_Section):
    """Where paid jobs run, with which rights, and what they may cost.

    ``image_uri`` empty: AWS's PyTorch deep-learning container of the region. ``wheel_dir``: a folder of the wheels that
    the job installs without a network, made by ``make sagemaker-wheels``.
    """

    recipe: str = "sagemaker"
    role_arn: str = ""
    image_uri: str = ""
    instance_type: str = Field("ml.g4dn.xlarge", pattern=_INSTANCE)
    instance_count: int = Field(1, ge=1, le=8)
    volume_gb: int = Field(50, ge=1, le=16384)
    max_run_s: int = Field(3600, ge=60, le=432_000)
    max_wait_s: int = Field(7200, ge=60, le=604_800)
    spot: bool = True
    subnets: tuple[str, ...] = ()
    security_groups: tuple[str, ...] = ()
    kms_key_id: str = ""
    tags: dict[str, str] = {}
    wheel_dir: str = ""
    max_cost_usd: float = Field(5.0, gt=0)

    @model_validator(mode="after")
    def _waits_as_long_as_it_runs(self) -> "SageMakerSettings":
        if self.spot and self.max_wait_s < self.max_run_s:
            raise ValueError(
                f"max_wait_s: expected at least max_run_s ({self.max_run_s}), found {self.max_wait_s}"
            )
        if bool(self.subnets) != bool(self.security_groups):
            raise ValueError(
                "expected subnets and security_groups together, found one without the other"
            )
        return self


class TuneSettings(_Section):
    """How much a search for hyperparameters may use; ``max_minutes`` is its wall time, on either backend."""

    space: str = "search.toml"
    recipe: str = "default"
    jobs: int = Field(10, ge=1, le=500)
    parallel: int = Field(2, ge=1, le=10)
    max_minutes: float = Field(720.0, gt=0)
    max_cost_usd: float = Field(20.0, gt=0)


class ServeSettings(_Section):
    """The endpoint and what it may cost a day, since it is paid for by the hour until it is torn down."""

    endpoint_name: str = Field("safety-detector", pattern=r"^[A-Za-z0-9](-?[A-Za-z0-9]){0,62}$")
    image_uri: str = ""
    instance_type: str = Field("ml.m5.large", pattern=_INSTANCE)
    instance_count: int = Field(1, ge=1, le=8)
    max_usd_per_day: float = Field(5.0, gt=0)
    wait_minutes: float = Field(30.0, gt=0)


class ReleaseSettings(_Section):
    """What publishing may do."""

    allow_unsigned_releases_dangerously: bool = False


class RetrainSettings(_Section):
    """What a retraining uses when its form leaves a field empty."""

    recipe: str = "default"
    backend: Literal["local", "sagemaker"] = "local"
    profile: str = "plant"
    channel: Literal["canary", "stable"] = "stable"


class ScheduleSettings(_Section):
    """When the DAGs run by themselves: five-field cron, UTC; empty means not by the clock."""

    ingest: str = "*/15 * * * *"
    ingest_queue_url: str = ""
    retrain: str = "0 3 * * 0"


class Settings(_Section):
    """The whole of ``config/pipeline.toml`` and the hazard classes."""

    classes: tuple[str, ...]
    store: StoreSettings = StoreSettings()
    ingest: IngestSettings = IngestSettings()
    train: TrainSettings = TrainSettings()
    export: ExportSettings = ExportSettings()
    operating_point: OperatingPointSettings = OperatingPointSettings()
    benchmark: BenchmarkSettings = BenchmarkSettings()
    gate: GateSettings = GateSettings()
    sagemaker: SageMakerSettings = SageMakerSettings()
    tune: TuneSettings = TuneSettings()
    serve: ServeSettings = ServeSettings()
    release: ReleaseSettings = ReleaseSettings()
    retrain: RetrainSettings = RetrainSettings()
    schedule: ScheduleSettings = ScheduleSettings()
