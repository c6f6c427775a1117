"""What tests of archives share."""

from collections.abc import Callable
from itertools import count
from pathlib import Path

import pytest

from safety_tasks.ingest.formats.archives import ArchiveLimits, ArchiveSource, open_archive

Open = Callable[..., ArchiveSource]


@pytest.fixture
def opened(tmp_path: Path) -> Open:
    """Give an opener of archives; each time it has a scratch folder of its own, ``scratch0`` the first."""
    folders = (tmp_path / f"scratch{number}" for number in count())

    def open_bytes(payload: bytes, **limits: float) -> ArchiveSource:
        (tmp_path / "packed").write_bytes(payload)
        return open_archive(
            tmp_path / "packed",
            next(folders),
            ArchiveLimits(**limits),  # type: ignore[arg-type]
            what="incoming/b/x.zip",
        )

    return open_bytes
