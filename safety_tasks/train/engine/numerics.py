"""Arithmetic of a training step that is not the framework's own.

Rules: in bfloat16 the network multiplies, the loss is computed in float32, since boxes lose their decimals otherwise;
a loss that nobody reads is not computed.
"""

import math
import re
from typing import Any, Final

# Families of GPUs whose half precision is known to give NaN; the framework leaves it off there, too.
_BAD_HALF: Final = re.compile(
    r"(nvidia|geforce|quadro|tesla).*?(1660|1650|1630|t400|t550|t600|t1000|t1200|t2000|k40m)",
    re.IGNORECASE,
)


class FloatLoss:
    """A loss over predictions that are made float32 first, outside the reduced precision."""

    def __init__(self, criterion: Any) -> None:
        self.criterion = criterion

    def __call__(self, predictions: Any, batch: Any) -> Any:
        """Return the criterion's answer."""
        import torch

        with torch.autocast("cpu", enabled=False):
            return self.criterion(_floats(predictions), batch)


class EpochAverage:
    """The decay of the moving average of the weights, by the number of steps that are in it.

    The framework's needs thousands of steps before it averages at all: 0.9999 (1 - exp(-x / 2000)). A small set has
    tens of steps an epoch, so its average would be the last step's weights, and val would jump with them. This one
    averages over about the steps that it is given, those of an epoch or of a few, and is the framework's own as soon as
    that averages over more.
    """

    def __init__(self, steps: int) -> None:
        self.steps = max(steps, 1)

    def __call__(self, step: int) -> float:
        """Return the share of the average that stays at a step."""
        own = (1 - 1 / self.steps) * (1 - math.exp(-step / self.steps))
        return max(own, 0.9999 * (1 - math.exp(-step / 2000)))

    @property
    def trusted(self) -> int:
        """The step from which the average is one over all of those steps: where a model that knows its task begins."""
        return 4 * self.steps


class NoLoss:
    """The loss of a validation: nobody reads it, the accuracy is what counts."""

    def __call__(self, predictions: Any, batch: Any) -> tuple[float, dict[str, Any]]:
        """Return no items."""
        return 0.0, {}


def amp_fits(model: Any) -> bool:
    """Tell whether mixed precision works on the device of a network, without fetching another one to try it with."""
    import torch

    device = next(model.parameters()).device
    return device.type == "cuda" and not _BAD_HALF.search(torch.cuda.get_device_name(device))


def _floats(value: Any) -> Any:
    import torch

    if isinstance(value, torch.Tensor):
        return value.float()
    if isinstance(value, dict):
        return {name: _floats(part) for name, part in value.items()}
    if isinstance(value, list | tuple):
        return type(value)(_floats(part) for part in value)
    return value
