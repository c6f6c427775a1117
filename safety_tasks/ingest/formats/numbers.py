"""Read numbers as label files write them, and nothing else that Python would take for one.

Rules: ASCII digits only, since ``int`` and ``float`` also read other scripts' digits and underscores; NaN and the
infinities are numbers, so that they can be told from text, and are refused where boxes are made.
"""

import math
import re
from typing import Final

_WHOLE: Final = re.compile(r"[+-]?[0-9]{1,18}", re.ASCII)
_DECIMAL: Final = re.compile(
    r"[+-]?(?:(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:e[+-]?[0-9]{1,9})?|nan|inf|infinity)",
    re.ASCII | re.IGNORECASE,
)
_LONGEST: Final = 64


def whole_of(text: str) -> int | None:
    """Return a whole number of at most 18 digits, or None."""
    return int(text) if _WHOLE.fullmatch(text) else None


def decimal_of(text: str) -> float | None:
    """Return a decimal number of at most 64 characters, perhaps NaN or infinite, or None."""
    return float(text) if len(text) <= _LONGEST and _DECIMAL.fullmatch(text) else None


def json_whole_of(value: object) -> int | None:
    """Return a whole number of a JSON document, or None; true and false are none."""
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def json_decimal_of(value: object) -> float | None:
    """Return a number of a JSON document, perhaps NaN or infinite, or None; true, false and text are none."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    try:
        return float(value)
    except OverflowError:
        return math.inf
