"""Every kind of check is explained in two languages, and a report's checks are found by name and kind."""

import re
from typing import Any

import pytest
from support.judged_runs import judged_run
from support.toy_runs import toy_dataset

from safety_tasks.errors import ConfigError
from safety_tasks.gate.explaining import explain_checks
from safety_tasks.gate.meanings import MEANINGS
from safety_tasks.gate.results import result
from safety_tasks.records.gate import GateReport, VariantVerdict, Verdict
from safety_tasks.records.gate_policy import KINDS, GateProfile, HardwareBudget
from safety_tasks.store.local import LocalStore

HANGUL = re.compile(r"[가-힣]")
FIELD = re.compile(r"(?<![a-z0-9_])[a-z0-9]+(?:_[a-z0-9]+)+(?![a-z0-9_])")


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> GateReport:
    """Give a report of a reference and one refused file."""
    store = LocalStore(tmp_path_factory.mktemp("store"))
    _, found = judged_run(store, toy_dataset(store))
    refused: dict[str, Any] = {
        "observed": "1",
        "required": "2",
        "reason": "slow",
        "reason_ko": "느림",
    }
    check = result("latency", Verdict.FAIL, of="x86", **refused)
    variant = VariantVerdict.model_validate(
        {
            "name": "edge-int8-x86",
            "hardware": "x86",
            "model_sha256": "d" * 64,
            "verdict": "FAIL",
            "checks": (check,),
        }
    )
    return found.model_copy(update={"variants": (variant,)})


def test_every_kind_has_a_meaning() -> None:
    """What the policy can name, and nothing else, is explained."""
    assert tuple(MEANINGS) == KINDS


@pytest.mark.parametrize("kind", KINDS)
def test_a_meaning_is_whole(kind: Any) -> None:
    """A sentence and a formula, each on one line, in English and in Korean; a formula names verdicts."""
    meaning = MEANINGS[kind]
    for text in meaning:
        assert text
        assert text.isprintable()
    for english, korean in ((meaning.asks, meaning.asks_ko), (meaning.formula, meaning.formula_ko)):
        assert not HANGUL.search(english)
        assert HANGUL.search(korean)
    assert meaning.asks.endswith(".")
    assert meaning.asks_ko.endswith(".")
    for formula in (meaning.formula, meaning.formula_ko):
        assert {"PASS", "FAIL", "INCONCLUSIVE"} & set(re.findall("[A-Z]+", formula))


@pytest.mark.parametrize("kind", KINDS)
def test_both_languages_say_the_same_formula(kind: Any) -> None:
    """English and Korean name the same fields, numbers and verdicts, and each field is one of the policy's."""
    meaning = MEANINGS[kind]
    fields = {*GateProfile.model_fields, *HardwareBudget.model_fields}
    english, korean = (set(FIELD.findall(text)) for text in (meaning.formula, meaning.formula_ko))
    assert english == korean
    assert english <= fields
    for pattern in ("PASS|FAIL|INCONCLUSIVE", r"\d[\d.,]*\d"):
        assert sorted(set(re.findall(pattern, meaning.formula))) == sorted(
            set(re.findall(pattern, meaning.formula_ko))
        )


def test_all_checks_are_explained(report: GateReport) -> None:
    """Each check of the reference and of each file has its own name and its kind's meaning."""
    found = explain_checks(report)
    names = [one.name for one in found]
    assert len(set(names)) == len(names) == len(report.checks) + 1
    assert names[-1] == "latency.x86 (edge-int8-x86 on x86)"
    assert all(one.meaning is MEANINGS[one.result.kind] for one in found)


@pytest.mark.parametrize(
    ("check", "names"),
    [
        ("ap50.fire", ["ap50.fire"]),
        ("ap50", ["ap50.smoke", "ap50.fire", "ap50.person_down"]),
        ("parity", ["parity"]),
        ("latency", ["latency.x86-vnni", "latency.x86 (edge-int8-x86 on x86)"]),
        ("latency.x86", ["latency.x86 (edge-int8-x86 on x86)"]),
        ("latency.x86 (edge-int8-x86 on x86)", ["latency.x86 (edge-int8-x86 on x86)"]),
    ],
)
def test_a_check_is_found_by_name_or_kind(report: GateReport, check: str, names: list[str]) -> None:
    """A full name is one check, a kind all of it."""
    assert [one.name for one in explain_checks(report, check)] == names


@pytest.mark.parametrize("check", ["ap5", "AP50", "ap50.", " ", "\x1b[2J"])
def test_a_check_that_is_none_is_refused(report: GateReport, check: str) -> None:
    """The message holds what was asked for, printed, and the names that there are."""
    with pytest.raises(
        ConfigError, match=r"expected one that.*run r1.*ap50\.fire, ap50\.person_down"
    ) as caught:
        explain_checks(report, check)
    assert repr(check) in str(caught.value)


def test_it_is_plain_json(report: GateReport) -> None:
    """A dict holds the result beside the meaning, under the whole name."""
    document = explain_checks(report, "latency.x86")[0].to_dict()
    assert document["name"] == "latency.x86 (edge-int8-x86 on x86)"
    assert (document["verdict"], document["mode"], document["reason_ko"]) == (
        "FAIL",
        "required",
        "느림",
    )
    assert document["asks"] == MEANINGS["latency"].asks
    assert {"formula", "asks_ko", "formula_ko", "observed", "required", "margin"} <= set(document)
