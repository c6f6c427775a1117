"""Pictures kept on this machine between exports, proved by digest each time they are used.

Rules: a file is written beside its place, made read-only and renamed, so that processes may share the cache; one whose
bytes are not its name is fetched anew, and that is said; every file's name begins with its picture's digest, so that a
purge finds what a crash left too.
"""

import logging
import os
import tempfile
from pathlib import Path
from typing import Final

from safety_tasks.config import work_dir
from safety_tasks.digests import sha256_file
from safety_tasks.errors import StoreError
from safety_tasks.records.picture import Picture
from safety_tasks.store.base import ObjectStore
from safety_tasks.store.manifests import get_picture

log = logging.getLogger("safety_tasks")
_READ_ONLY: Final = 0o444


class PictureCache:
    """Proved pictures as local files ``<aa>/<sha256>.<extension>``; of any number of threads and processes."""

    def __init__(self, folder: Path | None = None) -> None:
        """Name the folder; by default ``cache/objects`` of the work folder."""
        self._folder = folder or work_dir() / "cache" / "objects"

    def path_of(self, picture: Picture) -> Path:
        """Return where a picture is kept, whether it is there or not."""
        return self._folder / picture.sha256[:2] / f"{picture.sha256}.{picture.extension}"

    def bring(self, store: ObjectStore, picture: Picture) -> Path:
        """Return the file of a picture's proved bytes, fetched if they are not here.

        Raises:
            DatasetError: the picture was purged.
            ObjectNotFound: its bytes are missing.
            ArtifactError: its bytes were altered in the store.
            StoreError: the cache cannot be written.
        """
        path = self.path_of(picture)
        try:
            found = sha256_file(path)
        except FileNotFoundError:
            found = None
        if found == picture.sha256:
            return path
        if found is not None:
            log.warning(
                "%s: expected sha256 %s, found %s: fetched anew. Something wrote into the cache, or through a link.",
                path,
                picture.sha256[:12],
                found[:12],
            )
        payload = get_picture(store, picture)
        try:
            _keep(path, payload)
        except OSError as problem:
            raise StoreError(
                f"{path}: could not write it: {problem}. Check the folder's rights and free space."
            ) from problem
        return path


def _keep(path: Path, payload: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(prefix=f"{path.stem}.", suffix=".partial", dir=path.parent)
    try:
        with os.fdopen(handle, "wb") as stream:
            stream.write(payload)
            os.fchmod(stream.fileno(), _READ_ONLY)
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
