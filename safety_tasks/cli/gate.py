"""Commands over the gate: judge, list, show, explain, replay, verify, and those over what people decide."""

import sys
from typing import TYPE_CHECKING, Annotated, Final

import typer

from safety_tasks.cli.approve import approve
from safety_tasks.cli.console import opened, progress_of, show
from safety_tasks.cli.drawing import for_people, tell
from safety_tasks.cli.gate_tables import draw_checks, draw_history, draw_replay
from safety_tasks.cli.stored import record_of, version_of
from safety_tasks.cli.waivers import waive, waivers
from safety_tasks.records.model import ExportedModel, Measurements

if TYPE_CHECKING:
    from safety_tasks.records.gate import GateReport
    from safety_tasks.store.base import ObjectStore

APP: Final = typer.Typer(
    help="Judge runs, read verdicts and their reasons, judge again by another policy, prove the history, waive checks.",
    no_args_is_help=True,
)
Run = Annotated[str, typer.Argument(help="The training run's id, as train printed it.")]
Profile = Annotated[str, typer.Option(help="A table of config/gate.toml; empty: as set.")]
Json = Annotated[bool, typer.Option("--json", help="JSON in a terminal too.")]


@APP.command()
def judge(run_id: Run, profile: Profile = "") -> None:
    """Judge a run and show its card; status 3 unless the verdict is PASS."""
    from safety_tasks.gate import enforce_gate, evaluate_gate, read_gate_report
    from safety_tasks.profiles import load_profile
    from safety_tasks.signing import load_approvers

    settings, store = opened()
    exported = record_of(store, ExportedModel, run_id, "export.json", "export")
    measured = record_of(store, Measurements, run_id, "benchmark.json", "benchmark")
    with progress_of("bad candidates that the gate must refuse") as progress:
        ref = evaluate_gate(
            store,
            exported,
            version_of(store, exported.dataset_version),
            measured,
            load_profile(profile or settings.retrain.profile),
            load_approvers(),
            progress=progress,
        )
    _show_card(read_gate_report(store, ref))
    show(ref.to_dict())
    sys.stdout.flush()
    enforce_gate(store, ref)


@APP.command(name="list")
def list_all(
    newest: Annotated[int, typer.Option(min=1, help="At most so many entries.")] = 20,
    as_json: Json = False,
) -> None:
    """List what the gate said and what people decided about it, newest first, from its history."""
    from safety_tasks.gate.history import read_history

    _, store = opened()
    entries = read_history(store, newest + 1)
    if for_people() and not as_json:
        draw_history(entries[:newest])
    else:
        show([entry.to_dict() for entry in entries[:newest]])
    if len(entries) > newest:
        tell(f"there are older entries than these {newest}: --newest shows more")


@APP.command(name="show")
def show_one(run_id: Run, as_json: Json = False) -> None:
    """Show the card of a run's latest report; JSON is the whole report."""
    _, store = opened()
    report = _report(store, run_id)
    _show_card(report)
    if as_json or not for_people():
        show(report.to_dict())


@APP.command()
def explain(
    run_id: Run,
    check: Annotated[str, typer.Argument(help="A check's name, or its kind; none: all.")] = "",
    as_json: Json = False,
) -> None:
    """Explain a run's checks: what each asks, how it decides, what was seen, and why."""
    from safety_tasks.gate.explaining import explain_checks

    _, store = opened()
    found = explain_checks(_report(store, run_id), check)
    if for_people() and not as_json:
        draw_checks(found)
    else:
        show([one.to_dict() for one in found])


@APP.command()
def replay(run_id: Run, profile: Profile = "", as_json: Json = False) -> None:
    """Judge a stored report's evidence again, by another policy or by today's; publishes nothing."""
    from safety_tasks.gate.replay import replay_gate
    from safety_tasks.profiles import load_profile

    settings, store = opened()
    replayed = replay_gate(
        _report(store, run_id), load_profile(profile or settings.retrain.profile)
    )
    if for_people() and not as_json:
        draw_replay(replayed)
    else:
        show(replayed.to_dict())


@APP.command()
def verify() -> None:
    """Prove the history: every entry against the one before, every report that it names, every run's latest."""
    from safety_tasks.gate.history_reports import verify_reports

    _, store = opened()
    with progress_of("entries of the gate's history") as progress:
        entries = verify_reports(store, progress)
    newest = entries[0] if entries else None
    tell(f"the gate's history proves: {len(entries)} entries")
    show(
        {
            "entries": len(entries),
            "newest": newest.to_dict() if newest else None,
            "newest_sha256": newest.digest() if newest else None,
        }
    )


APP.command()(approve)
APP.command()(waive)
APP.command()(waivers)


def _report(store: "ObjectStore", run_id: str) -> "GateReport":
    from safety_tasks.gate import find_gate_report, read_gate_report

    return read_gate_report(store, find_gate_report(store, run_id))


def _show_card(report: "GateReport") -> None:
    from rich.console import Console

    from safety_tasks.gate.card import render_card

    Console(stderr=True).print(render_card(report))
