"""How far the intervals' coverage is from what they promise, at the policy's number of scenes."""

from math import sqrt
from pathlib import Path

import pytest
from support.made_study import interval, made_study, plant, use

from benchmarks import gate_coverage
from benchmarks.gate_shares import Study
from benchmarks.gate_study import LEVELLED
from benchmarks.result import NoResult, Result


def result_of(monkeypatch: pytest.MonkeyPatch, found: Study) -> Result:
    """Run the benchmark on a hand-made simulation under the plant's policy."""
    use(monkeypatch, gate_coverage, found, plant())
    return gate_coverage.run(Path("bench/gate_coverage"))


def test_intervals_are_held_against_their_promise(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of all hazards at the policy's scenes, 296 of 300 held the truth: 0.0367 from 0.95, and each is told beside."""
    found = result_of(monkeypatch, made_study())
    assert (found.name, found.bar, found.passes) == ("gate_coverage", 0.02, False)
    assert found.ratio == pytest.approx(296 / 300 - 0.95, abs=1e-5)
    assert found.extra == {
        "scenes": 20,
        "coverage": 0.9867,
        "draws": 300,
        "standard_error": round(sqrt(296 / 300 * 4 / 300 / 300), 4),
        "familiar_20_scenes_difference_smoke": 0.97,
        "familiar_20_scenes_difference_fire": 0.995,
        "familiar_20_scenes_ap50_smoke": 0.5,
        "familiar_10_scenes_difference_smoke": 0.9,
        "unseen_20_scenes_difference_smoke": 0.01,
    }


@pytest.mark.parametrize(("held", "passes"), [(92, False), (94, True), (96, True), (98, False)])
def test_too_wide_is_as_wrong_as_too_narrow(
    monkeypatch: pytest.MonkeyPatch, held: int, passes: bool
) -> None:
    """Both ways by at most 0.02."""
    study = Study((), (interval("difference", "smoke", held),), {})
    assert result_of(monkeypatch, study).passes is passes


def test_coverage_is_by_population_scenes_and_number() -> None:
    """What was not simulated has none."""
    found = made_study()
    assert gate_coverage.coverage(found, LEVELLED, 20, "ap50") == (0.5, 100)
    assert gate_coverage.coverage(found, LEVELLED, 10, "difference") == (0.9, 100)
    assert gate_coverage.coverage(found, "unseen", 20, "difference") == (0.01, 100)
    for unknown in ((LEVELLED, 7, "ap50"), ("moon", 20, "ap50"), (LEVELLED, 20, "recall")):
        with pytest.raises(
            NoResult, match=f"expected scenes that are simulated, found {unknown[1]}"
        ):
            gate_coverage.coverage(found, *unknown)
