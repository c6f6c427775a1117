"""A benchmark's result: the median of enough pairs against its bar, with machine and commit."""

import json
from pathlib import Path

import pytest

from benchmarks.result import NoResult, Pair, judge, judge_share, require_evidence, write


def _pairs(*ratios: float) -> list[Pair]:
    return [Pair(ours_s=ratio * 10, reference_s=10.0) for ratio in ratios]


@pytest.mark.parametrize("count", range(5))
def test_too_few_pairs_are_no_result(count: int) -> None:
    """Fewer than five paired measurements say nothing."""
    with pytest.raises(NoResult, match=f"at least 5 paired runs, found {count}"):
        judge("x", "x", _pairs(*[0.1] * count), 0.35)


@pytest.mark.parametrize(
    ("ratios", "median", "passes"),
    [
        ((0.1, 0.1, 0.35, 9, 9), 0.35, True),
        ((0.1, 0.1, 0.36, 9, 9), 0.36, False),
        ((0.2, 0.2, 0.2, 0.4, 0.4, 0.4), 0.3, True),
    ],
)
def test_the_median_is_judged(ratios: tuple[float, ...], median: float, passes: bool) -> None:
    """The median ratio decides, also of an even count, and a ratio equal to the bar keeps it."""
    result = judge("x", "x", _pairs(*ratios), 0.35)
    assert (result.ratio, result.passes, result.better) == (pytest.approx(median), passes, "lower")


def test_a_result_is_a_document_and_a_picture(tmp_path: Path) -> None:
    """Both files are written, also when the bar is missed, and name machine, commit and every run."""
    path = write(judge("x", "what", _pairs(*[0.9] * 5), 0.35), tmp_path)
    found = json.loads(path.read_text())
    assert set(found) >= {"name", "ratio", "bar", "better", "passes", "runs", "machine", "commit"}
    assert found["passes"] is False
    assert len(found["runs"]) == 5
    assert "cores" in found["machine"]
    assert (tmp_path / "x.png").read_bytes().startswith(b"\x89PNG")


@pytest.mark.parametrize("extra", [None, {}, {"peak_rss_mb": 61.5, "how": "one core"}])
def test_what_else_was_measured_stands_in_the_document(
    tmp_path: Path, extra: dict[str, float | str] | None
) -> None:
    """Numbers that are not judged are kept by name, and none are nothing."""
    path = write(judge("x", "what", _pairs(*[0.1] * 5), 0.35, extra), tmp_path)
    assert json.loads(path.read_text())["extra"] == (extra or {})


@pytest.mark.parametrize(
    ("share", "passes", "ratio"),
    [
        (0.0, True, 0.0),
        (0.03, True, 0.03),
        (0.0300001, False, 0.03),
        (0.031, False, 0.031),
        (1.0, False, 1.0),
        (0.0123456, True, 0.01235),
    ],
)
def test_a_share_is_counted_once(share: float, passes: bool, ratio: float) -> None:
    """Counting again gives the same, so one run is enough; up to the bar it passes, by the share as it was counted."""
    extra = {"pictures": 7}
    result = judge_share("x", "of what", share, 0.03, extra)
    assert (result.name, result.what, result.better) == ("x", "of what", "lower")
    assert (result.passes, result.ratio, result.bar) == (passes, ratio, 0.03)
    assert result.runs == [{"ratio": ratio}]
    assert result.extra == extra
    assert result.extra is not extra
    assert "cores" in result.machine


def test_a_share_is_written_as_any_result(tmp_path: Path) -> None:
    """A share of 0 has its document and its picture too."""
    path = write(judge_share("none", "of what", 0.0, 0.03, {}), tmp_path)
    found = json.loads(path.read_text())
    assert (found["ratio"], found["passes"], found["runs"]) == (0, True, [{"ratio": 0}])
    assert (tmp_path / "none.png").read_bytes().startswith(b"\x89PNG")


@pytest.mark.parametrize(
    ("detections", "enough"),
    [
        ({}, False),
        ({"smoke": 199}, False),
        ({"smoke": 200}, True),
        ({"smoke": 300, "fire": 29}, False),
        ({"smoke": 170, "fire": 30}, True),
        ({"smoke": 300, "fire": 0}, False),
    ],
)
def test_too_little_to_measure_on_is_no_result(detections: dict[str, int], enough: bool) -> None:
    """Under 200 detections, or under 30 of a hazard that is present, nothing is measured."""
    if enough:
        require_evidence("x", detections)
        return
    with pytest.raises(NoResult, match="expected at least 200 detections and 30"):
        require_evidence("x", detections)
