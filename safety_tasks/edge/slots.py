"""The device's two install places, A and B, and which of them is active.

Rules: only the inactive slot is ever written; ``active.json`` is replaced in one durable rename; a slot counts only
if its model still has the digest that its document names, and its document is written after the self-test; the
release floor is kept apart and never falls, so that an older release cannot come back, and so are the classes of the
last release, so that their numbers keep their meaning; one process at a time
changes a device folder.
"""

import fcntl
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field

from safety_tasks.digests import sha256_file
from safety_tasks.errors import EdgeError
from safety_tasks.records.base import Record, Sha256
from safety_tasks.records.release import ReleaseDocument
from safety_tasks.store.local import make_folder_durably, write_durably

SlotName = Literal["A", "B"]
_OTHER: dict[SlotName, SlotName] = {"A": "B", "B": "A"}


class ActiveSlot(Record):
    """Which slot detects now."""

    slot: SlotName
    release_seq: Annotated[int, Field(ge=1)]
    document_sha256: Sha256
    unsigned_dangerously: bool


class ReleaseFloor(Record):
    """The highest release number this device ever activated, and the classes of the release it activated last."""

    release_seq: Annotated[int, Field(ge=0)]
    classes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Installed:
    """A proved slot: its record, document, and the model's path."""

    active: ActiveSlot
    document: ReleaseDocument
    model_path: Path


class DeviceFolder:
    """A device's state under one folder."""

    def __init__(self, root: Path) -> None:
        self.root = root
        root.mkdir(parents=True, exist_ok=True)

    @contextmanager
    def lock(self) -> Iterator[None]:
        """Hold the device for one change; raise EdgeError if another process holds it."""
        with (self.root / ".lock").open("w") as handle:
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                raise EdgeError(
                    f"{self.root}: expected to be the only agent of this device, found another one."
                ) from None
            yield

    def floor(self) -> int:
        """Return the highest release number ever activated, 0 for a new device."""
        return self._floor().release_seq

    def classes(self) -> tuple[str, ...]:
        """Return the classes that whoever listens to this device knows; none for a new device."""
        installed = self.active()
        known = [self._floor().classes, installed.document.classes if installed else ()]
        return max(known, key=len)  # each later map begins with the earlier ones

    def active(self) -> Installed | None:
        """Return the active slot if it proves, else the other one if that proves, else None.

        If ``active.json`` itself is spoiled, the newest slot that proves counts: detection goes on.
        """
        path = self.root / "active.json"
        if not path.is_file():
            return None
        try:
            active = ActiveSlot.from_json_bytes(path.read_bytes(), what=str(path), error=EdgeError)
        except (OSError, EdgeError):
            found = [one for slot in _OTHER if (one := self._proved(slot, None)) is not None]
            return max(found, key=lambda one: one.active.release_seq, default=None)
        return self._proved(active.slot, active) or self._proved(_OTHER[active.slot], active)

    def inactive_slot(self) -> SlotName:
        """Return the slot that may be written."""
        installed = self.active()
        return "A" if installed is None else _OTHER[installed.active.slot]

    def write_slot(self, slot: SlotName, model: bytes) -> Path:
        """Replace the content of a slot by a model that is not tested yet; return its path."""
        folder = self.root / "slots" / slot
        shutil.rmtree(folder, ignore_errors=True)
        make_folder_durably(folder)
        write_durably(folder / "model.onnx", model)
        return folder / "model.onnx"

    def complete_slot(self, slot: SlotName, document: ReleaseDocument) -> None:
        """Add the document of a model that passed its self-test: from now on the slot counts."""
        write_durably(self.root / "slots" / slot / "release.json", document.to_json_bytes())

    def activate(self, active: ActiveSlot) -> None:
        """Switch, then raise the floor. Cut in between, the next poll raises it: the floor never outruns the slot."""
        installed = self._proved(active.slot, active)
        classes = installed.document.classes if installed is not None else ()
        known = self._floor()
        floor = ReleaseFloor(
            release_seq=max(known.release_seq, active.release_seq),
            classes=max(known.classes, classes, key=len),
        )
        write_durably(self.root / "active.json", active.to_json_bytes())
        write_durably(self.root / "floor.json", floor.to_json_bytes())

    def _floor(self) -> ReleaseFloor:
        path = self.root / "floor.json"
        if not path.is_file():
            return ReleaseFloor(release_seq=0)
        return ReleaseFloor.from_json_bytes(path.read_bytes(), what=str(path), error=EdgeError)

    def _proved(self, slot: SlotName, active: ActiveSlot | None) -> Installed | None:
        folder = self.root / "slots" / slot
        try:
            payload = (folder / "release.json").read_bytes()
            document = ReleaseDocument.from_json_bytes(payload, what=str(folder), error=EdgeError)
            if sha256_file(folder / "model.onnx") != document.model.sha256:
                return None
        except (OSError, EdgeError):
            return None
        if active is not None and slot == active.slot:
            if document.digest() != active.document_sha256:
                return None
            return Installed(active, document, folder / "model.onnx")
        fallback = ActiveSlot(
            slot=slot,
            release_seq=document.release_seq,
            document_sha256=document.digest(),
            unsigned_dangerously=active is None or active.unsigned_dangerously,
        )
        return Installed(fallback, document, folder / "model.onnx")
