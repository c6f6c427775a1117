"""Let a detector that grows by a class keep what it knew of the old ones.

Rules: layers of one shape are the framework's to copy; of the last layer of each branch, whose shape follows the number
of classes, the rows of the old classes are copied here; new classes keep the framework's start; what does not fit is
refused, since a half copied head is worse than none.
"""

from collections.abc import Sequence
from typing import Any, Final

from safety_tasks.errors import TrainingError

_BRANCHES: Final = 3  # one for each of the strides 8, 16 and 32


def keep_class_rows(
    model: Any, base_model: Any, old_names: Sequence[str], new_names: Sequence[str]
) -> int:
    """Copy the rows of the old classes from a base model's head into a grown model's.

    Args:
        model: the framework's ``DetectionModel`` of the new classes, all other layers copied; it is changed.
        base_model: the one that was trained on the old classes.
        old_names: classes of the base model, by number.
        new_names: classes of the grown model; they begin with the old ones and are more.

    Returns:
        the number of tensors that rows were copied into: weight and bias of each branch.

    Raises:
        TrainingError: the names do not grow, or the heads are not of one architecture.
    """
    import torch

    old, new = tuple(old_names), tuple(new_names)
    if not old or len(new) <= len(old) or new[: len(old)] != old:
        raise TrainingError(
            f"head: expected classes that begin with {', '.join(old) or 'at least one old class'} and are more, "
            f"found {', '.join(new)}. Add new classes at the end."
        )
    pairs = []
    for branch, (ours, theirs) in enumerate(
        zip(
            _last_layers(model, "new", len(new)),
            _last_layers(base_model, "base", len(old)),
            strict=True,
        )
    ):
        for part in ("weight", "bias"):
            target, source = getattr(ours, part), getattr(theirs, part)
            if target is None or source is None or target.shape[1:] != source.shape[1:]:
                raise TrainingError(
                    f"head: expected branch {branch} of {_shape(source)} to grow only in its rows, found "
                    f"{_shape(target)} ({part}). The base weights are of another architecture: choose others."
                )
            pairs.append((target, source))
    with torch.no_grad():
        for target, source in pairs:
            target[: len(old)].copy_(source)
    return len(pairs)


def _last_layers(model: Any, which: str, classes: int) -> list[Any]:
    """Return the layer of each branch that scores classes."""
    from torch import nn
    from ultralytics.nn.modules.head import Detect

    layers: Any = getattr(model, "model", None)
    head: Any = layers[-1] if isinstance(layers, nn.Sequential) and len(layers) else None
    branches: Any = head.cv3 if type(head) is Detect else ()
    last = [branch[-1] for branch in branches]
    fits = (
        len(last) == _BRANCHES
        and getattr(head, "one2one_cv3", None) is None
        and all(isinstance(layer, nn.Conv2d) and layer.out_channels == classes for layer in last)
    )
    if not fits:
        found = [getattr(layer, "out_channels", "?") for layer in last]
        raise TrainingError(
            f"head: expected the {which} model to be YOLOv8's detector with {_BRANCHES} branches of {classes} classes, "
            f"found {type(head).__name__} with branches of {found}. The weights are of another architecture: "
            "choose others."
        )
    return last


def _shape(tensor: Any) -> str:
    return "nothing" if tensor is None else str(tuple(tensor.shape))
