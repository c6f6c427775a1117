"""Rows and numbers of the benchmark page: what is missing has its reason, and noise is called noise."""

import re
from pathlib import Path
from typing import Any

import pytest
from support.made_benchmarks import (
    HAZARDS,
    made_alarms,
    made_latency,
    made_measurements,
    made_report,
    made_score,
)

import safety_tasks.benchmark.page
from safety_tasks.benchmark.page.rows import (
    alarms,
    champion_state,
    confusion_share,
    hazard_rows,
    slice_alarms,
    slice_ap50,
    slice_groups,
    slice_recall,
)
from safety_tasks.benchmark.page.speed_rows import fingerprint_of, latency_columns
from safety_tasks.benchmark.page.texts_en_ko import LANGUAGES
from safety_tasks.benchmark.page.texts_speed_en_ko import TEXTS
from safety_tasks.benchmark.page.words import FORMS, Number, Words
from safety_tasks.inference.harmless_changes import HARMLESS
from safety_tasks.records.dataset import Support
from safety_tasks.records.model import BenchmarkReport, ChampionBenchmark, Measurements
from safety_tasks.records.scores import Difference, Interval
from safety_tasks.scoring.size_slices import SIZES
from safety_tasks.scoring.slices import BRIGHTNESS

OTHER_PICTURES = made_report(manifest_sha256="9" * 64)
FEWER = made_report(HAZARDS[1:])
UNLABELLED = Support(pictures=0, boxes=0, scenes=0)


def champion(
    release_seq: int | None, report: BenchmarkReport | None = None, problem: str = ""
) -> ChampionBenchmark:
    """Return what is known of a champion."""
    return ChampionBenchmark(release_seq=release_seq, report=report, problem=problem)


def against(moved: float | None, floor: float | None = 0.021) -> Measurements:
    """Return measurements whose first hazard moved by this much, beside this noise floor."""
    noise = made_report().noise
    assert noise
    noise = noise.model_copy(update={"ap50": noise.ap50 | {"smoke": floor}})
    difference = Difference(difference=moved, interval=None, support=None)
    return made_measurements(
        candidate=made_report(noise=noise), differences={"ap50.smoke": difference}
    )


@pytest.mark.parametrize(
    ("moved", "floor", "within"),
    [
        (None, 0.021, False),
        (0.0209, 0.021, True),
        (-0.0209, 0.021, True),
        (0.021, 0.021, False),
        (-0.4, 0.021, False),
        (0.001, None, False),
        (0.001, 0.0, False),
    ],
)
def test_only_what_is_below_the_floor_is_noise(
    moved: float | None, floor: float | None, within: bool
) -> None:
    """Either way; at the floor it is none, and without a floor nothing is."""
    row = hazard_rows(against(moved, floor))[0]
    assert row.difference.within_noise is within
    assert row.difference.number.value == moved


def test_the_mean_is_held_against_its_own_floor() -> None:
    """The floor of AP50-95 belongs to the mean; AP50 of the mean and AP50-95 of a hazard have none."""
    *hazards, mean = hazard_rows(made_measurements())
    assert mean.hazard is None
    assert mean.difference_95.within_noise
    assert not mean.difference.within_noise
    assert [row.difference.within_noise for row in hazards] == [True, False, False]
    assert not any(row.difference_95.within_noise for row in hazards)


@pytest.mark.parametrize(
    ("changes", "state", "why"),
    [
        ({"champion": champion(None)}, "first", "why_no_champion"),
        ({"champion": champion(3, problem="p")}, "problem", "why_champion_problem"),
        ({"champion": champion(None, problem="p")}, "problem", "why_champion_problem"),
        ({"champion": champion(3, OTHER_PICTURES)}, "other", "why_champion_other"),
        ({"champion": champion(3, FEWER), "differences": {}}, "beside", "why_champion_unaware"),
        ({"differences": {}}, "beside", "why_older"),
    ],
)
def test_a_missing_comparison_has_its_reason(changes: dict[str, Any], state: str, why: str) -> None:
    """Also where differences were recorded that may not be believed: nothing is compared over other pictures."""
    measured = made_measurements(**changes)
    assert champion_state(measured) == state
    row = hazard_rows(measured)[0]
    assert row.difference.number == Number(None, why)
    assert not row.difference.within_noise
    if why != "why_older":
        assert row.champion_ap50.value is None


@pytest.mark.parametrize(
    ("changes", "field", "why"),
    [
        ({"ap50_95": None, "support": UNLABELLED}, "ap50_95", "why_no_labels"),
        ({"recall": None, "support": UNLABELLED}, "recall", "why_no_labels"),
        ({"precision": None}, "precision", "why_no_detections"),
        ({"ar": None}, "ar", "why_older"),
        ({"f1": None}, "f1", "why_older"),
    ],
)
def test_a_missing_score_has_its_reason(changes: dict[str, Any], field: str, why: str) -> None:
    """It is a dash that says why, in both languages."""
    report = made_report(hazards={"smoke": made_score(0.8, **changes)})
    number = getattr(hazard_rows(made_measurements(candidate=report))[0], field)
    assert (number.value, number.why) == (None, why)
    for language in LANGUAGES:
        shown = Words(language).number(number, "score")
        assert "–" in shown
        assert f'title="{Words(language).text(why)}"' in shown


