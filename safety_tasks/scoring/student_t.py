"""Student's t quantile for a two-sided 95 % interval, for any degrees of freedom from 1 up, whole or not.

Source: with t = sqrt(df) tan(a), the share within ±t is c · ∫₀ᵃ cos(x)^(df - 1) dx with
c = 2 Γ((df + 1) / 2) / (sqrt(π) Γ(df / 2)) (Abramowitz & Stegun 26.7.1, substituted). Rule: numpy only, since what
scores need must run where scipy is not installed.
"""

import math
from typing import Final

import numpy as np

CONFIDENCE: Final = 0.95
_NODES, _NODE_WEIGHTS = np.polynomial.legendre.leggauss(64)
_HALVINGS: Final = 60


def t_quantile(df: float) -> float:
    """Return t such that a Student variable lies within ±t with probability 0.95.

    Args:
        df: degrees of freedom; under 1, where no interval makes sense any more, it counts as 1.

    Returns:
        The quantile, 12.706 at one degree of freedom, falling to 1.960; to about 1e-9.
    """
    df = max(df, 1.0)
    factor = math.exp(math.lgamma((df + 1) / 2) - math.lgamma(df / 2)) / math.sqrt(math.pi)
    low, high = 0.0, math.pi / 2
    for _ in range(_HALVINGS):
        angle = (low + high) / 2
        at = angle / 2 * (_NODES + 1)
        within = factor * angle * float(_NODE_WEIGHTS @ np.cos(at) ** (df - 1))
        low, high = (angle, high) if within < CONFIDENCE else (low, angle)
    return math.sqrt(df) * math.tan(low)
