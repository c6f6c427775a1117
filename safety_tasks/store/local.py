"""An object store in a folder, for rehearsals, tests and devices on a shared disk.

Rules: an object is a file, written beside its place, fsynced and renamed; conditions are checked under one
lock file for the whole store, so of racing writers one wins; links inside the folder are refused.
"""

import fcntl
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from safety_tasks.digests import sha256_bytes
from safety_tasks.errors import ObjectNotFound, PreconditionFailed, StoreError
from safety_tasks.store.base import StoredObject, check_key

_LOCK = ".lock"
_PARTIAL = ".partial-"


class LocalStore:
    """Objects as files under ``root``."""

    def __init__(self, root: Path) -> None:
        self._root = root.resolve()
        self._root.mkdir(parents=True, exist_ok=True)

    @property
    def uri(self) -> str:
        """The folder."""
        return str(self._root)

    @property
    def is_loopback(self) -> bool:
        """Always true: a folder is on this machine."""
        return True

    def get(self, key: str) -> StoredObject:
        """Return an object; raise ObjectNotFound if there is none."""
        try:
            payload = self._path(key).read_bytes()
        except (FileNotFoundError, IsADirectoryError, NotADirectoryError):
            raise ObjectNotFound(
                f"{self.uri}/{key}: expected an object, found none. Run the stage that writes it."
            ) from None
        except OSError as problem:
            raise self._wrapped("read", key, problem) from problem
        return StoredObject(payload, sha256_bytes(payload))

    def put(
        self,
        key: str,
        payload: bytes,
        *,
        only_if_absent: bool = False,
        only_if_tag: str | None = None,
    ) -> str:
        """Write an object and return its tag; raise PreconditionFailed if a condition is lost."""
        path = self._path(key)
        with self._lock():
            if only_if_absent and path.exists():
                raise PreconditionFailed(f"{self.uri}/{key}: expected no object, found one.")
            if only_if_tag is not None:
                found = sha256_bytes(path.read_bytes()) if path.is_file() else "none"
                if found != only_if_tag:
                    raise PreconditionFailed(
                        f"{self.uri}/{key}: expected tag {only_if_tag[:12]}, found {found[:12]}: "
                        "somebody else wrote in between. Read it again and decide anew."
                    )
            try:
                make_folder_durably(path.parent)
                write_durably(path, payload)
            except OSError as problem:
                raise self._wrapped("write", key, problem) from problem
        return sha256_bytes(payload)

    def exists(self, key: str) -> bool:
        """Tell whether there is an object."""
        return self._path(key).is_file()

    def keys(self, prefix: str) -> Iterator[str]:
        """Yield the keys that start with a prefix, in order."""
        start = self._root / prefix.rpartition("/")[0]
        found = (
            path.relative_to(self._root).as_posix()
            for path in start.rglob("*")
            if path.is_file() and not path.name.startswith((_PARTIAL, _LOCK))
        )
        return iter(sorted(key for key in found if key.startswith(prefix)))

    def _path(self, key: str) -> Path:
        path = self._root / check_key(key)
        if not path.resolve().is_relative_to(self._root):
            raise StoreError(
                f"{self.uri}/{key}: expected a file inside, found a link out. Remove it."
            )
        return path

    def _wrapped(self, verb: str, key: str, problem: OSError) -> StoreError:
        return StoreError(
            f"{self.uri}: could not {verb} {key!r}: {problem}. "
            "Check the folder's rights, its free space, and names that clash."
        )

    @contextmanager
    def _lock(self) -> Iterator[None]:
        with (self._root / _LOCK).open("w") as handle:
            fcntl.flock(handle, fcntl.LOCK_EX)
            yield


def write_durably(path: Path, payload: bytes) -> None:
    """Write a file so that a power cut leaves the old content or the new, never a part."""
    handle, partial = tempfile.mkstemp(prefix=_PARTIAL, dir=path.parent)
    try:
        with os.fdopen(handle, "wb") as stream:
            stream.write(payload)
            stream.flush()
            os.fsync(stream.fileno())
        Path(partial).replace(path)
    except BaseException:
        Path(partial).unlink(missing_ok=True)
        raise
    _sync_folder(path.parent)


def make_folder_durably(folder: Path) -> None:
    """Make a folder, and those above it, so that a power cut does not take them from what is written in them."""
    missing = [each for each in (folder, *folder.parents) if not each.is_dir()]
    folder.mkdir(parents=True, exist_ok=True)
    for made in missing:
        _sync_folder(made.parent)


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
