"""How a body is held: lying, standing, sitting.

Rules: a pose is angles of limbs, in degrees, 0 down along the body and positive to the right; lengths are shares of
body height; a lying body is the same body, turned to the floor and foreshortened.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

import numpy as np
import numpy.typing as npt

from safety_tasks.demo.layers import Rng

Points = npt.NDArray[np.float64]

TORSO: Final = 0.30
HEAD: Final = 0.072
_UPPER_ARM, _FOREARM, _THIGH, _SHIN, _FOOT = 0.17, 0.16, 0.245, 0.235, 0.07


class Posture(StrEnum):
    """What a person does."""

    LYING = "lying"
    STANDING = "standing"
    SITTING = "sitting"


@dataclass(frozen=True)
class Skeleton:
    """Joints of a body as (n, 2) x right, y down; the unit is body height.

    Attributes:
        trunk: left shoulder, right shoulder, right hip, left hip.
        head: the centre of the head.
        arms: two of (3, 2): shoulder, elbow, hand.
        legs: two of (4, 2): hip, knee, ankle, toe.
    """

    trunk: Points
    head: Points
    arms: tuple[Points, Points]
    legs: tuple[Points, Points]

    def moved(self, matrix: Points) -> "Skeleton":
        """Return the body under a 2x2 map."""
        first, second = (arm @ matrix.T for arm in self.arms)
        left, right = (leg @ matrix.T for leg in self.legs)
        return Skeleton(self.trunk @ matrix.T, self.head @ matrix.T, (first, second), (left, right))

    def bounds(self) -> tuple[float, float, float, float]:
        """Return x1 y1 x2 y2 of all joints, in body heights."""
        points = np.vstack([self.trunk, self.head[None], *self.arms, *self.legs])
        low, high = points.min(axis=0), points.max(axis=0)
        return float(low[0]), float(low[1]), float(high[0]), float(high[1])


def pose(rng: Rng, posture: Posture) -> Skeleton:
    """Choose a body in a posture, seen from a camera above eye level."""
    if posture is Posture.LYING:
        return _lying(rng)
    if posture is Posture.STANDING:
        return _standing(rng)
    return _sitting(rng)


def _body(
    *,
    bend: float,
    broad: float,
    arms: tuple[tuple[float, float], tuple[float, float]],
    legs: tuple[tuple[float, float], tuple[float, float]],
    toes: tuple[float, float],
) -> Skeleton:
    """Build a body: ``bend`` tilts the trunk (degrees), ``broad`` is 1 from the front, 0.4 from the side."""
    up = _along(180 - bend)
    side = np.array([-up[1], up[0]]) * broad
    neck = TORSO * up
    shoulders = neck - 0.105 * side, neck + 0.105 * side
    hips = -0.068 * side, 0.068 * side
    arm_joints = [
        np.array([s, s + _UPPER_ARM * _along(a), s + _UPPER_ARM * _along(a) + _FOREARM * _along(b)])
        for s, (a, b) in zip(shoulders, arms, strict=True)
    ]
    leg_joints = []
    for hip, (thigh, shin), toe in zip(hips, legs, toes, strict=True):
        knee = hip + _THIGH * _along(thigh)
        ankle = knee + _SHIN * _along(shin)
        leg_joints.append(np.array([hip, knee, ankle, ankle + _FOOT * _along(toe)]))
    return Skeleton(
        trunk=np.array([shoulders[0], shoulders[1], hips[1], hips[0]]),
        head=neck + 0.115 * up,
        arms=(arm_joints[0], arm_joints[1]),
        legs=(leg_joints[0], leg_joints[1]),
    )


def _lying(rng: Rng) -> Skeleton:
    """On the back, on the front, curled on a side, or with one knee drawn up."""
    kind = rng.integers(4)
    u = rng.uniform
    if kind == 0:
        upright = _body(
            bend=u(-8, 8),
            broad=u(0.85, 1.0),
            arms=((-u(20, 95), -u(5, 120)), (u(20, 95), u(5, 120))),
            legs=((-u(3, 22), -u(0, 18)), (u(3, 22), u(0, 18))),
            toes=(-u(20, 70), u(20, 70)),
        )
    elif kind == 1:
        upright = _body(
            bend=u(-10, 10),
            broad=u(0.8, 1.0),
            arms=((-u(100, 165), -u(120, 200)), (u(10, 60), u(-30, 60))),
            legs=((-u(2, 15), -u(-5, 15)), (u(15, 50), u(-30, 20))),
            toes=(u(-30, 30), u(-30, 30)),
        )
    elif kind == 2:
        upright = _body(
            bend=u(5, 25),
            broad=u(0.45, 0.65),
            arms=((u(20, 80), u(60, 130)), (u(40, 100), u(80, 150))),
            legs=((u(25, 70), u(-60, -5)), (u(15, 55), u(-50, 0))),
            toes=(u(20, 70), u(20, 70)),
        )
    else:
        upright = _body(
            bend=u(-10, 10),
            broad=u(0.75, 1.0),
            arms=((-u(15, 140), -u(10, 150)), (u(10, 50), u(-60, 20))),
            legs=((-u(2, 14), -u(0, 14)), (u(40, 70), -u(10, 50))),
            toes=(-u(20, 60), u(0, 60)),
        )
    tilt = np.deg2rad(rng.choice([-90.0, 90.0]) + u(-24, 24))
    turn = np.array([[np.cos(tilt), -np.sin(tilt)], [np.sin(tilt), np.cos(tilt)]])
    flip = np.diag([rng.choice([-1.0, 1.0]), 1.0])
    foreshorten = np.diag([1.0, u(0.62, 0.88)])
    return upright.moved(foreshorten @ turn @ flip)


def _standing(rng: Rng) -> Skeleton:
    """Upright: idle, walking, or busy with the hands."""
    u = rng.uniform
    if rng.random() < 0.5:
        arms = ((-u(4, 18), -u(0, 14)), (u(4, 18), u(0, 14)))
    else:
        arms = ((-u(5, 40), u(-100, 60)), (u(20, 120), u(40, 165)))
    return _body(
        bend=u(-5, 8),
        broad=u(0.55, 1.0),
        arms=arms,
        legs=((-u(2, 14), -u(-2, 14)), (u(2, 14), u(-6, 10))),
        toes=(-u(30, 80), u(30, 80)),
    ).moved(np.diag([rng.choice([-1.0, 1.0]), 1.0]))


def _sitting(rng: Rng) -> Skeleton:
    """On a crate, seen from the side, trunk upright; or crouching over work."""
    u = rng.uniform
    low = rng.random() < 0.35
    thigh, shin = (u(100, 125), u(-35, -15)) if low else (u(72, 92), u(-12, 12))
    return _body(
        bend=u(5, 30) if low else u(-8, 14),
        broad=u(0.45, 0.75),
        arms=((u(5, 50), u(50, 110)), (u(15, 60), u(60, 110))),
        legs=((thigh, shin), (thigh + u(-12, 12), shin + u(-10, 10))),
        toes=(u(75, 95), u(75, 95)),
    ).moved(np.diag([rng.choice([-1.0, 1.0]), 1.0]))


def _along(angle: float) -> Points:
    """The unit vector of an angle in degrees: 0 down, positive to the right."""
    turned = np.deg2rad(angle)
    return np.array([np.sin(turned), np.cos(turned)])
