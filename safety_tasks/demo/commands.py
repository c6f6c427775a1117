"""The programs behind ``make demo``, ``make up`` and ``make down``.

Rules: one rehearsal at a time in a folder, also while an earlier one is still being stopped; Ctrl-C, SIGTERM and SIGHUP
end it the same way; whatever the ending, all that was started is stopped and ``summary.json`` says what happened.
"""

import fcntl
import os
import shutil
import signal
import sys
import threading
import time
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any, Final

import psutil
import typer

from safety_tasks.demo import staying
from safety_tasks.demo.material import Options
from safety_tasks.demo.picture import save_card
from safety_tasks.demo.rehearsal import Rehearsal
from safety_tasks.demo.stack import CHECKOUT, Stack, embedded_env
from safety_tasks.demo.summary import BROKEN, INTERRUPTED, REFUSED, Summary
from safety_tasks.demo.view import View
from safety_tasks.errors import ConfigError, SafetyTasksError
from safety_tasks.gate.card import render_card

_LOCK_WAIT_S: Final = 40.0
app = typer.Typer(
    help="Rehearse the whole system on this machine.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)


@app.command()
def run(
    data: Annotated[str, typer.Option(help="A YOLO folder; empty: synthetic scenes.")] = "",
    weights: Annotated[str, typer.Option(help="Base weights (.pt) to start from.")] = "",
    profile: Annotated[str, typer.Option(help="Gate profile: demo, rehearsal, plant.")] = "",
    break_: Annotated[
        str, typer.Option("--break", help="undertrained: a model that deserves to fail.")
    ] = "",
    folder: Annotated[Path, typer.Option(help="All state goes here.")] = CHECKOUT / "var" / "demo",
    owner: Annotated[int, typer.Option(help="Stop when this process id ends; 0: none.")] = 0,
) -> None:
    """Go from labelled pictures to a device that detects, once; exit 0 released, 3 refused, 1 broken, 130 stopped."""
    options = Options(
        data=Path(data).resolve() if data else None,
        weights=Path(weights).resolve() if weights else None,
        profile=profile,
        broken=break_,
    )
    # SIGINT too: a shell that starts a program in the background has it ignored.
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.default_int_handler)
    if owner:
        threading.Thread(target=_end_with, args=(owner,), daemon=True).start()
    with _only_one(folder) as lock:
        sys.exit(_rehearse(options, folder, lock))


@app.command()
def up(
    recipe: Annotated[str, typer.Option(help="What an empty form means.")] = "demo",
    profile: Annotated[str, typer.Option(help="What an empty form means.")] = "demo",
    folder: Annotated[Path, typer.Option(help="All state stays here.")] = CHECKOUT / "var" / "up",
) -> None:
    """Start the embedded stack and leave it running; prints URL and login."""
    staying.bring_up(folder, recipe, profile)


@app.command()
def down(
    folder: Annotated[Path, typer.Option(help="As given to up.")] = CHECKOUT / "var" / "up",
) -> None:
    """Stop the stack that up started; its state stays."""
    staying.bring_down(folder)


def main() -> None:
    """Run a command; an error of the tree is one clear line."""
    try:
        app()
    except SafetyTasksError as problem:
        typer.echo(f"error: {problem}", err=True)
        sys.exit(BROKEN)
    except KeyboardInterrupt:
        sys.exit(INTERRUPTED)


def _rehearse(options: Options, folder: Path, lock: int) -> int:
    weights = str(options.weights) if options.weights else ""
    for old in folder.iterdir():
        if old.name != ".lock":
            shutil.rmtree(old) if old.is_dir() else old.unlink()
    view = View()
    stack: Stack | None = None
    rehearsal: Rehearsal | None = None
    changes: dict[str, Any] = {}
    try:
        options.check()
        _greet(view, options)
        stack = Stack(folder, embedded_env(options.recipe(), options.gate_profile, weights))
        rehearsal = Rehearsal(stack, options, view, CHECKOUT)
        stack.start(held=(lock,))
        with view:
            rehearsal.run()
    except KeyboardInterrupt:
        changes = {"exit_code": INTERRUPTED, "problem": "stopped by hand"}
        view.say("stopped by hand", "bold yellow")
    except SafetyTasksError as problem:
        changes = {"exit_code": BROKEN, "problem": str(problem)}
        view.say(f"broken: {problem}", "bold red")
    except BaseException as problem:  # whatever it is, the stack is stopped and the summary written
        changes = {"exit_code": BROKEN, "problem": repr(problem)}
        view.say(traceback.format_exc(), "red")
    return _finish(folder, stack, rehearsal, changes, view)


def _finish(
    folder: Path,
    stack: Stack | None,
    rehearsal: Rehearsal | None,
    changes: dict[str, Any],
    view: View,
) -> int:
    """Stop all, show the card, write the summary, return the exit code; not to be interrupted."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    if stack is not None:
        stack.stop()
    summary = rehearsal.summary if rehearsal else Summary()
    if rehearsal is not None and rehearsal.report is not None:
        card = render_card(rehearsal.report, rehearsal.card_extra())
        view.console.print(card)
        changes["card"] = _shown(save_card(card, folder / "card.svg"))
    summary = summary.model_copy(update=changes)
    summary.write(folder / "summary.json")
    if summary.exit_code == REFUSED:
        view.say("The gate refused the candidate: nothing was published.", "bold")
    view.say(f"summary: {_shown(folder / 'summary.json')}   logs: {_shown(folder / 'logs')}")
    return summary.exit_code


def _greet(view: View, options: Options) -> None:
    if options.data is None:
        view.say(
            "SYNTHETIC pictures: drawn by a program, no camera took them. The numbers below show that the system "
            "works; they say nothing about real smoke, fire or people.",
            "bold magenta",
        )
    else:
        view.say(
            f"pictures: {options.data}; an empty label file counts as a picture without hazard"
        )
    view.say(
        f"recipe {options.recipe()}, gate profile {options.gate_profile}, "
        f"base weights {options.weights or 'champion, download or scratch'}"
    )


@contextmanager
def _only_one(folder: Path) -> Iterator[int]:
    """Hold the folder's lock; guardians hold it too, so it is free only when all has stopped."""
    folder.mkdir(parents=True, exist_ok=True)
    handle = os.open(folder / ".lock", os.O_RDWR | os.O_CREAT, 0o600)
    deadline = time.monotonic() + _LOCK_WAIT_S
    try:
        while True:
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if time.monotonic() > deadline:
                    raise ConfigError(
                        f"{folder}: expected no other rehearsal there, found one that runs. Wait for it, "
                        "or stop it with Ctrl-C."
                    ) from None
                time.sleep(0.5)
        yield handle
    finally:
        os.close(handle)


def _end_with(owner: int) -> None:
    """Stop this program once its owner, such as ``make``, is gone: even ``kill -9`` of it leaves nothing behind."""
    try:
        process = psutil.Process(owner)
        while process.is_running() and process.status() != psutil.STATUS_ZOMBIE:
            time.sleep(0.5)
    except psutil.NoSuchProcess:
        pass
    os.kill(os.getpid(), signal.SIGTERM)


def _shown(path: Path) -> str:
    path = path.resolve()
    return str(path.relative_to(CHECKOUT) if path.is_relative_to(CHECKOUT) else path)
