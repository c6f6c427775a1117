"""The command that looks at pictures, videos and cameras: predict.

Rules: whatever ends it, what was seen is kept, videos are closed and the summary is shown; files that cannot be read
are named and do not change the status unless nothing was seen; a stream that broke does.
"""

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from safety_tasks.class_map import require_same
from safety_tasks.cli.frame_progress import frames_of
from safety_tasks.cli.predict_tables import report
from safety_tasks.errors import ArtifactError, ConfigError, EdgeError, StreamError

if TYPE_CHECKING:
    from safety_tasks.edge.tally import Tally
    from safety_tasks.inference.detector import Detector

_DEFAULT_SCORE: Final = 0.25


def predict(
    sources: Annotated[
        list[str],
        typer.Argument(
            help="Pictures, videos, folders of them, and rtsp:// or http(s):// addresses."
        ),
    ],
    out: Annotated[
        Path, typer.Option(help="Where annotated pictures, videos and detections.jsonl go.")
    ],
    device_dir: Annotated[
        Path | None, typer.Option(help="Use the release that is active in a device's folder.")
    ] = None,
    model: Annotated[Path | None, typer.Option(help="Or use this ONNX model.")] = None,
    min_score: Annotated[
        float | None,
        typer.Option(
            min=0.0,
            max=1.0,
            help="With --model: threshold of every hazard (0-1); else the model's own, or 0.25.",
        ),
    ] = None,
    every_nth_frame: Annotated[
        int, typer.Option(min=1, help="Of a video or stream, look at frames so many apart.")
    ] = 5,
    open_timeout_s: Annotated[
        float, typer.Option(min=0.1, max=3600, help="Wait so long for a stream to open.")
    ] = 10.0,
    read_timeout_s: Annotated[
        float, typer.Option(min=0.1, max=3600, help="Wait so long for a stream's next frame.")
    ] = 10.0,
    max_frames: Annotated[
        int | None, typer.Option(min=1, help="Look at so many frames of each video or stream.")
    ] = None,
    max_seconds: Annotated[
        float | None, typer.Option(min=0.1, help="Look at so many seconds of each of them.")
    ] = None,
    json_lines: Annotated[
        bool, typer.Option("--json-lines", help="Print each detections.jsonl line as it comes.")
    ] = False,
) -> None:
    """Detect hazards in pictures, videos and streams of cameras, and draw what was found."""
    from safety_tasks.edge.predict import predict as run
    from safety_tasks.edge.streams import WatchLimits
    from safety_tasks.edge.tally import Tally

    detector, thresholds = _model(device_dir, model, min_score)
    tally = Tally(detector.classes)
    done = False
    try:
        with _told_to_end(), frames_of("predict") as progress:
            run(
                detector,
                thresholds,
                list(sources),
                out,
                every_nth_frame=every_nth_frame,
                limits=WatchLimits(open_timeout_s, read_timeout_s, max_frames, max_seconds),
                tally=tally,
                on_line=_print if json_lines else lambda line: None,
                progress=progress,
            )
        done = True
    finally:
        if tally.sources:
            report(tally, out, lines_on_stdout=json_lines, but=_failure(tally) if done else None)
    if failure := _failure(tally):
        raise failure


def _model(
    device_dir: Path | None, model: Path | None, min_score: float | None
) -> "tuple[Detector, dict[str, float]]":
    from safety_tasks.edge import DeviceFolder
    from safety_tasks.inference.detector import Detector

    if device_dir is not None and model is None:
        if min_score is not None:
            raise ConfigError(
                "expected --min-score with --model alone: a release has thresholds of its own. Leave it out."
            )
        installed = DeviceFolder(device_dir).active()
        if installed is None:
            raise EdgeError(
                f"{device_dir}: expected an active release, found none. Run agent first."
            )
        detector = Detector.load(installed.model_path)
        require_same(installed.document.classes, detector.classes, where=str(device_dir))
        return detector, dict(installed.document.thresholds)
    if model is None or device_dir is not None:
        raise ConfigError("expected one of --device-dir and --model. Name where the model is.")
    detector = Detector.load(model)
    return detector, _thresholds(detector, min_score)


def _thresholds(detector: "Detector", min_score: float | None) -> dict[str, float]:
    """Return the operator's number for every hazard, else the model's own where it has one, else the default."""
    if min_score is not None:
        return dict.fromkeys(detector.classes, min_score)
    own = detector.thresholds or {}
    return {name: own.get(name, _DEFAULT_SCORE) for name in detector.classes}


def _print(line: str) -> None:
    print(line, flush=True)


@contextmanager
def _told_to_end() -> Iterator[None]:
    """Let a service's order to end (SIGTERM) do what Ctrl-C does: videos are closed, the summary is shown."""

    def end(number: int, frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGTERM, end)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def _failure(tally: "Tally") -> StreamError | ArtifactError | None:
    """Return what the command fails with: a broken stream, or that nothing could be read."""
    if tally.broken_streams:
        return StreamError(tally.broken_streams[-1])
    if tally.unreadable and not tally.looked_at:
        return ArtifactError(tally.unreadable[-1])
    return None


COMMANDS: Final[tuple[Callable[..., Any], ...]] = (predict,)
