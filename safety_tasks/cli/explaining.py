"""``export --explain``: what was made of a run, who gets it, and why."""

from safety_tasks.cli.console import show
from safety_tasks.cli.drawing import Cell, draw, for_people
from safety_tasks.errors import BenchmarkError
from safety_tasks.records.model import ExportedModel
from safety_tasks.records.variants import VariantChoice
from safety_tasks.store.base import ObjectStore


def explain_export(store: ObjectStore, exported: ExportedModel) -> None:
    """Show the variants of an export and each hardware class's choice, as tables or as JSON."""
    choices = read_choices(store, exported.run_id)
    if not for_people():
        show(
            {
                "run_id": exported.run_id,
                "variants": {one.name: one.to_dict() for one in exported.variants},
                "not_made": exported.not_made,
                "choices": {choice.hardware: choice.to_dict() for choice in choices},
            }
        )
        return
    rows: list[tuple[Cell, ...]] = [
        ("reference", "fp32", exported.model.size_bytes // 1024, None, "yes", _reference(exported))
    ]
    rows += [
        (
            one.name,
            f"{one.precision} {one.scheme}".strip(),
            one.model.size_bytes // 1024,
            f"{one.parity.agreement_f1:.4f}",
            "yes" if one.offered else "no",
            one.why + (f"; in float: {', '.join(one.float_modules)}" if one.float_modules else ""),
        )
        for one in exported.variants
    ]
    rows += [
        (name, None, None, None, "no", f"not made: {why}")
        for name, why in exported.not_made.items()
    ]
    draw(
        f"variants of run {exported.run_id}",
        ("variant", "precision", "KiB#", "F1 on val#", "offered", "why"),
        rows,
    )
    for choice in choices:
        draw(
            f"{choice.hardware} gets {choice.chosen} ({choice.fingerprint.processor}, {choice.at})",
            ("variant", "why"),
            list(choice.reasons.items()),
        )
    draw(
        "any other hardware gets edge-fp32 until `safety-tasks benchmark` measured it there"
        if any(one.name == "edge-fp32" for one in exported.variants)
        else "any other hardware gets the reference",
        ("hardware", "variant"),
        [(choice.hardware, choice.chosen) for choice in choices],
    )


def read_choices(store: ObjectStore, run_id: str) -> list[VariantChoice]:
    """Return the choice of each hardware class that a run was benchmarked on.

    Raises:
        BenchmarkError: one is malformed.
    """
    return [
        VariantChoice.from_json_bytes(store.get(key).payload, what=key, error=BenchmarkError)
        for key in store.keys(f"runs/{run_id}/choices/")
    ]


def _reference(exported: ExportedModel) -> str:
    parity = exported.parity
    if parity is None:
        return "adopted as it came"
    return (
        f"agrees with its weights on {parity.pictures} val pictures: boxes within "
        f"{parity.max_box_difference_px:.4f} px, scores within {parity.max_score_difference:.6f}"
        + (f", worst in {parity.worst_picture}" if parity.worst_picture else "")
    )
