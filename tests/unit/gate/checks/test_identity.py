"""Whether the right things were compared: class map, champion, duplicate, holdout and the record of the training."""

import pytest
from support.judged import FAIL, PASS, THIN, only
from support.made_evidence import (
    ADOPTED,
    FIRST,
    GONE,
    Changes,
    changed,
    made_evidence,
    made_profile,
)

from safety_tasks.class_map import class_map_digest
from safety_tasks.gate.checks.identity import check_class_map
from safety_tasks.records.gate import Verdict

OTHER = "0" * 64
SWAPPED = class_map_digest(("fire", "smoke", "person_down"))


@pytest.mark.parametrize(
    ("changes", "wrong"),
    [
        ({}, ""),
        ({"exported__classes_sha256": OTHER}, "model"),
        ({"exported__classes_sha256": SWAPPED}, "model"),
        ({"candidate__classes_sha256": SWAPPED}, "measurements"),
        ({"candidate__hazards": {}}, "scores"),
        ({"smoke": GONE}, "scores"),
        (
            {"exported__classes_sha256": OTHER, "candidate__classes_sha256": OTHER},
            "model, measurements",
        ),
    ],
)
def test_class_map(changes: Changes, wrong: str) -> None:
    """Model, measurements and scores must each have the dataset's hazards; the ones that have not are named."""
    check = only("class_map", changes)
    assert check.verdict is (FAIL if wrong else PASS)
    assert check.reason.startswith(f"{wrong}: " if wrong else "model, measurements and dataset")


@pytest.mark.parametrize(
    "classes", [("fire", "smoke", "person_down"), ("smoke", "fire"), ("smoke", "fire", "leak"), ()]
)
def test_a_dataset_of_other_classes(classes: tuple[str, ...]) -> None:
    """Other names, fewer names or another order are other hazards on every side."""
    (check,) = check_class_map(changed(made_evidence(), classes=classes), made_profile())
    assert check.verdict is FAIL
    assert check.observed.startswith("other hazards in model, measurements")


def test_a_score_of_a_hazard_that_there_is_not() -> None:
    """A report that scores more than the dataset names is of another dataset."""
    report = made_evidence().measured.candidate
    more = report.hazards | {"leak": report.hazards["fire"]}
    assert only("class_map", {"candidate__hazards": more}).verdict is FAIL


@pytest.mark.parametrize(
    ("changes", "expected", "words"),
    [
        ({}, PASS, "release 7 was measured"),
        (FIRST, PASS, "no champion yet"),
        ({"serving_release_seq": 6}, FAIL, "while stable serves release 6"),
        ({"serving_release_seq": 8}, FAIL, "while stable serves release 8"),
        ({"serving_release_seq": None}, FAIL, "while stable serves nothing"),
        (FIRST | {"serving_release_seq": 7}, FAIL, "measured beside none"),
        ({"champion__report": None}, FAIL, "no measurements of release 7"),
        ({"champion__problem": "altered"}, FAIL, "could not be measured: altered"),
        (FIRST | {"champion__problem": "altered"}, FAIL, "could not be measured: altered"),
        ({"champion__problem": "altered", "serving_release_seq": 8}, FAIL, "altered"),
        ({"champion__report__manifest_sha256": OTHER}, FAIL, "different holdouts"),
        ({"candidate__manifest_sha256": OTHER}, FAIL, "different holdouts"),
    ],
)
def test_champion(changes: Changes, expected: Verdict, words: str) -> None:
    """It must be what stable serves now, measured, on the same holdout; nothing served needs nothing measured."""
    check = only("champion", changes)
    assert check.verdict is expected
    assert words in check.reason


@pytest.mark.parametrize(("seq", "expected"), [(None, PASS), (1, FAIL), (7, FAIL), (99, FAIL)])
def test_duplicate(seq: int | None, expected: Verdict) -> None:
    """A model that any release has cannot be released again."""
    assert only("duplicate", {"released_as": seq}).verdict is expected


@pytest.mark.parametrize(
    ("pictures", "background", "expected"),
    [
        (0, None, THIN),
        (0, 0, THIN),
        (299, 100, THIN),
        (300, 99, THIN),
        (300, 100, PASS),
        (301, 101, PASS),
        (9999, 99, THIN),
        (299, 9999, THIN),
        (9999, None, THIN),
    ],
)
def test_holdout(pictures: int, background: int | None, expected: Verdict) -> None:
    """All pictures and those without a hazard must each be enough; what was not counted is none."""
    changes: Changes = {"candidate__pictures": pictures, "false_alarms": None}
    if background is not None:
        changes = {"candidate__pictures": pictures, "false_alarms__background_pictures": background}
    assert only("holdout", changes).verdict is expected


@pytest.mark.parametrize(
    ("pictures", "background", "margin"), [(310, 102, 2.0), (303, 150, 3.0), (290, 99, -10.0)]
)
def test_the_margin_of_the_holdout_is_the_smaller(
    pictures: int, background: int, margin: float
) -> None:
    """What lacks more is told."""
    changes = {"candidate__pictures": pictures, "false_alarms__background_pictures": background}
    assert only("holdout", changes).margin == margin


WEIGHTS = {"training__backend": "adopted", "training__fit": None}  # adopted as weights


@pytest.mark.parametrize(
    ("changes", "missing"),
    [
        ({}, ""),
        (ADOPTED, ""),
        (WEIGHTS, ""),
        ({"training": None}, "training"),
        ({"exported__settings_sha256": None}, "export settings"),
        ({"training__fit": None}, "what the training loop did"),
        ({"training__dataset_version": "f" * 16}, "training on dataset version 8c1f0a6d2b3e4f57"),
        (WEIGHTS | {"exported__settings_sha256": None}, "export settings"),
        (WEIGHTS | {"training__dataset_version": "f" * 16}, "training on dataset version"),
        ({"training": None, "exported__settings_sha256": None}, "training, export settings"),
        (
            {"training__dataset_version": "f" * 16, "training__fit": None},
            "training on dataset version 8c1f0a6d2b3e4f57, what the training loop did",
        ),
        ({"training": None, "exported__adopted_file": "team.onnx"}, ""),
    ],
)
def test_reproducibility(changes: Changes, missing: str) -> None:
    """What cannot be made again says what is not on record; a model from elsewhere needs its file alone."""
    check = only("reproducibility", changes)
    assert check.verdict is (FAIL if missing else PASS)
    assert missing in check.reason
    assert missing in check.observed


@pytest.mark.parametrize(
    ("changes", "adopted"),
    [({}, False), (ADOPTED, True), (WEIGHTS, True), ({"exported__adopted_file": "a.onnx"}, True)],
)
def test_a_model_from_elsewhere_is_said(changes: Changes, adopted: bool) -> None:
    """A reader learns that nobody here can train it again."""
    check = only("reproducibility", changes)
    assert check.verdict is PASS
    assert check.reason.startswith("adopted") is adopted
