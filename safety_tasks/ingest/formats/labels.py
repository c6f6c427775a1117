"""What a label is, whatever format it came in: named boxes inside the picture, or the reason why not.

Rules: a picture's label is believed as a whole or not at all, since a picture with one box missing teaches the
detector that a hazard is background. Only two harmless defects are mended, each with a ledger row: an overhang of at
most 0.5 % over the picture's edge is clipped, and a box written twice counts once. A box that fills nearly the whole
picture is believed and warned about. Every format brings its boxes to one place, ``BoxSheet``, so that the same boxes
give the same label whoever wrote them.
"""

import math
from dataclasses import dataclass
from typing import Final, Protocol

from safety_tasks.records.picture import Box

OVERHANG: Final = 0.005
_ROUNDING: Final = 1e-6


@dataclass(frozen=True)
class LabelLimits:
    """What is believable of one picture's label.

    ``max_bytes`` of a label file, ``max_boxes`` in it, and the share of the picture (0-1) that a box may fill unwarned.
    """

    max_bytes: int = 65536
    max_boxes: int = 500
    max_box_share: float = 0.9


@dataclass(frozen=True)
class LabelProblem:
    """Why a label cannot be believed."""

    rule: str
    observed: str


@dataclass(frozen=True)
class ParsedLabel:
    """The boxes of a picture, what was mended, and what is doubtful: (rule, what was seen)."""

    boxes: tuple[Box, ...]
    mended: tuple[tuple[str, str], ...] = ()
    warned: tuple[tuple[str, str], ...] = ()


class LabelReader(Protocol):
    """The labels of a delivery; every method may be called from several threads."""

    def label_of(
        self, picture: str, width_px: int, height_px: int
    ) -> ParsedLabel | LabelProblem | None:
        """Return a picture's label.

        Args:
            picture: its file, one of the delivery's pictures.
            width_px: its width as decoded, without turning it by EXIF.
            height_px: its height, likewise.

        Returns:
            None where nobody labelled the picture, which is not an empty label.

        Raises:
            BatchError: the delivery can no longer be read.
        """

    def raw_of(self, picture: str) -> tuple[str, bytes] | None:
        """Return the name and the bytes of a picture's label as delivered, or None where there is none."""


class BoxSheet:
    """The boxes of one picture while they are read."""

    def __init__(self, limits: LabelLimits) -> None:
        self._limits = limits
        self._boxes: dict[Box, None] = {}
        self._mended: list[tuple[str, str]] = []
        self._warned: list[tuple[str, str]] = []

    def add(
        self, where: str, class_id: int, x: float, y: float, w: float, h: float
    ) -> LabelProblem | None:
        """Take a box in.

        Args:
            where: where it stands, for messages (``line 3``).
            class_id: this project's class id.
            x: its centre from the left, normalised to the picture (0-1).
            y: its centre from the top, likewise.
            w: its width, likewise.
            h: its height, likewise.

        Returns:
            why the box, and with it the label, cannot be believed; None if it can.
        """
        if len(self._boxes) >= self._limits.max_boxes:
            return LabelProblem(
                "too_many_boxes", f"expected ≤ {self._limits.max_boxes} boxes, found more"
            )
        if not all(math.isfinite(value) for value in (x, y, w, h)):
            return LabelProblem(
                "not_finite", f"{where}: expected finite numbers, found {x} {y} {w} {h}"
            )
        if w <= 0 or h <= 0:
            return LabelProblem(
                "zero_area", f"{where}: expected width and height > 0, found {w} {h}"
            )
        edges = (x - w / 2, y - h / 2, x + w / 2, y + h / 2)
        worst = max(-edges[0], -edges[1], edges[2] - 1, edges[3] - 1)
        if worst > OVERHANG:
            return LabelProblem(
                "outside_picture",
                f"{where}: expected a box inside, found {worst:.3g} of the picture's side outside",
            )
        left, top, right, bottom = (min(1.0, max(0.0, edge)) for edge in edges)
        if right <= left or bottom <= top:
            return LabelProblem("zero_area", f"{where}: expected a box inside, found nothing of it")
        if worst > _ROUNDING:
            self._mended.append(("clipped_box", f"{where}: an overhang of {worst:.4f} was cut off"))
        self._keep(
            where,
            Box(
                class_id=class_id,
                x_center=_rounded((left + right) / 2),
                y_center=_rounded((top + bottom) / 2),
                width=max(1e-6, _rounded(right - left)),
                height=max(1e-6, _rounded(bottom - top)),
            ),
        )
        return None

    def label(self) -> ParsedLabel:
        """Return what was taken in, in the order of delivery."""
        return ParsedLabel(tuple(self._boxes), tuple(self._mended), tuple(self._warned))

    def _keep(self, where: str, box: Box) -> None:
        if box in self._boxes:
            self._mended.append(("duplicate_box", f"{where} repeats an earlier box"))
            return
        self._boxes[box] = None
        share = box.width * box.height
        if share > self._limits.max_box_share:
            self._warned.append(
                (
                    "huge_box",
                    f"{where}: expected ≤ {self._limits.max_box_share:.0%} of the picture, found {share:.0%}",
                )
            )


def _rounded(value: float) -> float:
    """Round to the label format's six decimals, so that a label's digest does not depend on its writer."""
    return min(1.0, round(value, 6))
