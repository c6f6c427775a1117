"""The command of an edge device that keeps it up to date: agent."""

from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any, Final

import typer

from safety_tasks.cli.console import opened
from safety_tasks.errors import ConfigError
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


COMMANDS: Final[tuple[Callable[..., Any], ...]] = (agent,)
