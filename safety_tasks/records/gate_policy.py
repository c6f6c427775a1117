"""Records of the gate's policy: what a model must show before it is released, a profile of ``config/gate.toml``.

Rules: every check is named, so that leaving one out is a decision and not an oversight; a floor of zero asks for
nothing and is refused; a check that guards people may only be taken out of the verdict by a word that alarms whoever
reads it.
"""

from typing import Annotated, Final, Literal, Self, get_args

from pydantic import Field, model_validator

from safety_tasks.records.base import Name, Record
from safety_tasks.records.variants import Int8Budget

CheckKind = Literal[
    "class_map",
    "champion",
    "duplicate",
    "self_test",
    "holdout",
    "support",
    "ap50",
    "ap50_95",
    "recall",
    "false_alarms",
    "events",
    "non_inferiority",
    "slices",
    "incidents",
    "thresholds",
    "parity",
    "int8",
    "latency",
    "throughput",
    "load_time",
    "memory",
    "size",
    "reproducibility",
]
Mode = Literal["required", "reported", "reported_dangerously"]
FloorsOn = Literal["interval", "estimate"]
KINDS: Final[tuple[CheckKind, ...]] = get_args(CheckKind)
# What no policy and no waiver can take out: without them no other number means anything.
ALWAYS_REQUIRED: Final[tuple[CheckKind, ...]] = ("class_map", "champion", "duplicate", "self_test")
# What guards people: taken out of the verdict by ``reported_dangerously`` alone.
SAFETY: Final[tuple[CheckKind, ...]] = (
    "holdout",
    "support",
    "ap50",
    "recall",
    "false_alarms",
    "non_inferiority",
    "incidents",
    "parity",
    "int8",
)
DEFAULT_HARDWARE: Final = "default"

Floor = Annotated[float, Field(gt=0, le=1)]
Margin = Annotated[float, Field(gt=0, lt=1)]
AtLeastOne = Annotated[int, Field(ge=1)]
Positive = Annotated[float, Field(gt=0)]


class HardwareBudget(Record):
    """What a file may cost on one class of hardware, on one thread; ``must_be_measured``: else there is no PASS."""

    latency_p95_ms: Positive
    sustained_fps: Positive
    load_ms: Positive
    peak_rss_mib: Positive
    must_be_measured: bool = False


class GateProfile(Record):
    """What a model must show to be released.

    Fractions are 0-1 on the holdout, margins are falls below the champion, ``hardware`` is by hardware class with
    ``default`` for any other. ``floors_on`` says what is held against floors and limits: the value itself
    (``estimate``) or its 95 % interval (``interval``). ``slice_margin`` is of recall in one source or brightness.
    """

    name: Name
    policy_version: AtLeastOne
    checks: dict[CheckKind, Mode]
    ap50_floors: dict[str, Floor]
    ap50_95_floors: dict[str, Floor]
    recall_floors: dict[str, Floor]
    floors_on: FloorsOn = "interval"
    event_recall_floor: Floor
    max_false_alarms_per_1000: Annotated[float, Field(ge=0, lt=1000)]
    non_inferiority_margins: dict[str, Margin]
    slice_margin: Margin
    slices_needed: tuple[str, ...] = ()
    min_slice_boxes: AtLeastOne
    min_slice_scenes: Annotated[int, Field(ge=2)]
    min_support_pictures: AtLeastOne
    min_support_boxes: AtLeastOne
    min_support_scenes: AtLeastOne
    min_comparison_scenes: Annotated[int, Field(ge=2)]
    min_holdout_pictures: AtLeastOne
    min_background_pictures: AtLeastOne
    max_missed_incidents: Annotated[int, Field(ge=0)]
    max_threshold_f1_loss: Margin
    max_model_mib: Positive
    hardware: dict[str, HardwareBudget]
    int8_budget: Int8Budget = Int8Budget()
    approval_before_stable: bool = True
    inconclusive_to_canary: bool = False
    warning: str = ""

    @model_validator(mode="after")
    def _whole(self) -> Self:
        """Refuse a policy that leaves a check out or takes one out quietly."""
        optional = [kind for kind in KINDS if kind not in ALWAYS_REQUIRED]
        missing = [kind for kind in optional if kind not in self.checks]
        if missing:
            raise ValueError(
                f"expected checks to name each check as required or reported, found none for {', '.join(missing)}"
            )
        fixed = [
            kind for kind in ALWAYS_REQUIRED if self.checks.get(kind, "required") != "required"
        ]
        if fixed:
            raise ValueError(
                f"expected {', '.join(fixed)} to be required, which nothing can change"
            )
        quiet = [kind for kind in SAFETY if self.checks[kind] == "reported"]
        if quiet:
            raise ValueError(
                f"expected {', '.join(quiet)} to be required: they guard people. Whoever takes them out of the verdict "
                "writes reported_dangerously, and every card shows it"
            )
        loud = [k for k in optional if k not in SAFETY and self.checks[k] == "reported_dangerously"]
        if loud:
            raise ValueError(f"expected {', '.join(loud)} to be required or reported")
        if "required" not in self.checks.values():
            raise ValueError("expected at least one required check, found none")
        if DEFAULT_HARDWARE not in self.hardware:
            raise ValueError(
                f"expected hardware.{DEFAULT_HARDWARE}, which any other class falls back to"
            )
        for field in ("ap50_floors", "ap50_95_floors", "recall_floors", "non_inferiority_margins"):
            if not getattr(self, field):
                raise ValueError(f"expected {field} to name each hazard, found none")
        return self

    def mode_of(self, kind: CheckKind) -> Mode:
        """Return whether a kind of check counts for the verdict."""
        return self.checks.get(kind, "required")

    def budget_of(self, hardware: str) -> HardwareBudget:
        """Return what a file may cost on a class of hardware."""
        return self.hardware.get(hardware, self.hardware[DEFAULT_HARDWARE])

    @property
    def bypasses(self) -> tuple[CheckKind, ...]:
        """The checks that guard people and do not count here; every card shows them."""
        return tuple(k for k in KINDS if self.mode_of(k) == "reported_dangerously")
