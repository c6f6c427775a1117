"""Train: from a valid dataset version and a recipe to a candidate's weights, here or on SageMaker.

Rule: a verb is imported when it is first asked for, since the container of a paid job holds no more than it needs.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from safety_tasks.train.adopt.verb import adopt_model
    from safety_tasks.train.verb import train_candidate

__all__ = ["adopt_model", "train_candidate"]
_HOMES: Final = {"adopt_model": "adopt.verb", "train_candidate": "verb"}


def __getattr__(name: str) -> Any:
    """Import a verb (PEP 562)."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
