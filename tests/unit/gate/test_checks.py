"""The gate's checks as truth tables: what is missing is never a pass, and equal to the limit is enough."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.toy_runs import PROFILE, toy_report
from toy_models import CLASSES

from safety_tasks.class_map import class_map_digest
from safety_tasks.gate.checks import (
    check_floor,
    check_latency,
    check_regression,
    check_support,
    combine,
    run_checks,
)
from safety_tasks.records.dataset import Support
from safety_tasks.records.gate import CheckResult, Verdict
from safety_tasks.records.model import (
    BenchmarkReport,
    ChampionBenchmark,
    IncidentResult,
)
from safety_tasks.records.scores import HazardScore

PASS, FAIL, THIN = Verdict.PASS, Verdict.FAIL, Verdict.INCONCLUSIVE
VERDICTS = st.lists(st.sampled_from(Verdict))
FIRST = ChampionBenchmark(release_seq=None, report=None)


@pytest.mark.parametrize(
    ("verdicts", "expected"),
    [
        ([], FAIL),
        ([PASS], PASS),
        ([THIN], THIN),
        ([FAIL], FAIL),
        ([PASS, THIN], THIN),
        ([THIN, FAIL], FAIL),
        ([PASS, FAIL], FAIL),
        ([PASS, THIN, FAIL], FAIL),
    ],
)
def test_combine(verdicts: list[Verdict], expected: Verdict) -> None:
    """No check at all fails; the worst verdict wins."""
    assert combine(verdicts) is expected


@given(VERDICTS, VERDICTS)
def test_more_checks_never_better_a_verdict(first: list[Verdict], second: list[Verdict]) -> None:
    """Adding checks to some keeps or worsens the verdict, in any order."""
    order = [FAIL, THIN, PASS]
    together = combine(first + second)
    assert together is combine(second + first)
    if first and second:
        assert order.index(together) == min(order.index(combine(v)) for v in (first, second))
    assert (together is PASS) == (bool(first + second) and set(first + second) == {PASS})


@pytest.mark.parametrize(
    ("observed", "floor", "expected"),
    [
        (None, None, FAIL),
        (1.0, None, FAIL),
        (None, 0.0, THIN),
        (None, 0.7, THIN),
        (0.0, 0.0, PASS),
        (0.7, 0.7, PASS),
        (0.6999, 0.7, FAIL),
        (0.71, 0.7, PASS),
        (0.0, 0.7, FAIL),
    ],
)
def test_floor(observed: float | None, floor: float | None, expected: Verdict) -> None:
    """No floor fails, no number is thin evidence, the floor itself is enough."""
    result = check_floor("ap50", "fire", observed, floor)
    assert (result.name, result.verdict) == ("ap50.fire", expected)


@pytest.mark.parametrize(
    ("have", "expected"),
    [
        (None, THIN),
        ((0, 0, 0), THIN),
        ((99, 100, 5), THIN),
        ((100, 99, 5), THIN),
        ((100, 100, 4), THIN),
        ((100, 100, 5), PASS),
        ((500, 500, 50), PASS),
    ],
)
def test_support(have: tuple[int, int, int] | None, expected: Verdict) -> None:
    """Pictures, boxes and scenes must each reach their minimum; too few says nothing of the model."""
    profile = PROFILE.model_copy(
        update={"min_support_pictures": 100, "min_support_boxes": 100, "min_support_scenes": 5}
    )
    score = None
    if have is not None:
        support = Support(pictures=have[0], boxes=have[1], scenes=have[2])
        score = HazardScore(
            ap50=1, ap50_95=1, recall=1, precision=1, threshold=0.5, support=support
        )
    assert check_support("fire", score, profile).verdict is expected


def champion(ap50: float | None, manifest: str = "b" * 64, problem: str = "") -> ChampionBenchmark:
    """Return a measured champion of release 4."""
    report = toy_report("c" * 64, manifest, ap50=ap50)
    return ChampionBenchmark(release_seq=4, report=report, problem=problem)


def without_fire(report: BenchmarkReport) -> BenchmarkReport:
    """Return a report that says nothing of fire."""
    hazards = {name: score for name, score in report.hazards.items() if name != "fire"}
    return report.model_copy(update={"hazards": hazards})


NO_FIRE = ChampionBenchmark(release_seq=4, report=without_fire(toy_report()))


@pytest.mark.parametrize(
    ("ours", "theirs", "expected"),
    [
        (0.9, FIRST, PASS),
        (None, FIRST, PASS),
        (0.9, ChampionBenchmark(release_seq=4, report=None), FAIL),
        (0.9, ChampionBenchmark(release_seq=4, report=None, problem="altered"), FAIL),
        (0.9, ChampionBenchmark(release_seq=None, report=None, problem="unreadable"), FAIL),
        (0.9, champion(0.1, manifest="d" * 64), FAIL),
        (None, champion(0.9), THIN),
        (0.9, champion(None), THIN),
        (0.9, NO_FIRE, THIN),
        (0.9, champion(0.9), PASS),
        (1.0, champion(0.9), PASS),
        (0.8, champion(0.9), PASS),
        (0.7999, champion(0.9), FAIL),
        (0.0, champion(1.0), FAIL),
    ],
)
def test_regression(ours: float | None, theirs: ChampionBenchmark, expected: Verdict) -> None:
    """Only a first release needs no comparison; any other that cannot be made is no pass."""
    assert check_regression("fire", toy_report(ap50=ours), theirs, 0.1).verdict is expected


@pytest.mark.parametrize(
    ("classes", "known_sha256", "expected"),
    [
        ((), None, THIN),
        ((*CLASSES, "leak"), None, PASS),
        ((*CLASSES, "leak", "spill"), None, PASS),
        (("leak", *CLASSES), None, THIN),
        (("smoke", "person_down", "fire", "leak"), None, THIN),
        ((*CLASSES, "leak"), "0" * 64, THIN),
        ((*CLASSES, "leak"), class_map_digest((*CLASSES, "leak")), THIN),
    ],
)
def test_a_hazard_that_is_newer_than_the_champion(
    classes: tuple[str, ...], known_sha256: str | None, expected: Verdict
) -> None:
    """Only a name added after the champion's own class map, as its digest proves, has nothing to fall behind."""
    report = toy_report()
    if known_sha256 is not None:
        report = report.model_copy(update={"classes_sha256": known_sha256})
    older = ChampionBenchmark(release_seq=4, report=report)
    assert check_regression("leak", toy_report(), older, 0.1, classes).verdict is expected


