"""One simulation for the three benchmarks of the gate, kept until code, policy or detections change.

Rules: everything is seeded, so that the same inputs give the same numbers; what is kept is plain rows: ``shares`` of
verdicts, by population, scenes, rule, margin and true difference; ``intervals``, how often they held the truth;
``populations``, what was drawn from.
"""

import json
import sys
from collections.abc import Mapping
from dataclasses import asdict
from functools import partial
from pathlib import Path
from statistics import fmean, pstdev, stdev
from time import monotonic
from typing import Any, Final

import numpy as np

import safety_tasks
from benchmarks.gate_lift import lift_to
from benchmarks.gate_models import Models, make_models
from benchmarks.gate_population import Cut, Population, real_population
from benchmarks.gate_scenes import Scenes, expected_weights, one_hazard_scenes
from benchmarks.gate_shares import Share, Study
from benchmarks.gate_simulation import DIFFERENCES, MARGINS, Tally, simulate
from safety_tasks.digests import digest_of, sha256_file
from safety_tasks.inference.detector import Found
from safety_tasks.profiles import load_profile
from safety_tasks.records.gate import Verdict
from safety_tasks.scoring.match_table import Floats, match_table
from safety_tasks.scoring.table_scores import table_scores

PROFILE: Final = "plant"
# Scenes of each hazard in a holdout: how many holdouts are drawn.
DRAWS: Final[Mapping[Cut, Mapping[int, int]]] = {
    "familiar": {10: 150, 20: 210, 25: 150, 30: 450, 40: 120, 60: 60},
    "unseen": {20: 120, 30: 120, 60: 60},
}
LEVELLED: Final[Cut] = "familiar"
# Whatever changes here may change a verdict.
_JUDGING: Final = ("scoring", "gate/checks", "records")
_DRAWING: Final = (
    "gate_holdout",
    "gate_lift",
    "gate_models",
    "gate_population",
    "gate_records",
    "gate_rules",
    "gate_scenes",
    "gate_simulation",
    "gate_study",
    "gate_tables",
    "gate_thinning",
)
_FEW_LABELS: Final = 5  # fewer in a scene say nothing of a spread between scenes


def study(folder: Path) -> Study:
    """Return the simulation, running it if nobody has yet.

    Args:
        folder: where populations and results are kept.

    Raises:
        NoResult: pictures or weights are missing.
    """
    populations = {cut: real_population(folder, cut) for cut in DRAWS}
    digest = _digest(folder)
    path = folder / f"study-{digest[:16]}.json"
    if not path.is_file():
        started = monotonic()
        found = _run(populations)
        print(f"  simulated in {monotonic() - started:.0f} s", file=sys.stderr, flush=True)
        path.write_text(json.dumps(asdict(found)), encoding="utf-8")
    kept = json.loads(path.read_text(encoding="utf-8"))
    return Study(
        tuple(Share(**row) for row in kept["shares"]), tuple(kept["intervals"]), kept["populations"]
    )


def _run(populations: Mapping[Cut, Population]) -> Study:
    shares: list[Share] = []
    intervals: list[dict[str, Any]] = []
    told: dict[str, Any] = {}
    profile = load_profile(PROFILE)
    for cut, population in populations.items():
        scenes, (champion, candidate) = one_hazard_scenes(
            population.classes, population.pictures, [population.champion, population.candidate]
        )
        raw = (champion, candidate)
        filled: dict[str, int] = {}
        if cut == LEVELLED:
            weights = expected_weights(scenes, profile.min_comparison_scenes)
            for class_id, name in enumerate(scenes.classes):
                (champion, candidate), filled[name] = lift_to(
                    scenes.rows,
                    [champion, candidate],
                    class_id,
                    partial(_ap50_of, scenes, class_id, weights),
                )
        told[cut] = _told(scenes, raw, (champion, candidate), filled)
        differences = DIFFERENCES if cut == LEVELLED else tuple(-m for m in MARGINS)
        for count, draws in DRAWS[cut].items():
            models = make_models(scenes, champion, candidate, count, differences)
            tally = simulate(models, population.noise, profile, count, draws, differences)
            shares += _shares(cut, tally)
            intervals += _intervals(cut, tally, models)
            print(f"  {cut}, {count} scenes: {draws} holdouts", file=sys.stderr, flush=True)
    return Study(tuple(shares), tuple(intervals), told)


