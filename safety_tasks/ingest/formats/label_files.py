"""Labels that are one file a picture: which file belongs to which picture, and its bytes as delivered.

Rules: the place decides, so a name written inside a file is not looked at; one label file for two pictures
(``a.jpg`` beside ``a.png``) labels neither; a file that is too large to be a label is not read.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from pathlib import PurePosixPath
from typing import Final

from safety_tasks.ingest.formats.labels import LabelLimits, LabelProblem, ParsedLabel
from safety_tasks.ingest.formats.sources import Source

# Folder of pictures, folder of labels beside it, and the labels' suffix.
YOLO: Final = (("images", "labels"), ".txt")
VOC: Final = (("JPEGImages", "Annotations"), ".xml")
_LARGEST_KEPT: Final = 4 * 1024 * 1024
Parse = Callable[[bytes, int, int], ParsedLabel | LabelProblem]


class PairedLabels:
    """The label files of a delivery, paired with its pictures and parsed on demand."""

    def __init__(
        self, source: Source, pairs: Mapping[str, str | None], parse: Parse, limits: LabelLimits
    ) -> None:
        """Keep what is needed to read on demand.

        Args:
            source: the delivery's files.
            pairs: each picture and its label file, or None.
            parse: turns a file's bytes, and its picture's width and height in pixels, into a label.
            limits: what is believable.
        """
        self._source = source
        self._pairs = pairs
        self._parse = parse
        self._limits = limits
        self._uses = Counter(label for label in pairs.values() if label is not None)

    def label_of(
        self, picture: str, width_px: int, height_px: int
    ) -> ParsedLabel | LabelProblem | None:
        """Return a picture's label, the reason why it cannot be believed, or None where it has no file."""
        label = self._pairs[picture]
        if label is None:
            return None
        if self._uses[label] > 1:
            return LabelProblem(
                "ambiguous_label",
                f"expected one picture for {label}, found {self._uses[label]}: rename one",
            )
        size = self._source.size_bytes(label)
        if size > self._limits.max_bytes:
            return LabelProblem(
                "label_too_large", f"expected ≤ {self._limits.max_bytes} bytes, found {size}"
            )
        return self._parse(self._source.read(label, self._limits.max_bytes), width_px, height_px)

    def raw_of(self, picture: str) -> tuple[str, bytes] | None:
        """Return the label file as delivered; of one beyond 4 MiB a note in its place."""
        label = self._pairs[picture]
        if label is None:
            return None
        size = self._source.size_bytes(label)
        if size > _LARGEST_KEPT:
            return label, f"{size} bytes, too large to keep: see {self._source.what}\n".encode()
        return label, self._source.read(label, _LARGEST_KEPT)


def pair(
    pictures: Iterable[str], labels: Iterable[str], folders: tuple[str, str], suffix: str
) -> dict[str, str | None]:
    """Find each picture's label file.

    Args:
        pictures: the delivery's pictures.
        labels: its label files.
        folders: the folder of pictures and that of labels beside it (``("images", "labels")``).
        suffix: of the label files, with the dot.

    Returns:
        for each picture the label under the folder of labels, else the one right beside it, else None.
    """
    there = set(labels)
    pairs: dict[str, str | None] = {}
    for picture in pictures:
        candidates = (
            label_beside(picture, folders, suffix),
            str(PurePosixPath(picture).with_suffix(suffix)),
        )
        pairs[picture] = next((each for each in candidates if each in there), None)
    return pairs


def label_beside(picture: str, folders: tuple[str, str], suffix: str) -> str | None:
    """Return where a picture's label belongs: under the folder of labels beside its own; None if it is in none."""
    path = PurePosixPath(picture)
    parts = list(path.parts)
    at = max((n for n, part in enumerate(parts[:-1]) if part == folders[0]), default=None)
    if at is None:
        return None
    parts[at] = folders[1]
    return str(PurePosixPath(*parts).with_suffix(suffix))
