"""How many threads train on a CPU."""

import pytest

from safety_tasks.train import local


@pytest.mark.parametrize(("imgsz_px", "threads"), [(64, 1), (128, 1), (192, 1), (224, 7), (640, 7)])
def test_small_pictures_take_one_core(
    monkeypatch: pytest.MonkeyPatch, imgsz_px: int, threads: int
) -> None:
    """Up to 192 px one thread trains, from there on every usable core."""
    monkeypatch.setattr(local, "usable_cores", lambda: 7)
    assert local.cpu_threads(imgsz_px) == threads
