"""Checkpoints: whatever is torn, missing or of other inputs, the newest whole one is found."""

from pathlib import Path

import pytest
import torch
from support.crash import CrashError, crashing

from safety_tasks.train.engine.checkpoints import (
    Checkpoint,
    clear,
    last_checkpoint,
    pack,
    unpack,
    write_checkpoint,
    write_weights,
)
from safety_tasks.train.engine.curves import CurveRow

OURS, OTHER = "1" * 64, "2" * 64


def _row(epoch: int) -> CurveRow:
    return CurveRow(epoch=epoch, seconds=1, box_loss=1, cls_loss=1, dfl_loss=1, lr=0.01)


def _write(folder: Path, epoch: int, inputs: str = OURS, best: int | None = None) -> None:
    """Write an epoch's checkpoint, with its own best weights unless an earlier epoch's are the best."""
    kept = write_weights(folder, "best", best or epoch, f"best {best or epoch}".encode())
    state = write_weights(folder, "state", epoch, f"state {epoch}".encode())
    rows = tuple(map(_row, range(1, epoch + 1)))
    write_checkpoint(
        folder,
        Checkpoint(
            inputs_sha256=inputs,
            epoch=epoch,
            batch=4,
            state=state,
            best=kept,
            rows=rows,
            stopped=False,
            seconds=1,
        ),
    )


def _epoch(folder: Path, inputs: str = OURS) -> int | None:
    found = last_checkpoint(folder, inputs)
    return found.epoch if found else None


def test_none_is_found_where_none_was_written(tmp_path: Path) -> None:
    """No folder, an empty folder, and other inputs: nothing to go on from."""
    assert _epoch(tmp_path / "nowhere") is None
    assert _epoch(tmp_path) is None
    _write(tmp_path, 1)
    assert (_epoch(tmp_path), _epoch(tmp_path, OTHER)) == (1, None)


@pytest.mark.parametrize("name", ["state-0002.pt", "best-0002.pt", "epoch-0002.json"])
@pytest.mark.parametrize("how", ["cut", "changed", "gone"])
def test_a_torn_checkpoint_falls_back_to_the_one_before(
    tmp_path: Path, name: str, how: str
) -> None:
    """Any of its files cut, changed or gone: the epoch before is taken, without both none."""
    _write(tmp_path, 1)
    _write(tmp_path, 2)
    assert _epoch(tmp_path) == 2
    path = tmp_path / name
    if how == "gone":
        path.unlink()
    else:
        payload = path.read_bytes()
        path.write_bytes(payload[:-1] if how == "cut" else bytes([payload[0] ^ 1]) + payload[1:])
    assert _epoch(tmp_path) == 1
    (tmp_path / "state-0001.pt").unlink()
    assert _epoch(tmp_path) is None


def test_a_crash_at_each_step_leaves_a_whole_checkpoint(tmp_path: Path) -> None:
    """Whichever fsync or rename of an epoch's writing is the last thing done, the epoch or the one before is whole."""
    with crashing(None) as steps:
        _write(tmp_path / "counted", 1)
    assert len(steps.done) == 9
    found = []
    for step in range(len(steps.done)):
        folder = tmp_path / str(step)
        _write(folder, 1)
        with crashing(step), pytest.raises(CrashError):
            _write(folder, 2)
        found.append(_epoch(folder))
        _write(folder, 2)
        assert _epoch(folder) == 2
    assert found == [1, 1, 1, 1, 1, 1, 1, 1, 2]


def test_two_are_kept_with_the_weights_that_they_name(tmp_path: Path) -> None:
    """Older epochs go, the best weights stay however old; clearing leaves what is not ours."""
    (tmp_path / "other.txt").write_text("stays")
    _write(tmp_path, 1)
    for epoch in range(2, 6):
        _write(tmp_path, epoch, best=1)
    names = {path.name for path in tmp_path.iterdir()}
    assert names == {
        "other.txt",
        "best-0001.pt",
        "state-0004.pt",
        "state-0005.pt",
        "epoch-0004.json",
        "epoch-0005.json",
    }
    clear(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["other.txt"]


class Bomb:
    """Makes a folder when it is unpickled."""

    def __init__(self, marker: Path) -> None:
        self.marker = marker

    def __reduce__(self) -> object:
        return Path.mkdir, (self.marker,)


def test_a_state_is_data(tmp_path: Path) -> None:
    """Tensors and numbers come back; a state that would do something is refused and does nothing."""
    path, marker = tmp_path / "state.pt", tmp_path / "ran"
    path.write_bytes(pack({"w": torch.ones(2), "updates": 3, "none": None}))
    assert unpack(path)["updates"] == 3
    path.write_bytes(pack({"w": torch.ones(2), "bomb": Bomb(marker)}))
    with pytest.raises(Exception, match="Weights only load failed"):
        unpack(path)
    assert not marker.exists()
    torch.load(path, weights_only=False)
    assert marker.exists()
