"""Weights between those of two networks: where a warm start begins.

Rule: what only one of them has, as the layers of its classes, stays as it is there.
Source: M. Wortsman et al., "Robust fine-tuning of zero-shot models", CVPR 2022 (weight-space ensembles); J. Ash and
R. Adams, "On Warm-Starting Neural Network Training", NeurIPS 2020 (why a trained network learns new data worse).
"""

from pathlib import Path

from safety_tasks.train.engine.checkpoints import write_whole
from safety_tasks.train.engine.loading import load_base, require_same_network
from safety_tasks.train.engine.saving import packed_detector


def mix_weights(trained: Path, origin: Path, share: float, target: Path, imgsz_px: int) -> int:
    """Write ``share`` of a network and the rest of another; return how many tensors were mixed.

    Args:
        trained: a ``.pt`` file; its classes and its layers for them stay.
        origin: another one of the same network.
        share: of the first, 0-1.
        target: the file to write.
        imgsz_px: the size that the mixture will be trained with.

    Raises:
        BaseWeightsMissing: one cannot be read as data alone, or they are of different networks.
    """
    model, other = load_base(trained), load_base(origin)
    require_same_network(model, other, origin.name)
    values, others = model.state_dict(), other.state_dict()
    mixed = {
        name: share * value + (1 - share) * others[name]
        for name, value in values.items()
        if value.is_floating_point() and name in others and others[name].shape == value.shape
    }
    model.load_state_dict({**values, **mixed})
    write_whole(target, packed_detector(model, imgsz_px))
    return len(mixed)
