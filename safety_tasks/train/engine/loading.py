"""Read the weights that training starts from.

Rules: the loader that builds known layers only, told so here and not by the environment; of the file nothing but the
numbers and the class names is used, and the network is built from our own description; what does not fit is refused.
"""

from pathlib import Path
from typing import Any, Final

from safety_tasks.errors import BaseWeightsMissing

_DO: Final = (
    "Configure weights of a YOLOv8n detector (train.base_weights), or set start_from_scratch."
)


def load_base(path: Path) -> Any:
    """Return the network of a ``.pt`` file, float32.

    Raises:
        BaseWeightsMissing: it is not there, cannot be read, holds more than a detector, or has no finite numbers.
    """
    import torch
    from ultralytics.nn.tasks import DetectionModel, torch_safe_load

    if not path.is_file():
        raise BaseWeightsMissing(f"base weights: expected a file, found none at {path}. {_DO}")
    try:
        checkpoint, _ = torch_safe_load(path, safe_only=True)  # type: ignore[no-untyped-call]
        model = checkpoint.get("ema") or checkpoint.get("model")
    except Exception as problem:  # whatever a foreign file makes the loader raise
        raise BaseWeightsMissing(
            f"base weights {path.name}: expected the weights of a detector and nothing else, found what the safe "
            f"loader refuses ({type(problem).__name__}). Nothing of it was run. {_DO}"
        ) from problem
    if type(model) is not DetectionModel:
        raise BaseWeightsMissing(
            f"base weights {path.name}: expected a detector, found {type(model).__name__}. {_DO}"
        )
    model = model.float()
    if not all(torch.isfinite(value).all() for value in model.state_dict().values()):
        raise BaseWeightsMissing(
            f"base weights {path.name}: expected finite numbers, found NaN or infinity. {_DO}"
        )
    return model


def require_same_network(model: Any, base: Any, where: str) -> None:
    """Refuse weights of another network: all but the classes' last layers must have the same shapes.

    Raises:
        BaseWeightsMissing: they have not.
    """
    theirs = {name: value.shape for name, value in base.state_dict().items()}
    head = f"model.{len(model.model) - 1}."
    odd = [
        name
        for name, value in model.state_dict().items()
        if not name.startswith(head) and theirs.get(name) != value.shape
    ]
    if odd:
        raise BaseWeightsMissing(
            f"base weights {where}: expected the layers of yolov8n, found {len(odd)} tensors that differ, "
            f"first {odd[0]}. {_DO}"
        )


def class_names(model: Any) -> tuple[str, ...]:
    """Return a network's class names in the order of their numbers."""
    names = getattr(model, "names", None) or {}
    values = names.values() if isinstance(names, dict) else names
    return tuple(str(name) for name in values)
