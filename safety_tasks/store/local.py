"""An object store in a folder, for rehearsals, tests and devices on a shared disk.

Rules: an object is a file, written beside its place, fsynced and renamed; conditions are checked under one
lock file for the whole store, so of racing writers one wins; links inside the folder are refused. A stamp is made
of what the file system keeps, so a listing reads no file.
"""

import fcntl
import os
import stat
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from safety_tasks.digests import sha256_bytes
from safety_tasks.errors import ObjectNotFound, PreconditionFailed, StoreError
from safety_tasks.store.arrival import PIECE_BYTES, arriving
from safety_tasks.store.base import (
    Entry,
    StoredObject,
    check_key,
    check_size,
    is_key,
)

_LOCK = ".lock"
_PARTIAL = ".partial-"


class LocalStore:
    """Objects as files under ``root``."""

    def __init__(self, root: Path) -> None:
        self._root = root.resolve()
        self._root.mkdir(parents=True, exist_ok=True)
        self._swept: dict[Path, int] = {}  # folders without leftovers, and when they last changed

    @property
    def uri(self) -> str:
        """The folder."""
        return str(self._root)

    @property
    def is_loopback(self) -> bool:
        """Always true: a folder is on this machine."""
        return True

    def get(self, key: str, max_bytes: int | None = None) -> StoredObject:
        """Return an object; raise ObjectNotFound if there is none, StoreError if it is above the cap."""
        with self._reading(key, max_bytes) as stream:
            payload = stream.read()
        return StoredObject(payload, sha256_bytes(payload))

    def download(self, key: str, path: Path, max_bytes: int | None = None) -> int:
        """Copy an object into a local file, whole or not at all; return its size in bytes."""
        with self._reading(key, max_bytes) as stream, arriving(path) as copy:
            while piece := stream.read(PIECE_BYTES):
                copy.write(piece)
            return copy.tell()

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

    def delete(self, key: str) -> bool:
        """Remove an object, and what crashed writers left beside it; return whether there was one."""
        path = self._path(key)
        folder = path.parent
        with self._lock():
            try:
                if folder.is_dir() and self._swept.get(folder) != folder.stat().st_mtime_ns:
                    for litter in folder.glob(f"{_PARTIAL}*"):  # no write goes on: we hold the lock
                        litter.unlink()
                there = path.is_file()
                if there:
                    path.unlink()
                if folder.is_dir():
                    _sync_folder(folder)
                    self._swept[folder] = folder.stat().st_mtime_ns
            except OSError as problem:
                raise self._wrapped("delete", key, problem) from problem
        return there

    def entries(self, prefix: str) -> Iterator[Entry]:
        """Yield the objects whose keys start with a prefix, in order of the keys."""
        folder, slash, stem = prefix.rpartition("/")
        if slash and not is_key(folder):
            return  # no key is below such a folder
        start = self._path(folder) if folder else self._root
        try:
            yield from self._walk(start, f"{folder}/" if folder else "", stem)
        except OSError as problem:
            raise self._wrapped("list", prefix, problem) from problem

    def keys(self, prefix: str) -> Iterator[str]:
        """Yield the keys that start with a prefix, in order."""
        return (entry.key for entry in self.entries(prefix))

    def folders(self, prefix: str) -> Iterator[str]:
        """Yield the names right below a prefix that have keys below them, in order."""
        folder = prefix.rstrip("/")
        try:
            with os.scandir(self._path(folder)) as found:
                names = [each.name for each in found if each.is_dir(follow_symlinks=False)]
        except (FileNotFoundError, NotADirectoryError):
            return
        for name in sorted(names, key=lambda name: f"{name}/"):
            if next(self._walk(self._path(f"{folder}/{name}"), f"{folder}/{name}/"), None):
                yield name

    def _walk(self, folder: Path, before: str, stem: str = "") -> Iterator[Entry]:
        """Yield what is below a folder; ``a.b`` comes before ``a/b``, as S3 has it."""
        try:
            with os.scandir(folder) as found:
                names = {
                    f"{each.name}/" if each.is_dir(follow_symlinks=False) else each.name: each
                    for each in found
                    if each.name.startswith(stem)
                }
        except (FileNotFoundError, NotADirectoryError):
            return
        for name, each in sorted(names.items()):
            if name.endswith("/"):
                yield from self._walk(folder / each.name, before + name)
            elif not name.startswith(_PARTIAL) and before + name != _LOCK:
                try:
                    state = each.stat()
                except FileNotFoundError:
                    continue  # it went while we walked, or is a link to nothing
                if stat.S_ISREG(state.st_mode):
                    yield Entry(before + name, state.st_size, _stamp(state))

    @contextmanager
    def _reading(self, key: str, max_bytes: int | None) -> Iterator[BinaryIO]:
        try:
            with self._path(key).open("rb") as stream:
                check_size(f"{self.uri}/{key}", os.fstat(stream.fileno()).st_size, max_bytes)
                yield stream
        except (FileNotFoundError, IsADirectoryError, NotADirectoryError):
            raise ObjectNotFound(
                f"{self.uri}/{key}: expected an object, found none. Run the stage that writes it."
            ) from None
        except OSError as problem:
            raise self._wrapped("read", key, problem) from problem

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
            # The kernel's own times tick in milliseconds: too coarse for a stamp where inodes are used again.
            os.utime(stream.fileno(), ns=(time.time_ns(), time.time_ns()))
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


def _stamp(state: os.stat_result) -> str:
    parts = (state.st_size, state.st_mtime_ns, state.st_ctime_ns, state.st_ino)
    return "-".join(f"{part:x}" for part in parts)


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
