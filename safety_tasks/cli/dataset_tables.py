"""What a person sees of a version, a difference, a holdout and a purge."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Final

from safety_tasks.cli.drawing import Cell, draw, plain, support_rows

if TYPE_CHECKING:
    from safety_tasks.dataset.results import (
        HoldoutView,
        SceneLine,
        SupportChange,
        VersionDiff,
        VersionLine,
        VersionProof,
        VersionView,
    )
    from safety_tasks.records.dataset import HoldoutSignOff, PurgeReport

_SUPPORT: Final = ("split", "hazard", "pictures#", "boxes#", "scenes#")


def draw_versions(lines: Iterable["VersionLine"]) -> None:
    """Draw the versions there are."""
    draw(
        "dataset versions",
        ("version", "current", "suite", "pictures#", "batches#", "new", "built on"),
        (
            (
                line.version_id,
                line.is_current,
                line.problem or line.validation,
                line.pictures,
                line.batches,
                ", ".join(line.new_batches[:5]) + (" …" if len(line.new_batches) > 5 else ""),
                line.parent_id,
            )
            for line in lines
        ),
    )


def draw_proof(proof: "VersionProof") -> None:
    """Draw what was proved, and what is damaged."""
    verdict = "all sound" if proof.is_sound else f"{len(proof.damage)} DAMAGED"
    print(f"version {proof.version_id}: {proof.pictures} pictures, {verdict}")
    for sha256 in proof.purged:
        print(f"purged: {sha256}")
    if not proof.is_sound:
        draw("damage", ("where", "found"), ((each.where, each.found) for each in proof.damage))


def draw_version(view: "VersionView") -> None:
    """Draw what a version holds."""
    state = f"suite: {view.validation}" + (", current" if view.is_current else "")
    print(f"version {view.version_id} ({state})")
    print(plain(f"built on {' ← '.join(view.lineage[1:6]) or 'nothing'}"))
    print(plain(f"{len(view.batches)} batches: {', '.join(view.batches[:20])}"))
    draw("splits", _SUPPORT, support_rows(view.splits, view.classes))
    draw("kinds", ("kind", "pictures#"), view.kinds.items())
    draw("sites", ("site", "pictures#"), view.sites.items())
    draw("ledger", ("rule", "action", "rows#"), ((r.rule, r.action, r.rows) for r in view.ledger))
    print(f"holdout {view.holdout.sha256[:12]}")
    if view.sign_off is not None:
        print(signed(view.sign_off))
    if view.scenes is not None:
        _draw_scenes("scenes", view.scenes, view.classes)


def draw_holdout(view: "HoldoutView") -> None:
    """Draw what judges models, who signed for it, and what waits."""
    draw(
        f"holdout {view.holdout.sha256[:12]} of version {view.version_id}",
        _SUPPORT,
        support_rows({"holdout": view.summary}, view.classes),
    )
    for sign_off in view.sign_offs:
        print(signed(sign_off))
    if not view.sign_offs:
        print("nobody signed for it yet: safety-tasks holdout extend")
    _draw_scenes("in reserve", view.waiting, view.classes)


def draw_sign_off(sign_off: "HoldoutSignOff", *, to_stderr: bool = False) -> None:
    """Draw what a sign-off changes: before and after, hazard by hazard."""
    rows: list[tuple[Cell, ...]] = []
    before, after = sign_off.before, sign_off.after
    rows.append(("all", before.pictures, after.pictures, "", "", before.scenes, after.scenes))
    for hazard, now in after.hazards.items():
        was = before.hazards[hazard]
        rows.append(
            (hazard, was.pictures, now.pictures, was.boxes, now.boxes, was.scenes, now.scenes)
        )
    rows.append(
        ("none (background)", before.background_pictures, after.background_pictures, "", "", "", "")
    )
    draw(
        f"holdout before and after {', '.join(sign_off.scenes) or 'signing as it is'}",
        ("hazard", "pictures#", "→#", "boxes#", "→#", "scenes#", "→#"),
        rows,
        to_stderr=to_stderr,
    )


def draw_diff(found: "VersionDiff") -> None:
    """Draw what is different."""
    rows: list[tuple[Cell, ...]] = []
    rows += [("added to", split, count) for split, count in found.added.items()]
    rows += [("removed from", split, count) for split, count in found.removed.items()]
    rows += [("moved", f"{each.before} → {each.after}", each.pictures) for each in found.moved]
    rows.append(("relabelled", "", found.relabelled))
    rows.append(("scene renamed", "", found.renamed_scenes))
    rows.append(("holdout", "changed" if found.holdout_changed else "the same", ""))
    rows += [("class added", name, "") for name in found.classes_added]
    rows += [("batch added", name, "") for name in found.batches_added]
    rows += [("batch removed", name, "") for name in found.batches_removed]
    draw(f"{found.older_id} → {found.newer_id}", ("change", "of", "pictures#"), rows)
    draw(
        "support",
        ("split", "hazard", "pictures#", "→#", "boxes#", "→#", "scenes#", "→#"),
        (_changed(each) for each in found.hazards),
    )
    draw(
        "examples",
        ("change", "picture"),
        ((name, sha256) for name, some in found.examples.items() for sha256 in some),
    )


def draw_purge(report: "PurgeReport") -> None:
    """Draw what a purge did."""
    grave = report.tombstone
    draw("removed", ("where",), ((key,) for key in report.removed))
    draw("left", ("what stays, and what to do",), ((line,) for line in report.left))
    for what, names in (
        ("versions", grave.versions), ("runs", grave.runs), ("releases", grave.releases)
    ):  # fmt: skip
        print(plain(f"{what} that had it: {', '.join(names) or 'none'}"))


def signed(sign_off: "HoldoutSignOff") -> str:
    """Return who signed for a holdout, as one line."""
    return plain(f"signed by {sign_off.approved_by} at {sign_off.at}: {sign_off.why}")


def _draw_scenes(title: str, scenes: Iterable["SceneLine"], classes: tuple[str, ...]) -> None:
    draw(
        title,
        ("scene", "pictures", *(f"{name}#" for name in classes)),
        (_scene_row(line, classes) for line in scenes),
    )


def _scene_row(line: "SceneLine", classes: tuple[str, ...]) -> list[Cell]:
    pictures = ", ".join(f"{count} {split}" for split, count in line.pictures.items())
    return [line.scene, pictures, *(line.boxes.get(name, 0) for name in classes)]


def _changed(each: "SupportChange") -> list[Cell]:
    pairs = zip(each.before.to_dict().values(), each.after.to_dict().values(), strict=True)
    return [each.split, each.hazard, *(count for pair in pairs for count in pair)]
