"""Open the labels of a delivery with the reader of its format, and say which labels belong to no picture."""

from safety_tasks.ingest.formats.class_names import ClassNames
from safety_tasks.ingest.formats.coco import CocoLabels
from safety_tasks.ingest.formats.detecting import Sorted
from safety_tasks.ingest.formats.label_files import VOC, YOLO, PairedLabels, pair
from safety_tasks.ingest.formats.labels import (
    LabelLimits,
    LabelProblem,
    LabelReader,
    ParsedLabel,
)
from safety_tasks.ingest.formats.sources import Source
from safety_tasks.ingest.formats.voc import parse_voc
from safety_tasks.ingest.formats.yolo import parse_yolo
from safety_tasks.ingest.formats.yolo_names import read_yolo_names

Orphans = tuple[tuple[str, str, str], ...]


def open_labels(
    source: Source,
    files: Sorted,
    classes: ClassNames,
    limits: LabelLimits,
    *,
    names_needed: bool,
) -> tuple[LabelReader, Orphans]:
    """Open the labels.

    Args:
        source: the delivery's files.
        files: the same, sorted.
        classes: delivered name to this project's class id.
        limits: what is believable.
        names_needed: whether a delivery that names none of our classes is refused.

    Returns:
        the reader, and the labels without a picture: (file, rule, what was seen).

    Raises:
        BatchError: class names or a COCO document are malformed, or no class is ours.
    """
    if files.format == "coco":
        return _coco(source, files, classes, limits, names_needed)
    if files.format == "yolo":
        names = read_yolo_names(source) or {}
        if names_needed:
            classes.require_some(names.values(), what=source.what)
        folders, suffix = YOLO

        def parse(payload: bytes, width_px: int, height_px: int) -> ParsedLabel | LabelProblem:
            return parse_yolo(payload, names, classes, limits)

    else:
        folders, suffix = VOC

        def parse(payload: bytes, width_px: int, height_px: int) -> ParsedLabel | LabelProblem:
            return parse_voc(payload, (width_px, height_px), classes, limits)

    pairs = pair(files.pictures, files.labels, folders, suffix)
    used = set(pairs.values())
    orphans = tuple(
        (label, "orphan_label", "expected a picture beside it, found none")
        for label in files.labels
        if label not in used
    )
    return PairedLabels(source, pairs, parse, limits), orphans


def _coco(
    source: Source,
    files: Sorted,
    classes: ClassNames,
    limits: LabelLimits,
    names_needed: bool,
) -> tuple[LabelReader, Orphans]:
    labels = CocoLabels(source, files.labels, files.pictures, classes, limits)
    if names_needed:
        classes.require_some(sorted(labels.categories), what=source.what)
    return labels, tuple(
        (file, "orphan_label", f"listed in {document}, expected among the files, found none")
        for file, document in labels.absent
    )
