"""The table ``boxes``: what follows from the numbers of each box."""

from typing import TYPE_CHECKING, Final

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from safety_tasks.validate.columns import box_classes, box_floats, flattened, floats

if TYPE_CHECKING:
    import pandas as pd

_PLACE: Final = ("x_center", "y_center", "width", "height")


def box_table(table: pa.Table) -> "pd.DataFrame":
    """Return a row for each box.

    ``picture`` is the row of its picture; ``class_id``; ``width`` and ``height`` are normalised to the picture (0-1),
    ``share`` is their product; ``overhang`` is how much of the picture's side lies beyond its edge; ``area_px``;
    ``aspect`` is the longer side in pixels over the shorter, NaN where one is nothing; ``repeated`` tells whether its
    picture has the same box of the same class before it.

    Args:
        table: the manifest, readable.
    """
    import pandas as pd

    flat, picture = flattened(table)
    class_id = box_classes(flat)
    x, y, width, height = (box_floats(flat, name) for name in _PLACE)
    width_px = width * floats(table["width_px"])[picture]
    height_px = height * floats(table["height_px"])[picture]
    return pd.DataFrame(
        {
            "picture": picture,
            "class_id": class_id,
            "width": width,
            "height": height,
            "share": width * height,
            "overhang": _overhang(x, y, width, height),
            "area_px": width_px * height_px,
            "aspect": _aspect(width_px, height_px),
            "repeated": _repeated(picture, class_id, x, y, width, height),
        }
    )


def _overhang(
    x: npt.NDArray[np.float64],
    y: npt.NDArray[np.float64],
    width: npt.NDArray[np.float64],
    height: npt.NDArray[np.float64],
) -> npt.NDArray[np.float64]:
    across = np.abs(x - 0.5) + width / 2 - 0.5
    down = np.abs(y - 0.5) + height / 2 - 0.5
    return np.maximum(0.0, np.maximum(across, down))


def _aspect(
    width_px: npt.NDArray[np.float64], height_px: npt.NDArray[np.float64]
) -> npt.NDArray[np.float64]:
    short, long = np.minimum(width_px, height_px), np.maximum(width_px, height_px)
    return np.divide(long, short, out=np.full_like(long, np.nan), where=short > 0)


def _repeated(
    picture: npt.NDArray[np.int64], *numbers: npt.NDArray[np.generic]
) -> npt.NDArray[np.bool_]:
    """Tell of each box whether an earlier one of its picture is equal; a box alone in its picture is passed over."""
    import pandas as pd

    repeated = np.zeros(len(picture), np.bool_)
    several = np.zeros(len(picture), np.bool_)
    several[1:] = picture[1:] == picture[:-1]
    several[:-1] |= several[1:]
    columns = {str(index): column[several] for index, column in enumerate((picture, *numbers))}
    repeated[several] = pd.DataFrame(columns).duplicated().to_numpy()
    return repeated
