"""Read COCO JSON labels strictly: a box is ``[left, top, width, height]`` in pixels of the size that the JSON gives.

Rules: a picture is listed by its path, or by its path under ``images/``, under the subset's folder or beside the JSON
file, or by its bare name where only one picture has it. A listed picture without annotations has an empty label; one
that no document lists has none. The size must be the decoded picture's, or the boxes belong to another picture. A
crowd, a turned box or a scored one (a prediction) is no label. Categories count by name; each
document may number them as it likes.
Source: the COCO data format (instances) as CVAT exports it.
"""

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any, Final

from safety_tasks.errors import BatchError
from safety_tasks.ingest.formats.class_names import ClassNames
from safety_tasks.ingest.formats.coco_json import MAX_JSON_BYTES, CocoImage, brief, read_coco
from safety_tasks.ingest.formats.labels import BoxSheet, LabelLimits, LabelProblem, ParsedLabel
from safety_tasks.ingest.formats.numbers import json_decimal_of, json_whole_of
from safety_tasks.ingest.formats.sources import Source

_MAX_BYTES: Final = 2 * MAX_JSON_BYTES


class CocoLabels:
    """The labels of a delivery's COCO documents, by picture."""

    def __init__(
        self,
        source: Source,
        documents: Iterable[str],
        pictures: tuple[str, ...],
        classes: ClassNames,
        limits: LabelLimits,
    ) -> None:
        """Read all documents.

        Args:
            source: the delivery's files.
            documents: the names of its COCO documents.
            pictures: its pictures.
            classes: delivered name to this project's class id.
            limits: what is believable.

        Raises:
            BatchError: a document is refused, or two entries list one picture.
        """
        self._classes = classes
        self._limits = limits
        self._images: dict[str, CocoImage] = {}
        self.categories: set[str] = set()
        self.absent: dict[tuple[str, str], None] = {}
        by_name: dict[str, dict[str, None]] = defaultdict(dict)
        for picture in pictures:
            by_name[picture.rpartition("/")[2]][picture] = None
        documents = tuple(documents)
        total = sum(source.size_bytes(name) for name in documents)
        if total > _MAX_BYTES:
            raise BatchError(
                f"{source.what}: expected ≤ {_MAX_BYTES} bytes of COCO JSON, found {total}. "
                "Export the task in parts, as batches of their own."
            )
        for name in documents:
            document = read_coco(source, name)
            self.categories.update(document.categories)
            for image in document.images:
                self._list(image, by_name, source.what)

    def label_of(
        self, picture: str, width_px: int, height_px: int
    ) -> ParsedLabel | LabelProblem | None:
        """Return a picture's label, the reason why it cannot be believed, or None where no document lists it."""
        image = self._images.get(picture)
        if image is None:
            return None
        size = json_whole_of(image.entry.get("width")), json_whole_of(image.entry.get("height"))
        if size != (width_px, height_px):
            shown = f"{brief(image.entry.get('width'))}x{brief(image.entry.get('height'))}"
            return LabelProblem(
                "size_disagrees",
                f"expected the decoded size {width_px}x{height_px}, found {shown} in {image.listed_in}",
            )
        sheet = BoxSheet(self._limits)
        for number, (entry, category) in enumerate(image.annotations, start=1):
            where = f"annotation {number} (id {brief(entry.get('id'))})"
            problem = self._add(entry, category, where, (width_px, height_px), sheet)
            if problem is not None:
                return problem
        return sheet.label()

    def raw_of(self, picture: str) -> tuple[str, bytes] | None:
        """Return the picture's entries, as JSON named by the picture, or None where no document lists it."""
        image = self._images.get(picture)
        if image is None:
            return None
        entries = {
            "listed_in": image.listed_in,
            "image": image.entry,
            "annotations": [{**entry, "category": name} for entry, name in image.annotations],
        }
        try:
            text = json.dumps(entries, indent=1)
        except RecursionError:
            text = json.dumps({"listed_in": image.listed_in, "found": "nested too deeply to show"})
        return f"{picture}.json", text.encode("ascii")

    def _list(self, image: CocoImage, by_name: Mapping[str, Mapping[str, None]], what: str) -> None:
        picture = _find(image, by_name)
        absent = (image.file_name, image.listed_in)
        if picture in self._images or absent in self.absent:
            raise BatchError(
                f"{what}{image.listed_in}: expected each picture listed once, found "
                f"{image.file_name[:200]!r} again. Keep one entry."
            )
        if picture is None:
            self.absent[absent] = None
        else:
            self._images[picture] = image

    def _add(
        self,
        entry: Mapping[str, Any],
        category: str,
        where: str,
        size_px: tuple[int, int],
        sheet: BoxSheet,
    ) -> LabelProblem | None:
        if "score" in entry:
            return LabelProblem(
                "unexpected_confidence",
                f"{where}: expected no score: a prediction is no label until a person confirms it",
            )
        crowd = entry.get("iscrowd", 0)
        if json_whole_of(crowd) != 0:
            return LabelProblem("crowd_box", f"{where}: expected iscrowd 0, found {brief(crowd)}")
        attributes = entry.get("attributes", {})
        turned = attributes.get("rotation", 0) if isinstance(attributes, dict) else attributes
        angle = json_decimal_of(turned)
        if angle != 0:
            return LabelProblem(
                "rotated_box", f"{where}: expected rotation 0, found {brief(turned)}"
            )
        corners = entry.get("bbox")
        values = [json_decimal_of(each) for each in corners] if isinstance(corners, list) else []
        left, top, width, height = values if len(values) == 4 else (None,) * 4
        if left is None or top is None or width is None or height is None:
            return LabelProblem(
                "malformed_label", f"{where}: expected four numbers as bbox, found {brief(corners)}"
            )
        class_id = self._classes.id_of(category)
        if class_id is None:
            return LabelProblem("unknown_class", f"{where}: {self._classes.unknown(category)}")
        w, h = width / size_px[0], height / size_px[1]
        return sheet.add(where, class_id, left / size_px[0] + w / 2, top / size_px[1] + h / 2, w, h)


def _find(image: CocoImage, by_name: Mapping[str, Mapping[str, None]]) -> str | None:
    """Return the delivered picture that an entry lists, or None."""
    file = image.file_name.removeprefix("./")
    named = by_name.get(file.rpartition("/")[2], {})
    folder, _, document = image.listed_in.rpartition("/")
    subset = document.removeprefix("instances_").removesuffix(".json")
    places = (f"images/{subset}/{file}", f"{folder}/{file}".lstrip("/"), file, f"images/{file}")
    for place in places:
        if place in named:
            return place
    only = next(iter(named)) if len(named) == 1 else ""
    return only if only.endswith("/" + file) else None
