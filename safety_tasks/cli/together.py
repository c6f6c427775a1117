"""Replace several files together: all of them, or none.

Rules: nothing is touched before every new text lies on the disk beside its file; a rename that fails puts back what was
renamed; a power cut between renames leaves the last file as it was, so the last one is the one that says it is done.
"""

import os
from collections.abc import Mapping
from pathlib import Path

from safety_tasks.errors import ConfigError


def replace_together(files: Mapping[Path, str]) -> tuple[Path, ...]:
    """Write new texts over files, in order; return the files that changed.

    Raises:
        ConfigError: a file cannot be written; none was changed.
    """
    old = {path: path.read_bytes() if path.is_file() else None for path in files}
    changed = {p: text.encode() for p, text in files.items() if old[p] != text.encode()}
    for path in changed:
        if not os.access(path if path.exists() else path.parent, os.W_OK) or not os.access(
            path.parent, os.W_OK
        ):
            raise ConfigError(
                f"{path}: expected a file that may be written, found one that may not. Run this in a checkout of "
                "your own and commit it; nothing was changed."
            )
    done: list[Path] = []
    try:
        for path, payload in changed.items():
            _stage(path, payload)
        for path in changed:
            _partial(path).replace(path)
            done.append(path)
            _sync(path.parent)
    except OSError as problem:
        for path in done:
            _put_back(path, old[path])
        raise ConfigError(
            f"{problem.filename or 'a file'}: expected to write it, found: {problem}. Nothing was changed: make room "
            "or rights, then run this again."
        ) from problem
    finally:
        for path in changed:
            _partial(path).unlink(missing_ok=True)
    return tuple(changed)


def _partial(path: Path) -> Path:
    """Return where a new text waits: one name a file, so that what a power cut left is written over."""
    return path.with_name(f".{path.name}.partial")


def _stage(path: Path, payload: bytes) -> None:
    with _partial(path).open("wb") as stream:
        stream.write(payload)
        stream.flush()
        if path.exists():
            os.fchmod(stream.fileno(), path.stat().st_mode & 0o777)
        os.fsync(stream.fileno())


def _put_back(path: Path, payload: bytes | None) -> None:
    if payload is None:
        path.unlink(missing_ok=True)
    else:
        path.write_bytes(payload)


def _sync(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
