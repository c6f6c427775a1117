"""One full synthetic batch, written once for all tests of its rules."""

from pathlib import Path

import pytest

from safety_tasks.demo.scenes import SyntheticBatch, write_batch


@pytest.fixture(scope="session")
def full_batch(tmp_path_factory: pytest.TempPathFactory) -> SyntheticBatch:
    """The batch that a demonstration gets when nobody says otherwise."""
    return write_batch(tmp_path_factory.mktemp("synthetic") / "synthetic-1")


@pytest.fixture(scope="session")
def batch_scenes(full_batch: SyntheticBatch) -> dict[str, list[Path]]:
    """The label files of each scene of the full batch."""
    scenes: dict[str, list[Path]] = {}
    for path in sorted((full_batch.folder / "labels").iterdir()):
        scenes.setdefault(path.stem.partition("__")[0], []).append(path)
    return scenes
