"""Open models in a process of its own, so that a crash of the runtime is an outcome, not the end of the tests."""

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from toy_models import png, toy_picture

CHECKOUT = Path(__file__).resolve().parents[2]
LIMIT_S = 120
# Opens each file, puts one picture through it, and says how that ended; a line before and a line after each.
CHILD = """
import json, pathlib, resource, sys
resource.setrlimit(resource.RLIMIT_AS, (6 << 30, 6 << 30))
from safety_tasks.inference.detector import Detector
from safety_tasks.inference.pictures import read_picture
folder = pathlib.Path(sys.argv[1])
picture = read_picture(folder / "picture.png")
for path in sorted(folder.glob("*.onnx")):
    print(path.stem, flush=True)
    try:
        found = Detector(path.read_bytes(), what=path.name).detect(picture)
        outcome = "found", str(len(found))
    except Exception as problem:
        outcome = type(problem).__name__, str(problem)
    print(json.dumps(outcome), flush=True)
"""


@dataclass(frozen=True)
class Outcome:
    """How a file ended: an error's class, or ``found``; what was said."""

    how: str
    said: str


def outcomes_of(files: dict[str, bytes], folder: Path) -> dict[str, Outcome]:
    """Open each file in a fresh process and put one picture through it.

    Raises:
        AssertionError: the process crashed or took too long; the message names the file.
    """
    (folder / "picture.png").write_bytes(png(toy_picture([(0, 3), (2, 9)])))
    for number, payload in enumerate(files.values()):
        (folder / f"{number:04}.onnx").write_bytes(payload)
    try:
        done = subprocess.run(
            [sys.executable, "-c", CHILD, str(folder)],
            cwd=CHECKOUT,
            env=os.environ | {"PYTHONPATH": str(CHECKOUT)},
            capture_output=True,
            text=True,
            timeout=LIMIT_S,
            check=False,
        )
        lines, code = (
            done.stdout.splitlines(),
            f"ended with {done.returncode}: {done.stderr[-500:]}",
        )
    except subprocess.TimeoutExpired as problem:
        lines, code = (problem.stdout or b"").decode().splitlines(), "took too long"
    names = list(files)
    assert len(lines) == 2 * len(names), f"{names[(len(lines) - 1) // 2]!r}: the process {code}"
    return {
        names[int(stem)]: Outcome(*json.loads(ended))
        for stem, ended in zip(lines[::2], lines[1::2], strict=True)
    }
