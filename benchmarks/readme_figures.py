"""``python -m benchmarks.readme_figures``: write the figures of README from the result files.

Rules: a figure in README is never typed: it comes from a result, with its machine; a result that is not there is not
spoken of; the text between the marks is wholly ours.
"""

import json
from pathlib import Path
from typing import Any, Final

from benchmarks.result import RESULTS

CHECKOUT: Final = Path(__file__).resolve().parents[1]
BEGIN: Final = (
    "<!-- Generated from benchmarks/results by `python -m benchmarks.readme_figures`: begin -->"
)
END: Final = "<!-- Generated: end -->"
_WORDS: Final = {
    "README.md": (
        ("edge_frame_fp32", "FP32 {} of the plain export's bare run"),
        ("edge_frame_int8", "INT8 within its accuracy budget {}"),
        ("edge_frame_vs_ultralytics", "FP32 {} of `ultralytics` predict"),
        ("evaluate_vs_val", "`evaluate` {} of `yolo val`"),
        ("coco_scoring", "scoring {} of pycocotools"),
    ),
    "README.ko.md": (
        ("edge_frame_fp32", "FP32는 일반 내보내기 순수 실행의 {}"),
        ("edge_frame_int8", "정확도 예산을 지킨 INT8은 {}"),
        ("edge_frame_vs_ultralytics", "FP32는 `ultralytics` predict의 {}"),
        ("evaluate_vs_val", "`evaluate`는 `yolo val`의 {}"),
        ("coco_scoring", "채점은 pycocotools의 {}"),
    ),
}
_FRAME: Final = {
    "README.md": "A camera frame to boxes, and what is around it, as shares of time: {}. Machine: {}.",
    "README.ko.md": "카메라 프레임에서 박스까지, 그리고 그 주변 작업의 시간 비율: {}. 측정한 기계: {}.",
}


def figures(file: str, results: Path = RESULTS) -> str:
    """Return the line between the marks of ``README.md`` or ``README.ko.md``."""
    parts, machines = [], []
    for name, words in _WORDS[file]:
        path = results / f"{name}.json"
        if path.is_file():
            found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
            parts.append(words.format(f"**{found['ratio']:.2f}**"))
            machines.append(found["machine"])
    shown = "; ".join(dict.fromkeys(machines)) or "none"
    return _FRAME[file].format(", ".join(parts) or "none", shown)


def with_figures(text: str, file: str, results: Path = RESULTS) -> str:
    """Return a README with its figures replaced.

    Raises:
        ValueError: the marks are not there.
    """
    return between_marks(text, BEGIN, figures(file, results), file)


def between_marks(text: str, begin: str, inside: str, file: str) -> str:
    """Return a text with what stands between a mark and ``END`` replaced.

    Raises:
        ValueError: the marks are not there.
    """
    before, found, rest = text.partition(begin)
    _, end, after = rest.partition(END)
    if not found or not end:
        raise ValueError(f"{file}: expected the marks {begin!r} and {END!r}, found none.")
    return f"{before}{begin}\n{inside}\n{END}{after}"


def main() -> None:
    """Write both files."""
    for file in _WORDS:
        path = CHECKOUT / file
        path.write_text(with_figures(path.read_text(encoding="utf-8"), file), encoding="utf-8")


if __name__ == "__main__":
    main()
