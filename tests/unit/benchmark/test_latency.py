"""Latency: percentiles over single frames, after a warm-up, models turn by turn."""

from itertools import count
from typing import Any

import numpy as np
import pytest
from toy_models import strong_model, toy_picture, weak_model

from safety_tasks.benchmark import latency
from safety_tasks.benchmark.latency import (
    WARMUP_FRAMES,
    Camera,
    frame_ratio,
    measure_latency,
    probe_load,
)
from safety_tasks.errors import ArtifactError, BenchmarkError
from safety_tasks.framework_env import machine_name
from safety_tasks.inference.detector import PartTimes

ORDER: list[str] = []


class Slow:
    """A detector whose frames take 1, 2, 3 … milliseconds, a tenth of it before and a tenth after the run."""

    def __init__(self, payload: bytes, *, what: str, threads: int, spinning: bool) -> None:
        self.what, self.settings = what, (threads, spinning)
        self.frames = count(1)
        self.factor = 2 if what == "twice" else 1

    def detect(self, picture: object) -> tuple[()]:
        """Take no time: of warm-up and of the sustained run."""
        ORDER.append(f"{self.what} warm")
        return ()

    def detect_timed(self, picture: object) -> tuple[tuple[()], PartTimes]:
        """Say how long it took."""
        ORDER.append(self.what)
        whole = next(self.frames) * 10**6 * self.factor
        return (), PartTimes(whole // 10, whole * 8 // 10, whole // 10)


@pytest.fixture
def slow(monkeypatch: pytest.MonkeyPatch) -> None:
    """Put detectors of known times in place of real ones."""
    ORDER.clear()
    monkeypatch.setattr(latency, "Detector", Slow)
    monkeypatch.setattr(latency, "probe_load", lambda payload, threads: (7.0, 1000))


def measured(**models: bytes) -> dict[str, Any]:
    """Time models on one blank picture."""
    return measure_latency(models, [toy_picture([])], frames=101, sustained_s=0.001)


def test_no_pictures_is_an_error() -> None:
    """Nothing to time on is no measurement of zero."""
    with pytest.raises(BenchmarkError, match="expected pictures to time on"):
        measure_latency({"toy": strong_model()}, [], frames=20, sustained_s=0.01)


@pytest.mark.usefixtures("slow")
def test_percentiles_of_known_times() -> None:
    """Of 1 to 101 ms the median is 51; parts are medians of their own; the warm-up does not count."""
    found = measured(one=b"").pop("one").latency
    assert (found.p50_ms, found.p95_ms, found.p99_ms) == pytest.approx((51, 96, 100))
    assert (found.mean_ms, found.pre_ms, found.run_ms, found.post_ms) == pytest.approx(
        (51, 5.1, 40.8, 5.1)
    )
    assert (found.frames, found.threads, found.warmup_frames) == (101, 1, WARMUP_FRAMES)
    assert (found.load_ms, found.peak_rss_bytes, found.spinning) == (7.0, 1000, False)


@pytest.mark.usefixtures("slow")
def test_models_take_turns() -> None:
    """Warm-up and frames go round, so that whatever else the machine does hits both; the ratio is of pairs."""
    found = measured(one=b"", twice=b"")
    timed = [name for name in ORDER if not name.endswith("warm")]
    assert timed == ["one", "twice"] * 101
    assert ORDER[: 2 * WARMUP_FRAMES] == ["one warm", "twice warm"] * WARMUP_FRAMES
    assert frame_ratio(found["twice"], found["one"]) == pytest.approx(2)


def test_a_real_model_is_timed_whole() -> None:
    """Whatever the machine, the slower percentile is not the faster, and every part of the record is there."""
    found = measure_latency(
        {"strong": strong_model(), "weak": weak_model()},
        [toy_picture([(0, 1)])],
        frames=20,
        sustained_s=0.05,
        threads=2,
    )["weak"].latency
    assert 0 < found.p50_ms <= found.p95_ms <= found.p99_ms
    assert None not in found.model_dump().values()
    assert found.machine == machine_name()
    assert found.sustained_fps is not None
    assert found.sustained_fps > 1


def test_a_camera_writes_each_frame_into_the_same_memory() -> None:
    """A frame lies where the last one lay, with the next picture's content; sizes do not mix."""
    pictures = [toy_picture([(0, 1)]), toy_picture([(1, 2)]), toy_picture([], side_px=32)]
    camera = Camera(pictures)
    first = camera.frame(0)
    second = camera.frame(1)
    assert first is second
    assert np.array_equal(second, pictures[1])
    assert camera.frame(2).shape == (32, 32, 3)
    assert np.array_equal(camera.frame(3), pictures[0])


def test_loading_is_measured_in_a_process_of_its_own() -> None:
    """Its time and its peak are those of an interpreter with the runtime, not of this one."""
    load_ms, rss = probe_load(strong_model(), 1)
    assert 0 < load_ms < 60_000
    assert 20e6 < rss < 1e9


def test_a_model_that_does_not_load_is_an_error() -> None:
    """No time is made up for it."""
    with pytest.raises(BenchmarkError, match="expected the model to load in a process of its own"):
        probe_load(b"no model", 1)
    with pytest.raises(ArtifactError, match="bad: expected an ONNX model"):
        measure_latency({"bad": b"no"}, [toy_picture([])], frames=20, sustained_s=0.01)


def test_the_machine_has_a_name() -> None:
    """A latency without its machine says nothing."""
    name, _, architecture = machine_name().rpartition(" (")
    assert name
    assert architecture.endswith(")")
