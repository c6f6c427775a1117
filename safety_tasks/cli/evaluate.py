"""The command that tests an ONNX model's speed and accuracy: evaluate.

Rules: a table for people, JSON for programs; what limits the numbers is told beside them; pictures that cannot be read
are named and make the status 1, after everything else was measured and written.
"""

import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final, Literal

import typer

from safety_tasks.cli.console import opened, progress_of, show
from safety_tasks.cli.drawing import Cell, draw, for_people, tell
from safety_tasks.errors import ConfigError

if TYPE_CHECKING:
    from safety_tasks.benchmark.evaluation.data import EvaluationData

_SplitName = Literal["val", "train", "test", "holdout"]
_COLUMNS: Final = (
    *("hazard", "AP50#", "95 %#", "AP50-95#", "95 %#", "AR#", "recall#", "precision#", "F1#"),
    *("threshold#", "pictures#", "boxes#", "scenes#"),
)
_TIMES: Final = ("p50", "p95", "p99", "mean", "pre", "run", "post")


def evaluate(
    model: Annotated[Path, typer.Argument(help="An ONNX model, reference or edge variant.")],
    data: Annotated[
        str,
        typer.Argument(
            help="Labelled pictures: a YOLO folder, a data.yaml, a list file (.txt), or a dataset version's id."
        ),
    ],
    split: Annotated[
        _SplitName | None,
        typer.Option(help="Of a data.yaml (else val) or of a dataset version (else holdout)."),
    ] = None,
    threads: Annotated[int, typer.Option(min=1, max=64, help="Threads of the runtime.")] = 1,
    frames: Annotated[
        int, typer.Option(min=0, help="Time so many frames at most, spread over the pictures.")
    ] = 100,
    as_json: Annotated[bool, typer.Option("--json", help="JSON, in a terminal too.")] = False,
    detections: Annotated[
        Path | None,
        typer.Option(help="Write COCO results here, and the labels beside it as .images.json."),
    ] = None,
    pictures: Annotated[
        Path | None,
        typer.Option(help="Draw the best hits, worst misses and false alarms: a new folder."),
    ] = None,
    missing_label_is_background: Annotated[
        bool,
        typer.Option(
            "--missing-label-is-background",
            help="Take a picture without a label file for one without hazards.",
        ),
    ] = False,
) -> None:
    """Test an ONNX model: its accuracy on labelled pictures and its speed, in one pass."""
    from safety_tasks.benchmark.evaluation.files import numbers_of, truth_path, write_detections
    from safety_tasks.benchmark.evaluation.verb import evaluate as run
    from safety_tasks.digests import sha256_file
    from safety_tasks.edge.addresses import shown_path
    from safety_tasks.inference.detector import Detector

    if detections is not None:
        for path in (detections, truth_path(detections)):
            if path.is_dir() or not path.parent.is_dir():
                raise ConfigError(f"{path}: expected a file in a folder that is there, found none.")
    if pictures is not None:
        from safety_tasks.benchmark.evaluation.pictures import require_new, write_pictures

        require_new(pictures)
    detector = Detector.load(model, threads=threads)
    with _opened_data(data, detector.classes, split, missing_label_is_background) as measured_on:
        with progress_of("evaluate") as progress:
            evaluation = run(detector, measured_on, frames=frames, progress=progress)
        if detections is not None:
            tell(f"detections: {detections}, labels: {write_detections(evaluation, detections)}")
        if pictures is not None:
            tell(f"pictures: {len(write_pictures(evaluation, pictures))} in {pictures}")
    document = {
        "model": shown_path(model),
        "model_sha256": sha256_file(model),
        "data": shown_path(Path(data)),
        **numbers_of(evaluation),
    }
    _report(document, as_table=for_people() and not as_json)
    if evaluation.unreadable:
        sys.stdout.flush()
        raise typer.Exit(1)


@contextmanager
def _opened_data(
    data: str,
    classes: tuple[str, ...],
    split: _SplitName | None,
    missing_is_background: bool,
) -> Iterator["EvaluationData"]:
    from safety_tasks.benchmark.evaluation.data import is_version_id, read_files

    if not is_version_id(data):
        yield read_files(Path(data), classes, split, missing_is_background=missing_is_background)
        return
    if missing_is_background:
        raise ConfigError(
            f"--missing-label-is-background: expected files as data, found dataset version {data}, where every "
            "picture has a label. Leave it out."
        )
    from safety_tasks.benchmark.evaluation.version import read_version
    from safety_tasks.config import work_dir

    _, store = opened()
    work_dir().mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="evaluate-", dir=work_dir()) as folder:
        with progress_of("fetch") as progress:
            fetched = read_version(store, data, classes, Path(folder), split, progress)
        yield fetched


def _report(document: Mapping[str, Any], *, as_table: bool) -> None:
    for problem in document["unreadable"]:
        tell(f"unreadable: {problem}")
    for note in document["notes"]:
        tell(f"note: {note}")
    if document["thresholds_from"] == "default":
        tell("note: the model carries no thresholds: precision and recall are at the default")
    if not as_table:
        show(document)
        return
    scenes = "" if document["scenes"] is None else f", {document['scenes']} scenes"
    draw(
        f"{document['model']} on {document['data']}: {document['pictures']} pictures{scenes}",
        _COLUMNS,
        [*(_row(name, score) for name, score in document["hazards"].items()), _mean(document)],
    )
    alarms = document["false_alarms"]
    draw(
        "pictures without labels",
        ("pictures#", "alarmed#", "in 1,000#", "95 %#"),
        [
            (
                alarms["background_pictures"],
                alarms["alarmed"],
                _number(alarms["per_1000"], 1),
                _range(alarms["interval"], 1),
            )
        ],
    )
    if (times := document["latency_ms"]) is not None:
        draw(
            f"ms a frame, {times['threads']} thread(s) of {times['machine']}",
            ("p50#", "p95#", "p99#", "mean#", "pre#", "run#", "post#", "frames#"),
            [(*(_number(times[name]) for name in _TIMES), times["frames"])],
        )


def _row(name: str, score: Mapping[str, Any]) -> tuple[Cell, ...]:
    support = score["support"]
    return (
        name,
        _number(score["ap50"]),
        _range(score["ap50_interval"]),
        _number(score["ap50_95"]),
        _range(score["ap50_95_interval"]),
        *(_number(score[part]) for part in ("ar", "recall", "precision", "f1", "threshold")),
        *(support[part] for part in ("pictures", "boxes", "scenes")),
    )


def _mean(document: Mapping[str, Any]) -> tuple[Cell, ...]:
    return (
        "mean",
        _number(document["map50"]),
        _range(document["map50_interval"]),
        _number(document["map50_95"]),
        _range(document["map50_95_interval"]),
        _number(document["ar"]),
        *("",) * 7,
    )


def _number(value: float | None, digits: int = 3) -> Cell:
    return None if value is None else f"{value:.{digits}f}"


def _range(interval: Mapping[str, Any] | None, digits: int = 2) -> Cell:
    return (
        None if interval is None else f"{interval['low']:.{digits}f}-{interval['high']:.{digits}f}"
    )


COMMANDS: Final[tuple[Callable[..., Any], ...]] = (evaluate,)
