"""The metadata that a model carries: what it detects, how it is fed, where it comes from.

Rules: the class map has its digest beside it; what other makers wrote is replaced, so that nothing contradicts ours;
equal input gives equal bytes; a model without thresholds has none, never ones that were made up.
"""

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal

import onnx

from safety_tasks.class_map import class_map_digest, require_digest
from safety_tasks.errors import ArtifactError

META_CLASSES: Final = "safety.classes"
META_CLASSES_SHA256: Final = "safety.classes_sha256"
META_IMGSZ: Final = "safety.imgsz_px"
META_LAYOUT: Final = "safety.layout"
META_THRESHOLDS: Final = "safety.thresholds"
META_VARIANT: Final = "safety.variant"
_MIN_PX: Final = 8
_MAX_PX: Final = 4096  # beyond it a single square takes more memory than a device has

Layout = Literal["reference", "edge"]


@dataclass(frozen=True)
class ModelFacts:
    """What a model says of itself.

    ``thresholds`` are operating thresholds by hazard (0-1), chosen on val when it was exported; ``layout`` tells how
    its graph is fed and read: ``reference`` as the training framework exports it, ``edge`` cut before the decode.
    """

    classes: tuple[str, ...]
    imgsz_px: int
    layout: Layout
    thresholds: dict[str, float] | None
    entries: dict[str, str]

    @property
    def variant(self) -> str:
        """Its name among the variants of one export."""
        return self.entries.get(META_VARIANT, "reference")


def read_metadata(model: onnx.ModelProto, *, what: str) -> ModelFacts:
    """Return what a model says of itself.

    Raises:
        ArtifactError: class map or size are missing, or an entry is malformed.
        ClassMapError: its class names are not those of its digest.
    """
    entries = {entry.key: entry.value for entry in model.metadata_props}
    try:
        names = json.loads(entries[META_CLASSES])
        if not isinstance(names, list) or not names:
            raise TypeError("the class map is no list of names")
        classes = tuple(str(name) for name in names)
        "".join(classes).encode()  # half a surrogate is no text, and has no digest
        imgsz_px = int(entries[META_IMGSZ])
    except (KeyError, ValueError, TypeError, RecursionError) as problem:
        raise ArtifactError(
            f"{what}: expected metadata {META_CLASSES} and {META_IMGSZ}, found "
            f"{sorted(str(key)[:80] for key in entries)}. Export the model with this project's export stage."
        ) from problem
    if not _MIN_PX <= imgsz_px <= _MAX_PX:
        raise ArtifactError(
            f"{what}: expected pictures of {_MIN_PX} to {_MAX_PX} px in {META_IMGSZ}, found {imgsz_px}. "
            "Export the model at another size."
        )
    if META_CLASSES_SHA256 in entries:  # a model of other makers has names alone
        require_digest(classes, entries[META_CLASSES_SHA256], where=what)
    layout = entries.get(META_LAYOUT, "reference")
    if layout not in ("reference", "edge"):
        raise ArtifactError(
            f"{what}: expected a layout reference or edge in {META_LAYOUT}, found {layout[:60]!r}. "
            "It was made by a newer version: update this device, or export the model again."
        )
    return ModelFacts(
        classes=classes,
        imgsz_px=imgsz_px,
        layout="edge" if layout == "edge" else "reference",
        thresholds=_thresholds(entries, classes, what),
        entries=entries,
    )


def with_metadata(
    graph: onnx.ModelProto, classes: Sequence[str], imgsz_px: int, more: Mapping[str, str]
) -> bytes:
    """Give a model our metadata and return its file.

    Args:
        graph: the model, which is changed.
        classes: hazard names; the index is the class id.
        imgsz_px: the side of its input square.
        more: further entries, by their whole key.
    """
    entries = {
        META_CLASSES: json.dumps(list(classes)),
        META_CLASSES_SHA256: class_map_digest(classes),
        META_IMGSZ: str(imgsz_px),
        **more,
    }
    onnx.helper.set_model_props(graph, entries)  # which clears what was there
    payload: bytes = graph.SerializeToString(deterministic=True)
    return payload


def _thresholds(
    entries: Mapping[str, str], classes: tuple[str, ...], what: str
) -> dict[str, float] | None:
    if META_THRESHOLDS not in entries:
        return None
    try:
        found = json.loads(entries[META_THRESHOLDS])
        thresholds = {str(name): float(value) for name, value in found.items()}
    except (ValueError, TypeError, AttributeError, OverflowError, RecursionError):
        thresholds = {}
    if set(thresholds) != set(classes) or not all(
        math.isfinite(value) and 0 <= value <= 1 for value in thresholds.values()
    ):
        raise ArtifactError(
            f"{what}: expected a threshold of 0 to 1 for each of {', '.join(classes)} in {META_THRESHOLDS}, found "
            f"{entries[META_THRESHOLDS][:200]!r}. Export the model again."
        )
    return {name: thresholds[name] for name in classes}
