"""Small recordings whose frames can be told apart, and the processes that read videos."""

from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt
import psutil
from toy_models import toy_picture


def cell_of(picture: npt.NDArray[np.uint8]) -> int:
    """Return the cell of 16 that is green."""
    side = picture.shape[0] // 4
    middles = picture[side // 2 :: side, side // 2 :: side].astype(int)
    return int((middles[..., 1] - middles[..., 2]).argmax())


def write_clip(path: Path, frames: int, *, codec: str = "mp4v", fps: float = 10) -> Path:
    """Write a recording whose frame n shows fire in cell n % 16."""
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*codec), fps, (64, 64))
    for number in range(frames):
        writer.write(toy_picture([(1, number % 16)]))
    writer.release()
    return path


def frames_in(path: Path) -> list[npt.NDArray[np.uint8]]:
    """Return a video's frames."""
    capture, frames = cv2.VideoCapture(str(path)), []
    while (read := capture.read())[0]:
        frames.append(read[1])
    capture.release()
    return frames  # type: ignore[return-value]


def readers() -> list[psutil.Process]:
    """Return the processes of this one that read videos."""
    children = psutil.Process().children()
    return [each for each in children if "safety_tasks.edge.frame_child" in each.cmdline()]
