"""Checkpoints of a training: the last whole epochs of it, such that a kill at any moment loses no more than one.

Rules: tensors first, the document that names them by digest last, each written beside its place, fsynced and renamed;
what does not have its digest is torn, and the one before it is taken; the two newest are kept; a checkpoint is plain
tensors and numbers, and is read as such.
"""

import io
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any, Final

from pydantic import Field, ValidationError

from safety_tasks.digests import sha256_bytes, sha256_file
from safety_tasks.records.base import Record, Sha256
from safety_tasks.train.engine.curves import CurveRow

KEPT: Final = 2


class KeptFile(Record):
    """A file of the folder, its digest, and the epoch whose weights it holds."""

    name: Annotated[str, Field(pattern=r"^[a-z]+-\d{4}\.pt$")]
    sha256: Sha256
    epoch: Annotated[int, Field(ge=1)]
    fitness: float | None = None


class Checkpoint(Record):
    """A training after a whole epoch: its files, its curves so far and what was not as the recipe said."""

    inputs_sha256: Sha256
    epoch: Annotated[int, Field(ge=1)]
    batch: Annotated[int, Field(ge=1)]
    resumed_after: tuple[int, ...] = ()
    notes: tuple[str, ...] = ()
    state: KeptFile
    best: KeptFile
    rows: tuple[CurveRow, ...]
    stopped: bool
    seconds: Annotated[float, Field(ge=0)]


def write_whole(path: Path, payload: bytes) -> None:
    """Write a file so that after a crash there is the old one or the new one, never half of it.

    Raises:
        OSError: the disk refused; the old file is there.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(path.name + ".partial")
    try:
        with partial.open("wb") as stream:
            stream.write(payload)
            stream.flush()
            os.fsync(stream.fileno())
        partial.replace(path)
    except BaseException:
        partial.unlink(missing_ok=True)
        raise
    handle = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def write_weights(
    folder: Path, kind: str, epoch: int, payload: bytes, fitness: float | None = None
) -> KeptFile:
    """Write the weights of an epoch under their own name; ``kind`` is ``state`` or ``best``."""
    name = f"{kind}-{epoch:04d}.pt"
    write_whole(folder / name, payload)
    return KeptFile(name=name, sha256=sha256_bytes(payload), epoch=epoch, fitness=fitness)


def write_checkpoint(folder: Path, checkpoint: Checkpoint) -> None:
    """Write the document that makes an epoch's files count, and delete what none needs any more."""
    write_whole(folder / f"epoch-{checkpoint.epoch:04d}.json", checkpoint.to_json_bytes())
    documents = sorted(folder.glob("epoch-*.json"))[-KEPT:]
    needed = {path.name for path in documents}
    for found in filter(None, map(_read, documents)):
        needed |= {found.state.name, found.best.name}
    for pattern in ("epoch-*.json", "state-*.pt", "best-*.pt", "*.partial"):
        for path in folder.glob(pattern):
            if path.name not in needed:
                path.unlink(missing_ok=True)


def last_checkpoint(folder: Path, inputs_sha256: str) -> Checkpoint | None:
    """Return the newest checkpoint of these inputs that is whole, or None."""
    return next(_whole(folder, inputs_sha256), None)


def clear(folder: Path) -> None:
    """Delete the checkpoints of a folder; what else lies there stays."""
    for pattern in ("epoch-*.json", "state-*.pt", "best-*.pt", "*.partial"):
        for path in folder.glob(pattern):
            path.unlink(missing_ok=True)


def pack(state: dict[str, Any]) -> bytes:
    """Return tensors, numbers and text as bytes."""
    import torch

    stream = io.BytesIO()
    torch.save(state, stream)
    return stream.getvalue()


def unpack(path: Path) -> dict[str, Any]:
    """Read what ``pack`` wrote, building nothing but tensors and plain values.

    Raises:
        pickle.UnpicklingError: it holds something else.
    """
    import torch

    found: dict[str, Any] = torch.load(path, map_location="cpu", weights_only=True)
    return found


def _whole(folder: Path, inputs_sha256: str) -> Iterator[Checkpoint]:
    for path in sorted(folder.glob("epoch-*.json"), reverse=True):
        found = _read(path)
        if found is None or found.inputs_sha256 != inputs_sha256:
            continue
        if all(_is(folder, file) for file in (found.state, found.best)):
            yield found


def _is(folder: Path, file: KeptFile) -> bool:
    path = folder / file.name
    return path.is_file() and sha256_file(path) == file.sha256


def _read(path: Path) -> Checkpoint | None:
    try:
        return Checkpoint.model_validate_json(path.read_bytes())
    except (ValidationError, OSError):
        return None
