"""Commands of an edge device: agent, predict."""

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any, Final

import typer

from safety_tasks.class_map import require_same
from safety_tasks.cli.console import opened, show
from safety_tasks.errors import ConfigError, EdgeError
from safety_tasks.records.release import DeviceStatus


def agent(
    device_id: Annotated[str, typer.Option(help="This device's name in the fleet.")],
    device_dir: Annotated[Path, typer.Option(help="The device's folder: slots, floor, lock.")],
    channel: Annotated[str, typer.Option(help="canary or stable.")] = "stable",
    interval_s: Annotated[float, typer.Option(min=0.1, help="Seconds between polls.")] = 60.0,
    polls: Annotated[
        int | None, typer.Option(min=1, help="Stop after so many polls; else never.")
    ] = None,
) -> None:
    """Poll a channel, prove what it serves, install, self-test and activate it; one JSON line a poll."""
    from safety_tasks.edge import DeviceFolder, run_agent

    if channel not in ("canary", "stable"):
        raise ConfigError(f"channel: expected canary or stable, found {channel!r}.")
    _, store = opened()

    def report(status: DeviceStatus) -> None:
        print(status.model_dump_json(), flush=True)

    run_agent(
        store,
        DeviceFolder(device_dir),
        device_id,
        "canary" if channel == "canary" else "stable",
        interval_s=interval_s,
        report=report,
        polls=polls,
    )


def predict(
    sources: Annotated[list[Path], typer.Argument(help="Pictures, videos, or folders of them.")],
    out: Annotated[Path, typer.Option(help="Where annotated pictures and detections.json go.")],
    device_dir: Annotated[
        Path | None, typer.Option(help="Use the release that is active in a device's folder.")
    ] = None,
    model: Annotated[Path | None, typer.Option(help="Or use this ONNX model.")] = None,
    min_score: Annotated[
        float, typer.Option(min=0.0, max=1.0, help="Threshold with --model (0-1).")
    ] = 0.25,
    every_nth_frame: Annotated[int, typer.Option(min=1, help="Of a video.")] = 5,
) -> None:
    """Detect hazards in pictures and videos, and draw what was found."""
    from safety_tasks.edge import DeviceFolder
    from safety_tasks.edge.predict import predict as run
    from safety_tasks.inference.detector import load_detector

    if (device_dir is None) == (model is None):
        raise ConfigError("expected one of --device-dir and --model. Name where the model is.")
    if device_dir is not None:
        installed = DeviceFolder(device_dir).active()
        if installed is None:
            raise EdgeError(
                f"{device_dir}: expected an active release, found none. Run agent first."
            )
        detector = load_detector(installed.model_path)
        require_same(installed.document.classes, detector.classes, where=str(device_dir))
        thresholds = dict(installed.document.thresholds)
    else:
        detector = load_detector(model or Path())
        thresholds = dict.fromkeys(detector.classes, min_score)
    found = run(detector, thresholds, sources, out, every_nth_frame=every_nth_frame)
    for line in found.unreadable:
        print(f"unreadable: {line}", file=sys.stderr)
    show(
        {
            "pictures": [str(frame.annotated) for frame in found.frames],
            "detections": sum(len(frame.detections) for frame in found.frames),
            "unreadable": list(found.unreadable),
        }
    )


COMMANDS: Final[tuple[Callable[..., Any], ...]] = (agent, predict)
