"""What every check says in each of its outcomes, word for word, in English and Korean."""

import re

import pytest
from support.gate_file_cases import CASES
from support.golden_results import FOLDER, GOOD, RENEW, kept, said
from support.judged import FAIL, PASS, THIN

from safety_tasks.gate.checks import CHECKS
from safety_tasks.records.gate import Verdict

# What a check can say; every other can say all three.
OUTCOMES: dict[str, set[Verdict]] = {
    "class_map": {PASS, FAIL},
    "champion": {PASS, FAIL},
    "duplicate": {PASS, FAIL},
    "holdout": {PASS, THIN},
    "support": {PASS, THIN},
    "parity": {PASS, FAIL},
    "throughput": {PASS, FAIL},
    "load_time": {PASS, FAIL},
    "memory": {PASS, FAIL},
    "size": {PASS, FAIL},
    "reproducibility": {PASS, FAIL},
}

WORD = re.compile(r"[a-z]{3,}")
HANGUL = re.compile(r"[가-힣]")
# Names of data stay as they are: hazards, sources, versions.
NAMES = {"smoke", "fire", "person", "down", "night", "plant", "yard", "hall"}


def test_every_check_has_cases() -> None:
    """No check is left out, and nothing is kept of a check that there is not."""
    assert set(CASES) == set(CHECKS)
    assert {path.stem for path in FOLDER.iterdir()} == {*CASES, "variants"}


@pytest.mark.parametrize("kind", [*CASES, "variants"])
def test_words(kind: str) -> None:
    """All that is seen, required and said is as somebody read it last."""
    assert said(kind) == kept(kind), RENEW


@pytest.mark.parametrize("kind", CASES)
def test_each_outcome_is_among_the_cases(kind: str) -> None:
    """Every verdict that a check can give is there, the good candidate's PASS first."""
    cases = kept(kind)
    first, *_ = cases
    assert first == GOOD
    assert {check["verdict"] for check in cases[GOOD].values()} == {PASS.value}
    results = [check for case in cases.values() for check in case.values() if check]
    assert {check["verdict"] for check in results} == {
        verdict.value for verdict in OUTCOMES.get(kind, set(Verdict))
    }


@pytest.mark.parametrize("kind", CASES)
def test_every_reason_has_a_korean_counterpart(kind: str) -> None:
    """The English reason is plain ASCII, the Korean one has Hangul, and both name the same hazard."""
    for case in kept(kind).values():
        for name, check in case.items():
            if check is None:
                continue
            assert check["reason"].isascii()
            assert any("가" <= letter <= "힣" for letter in check["reason_ko"])
            about = name.partition(".")[2]
            good = check["verdict"] == PASS.value
            assert good or about not in check["reason"] or about in check["reason_ko"]


@pytest.mark.parametrize("kind", [*CASES, "variants"])
def test_what_was_seen_and_required_reads_in_korean(kind: str) -> None:
    """Words have their Korean, without an English one left over; a number with its unit needs none."""
    for case in kept(kind).values():
        for each in filter(None, case.values()):
            for check in each.get("checks", [each]):
                for english, korean in (
                    (check["observed"], check["observed_ko"]),
                    (check["required"], check["required_ko"]),
                ):
                    assert korean != english, korean
                    assert HANGUL.search(korean) or not WORD.search(english), english
                    assert not set(WORD.findall(korean)) - NAMES, korean


@pytest.mark.parametrize("kind", CASES)
def test_a_number_lies_on_its_side_of_the_limit(kind: str) -> None:
    """A margin is never below 0 where a check passes."""
    for case in kept(kind).values():
        for check in case.values():
            if check is not None and check["margin"] is not None and check["verdict"] == PASS.value:
                assert check["margin"] >= 0
