"""Read YOLO labels strictly: one text file a picture, ``class x_center y_center width height`` a line, 0-1.

Rules: ASCII only, CRLF allowed; exactly five fields. A sixth is a confidence, so a prediction and no label
(``unexpected_confidence``); more are a polygon or a turned box, which would lose its shape in silence.
Source: the YOLO label format as Ultralytics, Roboflow and Label Studio write it.
"""

from collections.abc import Mapping

from safety_tasks.ingest.formats.class_names import ClassNames
from safety_tasks.ingest.formats.labels import BoxSheet, LabelLimits, LabelProblem, ParsedLabel
from safety_tasks.ingest.formats.numbers import decimal_of, whole_of


def parse_yolo(
    payload: bytes, names: Mapping[int, str], classes: ClassNames, limits: LabelLimits
) -> ParsedLabel | LabelProblem:
    """Parse a label file.

    Args:
        payload: the file's bytes, no more than ``limits.max_bytes``.
        names: class number of this delivery to its name.
        classes: delivered name to this project's class id.
        limits: what is believable.
    """
    try:
        lines = payload.decode("ascii").split("\n")
    except UnicodeDecodeError as problem:
        return LabelProblem("label_not_text", f"expected ASCII numbers, found {problem}")
    sheet = BoxSheet(limits)
    for number, line in enumerate(lines, start=1):
        fields = line.removesuffix("\r").replace("\t", " ").split(" ")
        wrong = _add_line([field for field in fields if field], number, names, classes, sheet)
        if wrong is not None:
            return wrong
    return sheet.label()


def _add_line(
    fields: list[str],
    number: int,
    names: Mapping[int, str],
    classes: ClassNames,
    sheet: BoxSheet,
) -> LabelProblem | None:
    where = f"line {number}"
    if not fields:
        return None
    if len(fields) == 6:
        return LabelProblem(
            "unexpected_confidence",
            f"{where}: expected 5 fields, found 6: a prediction is no label until a person confirms it",
        )
    if len(fields) != 5:
        more = ": export boxes, not polygons or turned boxes" if len(fields) > 6 else ""
        return LabelProblem(
            "malformed_label", f"{where}: expected 5 fields, found {len(fields)}{more}"
        )
    given = whole_of(fields[0])
    x, y, w, h = (decimal_of(field) for field in fields[1:])
    if given is None or x is None or y is None or w is None or h is None:
        shown = " ".join(fields)[:60]
        return LabelProblem("malformed_label", f"{where}: expected numbers, found {shown!r}")
    if given not in names:
        return LabelProblem(
            "unknown_class", f"{where}: expected a class number with a name, found {given}"
        )
    class_id = classes.id_of(names[given])
    if class_id is None:
        return LabelProblem("unknown_class", f"{where}: {classes.unknown(names[given])}")
    return sheet.add(where, class_id, x, y, w, h)
