"""Read Pascal VOC labels strictly: one XML file a picture, boxes as corners in pixels, classes by name.

Rules: corners count from 0 at the picture's edge, as CVAT, Roboflow and Label Studio write them; an export that counts
whole pixels from 1 lies one pixel to the right and below, within the overhang that is mended. The size must be the
decoded picture's, or the boxes belong to another picture. ``truncated`` and ``difficult`` are ignored: a hazard that
is hard to see is a hazard. A turned box is no box. Parts of an object are not boxes of their own.
Source: the Pascal VOC annotation format as CVAT and Roboflow export it.
"""

from safety_tasks.ingest.formats.class_names import ClassNames
from safety_tasks.ingest.formats.labels import BoxSheet, LabelLimits, LabelProblem, ParsedLabel
from safety_tasks.ingest.formats.numbers import decimal_of, whole_of
from safety_tasks.ingest.formats.xml_tree import Element, UnsafeXml, parse_xml

_CORNERS = ("xmin", "ymin", "xmax", "ymax")


def parse_voc(
    payload: bytes, size_px: tuple[int, int], classes: ClassNames, limits: LabelLimits
) -> ParsedLabel | LabelProblem:
    """Parse a label file.

    Args:
        payload: the file's bytes, no more than ``limits.max_bytes``.
        size_px: width and height of the decoded picture.
        classes: delivered name to this project's class id.
        limits: what is believable.
    """
    try:
        root = parse_xml(payload)
    except UnsafeXml as problem:
        return LabelProblem("unsafe_xml", f"expected plain XML, found {problem}")
    except ValueError as problem:
        return LabelProblem("malformed_label", f"expected VOC XML, found {problem}")
    if root.tag != "annotation":
        return LabelProblem("malformed_label", f"expected <annotation>, found <{root.tag[:40]}>")
    given = root.value("size", "width"), root.value("size", "height")
    if tuple(whole_of(text or "") for text in given) != size_px:
        return LabelProblem(
            "size_disagrees",
            f"expected the decoded size {size_px[0]}x{size_px[1]}, found {_shown(given[0])}x{_shown(given[1])}",
        )
    sheet = BoxSheet(limits)
    for number, item in enumerate(root.all("object"), start=1):
        wrong = _add(item, f"object {number}", size_px, classes, sheet)
        if wrong is not None:
            return wrong
    return sheet.label()


def _add(
    item: Element, where: str, size_px: tuple[int, int], classes: ClassNames, sheet: BoxSheet
) -> LabelProblem | None:
    name = item.value("name")
    texts = [item.value("bndbox", corner) for corner in _CORNERS]
    left, top, right, bottom = (decimal_of(text or "") for text in texts)
    if not name or left is None or top is None or right is None or bottom is None:
        found = f"{_shown(name)} with {', '.join(_shown(text) for text in texts)}"
        return LabelProblem(
            "malformed_label", f"{where}: expected a name and four corners in bndbox, found {found}"
        )
    for attribute in (each for group in item.all("attributes") for each in group.all("attribute")):
        angle = attribute.value("value")
        if attribute.value("name") == "rotation" and decimal_of(angle or "") != 0:
            return LabelProblem(
                "rotated_box", f"{where}: expected rotation 0, found {_shown(angle)}"
            )
    class_id = classes.id_of(name)
    if class_id is None:
        return LabelProblem("unknown_class", f"{where}: {classes.unknown(name)}")
    width, height = size_px
    return sheet.add(
        where,
        class_id,
        (left + right) / 2 / width,
        (top + bottom) / 2 / height,
        (right - left) / width,
        (bottom - top) / height,
    )


def _shown(text: str | None) -> str:
    return "nothing" if text is None else ascii(text[:40])
