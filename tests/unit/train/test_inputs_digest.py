"""The digest of a training's inputs: whatever could change the result changes it, and nothing else does."""

from typing import Any

import pytest

from safety_tasks.digests import sha256_bytes
from safety_tasks.records.recipe import Recipe
from safety_tasks.train.inputs import inputs_digest

PICTURES = tuple(sha256_bytes(bytes([each])) for each in range(3))
GIVEN: dict[str, Any] = {
    "version_id": "0" * 16,
    "recipe": Recipe(name="r"),
    "base_sha256": None,
    "picture_sha256s": PICTURES,
    "code_sha256": "c" * 64,
}


def test_the_order_of_the_pictures_does_not_count() -> None:
    """A listing may come in any order, once."""
    first = inputs_digest(**GIVEN)
    assert inputs_digest(**GIVEN | {"picture_sha256s": reversed(PICTURES)}) == first
    assert len(first) == 64


@pytest.mark.parametrize(
    "change",
    [
        {"version_id": "1" * 16},
        {"recipe": Recipe(name="r", seed=1)},
        {"recipe": Recipe(name="other")},
        {"base_sha256": "b" * 64},
        {"picture_sha256s": PICTURES[:2]},
        {"picture_sha256s": ()},
        {"code_sha256": "d" * 64},
    ],
)
def test_every_input_counts(change: dict[str, Any]) -> None:
    """A run with another one is another run."""
    assert inputs_digest(**GIVEN | change) != inputs_digest(**GIVEN)
