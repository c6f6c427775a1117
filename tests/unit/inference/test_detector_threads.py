"""Callers of a detector take turns, each gets its own picture's answer, and a frame's time is not that of waiting."""

import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from support.failing_models import failing_from_grey
from support.tiny_yolo import IMGSZ_PX, noise_pictures, tiny_graph
from support.toy_detectors import HeldNetwork
from toy_models import CLASSES, strong_model, toy_picture

from safety_tasks.errors import ArtifactError
from safety_tasks.export.edge_graph import cut_graph
from safety_tasks.inference import detector as module
from safety_tasks.inference.detector import Detector, PartTimes
from safety_tasks.inference.model_metadata import META_LAYOUT, with_metadata
from safety_tasks.inference.session import SessionSettings


@pytest.mark.parametrize("threads", [1, 2])
def test_calls_from_eight_threads_at_once(threads: int) -> None:
    """Callers take turns: each gets the answer for its own picture, as if it were alone."""
    rng = np.random.default_rng(11)
    pictures = [
        np.kron(
            rng.integers(0, 256, (6, 8, 3), dtype=np.uint8),
            np.ones((20 + side, 30, 1), np.uint8),
        )
        for side in range(8)
    ]
    detector = Detector(strong_model(), what="m", threads=threads)
    alone = [detector.detect(picture, 0.01) for picture in pictures]
    assert len(set(alone)) == 8
    begin = threading.Barrier(8)

    def work(number: int) -> list[bool]:
        begin.wait(timeout=30)
        return [detector.detect(pictures[number], 0.01) == alone[number] for _ in range(150)]

    with ThreadPoolExecutor(8) as pool:
        results = list(pool.map(work, range(8)))
    assert all(map(all, results))


def test_a_frame_that_fails_lets_the_next_one_in() -> None:
    """A failing run does not keep the model's turn: the next caller gets an answer."""
    detector = Detector(failing_from_grey(), what="m")
    for _ in range(3):
        with pytest.raises(ArtifactError, match="expected the model to run"):
            detector.detect(np.full((64, 64, 3), 255, np.uint8))
        assert detector.detect(np.zeros((64, 64, 3), np.uint8), 0.25) == ()
    detector.wait_until_idle()


def test_idle_is_when_no_frame_is_in_the_model() -> None:
    """Waiting ends at once where nothing runs, and while a frame is in the model not before it is out."""
    detector = Detector(strong_model(), what="m")
    detector.wait_until_idle()
    network = HeldNetwork(detector.network)
    detector.network = network
    with ThreadPoolExecutor(2) as pool:
        frame = pool.submit(detector.detect, toy_picture([(0, 3)]))
        assert network.entered.wait(30)
        idle = pool.submit(detector.wait_until_idle)
        with pytest.raises(TimeoutError):
            idle.result(timeout=0.1)
        network.let_go.set()
        assert len(frame.result(30)) == 1
        idle.result(30)


@pytest.mark.slow
def test_an_edge_variant_keeps_nothing_of_other_frames() -> None:
    """A real edge graph, sizes in turn and eight threads at once: each answer is that of a fresh detector."""
    graph = cut_graph(tiny_graph(), IMGSZ_PX, 3, what="tiny")
    payload = with_metadata(graph, CLASSES, IMGSZ_PX, {META_LAYOUT: "edge"})
    pictures = [
        np.ascontiguousarray(picture[: 96 - 8 * number, : 40 + 8 * number])
        for number, picture in enumerate(noise_pictures(8))
    ]
    alone = [Detector(payload, what="m").detect(picture, 0.2) for picture in pictures]
    assert len(set(alone)) >= 6
    detector = Detector(payload, what="m")
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda n: detector.detect(pictures[n % 8], 0.2), range(160)))
    assert found == alone * 20


def test_parts_of_a_frame_are_timed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Into the square, the graph, and from its output to boxes: each takes time, and each is its own."""
    detector = Detector(strong_model(), what="m")
    picture = toy_picture([(0, 3)], side_px=256)
    found, parts = detector.detect_timed(picture, 0.25)
    assert found == detector.detect(picture, 0.25)
    assert min(parts.pre_ns, parts.run_ns, parts.post_ns) > 0
    clock = iter([1000, 1003, 1010, 1040])
    monkeypatch.setattr(module.time, "perf_counter_ns", lambda: next(clock))
    assert detector.detect_timed(picture)[1] == PartTimes(pre_ns=3, run_ns=7, post_ns=30)


def test_the_turn_is_not_timed() -> None:
    """Waiting for another caller is no part of a frame: nothing is timed before it is in the model."""
    detector = Detector(strong_model(), what="m")
    network = HeldNetwork(detector.network)
    detector.network = network
    with ThreadPoolExecutor(2) as pool:
        first = pool.submit(detector.detect, toy_picture([]))
        assert network.entered.wait(30)
        second = pool.submit(detector.detect_timed, toy_picture([]))
        with pytest.raises(TimeoutError):
            second.result(timeout=0.3)
        network.let_go.set()
        first.result(30)
        _, parts = second.result(30)
    assert parts.pre_ns < 200_000_000


@pytest.mark.parametrize(("threads", "spinning"), [(1, False), (2, True), (3, False)])
def test_threads_and_spinning_reach_the_runtime(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, threads: int, spinning: bool
) -> None:
    """What a caller asks for is what the session is opened with, from bytes and from a file."""
    opened: list[SessionSettings] = []
    usual = module.open_session

    def watched(payload: bytes, settings: SessionSettings, *, what: str) -> Any:
        opened.append(settings)
        return usual(payload, settings, what=what)

    monkeypatch.setattr(module, "open_session", watched)
    (tmp_path / "m.onnx").write_bytes(strong_model())
    wanted = SessionSettings(threads, spinning)
    asked = {"threads": threads, "spinning": spinning}
    for detector in (
        Detector(strong_model(), what="m", **asked),
        Detector.load(tmp_path / "m.onnx", **asked),
    ):
        assert detector.settings == wanted
    assert Detector.load(tmp_path / "m.onnx", threads=threads).settings.threads == threads
    assert opened == [wanted, wanted, SessionSettings(threads, False)]
    assert Detector(strong_model(), what="m").settings == SessionSettings(1, False)
