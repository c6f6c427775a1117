"""The recipe: all that decides a training besides the data and the code.

Rules: every field has a unit and a range; a field that another one makes meaningless is refused rather than ignored; a
recipe says what to train and on what device, never where (``backend`` is the plan's) nor what it may cost.
"""

from collections.abc import Sequence
from typing import Annotated, Literal

from pydantic import Field, model_validator

from safety_tasks.class_map import class_map_digest, require_digest
from safety_tasks.records.base import Fraction, Name, Record, Sha256

Device = Annotated[str, Field(pattern=r"^(auto|cpu|mps|cuda(:\d{1,2}(,\d{1,2})*)?)$")]


class Recipe(Record):
    """Hyperparameters and seed of a training run, and the class map it is bound to once a run is planned.

    ``device``: ``auto`` takes every CUDA device, else MPS, else the CPU; ``cuda:0,1`` names two of several.
    ``precision``: of the network's arithmetic on a CPU; ``auto`` takes bfloat16 where the processor multiplies it in
    hardware and it was measured to pay. On CUDA the framework's own mixed precision is used in any case.
    ``data_fraction``: of the train split, taken scene by scene; ``replay_share``: in a warm start, of the pictures that
    the champion was trained on already; pictures that it never saw are all taken.
    ``average_epochs``: val measures, and a run keeps, a moving average of the weights over about so many epochs.
    Augmentation fields are Ultralytics' own, by its names and units: fractions, degrees, probabilities.
    """

    name: Name
    model: Literal["yolov8n"] = "yolov8n"
    epochs: Annotated[int, Field(ge=1, le=1000)] = 50
    imgsz_px: Annotated[int, Field(ge=64, le=1280, multiple_of=32)] = 640
    batch: Annotated[int, Field(ge=1, le=512)] = 16
    nominal_batch: Annotated[int, Field(ge=1, le=512)] = 64
    optimizer: Literal["SGD", "AdamW"] = "AdamW"
    lr0: Annotated[float, Field(gt=0, le=1)] = 0.001
    lr_final_share: Annotated[float, Field(gt=0, le=1)] = 0.01
    weight_decay: Annotated[float, Field(ge=0, le=0.1)] = 0.0005
    warmup_epochs: Annotated[float, Field(ge=0, le=10)] = 3.0
    freeze_layers: Annotated[int, Field(ge=0, le=22)] = 0
    average_epochs: Annotated[float, Field(gt=0, le=100)] = 1.0
    patience_epochs: Annotated[int, Field(ge=1, le=1000)] = 20
    validate_each_epoch: bool = True
    cache_pictures: bool = False
    start_from_scratch: bool = False
    data_fraction: Annotated[float, Field(gt=0, le=1)] = 1.0
    replay_share: Fraction = 1.0
    champion_share: Fraction = 1.0
    device: Device = "auto"
    precision: Literal["auto", "float32", "bfloat16"] = "auto"
    mosaic: Fraction = 1.0
    close_mosaic_epochs: Annotated[int, Field(ge=0, le=1000)] = 10
    mixup: Fraction = 0.0
    hsv_h: Fraction = 0.015
    hsv_s: Fraction = 0.7
    hsv_v: Fraction = 0.4
    degrees: Annotated[float, Field(ge=0, le=180)] = 0.0
    translate: Fraction = 0.1
    scale: Annotated[float, Field(ge=0, lt=1)] = 0.5
    fliplr: Fraction = 0.5
    flipud: Fraction = 0.0
    seed: Annotated[int, Field(ge=0, lt=2**31)] = 0
    classes_sha256: Sha256 | None = None

    @model_validator(mode="after")
    def _random_layers_must_learn(self) -> "Recipe":
        if self.start_from_scratch and self.freeze_layers:
            raise ValueError(
                "freeze_layers: expected 0 with start_from_scratch, since random layers would stay random; "
                f"found {self.freeze_layers}"
            )
        return self

    def bound_to(self, classes: Sequence[str]) -> "Recipe":
        """Return the recipe bound to a class map, which later stages compare with theirs.

        Raises:
            ClassMapError: it is bound to another one.
        """
        if self.classes_sha256 is not None:
            require_digest(classes, self.classes_sha256, where=f"recipe {self.name}")
        return self.model_copy(update={"classes_sha256": class_map_digest(classes)})