def _shares(cut: str, tally: Tally) -> list[Share]:
    return [
        Share(
            cut,
            tally.scenes,
            rule,
            margin,
            hazard,
            by,
            cell.verdicts.total(),
            cell.verdicts[Verdict.PASS.value],
            cell.verdicts[Verdict.INCONCLUSIVE.value],
            cell.verdicts[Verdict.FAIL.value],
            dict(cell.refusing.most_common()),
        )
        for (rule, margin, hazard, by), cell in tally.cells.items()
    ]


def _intervals(cut: str, tally: Tally, models: Models) -> list[dict[str, Any]]:
    rows = []
    for (what, hazard), held in tally.covered.items():
        row: dict[str, Any] = {
            "population": cut,
            "scenes": tally.scenes,
            "what": what,
            "hazard": hazard,
            "draws": len(held),
            "held": sum(held),
        }
        if what == "difference":
            truth = models.truth(hazard, 0.0)
            row |= {
                "truth": round(truth, 5),
                "bias": round(fmean(tally.estimates[hazard]) - truth, 5),
                "standard_deviation": round(pstdev(tally.estimates[hazard]), 5),
                "mean_half_width": round(fmean(tally.widths[hazard]), 5),
            }
        rows.append(row)
    return rows


def _told(
    scenes: Scenes,
    raw: tuple[Mapping[str, Found], Mapping[str, Found]],
    lifted: tuple[Mapping[str, Found], Mapping[str, Found]],
    filled: Mapping[str, int],
) -> dict[str, Any]:
    """Return what a population is, by hazard: AP50 of both models and their spread, before and after the lift."""
    told = {}
    weights = expected_weights(scenes, 20)
    for class_id, name in enumerate(scenes.classes):
        told[name] = {
            "scenes": len(scenes.of(name)),
            "labels": sum(
                len(scenes.rows[row].boxes) for s in scenes.of(name) for row in s.labelled
            ),
            "filled_labels": filled.get(name, 0),
        }
        for word, pair in (("real", raw), ("lifted", lifted)):
            told[name] |= {
                f"{word}_champion_ap50": round(_ap50(scenes, class_id, weights, pair[0]), 4),
                f"{word}_candidate_ap50": round(_ap50(scenes, class_id, weights, pair[1]), 4),
                f"{word}_difference_sd_between_scenes": round(_spread(scenes, pair, class_id), 4),
            }
    return told


def _spread(
    scenes: Scenes, pair: tuple[Mapping[str, Found], Mapping[str, Found]], class_id: int
) -> float:
    """Return the standard deviation over scenes of candidate - champion in AP50 of the scene alone."""
    found = []
    for stratum in scenes.of(scenes.classes[class_id]):
        weights = np.zeros(len(scenes.rows))
        weights[[*stratum.labelled, *stratum.other]] = 1
        if len(stratum.labelled) >= _FEW_LABELS:
            theirs, ours = (_ap50(scenes, class_id, weights, side) for side in pair)
            found.append(ours - theirs)
    return stdev(found)


def _ap50_of(
    scenes: Scenes, class_id: int, weights: Floats, found: Mapping[str, Found], scene: str
) -> float:
    """Return a hazard's AP50 in one scene, or in all by an empty name."""
    inside = np.array([not scene or row.scene == scene for row in scenes.rows])
    return _ap50(scenes, class_id, weights * inside, found)


def _ap50(scenes: Scenes, class_id: int, weights: Floats, found: Mapping[str, Found]) -> float:
    scores = table_scores(match_table(scenes.rows, found, class_id), weights)
    return scores.ap50 if scores else 0.0


def _digest(folder: Path) -> str:
    package, here = Path(safety_tasks.__file__).parent, Path(__file__).parent
    code = [path for name in _JUDGING for path in (package / name).rglob("*.py")]
    code += [package / "gate" / "judging.py", package / "gate" / "results.py"]
    code += [here / f"{name}.py" for name in _DRAWING]
    return digest_of(
        {
            "code": {f"{p.parent.name}/{p.name}": sha256_file(p) for p in sorted(code)},
            "profile": load_profile(PROFILE).to_dict(),
            "found": {
                str(p.relative_to(folder)): sha256_file(p) for p in sorted(folder.glob("*/*.npz"))
            },
        }
    )