def test_a_hazard_that_the_candidate_lacks_is_no_pass() -> None:
    """A candidate that does not know a hazard passes no check of it but the first release's regression."""
    checks = run_checks(without_fire(toy_report()), champion(0.9), PROFILE, CLASSES)
    of_fire = {c.name.split(".")[0]: c.verdict for c in checks if c.name.endswith(".fire")}
    assert of_fire == {"support": THIN, "ap50": THIN, "recall": THIN, "regression": THIN}


@pytest.mark.parametrize(
    ("p95_ms", "expected"), [(1000.0, PASS), (999.0, PASS), (1000.001, FAIL), (5000.0, FAIL)]
)
def test_latency(p95_ms: float, expected: Verdict) -> None:
    """The budget itself is kept; a moment more is over it."""
    assert check_latency(toy_report(p95_ms=p95_ms), PROFILE).verdict is expected


def test_every_hazard_is_judged_by_every_check() -> None:
    """Fourteen checks of three hazards, each name once, all passed by a good first candidate."""
    checks = run_checks(toy_report(), FIRST, PROFILE, CLASSES)
    names = {f"{k}.{c}" for k in ("support", "ap50", "recall", "regression") for c in CLASSES}
    assert {check.name for check in checks} == names | {"incidents", "latency.p95"}
    assert len(checks) == 14
    assert {check.verdict for check in checks} == {PASS}


def test_without_hazards_nothing_is_let_through_on_accuracy() -> None:
    """A profile without floors fails every hazard."""
    bare = PROFILE.model_copy(update={"ap50_floors": {}, "recall_floors": {}})
    checks = run_checks(toy_report(), FIRST, bare, CLASSES)
    assert [c.verdict for c in checks if c.name.startswith(("ap50", "recall"))] == [FAIL] * 6


def every_kind_of_check() -> list[CheckResult]:
    """Return checks in each of their outcomes."""
    reports = [toy_report(), toy_report(ap50=None, recall=None), without_fire(toy_report())]
    reports += [toy_report(ap50=0.1, recall=0.1, support=(0, 0, 0), p95_ms=5000)]
    missed = IncidentResult(total=1, missed=("a",), trained_on=0, without_hazard=0)
    reports += [toy_report(incidents=None), toy_report(incidents=missed)]
    champions = [FIRST, champion(0.9), champion(0.9, "d" * 64), champion(None)]
    champions += [ChampionBenchmark(release_seq=1, report=None, problem="altered")]
    profiles = [PROFILE, PROFILE.model_copy(update={"ap50_floors": {}})]
    return [
        check
        for report in reports
        for one in champions
        for profile in profiles
        for check in run_checks(report, one, profile, CLASSES)
    ]


def test_every_reason_has_a_korean_counterpart() -> None:
    """In each outcome of each check there is an English reason and one in Hangul, naming the same hazard."""
    seen = set()
    for check in every_kind_of_check():
        seen.add((check.name.split(".")[0], check.verdict))
        assert check.reason.isascii()
        assert any("가" <= letter <= "힣" for letter in check.reason_ko)
        if check.verdict is not PASS and check.name.split(".")[0] in ("support", "ap50", "recall"):
            assert check.name.split(".")[1] in check.reason_ko
    assert len(seen) == 4 * 3 + 2 * 2  # support and latency have two outcomes, the others three
