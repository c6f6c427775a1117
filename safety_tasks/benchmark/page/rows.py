"""What the benchmark page says of accuracy, as rows of values.

Rules: pure; a number that is missing carries its reason; a difference is called noise only beside a measured floor,
and only between scores of the same pictures.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, get_args

from safety_tasks.benchmark.page.words import Number
from safety_tasks.records.dataset import Support
from safety_tasks.records.model import BenchmarkReport, Measurements
from safety_tasks.records.scores import Interval, SliceKind, SliceScore

KINDS: Final[tuple[SliceKind, ...]] = get_args(SliceKind)


@dataclass(frozen=True)
class Compared:
    """A difference to the champion, and whether it is smaller than the noise floor."""

    number: Number
    within_noise: bool = False


@dataclass(frozen=True)
class HazardRow:
    """A row of the table of accuracy: a hazard, or (``hazard`` None) the mean over them."""

    hazard: str | None
    ap50: Number
    ap50_95: Number
    ar: Number
    recall: Number | None
    precision: Number | None
    f1: Number | None
    threshold: float | None
    support: Support | None
    champion_ap50: Number
    difference: Compared
    difference_95: Compared


def champion_state(measured: Measurements) -> str:
    """Return what there is to compare with: ``first``, ``problem``, ``other`` (other pictures) or ``beside``."""
    champion = measured.champion
    if champion.report is None:
        no_release = champion.release_seq is None and not champion.problem
        return "first" if no_release else "problem"
    same = champion.report.manifest_sha256 == measured.candidate.manifest_sha256
    return "beside" if same else "other"


def hazard_rows(measured: Measurements) -> list[HazardRow]:
    """Return a row a hazard and, last, their mean; nothing where no hazard was scored."""
    report = measured.candidate
    if not report.hazards:
        return []
    return [*(_hazard(measured, name) for name in report.hazards), mean_row(measured)]


def alarms(report: BenchmarkReport) -> Number:
    """Return the false alarms per 1,000 background pictures."""
    found = report.false_alarms
    if found is None:
        return Number(None, "why_older")
    return Number(found.per_1000, "why_no_background", found.interval, "why_few_scenes_background")


def slice_groups(report: BenchmarkReport) -> list[tuple[SliceKind, list[SliceScore]]]:
    """Return the parts of the holdout by kind, each kind once, also one without parts."""
    return [(kind, [part for part in report.slices if part.kind == kind]) for kind in KINDS]


def slice_ap50(part: SliceScore, hazard: str) -> Number:
    """Return a part's AP50 of a hazard."""
    return Number(part.ap50.get(hazard), _slice_why(part, "why_size_recall_only"))


def slice_recall(part: SliceScore, hazard: str) -> Number:
    """Return a part's recall of a hazard."""
    return Number(part.recall.get(hazard), _slice_why(part, ""))


def slice_alarms(part: SliceScore) -> Number:
    """Return a part's false alarms per 1,000 background pictures."""
    found = part.false_alarms
    return Number(found.per_1000 if found else None, "why_no_background")


def confusion_share(row: Sequence[int], column: int) -> float | None:
    """Return a cell's share of its row (0-1), None in an empty row."""
    total = sum(row)
    return row[column] / total if total else None


def _slice_why(part: SliceScore, of_size: str) -> str:
    if part.kind == "hard_negatives":
        return "why_alarms_only"
    return of_size if part.kind == "box_size" and of_size else "why_part_no_labels"


def _hazard(measured: Measurements, name: str) -> HazardRow:
    report = measured.candidate
    score = report.hazards[name]
    theirs = _champion_report(measured)
    beside = theirs.hazards.get(name) if theirs else None
    unlabelled = "why_no_labels" if not score.support.boxes else "why_older"
    no_interval = "why_few_scenes" if score.support.scenes < 2 else "why_older"
    floor = report.noise.ap50.get(name) if report.noise else None
    return HazardRow(
        hazard=name,
        ap50=Number(score.ap50, unlabelled, score.ap50_interval, no_interval),
        ap50_95=Number(score.ap50_95, unlabelled, score.ap50_95_interval, no_interval),
        ar=Number(score.ar, unlabelled),
        recall=Number(score.recall, unlabelled, score.recall_interval, no_interval),
        precision=Number(score.precision, "why_no_detections"),
        f1=Number(score.f1, unlabelled),
        threshold=score.threshold,
        support=score.support,
        champion_ap50=Number(beside.ap50 if beside else None, _champion_why(measured, name)),
        difference=_compared(measured, f"ap50.{name}", name, floor),
        difference_95=_compared(measured, f"ap50_95.{name}", name, None),
    )


def mean_row(measured: Measurements) -> HazardRow:
    """Return the row of the mean over hazards."""
    report, theirs = measured.candidate, _champion_report(measured)
    why = "why_no_hazard_scored"
    no_interval = "why_no_mean_interval"
    return HazardRow(
        hazard=None,
        ap50=Number(report.map50, why, report.map50_interval, no_interval),
        ap50_95=Number(report.map50_95, why, report.map50_95_interval, no_interval),
        ar=Number(report.ar, "why_older" if report.map50 is not None else why),
        recall=None,
        precision=None,
        f1=None,
        threshold=None,
        support=None,
        champion_ap50=Number(theirs.map50 if theirs else None, _champion_why(measured, None)),
        difference=_compared(measured, "map50", None, None),
        difference_95=_compared(
            measured, "map50_95", None, report.noise.map50_95 if report.noise else None
        ),
    )


def _compared(measured: Measurements, key: str, name: str | None, floor: float | None) -> Compared:
    found = measured.differences.get(key) if _champion_report(measured) else None
    if found is None or found.difference is None:
        return Compared(Number(None, _champion_why(measured, name, found is not None)))
    return Compared(
        Number(found.difference, "why_not_compared", found.interval, _few(found.interval)),
        within_noise=floor is not None and abs(found.difference) < floor,
    )


def _few(interval: Interval | None) -> str:
    return "why_few_scenes" if interval is None else ""


def _champion_why(measured: Measurements, name: str | None, compared: bool = True) -> str:
    """Say why there is no number of the champion's, or none beside it."""
    state = champion_state(measured)
    known = measured.champion.report.hazards if measured.champion.report else {}
    if state == "first":
        return "why_no_champion"
    if state == "problem":
        return "why_champion_problem"
    if state == "other":
        return "why_champion_other"
    if name is not None and name not in known:
        return "why_champion_unaware"
    return "why_not_compared" if compared else "why_older"


def _champion_report(measured: Measurements) -> BenchmarkReport | None:
    """Return the champion's report if it may be compared with."""
    return measured.champion.report if champion_state(measured) == "beside" else None
