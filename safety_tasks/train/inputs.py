"""Name all that decides a training by one digest, wherever it runs.

Rules: equal inputs have equal digests whatever order the pictures came in; whatever could change the result is in it.
A training is taken up again, and a paid job found again, only under the same digest.
"""

from collections.abc import Iterable

from safety_tasks.digests import digest_of
from safety_tasks.records.recipe import Recipe


def inputs_digest(
    version_id: str,
    recipe: Recipe,
    base_sha256: str | None,
    picture_sha256s: Iterable[str],
    code_sha256: str,
) -> str:
    """Return the SHA-256 over everything that a training is made of.

    Args:
        version_id: the dataset version, which fixes labels and splits.
        recipe: hyperparameters, seed and class map.
        base_sha256: digest of the weights to start from; None starts from random ones.
        picture_sha256s: digests of the pictures that are trained on or validated with.
        code_sha256: digest of this package's sources.
    """
    return digest_of(
        {
            "version_id": version_id,
            "recipe": recipe.to_dict(),
            "base_sha256": base_sha256,
            "pictures": sorted(picture_sha256s),
            "code_sha256": code_sha256,
        }
    )