@pytest.mark.parametrize(
    ("scenes", "why"), [(0, "why_few_scenes"), (1, "why_few_scenes"), (2, "why_older")]
)
def test_a_missing_interval_has_its_reason(scenes: int, why: str) -> None:
    """One scene gives none; with more, it was not measured."""
    held = Support(pictures=9, boxes=9, scenes=scenes)
    report = made_report(hazards={"smoke": made_score(0.8, ap50_interval=None, support=held)})
    ap50 = hazard_rows(made_measurements(candidate=report))[0].ap50
    assert ap50.interval_expected
    assert Words("en").text(why) in Words("en").interval(ap50, "score")


def test_parts_have_their_reasons() -> None:
    """Sizes are scored by recall only, hard negatives by alarms only, and a part without labels by nothing."""
    groups = dict(slice_groups(made_report()))
    assert [len(parts) for parts in groups.values()] == [3, 3, 3, 3, 1]
    assert slice_ap50(groups["box_size"][0], "smoke") == Number(None, "why_size_recall_only")
    assert slice_recall(groups["box_size"][0], "smoke").value == 0.85
    assert slice_recall(groups["hard_negatives"][0], "smoke") == Number(None, "why_alarms_only")
    assert slice_ap50(groups["scene"][1], "person_down") == Number(None, "why_part_no_labels")
    assert slice_ap50(groups["scene"][1], "unheard of") == Number(None, "why_part_no_labels")
    assert slice_alarms(groups["scene"][0]) == Number(None, "why_no_background")
    assert slice_alarms(groups["scene"][1]).value == 50.0


@pytest.mark.parametrize(
    ("found", "value", "why"),
    [
        (None, None, "why_older"),
        (made_alarms(background=0), None, "why_no_background"),
        (made_alarms(), 50.0, "why_no_background"),
    ],
)
def test_false_alarms_need_background(found: Any, value: float | None, why: str) -> None:
    """Without background there is no rate: None, never 0."""
    number = alarms(made_report(false_alarms=found))
    assert (number.value, number.why) == (value, why)


@pytest.mark.parametrize(("row", "share"), [((0, 0), None), ((1, 3), 0.25), ((0, 3), 0.0)])
def test_a_share_needs_a_row(row: tuple[int, ...], share: float | None) -> None:
    """An empty row of the confusion matrix has no shares."""
    assert confusion_share(row, 0) == share


def test_latency_has_a_column_a_setting() -> None:
    """The champion's too; what was not timed has none."""
    keys = [key for key, _ in latency_columns(made_measurements())]
    sides = ("candidate", "champion")
    assert keys == [f"column_{side}{more}" for side in sides for more in ("", "_device")]
    alone = made_measurements(
        candidate=made_report(device_latency=None, latency=made_latency(fingerprint=None)),
        champion=champion(None),
    )
    assert [key for key, _ in latency_columns(alone)] == ["column_candidate"]
    assert fingerprint_of(alone.candidate) is None


@pytest.mark.parametrize(
    ("form", "value", "shown"),
    [
        ("score", 0.0, "0.000"), ("score", 0.12345, "0.123"), ("change", 0.0, "+0.000"), ("change", -0.0004, "+0.000"),
        ("change", -0.0126, "−0.013"), ("fine_change", 0.00214, "+0.0021"), ("rate", 1234.56, "1,234.6"),
        ("ms", 0.844, "0.84 ms"), ("ms", 41.26, "41.3 ms"), ("count", 12345, "12,345"),
        ("mib", 187 * 2**20, "187.0 MiB"),
    ],
)  # fmt: skip
def test_numbers_have_their_form(form: str, value: float, shown: str) -> None:
    """What rounds to nothing is not below it."""
    assert FORMS[form](value) == shown
    assert Words("ko").number(Number(value, ""), form) == shown


def test_an_interval_says_its_scenes() -> None:
    """Its ends have the form of its number; a change's ends have signs."""
    number = Number(0.5, "", Interval(low=-0.1, high=0.25, scenes=7))
    assert ">−0.100 to +0.250<" in Words("en").interval(number, "change")
    assert ">−0.100 ~ +0.250<" in Words("ko").interval(number, "change")
    assert "over 7 scenes" in Words("en").interval(number, "change")


def test_every_name_of_the_project_has_both_languages() -> None:
    """Harmless changes, sizes, and hours of the day are ours to name; a scene called so keeps its name."""
    ours = [("change", name) for name in HARMLESS]
    ours += [("box_size", name) for name in SIZES] + [("brightness", name) for name in BRIGHTNESS]
    for kind, name in [*ours, ("hard_negatives", "false_alarm")]:
        assert re.search("[가-힣]", Words("ko").named(kind, name)), name
    assert Words("ko").part("brightness", "night") == "밤"
    assert Words("ko").part("scene", "night") == "night"
    assert Words("ko").named("change", "unheard of") == "unheard of"


def test_every_text_is_used() -> None:
    """A text that no page shows is one that nobody keeps right."""
    built = ("champion_", "split_", "slice_", "kind_", "alt_", "column_")
    named = ("box_size ", "brightness ", "hard_negatives ", "change ")
    folder = Path(safety_tasks.benchmark.page.__file__).parent
    source = "".join(
        path.read_text("utf-8") for path in folder.glob("*.py") if "texts" not in path.name
    )
    source = source.replace("'", '"')
    assert [k for k in TEXTS if f'"{k}"' not in source and not k.startswith(built + named)] == []
