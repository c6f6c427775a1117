"""A local file that arrives in pieces: whole under its name, or not at all.

Rules: it is written beside its place under a name of its own, so two that arrive at once do not mix, then renamed; it
is not fsynced, since what is brought can be brought again.
"""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, Final

from safety_tasks.errors import StoreError

PIECE_BYTES: Final = 1 << 20


@contextmanager
def arriving(path: Path) -> Iterator[BinaryIO]:
    """Give a stream into a new file beside ``path``, which takes its name when all went well, else goes.

    Raises:
        StoreError: the folder or the file cannot be written.
    """
    partial: Path | None = None
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(prefix=".partial-", dir=path.parent)
        partial = Path(name)
        with os.fdopen(handle, "wb") as stream:
            yield stream
        partial.replace(path)
    except BaseException as problem:
        if partial is not None:
            partial.unlink(missing_ok=True)
        if isinstance(problem, OSError):
            raise StoreError(
                f"{path}: could not write it: {problem}. Check the folder's rights and free space."
            ) from problem
        raise
