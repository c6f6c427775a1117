"""The tables ``classes``, ``scenes``, ``splits`` and ``version``: how much evidence there is, beside the parent's."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Final

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from safety_tasks.records.batch import BatchKind
from safety_tasks.records.dataset import DatasetVersion, SplitSummary
from safety_tasks.records.picture import SPLITS, Split
from safety_tasks.validate.drift import CLASS_PREFIX, Drift
from safety_tasks.validate.history import boxes_by_class

if TYPE_CHECKING:
    import pandas as pd

_QUOTA: Final = ("train", "val")
_MEASURES: Final = ("class mix", "box side", "brightness", "sharpness", "boxes per picture")


def class_table(
    classes: Sequence[str],
    pictures: "pd.DataFrame",
    boxes: "pd.DataFrame",
    parent: pa.Table | None,
    drift: Sequence[Drift],
) -> "pd.DataFrame":
    """Return a row for each hazard class.

    ``name``; ``train_boxes``, ``val_boxes``, ``holdout_boxes``; ``train_scenes`` that show it; ``times_rarer``: the
    commonest hazard's boxes in train over its own, NaN where it has none; ``kept``: its boxes over the parent's;
    ``drift``: the stability index of the pictures that show it.
    """
    import pandas as pd

    split, scene = pictures["split"], pd.factorize(pictures["scene"])[0]
    picture, class_id = boxes["picture"].to_numpy(), boxes["class_id"].to_numpy()
    known = (class_id >= 0) & (class_id < len(classes))
    counts = {}
    for name in ("train", "val", "holdout"):
        mine = known & (split == name).to_numpy(bool)[picture]
        counts[name] = np.bincount(class_id[mine], minlength=len(classes))
        if name == "train":
            shown = np.unique(scene[picture[mine]].astype(np.int64) * len(classes) + class_id[mine])
    train = counts["train"].astype(np.float64)
    rarer = np.divide(train.max(initial=0), train, out=np.full_like(train, np.nan), where=train > 0)
    psi = {row.measure: row.psi for row in drift}
    return pd.DataFrame(
        {
            "name": list(classes),
            **{f"{name}_boxes": each for name, each in counts.items()},
            "train_scenes": np.bincount(shown % len(classes), minlength=len(classes)),
            "times_rarer": rarer,
            "kept": _kept(np.bincount(class_id[known], minlength=len(classes)), parent),
            "drift": [psi.get(f"{CLASS_PREFIX}{name}", 0.0) for name in classes],
        }
    )


def scene_table(pictures: "pd.DataFrame") -> "pd.DataFrame":
    """Return ``scene train_share``: a row for each scene in train, and its share of train's pictures (0-1)."""
    import pandas as pd

    counts = pictures.loc[pictures["split"] == "train", "scene"].value_counts(sort=False)
    return pd.DataFrame(
        {"scene": counts.index, "train_share": counts.to_numpy() / max(1, counts.sum())}
    )


def split_table(pictures: "pd.DataFrame", recorded: Mapping[Split, SplitSummary]) -> "pd.DataFrame":
    """Return a row for each split: ``name pictures recorded``, and ``false_alarm_share`` where a quota holds."""
    import pandas as pd

    counts = pictures["split"].value_counts()
    alarms = pictures.loc[pictures["kind"] == BatchKind.FALSE_ALARM.value, "split"].value_counts()
    return pd.DataFrame(
        {
            "name": list(SPLITS),
            "pictures": [int(counts.get(name, 0)) for name in SPLITS],
            "recorded": [recorded[name].pictures if name in recorded else 0 for name in SPLITS],
            "false_alarm_share": [
                alarms.get(name, 0) / max(1, counts.get(name, 0)) if name in _QUOTA else 0.0
                for name in SPLITS
            ],
        }
    )


def version_table(
    version: DatasetVersion, pictures: "pd.DataFrame", kept: float, drift: Sequence[Drift]
) -> "pd.DataFrame":
    """Return one row: ``version holdout_pictures val_pictures pictures_kept drift_…``."""
    import pandas as pd

    psi = {row.measure: row.psi for row in drift}
    return pd.DataFrame(
        {
            "version": [version.version_id],
            "holdout_pictures": [int((pictures["split"] == "holdout").sum())],
            "val_pictures": [int((pictures["split"] == "val").sum())],
            "pictures_kept": [kept],
            **{f"drift_{name.replace(' ', '_')}": [psi.get(name, 0.0)] for name in _MEASURES},
        }
    )


def _kept(now: npt.NDArray[np.int64], parent: pa.Table | None) -> npt.NDArray[np.float64]:
    """Return each class's boxes over the parent's; 1 where the parent had none."""
    kept = np.ones(len(now))
    if parent is not None:
        before = boxes_by_class(parent, len(now)).astype(np.float64)
        np.divide(now, before, out=kept, where=before > 0)
    return kept
