"""Give whole scenes to train, val and holdout.

Rules: a scene that has a split keeps it for ever; train is served first, then the holdout, then val, so that every
hazard is supported in each where its scenes allow; the rest goes where the need is greatest; once there is a holdout,
no scene is added to it here. No chance is involved: equal input gives equal splits.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from safety_tasks.digests import sha256_bytes
from safety_tasks.records.picture import Split

BACKGROUND = -1
_ORDER: tuple[Split, ...] = ("train", "val", "holdout")
_SERVED: tuple[Split, ...] = ("train", "holdout", "val")


@dataclass
class _Plan:
    scenes: Mapping[str, Mapping[int, int]]
    share: Mapping[Split, float]
    split_of: dict[str, Split]
    totals: dict[int, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for counts in self.scenes.values():
            for hazard, count in counts.items():
                self.totals[hazard] = self.totals.get(hazard, 0) + count

    def has(self, split: Split, hazard: int) -> int:
        return sum(
            self.scenes[scene].get(hazard, 0)
            for scene, mine in self.split_of.items()
            if mine == split and scene in self.scenes
        )

    def free(self) -> list[str]:
        return [scene for scene in self.scenes if scene not in self.split_of]

    def need(self, split: Split, scene: str) -> float:
        """How much of what a scene holds its split still wants, as a share of the wish."""
        wants = []
        for hazard, count in self.scenes[scene].items():
            wish = self.share[split] * self.totals[hazard]
            if count and wish:
                wants.append((wish - self.has(split, hazard)) / wish)
        return min(wants, default=0.0) + sum(wants) / max(1, len(wants))


def assign_splits(
    scenes: Mapping[str, Mapping[int, int]],
    fixed: Mapping[str, Split],
    *,
    val_fraction: float,
    holdout_fraction: float,
    holdout_open: bool = True,
) -> dict[str, Split]:
    """Assign each scene to a split.

    Args:
        scenes: count of boxes a hazard (``BACKGROUND`` counts pictures without any) of each scene.
        fixed: splits that scenes have already.
        val_fraction: the share of each hazard's boxes wished for val (0-1).
        holdout_fraction: the share wished for the holdout (0-1).
        holdout_open: whether scenes may be added to the holdout.

    Returns:
        the split of each scene, and of each fixed one.
    """
    share: dict[Split, float] = {
        "train": 1 - val_fraction - holdout_fraction,
        "val": val_fraction,
        "holdout": holdout_fraction,
    }
    plan = _Plan(scenes, share, dict(fixed))
    closed = () if holdout_open else ("holdout",)
    for hazard in _rarest_first(scenes):
        for split in _SERVED:
            if split in closed or plan.has(split, hazard):
                continue
            holders = [scene for scene in plan.free() if scenes[scene].get(hazard, 0)]
            if holders:
                wish = share[split] * plan.totals[hazard]
                plan.split_of[_nearest(holders, scenes, hazard, wish)] = split
    for scene in sorted(plan.free(), key=lambda s: (-sum(scenes[s].values()), _order(s))):
        plan.split_of[scene] = max(
            (split for split in _ORDER if split not in closed),
            key=lambda split: (plan.need(split, scene), share[split]),
        )
    return plan.split_of


def _rarest_first(scenes: Mapping[str, Mapping[int, int]]) -> list[int]:
    holders: dict[int, int] = {}
    for counts in scenes.values():
        for hazard, count in counts.items():
            holders[hazard] = holders.get(hazard, 0) + bool(count)
    hazards = [hazard for hazard in holders if hazard != BACKGROUND]
    return sorted(hazards, key=lambda hazard: (holders[hazard], hazard))


def _nearest(
    holders: list[str], scenes: Mapping[str, Mapping[int, int]], hazard: int, wish: float
) -> str:
    return min(holders, key=lambda scene: (abs(scenes[scene][hazard] - wish), _order(scene)))


def _order(scene: str) -> str:
    """A fixed order that does not favour any naming."""
    return sha256_bytes(scene.encode())
