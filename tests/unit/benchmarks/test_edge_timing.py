"""Frames timed beside each other: turns, medians and pairs, by a clock that the ways themselves move."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import onnxruntime as ort
import pytest
from support.made_variants import ARM, FP32, X86, made_variant
from support.toy_runs import toy_dataset, toy_export
from toy_models import strong_model, toy_model, toy_picture

from benchmarks import edge_timing
from benchmarks.edge_timing import (
    FRAMES,
    Ways,
    bare_run,
    compare,
    compare_with_defaults,
    facts,
    whole_frame,
)
from benchmarks.result import LEAST_RUNS, NoResult
from benchmarks.trained_model import SharedModel
from safety_tasks.inference.detector import Detector
from safety_tasks.store.base import put_artifact
from safety_tasks.store.local import LocalStore

PICTURES = tuple(toy_picture([(0, number)]) for number in range(3))
_WARMUP = 10


class Watched:
    """A clock, and ways that take a set time by it: each is noted with the frame it got, on one core or not."""

    def __init__(self) -> None:
        self.now_ns = 0
        self.one_core = False
        self.seen: list[tuple[str, int]] = []

    def perf_counter_ns(self) -> int:
        """Return the time."""
        return self.now_ns

    def way(self, name: str, *each_ms: float) -> edge_timing.Way:
        """Return a way that takes these times in turn."""
        turn = iter(range(10**9))

        def run(frame: Any) -> None:
            assert self.one_core
            number = next(n for n, p in enumerate(PICTURES) if np.array_equal(p, frame))
            self.seen.append((name, number))
            self.now_ns += round(each_ms[next(turn) % len(each_ms)] * 1e6)

        return run


@pytest.fixture
def watched(monkeypatch: pytest.MonkeyPatch) -> Watched:
    """Put the clock in place of the machine's, and leave the machine's cores alone."""
    clock = Watched()

    @contextmanager
    def one_core() -> Iterator[None]:
        clock.one_core = True
        yield
        clock.one_core = False

    monkeypatch.setattr(edge_timing, "one_core", one_core)
    monkeypatch.setattr(edge_timing, "time", SimpleNamespace(perf_counter_ns=clock.perf_counter_ns))
    return clock


def test_without_a_reference_nothing_is_paired(watched: Watched) -> None:
    """Ours alone is run and gives no pair."""
    assert compare(watched.way("ours", 1), [], PICTURES) == []
    assert len(watched.seen) == _WARMUP + LEAST_RUNS * FRAMES


def test_ways_take_turns_frame_by_frame(watched: Watched) -> None:
    """All see the same frame before any sees the next, after a warm-up that does not count."""
    ours, one, other = (watched.way(name, ms) for name, ms in (("o", 2), ("a", 4), ("b", 8)))
    pairs = compare(ours, [one, other], PICTURES)
    assert [len(each) for each in pairs] == [LEAST_RUNS] * 2
    assert {(p.ours_s, p.reference_s) for p in pairs[0]} == {(0.002, 0.004)}
    assert {(p.ours_s, p.reference_s) for p in pairs[1]} == {(0.002, 0.008)}
    blocks = [range(_WARMUP)] + [range(FRAMES)] * LEAST_RUNS
    wanted = [(name, n % 3) for block in blocks for n in block for name in ("o", "a", "b")]
    assert watched.seen == wanted
    assert not watched.one_core


def test_a_pair_is_two_medians(watched: Watched) -> None:
    """Of times that change from frame to frame the middle counts, not the sum: one slow frame in ten moves nothing."""
    ours = watched.way("ours", *[1] * 9, 500)
    (pairs,) = compare(ours, [watched.way("reference", 1, 3)], PICTURES)
    assert [p.ours_s for p in pairs] == pytest.approx([0.001] * LEAST_RUNS)
    assert [p.reference_s for p in pairs] == pytest.approx([0.002] * LEAST_RUNS)


def test_defaults_are_timed_in_blocks(watched: Watched) -> None:
    """A hundred frames of one, then of the other, each after a warm-up of its own."""
    pairs = compare_with_defaults(watched.way("o", 3), watched.way("d", 6), PICTURES)
    assert {(p.ours_s, p.reference_s) for p in pairs} == {(0.003, 0.006)}
    assert len(pairs) == LEAST_RUNS
    block = [*range(_WARMUP), *range(FRAMES)]
    wanted = [(name, n % 3) for _ in range(LEAST_RUNS) for name in ("o", "d") for n in block]
    assert watched.seen == wanted
    assert not watched.one_core


@pytest.fixture
def where(local_store: LocalStore, tmp_path: Path) -> Ways:
    """Share a toy model with FP32, INT8 for x86 that was refused, and none for ARM."""
    version = toy_dataset(local_store)
    model = put_artifact(local_store, "fp32.onnx", toy_model(box_scale=0.9))
    exported = toy_export(local_store, version, "r1", strong_model()).model_copy(
        update={
            "variants": (made_variant(FP32, model=model), made_variant(X86, "too much is lost")),
            "not_made": {ARM: "nobody asked for it"},
        }
    )
    return Ways(SharedModel(local_store, version, exported), PICTURES)


def test_files_of_the_shared_model(where: Ways) -> None:
    """The reference and each variant that is offered, as they lie in the store."""
    assert where.reference == strong_model()
    assert where.variant(FP32) == toy_model(box_scale=0.9)


@pytest.mark.parametrize(
    ("name", "why"),
    [
        (X86, "not offered: too much is lost"),
        (ARM, "nobody asked for it"),
        ("reference", "not made"),
    ],
)
def test_what_is_not_offered_gives_no_result(where: Ways, name: Any, why: str) -> None:
    """A variant that was refused or not made is not timed, and the reason is told."""
    with pytest.raises(NoResult, match=f"expected {name}, found none to offer: {why}"):
        where.variant(name)


def test_facts_stand_beside_every_result(where: Ways) -> None:
    """Sizes, how many frames a pair is of, and the runtime."""
    assert facts(where) == {
        "imgsz_px": 64,
        "frame_px": "1280x720",
        "frames_a_pair": FRAMES,
        "onnxruntime": ort.__version__,
    }


@pytest.mark.parametrize("options", [None, ort.SessionOptions()])
def test_a_bare_run_is_the_graph_alone(options: ort.SessionOptions | None) -> None:
    """Whatever the frame is, the same blob runs, and the answer is the graph's own."""
    run = bare_run(strong_model(), 64, options)
    first, second = run(PICTURES[0]), run(PICTURES[1])
    assert np.array_equal(first[0], second[0])
    blob = np.random.default_rng(0).random((1, 3, 64, 64), np.float32)
    assert np.allclose(first[0], Detector(strong_model(), what="toy").run_raw(blob))


def test_a_whole_frame_is_detection() -> None:
    """From the camera's picture to boxes above a quarter, whatever thresholds the model carries."""
    metadata = {
        "safety.classes": '["smoke", "fire", "person_down"]',
        "safety.imgsz_px": "64",
        "safety.thresholds": '{"smoke": 0.9, "fire": 0.9, "person_down": 0.9}',
    }
    (found,) = whole_frame(toy_model(gains=(0.3, 1, 1), metadata=metadata))(PICTURES[0])
    assert (found.class_id, found.score) == (0, pytest.approx(0.3))
    assert whole_frame(toy_model(gains=(0.2, 1, 1)))(PICTURES[0]) == ()
