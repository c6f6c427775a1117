"""Take the weights out of a ``.pt`` file from elsewhere.

Rules: it is opened by the loader that builds known layers only and runs nothing of the file; the numbers alone are
taken, into a network that we make ourselves, and nothing else of the file lives on; both networks must answer alike.
"""

import io
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from safety_tasks.errors import ArtifactError
from safety_tasks.framework_env import prepare_framework
from safety_tasks.train.adopt.names import names_in, require_classes

_MAX_UNPACKED: Final = 256 * 1024 * 1024
_PROBE_PX: Final = 64
_BRANCH: Final = "model.22.cv3.0.0.conv.weight"
_NARROWEST, _WIDEST = 64, 100  # channels of yolov8n's class branch: max(64, min(classes, 100))
_TOLERANCE: Final = 1e-5  # the same arithmetic in the same order
_INSTEAD: Final = "Export it to ONNX where it was trained, and adopt that file."


@dataclass(frozen=True)
class AdoptedWeights:
    """Weights that are ours now: the ``.pt`` file, and the size of the pictures they are for."""

    payload: bytes
    imgsz_px: int


def take_weights(
    path: Path,
    *,
    what: str,
    classes: Sequence[str],
    said: Sequence[str] | None,
    imgsz_px: int | None,
) -> AdoptedWeights:
    """Take the weights out of a file.

    Args:
        path: the ``.pt`` file.
        what: its name for messages.
        classes: the class map that it must have.
        said: the names of its numbers, as a person gave them.
        imgsz_px: the size of its pictures, if the file's own is not to be taken.

    Raises:
        ArtifactError: it is no such file, holds more than a detector, or another network than YOLOv8n.
        ClassMapError: it has other classes.
    """
    _require_archive(path, what)
    prepare_framework()
    import torch
    from ultralytics.nn.tasks import DetectionModel

    checkpoint = _load(path, what)
    model = checkpoint.get("ema") or checkpoint.get("model")
    if type(model) is not DetectionModel:
        raise ArtifactError(
            f"{what}: expected a detector's weights, found {type(model).__name__}. {_INSTEAD}"
        )
    require_classes(names_in(getattr(model, "names", None)), said, classes, where=what)
    half = any(value.dtype == torch.float16 for value in model.state_dict().values())
    ours = _moved(model.float().eval(), len(classes), what)
    ours.names = dict(enumerate(classes))
    size = imgsz_px or _size_of(checkpoint, what)
    stream = io.BytesIO()
    document = {
        "model": ours.half() if half else ours,
        "ema": None,
        "train_args": {"task": "detect", "imgsz": size},
    }
    torch.save(document, stream)
    return AdoptedWeights(stream.getvalue(), size)


def _require_archive(path: Path, what: str) -> None:
    try:
        with zipfile.ZipFile(path) as archive:
            unpacked = sum(member.file_size for member in archive.infolist())
    except (zipfile.BadZipFile, OSError, ValueError) as problem:
        raise ArtifactError(
            f"{what}: expected weights as torch.save writes them, found: {problem}. {_INSTEAD}"
        ) from problem
    if unpacked > _MAX_UNPACKED:
        raise ArtifactError(
            f"{what}: expected at most {_MAX_UNPACKED} bytes of weights, found {unpacked} packed into it."
        )


def _load(path: Path, what: str) -> dict[str, Any]:
    from ultralytics.nn.tasks import torch_safe_load

    try:
        checkpoint, _ = torch_safe_load(path, safe_only=True)  # type: ignore[no-untyped-call]
    except Exception as problem:  # whatever a foreign file makes the loader raise
        raise ArtifactError(
            f"{what}: expected the weights of a detector and nothing else, found what the safe loader refuses "
            f"({type(problem).__name__}). Nothing of it was run. {_INSTEAD}"
        ) from problem
    if not isinstance(checkpoint, dict):
        raise ArtifactError(
            f"{what}: expected a checkpoint, found {type(checkpoint).__name__}. {_INSTEAD}"
        )
    return checkpoint


def _moved(model: Any, classes: int, what: str) -> Any:
    """Return our own network with the numbers of another one, which must be alike in every layer."""
    import torch

    theirs = model.state_dict()
    ours = _network(classes, theirs.get(_BRANCH))
    wanted = {name: tuple(value.shape) for name, value in ours.state_dict().items()}
    found = {name: tuple(value.shape) for name, value in theirs.items()}
    if wanted != found:
        odd = sorted(set(wanted.items()) ^ set(found.items()))[:3]
        raise ArtifactError(
            f"{what}: expected the {len(wanted)} tensors of yolov8n with {classes} classes, found {len(found)}; "
            f"they differ in {', '.join(f'{name} {shape}' for name, shape in odd)}. {_INSTEAD}"
        )
    if not all(
        torch.isfinite(value).all() for value in theirs.values() if value.is_floating_point()
    ):
        raise ArtifactError(
            f"{what}: expected finite weights, found NaN or infinity. Its training diverged: take another one."
        )
    ours.load_state_dict(theirs)
    probe = torch.rand(1, 3, _PROBE_PX, _PROBE_PX, generator=torch.Generator().manual_seed(0))
    with torch.no_grad():
        mine, other = (_answer(each, probe, what) for each in (ours.eval(), model))
    if mine.shape != other.shape or not torch.allclose(mine, other, atol=_TOLERANCE):
        raise ArtifactError(
            f"{what}: expected a network that answers as yolov8n does with the same weights, found another. {_INSTEAD}"
        )
    return ours


def _network(classes: int, branch: Any) -> Any:
    """Return a yolov8n of ours; ``branch`` is the other one's first weight of the class branch, if it has one.

    How wide that branch is follows from the number of classes that a network was made for, and stays when it is trained
    on for fewer: weights that started from the official ones have the width of 80 classes.
    """
    import torch
    from ultralytics.nn.tasks import DetectionModel

    width = int(branch.shape[0]) if branch is not None and branch.dim() == 4 else 0
    made_for = width if _NARROWEST < width <= _WIDEST else classes
    ours: Any = DetectionModel("yolov8n.yaml", ch=3, nc=made_for, verbose=False)  # type: ignore[no-untyped-call]
    if made_for != classes:
        head = ours.model[-1]
        for layers in head.cv3:
            layers[-1] = torch.nn.Conv2d(layers[-1].in_channels, classes, 1)
        head.nc, head.no = classes, classes + head.reg_max * 4
        ours.nc = ours.yaml["nc"] = classes
    return ours


def _answer(model: Any, probe: Any, what: str) -> Any:
    try:
        found = model(probe)
    except Exception as problem:  # layers of a foreign file in whatever order
        raise ArtifactError(
            f"{what}: expected it to run, found {type(problem).__name__}. {_INSTEAD}"
        ) from problem
    return found[0] if isinstance(found, (tuple, list)) else found


def _size_of(checkpoint: dict[str, Any], what: str) -> int:
    args = checkpoint.get("train_args")
    found = args.get("imgsz") if isinstance(args, dict) else None
    if isinstance(found, (list, tuple)) and len(set(found)) == 1:
        found = found[0]
    if type(found) is not int:
        raise ArtifactError(
            f"{what}: expected the size that it was trained at in the file, found {found!r}. Say it: --imgsz 640."
        )
    return found
