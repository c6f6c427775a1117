"""What the verbs over the history of runs return."""

from safety_tasks.records.base import Record
from safety_tasks.records.gate import Verdict
from safety_tasks.records.model import BenchmarkReport, ExportedModel
from safety_tasks.records.training import TrainingRun


class RunLine(Record):
    """One run in a list; ``problem`` says what of it cannot be believed, or that it was begun and not finished.

    ``started_at`` is empty where no record holds it; ``best_map50`` is the highest on val during the training.
    """

    run_id: str
    started_at: str = ""
    dataset_version: str = ""
    recipe: str = ""
    backend: str = ""
    epochs: int | None = None
    best_map50: float | None = None
    verdict: Verdict | None = None
    releases: tuple[int, ...] = ()
    problem: str = ""


class RunView(Record):
    """All that is recorded of a run; what was not done yet is None.

    ``curves``: each metric's value after each epoch, None where it was not measured.
    """

    line: RunLine
    training: TrainingRun | None
    exported: ExportedModel | None
    benchmark: BenchmarkReport | None
    reasons: tuple[str, ...]
    curves: dict[str, tuple[float | None, ...]]


class Difference(Record):
    """One thing that two runs do not share; empty where a run does not have it."""

    what: str
    a: str
    b: str


class HazardPair(Record):
    """What two models reach on one hazard of the same holdout."""

    hazard: str
    a_ap50: float | None
    b_ap50: float | None
    a_recall: float | None
    b_recall: float | None


class RunComparison(Record):
    """Two runs side by side.

    ``differences`` by section, only what differs; ``best``: each metric's best value in the two curves; ``hazards`` is
    empty where the two were not measured on the same holdout; ``unfair`` says what may not be concluded, and why.
    """

    a: str
    b: str
    differences: dict[str, tuple[Difference, ...]]
    best: tuple[Difference, ...]
    hazards: tuple[HazardPair, ...]
    unfair: tuple[str, ...]
